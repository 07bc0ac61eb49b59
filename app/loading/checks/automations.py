"""Notifications: their templates can be filled in, and are about the records that they are sent for."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Template
from app.definition.plain_template import BadTemplate, read_template
from app.diagnostics import Diagnostic, diagnostic, did_you_mean, nearest
from app.loading.checks.subject import Subject
from app.loading.node import Path


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every template for notifications, and every action that sends one."""
    for key, template in subject.catalog.templates.items():
        if template.for_ == "notification" and subject.has("templates", key):
            yield from _template(subject, template, template.entity)
    for key, automation in subject.catalog.automations.items():
        for action in automation.actions.values():
            path = ("automations", key, "actions", action.key, "notify", "template")
            found = subject.catalog.templates.get(action.notify.template) if action.notify is not None else None
            if found is None or not subject.has("automations", key):
                continue  # one that is not there is told elsewhere
            if found.for_ != "notification":
                continue  # it waits: see `engines`
            if found.entity is not None and found.entity != automation.entity:
                message = (
                    f"template '{found.key}' is about {found.entity}, automation '{key}' about {automation.entity}"
                )
                yield _wrong(subject, path, message)
            elif found.entity is None:
                yield from _template(subject, found, automation.entity)


def _template(subject: Subject, template: Template, entity: str | None) -> Iterator[Diagnostic]:
    known = subject.catalog.entities.get(entity or "")
    for language, body in template.body.items():
        path = ("templates", template.key, "body", language)
        try:
            read = read_template(body.source)
        except BadTemplate as error:
            yield _wrong(subject, path, f"template '{template.key}', line {error.line}: {error.message}")
            continue
        if known is None:
            continue
        for key in sorted(read.fields - known.every_field.keys()):
            if subject.is_unknown("entities", known.key, "fields", key):
                continue
            message = f"template '{template.key}': there is no field '{key}' in {known.key}"
            hint = did_you_mean(nearest(key, known.every_field))
            yield diagnostic("CFG484", message, subject.place(*path), path=path, hint=hint)


def _wrong(subject: Subject, path: Path, message: str) -> Diagnostic:
    return diagnostic("CFG484", message, subject.place(*path), path=path)
