"""Logins by a directory: who has which login there, whether that is his password, and in which groups he is."""

from __future__ import annotations

from app.identity.arrival import Arrival, NotArrived
from app.identity.ber import Malformed
from app.identity.ldap import Directory, DirectoryFailed, Found, Search, called
from app.identity.stated import LdapSettings

SECONDS = 5.0  # of a conversation
LONGEST_PASSWORD = 1_024
MOST_GROUPS = 1_000
_RIGHT, _WRONG = 0, 49
_AWAY = frozenset({51, 52, 80})
"""Busy, unavailable, and what went wrong there."""


def vouched(settings: LdapSettings, login: str, password: str) -> Arrival | None:
    """Who has that login and that password; None where they are not right, or not known: either takes as long.

    Raises NotArrived where the directory does not say.
    """
    if not login or not password or len(password) > LONGEST_PASSWORD or "\0" in login:
        return None  # an empty password would be a bind of nobody, which directories are glad to accept
    try:
        with called(settings.place, SECONDS) as directory:
            _bind_self(settings, directory)
            found = directory.search(_person(settings, login))
            known = found[0] if len(found) == 1 and found[0].name else None
            name = known.name if known else f"cn=nobody,{settings.base}"
            groups = _groups(settings, directory, known, name)
            code = directory.bind(name, password)
    except (DirectoryFailed, Malformed, ValueError) as error:
        raise NotArrived("unreachable", str(error)) from error
    if code in _AWAY:
        raise NotArrived("unreachable", f"bind: {code}")
    return _arrival(settings, known, login, groups) if known is not None and code == _RIGHT else None


def check(settings: LdapSettings) -> None:
    """Looks whether the directory answers, and lets this program search. Raises NotArrived."""
    try:
        with called(settings.place, SECONDS) as directory:
            _bind_self(settings, directory)
            directory.search(_person(settings, "nobody of that name"))
    except (DirectoryFailed, Malformed) as error:
        raise NotArrived("unreachable", str(error)) from error


def _bind_self(settings: LdapSettings, directory: Directory) -> None:
    if settings.bind_name and settings.bind_password:
        code = directory.bind(settings.bind_name, settings.bind_password)
        if code != _RIGHT:
            raise DirectoryFailed(f"it does not let this program in: {code}")


def _person(settings: LdapSettings, login: str) -> Search:
    kind = (("objectClass", settings.object_class),) if settings.object_class else ()
    told = (settings.subject, settings.name, settings.email, settings.groups)
    return Search(settings.base, ((settings.login, login), *kind), told, most=2)


def _groups(settings: LdapSettings, directory: Directory, known: Found | None, name: str) -> tuple[str, ...]:
    """The names of groups below their base of which he is a member; else what an attribute of his own says."""
    if settings.group_base is None:
        return _texts(known, settings.groups) if known else ()
    wanted = Search(settings.group_base, ((settings.group_member, name),), (settings.group_name,), MOST_GROUPS)
    found = directory.search(wanted)
    if len(found) >= MOST_GROUPS:
        raise DirectoryFailed("too many groups")
    return tuple(each for group in found for each in _texts(group, settings.group_name))


def _arrival(settings: LdapSettings, known: Found, login: str, groups: tuple[str, ...]) -> Arrival:
    subjects = known.values.get(settings.subject.lower(), ())
    if len(subjects) != 1 or not subjects[0]:
        raise NotArrived("failed", "subject")
    return Arrival(
        issuer=settings.issuer,
        subject=_subject(subjects[0]),
        login=login,
        name=next(iter(_texts(known, settings.name)), ""),
        email=next(iter(_texts(known, settings.email)), ""),
        groups=groups,
    )


def _subject(value: bytes) -> str:
    """As text, where it is such; a number of 128 bits as digits."""
    try:
        text = value.decode()
    except UnicodeDecodeError:
        return value.hex()
    return text if text.isprintable() else value.hex()


def _texts(found: Found, attribute: str) -> tuple[str, ...]:
    values = (value.decode("utf-8", "replace") for value in found.values.get(attribute.lower(), ()))
    return tuple(value for value in values if "\0" not in value)
