"""Reviews: people's regular work on records."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar

from app.definition.approval import Escalation
from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import Duration, Expression
from app.definition.people import Who
from app.definition.schedule import Schedule
from app.definition.text import Text
from app.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class ChecklistItem:
    """One thing to look at. A text alone is its label."""

    shorthand: ClassVar[str] = "label"
    key: str = key_attribute("item")
    label: Text = attribute("Label", "What people read.", default=Text())


@dataclass(frozen=True, kw_only=True)
class Review(Schedule):
    """A task with a checklist for each record of a filter, once per period."""

    key: str = key_attribute("review")
    label: Text = attribute("Label", "What people read.", default=Text())
    entity: str = attribute("Entity", "What is reviewed.", names="entity")
    where: Expression | None = attribute("Where", "Which records.", default=None, profile="filter")
    assign_to: tuple[Who, ...] = attribute("Assign to", "Who does it.", lone=True)
    due_within: Duration | None = attribute("Due within", "How long they have.", default=None)
    checklist: Mapping[str, ChecklistItem] = attribute("Checklist", "What is looked at, in this order.", default={})
    escalate: Escalation | None = attribute("Escalate", "Who hears of what is overdue.", default=None)
