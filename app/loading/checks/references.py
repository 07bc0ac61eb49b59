"""Names of fields, picklists, entities, roles, options and inverses refer to something that exists."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from app.definition import Entity
from app.definition.keys import EVERY_ENTITY
from app.diagnostics import Diagnostic, Span
from app.loading.checks.subject import Subject
from app.loading.node import Node, Path

LISTS_OF_FIELDS = (("list", "columns"), ("list", "sort"), ("list", "filters"), ("layout", "highlights"))


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every reference of every file."""
    for entity in subject.entities():
        yield from _of_fields(subject, entity)
        yield from _of_entity(subject, entity)
        yield from _of_layout(subject, entity)
    for role in subject.tree.entries_at("roles"):
        yield from _of_role(subject, role)
    for key, group in subject.tree.entries_at("menu", "groups").items():
        path = ("menu", "groups", key)
        for name, item in group.entries_at("items").items():
            yield from entity_named(subject, name, item.head, (*path, "items", name))
        for number, each in subject.items(*path, "roles").items():
            yield from role_named(subject, each, (*path, "roles", number))


def _of_fields(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    picklists = subject.catalog.picklists
    for key, node in subject.tree.entries_at("entities", entity.key, "fields").items():
        path = ("entities", entity.key, "fields", key)
        options, to, default = node.find("options"), node.find("to"), node.find("default")
        if options is not None and options.text is not None and options.text not in picklists:
            message = f"unknown picklist '{options.text}'"
            target = ("picklists", options.text)
            yield from subject.unknown("CFG301", message, options.span, target, picklists, (*path, "options"))
        if to is not None and to.text is not None:
            yield from entity_named(subject, to.text, to.span, (*path, "to"))
        if default is not None and default.text is not None and entity.fields[key].type == "picklist":
            yield from _option_named(subject, entity, key, default)


def _option_named(subject: Subject, entity: Entity, key: str, default: Node) -> Iterator[Diagnostic]:
    a_field = entity.fields[key]
    path = ("entities", entity.key, "fields", key)
    if isinstance(a_field.options, str):
        shared = subject.catalog.picklists.get(a_field.options)
        home: Path = ("picklists", a_field.options, "options")
        options = shared.options if shared is not None else None
    else:
        home, options = (*path, "options"), a_field.options
    name = str(default.value)
    if options is not None and name not in options:
        message = f"unknown option '{name}'"
        yield from subject.unknown("CFG306", message, default.span, (*home, name), options, (*path, "default"))


def _of_entity(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    path = ("entities", entity.key)
    for inner in (("name_field",), ("parent", "field")):
        node = subject.tree.find(*path, *inner)
        if node is not None and node.text is not None:
            yield from _declared(subject, entity, node, (*path, *inner))
    for inner in LISTS_OF_FIELDS:
        for number, each in subject.items(*path, *inner).items():
            yield from field_named(subject, entity, each, (*path, *inner, number))
    for key in entity.keys:
        for number, each in subject.items(*path, "keys", key, "fields").items():
            yield from field_named(subject, entity, each, (*path, "keys", key, "fields", number))
    for key in entity.pipelines:
        node = subject.tree.find(*path, "pipelines", key, "field")
        if node is not None:
            yield from _declared(subject, entity, node, (*path, "pipelines", key, "field"))


def _of_layout(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    inverses = subject.catalog.inverses(entity.key)
    for tab_key, tab in entity.layout.tabs.items():
        for key, section in tab.sections.items():
            path = ("entities", entity.key, "layout", "tabs", tab_key, "sections", key)
            for number, each in subject.items(*path, "fields").items():
                yield from field_named(subject, entity, each, (*path, "fields", number))
            if section.related is None:
                continue
            inverse = inverses.get(section.related)
            if inverse is None:
                if not _may_have_lookup(subject):
                    message = f"no lookup to '{entity.key}' has the inverse '{section.related}'"
                    span = subject.place(*path, "related")
                    yield from subject.unknown(
                        "CFG305", message, span, (section.related,), inverses, (*path, "related")
                    )
                continue
            source = subject.catalog.entities[inverse.entity]
            for number, each in subject.items(*path, "columns").items():
                yield from field_named(subject, source, each, (*path, "columns", number))


def _may_have_lookup(subject: Subject) -> bool:
    """Whether an entity or field was cut out that might be the one meant."""
    return any(path[:1] == ("entities",) and len(path) <= 4 for path in subject.cut)


def _of_role(subject: Subject, role: str) -> Iterator[Diagnostic]:
    path = ("roles", role)
    for number, each in subject.items(*path, "includes").items():
        yield from role_named(subject, each, (*path, "includes", number))
    for key, grant in subject.tree.entries_at(*path, "grants").items():
        if key == EVERY_ENTITY:
            continue
        yield from entity_named(subject, key, grant.head, (*path, "grants", key))
        entity = subject.catalog.entities.get(key)
        for name, node in grant.entries_at("fields").items() if entity is not None else ():
            assert entity is not None
            if name not in entity.fields:
                yield from _no_field(
                    subject, entity, name, Node(name, node.head), (*path, "grants", key, "fields", name)
                )


def field_named(subject: Subject, entity: Entity, node: Node, path: Path) -> Iterator[Diagnostic]:
    """The name is that of a declared or system field; a sort may begin with `-`."""
    name = str(node.value)
    if path[-2] == "sort":
        name = name.removeprefix("-")
    if name not in entity.every_field:
        yield from _no_field(subject, entity, name, node, path, entity.every_field)


def _declared(subject: Subject, entity: Entity, node: Node, path: Path) -> Iterator[Diagnostic]:
    if node.text not in entity.fields:
        yield from _no_field(subject, entity, str(node.value), node, path)


def _no_field(
    subject: Subject, entity: Entity, name: str, node: Node, path: Path, known: Mapping[str, object] | None = None
) -> Iterator[Diagnostic]:
    message = f"unknown field '{name}' of {entity.key}"
    target = ("entities", entity.key, "fields", name)
    names = entity.fields if known is None else known
    yield from subject.unknown("CFG302", message, node.span, target, names, path)


def entity_named(subject: Subject, name: str, span: Span, path: Path) -> Iterator[Diagnostic]:
    """The name is that of an entity."""
    entities = subject.catalog.entities
    if name not in entities:
        target = ("entities", name)
        yield from subject.unknown("CFG303", f"unknown entity '{name}'", span, target, entities, path)


def role_named(subject: Subject, node: Node, path: Path) -> Iterator[Diagnostic]:
    """The name is that of a role."""
    roles = subject.catalog.roles
    if node.value not in roles:
        name = str(node.value)
        yield from subject.unknown("CFG304", f"unknown role '{name}'", node.span, ("roles", name), roles, path)
