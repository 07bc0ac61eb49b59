"""The one table."""

from __future__ import annotations

from dataclasses import dataclass

COLUMNS = ("measure", "database", "ours", "rival", "ratio", "floor", "goal", "met")


@dataclass(frozen=True)
class Line:
    """One measured thing. `value` is what floor and goal are about: a ratio, a rate, seconds, a number of queries."""

    measure: str
    database: str
    ours: str
    rival: str = ""
    value: float | None = None
    unit: str = ""
    floor: float | None = None
    goal: float | None = None
    more_is_better: bool = False

    @property
    def met(self) -> str:
        """What it reached: the goal, the floor alone, or neither."""
        if self.value is None or self.floor is None:
            return ""
        if self.goal is not None and self._reaches(self.goal):
            return "goal"
        return "floor" if self._reaches(self.floor) else "NO"

    def _reaches(self, limit: float) -> bool:
        assert self.value is not None
        return self.value >= limit if self.more_is_better else self.value <= limit

    def cells(self) -> tuple[str, ...]:
        """What stands in the table."""
        return (
            self.measure,
            self.database,
            self.ours,
            self.rival,
            "" if self.value is None else f"{self.value:,.2f}" if self.unit == "x" else "",
            _limit(self.floor, self.unit, more=self.more_is_better),
            _limit(self.goal, self.unit, more=self.more_is_better),
            self.met,
        )


def _limit(value: float | None, unit: str, *, more: bool) -> str:
    if value is None:
        return ""
    shown = f"{value:,.0f}" if value >= 100 or unit in {"queries", "KB"} else f"{value:.2f}"
    return f"{'≥' if more else '≤'} {shown}"


def render(lines: list[Line]) -> str:
    """The lines as a table of text, in the order in which they were measured, a database after the other."""
    rows = [COLUMNS, *(line.cells() for line in lines)]
    widths = [max(len(row[place]) for row in rows) for place in range(len(COLUMNS))]
    ruled = "  ".join("-" * width for width in widths)
    shown = ["  ".join(cell.ljust(width) for cell, width in zip(row, widths, strict=True)).rstrip() for row in rows]
    return "\n".join([shown[0], ruled, *shown[1:]])
