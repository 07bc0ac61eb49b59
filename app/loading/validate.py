"""Holds the merged tree against the schema: each error at its key or value, in plain words.

What is wrong is cut out of the tree, so that the rest can be built and checked, and all problems come in one run.
"""

from __future__ import annotations

from collections.abc import Iterator
from functools import cache
from typing import TYPE_CHECKING, Any

from app.definition import FIELD_TYPES, Field
from app.diagnostics import Diagnostic, Span, diagnostic, did_you_mean, nearest
from app.frozen import dataclass
from app.loading.fits import fits
from app.loading.node import Node, Path, plain
from app.loading.schema import Schema, inlined, schema_of
from app.loading.shape import FILES, KIND_OF, MapOf, NameOr, Plain, Record, Shape, shape_at
from app.loading.wording import ELSEWHERE, kind_of_value, list_of, named, spelled

if TYPE_CHECKING:
    from jsonschema import Draft202012Validator
    from jsonschema.exceptions import ValidationError

MOST_ROUNDS = 10


@dataclass(frozen=True)
class Validated:
    """The tree without what was wrong, the problems, and the paths that were cut out."""

    tree: Node
    problems: tuple[Diagnostic, ...]
    cut: frozenset[Path]


def validated(tree: Node) -> Validated:
    """Holds each file's thing of a merged canonical tree against its schema."""
    problems: list[Diagnostic] = []
    cut: set[Path] = set()
    entries = dict(tree.entries)
    for key, node in tree.entries.items():
        if key in FILES:
            result = _sound(node, key, (key,), problems, cut)
            entries[key] = result if result is not None else Node({}, node.span, node.key)
            continue
        things: dict[str, Node] = {}
        for name, each in node.entries.items():
            sound = _sound(each, KIND_OF[key], (key, name), problems, cut)
            if sound is not None:
                things[name] = sound
        entries[key] = node.with_entries(things)
    return Validated(tree.with_entries(entries), tuple(problems), frozenset(cut))


@cache
def _schema(kind: str, part: str | None = None) -> Schema:
    """The schema of a kind of file, or of a part that it defines. That of an entity leaves its fields to those of their types."""
    schema = schema_of(kind)
    if part is not None:
        return {**schema["$defs"][part], "$defs": schema["$defs"]}
    if kind != "entity":
        return schema
    properties = schema["properties"]
    return {**schema, "properties": {**properties, "fields": {**properties["fields"], "additionalProperties": True}}}


@cache
def _validator(kind: str, part: str | None) -> Draft202012Validator:
    """What says why a value does not fit. Only then is the library loaded: that takes longer than most packs take to fit."""
    from jsonschema import Draft202012Validator

    schema = _schema(kind, part)
    return Draft202012Validator({**inlined(schema, schema["$defs"]), "$defs": schema["$defs"]})


def _things(kind: str, value: Any) -> Iterator[tuple[Path, Any, str | None]]:
    """What is held against a schema, with its path: the whole, and each field of an entity with the name of its part."""
    yield (), value, None
    fields = value.get("fields") if kind == "entity" and isinstance(value, dict) else None
    for key, each in fields.items() if isinstance(fields, dict) else ():
        type_name = each.get("type") if isinstance(each, dict) else None
        known = isinstance(type_name, str) and type_name in FIELD_TYPES
        yield ("fields", key), each, f"field_{type_name}" if known else "field"


def _errors(kind: str, value: Any) -> Iterator[tuple[Path, ValidationError]]:
    """The errors of a thing, each with the path that its own path is below of."""
    for path, each, part in _things(kind, value):
        schema = _schema(kind, part)
        if not fits(each, schema, schema["$defs"]):
            for error in _validator(kind, part).iter_errors(each):
                yield path, error


def _sound(node: Node, kind: str, path: Path, problems: list[Diagnostic], cut: set[Path]) -> Node | None:
    """The thing without what is wrong in it; None when nothing is left. Errors are reported of the first round only:
    what is wrong after a cut was caused by it.
    """
    for round_ in range(MOST_ROUNDS):
        errors = list(_errors(kind, plain(node)))
        if not errors:
            return node
        places: set[Path] = set()
        for above, error in errors:
            for found in _described(error, node, path, above):
                places.add(found.cut)
                if round_ == 0 and found.problem is not None:
                    problems.append(found.problem)
        cut.update((*path, *each) for each in places)
        if () in places:
            return None
        for each in sorted(places, key=_from_the_end):
            node = _without(node, each)
    cut.add(path)
    return None


def _from_the_end(path: Path) -> list[tuple[int, str]]:
    """Orders paths so that the numbers of items in a list stay true while earlier ones are cut."""
    return [(-int(part), "") if part.isdecimal() else (0, part) for part in path]


def _without(node: Node, path: Path) -> Node:
    if isinstance(node.value, list):
        number = int(path[0])
        if number >= len(node.value):
            return node
        items = list(node.value)
        if len(path) == 1:
            del items[number]
        else:
            items[number] = _without(items[number], path[1:])
        return node._replace(value=items)
    entries = dict(node.entries)
    if path[0] in entries:
        if len(path) == 1:
            del entries[path[0]]
        else:
            entries[path[0]] = _without(entries[path[0]], path[1:])
    return node.with_entries(entries)


@dataclass(frozen=True)
class _Found:
    """A problem and the path, below the thing, that has to go. Without a problem it was caused by another one."""

    problem: Diagnostic | None
    cut: Path


@dataclass(frozen=True)
class _Error:
    """An error of the schema: the word of the schema that was broken, what it wants, and the schema that it stands in."""

    word: str
    wanted: Any
    schema: dict[str, Any]
    within: tuple[str, ...]
    instance: Any
    message: str
    where: Path


def _described(error: ValidationError, root: Node, path: Path, above: Path) -> Iterator[_Found]:
    inner = (*above, *(str(part) for part in error.absolute_path))
    node = root.find(*inner) or root
    within = tuple(str(part) for part in error.absolute_schema_path)
    schema = error.schema if isinstance(error.schema, dict) else {}
    where = (*path, *_as_written(root, inner))
    found = _Error(str(error.validator), error.validator_value, schema, within, error.instance, error.message, where)
    yield from _DESCRIBED.get(found.word, _other)(found, node, path, inner)


def _as_written(root: Node, inner: Path) -> Path:
    """The path of what a person wrote: of a short form that was written out, the key before it."""
    node = root.find(*inner)
    while inner:
        above = root.find(*inner[:-1])
        if node is None or above is None or node.key is not None or node.span != above.span:
            break
        node, inner = above, inner[:-1]
    return inner


def _unknown_key(error: _Error, node: Node, path: Path, inner: Path) -> Iterator[_Found]:
    allowed = [key for key in error.schema["properties"] if not key.startswith("$")]
    for key, each in node.entries.items():
        if key in error.schema["properties"]:
            continue
        where = (*path, *inner, key)
        misfit = _misfit(node, key, (*path, *inner))
        if misfit is not None:
            problem = diagnostic("CFG208", misfit, each.head, path=where)
        else:
            hint = did_you_mean(nearest(key, allowed)) or f"here may stand {list_of(sorted(allowed))}"
            problem = diagnostic("CFG201", f"unknown key '{key}'", each.head, path=where, hint=hint)
        yield _Found(problem, (*inner, key))


def _misfit(node: Node, key: str, path: Path) -> str | None:
    """What to say of an attribute of fields that does not fit the type of this one."""
    shape = shape_at(path)
    if not isinstance(shape, Record) or shape.of is not Field or key not in shape.attributes:
        return None
    its_type = node.find("type")
    types = shape.attributes[key].attribute.types
    return f"'{key}' does not fit a field of type {its_type.value if its_type else ''}; it fits {list_of(types)}"


def _missing_key(error: _Error, node: Node, path: Path, inner: Path) -> Iterator[_Found]:
    shape = shape_at((*path, *inner))
    if isinstance(shape, Record) and error.wanted == list(shape.alternatives):
        if error.message.startswith(f"'{error.wanted[0]}'"):  # the schema names each of them
            yield _no_alternative(shape, node, error.where, inner)
        return
    known = error.schema.get("properties", {})
    strange = [key for key in node.entries if key not in known and len(known) > 1]
    for key in error.wanted:
        if key not in node.entries:
            where = (*path, *inner)
            near = nearest(key, strange)
            hint = f"is '{near}' meant to be '{key}'?" if near else None
            yield _Found(diagnostic("CFG202", f"{named(where)} needs '{key}'", node.head, path=where, hint=hint), inner)


def _wrong_kind(error: _Error, node: Node, path: Path, inner: Path) -> Iterator[_Found]:
    expected = error.wanted
    kinds = [expected] if isinstance(expected, str) else [kind for kind in expected if kind != "null"]
    shape = shape_at((*path, *inner))
    hint: str | None
    if isinstance(shape, Plain) and shape.grammar is not None:
        wanted, hint = shape.grammar.what, f"for example {shape.grammar.example}"
    else:
        wanted, hint = spelled(kinds), _hint(kinds, node) or _hint_of_things(shape, node)
    message = f"{named(error.where)} must be {wanted}, not {kind_of_value(node)}"
    problem = diagnostic("CFG203", message, _value_place(node), path=error.where, hint=hint)
    yield _Found(problem, inner)


def _value_place(node: Node) -> Span:
    """A scalar is marked itself; of a map or list the key says more."""
    return node.head if isinstance(node.value, dict | list) else node.span


def _hint(kinds: list[str], node: Node) -> str | None:
    value = node.value
    if isinstance(value, bool | int) or (value is not None and not isinstance(value, str | dict | list)):
        text = str(value).lower() if isinstance(value, bool) else str(value)
        return f'put a text in quotes: "{text}"' if "string" in kinds else None
    if not isinstance(value, str):
        return None
    if "boolean" in kinds:
        return {"yes": "write true", "on": "write true", "no": "write false", "off": "write false"}.get(value.lower())
    if "array" in kinds:
        return f"write a list: [{value[:40]}]"
    if {"integer", "number"} & set(kinds) and value.strip().lstrip("-").replace(".", "", 1).isdecimal():
        return "write the number without quotes"
    return None


def _hint_of_things(shape: Shape | None, node: Node) -> str | None:
    """How a thing with attributes is written, for one who wrote a word or a list."""
    if isinstance(shape, NameOr):
        shape = shape.map
    if isinstance(shape, MapOf) and isinstance(shape.value, Record) and node.items:
        names = [each.text for each in node.items if each.text][:2] or ["name"]
        return f"what has attributes is a map by name: {{{', '.join(f'{name}: {{…}}' for name in names)}, …}}"
    if isinstance(shape, Record) and (node.text is not None or node.items):
        first = next(iter((*shape.required, *shape.alternatives, *shape.attributes)))
        return f"write a map: {{{first}: …}}"
    return None


def _unknown_word(error: _Error, node: Node, path: Path, inner: Path) -> Iterator[_Found]:
    allowed = [str(word).lower() if isinstance(word, bool) else str(word) for word in error.wanted if word is not None]
    where, value = error.where, node.value
    if "propertyNames" in error.within:
        yield from _unknown_name(error, node, path, inner, allowed)
        return
    hint = _nearest_word(value, allowed) if isinstance(value, str) else None
    if _takes_numbers((*path, *inner)):
        allowed.append("a number")
    if isinstance(value, bool) and {"none", "all"} <= set(allowed):
        hint = f"write {'all' if value else 'none'}"
    message = f"{named(where)} is one of {list_of(allowed)}, not {kind_of_value(node)}"
    # Without its type a field is nothing.
    gone = inner[:-1] if inner[-1:] == ("type",) else inner
    yield _Found(diagnostic("CFG204", message, _value_place(node), path=where, hint=hint), gone)


def _nearest_word(value: str, allowed: list[str]) -> str | None:
    """What other systems call a thing by another name comes before what is spelt alike: a number is no user."""
    meant = [word for word in ELSEWHERE.get(value.lower(), ()) if word in allowed]
    return f"write {list_of(meant, 'or')}" if meant else did_you_mean(nearest(value, allowed))


def _takes_numbers(path: Path) -> bool:
    shape = shape_at(path)
    return isinstance(shape, Plain) and int in shape.kinds


def _unknown_name(error: _Error, node: Node, path: Path, inner: Path, allowed: list[str]) -> Iterator[_Found]:
    key = str(error.instance)
    at = node.entries.get(key, node)
    where = (*path, *inner, key)
    shape = shape_at((*path, *inner))
    if isinstance(shape, Record) and shape.alternatives:
        chosen = list(shape.alternatives)[int(error.within[error.within.index("allOf") + 1])]
        if _is_said_once(shape, chosen, key):
            beside = [each for each in allowed if each in shape.attributes and each != chosen]
            hint = f"beside '{chosen}' may stand {list_of(beside)}" if beside else f"'{chosen}' stands alone"
            problem = diagnostic("CFG209", f"'{key}' does not go with '{chosen}'", at.head, path=where, hint=hint)
            yield _Found(problem, (*inner, key))
        return
    hint = did_you_mean(nearest(key, allowed)) or f"here may stand {list_of(allowed)}"
    yield _Found(diagnostic("CFG201", f"unknown key '{key}'", at.head, path=where, hint=hint), (*inner, key))


def _is_said_once(shape: Record, chosen: str, key: str) -> bool:
    """Whether this alternative is the one to complain: of two, the first; an unknown key is complained of elsewhere."""
    if key not in shape.attributes:
        return False
    order = list(shape.alternatives)
    return key not in order or order.index(chosen) < order.index(key)


def _no_alternative(shape: Record, node: Node, where: Path, inner: Path) -> _Found:
    wanted = list(shape.alternatives)
    if any(key not in shape.attributes for key in node.entries):
        return _Found(None, inner)  # the unknown key is told, with those that there are
    message = f"{named(where)} needs one of {list_of(wanted, 'or')}"
    return _Found(diagnostic("CFG202", message, node.head, path=where), inner)


def _out_of_range(error: _Error, node: Node, _path: Path, inner: Path) -> Iterator[_Found]:
    word = "at least" if error.word == "minimum" else "at most"
    message = f"{named(error.where)} must be {word} {error.wanted:,}, not {node.value}"
    yield _Found(diagnostic("CFG205", message, node.span, path=error.where), inner)


def _wrong_form(error: _Error, node: Node, path: Path, inner: Path) -> Iterator[_Found]:
    shape = shape_at((*path, *inner))
    examples = error.schema.get("examples", [])
    hint = f"for example {examples[0]}" if examples else f"the form is {error.wanted}"
    if isinstance(shape, Plain) and shape.grammar is not None:
        message = f"{named(error.where)} must be {shape.grammar.what}, not {kind_of_value(node)}"
        hint = f"write {{email: {node.value}}}" if "@" in str(node.value) and inner[-1:] == ("path",) else hint
    else:
        message = f"{named(error.where)} has the wrong form: {kind_of_value(node)}"
    yield _Found(diagnostic("CFG206", message, node.span, path=error.where, hint=hint), inner)


def _twice(_error: _Error, node: Node, path: Path, inner: Path) -> Iterator[_Found]:
    seen: set[str] = set()
    for number, each in enumerate(node.items):
        name = repr(each.value)
        if name in seen:
            where = (*path, *inner, str(number))
            problem = diagnostic("CFG207", f"'{each.value}' stands twice in the list", each.span, path=where)
            yield _Found(problem, (*inner, str(number)))
        seen.add(name)


def _empty(_error: _Error, node: Node, path: Path, inner: Path) -> Iterator[_Found]:
    where = (*path, *inner)
    yield _Found(diagnostic("CFG417", f"{named(where)} is empty", node.head, path=where), inner[:-1])


def _other(error: _Error, node: Node, path: Path, inner: Path) -> Iterator[_Found]:
    yield _Found(diagnostic("CFG203", error.message[:200], _value_place(node), path=(*path, *inner)), inner)


_DESCRIBED = {
    "additionalProperties": _unknown_key,
    "required": _missing_key,
    "type": _wrong_kind,
    "enum": _unknown_word,
    "minimum": _out_of_range,
    "maximum": _out_of_range,
    "pattern": _wrong_form,
    "uniqueItems": _twice,
    "minItems": _empty,
    "minProperties": _empty,
}
