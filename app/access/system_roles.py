"""What system actors may do: grants written down like anyone's. Work that no person did is done in one of these names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.definition import RIGHTS, FieldGrant, Grant, Role
from app.definition.keys import EVERY_ENTITY

EVERY_FIELD = "*"  # among the fields of a system role's grant: every field, the restricted ones too

_EVERYTHING = Grant(
    key=EVERY_ENTITY,
    create=True,
    read="all",
    update="all",
    delete="all",
    restore="all",
    export="all",
    assign="all",
    share="all",
    transition="all",
    merge="all",
    fields={EVERY_FIELD: FieldGrant(key=EVERY_FIELD, access="write")},
)


def _role(key: str, *grants: Grant, rights: tuple[str, ...] = ()) -> Role:
    return Role(key=key, grants={grant.key: grant for grant in grants}, rights=rights)  # type: ignore[arg-type]


SYSTEM_ROLES: Mapping[str, Role] = MappingProxyType(
    {
        role.key: role
        for role in (
            # Makes the first person through the one-time set-up link.
            _role(
                "system:startup",
                Grant(key="user", create=True, read="all", update="all", assign="all"),
                Grant(key="department", read="all"),
                Grant(key="team", read="all"),
                rights=("configure",),  # gives that person the role of an administrator
            ),
            # Finds who logs in; keeps the password that he chose by a one-time link, and the language that he reads.
            _role(
                "system:login",
                Grant(key="user", read="all", update="all"),
                Grant(key="department", read="all"),
                Grant(key="team", read="all"),
                rights=("configure",),
            ),
            # Writes demonstration data.
            _role("system:seed", _EVERYTHING, rights=RIGHTS),
            # Writes the rows that a test of a pack begins with, in memory: in any stage, like all system actors.
            _role("system:test", _EVERYTHING, rights=RIGHTS),
            # Makes the tasks of reviews, and whatever else happens by itself.
            _role("system:automation", _EVERYTHING),
            # Reads what mails to addresses of nobody here may tell: nothing that is restricted.
            _role("system:outsider", Grant(key=EVERY_ENTITY, read="all")),
            # Carries a move out on which all agreed who were asked.
            _role("system:approval", _EVERYTHING),
            # Works out and clears away what is due by the clock.
            _role("system:jobs", _EVERYTHING),
            # Whoever may start a command on the server's machine holds its database anyway.
            _role("system:command", _EVERYTHING, rights=RIGHTS),
        )
    }
)
