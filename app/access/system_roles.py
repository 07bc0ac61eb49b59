"""What system actors may do: grants written down like anyone's. Work that no person did is done in one of these names."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType

from app.definition import RIGHTS, Catalog, FieldGrant, Grant, Role
from app.definition.keys import EVERY_ENTITY
from app.definition.memory import remembered

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


_HOOK = "system:hook."


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
            # Makes the people whom an outside provider sends, and gives them the roles of their groups.
            _role(
                "system:outside",
                Grant(key="user", create=True, read="all", update="all", assign="all"),
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


def system_role(catalog: Catalog, name: str) -> Role:
    """The grants of a system actor. Raises KeyError for one for whom none are written down.

    Who tells something by a hook of the pack may make and change records of its entity, and read what these point to.
    """
    if not name.startswith(_HOOK):
        return SYSTEM_ROLES[name]
    roles: dict[str, Role] = remembered(catalog, "hook_roles", dict)
    if name not in roles:
        entity = catalog.entities[catalog.pack.inbound[name.removeprefix(_HOOK)].entity]
        targets = {target for each in entity.every_field.values() for target in each.to}
        read = {"user", "department", "team", *targets} - {entity.key}
        grants = [Grant(key=each, read="all") for each in sorted(read & catalog.entities.keys())]
        roles[name] = _role(name, _told_by_hook(entity.key), *grants)
    return roles[name]


def _told_by_hook(entity: str) -> Grant:
    every = {EVERY_FIELD: FieldGrant(key=EVERY_FIELD, access="write")}
    return Grant(key=entity, create=True, read="all", update="all", assign="all", transition="all", fields=every)


def hook_role(hook: str) -> str:
    """The role of who tells something by a hook."""
    return _HOOK + hook
