"""What can't be done with a value that the database keeps encrypted."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Entity, Field
from app.definition.builtin import REQUIRED_FIELDS
from app.definition.field_types import SEALED_TYPES
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.automations import actions_of
from app.loading.checks.subject import Subject
from app.loading.node import Path
from app.loading.wording import list_of

_CODE = "CFG465"


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every encrypted field of which something is asked that needs its plain value in the database."""
    for entity, a_field in subject.fields():
        home: Path = ("entities", entity.key, "fields", a_field.key)
        if a_field.sensitive and a_field.sensitive.mask and (a_field.holds != "text" or a_field.type == "rich_text"):
            message = f"'{a_field.key}' is of type {a_field.type}; only texts can be masked"
            yield diagnostic(
                _CODE, message, subject.head(*home, "sensitive", "mask"), path=(*home, "sensitive", "mask")
            )
        if not a_field.encrypted:
            continue
        for path, message, hint in _problems(entity, a_field, home):
            yield diagnostic(_CODE, message, subject.head(*path), path=path, hint=hint)
    for entity, a_field in subject.fields():
        yield from _copied(subject, entity, a_field)
    yield from _sent(subject)


def _problems(entity: Entity, a_field: Field, home: Path) -> Iterator[tuple[Path, str, str]]:
    key, here = a_field.key, (*home, "sensitive")
    if a_field.type not in SEALED_TYPES:
        kinds = list_of(f"`{each}`" for each in SEALED_TYPES)
        yield (
            here,
            f"'{key}' is of type {a_field.type}: only values of {kinds} are encrypted",
            "let roles mask or hide it",
        )
        return
    for name in ("searchable", "translated", "override", "dimension"):
        if getattr(a_field, name):
            yield (*home, name), f"'{key}' is encrypted, so that `{name}` can't be", f"take `{name}` away, or `encrypt`"
    if a_field.default is not None:
        yield (*home, "default"), f"'{key}' is encrypted: what all new records get is no secret", "take `default` away"
    if a_field.is_computed:
        yield here, f"'{key}' is computed: what it is worked out from stands in the database", "encrypt what it reads"
    if key == entity.name_field:
        yield here, f"'{key}' names the records: they are found, sorted and listed by it", "choose another `name_field`"
    if key in REQUIRED_FIELDS.get(entity.key, ()):
        yield (
            here,
            f"'{key}' is a field of every {entity.key}, by which the program finds people",
            "let roles mask or hide it",
        )
    for each in entity.list.sort:
        if each.removeprefix("-") == key:
            path = ("entities", entity.key, "list", "sort")
            yield path, f"the list can't be sorted by '{key}', which is encrypted", "sort by another field"


def _sent(subject: Subject) -> Iterator[Diagnostic]:
    """Webhooks that would tell an encrypted value: what waits to be delivered stands in the database in plain text."""
    for home, key, action in actions_of(subject.catalog):
        entity = subject.catalog.entities.get(key)
        named = action.webhook.fields if action.webhook is not None and entity is not None else ()
        for field in (each for each in named if entity and each in entity.fields):
            if entity and entity.fields[field].encrypted:
                path = (*home, "actions", action.key, "webhook", "fields")
                message = f"'{field}' is encrypted: it would wait in plain text until it is delivered"
                hint = "let the other system read it by the REST API"
                yield diagnostic(_CODE, message, subject.head(*path), path=path, hint=hint)


def _copied(subject: Subject, entity: Entity, a_field: Field) -> Iterator[Diagnostic]:
    """`fills` that would copy an encrypted value into a plain one."""
    for target in a_field.targets:
        known = subject.catalog.entities.get(target)
        for into, source in a_field.fills.items() if known is not None else ():
            was, now = known.fields.get(source) if known else None, entity.fields.get(into)
            if was is not None and now is not None and was.encrypted and not now.encrypted:
                path = ("entities", entity.key, "fields", a_field.key, "fills", into)
                message = f"'{source}' is encrypted, '{into}' is not: its values would be kept in plain text"
                yield diagnostic(_CODE, message, subject.head(*path), path=path, hint=f"encrypt '{into}', too")
