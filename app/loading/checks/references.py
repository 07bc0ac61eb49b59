"""Names refer to something that exists: every attribute whose metadata says what its names are.

The entity whose fields are meant is the one that the thing itself states (`entity:`), or in whose map or file it stands.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from functools import cache
from types import MappingProxyType

from app.definition import Entity, Field, Option
from app.definition.keys import EVERY_ENTITY
from app.diagnostics import Diagnostic, Span, diagnostic, did_you_mean, nearest
from app.extension import loaded_modules, of_pack
from app.frozen import dataclass
from app.loading.checks.subject import Subject
from app.loading.node import Node, Path
from app.loading.shape import (
    KIND_OF,
    KINDS,
    ListOf,
    MapOf,
    NameOr,
    PlainOr,
    Record,
    Shape,
    places_below,
    shape_of_place,
)

CODES = {"picklist": "CFG301", "entity": "CFG303", "role": "CFG304"}
OTHER_THING = "CFG309"
PLACES: Mapping[str, Path] = MappingProxyType(
    {
        **{kind.name: (kind.place,) for kind in KINDS if kind.is_folder},
        "calendar": ("pack", "calendars"),
        "inbound": ("pack", "inbound"),
        "menu_group": ("menu", "groups"),
    }
)


@dataclass(frozen=True)
class Name:
    """A name as it is written: the text, its place, its path, and the keys of the entities that it is read within:
    the one whose fields it means, and the one at the other side of the `related:` beside it. `words` might be meant as well.
    """

    text: str
    span: Span
    path: Path
    entity: str | None
    related: str | None = None
    words: tuple[str, ...] = ()


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every name of every file."""
    for place in KIND_OF:
        node = subject.tree.find(place)
        if node is None or not node.entries:
            continue
        for name, word in _names(subject, node, shape_of_place(place), (place,), None):
            yield from _CHECKS.get(word, _thing)(subject, name, word)
    yield from _defaults(subject)


def _names(subject: Subject, node: Node, shape: Shape, path: Path, entity: str | None) -> Iterator[tuple[Name, str]]:
    """The names below a node, each with the word for what it names."""
    if isinstance(shape, NameOr | PlainOr):
        shape = shape.map if isinstance(shape, NameOr) else shape.record
    if isinstance(shape, Record):
        yield from _of_record(subject, node, shape, path, entity)
    elif isinstance(shape, MapOf):
        for key, each in node.entries.items():
            within = key if path == ("entities",) else entity
            yield from _names(subject, each, shape.value, (*path, key), within)
    elif isinstance(shape, ListOf) and isinstance(shape.item, Record):
        for number, each in enumerate(node.items):
            yield from _names(subject, each, shape.item, (*path, str(number)), entity)


def _of_record(
    subject: Subject, node: Node, shape: Record, path: Path, entity: str | None
) -> Iterator[tuple[Name, str]]:
    known = shape.attributes
    places = {key: known[key] for key in node.entries if key in known}
    stated = next((node.entries[key].text for key, place in places.items() if place.attribute.names == "entity"), None)
    if stated is not None and shape.of is not Field:
        entity = stated
    inverse = next(
        (node.entries[key].text for key, place in places.items() if place.attribute.names in ("inverse", "related")),
        None,
    )
    related = _other_side(subject, entity, inverse)
    for key, place in places.items():
        each, word, where = node.entries[key], place.attribute.names, (*path, key)
        if word:
            for text, span, inner in _written(each, place.shape, where):
                if text not in place.attribute.words:
                    yield Name(text, span, inner, entity, related, place.attribute.words), word
        if word == "entity" and isinstance(place.shape, MapOf):
            for name, inside in each.entries.items():
                yield from _names(subject, inside, place.shape.value, (*where, name), name)
        elif _may_name(place.shape):
            yield from _names(subject, each, place.shape, where, entity)


@cache
def _may_name(shape: Shape) -> bool:
    """Whether something below a shape may be a name: most of a pack is not."""
    return any(place.attribute.names for _, place in places_below(shape))


def _written(node: Node, shape: Shape, path: Path) -> Iterator[tuple[str, Span, Path]]:
    """The names in a value: a text, the items of a list, the keys of a map."""
    if node.text is not None:
        yield node.text, node.span, path
    for number, each in enumerate(node.items):
        if each.text is not None:
            yield each.text, each.span, (*path, str(number))
    if isinstance(shape, MapOf):
        for key, each in node.entries.items():
            yield key, each.head, (*path, key)


def _other_side(subject: Subject, entity: str | None, inverse: str | None) -> str | None:
    return None if entity is None or inverse is None else subject.catalog.related(entity, inverse)


# One check for each word of the metadata


def _thing(subject: Subject, name: Name, word: str) -> Iterator[Diagnostic]:
    """A thing with a file of its own, or a name that pack.yaml gives."""
    home = PLACES[word]
    known: Iterable[str] = subject.catalog.entities if word == "entity" else subject.tree.entries_at(*home)
    if name.text in known or (word == "entity" and name.text == EVERY_ENTITY):
        return
    message = f"unknown {word} '{name.text}'"
    yield from subject.unknown(CODES.get(word, OTHER_THING), message, name.span, (*home, name.text), known, name.path)


def _field(subject: Subject, name: Name, _word: str) -> Iterator[Diagnostic]:
    entity = _entity(subject, name.entity)
    if entity is not None and name.text not in entity.every_field:
        yield from _no_field(subject, entity, name, entity.every_field)


def _field_or_part(subject: Subject, name: Name, word: str) -> Iterator[Diagnostic]:
    """A field, or the list of the parts of a record by the name under which it shows them."""
    if name.entity is None or name.text not in subject.catalog.parts_of(name.entity):
        yield from _field(subject, name, word)


def _declared(subject: Subject, name: Name, _word: str) -> Iterator[Diagnostic]:
    entity = _entity(subject, name.entity)
    if entity is not None and name.text not in entity.fields:
        yield from _no_field(subject, entity, name, entity.fields)


def _sort(subject: Subject, name: Name, word: str) -> Iterator[Diagnostic]:
    ascending = Name(name.text.removeprefix("-"), name.span, name.path, name.entity)
    yield from _field(subject, ascending, word)


def _related_field(subject: Subject, name: Name, word: str) -> Iterator[Diagnostic]:
    yield from _field(subject, Name(name.text, name.span, name.path, name.related), word)


def _target_field(subject: Subject, name: Name, _word: str) -> Iterator[Diagnostic]:
    """A field of the entity that the field points to under whose key this stands."""
    entity = _entity(subject, name.entity)
    lookup = entity.every_field.get(name.path[-2]) if entity is not None else None
    target = _entity(subject, lookup.target) if lookup is not None else None
    if target is not None and name.text not in target.every_field:
        yield from _no_field(subject, target, name, target.every_field)


def _path(subject: Subject, name: Name, _word: str) -> Iterator[Diagnostic]:
    """Fields through lookups: each part but the last points to one entity, and what follows is a field of that."""
    entity = _entity(subject, name.entity)
    *steps, last = name.text.split(".")
    for step in steps:
        if entity is None:
            return
        a_field = entity.every_field.get(step)
        if a_field is None:
            yield from _no_field(subject, entity, Name(step, name.span, name.path, None), entity.every_field)
            return
        entity = _entity(subject, a_field.target) if a_field.holds == "reference" else None
    if entity is not None and last not in entity.every_field:
        known = [*entity.every_field, *(() if steps else name.words)]
        yield from _no_field(subject, entity, Name(last, name.span, name.path, None), known)


def _inverse(subject: Subject, name: Name, _word: str) -> Iterator[Diagnostic]:
    entity = _entity(subject, name.entity)
    if entity is None or _may_have_lookup(subject):
        return
    inverses = subject.catalog.inverses(entity.key)
    if name.text not in inverses:
        message = f"no lookup to '{entity.key}' has the inverse '{name.text}'"
        known = [*inverses, *name.words]
        yield from subject.unknown("CFG305", message, name.span, (name.text,), known, name.path)


def _related(subject: Subject, name: Name, _word: str) -> Iterator[Diagnostic]:
    """The other side of a lookup, or a lookup."""
    entity = _entity(subject, name.entity)
    if entity is None or _may_have_lookup(subject) or _other_side(subject, entity.key, name.text) is not None:
        return
    lookups = [key for key, a_field in entity.every_field.items() if a_field.holds == "reference"]
    known = [*subject.catalog.inverses(entity.key), *lookups]
    message = f"'{name.text}' is neither a lookup of {entity.key} nor the other side of one"
    yield from subject.unknown("CFG305", message, name.span, (name.text,), known, name.path)


def _measure(subject: Subject, name: Name, _word: str) -> Iterator[Diagnostic]:
    """A measure of the report that it stands in, or that is named beside it."""
    beside = subject.tree.find(*name.path[:-1], "report")
    report = name.path[1] if name.path[0] == "reports" else (beside.text if beside is not None else None)
    if report is None or not subject.has("reports", report):
        return
    home = ("reports", report, "measures")
    known = subject.tree.entries_at(*home)
    if name.text not in known:
        message = f"the report '{report}' has no measure '{name.text}'"
        yield from subject.unknown(OTHER_THING, message, name.span, (*home, name.text), known, name.path)


def _column(subject: Subject, name: Name, _word: str) -> Iterator[Diagnostic]:
    """A column of a board: an option of the picklist or a stage of the field that it is `by`."""
    entity = _entity(subject, name.entity)
    by = subject.tree.find(*name.path[:-2], "by")
    a_field = entity.fields.get(by.text or "") if entity is not None and by is not None else None
    if entity is None or a_field is None or a_field.holds != "option":
        return
    known = subject.catalog.choices(entity.key, a_field.key)
    if subject.catalog.knows_choices(entity.key, a_field.key) and name.text not in known:
        code, what = ("CFG310", "stage") if a_field.type == "stage" else ("CFG306", "option")
        message = f"the board is by '{a_field.key}', which has no {what} '{name.text}'"
        yield from subject.unknown(code, message, name.span, ("entities", entity.key, name.text), known, name.path)


def _file(_subject: Subject, _name: Name, _word: str) -> Iterator[Diagnostic]:
    """Files are looked for when they are read."""
    return iter(())


def _stage(subject: Subject, name: Name, _word: str) -> Iterator[Diagnostic]:
    entity = _entity(subject, name.entity)
    if entity is None:
        return
    stages = {key: line.key for line in entity.pipelines.values() for key in line.stages}
    if name.text not in stages:
        home = ("entities", entity.key, "pipelines")
        message = f"no pipeline of {entity.key} has the stage '{name.text}'"
        yield from subject.unknown("CFG310", message, name.span, (*home, name.text), stages, name.path)


def _said_elsewhere(_subject: Subject, _name: Name, _word: str) -> Iterator[Diagnostic]:
    """Names whose meaning depends on more than the entity have a check of their own."""
    yield from ()


def _registered(subject: Subject, name: Name, word: str) -> Iterator[Diagnostic]:
    """A format or action that an extension of the pack registered."""
    found = of_pack(subject.catalog.pack)
    known: Iterable[str] = found.formats if word == "format" else found.actions
    if name.text not in known and not _may_be_registered(subject):
        message = f"no extension of the pack has registered the {word} '{name.text}'"
        hint = did_you_mean(nearest(name.text, known)) or "name its module under `extensions:` of pack.yaml"
        yield diagnostic(OTHER_THING, message, name.span, path=name.path, hint=hint)


def _may_be_registered(subject: Subject) -> bool:
    """Whether an extension is not loaded here, which is told by itself, and might have it."""
    loaded = loaded_modules()
    return any(name not in loaded for name in subject.catalog.pack.extensions)


_CHECKS: Mapping[str, Callable[[Subject, Name, str], Iterator[Diagnostic]]] = {
    "field": _field,
    "field_or_part": _field_or_part,
    "declared": _declared,
    "sort": _sort,
    "related_field": _related_field,
    "target_field": _target_field,
    "path": _path,
    "inverse": _inverse,
    "related": _related,
    "stage": _stage,
    "measure": _measure,
    "column": _column,
    "file": _file,
    "image": _file,
    "format": _registered,
    "action": _registered,
    "option": _said_elsewhere,
    "parent_option": _said_elsewhere,
}
WORDS = frozenset({*_CHECKS, *PLACES})


def _defaults(subject: Subject) -> Iterator[Diagnostic]:
    """The default of a picklist is one of its options."""
    for entity, a_field in subject.fields():
        path = ("entities", entity.key, "fields", a_field.key)
        default = subject.tree.find(*path, "default")
        if default is None or default.text is None or a_field.type != "picklist":
            continue
        shared = a_field.options if isinstance(a_field.options, str) else None
        home = ("picklists", shared, "options") if shared is not None else (*path, "options")
        options = _options(subject, a_field)
        if options is not None and default.text not in options:
            message = f"unknown option '{default.text}'"
            target = (*home, default.text)
            yield from subject.unknown("CFG306", message, default.span, target, options, (*path, "default"))


def _options(subject: Subject, a_field: Field) -> Mapping[str, Option] | None:
    if not isinstance(a_field.options, str):
        return a_field.options
    shared = subject.catalog.picklists.get(a_field.options)
    return shared.options if shared is not None else None


def _entity(subject: Subject, key: str | None) -> Entity | None:
    return subject.catalog.entities.get(key) if key is not None else None


def _may_have_lookup(subject: Subject) -> bool:
    """Whether an entity or field was cut out that might be the one meant."""
    return any(path[:1] == ("entities",) and len(path) <= 4 for path in subject.cut)


def _no_field(subject: Subject, entity: Entity, name: Name, known: Iterable[str]) -> Iterator[Diagnostic]:
    message = f"unknown field '{name.text}' of {entity.key}"
    target = ("entities", entity.key, "fields", name.text)
    yield from subject.unknown("CFG302", message, name.span, target, known, name.path)
