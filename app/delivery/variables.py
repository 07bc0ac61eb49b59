"""Variables of the environment that a pack may name, for hooks and backups: none of the program's own, none that open other doors.

Whoever writes a pack says where hooks are posted to, so that what he could have filled in there he could read.
"""

from __future__ import annotations

import re

from app.delivery.reach import CallRefused
from app.settings import find_stated

NOT_AT_THE_BEGINNING = "a variable may stand only at the beginning of an address, before its path"

_KEPT = re.compile(
    r"CRM_(?!HOOK_).*|(AWS|AZURE|GCP|ALIYUN|ALIBABA_CLOUD|TENCENTCLOUD|POSTGRES|MYSQL|REDIS|VAULT|KUBE|DOCKER|SSH)_.*|PG[A-Z]+"
    r"|(GITHUB|GITLAB|NPM)_TOKEN|GOOGLE_.*CREDENTIALS|SECRET_KEY|.*(DATABASE_UR[IL]|ACCESS_KEY|PRIVATE_KEY|ENCRYPTION_KEY).*"
)
_NAMED = re.compile(r"\$\{env:([A-Z][A-Z0-9_]*)\}")
_AFTER = ("/", "?", "#")


class NotSet(Exception):
    """A variable of the environment that a hook needs has no value."""


def why_kept(name: str) -> str | None:
    """Why a pack may not name a variable; None where it may."""
    if _KEPT.fullmatch(name) is None:
        return None
    return f"{name} is no variable of hooks: it may hold a secret of the program, or of the server"


def why_not_of_backups(name: str) -> str | None:
    """Why a pack may not name a variable for a folder of its backups, whose path people read; None where it may."""
    if name.startswith("CRM_BACKUP_") and name != "CRM_BACKUP_KEY":
        return None
    if _KEPT.fullmatch(name) is None:
        return None
    return f"{name} is no variable of backups: it may hold a secret of the program, or of the server"


def variable_in(address: str) -> str | None:
    """The variable with which an address begins; None where it has none. Raises CallRefused where it may not stand so."""
    found = _NAMED.match(address)
    rest = address[found.end() :] if found else address
    if "${env:" in rest or (found and rest and not rest.startswith(_AFTER)):
        raise CallRefused(NOT_AT_THE_BEGINNING)
    if found is None:
        return None
    _let(found[1])
    return found[1]


def filled_address(address: str) -> str:
    """An address with what the environment says. Raises NotSet, and CallRefused."""
    name = variable_in(address)
    return address if name is None else _stated(name) + address[len(f"${{env:{name}}}") :]


def stated_secret(name: str) -> str | None:
    """The secret that a variable holds; None where nothing does, or where a pack may not name it."""
    return None if why_kept(name) else find_stated(name)


def filled_secret(name: str) -> str:
    """The secret that a variable holds. Raises NotSet, and CallRefused."""
    _let(name)
    return _stated(name)


def _let(name: str) -> None:
    why = why_kept(name)
    if why is not None:
        raise CallRefused(why)


def _stated(name: str) -> str:
    found = find_stated(name)
    if found is None:
        raise NotSet(name)
    return found
