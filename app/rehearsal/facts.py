"""A made-up record as JSON gives it, turned into the row that an expression reads.

Keys are fields of the entity, paths through lookups (`account.level`) or nested records (`account: {level: a}`), lists of
records under the name of an inverse (`quotes: [{total: 5}]`), or the canonical text of an aggregate with its value.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import field, replace
from itertools import count
from typing import Any

from app.definition import Catalog, Entity, Field
from app.definition.currencies import ORIGINAL_SUFFIX, converted_fields
from app.diagnostics import did_you_mean, nearest
from app.expression import Checked, Context
from app.expression.implementations import aggregate
from app.expression.node import Aggregate, Node
from app.expression.python import compile_node
from app.expression.steps import chosen_target, lookup_of
from app.expression.types import Type
from app.frozen import dataclass
from app.orm.types import AnyId
from app.record.lists import Posted, make_list_parser
from app.record.parsers import make_parser
from app.record.refusal import Refusal
from app.record.values import Bad, in_utc, read_decimal

_POINTING = {"entity", "id", "label"}  # of a lookup to several entities: nothing is said of the record
_OWN_ID, _FIRST_ID = 1_000_000, 1_000_001  # of records that are mentioned without an id


class BadRecord(ValueError):
    """What was given is no record of the entity; the text says why."""


@dataclass(frozen=True)
class Made:
    """A made-up record: plain values of its own fields by key, the records behind its lookups by their fields, those that
    point to it by the name of the inverse, and values of aggregates by their canonical text.
    """

    entity: Entity
    values: dict[str, Any]
    behind: dict[str, Made] = field(default_factory=dict)
    below: dict[str, tuple[Made, ...]] = field(default_factory=dict)
    stated: dict[str, Any] = field(default_factory=dict)

    def value(self, key: str) -> Any:
        """Its value of a field or path; None where there is none."""
        first, _dot, rest = key.partition(".")
        if rest:
            found, chosen = self.behind.get(lookup_of(first)), chosen_target(first)
            return found.value(rest) if found is not None and chosen in {None, found.entity.key} else None
        return self.values.get(key)


def read_record(catalog: Catalog, entity: str, given: Mapping[str, Any], aggregates: Iterable[Aggregate] = ()) -> Made:
    """The record that is given. Raises BadRecord."""
    return _Reader(catalog, {each.key: each for each in aggregates}).record(catalog.entities[entity], given)


def row_of(made: Made | None, checked: Checked, keys: Iterable[str], context: Context) -> dict[str, Any]:
    """The row of a record that holds what an expression reads of it."""
    if made is None:
        return dict.fromkeys(keys)
    row = {key: made.value(key) for key in keys}
    for each in checked.aggregates:
        row[each.key] = made.stated[each.key] if each.key in made.stated else _value_below(made, each, context)
    return row


def rows_of(made: Made) -> Iterator[tuple[str, dict[str, Any]]]:
    """The record, those behind its lookups and those that point to it, each with its entity."""
    yield made.entity.key, {"id": made.values.get("id", _OWN_ID), **made.values}
    for each in made.behind.values():
        yield from rows_of(each)
    for each in (one for several in made.below.values() for one in several):
        yield from rows_of(each)


def _value_below(made: Made, wanted: Aggregate, context: Context) -> Any:
    rows = []
    for each in made.below.get(wanted.inverse, ()):
        keys = {wanted.field} - {None} if wanted.where is None else {wanted.field, *_keys(wanted.where)} - {None}
        row = {str(key): each.value(str(key)) for key in keys}
        if wanted.where is None or compile_node(wanted.where)(row, None, context):
            rows.append(row)
    return aggregate(wanted.name, rows, wanted.field)


def _keys(root: Node) -> Iterator[str]:
    return (each.value for each in root.walk() if each.op == "field")


@dataclass(frozen=True)
class _Reader:
    catalog: Catalog
    aggregates: Mapping[str, Aggregate]
    ids: Iterator[int] = field(default_factory=lambda: count(_FIRST_ID))

    def record(self, entity: Entity, given: Mapping[str, Any]) -> Made:
        made = Made(entity, {})
        paths: dict[str, dict[str, Any]] = {}
        for key, raw in given.items():
            if key in self.aggregates:
                made.stated[key] = _stated(self.aggregates[key], raw)
                continue
            first, _dot, rest = key.partition(".")
            a_field = entity.every_field.get(first)
            if a_field is None:
                self.children(made, key, raw)
            elif rest == "original" and first in converted_fields(entity):
                made.values[first + ORIGINAL_SUFFIX] = self.value(entity, a_field, raw)
            elif rest or isinstance(raw, Mapping):
                inner = paths.setdefault(first, {})
                inner.update({rest: raw} if rest else raw)
            else:
                made.values[first] = self.value(entity, a_field, raw)
        for first, inner in paths.items():
            self.record_behind(made, entity.every_field[first], inner)
        return made

    def record_behind(self, made: Made, a_field: Field, inner: Mapping[str, Any]) -> None:
        named = inner.get("entity") if a_field.holds == "any" and not inner.keys() <= _POINTING else a_field.target
        target = self.catalog.entities.get(str(named)) if named in a_field.targets else None
        if target is None:
            made.values[a_field.key] = self.value(made.entity, a_field, inner)
            return
        is_any = a_field.holds == "any"
        found = self.record(target, {key: raw for key, raw in inner.items() if not is_any or key != "entity"})
        found.values.setdefault("id", made.values.get(a_field.key) or next(self.ids))
        made.behind[a_field.key] = found
        made.values[a_field.key] = AnyId(target.key, found.values["id"]) if is_any else found.values["id"]

    def children(self, made: Made, key: str, raw: object) -> None:
        inverse = self.catalog.inverses(made.entity.key).get(key)
        if inverse is None:
            hint = did_you_mean(nearest(key, made.entity.every_field))
            raise BadRecord(f"{made.entity.key} has no field '{key}'" + (f"; {hint}" if hint else ""))
        if not isinstance(raw, list) or not all(isinstance(each, Mapping) for each in raw):
            raise BadRecord(f"'{key}' is a list of records: [{{…}}, …]")
        child = self.catalog.entities[inverse.entity]
        made.below[key] = tuple(self.record(child, each) for each in raw)
        for each in made.below[key]:
            each.values.setdefault("id", next(self.ids))
            each.values[inverse.field] = made.values.get("id", _OWN_ID)

    def value(self, entity: Entity, a_field: Field, raw: object) -> Any:
        loose = replace(
            a_field, min=None, max=None, min_length=None, format=None
        )  # what is stored may be older than these
        found = (make_list_parser(self.catalog, entity, loose) or make_parser(self.catalog, entity, loose))(raw)
        if isinstance(found, tuple) and not isinstance(found, AnyId):
            found = tuple(each.id if isinstance(each, Posted) else each for each in found)
        if isinstance(found, Bad):
            refusal = Refusal(found.code, a_field.key, found.params, entity=entity.key, variant=found.variant)
            raise BadRecord(refusal.text("en", self.catalog))
        return in_utc(found) if a_field.holds == "datetime" and found is not None else found


def _stated(wanted: Aggregate, raw: object) -> Any:
    """The value of an aggregate that was given: a number as digits, truth as it is."""
    if wanted.name == "exists":
        return bool(raw)
    found = None if isinstance(raw, bool) else read_decimal(raw)
    if isinstance(found, Bad):
        raise BadRecord(f"the value of '{wanted.key}' is a number")
    return found


def words_of(a_type: Type) -> str:
    """A type as people read it: `number(18,2)`."""
    return f"number({a_type.precision},{a_type.scale})" if a_type.base == "number" else a_type.base
