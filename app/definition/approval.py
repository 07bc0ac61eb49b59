"""Approvals: who must agree, in which steps."""

from __future__ import annotations

from collections.abc import Mapping

from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import Duration, Expression
from app.definition.people import Who
from app.definition.text import Text
from app.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class Escalation:
    """Whom a thing goes to that nobody did in time."""

    after: Duration | None = attribute("After", "So long after it was due; without it at once.", default=None)
    to: tuple[Who, ...] = attribute("To", "Whom.", lone=True)


@dataclass(frozen=True, kw_only=True)
class ApprovalStep:
    """One step: people who are asked when its condition holds."""

    key: str = key_attribute("step")
    label: Text = attribute("Label", "What people read.", default=Text())
    when: Expression | None = attribute("When", "The step is left out unless it holds.", default=None, profile="server")
    approvers: tuple[Who, ...] = attribute("Approvers", "Who is asked.", lone=True)
    need: str | int = attribute(
        "Need", "How many must agree: any (one), all, or a number.", default="any", words=("any", "all"), minimum=1
    )
    within: Duration | None = attribute("Within", "How long they have.", default=None)
    escalate: Escalation | None = attribute("Escalate", "Who is asked when they did not answer.", default=None)


@dataclass(frozen=True, kw_only=True)
class Approval:
    """Started by the `approval:` of a transition or by the action `request_approval`."""

    key: str = key_attribute("approval")
    label: Text = attribute("Label", "What people read.", default=Text())
    entity: str = attribute("Entity", "What is approved.", names="entity")
    show: tuple[str, ...] = attribute("Show", "Figures for the decision.", default=(), names="field")
    read_only: tuple[str, ...] = attribute(
        "Read-only", "`all`, or fields that nobody may change meanwhile.", default=(), names="field", lone=True,
        words=("all",),
    )  # fmt: skip
    steps: Mapping[str, ApprovalStep] = attribute("Steps", "One after the other.")
    self_approval: bool = attribute("Self-approval", "Who asked may agree himself.", default=False)
