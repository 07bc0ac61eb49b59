"""The records of one save, as the steps hand them on."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from collections.abc import Set as AbstractSet
from dataclasses import dataclass, field
from types import MappingProxyType
from typing import Any

from app.definition import PartLink
from app.orm.counters import Numbers
from app.record.blueprint import Blueprint
from app.record.refusal import Overruling, Refusal, Refused, Status
from app.record.unit import Unit
from app.record.values import Bad

NOTHING: Mapping[str, str] = MappingProxyType({})
_DENIALS = ("access.denied", "transition.not_allowed")


@dataclass(slots=True)
class Row:
    """One record. `old` is what is stored (empty for a new one), `values` every column as it will be, `changed` the fields
    that differ. `posted` holds what is left of what was sent: fields that may be written, in their raw form.
    """

    index: int
    id: int
    posted: dict[str, object]
    old: Mapping[str, Any] = field(default_factory=dict)
    values: dict[str, Any] = field(default_factory=dict)
    changed: AbstractSet[str] = frozenset()
    touched: set[str] = field(default_factory=set)  # names of the parts in which something changes
    overrule: Mapping[str, Overruling | None] = field(default_factory=dict)  # see `refusal.Change`
    confirm: Mapping[str, str] = field(
        default_factory=lambda: NOTHING
    )  # reasons by code, of what whoever saves confirms
    assigned: bool = False  # it was given to somebody by an automation
    confirmed: Mapping[str, str] = field(default_factory=lambda: NOTHING)  # of these, what had to be confirmed
    whole_lists: set[str] = field(default_factory=set)  # see `many.complete_lists`


@dataclass(slots=True, kw_only=True)
class PartRow(Row):
    """A part of a record, at its place in the list that was sent. `index` is its place in the batch of parts."""

    whole: Row
    place: int


@dataclass(slots=True)
class Batch:
    """One or many records of an entity in one unit of work. Steps add refusals; `may` says for a verb which rows it covers."""

    unit: Unit
    blueprint: Blueprint
    creating: bool
    rows: list[Row]
    refusals: list[Refusal] = field(default_factory=list)
    may: dict[str, set[int]] = field(default_factory=dict)
    found: dict[str, set[int]] = field(default_factory=dict)
    places: dict[int, tuple[int | None, int | None]] = field(default_factory=dict)
    parts: list[Parts] = field(default_factory=list)
    siblings: list[Row] = field(default_factory=list)  # parts that are saved before these
    going: frozenset[int] = frozenset()  # parts that are taken away before these are saved
    approvals: dict[int, list[Any]] = field(default_factory=dict)  # open ones by record: see `approving`
    above: Batch | None = None  # of parts: that of their wholes
    numbers: Numbers | None = None  # of new ones, where they were taken before the rows are saved

    @property
    def entity(self) -> str:
        """The key of the entity."""
        return self.blueprint.entity.key

    def refuse(self, row: Row, code: str, a_field: str | None = None, variant: str = "", **params: object) -> None:
        """Notes a reason why nothing will be saved."""
        self.refusals.append(Refusal(code, a_field, params, row.index, row.id or None, self.entity, variant))

    def refuse_value(self, row: Row, a_field: str, bad: Bad) -> None:
        """Notes what a parser found wrong."""
        self.refusals.append(
            Refusal(bad.code, a_field, bad.params, row.index, row.id or None, self.entity, bad.variant)
        )

    def changed_rows(self, *fields: str) -> Iterator[Row]:
        """The rows where one of these fields changes."""
        return (row for row in self.rows if not row.changed.isdisjoint(fields))


@dataclass(slots=True)
class Parts:
    """The parts of one kind that were sent with a batch: new ones, kept ones, and (id, whole) of those that go."""

    link: PartLink
    new: Batch
    kept: Batch
    gone: list[tuple[int, Row]] = field(default_factory=list)


def refused(refusals: list[Refusal]) -> Refused:
    """Nothing is saved, for these reasons; the gravest says what kind of refusal it is. Warnings come last."""
    return Refused(tuple(sorted(refusals, key=lambda each: (each.index, each.confirmable))), _status(refusals))


def is_grave(refusal: Refusal) -> bool:
    """Whether the record can't be worked on at all, so that looking at its values makes no sense."""
    return _kind(refusal) != "invalid"


def _status(refusals: list[Refusal]) -> Status:
    kinds = {_kind(each) for each in refusals}
    order: tuple[Status, ...] = ("not_found", "denied", "conflict", "invalid")
    return next(kind for kind in order if kind in kinds)


def _kind(refusal: Refusal) -> Status:
    if refusal.code == "record.not_found" and refusal.field is None:
        return "not_found"
    if refusal.code in _DENIALS:
        return "denied"
    return "conflict" if refusal.code == "record.changed" else "invalid"
