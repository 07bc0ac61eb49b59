"""The other sides of lookups: each has a name of its own on the entity that it points to."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Entity, Field
from app.diagnostics import Diagnostic, Span, diagnostic
from app.loading.checks.subject import Subject


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Names of other sides neither repeat nor hide a field."""
    first: dict[tuple[str, str], tuple[Entity, Field]] = {}
    for entity, a_field in subject.fields():
        for key in a_field.to:
            target = subject.catalog.entities.get(key)
            if target is not None:
                yield from _other_side(subject, entity, a_field, target, first)


def _other_side(
    subject: Subject, entity: Entity, a_field: Field, target: Entity, first: dict[tuple[str, str], tuple[Entity, Field]]
) -> Iterator[Diagnostic]:
    """The name of the other side of a lookup on one of its targets."""
    name = a_field.inverse or entity.key
    path = ("entities", entity.key, "fields", a_field.key)
    before = first.setdefault((target.key, name), (entity, a_field))
    if before[1] is not a_field:
        place = subject.head("entities", before[0].key, "fields", before[1].key)
        message = (
            f"the other side of '{a_field.key}' on {target.key} is called '{name}', as is that of '{before[1].key}'"
        )
        hint = f"give it an inverse of its own ({place} is the other one)"
        yield diagnostic("CFG403", message, _place(subject, a_field, path), path=path, hint=hint)
    if name in target.every_field and (a_field.inverse or target is not entity):
        message = f"the other side of '{a_field.key}' is called '{name}', but {target.key} has a field of that name"
        span = _place(subject, a_field, path)
        yield diagnostic("CFG419", message, span, path=path, hint="give it another `inverse:`")


def _place(subject: Subject, a_field: Field, path: tuple[str, ...]) -> Span:
    return subject.place(*path, "inverse") if a_field.inverse else subject.head(*path)
