"""Keys of things: their form, and words that the system needs for itself."""

from __future__ import annotations

import re
from collections.abc import Iterable, Iterator

from app.definition.keys import EVERY_ENTITY, KEY_PATTERN, OPTION_KEY_LENGTH, RESERVED_ENTITIES, RESERVED_FIELDS
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject
from app.loading.node import Node, Path
from app.loading.shape import FOLDERS, MapOf, Record, Shape
from app.loading.wording import THINGS, article

KEY = re.compile(KEY_PATTERN)
OPTION = re.compile(r"\S+")
LOOKED_AT = ("entities", "picklists", "roles")  # by name, because options may be any word


def check(subject: Subject) -> Iterator[Diagnostic]:
    """The form of every key, and the reserved ones."""
    for folder in FOLDERS:
        things = subject.tree.entries_at(folder)
        yield from _keys((folder,), things.items())
    for key, entity in subject.tree.entries_at("entities").items():
        if key in RESERVED_ENTITIES:
            yield _reserved(("entities", key), entity)
        yield from _of_entity(("entities", key), entity)
    for key, picklist in subject.tree.entries_at("picklists").items():
        yield from _options(("picklists", key, "options"), picklist.find("options"))
    for inner in ("calendars", "modules", "inbound"):
        yield from _keys(("pack", inner), subject.tree.entries_at("pack", inner).items())
    yield from _keys(("menu", "groups"), subject.tree.entries_at("menu", "groups").items())
    for folder, record in FOLDERS.items():
        for key, thing in subject.tree.entries_at(folder).items() if folder not in LOOKED_AT else ():
            yield from _below(thing, record, (folder, key))


def _below(node: Node, shape: Shape, path: Path) -> Iterator[Diagnostic]:
    """Keys that a thing gives its parts: actions, steps, cards. Those of a map whose keys are names of others are not its."""
    if isinstance(shape, Record):
        for key, place in shape.attributes.items():
            each = node.entries.get(key)
            if each is None:
                continue
            own = isinstance(place.shape, MapOf) and isinstance(place.shape.value, Record)
            if own and not place.attribute.names and not place.attribute.bare and _gives_keys(place.shape):
                yield from _keys((*path, key), each.entries.items())
            yield from _below(each, place.shape, (*path, key))
    elif isinstance(shape, MapOf):
        for key, each in node.entries.items():
            yield from _below(each, shape.value, (*path, key))


def _gives_keys(shape: Shape) -> bool:
    """Whether the things of a map know their key: who is asked for a value of a field stands under that value."""
    return isinstance(shape, MapOf) and isinstance(shape.value, Record) and hasattr(shape.value.of, "key")


def _of_entity(path: Path, entity: Node) -> Iterator[Diagnostic]:
    fields = entity.entries_at("fields")
    yield from _keys((*path, "fields"), fields.items())
    for key, a_field in fields.items():
        if key in RESERVED_FIELDS:
            yield _reserved((*path, "fields", key), a_field)
        yield from _options((*path, "fields", key, "options"), a_field.find("options"))
        for name in ("points", "bands"):
            yield from _keys((*path, "fields", key, name), a_field.entries_at(name).items())
        inverse = a_field.find("inverse")
        if inverse is not None and inverse.text is not None and not KEY.match(inverse.text):
            yield _misformed((*path, "fields", key, "inverse"), inverse.text, Node(None, inverse.span))
    yield from _keys((*path, "keys"), entity.entries_at("keys").items())
    for key, pipeline in entity.entries_at("pipelines").items():
        yield from _keys((*path, "pipelines"), [(key, pipeline)])
        for inner in ("stages", "transitions"):
            yield from _keys((*path, "pipelines", key, inner), pipeline.entries_at(inner).items())
    yield from _of_layout((*path, "layout"), entity.find("layout"))
    for key, variant in entity.entries_at("layout", "variants").items():
        yield from _keys((*path, "layout", "variants"), [(key, variant)])
        yield from _of_layout((*path, "layout", "variants", key), variant)
    for inner in ("rules", "duplicates", "record_team"):
        yield from _keys((*path, inner), entity.entries_at(inner).items())


def _of_layout(path: Path, layout: Node | None) -> Iterator[Diagnostic]:
    for key, tab in layout.entries_at("tabs").items() if layout is not None else ():
        yield from _keys((*path, "tabs"), [(key, tab)])
        yield from _keys((*path, "tabs", key, "sections"), tab.entries_at("sections").items())


def _keys(path: Path, things: Iterable[tuple[str, Node]]) -> Iterator[Diagnostic]:
    for key, node in things:
        if not KEY.fullmatch(key) and key != EVERY_ENTITY and not key.startswith("$"):
            yield _misformed((*path, key), key, node)


def _misformed(path: Path, key: str, node: Node) -> Diagnostic:
    kind = THINGS.get(path[-2], "name")
    snake = re.sub(r"(?<=[a-z0-9])(?=[A-Z])", "_", key.strip()).lower()
    likely = re.sub(r"[^a-z0-9_]+", "_", snake).strip("_")[:40]
    hint = f"write {likely}" if KEY.fullmatch(likely) else "small letters, digits and _, a letter first, at most 40"
    return diagnostic("CFG211", f"'{key[:60]}' can't be the key of {article(kind)}", node.head, path=path, hint=hint)


def _options(path: Path, options: Node | None) -> Iterator[Diagnostic]:
    for key, node in options.entries.items() if options is not None else ():
        if len(key) > OPTION_KEY_LENGTH or not OPTION.fullmatch(key):
            hint = f"one word of at most {OPTION_KEY_LENGTH} characters"
            message = f"'{key[:60]}' can't be the key of an option"
            yield diagnostic("CFG211", message, node.head, path=(*path, key), hint=hint)


def _reserved(path: Path, node: Node) -> Diagnostic:
    hint = f"for example {path[-1]}_1 or a longer word"
    return diagnostic("CFG212", f"'{path[-1]}' is a reserved name", node.head, path=path, hint=hint)
