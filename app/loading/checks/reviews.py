"""Reviews: the tasks that they make can be made, and closed."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition.duty import TASK, lacks_of
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject


def check(subject: Subject) -> Iterator[Diagnostic]:
    """What the entity of tasks lacks is told once, at the first review."""
    first = next((key for key in subject.catalog.reviews if subject.has("reviews", key)), None)
    if first is None:
        return
    path = ("reviews", first)
    for lack in lacks_of(subject.catalog):
        if subject.is_unknown("entities", TASK, *(("fields", lack.field) if lack.field is not None else ())):
            continue
        hint = "write entities/task.yaml, or extend the pack 'standard', which has it" if lack.field is None else None
        message = f"reviews make tasks, but {lack.message}"
        yield diagnostic("CFG483", message, subject.head(*path), path=path, hint=hint)
