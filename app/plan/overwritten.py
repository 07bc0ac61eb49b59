"""Values that a switch overwrites where they stand, kept beside what took their place, so that a rollback can give them back.

What becomes of another kind is not among them: its column of before is kept under a tombstone. What is encrypted is not kept.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from decimal import Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from app.definition import Field
from app.definition.composite import COMPOSITE
from app.orm.bulk import insert_rows
from app.orm.former import Names
from app.orm.framework import overwritten
from app.orm.many import KIND, RECORD, VALUE, Many
from app.orm.models import ENTITY_SUFFIX
from app.orm.overwritten import of_tables
from app.orm.types import AnyId

FIRST_VERSION = "0025"
"""The revision of the framework's tables from which on there are any."""
WORKED_OUT = "="
"""Stands for what a formula gave, which nobody can have changed as long as the field has one. It is the JSON of no value."""
_BATCH = 5_000
_SECOND = dt.timedelta(seconds=1)
_NOT_KEPT = frozenset({"file"})
_COLUMNS = ("record", "place", "target", "kind", "since")


class Place(NamedTuple):
    """What a kept value was of: a record, or a link of it to another record, of the entity `kind` where there may be several."""

    record: int
    target: int = 0
    kind: str = ""


_Way = tuple[str | ColumnElement[str] | None, str | None]
"""A stored value of before, or how it is told of each row, and the one instead."""
Overwritten = tuple[Place, Any, Any]
"""What was overwritten, its value of before, and the one instead."""


def place_of_column(column: sa.Column[Any]) -> str:
    """The name under which the values of a column are kept: those of a list are in the table of it."""
    table = column.table.name
    return table if column.key in {VALUE, KIND} and RECORD in column.table.c else f"{table}.{column.name}"


def may_be_kept(a_field: Field) -> bool:
    """Whether values of a field are kept: nothing may stay of those that are encrypted."""
    return not a_field.encrypted and a_field.holds not in _NOT_KEPT


def link_place(many: Many, link: Mapping[str, Any]) -> Place:
    """Of a link, whose identity this is."""
    return Place(link[RECORD], link[VALUE], link[KIND] if many.several else "")


def identity_of(many: Many, at: Place) -> dict[str, Any]:
    """The identity of a link."""
    return {RECORD: at.record, VALUE: at.target, **({KIND: at.kind} if many.several else {})}


@dataclass
class Keeping:
    """What one switch overwrites, kept under the number of its revision for as long as what is removed."""

    connection: Connection
    since: int
    until: dt.date
    places: set[str] = field(default_factory=set)

    def note(self, place: str, values: Iterable[Overwritten]) -> None:
        """Keeps values, a few thousand at a time. Of what the same switch overwrites twice the first one is kept."""
        self._keep(place, [(at, stored(old), stored(new)) for at, old, new in values])

    def worked_out(self, place: str, values: Iterable[tuple[Place, Any]]) -> None:
        """Keeps values, each with its place, that a formula replaces."""
        self._keep(place, [(at, stored(old), WORKED_OUT) for at, old in values])

    def _keep(self, place: str, told: Sequence[tuple[Place, str | None, str | None]]) -> None:
        changed = [each for each in told if each[1] != each[2]]
        if changed and place in self.places:
            changed = self._without_known(place, changed)
        self.places |= {place} if changed else set()
        rows = [
            {**at._asdict(), "place": place, "since": self.since, "old": old, "became": new, "kept_until": self.until}
            for at, old, new in changed
        ]
        insert_rows(self.connection, overwritten, rows)

    def _without_known(
        self, place: str, values: Sequence[tuple[Place, str | None, str | None]]
    ) -> list[tuple[Place, str | None, str | None]]:
        c = overwritten.c
        records = sorted({at.record for at, *_ in values})
        here = sa.and_(c.place == place, c.since == self.since, c.record.between(records[0], records[-1]))
        known = {Place(*row) for row in self.connection.execute(sa.select(c.record, c.target, c.kind).where(here))}
        again = [
            {**{f"at_{key}": part for key, part in at._asdict().items()}, "new": new}
            for at, _, new in values
            if at in known
        ]
        if again:
            this = (
                c.record == sa.bindparam("at_record"),
                c.target == sa.bindparam("at_target"),
                c.kind == sa.bindparam("at_kind"),
            )
            update = sa.update(overwritten).where(c.place == place, c.since == self.since, *this)
            self.connection.execute(update.values(became=sa.bindparam("new")), again)
        return [each for each in values if each[0] not in known]

    def option(self, column: sa.Column[Any], old: str, new: str) -> None:
        """Keeps that an option or a stage was another one, in all rows of a column at once."""
        self._at_once(column, column == old, (stored(old), stored(new)))

    def blank(self, column: sa.Column[Any], new: Any) -> None:
        """Keeps that records which are not in the bin held nothing in a column, at once."""
        self._at_once(column, sa.and_(column.is_(None), column.table.c.deleted_at.is_(None)), (None, stored(new)))

    def blank_worked_out(self, column: sa.Column[Any]) -> None:
        """Keeps that all records which held nothing in a column get what a formula gives, at once."""
        self._at_once(column, column.is_(None), (None, WORKED_OUT))

    def all_worked_out(self, column: sa.Column[Any], holds: str) -> bool:
        """As `worked_out`, of all that is in a column, at once; False where the database can't make the texts that are kept."""
        text = _text_of(column, holds, self.connection.dialect.name)
        if text is None or place_of_column(column) in self.places:
            return False
        self._at_once(column, sa.true(), (text, WORKED_OUT))
        return True

    def of_approvals(
        self, column: sa.Column[Any], stage: sa.Column[Any], this: ColumnElement[bool], way: tuple[str, str]
    ) -> None:
        """Keeps that open approvals asked for a move from or to another stage, beside the records that they are of."""
        c = stage.table.c
        self._from(
            place_of_column(column),
            (c.record, c.id, sa.cast(stage.name, sa.Text)),
            this,
            (stored(way[0]), stored(way[1])),
        )

    def _at_once(self, column: sa.Column[Any], this: ColumnElement[bool], way: _Way) -> None:
        table = column.table
        is_link = RECORD in table.c
        record = table.c[RECORD] if is_link else table.c.id
        target = table.c[VALUE] if is_link else sa.literal(0)
        kind = table.c[KIND] if KIND in table.c else sa.cast("", sa.Text)
        self._from(place_of_column(column), (record, target, kind), this, way)

    def _from(
        self,
        place: str,
        at: tuple[sa.ColumnElement[Any], sa.ColumnElement[Any], sa.ColumnElement[Any]],
        this: ColumnElement[bool],
        way: _Way,
    ) -> None:
        c = overwritten.c
        (record, target, kind), (old, new) = at, way
        if place in self.places:
            again = (c.place == place, c.since == self.since, c.became.is_not_distinct_from(old))
            self.connection.execute(sa.update(overwritten).where(*again).values(became=new))
            same = (c.place == place, c.since == self.since, c.record == record, c.target == target, c.kind == kind)
            this = sa.and_(this, ~sa.exists().where(*same))
        self.places.add(place)
        told = {"place": place, "since": self.since, "old": old, "became": new, "kept_until": self.until}
        values = [
            each if isinstance(each, ColumnElement) else sa.literal(each, c[key].type) for key, each in told.items()
        ]
        rows = sa.select(record, target, kind, *values).where(this)
        self.connection.execute(sa.insert(overwritten).from_select(["record", "target", "kind", *told], rows))


def _text_of(column: sa.Column[Any], holds: str, dialect: str) -> ColumnElement[str] | None:
    """What `stored` makes of each value of a column, where SQL makes the same of it."""
    if holds == "integer":
        return sa.cast(column, sa.Text)
    if holds not in {"text", "option"}:
        return None
    quoted = sa.func.json_quote(column) if dialect == "sqlite" else sa.cast(sa.func.to_json(column), sa.Text)
    return sa.case((column.is_not(None), quoted))


def stored(value: Any) -> str | None:
    """A value as it is kept: the same text on every database."""
    return None if value is None else json.dumps(_plain(value), ensure_ascii=False, separators=(",", ":"))


def _plain(value: Any) -> Any:
    if isinstance(value, AnyId):  # which is a tuple
        return f"{value.entity}/{value.id}"
    if isinstance(value, Decimal):
        return format(value.normalize(), "f")
    if isinstance(value, dt.timedelta):
        return value // _SECOND
    if isinstance(value, dt.date | dt.time):
        return value.isoformat()
    if isinstance(value, tuple | list):
        return [_plain(each) for each in value]
    return value.stored() if hasattr(value, "stored") else value


_READ: Mapping[str, Callable[[Any], Any]] = {
    "decimal": Decimal,
    "date": dt.date.fromisoformat,
    "datetime": dt.datetime.fromisoformat,
    "time": dt.time.fromisoformat,
    "duration": lambda seconds: seconds * _SECOND,
}


def read(text: str | None, a_field: Field) -> Any:
    """The value of a field that was `stored`."""
    if text is None:
        return None
    held = json.loads(text)
    return tuple(_one(each, a_field) for each in held) if a_field.is_list else _one(held, a_field)


def _one(held: Any, a_field: Field) -> Any:
    if a_field.of_several:
        entity, _, number = str(held).rpartition("/")
        return AnyId(entity, int(number))
    if a_field.type in COMPOSITE:
        return COMPOSITE[a_field.type].of_stored(held)
    return _READ.get(a_field.holds, lambda each: each)(held)


def kept_of(
    connection: Connection, places: Sequence[str], after: int
) -> Iterator[Mapping[Place, list[tuple[int, str | None, str | None]]]]:
    """What was overwritten there after a revision, in batches of whole records: (revision, value of before, value instead), the
    newest first.
    """
    c, last = overwritten.c, 0
    here = sa.and_(c.place.in_(places), c.since > after)
    records = sa.select(c.record).where(here).distinct().order_by(c.record).limit(_BATCH)
    query = (
        sa.select(c.record, c.target, c.kind, c.since, c.old, c.became).where(here).order_by(c.record, c.since.desc())
    )
    while ids := connection.execute(records.where(c.record > last)).scalars().all():
        found: dict[Place, list[tuple[int, str | None, str | None]]] = {}
        for record, target, kind, *told in connection.execute(query.where(c.record.between(ids[0], ids[-1]))):
            found.setdefault(Place(record, target, kind), []).append((told[0], told[1], told[2]))
        yield found
        last = ids[-1]


def kept_places(connection: Connection, after: int) -> Mapping[str, Sequence[int]]:
    """The places of what was overwritten after a revision, each with the revisions that did it."""
    c, found = overwritten.c, dict[str, list[int]]()
    for place, since in connection.execute(sa.select(c.place, c.since).where(c.since > after).distinct()):
        found.setdefault(place, []).append(since)
    return found


def settle_worked_out(connection: Connection, place: str, held: Callable[[Sequence[int]], Mapping[int, Any]]) -> None:
    """Once a formula goes from there, people may write: what it left, which `held` tells of records, is what they change."""
    c, last = overwritten.c, 0
    here = sa.and_(c.place == place, c.became == WORKED_OUT)
    query = sa.select(c.record).where(here).distinct().order_by(c.record).limit(_BATCH)
    update = sa.update(overwritten).where(here, c.record == sa.bindparam("at")).values(became=sa.bindparam("left"))
    while ids := connection.execute(query.where(c.record > last)).scalars().all():
        values = held(ids)
        connection.execute(update, [{"at": row, "left": stored(values.get(row))} for row in ids])
        last = ids[-1]


def forget_given_back(connection: Connection, places: Sequence[str], after: int) -> None:
    """Once it was given back: what was changed since keeps that."""
    c = overwritten.c
    connection.execute(sa.delete(overwritten).where(c.place.in_(places), c.since > after))


def forget_places(connection: Connection, parts: Iterable[str]) -> None:
    """Of what goes for good: tables, with their columns, and `table.column`s."""
    every = list(parts)
    if every:
        connection.execute(sa.delete(overwritten).where(of_tables(every)))


def rename_kept(connection: Connection, column: sa.Column[Any], names: Names) -> None:
    """What is kept of a column speaks in new words, too: options and stages, or the entities that ids are of."""
    base = column.key.removesuffix(ENTITY_SUFFIX)
    is_kind = column.key not in {base, KIND}
    place = f"{column.table.name}.{column.name.removesuffix(ENTITY_SUFFIX)}" if is_kind else place_of_column(column)
    renamed = _entities_renamed if is_kind or column.key == KIND else _options_renamed
    c = overwritten.c
    query = sa.select(*(c[key] for key in _COLUMNS), c.old, c.became).where(c.place == place)
    update = sa.update(overwritten).where(*(c[key] == sa.bindparam(f"at_{key}") for key in _COLUMNS))
    update = update.values(old=sa.bindparam("new_old"), became=sa.bindparam("new_became"))
    rows = connection.execute(query).all()
    changed = []
    for *at, old, became in rows:
        now = [renamed(each, names) for each in (old, became)]
        if now != [old, became]:
            told = {f"at_{key}": part for key, part in zip(_COLUMNS, at, strict=True)}
            changed.append({**told, "new_old": now[0], "new_became": now[1]})
    if changed:
        connection.execute(update, changed)


def _options_renamed(text: str | None, names: Names) -> str | None:
    if text in {None, WORKED_OUT}:
        return text
    held = json.loads(str(text))
    if isinstance(held, list):
        return stored([names.get(each, each) for each in held])
    return stored(names.get(held, held))


def _entities_renamed(text: str | None, names: Names) -> str | None:
    def one(held: str) -> str:
        entity, slash, number = held.rpartition("/")
        return f"{names.get(entity, entity)}{slash}{number}"

    if text in {None, WORKED_OUT}:
        return text
    held = json.loads(str(text))
    if isinstance(held, list):
        return stored([one(each) for each in held])
    return stored(one(held))
