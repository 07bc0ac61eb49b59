"""Hooks: what is posted goes to addresses that may be called, and takes no secret along; what comes in can find its record."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Field
from app.definition.grammars import variable_of
from app.delivery.reach import CallRefused, Reach, read_target
from app.delivery.variables import variable_in, why_kept
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.automations import actions_of
from app.loading.checks.subject import Subject
from app.loading.node import Path

_FINDING = frozenset({"text", "integer", "decimal", "date", "datetime", "option", "reference"})  # what a field may hold


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every webhook of automations and service levels, and every hook of pack.yaml."""
    yield from _outbound(subject)
    yield from _inbound(subject)


def _outbound(subject: Subject) -> Iterator[Diagnostic]:
    for home, _, action in actions_of(subject.catalog):
        path = (*home, "actions", action.key, "webhook")
        if action.webhook is None or not subject.has(*path):
            continue
        yield from _address(subject, (*path, "url"), action.webhook.url)
        yield from _secret(subject, (*path, "secret"), action.webhook.secret)


def _address(subject: Subject, path: Path, url: str) -> Iterator[Diagnostic]:
    hint = "write an inner address in the environment: `url: ${env:ERP_URL}`"
    try:
        if "${env:" in url:
            hint = "name a variable that holds scheme and host, at the beginning: `url: ${env:CRM_HOOK_ERP}/orders`"
            variable_in(url)
        else:
            read_target(url, Reach())
    except CallRefused as error:
        yield diagnostic("CFG495", str(error), subject.place(*path), path=path, hint=hint)


def _secret(subject: Subject, path: Path, secret: str | None) -> Iterator[Diagnostic]:
    why = why_kept(variable_of(secret)) if secret is not None else None
    if why is not None:
        hint = "name a variable of its own: `${env:CRM_HOOK_SECRET}`"
        yield diagnostic("CFG495", why, subject.place(*path), path=path, hint=hint)


def _inbound(subject: Subject) -> Iterator[Diagnostic]:
    for key, hook in subject.catalog.pack.inbound.items():
        if subject.has("pack", "inbound", key):
            yield from _secret(subject, ("pack", "inbound", key, "secret"), hook.secret)
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
