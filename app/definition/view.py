"""Views: named lists, boards and calendars of an entity; segments: named filters that leave a tag."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import Expression
from app.definition.schedule import Schedule
from app.definition.text import Text
from app.frozen import dataclass

Show = Literal["list", "board", "calendar"]
OF_A_SHOW: Mapping[str, tuple[str, ...]] = {
    "list": ("columns", "sort", "filters"),
    "board": ("by", "card", "sum", "limits", "sort", "filters"),
    "calendar": ("start", "end", "color_by", "filters"),
}
NEEDED_BY_A_SHOW: Mapping[str, str] = {"board": "by", "calendar": "start"}


@dataclass(frozen=True, kw_only=True)
class Share:
    """Who sees it beside its maker; without roles everyone who may read the entity."""

    roles: tuple[str, ...] = attribute("Roles", "Who sees it.", default=(), names="role")


@dataclass(frozen=True, kw_only=True)
class View:
    """Records of an entity that a condition selects, shown as a list, a board or a calendar."""

    key: str = key_attribute("view")
    label: Text = attribute("Label", "What people read.", default=Text())
    help: Text = attribute("Help", "What it is for.", default=Text())
    entity: str = attribute("Entity", "Whose records it shows.", names="entity")
    show: Show = attribute("Show", "list, board or calendar.", default="list")
    where: Expression | None = attribute("Where", "Which records.", default=None, profile="filter")
    columns: tuple[str, ...] = attribute("Columns", "Of a list, in their order.", default=(), names="field")
    sort: tuple[str, ...] = attribute("Sort", "Fields to sort by; `-amount` descends.", default=(), names="sort")
    filters: tuple[str, ...] = attribute("Quick filters", "Fields offered as filters.", default=(), names="field")
    by: str | None = attribute("By", "Of a board: a column for each of its values.", default=None, names="field")
    card: tuple[str, ...] = attribute("Card", "Of a board: what a card shows.", default=(), names="field")
    sum: str | None = attribute("Sum", "Of a board: added up for each column.", default=None, names="field")
    limits: Mapping[str, int] = attribute(
        "Limits", "Of a board: how many records a column should hold at most.", default={}, names="column", minimum=1
    )
    start: str | None = attribute("Start", "Of a calendar: where a record begins.", default=None, names="field")
    end: str | None = attribute(
        "End", "Of a calendar: where it ends, or how long it takes.", default=None, names="field"
    )
    color_by: str | None = attribute("Color by", "Of a calendar: what colours it.", default=None, names="field")
    share: Share | None = attribute("Share", "Who sees it.", default=None)


@dataclass(frozen=True, kw_only=True)
class Segment:
    """A named filter that leaves a tag: added when a record enters, removed when it leaves."""

    key: str = key_attribute("segment")
    label: Text = attribute("Label", "What people read.", default=Text())
    entity: str = attribute("Entity", "Whose records it selects.", names="entity")
    where: Expression = attribute("Where", "Which records.", profile="filter")
    tag: str = attribute("Tag", "What they get.", pattern=r"^\S{1,60}$", example="champion")
    refresh: Schedule | None = attribute("Refresh", "When it is worked out anew.", default=None)
