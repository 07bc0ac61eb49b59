"""Automations: a trigger, a condition, actions."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from app.definition.action import Action
from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import Expression
from app.definition.schedule import Trigger
from app.definition.text import Text
from app.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class Automation:
    """What happens by itself when something happened to a record of an entity, or by the clock."""

    key: str = key_attribute("automation")
    label: Text = attribute("Label", "What people read.", default=Text())
    entity: str = attribute("Entity", "Whose records it is about.", names="entity")
    trigger: Trigger = attribute("Trigger", "What starts it.")
    when: Expression | None = attribute(
        "When", "It holds for the record, else nothing happens.", default=None, profile="server"
    )
    mode: Literal["live", "shadow"] = attribute("Mode", "shadow only writes what it would do.", default="live")
    actions: Mapping[str, Action] = attribute("Actions", "What is done, in this order, each with a name.")
