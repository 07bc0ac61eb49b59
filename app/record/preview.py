"""What a save would make of a record, without saving it: for screens that answer before anything is posted.

All of it reads alone: nothing is locked, and what a save would refuse is left as it was. Facts are read whoever may see
them, as a save reads them: what an answer tells of them is for the caller to decide.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.access import Actor
from app.expression import Checked, Context
from app.expression.steps import chosen_target, lookup_of, target_of
from app.frozen import dataclass
from app.orm.many import many_key
from app.orm.models import ENTITY_SUFFIX
from app.orm.store import Store
from app.orm.types import AnyId
from app.record.batch import Batch, PartRow, Row
from app.record.conditions import Conditions, Line, holds
from app.record.decide import read_rows
from app.record.duplicates import match_duplicates
from app.record.facts import find_user
from app.record.many import add_lists, read_living_lists
from app.record.normalise import copy_texts
from app.record.parts import take_parts
from app.record.paths import Way, follow, pointed, ways_of
from app.record.refusal import DUPLICATE_PREFIX, Refusal
from app.record.steps import work_out
from app.record.unit import Unit


@dataclass(frozen=True)
class Foreseen:
    """A record as it would be, with all that its expressions read; `old` as it is, None of a new one.

    `parts` are those that were sent, by name, in their order.
    """

    entity: str
    values: Mapping[str, Any]
    old: Mapping[str, Any] | None
    context: Context
    parts: Mapping[str, tuple[Foreseen, ...]] = field(default_factory=dict)

    def holds(self, condition: Checked, *, otherwise: bool) -> bool:
        """Whether a condition holds; `otherwise` where it raises, which is a bug of a configuration."""
        return holds(condition.evaluate, self.values, self.old, self.context, otherwise=otherwise)

    def hides(self, conditions: Conditions, key: str) -> bool:
        """Whether a field is not visible."""
        condition = conditions.visible.get(key)
        return condition is not None and not self.holds(condition, otherwise=True)

    def asks(self, conditions: Conditions, key: str) -> bool:
        """Whether a condition requires a field."""
        condition = conditions.required.get(key)
        return condition is not None and self.holds(condition, otherwise=False)

    def refuses(self, conditions: Conditions, key: str) -> frozenset[str]:
        """The options of a field that conditions keep from being chosen."""
        options = conditions.options.get(key, {})
        return frozenset(
            option
            for option, condition in options.items()
            if condition is None or not self.holds(condition, otherwise=False)
        )

    def line(self, lines: Sequence[Line]) -> Line | None:
        """Of the pipelines of a field the one that the record follows."""
        return next((each for each in lines if each.follows_always or self._follows(each)), None)

    def _follows(self, line: Line) -> bool:
        return line.when is not None and self.holds(line.when, otherwise=False)

    def keeps(self, conditions: Conditions, key: str) -> bool:
        """Whether a field can't be changed in the record as it is; a new one has nothing to keep."""
        condition = conditions.read_only.get(key)
        if condition is None or self.old is None:
            return False
        return holds(condition.evaluate, self.old, self.old, self.context, otherwise=False)


def looking(store: Store, actor: Actor, session: Session, connection: Connection) -> Unit:
    """The unit that previews read in: the actor's session, on a connection that was opened by `Store.system_reading`."""
    return Unit(store, actor, session, "form", reader=connection)


def as_stored(unit: Unit, entity: str, record: int, expressions: Iterable[Checked]) -> Foreseen:
    """A stored record with what these expressions read of it: one statement, and one for each list.

    For a record that was found to be in the actor's sight.
    """
    every = tuple(expressions)
    keys = {key for each in every for key in (*each.keys, *each.old_keys, *(one.key for one in each.aggregates))}
    users = {key for each in every for key in each.user_keys}
    if users:
        find_user(unit, users)
    plain = frozenset(key for each in every for key in each.keys | each.old_keys | each.fields)
    values = dict.fromkeys(keys) | (_stored(unit, entity, record, plain) if plain else {})
    return Foreseen(entity, values, values, unit.context)


def _stored(unit: Unit, entity: str, record: int, keys: frozenset[str]) -> dict[str, Any]:
    fields = unit.catalog.entities[entity].fields
    lists = {key for key in keys if key in fields and fields[key].is_list}
    far = {key for key in keys if "." in key and _ends_in_list(unit, entity, key)}
    found = (
        unit.connection.execute(_statement(unit, entity, keys - lists - far), {"record": record})
        .mappings()
        .one_or_none()
    )
    values = dict(found or {})
    for key in [each for each in values if each + ENTITY_SUFFIX in values and values[each] is not None]:
        values[key] = AnyId(values[key + ENTITY_SUFFIX], values[key])
    for key in lists:
        many = unit.models.many[many_key(entity, key)]
        values[key] = read_living_lists(unit, many, [record]).get(record)
    for first, way in ways_of(unit.catalog, entity, far).items():
        follow(unit, [(way, values, pointed(values, first))])
    return values


def _ends_in_list(unit: Unit, entity: str, path: str) -> bool:
    *lookups, last = path.split(".")
    for key in lookups:
        entity = str(target_of(unit.catalog.entities[entity], key))
    found = unit.catalog.entities[entity].fields.get(last)
    return found is not None and found.is_list


def _statement(unit: Unit, entity: str, keys: frozenset[str]) -> sa.Select[Any]:
    """Made once per models: the record's columns, and those of what its lookups lead to."""
    kept: dict[object, sa.Select[Any]] = unit.models.metadata.info.setdefault("stored_state", {})
    wanted = (entity, keys)
    if wanted not in kept:
        table = unit.models.tables[entity]
        own = [key for key in keys if "." not in key]
        columns = [table.c[key] for key in dict.fromkeys(("id", *own, *_beside(table, own).values()))]
        source: Any = table
        for first, way in ways_of(unit.catalog, entity, keys.difference(own)).items():
            source = _joined(unit, source, table, first, way, columns)
        kept[wanted] = sa.select(*columns).select_from(source).where(table.c.id == sa.bindparam("record"))
    return kept[wanted]


def _beside(table: Any, keys: Iterable[str]) -> dict[str, str]:
    """The columns that say which entity lookups to several of them point to, by lookup."""
    return {key: key + ENTITY_SUFFIX for key in keys if key + ENTITY_SUFFIX in table.c}


def _joined(unit: Unit, source: Any, holder: Any, step: str, way: Way, columns: list[Any]) -> Any:
    table = unit.models.tables[way.target].alias()
    read = {
        **way.columns,
        **{beside: way.columns[key] + ENTITY_SUFFIX for key, beside in _beside(table, way.columns).items()},
    }
    columns += [table.c[column].label(key) for column, key in read.items()]
    there = holder.c[lookup_of(step)] == table.c.id
    if chosen_target(step) is not None:
        there = sa.and_(there, holder.c[lookup_of(step) + ENTITY_SUFFIX] == way.target)
    source = source.outerjoin(table, there)
    for first, further in way.ways.items():
        source = _joined(unit, source, table, first, further, columns)
    return source


def foresee(unit: Unit, entity: str, posted: Mapping[str, object], record: int | None = None) -> Foreseen | None:
    """A record as a save of these raw values would make it. None where the stored one is out of the actor's sight."""
    batch = Batch(unit, unit.blueprint(entity), record is None, [Row(0, record or 0, dict(posted))])
    (row,) = batch.rows
    if record is not None:
        stored = read_rows(unit, entity, [record], [], locked=False)
        if record not in stored:
            return None
        add_lists(unit, batch.blueprint, stored, posted)
        row.old = stored[record]
    take_parts(batch)
    work_out(batch)
    return _foreseen(batch, row)


def find_alike(unit: Unit, entity: str, posted: Mapping[str, object]) -> tuple[Refusal, ...]:
    """What the duplicate rules would say of a new record of these raw values, each with records that the actor may read.

    Rules that find others alone are silent: a save warns of these, too, and is on record; asking often would be a way to learn
    of what is out of sight.
    """
    batch = Batch(unit, unit.blueprint(entity), True, [Row(0, 0, dict(posted))])
    take_parts(batch)
    work_out(batch)
    copy_texts(batch)
    match_duplicates(batch)
    return tuple(each for each in batch.refusals if each.code.startswith(DUPLICATE_PREFIX) and each.alike)


def _foreseen(batch: Batch, row: Row) -> Foreseen:
    parts = {}
    for each in batch.parts:
        found = [(part, each.new) for part in each.new.rows] + [(part, each.kept) for part in each.kept.rows]
        found.sort(key=lambda pair: pair[0].place if isinstance(pair[0], PartRow) else 0)
        parts[each.link.name] = tuple(_foreseen(of, part) for part, of in found)
    return Foreseen(batch.entity, row.values, None if batch.creating else row.old, batch.unit.context, parts)
