"""Reports as checked expressions: what is measured in each record, and what records are grouped by."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from app.definition import Catalog, Field
from app.definition.report import Dimension, Measure, Per, Report
from app.expression.checked import Checked, get_expression
from app.expression.problem import BadExpression
from app.expression.types import BOOL
from app.frozen import dataclass

Kind = Literal["sum", "average", "min", "max", "count", "different"]
MONTHS = (
    "january", "february", "march", "april", "may", "june", "july", "august", "september", "october", "november",
    "december",
)  # fmt: skip
GROUPED = frozenset({"choice", "ref", "bool", "text", "number", "date", "datetime"})
ADDED = frozenset({"number"})
COMPARED = frozenset({"number", "date", "datetime"})


@dataclass(frozen=True)
class Figure:
    """A measure: what is added up, averaged or counted. `of` is its value in each record, None: the record itself."""

    key: str
    measure: Measure
    kind: Kind
    of: Checked | None
    field: Field | None  # whose way of writing numbers it has; None: a plain count


@dataclass(frozen=True)
class Grouping:
    """A dimension: the value that records are grouped by. `entity` and `field` are at the end of its path, and `path` is what
    conditions compare: of a moment its day.
    """

    key: str
    dimension: Dimension
    value: Checked
    path: str
    base: str
    entity: str
    field: Field
    choices: tuple[str, ...] = ()
    first_month: int = 0  # of the fiscal year, from 0

    @property
    def per(self) -> Per | None:
        return self.dimension.per

    @property
    def is_time(self) -> bool:
        return self.base in {"date", "datetime"}


@dataclass(frozen=True)
class ReadReport:
    """A report that can be worked out."""

    report: Report
    where: tuple[Checked, ...]
    figures: Mapping[str, Figure]
    rows: tuple[Grouping, ...]
    across: tuple[Grouping, ...]

    @property
    def drawn(self) -> Figure:
        """The measure that is drawn: the one of the chart, else the first."""
        chart = self.report.chart
        key = chart.measure if chart is not None and chart.measure is not None else next(iter(self.figures))
        return self.figures[key]

    @property
    def time(self) -> Grouping | None:
        """The first dimension that goes by periods."""
        return next((each for each in (*self.across, *self.rows) if each.is_time and each.per is not None), None)


class BadReport(ValueError):
    """A report that can't be worked out as it is written: `path` says where, below the report."""

    def __init__(self, message: str, path: tuple[str, ...], hint: str = "") -> None:
        super().__init__(message)
        self.message, self.path, self.hint = message, path, hint


def read_report(catalog: Catalog, report: Report) -> ReadReport:
    """A report as expressions. Raises BadReport and BadExpression for what can't be worked out."""
    where = (
        () if report.where is None else (get_expression(catalog, report.entity, report.where, BOOL, "filter"),)
    )  # fmt: skip
    figures = {key: _figure(catalog, report, each) for key, each in report.measures.items()}
    if not figures:
        raise BadReport("a report needs a measure", ("measures",))
    rows = tuple(_grouping(catalog, report, "rows", each) for each in report.rows.values())
    across = tuple(_grouping(catalog, report, "across", each) for each in report.across.values())
    return ReadReport(report, where, MappingProxyType(figures), rows, across)


def _figure(catalog: Catalog, report: Report, measure: Measure) -> Figure:
    at = ("measures", measure.key)
    for kind in ("sum", "average", "min", "max"):
        path: str | None = getattr(measure, kind)
        if path is not None:
            checked, field = _value(catalog, report.entity, path, (*at, kind))
            fitting = ADDED if kind in {"sum", "average"} else COMPARED
            if checked.type.base not in fitting:
                what = "a number" if fitting is ADDED else "a number or a date"
                raise BadReport(f"the {kind} of '{path}' can't be taken: it is not {what}", (*at, kind))
            return Figure(measure.key, measure, kind, checked, field)
    if measure.count is None or measure.count == "records":
        return Figure(measure.key, measure, "count", None, None)
    checked, _ = _value(catalog, report.entity, measure.count, (*at, "count"))
    return Figure(measure.key, measure, "different", checked, None)


def read_added(catalog: Catalog, entity: str, path: str) -> Checked:
    """A field that is added up. Raises BadReport where that can't be."""
    checked, _ = _value(catalog, entity, path, ())
    if checked.type.base not in ADDED:
        raise BadReport(f"the sum of '{path}' can't be taken: it is not a number", ())
    return checked


def _grouping(catalog: Catalog, report: Report, side: str, dimension: Dimension) -> Grouping:
    at = (side, dimension.key)
    checked, field = _value(catalog, report.entity, dimension.field, (*at, "field"))
    base, path = checked.type.base, dimension.field
    if base not in GROUPED or field.holds == "any":
        raise BadReport(f"records can't be grouped by '{path}', which holds {base}", (*at, "field"))
    entity = _last_entity(catalog, report.entity, path)
    if base not in {"date", "datetime"}:
        if dimension.per is not None:
            hint = "leave 'per' out, or name a field that holds dates"
            raise BadReport(f"per: {dimension.per} goes with dates, and '{path}' holds none", (*at, "per"), hint)
        choices = tuple(catalog.choices(entity, field.key)) if base == "choice" else ()
        return Grouping(dimension.key, dimension, checked, path, base, entity, field, choices)
    day = f"date({path})" if base == "datetime" else path
    begins = MONTHS.index(catalog.pack.fiscal_year.starts)
    text = start_of(dimension.per or "day", day, begins)
    value = get_expression(catalog, report.entity, text)
    return Grouping(dimension.key, dimension, value, day, base, entity, field, (), begins)


def _value(catalog: Catalog, entity: str, path: str, at: tuple[str, ...]) -> tuple[Checked, Field]:
    """The field at the end of a path as an expression. What the language has no type for is no part of a report."""
    found = catalog.get_field(_last_entity(catalog, entity, path), path.split(".")[-1])
    try:
        checked = get_expression(catalog, entity, path)
    except BadExpression as error:
        raise BadReport(f"'{path}' can't be part of a report", at) from error
    if "filter" in checked.unfit or found.encrypted:
        raise BadReport(f"'{path}' can't be part of a report: a database can't reckon with it", at)
    return checked, found


def _last_entity(catalog: Catalog, entity: str, path: str) -> str:
    """The entity of the field at the end of a path."""
    for step in path.split(".")[:-1]:
        target = catalog.get_field(entity, step).target
        if target is None:
            raise BadReport(f"'{step}' leads to no one entity", ())
        entity = target
    return entity


def start_of(per: Per, day: str, first_month: int) -> str:
    """The expression of the first day of the period that a day lies in. `first_month` of the fiscal year counts from 0."""
    if per.startswith("fiscal") and first_month:
        moved = f"add_months(start_of_month({day}), -{first_month})"
        plain = start_of("quarter" if per == "fiscal_quarter" else "year", moved, 0)
        return f"add_months({plain}, {first_month})"
    match per:
        case "day":
            return day
        case "week" | "month":
            return f"start_of_{per}({day})"
        case "year" | "fiscal_year":
            return f"start_of_year({day})"
    year, month = f"start_of_year({day})", f"month({day})"
    late = f"if({month} <= 9, add_months({year}, 6), add_months({year}, 9))"
    return f"if({month} <= 3, {year}, if({month} <= 6, add_months({year}, 3), {late}))"
