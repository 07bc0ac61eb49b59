"""Dashboards: pages of cards, for roles."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import ClassVar, Literal

from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import Expression
from app.definition.text import Text
from app.frozen import dataclass

BuiltIn = Literal["my_day", "approvals", "reviews"]
CardShow = Literal["count", "list", "kpi", "chart", "table"]
SHOWN_OF: Mapping[str, tuple[CardShow, ...]] = {
    "view": ("list", "count"), "report": ("chart", "kpi", "table"), "built_in": (),
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class Target:
    """What a figure should be: the sum of a field over the records of an entity that hold targets."""

    entity: str = attribute("Entity", "Whose records are targets.", names="entity")
    field: str = attribute("Field", "The number.", names="field")
    where: Expression | None = attribute("Where", "Which of them.", default=None, profile="filter")


@dataclass(frozen=True, kw_only=True)
class Card:
    """One card: a view, a report, or one that is built in. Without a label it takes that of what it shows."""

    alternatives: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType(
        {"view": ("limit",), "report": ("measure", "target", "compare"), "built_in": ()}
    )
    key: str = key_attribute("card")
    label: Text = attribute("Label", "What people read.", default=Text())
    view: str | None = attribute("View", "Of views/.", default=None, names="view")
    report: str | None = attribute("Report", "Of reports/.", default=None, names="report")
    built_in: BuiltIn | None = attribute(
        "Built in", "My open tasks, the approvals that wait for me, or the reviews that are mine.", default=None
    )
    show: CardShow | None = attribute(
        "Show", "Of a view list or count, of a report chart, kpi or table; the first without it.", default=None
    )
    measure: str | None = attribute("Measure", "Of the report.", default=None, names="measure")
    target: Target | None = attribute("Target", "What the figure should be.", default=None)
    compare: Literal["previous_period", "previous_year"] | None = attribute("Compare", "With what.", default=None)
    limit: int | None = attribute("Limit", "How many rows of a list.", default=None, minimum=1, maximum=100)
    width: int = attribute("Width", "Of the 12 columns of the page.", default=6, minimum=1, maximum=12)


@dataclass(frozen=True, kw_only=True)
class Dashboard:
    """A page of cards. The first that fits a person's roles is home."""

    key: str = key_attribute("dashboard")
    label: Text = attribute("Label", "What people read.", default=Text())
    roles: tuple[str, ...] = attribute("Roles", "Whom it is for; everyone without them.", default=(), names="role")
    cards: Mapping[str, Card] = attribute("Cards", "In their order.")
