"""The permission mirror: what roles may do, in Flask-AppBuilder's tables, for its tools. Decisions never read it."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.definition import VERBS, Catalog
from app.orm.framework import (
    ab_permission,
    ab_permission_view,
    ab_permission_view_role,
    ab_role,
    ab_user_role,
    ab_view_menu,
)

APPBUILDER_ROLES = ("Admin", "Public")  # Flask-AppBuilder expects them; nobody is given either
RIGHTS_VIEW = "Rights"
Held = tuple[str, str, str]


def wanted_permissions(catalog: Catalog) -> frozenset[Held]:
    """(role, permission, view) of every role with what it includes: `can_update` on `account`."""
    held: set[Held] = set()
    for name in catalog.roles:
        closure = [catalog.roles[each] for each in catalog.role_closure(frozenset({name}))]
        for role in closure:
            held.update((name, f"can_{right}", RIGHTS_VIEW) for right in role.rights)
            for entity in (key for key in catalog.entities if catalog.part_link(key) is None):
                grant = role.grant(entity)
                verbs = [verb for verb in VERBS if grant and grant.scope(verb) != "none"]
                held.update((name, f"can_{verb}", entity) for verb in verbs)
    return frozenset(held)


def write_mirror(connection: Connection, before: Catalog | None, after: Catalog) -> None:
    """Makes roles and their permissions those of `after`, exactly; roles that no catalog named are left alone."""
    gone = set(before.roles) - set(after.roles) if before else set()
    _remove_roles(connection, gone)
    wanted = wanted_permissions(after)
    roles = _add_missing(connection, ab_role, {*after.roles, *APPBUILDER_ROLES})
    permissions = _add_missing(connection, ab_permission, {permission for _, permission, _ in wanted})
    views = _add_missing(connection, ab_view_menu, {view for _, _, view in wanted})
    pairs = _add_missing_pairs(
        connection, ab_permission_view, {(permissions[name], views[view]) for _, name, view in wanted}
    )
    held = {(pairs[permissions[name], views[view]], roles[role]) for role, name, view in wanted}
    managed = {roles[role] for role in after.roles}
    _make_exact(connection, held, managed)


def count_of_users(connection: Connection, role: str) -> int:
    """How many people were given a role."""
    query = sa.select(sa.func.count()).select_from(ab_user_role).join(ab_role, ab_role.c.id == ab_user_role.c.role_id)
    return connection.execute(query.where(ab_role.c.name == role)).scalar_one()


def _remove_roles(connection: Connection, names: Collection[str]) -> None:
    if not names:
        return
    gone = connection.execute(sa.select(ab_role.c.id).where(ab_role.c.name.in_(names))).scalars().all()
    for table in (ab_user_role, ab_permission_view_role):
        connection.execute(sa.delete(table).where(table.c.role_id.in_(gone)))
    connection.execute(sa.delete(ab_role).where(ab_role.c.id.in_(gone)))


def _add_missing(connection: Connection, table: sa.Table, names: set[str]) -> Mapping[str, int]:
    """Ids by name, after the names that the table lacks were added."""
    query = sa.select(table.c.name, table.c.id)
    present = {name: key for name, key in connection.execute(query)}  # noqa: C416 - rows are no pairs to dict()
    missing = sorted(names - present.keys())
    if not missing:
        return present
    connection.execute(sa.insert(table), [{"name": name} for name in missing])
    return {name: key for name, key in connection.execute(query)}  # noqa: C416 - as above


def _add_missing_pairs(
    connection: Connection, table: sa.Table, wanted: set[tuple[int, int]]
) -> Mapping[tuple[int, int], int]:
    left, right = [column for column in table.c if column.name != "id"]
    query = sa.select(left, right, table.c.id)
    present = {(a, b): key for a, b, key in connection.execute(query)}
    missing = sorted(wanted - present.keys())
    if not missing:
        return present
    _insert_pairs(connection, table, missing)
    return {(a, b): key for a, b, key in connection.execute(query)}


def _make_exact(connection: Connection, wanted: set[tuple[int, int]], roles: set[int]) -> None:
    table = ab_permission_view_role
    columns = (table.c.id, table.c.permission_view_id, table.c.role_id)
    present = connection.execute(sa.select(*columns).where(table.c.role_id.in_(roles))).all()
    extra = [key for key, pair, role in present if (pair, role) not in wanted]
    if extra:
        connection.execute(sa.delete(table).where(table.c.id == sa.bindparam("gone")), [{"gone": key} for key in extra])
    _insert_pairs(connection, table, sorted(wanted - {(pair, role) for _, pair, role in present}))


def _insert_pairs(connection: Connection, table: sa.Table, pairs: list[tuple[int, int]]) -> None:
    names = [column.name for column in table.c if column.name != "id"]
    rows: list[dict[str, Any]] = [dict(zip(names, pair, strict=True)) for pair in pairs]
    if rows:
        connection.execute(sa.insert(table), rows)
