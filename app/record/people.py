"""People and their logins: the entity `user` is the person, `ab_user` the login with the same id; one transaction writes both."""

from __future__ import annotations

import datetime as dt
from collections.abc import Collection, Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.access import Actor, has_right
from app.definition import Catalog
from app.orm.bulk import insert_rows
from app.orm.framework import (
    ab_role,
    ab_user,
    ab_user_role,
    api_key,
    calendar_feed,
    deputy,
    group_role,
    personal_right,
    record_team,
    setup_token,
    web_session,
)
from app.orm.store import Store
from app.record.audit import write_audit
from app.record.batch import Batch, Row, refused
from app.record.decide import in_parts, read_rows
from app.record.outbox import write_event
from app.record.refusal import Door, Refusal, Refused, Saved
from app.record.unit import Unit, in_unit

UNUSABLE_PASSWORD = "!"  # noqa: S105 - no hash looks like this, so that no password fits
_MIRRORED = ("name", "login", "email", "active")
_WAYS_IN = ("email", "login")  # who sets them has a link for a new password sent to himself
_LONGEST_NAME = 64  # of Flask-AppBuilder's user table


def mirror_people(batch: Batch) -> None:
    """Writes the logins of people that were just saved. Who is no longer active is logged out everywhere."""
    if batch.creating:
        moment = batch.unit.at.replace(tzinfo=None)
        fixed = {"password": UNUSABLE_PASSWORD, "last_name": "", "created_on": moment}
        rows = [{"id": row.id, **fixed, **_login(batch, row), "changed_on": moment} for row in batch.rows]
        insert_rows(batch.unit.connection, ab_user, rows)
        return
    rows_changed = list(batch.changed_rows(*_MIRRORED))
    _write_logins(batch, rows_changed)
    end_links(batch.unit, [row.id for row in batch.changed_rows(*_WAYS_IN)])
    _leave(batch.unit, [row.id for row in rows_changed if not row.values["active"]])


def _write_logins(batch: Batch, rows: Iterable[Row]) -> None:
    moment = batch.unit.at.replace(tzinfo=None)
    for row in rows:
        values = {**_login(batch, row), "changed_on": moment}
        batch.unit.connection.execute(sa.update(ab_user).where(ab_user.c.id == row.id).values(values))


def _login(batch: Batch, row: Row) -> dict[str, Any]:
    values = row.values
    # ab_user wants an address of everyone, and each once.
    unique = batch.blueprint.entity.fields["email"].unique
    email = values["email"] if unique and values["email"] else _no_address(row.id)
    return {
        "first_name": values["name"][:_LONGEST_NAME],
        "username": values["login"],
        "email": email,
        "active": values["active"],
    }


def _no_address(user_id: int) -> str:
    return f"{user_id}@users.invalid"


def retire_people(unit: Unit, ids: Sequence[int]) -> None:
    """People who were deleted can't log in, and their login names are free for others."""
    for user_id in ids:
        values = {"active": False, "username": f"deleted:{user_id}", "email": _no_address(user_id)}
        unit.connection.execute(sa.update(ab_user).where(ab_user.c.id == user_id).values(values))
    _leave(unit, ids)


def revive_people(batch: Batch) -> None:
    """People who come back from the bin have their logins again."""
    _write_logins(batch, batch.rows)


def _leave(unit: Unit, ids: Sequence[int]) -> None:
    """Who is not active any more is logged out, his keys of programs and his links end, he has no place on a record's team,
    nobody stands in for him, and he for nobody: also not when he comes back.
    """
    if not ids:
        return
    end_sessions(unit, ids)
    end_keys(unit, ids)
    end_links(unit, ids)
    gone = {"ends_at": unit.at, "changed_seq": unit.changed_seq}
    for some in in_parts(ids):
        more = (personal_right.c.user_id.in_(some), personal_right.c.adds, personal_right.c.ends_at > unit.at)
        unit.connection.execute(sa.update(personal_right).where(*more).values(gone))
        placed = (record_team.c.user_id.in_(some), record_team.c.position.is_not(None))
        unit.connection.execute(
            sa.update(record_team).where(*placed).values({"position": None, "changed_seq": unit.changed_seq})
        )
    today = unit.context.today
    ended = {"last_day": today - dt.timedelta(days=1), "changed_seq": unit.changed_seq}
    for some in in_parts(ids):
        theirs = sa.or_(deputy.c.user_id.in_(some), deputy.c.deputy_id.in_(some))
        unit.connection.execute(sa.update(deputy).where(theirs, deputy.c.last_day >= today).values(ended))


def end_sessions(unit: Unit, ids: Sequence[int]) -> None:
    """Logs people out, everywhere and at once."""
    for some in in_parts(ids):
        unit.connection.execute(sa.delete(web_session).where(web_session.c.user_id.in_(some)))


def end_keys(unit: Unit, ids: Sequence[int]) -> dict[str, int]:
    """Ends what people's programs were given: keys, and addresses of calendars; how many `keys` and `feeds`."""
    ended = {"keys": 0, "feeds": 0}
    for some in in_parts(ids):
        for name, table in (("keys", api_key), ("feeds", calendar_feed)):
            ended[name] += unit.connection.execute(sa.delete(table).where(table.c.user_id.in_(some))).rowcount
    return ended


def end_links(unit: Unit, ids: Sequence[int]) -> None:
    """Ends the links with which people would choose a password."""
    for some in in_parts(ids):
        unit.connection.execute(sa.delete(setup_token).where(setup_token.c.user_id.in_(some)))


def check_ways_in(batch: Batch) -> None:
    """Refuses another e-mail or login for a person by who may not configure: a link for a new password would go to him. No
    program changes any: a key that somebody has found makes no way to a password. One's own e-mail is changed with proof of
    who one is: so does no page that was left open.
    """
    if batch.creating:
        return
    actor = batch.unit.actor
    may = has_right(batch.unit.catalog, actor, "configure")
    for row in batch.changed_rows(*_WAYS_IN):
        own = row.id == actor.user_id
        for key in (each for each in _WAYS_IN if each in row.changed):
            if batch.unit.door == "api":
                batch.refuse(row, "field.read_only", key, "on_a_page")
            elif own and key == "email" and not batch.unit.proven:
                batch.refuse(row, "field.read_only", key, "with_proof")
            elif not may and not (own and key == "email"):
                batch.refuse(row, "field.read_only", key, "way_in")


def check_active(batch: Batch) -> None:
    """Refuses to deactivate the last administrator."""
    leaving = {row.id: row.index for row in batch.changed_rows("active") if not row.values["active"]}
    if not batch.creating:
        batch.refusals += check_administrators(batch.unit, {batch.entity: leaving})


def check_administrators(unit: Unit, leaving: Mapping[str, Mapping[int, int]]) -> list[Refusal]:
    """A refusal where, without these people, nobody would be left who administers the system. Ids to places in the batch."""
    people = leaving.get("user", {})
    if not people:
        return []
    administrators = _administrators(unit)
    if not administrators & people.keys() or administrators - people.keys():
        return []
    lost = sorted(administrators & people.keys())
    return [
        Refusal("record.in_use", index=people[each], record=each, entity="user", variant="last_administrator")
        for each in lost
    ]


def administrator_roles(catalog: Catalog) -> tuple[str, ...]:
    """The roles, with what they include, that may configure the system."""
    able = {key for key, role in catalog.roles.items() if "configure" in role.rights}
    return tuple(key for key in catalog.roles if not able.isdisjoint(catalog.role_closure(frozenset({key}))))


def _administrators(unit: Unit) -> set[int]:
    """The active people who administer, with their roles locked: two can't dismiss each other at the same moment."""
    named = ab_role.c.name.in_(administrator_roles(unit.catalog))
    unit.connection.execute(sa.select(ab_role.c.id).where(named).order_by(ab_role.c.id).with_for_update())
    person = unit.models.tables["user"]
    query = (
        sa.select(person.c.id)
        .join_from(person, ab_user_role, ab_user_role.c.user_id == person.c.id)
        .join(ab_role, ab_role.c.id == ab_user_role.c.role_id)
        .where(named, person.c.active, person.c.deleted_at.is_(None))
    )
    return set(unit.connection.execute(query).scalars())


def set_roles(
    store: Store, actor: Actor, user_id: int, roles: Collection[str], *, door: Door = "form"
) -> Saved | Refused:
    """Gives a person exactly these roles, logs him out everywhere and ends his keys of programs. By who may configure."""
    return in_unit(store, actor, door, lambda unit: give_roles(unit, user_id, sorted(set(roles))))


def give_roles(unit: Unit, user_id: int, roles: list[str]) -> Saved | Refused:
    """As `set_roles`, in a unit of work. `roles` are sorted, each once. What groups gave and is not among them, they gave no more."""
    refusal = deny_login(unit, user_id, own=False)
    unknown = [name for name in roles if name not in unit.catalog.roles]
    if refusal is None and unknown:
        refusal = Refusal("field.option", "roles", {"value": unknown[0]}, 0, user_id, "user")
    if refusal is not None:
        return refused([refusal])
    if not set(roles) & set(administrator_roles(unit.catalog)):
        refusals = check_administrators(unit, {"user": {user_id: 0}})
        if refusals:
            return refused(refusals)
    old = roles_given(unit, user_id)
    if old != roles:
        _write_roles(unit, user_id, roles)
        lost = sa.delete(group_role).where(group_role.c.user_id == user_id, group_role.c.role.not_in(roles))
        unit.connection.execute(lost)
        end_sessions(unit, [user_id])
        end_keys(unit, [user_id])
        write_audit(unit, "user", "roles", [(user_id, {"roles": [old, roles]})])
        write_event(unit, "user", "update", [user_id], ["roles"])
    return Saved((user_id,), (0,))


def deny_login(unit: Unit, user_id: int, *, own: bool) -> Refusal | None:
    """Why the actor may not change a person's login: `own` says whether one's own may be, also by who sees no people."""
    if own and unit.actor.user_id == user_id:
        return None
    if user_id not in read_rows(unit, "user", [user_id], []):
        return Refusal("record.not_found", record=user_id, entity="user")
    if has_right(unit.catalog, unit.actor, "configure"):
        return None
    return Refusal("access.denied", record=user_id, entity="user", variant="roles")


def roles_given(unit: Unit, user_id: int) -> list[str]:
    """The roles that a person has, without those that they include, sorted."""
    query = (
        sa.select(ab_role.c.name)
        .join_from(ab_role, ab_user_role, ab_role.c.id == ab_user_role.c.role_id)
        .where(ab_user_role.c.user_id == user_id)
        .order_by(ab_role.c.name)
    )
    return list(unit.connection.execute(query).scalars())


def _write_roles(unit: Unit, user_id: int, roles: Sequence[str]) -> None:
    known = dict(unit.connection.execute(sa.select(ab_role.c.name, ab_role.c.id)).all())
    for name in [each for each in roles if each not in known]:  # `apply` mirrors them; a new database may be without
        inserted = sa.insert(ab_role).values(name=name).returning(ab_role.c.id)
        known[name] = unit.connection.execute(inserted).scalar_one()
    unit.connection.execute(sa.delete(ab_user_role).where(ab_user_role.c.user_id == user_id))
    for name in roles:
        unit.connection.execute(sa.insert(ab_user_role).values(user_id=user_id, role_id=known[name]))
