"""Roles that people have by their groups at a provider or in a directory: given with the group, and taken when it goes.

A role that somebody gave by hand is never taken; one that a group gave is remembered with that group, and goes with it.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor
from app.definition import Catalog
from app.frozen import dataclass
from app.orm.framework import ab_user, group_role
from app.orm.store import Store
from app.record.people import administrator_roles, give_roles, roles_given
from app.record.refusal import Door, Refused, Saved
from app.record.unit import Unit, in_unit


@dataclass(frozen=True)
class Member:
    """A person's groups as a provider tells them; `issuer` names the provider."""

    user_id: int
    issuer: str
    groups: tuple[str, ...]


def roles_of_groups(catalog: Catalog, groups: Iterable[str]) -> dict[str, str]:
    """The roles that the pack gives to these groups, each with the first of them. Letter case counts."""
    held = set(groups)
    first = {key: next((each for each in role.groups if each in held), "") for key, role in catalog.roles.items()}
    return {key: group for key, group in first.items() if group}


def groups_of_roles(connection: Connection, user_id: int) -> dict[str, str]:
    """Of the roles of a person those that he has by a group, each with that group."""
    query = sa.select(group_role.c.role, group_role.c.group_name).where(group_role.c.user_id == user_id)
    return {row.role: row.group_name for row in connection.execute(query)}


def follow_groups(store: Store, actor: Actor, member: Member, *, door: Door = "form") -> Saved | Refused:
    """Gives a person the roles of his groups, and takes those that he had by groups of that provider and has no more. Where
    that changes anything he is logged out everywhere and his keys of programs end. The last who administers stays so.
    """
    return in_unit(store, actor, door, lambda unit: _follow(unit, member))


def _follow(unit: Unit, member: Member) -> Saved | Refused:
    user_id = member.user_id
    unit.connection.execute(sa.select(ab_user.c.id).where(ab_user.c.id == user_id).with_for_update())
    wanted = roles_of_groups(unit.catalog, member.groups)
    mine = (group_role.c.user_id == user_id, group_role.c.issuer == member.issuer)
    query = sa.select(group_role.c.role, group_role.c.group_name).where(*mine)
    before = {row.role: row.group_name for row in unit.connection.execute(query)}
    held = roles_given(unit, user_id)
    others = set(held) - before.keys()  # by hand, or by another provider
    outcome = give_roles(unit, user_id, sorted(others | wanted.keys()))
    if isinstance(outcome, Refused) and outcome.refusals[0].variant == "last_administrator":
        kept = {role: group for role, group in before.items() if role in administrator_roles(unit.catalog)}
        wanted = kept | wanted
        outcome = give_roles(unit, user_id, sorted(others | wanted.keys()))
    after = {role: group for role, group in wanted.items() if role not in others}
    if isinstance(outcome, Saved) and after != before:
        _remember(unit, member, after)
    return outcome


def _remember(unit: Unit, member: Member, roles: Mapping[str, str]) -> None:
    mine = (group_role.c.user_id == member.user_id, group_role.c.issuer == member.issuer)
    unit.connection.execute(sa.delete(group_role).where(*mine))
    fixed = {"user_id": member.user_id, "issuer": member.issuer, "since": unit.at}
    rows = [{**fixed, "role": role, "group_name": group} for role, group in sorted(roles.items())]
    if rows:
        unit.connection.execute(sa.insert(group_role), rows)
