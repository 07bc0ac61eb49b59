"""Links that mails carry: each is of one delivery, for one purpose, and made by nobody who does not know the secret."""

from __future__ import annotations

import hashlib
import hmac
import re
from typing import Any, Literal

import sqlalchemy as sa

from app.delivery.mail import MailRefused
from app.frozen import dataclass
from app.orm.framework import delivery
from app.orm.store import Store
from app.settings import Settings

Purpose = Literal["stop", "seen", "go"]
HOME = "/mail-links"
_TRIED_OUT_AT = "http://127.0.0.1:8000"  # where one looks at what `.eml` files hold
_TOKEN = re.compile(r"([1-9][0-9]{0,17})\.([0-9a-f]{32})")


@dataclass(frozen=True)
class Linked:
    """The mail whose link was followed. `language`: in which it was written."""

    id: int
    to: str
    language: str
    content: dict[str, Any]


def link(settings: Settings, purpose: Purpose, delivery_id: int, key: str) -> str:
    """The address of a link of a delivery. Raises MailRefused: see `base_address`."""
    return f"{base_address(settings)}{HOME}/{token(settings, purpose, delivery_id, key)}/{purpose}"


def base_address(settings: Settings) -> str:
    """Where people reach us. Raises MailRefused where mails are sent and nobody said it."""
    base = settings.base_url or (_TRIED_OUT_AT if settings.mail_url is None else None)
    if base is None:
        raise MailRefused("CRM_BASE_URL is not set: this mail can't carry its links")
    return base


def token(settings: Settings, purpose: Purpose, delivery_id: int, key: str) -> str:
    """What names a delivery for a purpose in an address."""
    return f"{delivery_id}.{_seal(settings, purpose, delivery_id, key)}"


def find_linked(store: Store, settings: Settings, purpose: Purpose, given: str) -> Linked | None:
    """The mail of a link; None where the token is not one of ours, or the mail was put away since."""
    parts = _TOKEN.fullmatch(given)
    if parts is None:
        return None
    d = delivery.c
    query = sa.select(d.id, d.key, d.target, d.content).where(d.id == int(parts[1]), d.kind == "mail")
    with store.system_reading() as connection:
        row = connection.execute(query).one_or_none()
    # Without a delivery the seal is worked out all the same: an answer in no time would tell that there is none.
    known = _seal(settings, purpose, int(parts[1]), row.key if row is not None else "")
    if not hmac.compare_digest(known, parts[2]) or row is None or not row.target:
        return None
    return Linked(row.id, row.target, str(row.content.get("language") or ""), row.content)


def _seal(settings: Settings, purpose: Purpose, delivery_id: int, key: str) -> str:
    words = f"mail-link:{purpose}:{delivery_id}:{key}".encode()
    return hmac.new(settings.get_secret().encode(), words, hashlib.sha256).hexdigest()[:32]
