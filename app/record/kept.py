"""What is left of a line of the audit that was erased because of some of its fields: a line beside it tells the others again.

Its facts say which line that was, of when and of whom; its revision is that of the line, whose words it has.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterable, Mapping
from typing import Any

from app.record.acts import FACTS
from app.record.audit import rows_under

KEPT = "kept"
"""The action in the audit."""
Line = Mapping[Any, Any]
Goes = Callable[[Line, str], bool]
"""Whether a key of what a line tells is to go."""


def lines_left(head: Mapping[str, Any], lines: Iterable[Line], goes: Goes) -> list[dict[str, Any]]:
    """The lines to be written beside such as are erased. `head` says who erases, when, and through which door."""
    found = []
    for line in lines:
        changes = line["changes"] or {}
        left = {key: pair for key, pair in changes.items() if not goes(line, key)}
        if not left.keys() - {FACTS}:
            continue
        of_line = {"entity": line["entity"], "action": KEPT, "deletion": None, "revision": line["revision"]}
        told = {FACTS: [None, _facts(line)], **left}
        found += rows_under({**head, **of_line}, [(line["record"], told)])
    return found


def _facts(line: Line) -> dict[str, Any]:
    return {
        "line": line["id"],
        "at": line["at"].astimezone(dt.UTC).isoformat(),
        "person": line["actor_id"],
        "actor": line["actor"],
        "action": line["action"],
        "door": line["door"],
    }


def told_then(rows: Iterable[Line]) -> list[dict[Any, Any]]:
    """Lines as they were before something was taken from them: what is left of one stands in its place."""
    every = [dict(row) for row in rows]
    left = {row["changes"][FACTS][1]["line"] for row in every if row["action"] == KEPT and row["changes"]}
    return [
        _as_then(row) if row["action"] == KEPT else row
        for row in every
        if row["id"] not in left and (row["action"] != KEPT or row["changes"])
    ]


def _as_then(row: dict[Any, Any]) -> dict[Any, Any]:
    facts = row["changes"][FACTS][1]
    changes = {key: pair for key, pair in row["changes"].items() if key != FACTS}
    then = {
        "id": facts["line"],
        "at": dt.datetime.fromisoformat(facts["at"]),
        "actor_id": facts["person"],
        "actor": facts["actor"],
    }
    return {**row, **then, "action": facts["action"], "door": facts["door"], "changes": changes}
