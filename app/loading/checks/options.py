"""Options that depend on others: what they name exists, and what a field depends on is a choice."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.definition import Catalog, Entity, Field, Option
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject
from app.loading.node import Path


def check(subject: Subject) -> Iterator[Diagnostic]:
    """The options of every picklist, and every field that depends on another."""
    for key, picklist in subject.catalog.picklists.items():
        users = [
            (entity, a_field) for entity, a_field in subject.fields() if a_field.options == key and a_field.depends_on
        ]
        above = _options_above(subject.catalog, users) if users else picklist.options
        yield from _of_list(subject, picklist.options, above, ("picklists", key, "options"))
    for entity, a_field in subject.fields():
        path = ("entities", entity.key, "fields", a_field.key)
        if isinstance(a_field.options, Mapping):
            above = _options_above(subject.catalog, [(entity, a_field)]) if a_field.depends_on else a_field.options
            yield from _of_list(subject, a_field.options, above, (*path, "options"))
        if a_field.depends_on is not None:
            yield from _dependence(subject, entity, a_field, path)


def _options_above(catalog: Catalog, fields: list[tuple[Entity, Field]]) -> Mapping[str, object]:
    found: dict[str, object] = {}
    for entity, a_field in fields:
        if a_field.depends_on in entity.fields:
            found |= catalog.choices(entity.key, str(a_field.depends_on))
    return found


def _of_list(
    subject: Subject, options: Mapping[str, Option], above: Mapping[str, object], path: Path
) -> Iterator[Diagnostic]:
    for key, option in options.items():
        for attribute, name, known in (("parent", option.parent, above), ("replaced_by", option.replaced_by, options)):
            where = (*path, key, attribute)
            if name is None:
                continue
            if name not in known:
                span = subject.place(*where)
                yield from subject.unknown("CFG306", f"unknown option '{name}'", span, (*path, name), known, where)
            elif name == key and known is options:
                message = f"the option '{key}' names itself as its `{attribute}`"
                yield diagnostic("CFG432", message, subject.place(*where), path=where)
    if above is options:
        yield from _circles(subject, options, path)


def _circles(subject: Subject, options: Mapping[str, Option], path: Path) -> Iterator[Diagnostic]:
    for key in options:
        way = [key]
        while (parent := options[way[-1]].parent) in options and parent not in way:
            way.append(str(parent))
        if parent == key and len(way) > 1 and key == min(way):
            message = f"the option '{key}' lies below itself: {' → '.join([*way, key])}"
            yield diagnostic("CFG432", message, subject.head(*path, key), path=(*path, key, "parent"))


def _dependence(subject: Subject, entity: Entity, a_field: Field, path: Path) -> Iterator[Diagnostic]:
    where = (*path, "depends_on")
    other = entity.fields.get(str(a_field.depends_on))
    if other is None:
        return  # an unknown field, said elsewhere
    if other is a_field:
        yield diagnostic("CFG432", f"'{a_field.key}' depends on itself", subject.place(*where), path=where)
    elif other.type != "picklist" or other.many:
        message = f"'{a_field.key}' depends on '{other.key}', which does not hold one option"
        yield diagnostic("CFG432", message, subject.place(*where), path=where, hint="name a field of type picklist")
    elif not subject.catalog.needed_above(entity.key, a_field.key) and a_field.options is not None:
        message = f"'{a_field.key}' depends on '{other.key}', but no option says with which value it may be chosen"
        yield diagnostic("CFG432", message, subject.place(*where), path=where, hint="give the options a `parent`")
