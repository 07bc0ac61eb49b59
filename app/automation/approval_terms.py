"""What an approval asks for, as it was when it began: kept with it, so that a later configuration changes nothing of it."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

from app.automation.lengths import later
from app.definition import Catalog, Text
from app.definition.approval import ApprovalStep, Escalation
from app.definition.grammars import Duration, Expression
from app.definition.people import Who
from app.expression import BadExpression, get_expression
from app.expression.working_time import company_time
from app.frozen import dataclass

Step = tuple[str, str]
"""An approval and its step."""


@dataclass(frozen=True)
class Terms:
    """The steps of the approvals that a move needs, one after the other, and what holds while they wait.

    `figures` are the fields on which people decide: those shown, those kept, and those that conditions of steps read.
    """

    steps: Mapping[Step, ApprovalStep]
    show: tuple[str, ...]
    read_only: tuple[str, ...]
    figures: tuple[str, ...]
    self_approval: bool
    confirm: Mapping[str, str]

    @property
    def whens(self) -> dict[Step, str | None]:
        """The condition of each step."""
        return {key: step.when for key, step in self.steps.items()}

    def step(self, name: str) -> ApprovalStep:
        """The step of that name, as it is kept in rows: `approval.step`."""
        approval, _, key = name.partition(".")
        return self.steps[approval, key]


def name_of(step: Step) -> str:
    """How rows name a step."""
    return ".".join(step)


def terms_of(catalog: Catalog, entity: str, approvals: Sequence[str], confirm: Mapping[str, str]) -> Terms:
    """The terms of these approvals by the catalog of now. Raises KeyError for one that is not there."""
    chosen = [catalog.approvals[key] for key in approvals]
    show = tuple(dict.fromkeys(key for each in chosen for key in each.show))
    read_only = tuple(dict.fromkeys(key for each in chosen for key in each.read_only))
    steps = {(each.key, key): step for each in chosen for key, step in each.steps.items()}
    read = {key for step in steps.values() for key in _fields_read(catalog, entity, step.when)}
    kept = [key for key in read_only if key != "all"]
    figures = tuple(sorted({*show, *kept, *read}))
    return Terms(steps, show, read_only, figures, all(each.self_approval for each in chosen), confirm)


def _fields_read(catalog: Catalog, entity: str, when: str | None) -> frozenset[str]:
    if when is None:
        return frozenset()
    try:
        return get_expression(catalog, entity, when).fields
    except BadExpression:
        return frozenset()


def write_terms(terms: Terms) -> dict[str, Any]:
    """Terms as JSON."""
    return {
        "steps": [[*key, _step_to_json(step)] for key, step in terms.steps.items()],
        "show": list(terms.show),
        "read_only": list(terms.read_only),
        "figures": list(terms.figures),
        "self_approval": terms.self_approval,
        "confirm": dict(terms.confirm),
    }


def read_terms(kept: Mapping[str, Any]) -> Terms:
    """Terms from what `write_terms` made."""
    return Terms(
        {(approval, key): _step_from_json(key, step) for approval, key, step in kept["steps"]},
        tuple(kept["show"]),
        tuple(kept["read_only"]),
        tuple(kept["figures"]),
        kept["self_approval"],
        kept["confirm"],
    )


def _step_to_json(step: ApprovalStep) -> dict[str, Any]:
    plain: dict[str, Any] = {
        "label": dict(step.label.by_language),
        "when": step.when,
        "approvers": [_who_to_json(each) for each in step.approvers],
        "need": step.need,
        "within": step.within,
    }
    if step.escalate is not None:
        plain["escalate"] = {"after": step.escalate.after, "to": [_who_to_json(each) for each in step.escalate.to]}
    return plain


def _step_from_json(key: str, plain: Mapping[str, Any]) -> ApprovalStep:
    later = plain.get("escalate")
    return ApprovalStep(
        key=key,
        label=Text(plain["label"]),
        when=None if plain["when"] is None else Expression(plain["when"]),
        approvers=tuple(_who_from_json(each) for each in plain["approvers"]),
        need=plain["need"],
        within=_duration(plain["within"]),
        escalate=None if later is None else Escalation(
            after=_duration(later["after"]), to=tuple(_who_from_json(each) for each in later["to"])
        ),
    )  # fmt: skip


def _duration(text: str | None) -> Duration | None:
    return None if text is None else Duration(text)


_PLAIN = ("path", "role", "team", "department", "user", "email", "field")


def _who_to_json(who: Who) -> dict[str, Any]:
    plain: dict[str, Any] = {key: str(value) for key in _PLAIN if (value := getattr(who, key)) is not None}
    if who.map:
        plain["map"] = {key: _who_to_json(each) for key, each in who.map.items()}
    if who.otherwise is not None:
        plain["otherwise"] = _who_to_json(who.otherwise)
    return plain


def _who_from_json(plain: Mapping[str, Any]) -> Who:
    return Who(
        map={key: _who_from_json(each) for key, each in plain.get("map", {}).items()},
        otherwise=_who_from_json(plain["otherwise"]) if "otherwise" in plain else None,
        **{key: plain[key] for key in _PLAIN if key in plain},
    )


def moment_after(catalog: Catalog, duration: Duration | None, start: dt.datetime) -> dt.datetime | None:
    """So long after a moment, by the company's calendar; None without a duration, or where none comes."""
    return None if duration is None else later(company_time(catalog), start, duration)
