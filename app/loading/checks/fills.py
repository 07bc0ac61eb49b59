"""`fills`: what is copied from a chosen record exists on both sides and is of one kind."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Entity, Field
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject

NEVER_FILLED = ("sequence", "stage")
FILLED = frozenset({"text", "integer", "decimal", "boolean", "date", "datetime", "option", "reference"})


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every pair of every lookup."""
    for entity, a_field in subject.fields():
        target = subject.catalog.entities.get(a_field.target or "") if a_field.type == "lookup" else None
        path = ("entities", entity.key, "fields", a_field.key, "fills")
        if a_field.fills and (a_field.many or len(a_field.to) > 1):
            message = f"'{a_field.key}' chooses several records, or of several entities: nothing can be copied"
            yield diagnostic("CFG452", message, subject.head(*path), path=path)
            continue
        for own, source in a_field.fills.items():
            if own not in entity.fields:
                yield from _unknown(subject, entity, own, (*path, own))
            elif target is not None and source not in target.fields:
                yield from _unknown(subject, target, source, (*path, own))
            elif target is not None:
                yield from _pair(subject, (entity, a_field.key, own), target.fields[source], path)


def _unknown(subject: Subject, entity: Entity, name: str, path: tuple[str, ...]) -> Iterator[Diagnostic]:
    message = f"unknown field '{name}' of {entity.key}"
    span = subject.head(*path) if path[-1] == name and name not in entity.fields else subject.place(*path)
    yield from subject.unknown("CFG302", message, span, ("entities", entity.key, "fields", name), entity.fields, path)


def _pair(
    subject: Subject, into: tuple[Entity, str, str], source: Field, path: tuple[str, ...]
) -> Iterator[Diagnostic]:
    entity, lookup, own = into
    wrong = _misfit(entity.fields[own], source)
    if own == lookup:
        wrong = f"'{own}' would fill itself"
    elif own == entity.parent_field and entity.is_part:
        wrong = f"'{own}' says what the record is part of"
    if wrong:
        yield diagnostic("CFG452", wrong, subject.head(*path, own), path=(*path, own))


def _misfit(own: Field, source: Field) -> str:
    if own.type in NEVER_FILLED or own.holds not in FILLED or own.translated:
        return f"'{own.key}' is of type {own.type} and is never filled"
    if own.holds != source.holds:
        return f"'{own.key}' ({own.type}) can't hold what '{source.key}' ({source.type}) holds"
    if own.target != source.target:
        return f"'{own.key}' points to {own.target}, '{source.key}' to {source.target}"
    if own.holds == "option" and not (isinstance(own.options, str) and own.options == source.options):
        return f"'{own.key}' and '{source.key}' need one shared picklist"
    return ""
