"""Reports: figures over the records of an entity."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Literal

from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import Expression, FieldPath
from app.definition.people import Who
from app.definition.schedule import Schedule
from app.definition.text import Text
from app.frozen import dataclass

Per = Literal["day", "week", "month", "quarter", "year", "fiscal_quarter", "fiscal_year"]
ChartType = Literal["bar", "stacked_bar", "line", "area", "pie", "funnel", "heat"]


@dataclass(frozen=True, kw_only=True)
class Measure:
    """A figure: a sum, an average, the smallest, the greatest, or a count."""

    alternatives: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType(
        dict.fromkeys(("sum", "average", "min", "max", "count"), ())
    )
    key: str = key_attribute("measure")
    label: Text = attribute("Label", "What people read.", default=Text())
    sum: FieldPath | None = attribute("Sum", "Of a field.", default=None, names="path", example="amount")
    average: FieldPath | None = attribute("Average", "Of a field.", default=None, names="path")
    min: FieldPath | None = attribute("Smallest", "Of a field.", default=None, names="path")
    max: FieldPath | None = attribute("Greatest", "Of a field.", default=None, names="path")
    count: FieldPath | None = attribute(
        "Count", "`records`, or a field whose different values are counted.", default=None, names="path",
        words=("records",), example="records",
    )  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Dimension:
    """What the records are grouped by. Without a label it takes the field's."""

    key: str = key_attribute("dimension")
    label: Text = attribute("Label", "What people read.", default=Text())
    field: FieldPath = attribute("Field", "Or a path to one.", names="path")
    per: Per | None = attribute("Per", "Of a date: the period.", default=None)


@dataclass(frozen=True, kw_only=True)
class Chart:
    """How the figures are drawn."""

    type: ChartType = attribute("Type", "The kind of chart.")
    measure: str | None = attribute(
        "Measure", "Which one is drawn; the first without it.", default=None, names="measure"
    )


@dataclass(frozen=True, kw_only=True)
class Sending(Schedule):
    """When and to whom a report is sent."""

    to: tuple[Who, ...] = attribute("To", "Whom.", lone=True)
    as_: Literal["xlsx", "csv", "pdf"] = attribute("As", "The kind of file.", default="xlsx")


@dataclass(frozen=True, kw_only=True)
class Report:
    """Measures over the records that a condition selects, in rows and across."""

    key: str = key_attribute("report")
    label: Text = attribute("Label", "What people read.", default=Text())
    help: Text = attribute("Help", "What it says.", default=Text())
    entity: str = attribute("Entity", "Whose records it counts.", names="entity")
    where: Expression | None = attribute("Where", "Which records.", default=None, profile="filter")
    measures: Mapping[str, Measure] = attribute("Measures", "The figures.")
    rows: Mapping[str, Dimension] = attribute("Rows", "What the records are grouped by.", default={})
    across: Mapping[str, Dimension] = attribute("Across", "And by this from left to right.", default={})
    chart: Chart | None = attribute("Chart", "How it is drawn.", default=None)
    send: Sending | None = attribute("Send", "Sent by the clock.", default=None)
