"""Fields that hold a list, a value of several parts, or point to one of several entities: what they can't be used for."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Entity, Field
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject

OF_PARTS = {"rich_text": "rich text", "json": "JSON", "address": "an address"}


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every field, and keys, sorts and link fields."""
    for entity, a_field in subject.fields():
        path = ("entities", entity.key, "fields", a_field.key)
        for attribute, message, hint in _misfits(entity, a_field):
            where = (*path, attribute)
            span = subject.place(*where) if attribute in {"on_delete", "to"} else subject.head(*where)
            yield diagnostic("CFG461", message, span, path=where, hint=hint)
        yield from _options(subject, a_field, path)
    for entity in subject.entities():
        yield from _keys(subject, entity)
        yield from _sorts(subject, entity)


def _misfits(entity: Entity, a_field: Field) -> Iterator[tuple[str, str, str]]:
    """Attribute, what is wrong with it, and what to do."""
    key, what = a_field.key, _what(a_field)
    if what and a_field.unique:
        yield "unique", f"'{key}' holds {what} and can't be unique", "leave `unique` out"
    if what and a_field.indexed:
        yield "indexed", f"'{key}' holds {what}, which is kept in an index anyway", "leave `indexed` out"
    if a_field.link_fields and not a_field.many:
        yield "link_fields", f"'{key}' holds one record, whose link has no fields", "add `many: true`"
    if a_field.many and a_field.type == "lookup" and a_field.on_delete == "cascade":
        yield (
            "on_delete",
            f"'{key}' holds many: {entity.key} can't be deleted with one of them",
            "write restrict or clear",
        )


def _what(a_field: Field) -> str:
    if a_field.is_list:
        return "a list"
    if a_field.holds == "file":
        return "files"
    if a_field.holds == "any":
        return "a record of one of several entities"
    return OF_PARTS.get(a_field.type, "")


def _options(subject: Subject, a_field: Field, path: tuple[str, ...]) -> Iterator[Diagnostic]:
    """A link's own picklist needs options that exist."""
    for key, each in a_field.link_fields.items():
        where = (*path, "link_fields", key)
        if each.type != "picklist":
            if each.options is not None:
                message = f"'options' does not fit a field of type {each.type}; it fits picklist"
                yield diagnostic("CFG208", message, subject.head(*where, "options"), path=(*where, "options"))
        elif each.options is None and not subject.is_unknown(*where, "options"):
            message = f"field '{key}' of type picklist needs 'options'"
            yield diagnostic("CFG202", message, subject.head(*where), path=where)


def _keys(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    for key in entity.keys.values():
        for number, name in enumerate(key.fields):
            a_field = entity.fields.get(name)
            if a_field is not None and (what := _what(a_field)):
                path = ("entities", entity.key, "keys", key.key, "fields", str(number))
                message = f"'{name}' holds {what} and can't be part of a key"
                yield diagnostic("CFG461", message, subject.place(*path), path=path)


def _sorts(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    for number, name in enumerate(entity.list.sort):
        a_field = entity.fields.get(name.removeprefix("-"))
        if a_field is not None and (what := _what(a_field) or ("a place" if a_field.type == "location" else "")):
            path = ("entities", entity.key, "list", "sort", str(number))
            message = f"'{a_field.key}' holds {what}: a list can't be sorted by it"
            yield diagnostic("CFG461", message, subject.place(*path), path=path)
