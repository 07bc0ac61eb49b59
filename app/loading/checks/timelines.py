"""Timelines: the fields that what stands in them is read by."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Entity
from app.definition.timeline import Timeline
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject

_TEXTS = frozenset({"text", "long_text"})


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every entity whose records stand in timelines."""
    for each in subject.entities():
        if each.timeline is not None and subject.has("entities", each.key, "timeline"):
            yield from _timeline(subject, each, each.timeline)


def _timeline(subject: Subject, entity: Entity, timeline: Timeline) -> Iterator[Diagnostic]:
    path = ("entities", entity.key, "timeline")
    if entity.is_part:
        message = f"records of {entity.key} are parts: they have no page of their own to stand beside"
        yield diagnostic("CFG499", message, subject.head(*path), path=path, hint="write `timeline:` at the whole")
    at = entity.every_field.get(timeline.at)
    if at is not None and at.type != "datetime":
        message = f"'{timeline.at}' holds no moment, by which records could be ordered"
        hint = "name a field of type datetime, or leave it out: then it is when they were made"
        yield diagnostic("CFG499", message, subject.place(*path, "at"), path=(*path, "at"), hint=hint)
    kind = entity.fields.get(timeline.kind or "")
    if kind is not None and (kind.type != "picklist" or kind.is_list):
        message = f"'{timeline.kind}' is no picklist of one option"
        yield diagnostic(
            "CFG499", message, subject.place(*path, "kind"), path=(*path, "kind"), hint="name a field of type picklist"
        )
    text = entity.fields.get(timeline.text or "")
    if text is not None and text.type not in _TEXTS:
        message = f"'{timeline.text}' is no text"
        hint = "name a field of type text or long_text"
        yield diagnostic("CFG499", message, subject.place(*path, "text"), path=(*path, "text"), hint=hint)
