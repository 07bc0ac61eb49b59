"""Hooks: what is posted goes to addresses that may be called; what comes in can find its record."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Field
from app.delivery.reach import CallRefused, Reach, read_target
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject

_FINDING = frozenset({"text", "integer", "decimal", "date", "datetime", "option", "reference"})  # what a field may hold


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every webhook of an automation, and every hook of pack.yaml."""
    yield from _outbound(subject)
    yield from _inbound(subject)


def _outbound(subject: Subject) -> Iterator[Diagnostic]:
    for key, automation in subject.catalog.automations.items():
        for action in automation.actions.values():
            path = ("automations", key, "actions", action.key, "webhook", "url")
            if action.webhook is None or "${env:" in action.webhook.url or not subject.has("automations", key):
                continue
            try:
                read_target(action.webhook.url, Reach())
            except CallRefused as error:
                hint = "write an inner address in the environment: `url: ${env:ERP_URL}`"
                yield diagnostic("CFG495", str(error), subject.place(*path), path=path, hint=hint)


def _inbound(subject: Subject) -> Iterator[Diagnostic]:
    for key, hook in subject.catalog.pack.inbound.items():
        entity = subject.catalog.entities.get(hook.entity)
        if entity is None or not subject.has("pack", "inbound", key):
            continue
        if subject.catalog.part_link(entity.key) is not None:
            path = ("pack", "inbound", key, "entity")
            message = f"hook '{key}' is about {entity.key}, which is a part"
            yield diagnostic("CFG496", message, subject.place(*path), path=path)
        for name in hook.match:
            found = entity.every_field.get(name)
            if found is not None and not _finds(found):
                path = ("pack", "inbound", key, "match")
                message = f"hook '{key}' can't find a record by field '{name}', a {found.type}"
                yield diagnostic("CFG496", message, subject.place(*path), path=path)


def _finds(field: Field) -> bool:
    plain = field.holds in _FINDING and not field.is_list and not field.translated
    return plain and not field.is_computed and field.type not in {"money", "rich_text", "stage"}
