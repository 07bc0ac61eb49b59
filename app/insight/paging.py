"""Order and keyset paging. Blanks come last in both directions, on both databases, and never keep an index from use.

A list that is sorted by something that may be blank is walked in two stretches: the records with a value, then those
without. Within a stretch plain ORDER BY and a comparison with the last record's values fit an ordinary index.
"""

from __future__ import annotations

import base64
import binascii
import datetime as dt
import json
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from app.access import FieldRights
from app.definition import Field
from app.definition.field_types import UNORDERED_TYPES, Holds
from app.frozen import dataclass
from app.insight.query import BadQuery, Sort
from app.orm.models import SORT_SUFFIX, Models, sorted_texts

Stretch = Literal["values", "blanks"]

_NEVER_BLANK = frozenset({"id", "version", "created_at", "updated_at"})
_MOST_SORTS = 4
_LARGEST = 2**63
_EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)
_SECOND = dt.timedelta(seconds=1)


@dataclass(frozen=True)
class Term:
    """One part of an order. `holds` says what kind of value the expression yields."""

    expression: Any
    descending: bool
    may_be_blank: bool
    holds: Holds


@dataclass(frozen=True)
class Order:
    """A total order: the terms, then the id. `name` is the sort in its written form."""

    terms: tuple[Term, ...]
    id: Any
    id_descends: bool
    name: str


@dataclass(frozen=True)
class Mark:
    """A place in an order: next to the record with these values, before it when `backward`."""

    values: tuple[Any, ...]
    id: int
    backward: bool


def is_sortable(models: Models, entity: str, field: Field) -> bool:
    """Whether lists can be sorted by a field: not by references, nor by texts without a stored sort key."""
    if field.type in UNORDERED_TYPES or field.encrypted:
        return False
    if field.holds == "text":
        return field.key in sorted_texts(models.catalog.entities[entity]) or field.type == "sequence"
    if field.holds == "option":
        return bool(models.catalog.choices(entity, field.key))
    return field.holds not in {"reference", "any"} and not field.is_list


def order_of(models: Models, rights: FieldRights, sort: Sort) -> Order:
    """The order of a list. Raises BadQuery, with one text for fields that are hidden, masked or not there."""
    if len(sort) > _MOST_SORTS:
        raise BadQuery("limit")
    entity = rights.entity
    terms = []
    for key, descending in sort:
        if key not in rights.clear:
            raise BadQuery("field", key)
        field = models.catalog.get_field(entity, key)
        if not is_sortable(models, entity, field):
            raise BadQuery("sort", key)
        terms.append(_term(models, entity, field, descending=descending))
    name = ",".join(("-" if descending else "") + key for key, descending in sort)
    return Order(tuple(terms), models.attribute(entity, "id"), terms[-1].descending if terms else True, name)


def bin_order(models: Models, entity: str) -> Order:
    """The order of the bin: what was deleted last comes first."""
    term = Term(models.attribute(entity, "deleted_at"), True, False, "datetime")
    return Order((term,), models.attribute(entity, "id"), True, "-deleted_at")


def default_sort(models: Models, rights: FieldRights) -> Sort:
    """The sort of the entity's list, without what the actor may not sort by."""
    entity = models.catalog.entities[rights.entity]
    found = []
    for text in entity.list.sort:
        key = text.removeprefix("-")
        if key in rights.clear and is_sortable(models, entity.key, entity.every_field[key]):
            found.append((key, text.startswith("-")))
    return tuple(found)


def _term(models: Models, entity: str, field: Field, *, descending: bool) -> Term:
    kept = models.metadata.info.setdefault("sort_terms", {})
    key = (entity, field.key, descending)
    if key not in kept:
        kept[key] = _make_term(models, entity, field, descending=descending)
    found: Term = kept[key]
    return found


def _make_term(models: Models, entity: str, field: Field, *, descending: bool) -> Term:
    column: Any = models.attribute(entity, field.key)
    if field.holds == "option":
        # In the order of the text. A value that is no option any more counts as blank.
        places = {key: place for place, key in enumerate(models.catalog.choices(entity, field.key))}
        return Term(sa.case(places, value=column), descending, may_be_blank=True, holds="integer")
    if field.holds == "text" and field.type != "sequence":
        column = models.attribute(entity, field.key + SORT_SUFFIX)
    never = field.key in _NEVER_BLANK or field.holds == "boolean"
    return Term(column, descending, may_be_blank=not never, holds=field.holds if field.holds in _READERS else "integer")


def stretches(order: Order, mark: Mark | None) -> tuple[Stretch, ...]:
    """The parts of the list that lie ahead of a mark, in the order in which they are walked."""
    if not order.terms or not order.terms[0].may_be_blank:
        return ("values",)
    ahead: tuple[Stretch, ...] = ("values", "blanks")
    if mark is None:
        return ahead
    here: Stretch = "blanks" if mark.values[0] is None else "values"
    if mark.backward:
        ahead = ("blanks", "values")
    return ahead[ahead.index(here) :]


def ordering(order: Order, *, backward: bool) -> list[ColumnElement[Any]]:
    """The ORDER BY of a stretch."""
    found = []
    for place, term in enumerate(order.terms):
        column = term.expression.desc() if term.descending != backward else term.expression.asc()
        if place and term.may_be_blank:
            column = column.nulls_first() if backward else column.nulls_last()
        found.append(column)
    found.append(order.id.desc() if order.id_descends != backward else order.id.asc())
    return found


def stretch_conditions(order: Order, stretch: Stretch, mark: Mark | None) -> Iterator[ColumnElement[bool]]:
    """What limits a statement to a stretch and, where the mark lies in it, to what is ahead of the mark."""
    first = order.terms[0] if order.terms else None
    if first is not None and first.may_be_blank:
        yield first.expression.is_(None) if stretch == "blanks" else first.expression.is_not(None)
    if mark is None:
        return
    if first is not None and (mark.values[0] is None) != (stretch == "blanks"):
        return  # the whole stretch is ahead
    terms = [*order.terms, Term(order.id, order.id_descends, may_be_blank=False, holds="integer")]
    places = [
        _Place(term, sa.bindparam(name, type_=term.expression.type), is_blank=value is None)
        for term, name, value in zip(terms, _names(order), (*mark.values, mark.id), strict=True)
    ]
    if stretch == "blanks":
        places = places[1:]
    if len(places) > 2:
        yield _from_first(places[0], backward=mark.backward)
    simple = len(places) == 1 or (len(places) == 2 and stretch == "values")
    yield (_row_comparison if simple else _lexicographic)(places, backward=mark.backward)


def mark_parameters(order: Order, mark: Mark | None) -> dict[str, Any]:
    """The values of a mark under the names that `stretch_conditions` gives them: the statement's text has none."""
    return {} if mark is None else dict(zip(_names(order), (*mark.values, mark.id), strict=True))


def _names(order: Order) -> list[str]:
    return [*(f"mark_{place}" for place in range(len(order.terms))), "mark_id"]


@dataclass(frozen=True)
class _Place:
    """A term and where the mark stands in it."""

    term: Term
    bound: ColumnElement[Any]
    is_blank: bool


def _from_first(first: _Place, *, backward: bool) -> ColumnElement[bool]:
    """Follows from the rest, and lets an index on the first term begin at the mark."""
    column = first.term.expression
    if first.is_blank:
        return sa.true()
    condition: ColumnElement[bool] = (
        column <= first.bound if first.term.descending != backward else column >= first.bound
    )
    if first.term.may_be_blank and not backward:
        return sa.or_(condition, column.is_(None))
    return condition


def _row_comparison(places: Sequence[_Place], *, backward: bool) -> ColumnElement[bool]:
    """(column, id) > (value, id): both databases walk an index on the pair by it."""
    left: Any = sa.tuple_(*(place.term.expression for place in places))
    right: Any = sa.tuple_(*(place.bound for place in places))
    if len(places) == 1:
        left, right = places[0].term.expression, places[0].bound
    condition: ColumnElement[bool] = left < right if places[-1].term.descending != backward else left > right
    return condition


def _lexicographic(places: Sequence[_Place], *, backward: bool) -> ColumnElement[bool]:
    """Further ahead in the first term, or equal there and further ahead in the next, and so on to the id."""
    cases = []
    equal: list[ColumnElement[bool]] = []
    for place in places:
        column = place.term.expression
        cases.append(sa.and_(*equal, _beyond(place, backward=backward)))
        equal.append(column.is_(None) if place.is_blank else column == place.bound)
    return sa.or_(*cases)


def _beyond(place: _Place, *, backward: bool) -> ColumnElement[bool]:
    column = place.term.expression
    if place.is_blank:
        return column.is_not(None) if backward else sa.false()
    condition: ColumnElement[bool] = column < place.bound if place.term.descending != backward else column > place.bound
    if place.term.may_be_blank and not backward:
        return sa.or_(condition, column.is_(None))
    return condition


def write_cursor(order: Order, values: Sequence[Any], record_id: int, *, backward: bool) -> str:
    """The opaque form of a mark. It holds only what the actor may sort by, and only fits the same sort."""
    plain = [order.name, int(backward), record_id, *map(_plain, values)]
    text = json.dumps(plain, ensure_ascii=False, separators=(",", ":"))
    return base64.urlsafe_b64encode(text.encode()).decode().rstrip("=")


def read_cursor(order: Order, cursor: str) -> Mark:
    """Raises BadQuery for anything that `write_cursor` did not make for this order."""
    try:
        raw = base64.b64decode(cursor + "=" * (-len(cursor) % 4), altchars=b"-_", validate=True)
        name, backward, record_id, *values = json.loads(raw)
        if name != order.name or backward not in (0, 1) or len(values) != len(order.terms):
            raise BadQuery("cursor")
        typed = tuple(_typed(term, value) for term, value in zip(order.terms, values, strict=True))
        return Mark(typed, _whole(record_id), bool(backward))
    except (binascii.Error, ValueError, TypeError, InvalidOperation, OverflowError, RecursionError) as error:
        raise BadQuery("cursor") from error


def _plain(value: Any) -> Any:
    if isinstance(value, dt.datetime):
        return (value - _EPOCH) // _MILLISECOND
    if isinstance(value, dt.date | dt.time | Decimal):
        return str(value)
    if isinstance(value, dt.timedelta):
        return value // _SECOND
    return value


def _typed(term: Term, value: Any) -> Any:
    if value is None:
        if not term.may_be_blank:
            raise BadQuery("cursor")
        return None
    kind, read = _READERS[term.holds]
    if not isinstance(value, kind):
        raise BadQuery("cursor")
    return read(value)


def _text(value: str) -> str:
    if "\x00" in value:
        raise BadQuery("cursor")
    value.encode()  # half a character, which no database takes, is a ValueError too
    return value


def _whole(value: Any) -> int:
    if isinstance(value, bool) or not isinstance(value, int) or not -_LARGEST <= value < _LARGEST:
        raise BadQuery("cursor")
    return value


def _decimal(text: str) -> Decimal:
    number = Decimal(text)
    if not number.is_finite() or abs(number) >= Decimal(10) ** 18:
        raise BadQuery("cursor")
    return number


_READERS: Mapping[str, tuple[type, Callable[[Any], Any]]] = MappingProxyType(
    {
        "integer": (int, _whole),
        "datetime": (int, lambda value: _EPOCH + _whole(value) * _MILLISECOND),
        "duration": (int, lambda value: _whole(value) * _SECOND),
        "boolean": (bool, bool),
        "date": (str, dt.date.fromisoformat),
        "time": (str, dt.time.fromisoformat),
        "decimal": (str, _decimal),
        "text": (str, _text),
    }
)
