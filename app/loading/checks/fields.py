"""Fields that need something: a target, options, a counter; and those that the system relies on."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.definition import Entity, Field
from app.definition.builtin import REQUIRED_FIELDS, builtin_entities
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject
from app.loading.texts import target_names

NAMING_TYPES = ("text", "email", "phone", "url", "sequence")
PART_OF_PATTERN = re.compile(r"\{([^{}]*)\}")
COUNTER = re.compile(r"seq(:0?[1-9][0-9]?)?")
PARTS_OF_DATE = ("yyyy", "yy", "mm", "dd")
NEEDED_TO_RESTART = {"year": (("yyyy", "yy"),), "month": (("yyyy", "yy"), ("mm",))}
NEEDED = {"lookup": "to", "picklist": "options", "sequence": "pattern"}


def check(subject: Subject) -> Iterator[Diagnostic]:
    """What each field needs."""
    for entity, a_field in subject.fields():
        yield from _needs(subject, entity, a_field)
        if a_field.type == "sequence" and a_field.pattern is not None:
            yield from _pattern(subject, entity, a_field.key, a_field.pattern)
    for entity in subject.entities():
        yield from _name_field(subject, entity)
        yield from _parent(subject, entity)
        if entity.key in REQUIRED_FIELDS:
            yield from _needed_by_the_system(subject, entity)


def _needs(subject: Subject, entity: Entity, a_field: Field) -> Iterator[Diagnostic]:
    attribute = NEEDED.get(a_field.type)
    path = ("entities", entity.key, "fields", a_field.key)
    if attribute is None or getattr(a_field, attribute) not in (None, ()) or subject.is_unknown(*path, attribute):
        return
    message = f"field '{a_field.key}' of type {a_field.type} needs '{attribute}'"
    yield diagnostic("CFG202", message, subject.head(*path), path=path)


def _pattern(subject: Subject, entity: Entity, key: str, pattern: str) -> Iterator[Diagnostic]:
    path = ("entities", entity.key, "fields", key, "pattern")
    parts = PART_OF_PATTERN.findall(pattern)
    strange = [part for part in parts if part not in PARTS_OF_DATE and not COUNTER.fullmatch(part)]
    rest = PART_OF_PATTERN.sub("", pattern)
    if strange or "{" in rest or "}" in rest:
        message = (
            f"'{{{strange[0]}}}' means nothing in a pattern" if strange else "a brace of the pattern is not closed"
        )
        yield diagnostic("CFG414", message, subject.place(*path), path=path, hint="for example OPP-{yyyy}-{seq:05}")
    elif sum(bool(COUNTER.fullmatch(part)) for part in parts) != 1:
        message = "the pattern must hold {seq} once"
        yield diagnostic("CFG414", message, subject.place(*path), path=path, hint="for example OPP-{yyyy}-{seq:05}")
    else:
        needed = NEEDED_TO_RESTART.get(entity.fields[key].restart, ())
        if any(not set(group) & set(parts) for group in needed):
            message = f"numbers would repeat: counting restarts each {entity.fields[key].restart}, which the pattern does not show"
            yield diagnostic("CFG414", message, subject.place(*path), path=path, hint="for example OPP-{yyyy}-{seq:05}")


def _name_field(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    path = ("entities", entity.key)
    is_written = subject.has(*path, "name_field")
    span = subject.place(*path, "name_field") if is_written else subject.head(*path)
    a_field = entity.fields.get(entity.name_field)
    if a_field is None:
        if not is_written and not subject.is_unknown(*path, "fields", entity.name_field):
            message = f"entity '{entity.key}' needs 'name_field': it has no field 'name'"
            yield diagnostic("CFG202", message, span, path=path)
    elif a_field.type not in NAMING_TYPES:
        message = f"'{a_field.key}' is of type {a_field.type} and can't name a record"
        yield diagnostic("CFG408", message, span, path=(*path, "name_field"), hint="name a field of type text")


def _parent(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    a_field = entity.fields.get(entity.parent_field or "")
    if a_field is not None and (a_field.type != "lookup" or len(a_field.to) > 1 or a_field.many):
        path = ("entities", entity.key, "parent", "field")
        message = f"'{a_field.key}' is of type {a_field.type}; a parent is a lookup"
        if a_field.type == "lookup":
            message = f"'{a_field.key}' points to several; a parent is a lookup of one record of one entity"
        yield diagnostic("CFG410", message, subject.place(*path), path=path)


def _needed_by_the_system(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    minimal = builtin_entities()[entity.key]["fields"]
    for key in REQUIRED_FIELDS[entity.key]:
        path = ("entities", entity.key, "fields", key)
        a_field = entity.fields.get(key)
        if a_field is None or not subject.has(*path):
            continue
        wanted = minimal[key]["type"]
        if a_field.type != wanted or a_field.to != target_names(minimal[key].get("to")) or a_field.many:
            message = f"the system needs '{key}' of {entity.key} as type {wanted}, not {a_field.type}"
            yield diagnostic("CFG413", message, subject.place(*path, "type"), path=path)
