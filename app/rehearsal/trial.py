"""One expression tried on a made-up record in every engine that knows it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field
from typing import Any

from app.definition import Catalog
from app.expression import Checked, Context
from app.expression.node import plain_json
from app.rehearsal.facts import Made, row_of

ENGINES = ("python", "sqlite", "js", "postgresql")
"""By the names of their results, the normative one first."""


@dataclass(frozen=True)
class Question:
    """An expression, the record that it is asked of, the record as it was (None: it is being created), and who asks."""

    catalog: Catalog
    checked: Checked
    made: Made
    before: Made | None
    context: Context


@dataclass(frozen=True)
class Trial:
    """What came out. `results` has a value for each engine, None where it was not asked: then `notes` says why."""

    results: Mapping[str, Any]
    notes: Mapping[str, str] = field(default_factory=dict)


class NotAsked(Exception):
    """An engine can't be asked; the text says why."""


def evaluate(question: Question, wanted: Collection[str]) -> Trial:
    """Asks the wanted engines. Results are as JSON carries them: numbers and days as text."""
    results: dict[str, Any] = {}
    notes: dict[str, str] = {}
    for name in ENGINES:
        results[name] = None
        if name not in wanted:
            continue
        try:
            results[name] = plain_json(_ASK[name](question))
        except NotAsked as reason:
            notes[name] = str(reason)
    return Trial(results, notes)


def _in_python(question: Question) -> Any:
    checked, context = question.checked, question.context
    row = row_of(question.made, checked, checked.keys, context)
    old = None if question.before is None else row_of(question.before, checked, checked.old_keys, context)
    return checked.evaluate(row, old, context)


def _in_sql(_question: Question) -> Any:
    raise NotAsked("its engine is not there yet")


_ASK: Mapping[str, Callable[[Question], Any]] = {
    "python": _in_python,
    "sqlite": _in_sql,
    "js": _in_sql,
    "postgresql": _in_sql,
}
