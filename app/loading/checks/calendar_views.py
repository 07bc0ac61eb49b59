"""Views shown as a calendar: they begin at a day or a moment, end at the same kind or after a length, and have colours."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Entity, View
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject

STARTS = ("date", "datetime")


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every calendar of `views/`."""
    for key, view in subject.catalog.views.items():
        entity = subject.catalog.entities.get(view.entity)
        if view.show == "calendar" and entity is not None and subject.has("views", key):
            yield from _calendar(subject, view, entity)


def _calendar(subject: Subject, view: View, entity: Entity) -> Iterator[Diagnostic]:
    path = ("views", view.key)
    start, end, color = (entity.every_field.get(key or "") for key in (view.start, view.end, view.color_by))
    if start is not None and (start.holds not in STARTS or start.encrypted or start.is_list):
        message = f"a calendar can't begin at '{start.key}'"
        hint = "name a date or datetime field that is not encrypted"
        yield diagnostic("CFG482", message, subject.place(*path, "start"), path=(*path, "start"), hint=hint)
    elif start is not None and end is not None:
        fitting = (start.holds, "duration") if start.holds == "datetime" else (start.holds,)
        if end.holds not in fitting or end.encrypted or end.is_list or end.key == start.key:
            message = f"'{end.key}' is no end of what begins at '{start.key}'"
            hint = f"name another {' or '.join(fitting)} field that is not encrypted"
            yield diagnostic("CFG482", message, subject.place(*path, "end"), path=(*path, "end"), hint=hint)
    if color is not None and (color.holds != "option" or color.encrypted):
        message = f"'{color.key}' has no colours"
        hint = "name a picklist or a stage"
        yield diagnostic("CFG482", message, subject.place(*path, "color_by"), path=(*path, "color_by"), hint=hint)
