"""Entities: which come, which go, and what changes of those that stay."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Entity, Field, TeamPlace
from app.orm.models import unique_keys
from app.plan.compare_choices import pipeline_steps
from app.plan.compare_conditions import question_of_want
from app.plan.compare_currencies import block_of_new_field, currency_steps, is_field_of_currency
from app.plan.compare_fields import field_steps
from app.plan.compare_restored import restored_entity_step, restored_field_steps
from app.plan.compare_rules import rule_steps
from app.plan.defaults import fills_rows, first_stage
from app.plan.given import given_of
from app.plan.pair import Pair, change_of, changed_attributes, counted, is_same, yaml_name
from app.plan.question import Begun, Check, Kept, NewFilled, NewRequired, Placed, Repeated, WorkedOut
from app.plan.retype import changes_kind
from app.plan.step import Block, Kind, Step

_PRESENTATION = ("label", "plural", "help", "icon")
_FIELD_PRESENTATION = ("label", "help", "placeholder", "display", "color")
_BECOMES_PART = Block(
    "PLN516", "what an entity is part of can't be changed yet", "keep `parent:` as it was; a new entity can be a part"
)
_APART = (
    "key", "fields", "keys", "pipelines", "rules", "duplicates", "layout", "list", "currency", "record_team", "renamed_from",
    *_PRESENTATION,
)  # fmt: skip


def entity_steps(pair: Pair) -> Iterator[Step]:
    """Steps of all entities: new ones first, then gone ones, then changes."""
    before, after = pair.before.entities, pair.after.entities
    for key in after:
        if key not in before:
            detail = counted(len(after[key].fields), "field")
            yield pair.step(Kind.ADD_ENTITY, key, "entities", key, detail=detail)
    for key in before:
        if key not in after:
            yield pair.step(Kind.REMOVE_ENTITY, key, "entities", key, check=Kept(key, None, pair.after.pack.tombstones))
    for key, now in after.items():
        if key in pair.back:
            yield restored_entity_step(pair, key)
        if key in before:
            yield from _changes(pair, before[key], now)


def _changes(pair: Pair, was: Entity, now: Entity) -> Iterator[Step]:
    yield from _new_fields(pair, was, now)
    yield from _gone_fields(pair, was, now)
    for key in now.fields:
        if f"{now.key}.{key}" in pair.back:
            yield from restored_field_steps(pair, now.key, was.fields[key], now.fields[key])
        elif key in was.fields:
            yield from field_steps(pair, now.key, was.fields[key], now.fields[key])
    yield from currency_steps(pair, was, now)
    yield from _key_steps(pair, was, now)
    yield from pipeline_steps(pair, was, now)
    yield from rule_steps(pair, was, now)
    for name in changed_attributes(was, now, leave_out=_APART):
        detail = f"{yaml_name(name)}: {change_of(getattr(was, name), getattr(now, name))}"
        block = _BECOMES_PART if name == "parent" and _whole(was) != _whole(now) else None
        yield pair.step(Kind.CHANGE_ENTITY, now.key, "entities", now.key, name, detail=detail, blocks=block)
    yield from _team_steps(pair, was, now)
    yield from _presentation(pair, was, now)


def _team_steps(pair: Pair, was: Entity, now: Entity) -> Iterator[Step]:
    """Places on a record's team. Colleagues keep one that is not written any more: it counts for nothing until it is again."""
    old, new = ({key: str(each.may) for key, each in entity.record_team.items()} for entity in (was, now))
    if old != new:
        gaining = tuple(key for key, may in new.items() if may not in (old.get(key), "read") or key not in old)
        losing = tuple(key for key, may in old.items() if may not in (new.get(key), "read") or key not in new)
        detail = f"record_team: {change_of(old, new)}"
        check = Placed(now.key, gaining, losing)
        path = ("entities", now.key, "record_team")
        yield pair.step(Kind.CHANGE_ENTITY, now.key, *path, detail=detail, check=check)


def _whole(entity: Entity) -> str | None:
    """The lookup to what its records are part of."""
    return entity.parent_field if entity.is_part else None


def _new_fields(pair: Pair, was: Entity, now: Entity) -> Iterator[Step]:
    for key, a_field in now.fields.items():
        if key not in was.fields:
            asked = question_of_want(pair, now.key, a_field)
            check: Check | None = NewRequired(now.key, key, fills_rows(a_field)) if a_field.required else asked
            if a_field.is_computed:
                check = WorkedOut(now.key, key)
            if given := given_of(pair.after, now.key, a_field):
                check = NewFilled(now.key, key, given)
            if first := first_stage(now, key):
                check = Begun(now.key, first)
            path = ("entities", now.key, "fields", key)
            detail, block = _described(a_field), block_of_new_field(was, now, key)
            yield pair.step(Kind.ADD_FIELD, f"{now.key}.{key}", *path, detail=detail, check=check, blocks=block)


def _described(a_field: Field) -> str:
    words = [
        a_field.type,
        "many" if a_field.many else "",
        f"to {', '.join(a_field.to)}" if a_field.to else "",
        "required" if a_field.required else "",
        "computed" if a_field.is_computed else "",
    ]
    return " ".join(word for word in words if word)


def _gone_fields(pair: Pair, was: Entity, now: Entity) -> Iterator[Step]:
    new = {key: a_field for key, a_field in now.fields.items() if key not in was.fields}
    for key, a_field in was.fields.items():
        if key not in now.fields and not is_field_of_currency(was, key):
            alike = [each for each in new if new[each].type == a_field.type]
            hint = f"renamed to {alike[0]}? then say renamed_from there" if len(alike) == 1 else ""
            check = Kept(now.key, key, pair.after.pack.tombstones)
            path = ("entities", now.key, "fields", key)
            yield pair.step(Kind.REMOVE_FIELD, f"{now.key}.{key}", *path, detail=hint, check=check)


def _key_steps(pair: Pair, was: Entity, now: Entity) -> Iterator[Step]:
    old, new = _keys(was), _keys(now)
    for name in old:
        if old[name] != new.get(name):
            yield pair.step(Kind.REMOVE_KEY, f"{now.key}.{name}", *_key_path(now, name), detail=", ".join(old[name][0]))
    for name, (fields, folded) in new.items():
        if old.get(name) != (fields, folded):
            check = _key_check(was, now, fields, folded)
            path = _key_path(now, name)
            yield pair.step(Kind.ADD_KEY, f"{now.key}.{name}", *path, detail=", ".join(fields), check=check)


def _key_check(was: Entity, now: Entity, fields: tuple[str, ...], folded: frozenset[str]) -> Repeated | None:
    """What existing rows must be asked: nothing when a new field leaves them blank; only its old fields when it does not."""
    if any(field in was.fields and changes_kind(was.fields[field], now.fields[field]) for field in fields):
        return None  # the conversion asks it
    new = [now.fields[field] for field in fields if field not in was.fields]
    if any(field.holds != "boolean" and not fills_rows(field) and not _gets_one_value(field) for field in new):
        return None
    old = tuple(field for field in fields if field in was.fields)
    said = {field: now.fields[field].existing for field in old}
    emptied = next((field for field in old if said[field] == "blank" and _can_be_emptied(now.fields[field])), None)
    existing = next((each for each in said.values() if each), None) if emptied is None else "blank"
    return Repeated(now.key, old, folded.intersection(old), existing, emptied)


def _gets_one_value(a_field: Field) -> bool:
    """Whether a new field gets the same in all rows; what a formula gives is tried when it is applied."""
    return a_field.backfill is not None and a_field.backfill.formula is None


def _can_be_emptied(a_field: Field) -> bool:
    return not (a_field.required or a_field.is_computed or a_field.holds == "boolean")


def _keys(entity: Entity) -> dict[str, tuple[tuple[str, ...], frozenset[str]]]:
    """Fields of each key, and those whose case it ignores."""
    folded = frozenset(key for key, a_field in entity.fields.items() if a_field.ignore_case)
    return {name: (tuple(fields), folded.intersection(fields)) for name, fields in unique_keys(entity).items()}


def _key_path(entity: Entity, name: str) -> tuple[str, ...]:
    if name in entity.fields:
        return ("entities", entity.key, "fields", name, "unique")
    return ("entities", entity.key, "keys", name)


def _reads_otherwise(was: TeamPlace | None, now: TeamPlace) -> bool:
    return was is not None and not is_same(was.label, now.label)


def _presentation(pair: Pair, was: Entity, now: Entity) -> Iterator[Step]:
    both = [key for key in now.fields if key in was.fields and f"{now.key}.{key}" not in pair.back]
    relabelled = [key for key in both if _looks_different(was.fields[key], now.fields[key])]
    keys = [key for key in now.keys if key in was.keys and not is_same(was.keys[key], now.keys[key])]
    own = [name for name in _PRESENTATION if not is_same(getattr(was, name), getattr(now, name))]
    places = [key for key, each in now.record_team.items() if _reads_otherwise(was.record_team.get(key), each)]
    keys += places
    if relabelled or own or keys:
        yield pair.step(Kind.LABELS, now.key, "entities", now.key, detail=", ".join((*own, *relabelled, *keys)))
    if [key for key in was.fields if key in both] != both:
        yield pair.step(Kind.ORDER, now.key, "entities", now.key, "fields", detail="fields")
    for kind, name in ((Kind.LAYOUT, "layout"), (Kind.LIST, "list")):
        if not is_same(getattr(was, name), getattr(now, name)):
            yield pair.step(kind, now.key, "entities", now.key, name)


def _looks_different(was: Field, now: Field) -> bool:
    return any(not is_same(getattr(was, name), getattr(now, name)) for name in _FIELD_PRESENTATION)
