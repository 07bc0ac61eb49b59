"""Records that are part of another: their lookup, what they can't have of their own, and who may say what of them."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import VERBS, Entity, PartLink
from app.definition.builtin import REQUIRED_FIELDS
from app.definition.keys import EVERY_ENTITY
from app.diagnostics import Diagnostic, Span, diagnostic
from app.loading.checks.subject import Subject


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every part, and whatever names one."""
    for entity in subject.entities():
        if entity.is_part:
            yield from _lookup(subject, entity)
            yield from _own(subject, entity)
    for entity, a_field in subject.fields():
        links = [subject.catalog.part_link(target) for target in a_field.to]
        for link in (each for each in links if each is not None and each.entity != entity.key):
            path = ("entities", entity.key, "fields", a_field.key, "to")
            message = f"'{a_field.key}' points to {link.entity}, whose records are part of {link.whole}"
            hint = f"point to {link.whole}: a part has no page of its own"
            yield diagnostic("CFG451", message, subject.place(*path), path=path, hint=hint)
    yield from _menu(subject)
    for role in subject.tree.entries_at("roles"):
        yield from _grants(subject, role)


def _lookup(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    """The lookup between part and whole: required, to something that is no part itself."""
    a_field = entity.fields.get(entity.parent_field or "")
    if a_field is None or a_field.type != "lookup":
        return  # said elsewhere
    path = ("entities", entity.key, "fields", a_field.key)
    if not a_field.required and not subject.is_unknown(*path, "required"):
        message = f"'{a_field.key}' must be required: a part is never without its whole"
        yield diagnostic("CFG451", message, subject.head(*path), path=path, hint="add `required: true`")
    whole = subject.catalog.entities.get(a_field.target or "")
    if whole is not None and (whole.is_part or whole is entity):
        message = f"{whole.key} is a part itself, and has no parts"
        span = subject.place(*path, "to")
        yield diagnostic("CFG451", message, span, path=(*path, "to"), hint="make both part of the same entity")


def _own(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    """A part has neither stages nor a cascade of its own, and the system's entities are none."""
    path: tuple[str, ...] = ("entities", entity.key)
    if entity.key in REQUIRED_FIELDS:
        message = f"{entity.key} can't be part of anything"
        yield diagnostic("CFG451", message, subject.place(*path, "parent", "part"), path=(*path, "parent", "part"))
    if entity.record_team:
        where: tuple[str, ...] = (*path, "record_team")
        message = "a part has no team of its own"
        yield diagnostic("CFG451", message, subject.place(*where), path=where, hint="its whole has the team")
    for key in entity.pipelines:
        message = f"the pipeline '{key}' belongs to a part"
        where = (*path, "pipelines", key)
        yield diagnostic("CFG451", message, subject.head(*where), path=where, hint="its whole has the stages")
    for a_field in entity.fields.values():
        if a_field.on_delete == "cascade" and a_field.key != entity.parent_field:
            where = (*path, "fields", a_field.key, "on_delete")
            message = f"'{a_field.key}' would take a part away from its whole"
            hint = "write `on_delete: restrict` or `on_delete: clear`"
            yield diagnostic("CFG451", message, subject.place(*where), path=where, hint=hint)


def _menu(subject: Subject) -> Iterator[Diagnostic]:
    for key, group in subject.tree.entries_at("menu", "groups").items():
        for name, item in group.entries_at("items").items():
            link = subject.catalog.part_link(name)
            if link is not None:
                path = ("menu", "groups", key, "items", name)
                yield _not_alone(link, f"'{name}' in the menu", item.head, path)


def _grants(subject: Subject, role: str) -> Iterator[Diagnostic]:
    for key, grant in subject.tree.entries_at("roles", role, "grants").items():
        link = subject.catalog.part_link(key) if key != EVERY_ENTITY else None
        if link is None:
            continue
        for verb in VERBS:
            node = grant.find(verb)
            if node is not None:
                path = ("roles", role, "grants", key, verb)
                message = f"'{key}' is part of {link.whole}: who may do what with it is said there"
                hint = f"grant it on {link.whole}; of {key} only `fields:` may be said"
                yield diagnostic("CFG453", message, node.head, path=path, hint=hint)


def _not_alone(link: PartLink, what: str, span: Span, path: tuple[str, ...]) -> Diagnostic:
    message = f"{what}: it is part of {link.whole} and has no list"
    return diagnostic("CFG451", message, span, path=path, hint=f"name {link.whole}")
