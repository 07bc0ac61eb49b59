"""Figures of reports as people read them: words of places and amounts, the list behind each figure, chart and table."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator, Sequence
from dataclasses import replace
from decimal import Decimal
from functools import partial
from itertools import product
from typing import NamedTuple
from urllib.parse import urlencode

from app.expression.format import literal
from app.frozen import dataclass
from app.insight.figures import Figures, Place, Tally, Value
from app.insight.periods import last_day
from app.insight.reports import Figure, Grouping, ReadReport
from app.insight.saved import conjunction
from app.web import charts
from app.web.charts import Chart, Datum, Series
from app.web.pages.base import Desk
from app.web.pages.filtering import LONGEST
from app.web.pages.formats import Formats

MOST_SERIES = 7
PHONE = 324  # what a card has of a phone 390 wide
NONE = "—"
_OF_NOTHING = frozenset({"count", "different", "sum"})  # these are 0 where there is nothing
SHORT = {
    "en": ((1_000_000_000, "B"), (1_000_000, "M"), (1_000, "K")),
    "zh": ((100_000_000, "亿"), (10_000, "万")),
}


class SheetCell(NamedTuple):
    """A cell of the table beside a chart; `href` lists the records behind it."""

    text: str
    href: str = ""


@dataclass(frozen=True)
class Sheet:
    """The table of a report: the first `keys` columns name the rows."""

    heads: tuple[str, ...]
    keys: int
    rows: tuple[tuple[SheetCell, ...], ...]
    foot: tuple[SheetCell, ...]


class Reporter:
    """Writes a report for one person. `figures` may be none of a figure that stands alone."""

    def __init__(self, desk: Desk, listed: ReadReport, today: dt.date) -> None:
        self.desk, self.listed, self.today = desk, listed, today

    # Words

    @property
    def label(self) -> str:
        return self.listed.report.label.in_language(self.desk.language) or self.listed.report.key

    def label_of(self, figure: Figure) -> str:
        """What people call a measure."""
        own = figure.measure.label.in_language(self.desk.language)
        if own:
            return own
        return self.desk.t("charts.count") if figure.field is None else self._label_of_field(figure)

    def _label_of_field(self, figure: Figure) -> str:
        assert figure.field is not None
        return figure.field.label.in_language(self.desk.language) or figure.key

    def label_of_group(self, group: Grouping) -> str:
        """What people call a dimension."""
        own = group.dimension.label.in_language(self.desk.language)
        return own or group.field.label.in_language(self.desk.language) or group.key

    def amount(self, figure: Figure, tally: Tally | None) -> str:
        """A measure as it is written."""
        shown = None if tally is None else tally.shown(figure)
        return NONE if shown is None else self.written(figure, shown)

    def written(self, figure: Figure, shown: object) -> str:
        """A value of a measure as it is written."""
        formats = self.desk.formats
        if isinstance(shown, dt.datetime):
            return formats.exact(shown)
        if isinstance(shown, dt.date):
            return formats.day(shown, self.today)
        number = Decimal(str(shown))
        if figure.field is None or figure.kind in {"count", "different"}:
            return formats.number(number)
        if figure.field.type == "money":
            return formats.money(round(number, 0))
        decimals = 1 if figure.kind == "average" else figure.field.decimals
        return formats.percent(number, 1) if figure.field.type == "percent" else formats.number(number, decimals)

    def short(self, figure: Figure, value: float) -> str:
        """A number as it stands at an axis, or as a great figure."""
        return shortened(self.desk.formats, value, money=figure.field is not None and figure.field.type == "money")

    def place(self, groups: Sequence[Grouping], place: Place, names: Figures | None) -> str:
        """What a place is called."""
        return " · ".join(self.value(group, at, names) for group, at in zip(groups, place, strict=True))

    def value(self, group: Grouping, at: Value, found: Figures | None) -> str:
        """What a value of a dimension is called."""
        desk = self.desk
        if at is None:
            return desk.t("charts.blank")
        if group.is_time:
            return self.period(group, at)
        match group.base:
            case "choice":
                choice = desk.catalog.choices(group.entity, group.field.key).get(at)
                return (choice.label.in_language(desk.language) if choice is not None else "") or str(at)
            case "ref":
                names = found.names if found is not None else {}
                return names.get((group.field.target or "", at)) or desk.t("cell.restricted")
            case "bool":
                return desk.t("cell.yes" if at else "cell.no")
            case "number":
                return desk.formats.number(Decimal(str(at)), group.field.decimals)
        return str(at)

    def period(self, group: Grouping, start: dt.date) -> str:
        """What a period is called."""
        formats, year = self.desk.formats, start.year
        match group.per:
            case "month":
                if formats.language == "zh":
                    return f"{start.month}月" if year == self.today.year else f"{year}年{start.month}月"
                name = formats.months[start.month - 1]
                return name if year == self.today.year else f"{name} {year}"
            case "quarter":
                return self._quarter("", year, (start.month + 2) // 3)
            case "fiscal_quarter":
                number = (start.month - 1 - group.first_month) % 12 // 3 + 1
                return self._quarter("FY " if group.first_month else "", self._fiscal(group, start), number)
            case "year":
                return str(year)
            case "fiscal_year":
                return f"FY {self._fiscal(group, start)}" if group.first_month else str(year)
        return formats.day(start, self.today)

    def _quarter(self, before: str, year: int, number: int) -> str:
        return f"{before}{year}年Q{number}" if self.desk.language == "zh" else f"{before}Q{number} {year}"

    @staticmethod
    def _fiscal(group: Grouping, start: dt.date) -> int:
        """A fiscal year is called by the year that it begins in."""
        return start.year if start.month > group.first_month else start.year - 1

    # The list behind a figure

    def href(self, *fixed: tuple[Grouping, Value]) -> str:
        """The list of the records of which these dimensions have these values; "" where it can't be asked."""
        report = self.listed.report
        if any(self._is_gone(group, at) for group, at in fixed):
            return ""
        text = conjunction(*([report.where] if report.where else []), *(is_there(group, at) for group, at in fixed))
        if len(text) > LONGEST:
            return ""
        return f"/{report.entity}/" + (f"?{urlencode({'filter': text})}" if text else "")

    def _is_gone(self, group: Grouping, at: Value) -> bool:
        """Whether a value is an option that was removed: rows may hold it, a filter knows it no longer."""
        if at is None or group.base != "choice":
            return False
        return at not in self.desk.catalog.choices(group.entity, group.field.key)

    def _href_of(self, row: Place, over: Place) -> str:
        fixed = [*zip(self.listed.rows, row, strict=True), *zip(self.listed.across, over, strict=True)]
        return self.href(*fixed)

    # Chart and table

    def chart(self, figures: Figures, figure: Figure, width: int) -> Chart | None:
        """The chart of a measure, with its twin for a phone; None where there is nothing to draw, or no chart for it."""
        made = self._chart(figures, figure, width)
        return made if made is None or made.wide else replace(made, small=self._chart(figures, figure, PHONE))

    def _chart(self, figures: Figures, figure: Figure, width: int) -> Chart | None:
        chart = self.listed.report.chart
        if chart is None or not figures.cells or not (figures.rows and figures.across):
            return None
        # A chart of time goes from left to right, whichever side its periods are on.
        turned = bool(self.listed.across) or not (self.listed.rows and self.listed.rows[0].is_time)
        short = partial(self.short, figure)
        kind = chart.type
        if kind in {"funnel", "pie"} or (kind in {"bar", "stacked_bar"} and turned and not self.listed.across):
            labels = [self.place(self.listed.rows, each, figures) for each in figures.rows]
            series = self._single(figures, figure, inner=kind == "funnel")
            return charts.ring(labels, series, width) if kind == "pie" else charts.bars(labels, series, width)
        labels, several = self._several(figures, figure, whole=kind == "heat")
        if kind == "heat":
            return charts.heat(labels, several, width)
        if kind in {"line", "area"}:
            return charts.lines(labels, several, width, short, area=kind == "area")
        return charts.columns(labels, several, width, short)

    def _single(self, figures: Figures, figure: Figure, *, inner: bool) -> Series:
        """One bar for each row; of a funnel with the second sum inside of it, and the number beside."""
        part = second_sum(self.listed, figure)
        count = next((each for each in self.listed.figures.values() if each.kind == "count"), None)
        data = []
        for row in figures.rows:
            text = self.amount(figure, figures.tally([row], None, figure))
            inside = figures.tally([row], None, part) if inner and part is not None else None
            aside = figures.tally([row], None, count) if count is not None and count is not figure else None
            said = f"{self.place(self.listed.rows, row, figures)}: {text}"
            data.append(
                Datum(
                    number_of(figures.tally([row], None, figure), figure),
                    text,
                    self.href(*zip(self.listed.rows, row, strict=True)),
                    said,
                    number_of(inside, part) if inside is not None and part is not None else 0.0,
                    self.amount(count, aside) if count is not None and aside is not None else "",
                )
            )
        return Series(self.label_of(figure), tuple(data))

    def _several(self, figures: Figures, figure: Figure, *, whole: bool) -> tuple[list[str], list[Series]]:
        """The labels from left to right, and a series for each place of the other side; few, unless the `whole` is wanted."""
        listed = self.listed
        if listed.across:
            labels = [self.place(listed.across, each, figures) for each in figures.across]
            shown = figures.rows if whole else figures.rows[:MOST_SERIES]
            return labels, [self._series(figures, figure, [row], figures.across, row) for row in shown]
        labels = [self.place(listed.rows, each, figures) for each in figures.rows]
        return labels, [self._series(figures, figure, figures.rows, [()], None)]

    def _series(
        self, figures: Figures, figure: Figure, rows: Sequence[Place], across: Sequence[Place], one: Place | None
    ) -> Series:
        name = self.label_of(figure) if not one else self.place(self.listed.rows, one, figures)
        data = []
        for row, over in product(rows, across):
            tally = figures.tally([row], [over], figure)
            text, number = self.amount(figure, tally), number_of(tally, figure)
            where = (
                self.place(self.listed.across, over, figures) if over else self.place(self.listed.rows, row, figures)
            )
            said = f"{name}, {where}: {text}" if one else f"{where}: {text}"
            shown = self.short(figure, number) if number else ""
            is_there = figure.kind in _OF_NOTHING or (tally is not None and tally.shown(figure) is not None)
            data.append(Datum(number, shown, self._href_of(row, over) if number else "", said, is_there=is_there))
        return Series(name, tuple(data))

    def sheet(self, figures: Figures, figure: Figure) -> Sheet:
        """The table: with dimensions across the chosen measure for each, else all measures."""
        listed = self.listed
        heads = [self.label_of_group(each) for each in listed.rows] or [self.desk.t("charts.measure")]
        if listed.across:
            heads += [
                *(self.place(listed.across, each, figures) for each in figures.across),
                self.desk.t("charts.total"),
            ]
        else:
            heads += [self.label_of(each) for each in listed.figures.values()]
        rows = tuple(tuple(self._row(figures, figure, row)) for row in figures.rows)
        foot = tuple(self._foot(figures, figure)) if len(figures.rows) > 1 else ()
        return Sheet(tuple(heads), max(len(listed.rows), 1), rows, foot)

    def _row(self, figures: Figures, figure: Figure, row: Place) -> Iterator[SheetCell]:
        listed = self.listed
        if not listed.rows:
            yield SheetCell(self.desk.t("charts.total"))
        for group, at in zip(listed.rows, row, strict=True):
            yield SheetCell(self.value(group, at, figures))
        whole = self.href(*zip(listed.rows, row, strict=True))
        if not listed.across:
            for each in listed.figures.values():
                yield SheetCell(self.amount(each, figures.tally([row], None, each)), whole)
            return
        for over in figures.across:
            tally = figures.tally([row], [over], figure)
            there = (row, over) in figures.cells
            yield SheetCell(self.amount(figure, tally) if there else NONE, self._href_of(row, over) if there else "")
        yield SheetCell(self.amount(figure, figures.tally([row], None, figure)), whole)

    def _foot(self, figures: Figures, figure: Figure) -> Iterator[SheetCell]:
        """Totals, of what is not shown, too; none where not all was read."""
        listed = self.listed
        if figures.partial:
            return
        yield SheetCell(self.desk.t("charts.total"))
        if not listed.across:
            for each in listed.figures.values():
                yield SheetCell(self.amount(each, figures.tally(None, None, each)), self.href())
            return
        for over in figures.across:
            href = self.href(*zip(listed.across, over, strict=True))
            yield SheetCell(self.amount(figure, figures.tally(None, [over], figure)), href)
        yield SheetCell(self.amount(figure, figures.tally(None, None, figure)), self.href())


def is_there(group: Grouping, at: Value) -> str:
    """The condition that a dimension has a value, as the builder of filters writes it."""
    if at is None:
        return f"is_blank({group.dimension.field})"
    if isinstance(at, dt.date):
        end = at if group.per is None else last_day(group.per, at)
        if end == at:
            return f'{group.path} == date("{at}")'
        return f'{group.path} >= date("{at}") and {group.path} <= date("{end}")'
    if group.base == "bool":
        return group.path if at else f"not {group.path}"
    return f"{group.path} == {literal(at)}"


def shortened(formats: Formats, value: float, *, money: bool) -> str:
    """A number in few signs: `¥1.2M`, `¥120万`."""
    language = "zh" if formats.language == "zh" else "en"
    for size, unit in SHORT[language]:
        if abs(value) >= size:
            text = formats.number(Decimal(str(value)) / size, 1 if abs(value) < 100 * size else 0)
            return f"{formats.symbol if money else ''}{text}{unit}"
    text = formats.number(Decimal(str(value)), 0 if value == int(value) or abs(value) >= 100 else 1)
    return f"{formats.symbol if money else ''}{text}"


def second_sum(listed: ReadReport, figure: Figure) -> Figure | None:
    """The first sum of a report besides a measure: what a funnel draws inside of its bars."""
    return next((each for each in listed.figures.values() if each.kind == "sum" and each.key != figure.key), None)


def number_of(tally: Tally | None, figure: Figure) -> float:
    """How much of a drawing a measure is: what is no number takes none."""
    shown = None if tally is None else tally.shown(figure)
    return float(shown) if isinstance(shown, int | float | Decimal) else 0.0
