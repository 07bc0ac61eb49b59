"""The computed fields of an entity as checked expressions, in the order in which a record works them out."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from decimal import Decimal
from functools import cached_property
from graphlib import CycleError, TopologicalSorter
from typing import Any

from app.definition import Catalog, Entity, Field
from app.definition.currencies import ORIGINAL_SUFFIX
from app.definition.memory import remembered
from app.definition.pipeline import SINCE_SUFFIX
from app.expression.checked import Checked, get_expression
from app.expression.context import Context
from app.expression.implementations import fit
from app.expression.node import Aggregate
from app.expression.types import BOOL, Type, type_of_field
from app.frozen import dataclass


class Circle(ValueError):
    """Computed fields that follow from each other. `fields` are their keys, in the order of the circle."""

    def __init__(self, entity: str, fields: tuple[str, ...]) -> None:
        self.entity = entity
        self.fields = fields
        super().__init__(f"{entity}: {' → '.join(fields)}")


@dataclass(frozen=True)
class Points:
    """So many points where the condition holds; always where there is none."""

    key: str
    add: int | Decimal
    when: Checked | None


@dataclass(frozen=True)
class Computed:
    """A field with what gives its value: a formula, or points."""

    entity: str
    field: Field
    type: Type
    formula: Checked | None
    points: tuple[Points, ...] = ()

    @property
    def key(self) -> str:
        """The field's."""
        return self.field.key

    @cached_property
    def expressions(self) -> tuple[Checked, ...]:
        """All that is asked for its value."""
        whens = tuple(each.when for each in self.points if each.when is not None)
        return whens if self.formula is None else (self.formula,)

    @cached_property
    def aggregates(self) -> tuple[Aggregate, ...]:
        """What it asks of other records, each once."""
        return tuple({each.key: each for one in self.expressions for each in one.aggregates}.values())

    @cached_property
    def reads_clock(self) -> bool:
        """Whether its value changes with time alone."""
        return any(each.reads_clock for each in self.expressions)

    @cached_property
    def is_of_save(self) -> bool:
        """Whether it follows from more than what is stored: from the clock, from who saves, from what the save does."""
        return self.reads_clock or any(
            each.reads_save or each.user_keys or each.reads_roles for each in self.expressions
        )

    def evaluate(self, row: Mapping[str, Any], old: Mapping[str, Any] | None, context: Context) -> Any:
        """The value, rounded for the field; see `python.Evaluate`. Limits of the field are not looked at."""
        if self.formula is not None:
            return fit(self.formula.evaluate(row, old, context), self.type)
        return fit(sum(each.add for each in self.holding(row, old, context)), self.type)

    def holding(self, row: Mapping[str, Any], old: Mapping[str, Any] | None, context: Context) -> Iterator[Points]:
        """The points whose condition holds."""
        return (each for each in self.points if each.when is None or each.when.evaluate(row, old, context))


def computed_fields(catalog: Catalog, entity: str) -> Mapping[str, Computed]:
    """The computed fields of an entity by key, each after those of the record that it reads.

    Raises BadExpression, Circle, and KeyError for an unknown entity.
    """
    return remembered(catalog, ("computed", entity), lambda: _in_order(catalog, catalog.get_entity(entity)))


def read_fields(computed: Computed, entity: Entity) -> frozenset[str]:
    """The fields of the record itself that a computed one reads; of a path the lookup, of what stands beside a field that."""
    keys = {key for each in computed.expressions for key in each.fields}
    return frozenset(_field_of(key, entity) for key in keys)


def _field_of(key: str, entity: Entity) -> str:
    return key if key in entity.every_field else key.removesuffix(ORIGINAL_SUFFIX).removesuffix(SINCE_SUFFIX)


def _in_order(catalog: Catalog, entity: Entity) -> dict[str, Computed]:
    fields = {key: each for key, each in entity.fields.items() if each.is_computed}
    found = {key: computed_field(catalog, entity, each) for key, each in fields.items()}
    reads = {key: sorted(read_fields(each, entity) & found.keys()) for key, each in found.items()}
    try:
        return {key: found[key] for key in TopologicalSorter(reads).static_order()}
    except CycleError as error:
        raise Circle(entity.key, tuple(reversed(error.args[1]))) from error


def computed_field(catalog: Catalog, entity: Entity, field: Field) -> Computed:
    """A field that has a formula or points. Raises BadExpression."""
    wanted = type_of_field(catalog, entity.key, field)
    if field.formula is not None:
        return Computed(entity.key, field, wanted, get_expression(catalog, entity.key, field.formula, wanted, "server"))
    points = tuple(
        Points(key, each.add, get_expression(catalog, entity.key, each.when, BOOL, "server") if each.when else None)
        for key, each in field.points.items()
    )
    return Computed(entity.key, field, wanted, None, points)
