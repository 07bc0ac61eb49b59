"""What is stored, and what people see of it, against what a test expects: each difference is a sentence."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, Literal
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.access import context_of, field_rights, reading
from app.automation.approvals import Asked, of_record
from app.definition import Entity, Field
from app.expression import BOOL, Context, get_expression
from app.expression.node import plain_json
from app.insight.query import AnyLinkReference, AnyReference, Reference
from app.insight.records import get_record
from app.insight.views import ListedView, views_of
from app.orm.expression import condition, scoped
from app.orm.framework import delivery, notice
from app.orm.types import AnyId
from app.record.lists import Posted, make_list_parser
from app.record.parsers import make_parser
from app.record.refusal import Refusal
from app.record.values import Bad, in_utc
from app.rehearsal.scene import TEST, NoScene, Scene

Difference = tuple[tuple[str, ...], str]
"""The path below the expectation, and what is different."""


def differences(scene: Scene, record: str, expected: Any) -> Iterator[Difference]:
    """Where the values of a record are others than expected; `""` expects a blank."""
    try:
        entity_key, _ = name = scene.find(record)
    except NoScene as error:
        yield (), str(error)
        return
    entity = scene.store.catalog.entities[entity_key]
    found = _stored(scene, entity_key, scene.ids[name], tuple(expected))
    if found is None:
        yield (), f"{record} is in the bin"
        return
    for key, raw in expected.items():
        wanted = _plain(scene, entity, entity.every_field[key], raw)
        if isinstance(wanted, Bad):
            yield (key,), _why_bad(scene, entity, key, wanted)
        elif wanted != found[key]:
            has = _words(scene, found[key], entity.every_field[key])
            yield (key,), f"{record} has {key} {has}, expected {_words(scene, wanted, entity.every_field[key])}"


def visible_differences(scene: Scene, what: str, expected: Any) -> Iterator[Difference]:
    """Where whoever acts sees other records (`readable`) or fields of them (`visible`) than expected, and where a record is
    in the bin (`deleted`) or is not.
    """
    for record, wanted in expected.items():
        try:
            entity, _ = name = scene.find(record)
        except NoScene as error:
            yield (record,), str(error)
            continue
        if what == "deleted":
            is_gone = _stored(scene, entity, scene.ids[name], ()) is None
            if is_gone is not wanted:
                yield (record,), f"{record} is {'in the bin' if is_gone else 'still there'}"
            continue
        with reading(scene.store, scene.actor) as session:
            is_there = get_record(session, scene.actor, entity, scene.ids[name], ("id",)) is not None
        if what == "readable":
            if is_there is not wanted:
                may = "may read" if is_there else "may not read"
                yield (record,), f"{scene.actor.name} {may} {record}"
            continue
        rights = field_rights(scene.store.catalog, scene.actor, entity)
        for key, is_wanted in wanted.items():
            is_shown = is_there and rights.sees(key) and _is_visible(scene, entity, scene.ids[name], key)
            if is_shown is not is_wanted:
                yield (record, key), f"{record} {'hides' if is_wanted else 'shows'} {key}"


def listed_differences(scene: Scene, expected: Any) -> Iterator[Difference]:
    """Where a view of the pack lists a record for whoever acts, or does not, other than expected."""
    catalog = scene.store.catalog
    for key, records in expected.items():
        view = views_of(catalog, scene.actor, catalog.views[key].entity).get(key)
        for record, wanted in records.items():
            try:
                name = scene.find(record)
            except NoScene as error:
                yield (key, record), str(error)
                continue
            listed = view is not None and _lists(scene, view, scene.ids[name])
            if listed is not wanted:
                yield (key, record), f"{key} {'lists' if listed else 'does not list'} {record}"


def _lists(scene: Scene, view: ListedView, record: int) -> bool:
    """At the moment of the test: lists themselves ask the clock of the machine."""
    source = scoped(scene.store.models, view.view.entity)
    context = context_of(scene.store.catalog, scene.actor, scene.store.clock())
    conditions = [condition(source, each.root, context) for each in view.where]
    query = source.joined(sa.select(source.column("id"))).where(source.column("id") == record, *conditions)
    with reading(scene.store, scene.actor) as session:
        return session.execute(query).first() is not None


def asked_differences(scene: Scene, expected: Any) -> Iterator[Difference]:
    """Where others are asked now to approve of records than expected; nobody: an empty list."""
    for record, wanted in expected.items():
        try:
            approvals = approvals_of(scene, record)
        except NoScene as error:
            yield (record,), str(error)
            continue
        asked = [
            ask.user for each in approvals if each.state == "waiting" for ask in each.asks if ask.state == "waiting"
        ]
        yield from _people_differ(scene, record, asked, wanted, "asked")


def told_differences(scene: Scene, expected: Any) -> Iterator[Difference]:
    """Where others are told of records by what acts by itself than expected; nobody: an empty list."""
    for record, wanted in expected.items():
        try:
            entity, _ = name = scene.find(record)
        except NoScene as error:
            yield (record,), str(error)
            continue
        here = (notice.c.kind == "reminder", notice.c.entity == entity, notice.c.record == scene.ids[name])
        with scene.store.system_reading() as connection:
            told = list(connection.execute(sa.select(notice.c.user_id).where(*here)).scalars())
        yield from _people_differ(scene, record, told, wanted, "told")


def mailed_differences(scene: Scene, expected: Any) -> Iterator[Difference]:
    """Where others get mails about records, by what acts by itself, than expected: people by their names in the test,
    whoever is none by his address; nobody: an empty list.
    """
    for record, wanted in expected.items():
        try:
            entity, _ = name = scene.find(record)
        except NoScene as error:
            yield (record,), str(error)
            continue
        here = (delivery.c.kind == "mail", delivery.c.entity == entity, delivery.c.record == scene.ids[name])
        with scene.store.system_reading() as connection:
            rows = connection.execute(sa.select(delivery.c.user_id, delivery.c.target).where(*here)).all()
        mailed = [row.target if row.user_id is None else row.user_id for row in rows]
        yield from _people_differ(scene, record, mailed, wanted, "mailed")


def _people_differ(
    scene: Scene, record: str, people: Iterable[int | str], wanted: object, verb: Literal["asked", "told", "mailed"]
) -> Iterator[Difference]:
    names = {number: name for (entity, name), number in scene.ids.items() if entity == "user"}
    found = sorted(each if isinstance(each, str) else names.get(each, f"#{each}") for each in people)
    expected = sorted(map(str, wanted if isinstance(wanted, list) else [wanted]))
    if found != expected:
        shown = ", ".join(found) or "nobody"
        yield (record,), f"{shown} is {verb} about {record}, expected {', '.join(expected) or 'nobody'}"


def approvals_of(scene: Scene, what: str) -> list[Asked]:
    """The approvals of a record, newest first. Raises NoScene."""
    entity, _ = name = scene.find(what)
    with reading(scene.store, TEST) as session:
        return of_record(session, TEST, entity, scene.ids[name])


def _is_visible(scene: Scene, entity: str, record: int, key: str) -> bool:
    """Whether the field's own `visible_when` holds for whoever acts."""
    catalog, condition = scene.store.catalog, scene.store.catalog.get_field(entity, key).visible_when
    if condition is None:
        return True
    checked = get_expression(catalog, entity, condition, BOOL)
    row = {each: _value_at(scene, entity, record, each) for each in checked.keys | checked.old_keys}
    me = scene.actor.user_id
    user = {each: None if me is None else _value_at(scene, "user", me, each) for each in {"id", *checked.user_keys}}
    context = Context(scene.store.clock(), ZoneInfo(catalog.pack.time_zone), user, scene.actor.roles)
    return bool(checked.evaluate(row, row, context))


def _value_at(scene: Scene, entity: str, record: int, path: str) -> Any:
    """The value of a field, also through lookups; blank where one of them is."""
    first, _dot, rest = path.partition(".")
    value = (_stored(scene, entity, record, (first,)) or {}).get(first)
    target = scene.store.catalog.get_field(entity, first).target
    return _value_at(scene, target, value, rest) if rest and target is not None and value is not None else value


def _stored(scene: Scene, entity: str, record: int, fields: tuple[str, ...]) -> Mapping[str, Any] | None:
    """The plain values of a record that is not in the bin, whoever may see it."""
    with reading(scene.store, TEST) as session:
        row = get_record(session, TEST, entity, record, ("id", *fields))
    return None if row is None else {key: _of_row(value) for key, value in row.values.items()}


def _of_row(value: Any) -> Any:
    if isinstance(value, AnyReference | AnyLinkReference):
        return value.path
    if isinstance(value, Reference):
        return value.id
    return tuple(_of_row(each) for each in value) or None if isinstance(value, list | tuple) else value


def _plain(scene: Scene, entity: Entity, a_field: Field, raw: Any) -> Any:
    """An expected value as the field would store it."""
    resolved = scene.resolved(entity, {a_field.key: raw})[a_field.key]
    if a_field.holds == "any":
        return resolved
    catalog = scene.store.catalog
    parse = make_list_parser(catalog, entity, a_field) or make_parser(catalog, entity, a_field)
    found = parse(resolved)
    if isinstance(found, tuple):
        return tuple(_of_link(each) if isinstance(each, Posted) else each for each in found) or None
    return in_utc(found) if a_field.holds == "datetime" and found is not None and not isinstance(found, Bad) else found


def _of_link(link: Posted) -> int | str:
    return f"{link.id.entity}/{link.id.id}" if isinstance(link.id, AnyId) else link.id


def _why_bad(scene: Scene, entity: Entity, key: str, bad: Bad) -> str:
    refusal = Refusal(bad.code, key, bad.params, entity=entity.key, variant=bad.variant)
    return f"what is expected of {key} can't be: {refusal.text('en', scene.store.catalog)}"


def _words(scene: Scene, value: Any, a_field: Field) -> str:
    """A value as a sentence names it: texts in quotes, records by the names that the test gives them."""
    if value is None:
        return "blank"
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, tuple):
        return f"[{', '.join(_words(scene, each, a_field) for each in value)}]"
    if a_field.targets:
        by_id = {record: name for (entity, name), record in scene.ids.items() if entity in a_field.targets and name}
        return by_id.get(value) or str(value)
    shown = plain_json(value)
    return f'"{shown}"' if isinstance(value, str) else str(shown)
