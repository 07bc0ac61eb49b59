"""What was worked out from a Catalog, kept as long as the Catalog lives. It never changes, so neither do the answers."""

from __future__ import annotations

import weakref
from collections.abc import Callable, Hashable
from typing import Any, TypeVar

from app.definition import Catalog

T = TypeVar("T")

_LARGEST = 20_000  # answers per catalog: entities × distinct sets of roles
_answers: dict[int, tuple[weakref.ref[Catalog], dict[Hashable, Any]]] = {}


def remembered(catalog: Catalog, key: Hashable, work_out: Callable[[], T]) -> T:
    """The answer to `key` for this Catalog, worked out at most once (twice when two threads ask at the same moment)."""
    answers = _answers_of(catalog)
    try:
        found: T = answers[key]
    except KeyError:
        found = work_out()
        if len(answers) >= _LARGEST:
            answers.clear()
        answers[key] = found
    return found


def _answers_of(catalog: Catalog) -> dict[Hashable, Any]:
    # By identity: a Catalog is not hashable, and comparing two of them costs more than working the answer out.
    number = id(catalog)
    kept = _answers.get(number)
    if kept is not None and kept[0]() is catalog:
        return kept[1]
    answers: dict[Hashable, Any] = {}
    _answers[number] = (weakref.ref(catalog, lambda gone: _forget(number, gone)), answers)
    return answers


def _forget(number: int, gone: weakref.ref[Catalog]) -> None:
    kept = _answers.get(number)
    if kept is not None and kept[0] is gone:
        del _answers[number]
