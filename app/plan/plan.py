"""A plan: the steps, and what they were computed from."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping, Sequence
from typing import Any

from app.frozen import dataclass
from app.plan.pair import counted
from app.plan.render import remedies, step_lines, step_to_json
from app.plan.step import Step

FORMAT = 1
_AGAIN = "save one by `crm plan --out FILE`"


@dataclass(frozen=True, kw_only=True)
class Plan:
    """The steps from the applied revision to a catalog, bound to what they were computed from.

    `revision` 0 and `before` "" stand for an empty database; `fingerprint` is that of the tables. `back_to` is the revision that
    a rollback leads to, and `notes` say what it can't bring back.
    """

    pack: str
    before: str
    after: str
    revision: int
    fingerprint: str
    database: str = ""
    steps: Sequence[Step] = ()
    back_to: int | None = None
    notes: Sequence[str] = ()

    @property
    def is_empty(self) -> bool:
        """Whether there is nothing to do."""
        return not self.steps

    @property
    def blocked(self) -> tuple[Step, ...]:
        """The steps that can't be carried out."""
        return tuple(step for step in self.steps if step.blocks)

    @property
    def destructive(self) -> tuple[Step, ...]:
        """The steps that must be allowed by name."""
        return tuple(step for step in self.steps if step.risk == "destructive")

    def is_same_change(self, other: Plan) -> bool:
        """Whether `other` leads from the same state to the same catalog, whatever the rows have become."""
        mine = (self.before, self.after, self.revision, self.fingerprint)
        return mine == (other.before, other.after, other.revision, other.fingerprint)

    def render(self) -> str:
        """The plan in aligned columns: what, where, how, the line of YAML, what it does to the data."""
        if self.is_empty:
            return f"Nothing to do: {self.database} has catalog {self.after[:8]} (revision {self.revision})."
        change = f"{self.before[:8] or 'none'} → {self.after[:8]}"
        head = f"Plan for {self.pack} (catalog {change}, database {self.database})"
        return "\n".join(
            [
                head,
                "",
                *step_lines(self.steps),
                "",
                *(f"  {each}" for each in self.notes),
                self._verdict(),
                *remedies(self.steps),
            ]
        )

    def _verdict(self) -> str:
        steps = counted(len(self.steps), "step")
        if self.blocked:
            return (
                f"  {len(self.blocked)} of {steps} block{'s' if len(self.blocked) == 1 else ''}. Nothing was changed."
            )
        flags = " ".join(f"--allow-destructive {step.name}" for step in self.destructive)
        command = "crm apply" if self.back_to is None else f"crm rollback {self.back_to}"
        return f"  {steps}. Nothing was changed yet: {command}{' ' + flags if flags else ''}"

    def to_json(self) -> dict[str, Any]:
        """Plain values; also the form in which a plan is saved. `digest` is that of all the rest."""
        told = self._told()
        return {**told, "digest": _digest(told)}

    def _told(self) -> dict[str, Any]:
        return {
            "format": FORMAT,
            "pack": self.pack,
            "database": self.database,
            "catalog": {"before": self.before, "after": self.after},
            "revision": self.revision,
            "fingerprint": self.fingerprint,
            "blocked": bool(self.blocked),
            "steps": [step_to_json(step) for step in self.steps],
        }


def _digest(told: Mapping[str, Any]) -> str:
    """Over the plan as it is read again from its file."""
    text = json.dumps(told, ensure_ascii=False, sort_keys=True, default=str)
    return hashlib.sha256(text.encode()).hexdigest()


def saved_plan(text: str) -> Plan:
    """What a saved plan is bound to; its steps are planned again when it is applied. Raises ValueError for another file, and
    for one that was edited: whoever changes what it says would be disappointed.
    """
    try:
        saved = json.loads(text)
        if saved["format"] != FORMAT:
            raise ValueError(f"a plan of format {saved['format']}; this program reads {FORMAT}")
        if saved.pop("digest") != _digest(saved):
            raise ValueError(f"the plan was edited since it was saved: {_AGAIN}")
        bound = {key: saved[key] for key in ("pack", "revision", "fingerprint", "database")}
        return Plan(**bound, before=saved["catalog"]["before"], after=saved["catalog"]["after"])
    except (json.JSONDecodeError, KeyError, TypeError, AttributeError) as error:
        raise ValueError(f"not a saved plan, or not all of it: {_AGAIN}") from error
