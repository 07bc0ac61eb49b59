"""Service levels: a clock for each record, with a time for its end."""

from __future__ import annotations

from collections.abc import Mapping

from app.definition.action import Action
from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import Duration, Expression
from app.definition.text import Text
from app.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class SlaTarget:
    """How long the clock may run for the records for which `when` holds."""

    key: str = key_attribute("target")
    label: Text = attribute("Label", "What people read.", default=Text())
    when: Expression | None = attribute(
        "When", "The first target whose condition holds counts.", default=None, profile="server"
    )
    within: Duration = attribute("Within", "How long it may take.", example="4 working hours")


@dataclass(frozen=True, kw_only=True)
class SlaWarning:
    """What is done before the time is over."""

    before: Duration = attribute("Before", "So long before.", example="1 working hour")
    actions: Mapping[str, Action] = attribute("Actions", "What is done, each with a name.")


@dataclass(frozen=True, kw_only=True)
class SlaBreach:
    """What is done when the time is over."""

    actions: Mapping[str, Action] = attribute("Actions", "What is done, each with a name.")


@dataclass(frozen=True, kw_only=True)
class Sla:
    """A clock that starts, rests and stops by conditions."""

    key: str = key_attribute("service level")
    label: Text = attribute("Label", "What people read.", default=Text())
    entity: str = attribute("Entity", "Whose records it is about.", names="entity")
    start: Expression = attribute("Start", "The clock starts when it turns true.", example="is_new()", profile="server")
    pause: Expression | None = attribute("Pause", "The clock rests while it holds.", default=None, profile="server")
    stop: Expression = attribute("Stop", "The clock ends when it turns true.", profile="server")
    calendar: str | None = attribute("Calendar", "The working hours that count.", default=None, names="calendar")
    targets: Mapping[str, SlaTarget] = attribute("Targets", "The first whose `when` holds; the last has none.")
    warn: SlaWarning | None = attribute("Warn", default=None)
    breach: SlaBreach | None = attribute("Breach", default=None)
