"""Other records through lookups: `account.owner.name` of many rows at once, one statement for each hop and entity.

What is read are facts, whoever may see them: see `facts`.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterable, Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any, Literal

import sqlalchemy as sa

from app.definition import Catalog
from app.expression.steps import chosen_target, lookup_of, target_of
from app.frozen import dataclass
from app.orm.many import many_key
from app.orm.models import ENTITY_SUFFIX
from app.orm.tuples import among
from app.orm.types import AnyId
from app.record.batch import PartRow, Row
from app.record.decide import in_parts
from app.record.many import complete_lists, read_living_lists
from app.record.unit import Unit

Values = dict[str, Any]


@dataclass(frozen=True)
class Way:
    """What is read of the records that a lookup leads to: columns, each with its key in the row, and ways further."""

    target: str
    columns: Mapping[str, str]
    ways: Mapping[str, Way]


def ways_of(catalog: Catalog, entity: str, paths: Iterable[str]) -> Mapping[str, Way]:
    """The ways that lead to these paths (`account.owner.name`), by their first lookup."""
    return _ways(catalog, entity, {path: path for path in paths})


def _ways(catalog: Catalog, entity: str, keys: Mapping[str, str]) -> Mapping[str, Way]:
    behind: dict[str, dict[str, str]] = {}
    for path, key in keys.items():
        first, rest = path.split(".", 1)
        behind.setdefault(first, {})[rest] = key
    found = {}
    for first, rests in behind.items():
        target = target_of(catalog.entities[entity], first)
        assert target is not None
        columns = {rest: key for rest, key in rests.items() if "." not in rest}
        further = {rest: key for rest, key in rests.items() if "." in rest}
        found[first] = Way(target, columns, _ways(catalog, target, further))
    return found


def leads_to(ways: Iterable[Way], entities: Container[str]) -> bool:
    """Whether one of the ways reads records of one of these entities."""
    return any(way.target in entities or leads_to(way.ways.values(), entities) for way in ways)


Step = tuple[Way, Values, int | None]
"""Where to go on: a way, the row that gets what is found there, and the id of the record."""


Hold = Literal["", "share", "change"]
"""Whether records are locked while they are read: so that they stay as they are, or so that this unit may change them."""


def follow(unit: Unit, steps: Sequence[Step], hold: Callable[[str, AbstractSet[str]], Hold] | None = None) -> None:
    """Puts what stands at the ends of the ways into the rows: one statement for each hop and entity. `hold` says of an entity
    and the columns that are read of it whether its records are locked.
    """
    while steps:
        wanted: dict[str, tuple[set[str], set[int]]] = {}
        for way, _, record in steps:
            columns, ids = wanted.setdefault(way.target, (set(), set()))
            columns.update(way.columns, map(lookup_of, way.ways))
            if record is not None:
                ids.add(record)
        found = {
            target: read_records(unit, target, columns, ids, hold(target, columns) if hold else "")
            for target, (columns, ids) in wanted.items()
        }
        steps = [
            further
            for way, values, record in steps
            for further in take(way, values, None if record is None else found[way.target].get(record))
        ]


def take(way: Way, values: Values, record: Mapping[str, Any] | None) -> Iterator[Step]:
    """Puts what a record holds at the end of a way into a row. Gives the steps that lead further."""
    for column, key in way.columns.items():
        values[key] = None if record is None else record.get(column)
    for lookup, further in way.ways.items():
        yield further, values, None if record is None else pointed(record, lookup)


def pointed(record: Mapping[str, Any], step: str) -> int | None:
    """The id of what a step of a path leads to from a record."""
    value, chosen = record[lookup_of(step)], chosen_target(step)
    if chosen is None or value is None:
        return None if value is None else int(value)
    return value.id if value.entity == chosen else None


def complete_wholes(unit: Unit, way: Way, parts: Iterable[Row]) -> None:
    """As `complete_lists`, of the wholes of parts: the lists that a way from the parts to them reads."""
    lists = unit.blueprint(way.target).lists.keys() & way.columns.keys()
    if lists:
        wholes = {id(row.whole): row.whole for row in parts if isinstance(row, PartRow)}
        complete_lists(unit, way.target, wholes.values(), sorted(lists))


def read_records(
    unit: Unit, entity: str, columns: Iterable[str], ids: Iterable[int | None], hold: Hold = ""
) -> dict[int, Values]:
    """Columns and lists of records by id, whoever may see them; deleted ones too, for what points to them is a fact."""
    wanted = sorted({each for each in ids if each is not None and each > 0})
    if not wanted:
        return {}
    fields = unit.catalog.entities[entity].fields
    lists = tuple(sorted(key for key in columns if key in fields and fields[key].is_list))
    plain = tuple(sorted(set(columns).difference(lists)))
    anys = [key for key in plain if key in fields and fields[key].holds == "any"]
    found: dict[int, Values] = {}
    for some in in_parts(wanted):
        for row in unit.connection.execute(_statement(unit, entity, plain, hold), {"ids": list(some)}).mappings():
            found[row["id"]] = values = dict(row)
            for key in anys:
                if values[key] is not None:
                    values[key] = AnyId(values[key + ENTITY_SUFFIX], values[key])
    for key in lists:
        listed = read_living_lists(unit, unit.models.many[many_key(entity, key)], list(found))
        for record, values in found.items():
            values[key] = listed.get(record)
    return found


def _statement(unit: Unit, entity: str, columns: tuple[str, ...], hold: Hold) -> sa.Select[Any]:
    """Made once per models."""
    kept: dict[object, sa.Select[Any]] = unit.models.metadata.info.setdefault("facts", {})
    dialect = unit.connection.dialect
    wanted = (dialect.name, entity, columns, hold)
    if wanted not in kept:
        table, fields = unit.models.tables[entity], unit.catalog.entities[entity].fields
        beside = [key + ENTITY_SUFFIX for key in columns if key in fields and fields[key].holds == "any"]
        chosen = [table.c[key] for key in dict.fromkeys(("id", *columns, *beside))]
        query = sa.select(*chosen).where(among(table.c.id, "ids", dialect))
        if hold:  # in the order in which everybody locks
            query = query.order_by(table.c.id).with_for_update(read=hold == "share", key_share=hold == "change")
        kept[wanted] = query
    return kept[wanted]
