"""Parsers of fields that hold a list, and of references to one of several entities.

A list is stored as a tuple in its order, None where it is empty: of option keys, of tags, or of `Link`.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping
from typing import Any, NamedTuple

from app.definition import Catalog, Entity, Field
from app.frozen import dataclass
from app.orm.types import AnyId
from app.record.parsers import make_parser
from app.record.values import Bad, Parser, bad, clean_text, read_id

MOST_TAGS = 50
MOST_LINKS = 500
_SHOWN = 60  # characters of a wrong value that a message repeats
_READ_ONLY = frozenset({"id", "entity", "label"})  # of a link as it is read: may be sent back


class Link(NamedTuple):
    """A link to a record: its id (with its entity where that may be one of several), and the values of the link's own fields
    in the order of the text.
    """

    id: int | AnyId
    own: tuple[Any, ...] = ()


@dataclass(frozen=True)
class Posted:
    """A link as it was sent: what is not said of it stays, or begins with its default."""

    id: int | AnyId
    own: Mapping[str, Any]


def make_list_parser(catalog: Catalog, entity: Entity, a_field: Field) -> Parser | None:
    """The parser of a field that holds a list or points to one of several entities; None for any other."""
    makers: dict[str, Callable[[Catalog, Entity, Field], Parser]] = {
        "options": _make_options,
        "tags": _make_tags,
        "references": _make_links,
        "any": _make_any,
    }
    maker = makers.get(a_field.holds)
    return maker(catalog, entity, a_field) if maker else None


def fold(tag: str) -> str:
    """The form in which tags are compared."""
    return tag.casefold()


def _each(raw: object, most: int, parse: Callable[[object], Any]) -> list[Any] | Bad:
    """The values of a list without blanks; the first that is bad."""
    if raw is None or raw == "":
        return []
    if not isinstance(raw, list | tuple):
        return bad("field.type", "list")
    if len(raw) > most:
        return bad("field.length", "many", length=len(raw), limit=most)
    found = []
    for each in raw:
        value = parse(each)
        if isinstance(value, Bad):
            return value
        if value is not None:
            found.append(value)
    return found


def _make_options(catalog: Catalog, entity: Entity, a_field: Field) -> Parser:
    one = make_parser(catalog, entity, a_field)
    most = max(2 * len(catalog.choices(entity.key, a_field.key)), MOST_TAGS)

    def parse(raw: object) -> tuple[str, ...] | Bad | None:
        found = _each(raw, most, one)
        return found if isinstance(found, Bad) else tuple(dict.fromkeys(found)) or None

    return parse


def _make_tags(_catalog: Catalog, _entity: Entity, a_field: Field) -> Parser:
    longest = a_field.length_limit

    def one(raw: object) -> str | Bad | None:
        text = clean_text(raw)
        if isinstance(text, str) and len(text) > longest:
            return bad("field.length", "tag", length=len(text), limit=longest)
        return text

    def parse(raw: object) -> tuple[str, ...] | Bad | None:
        found = _each(raw, 2 * MOST_TAGS, one)
        if isinstance(found, Bad):
            return found
        tags: dict[str, str] = {}
        for tag in found:
            tags.setdefault(fold(tag), tag)
        if len(tags) > MOST_TAGS:
            return bad("field.length", "many", length=len(tags), limit=MOST_TAGS)
        return tuple(tags.values()) or None

    return parse


def _make_links(catalog: Catalog, entity: Entity, a_field: Field) -> Parser:
    own = {key: make_parser(catalog, entity, each) for key, each in a_field.own_fields.items()}
    refer = _make_any(catalog, entity, a_field) if a_field.of_several else _make_one(a_field.targets[0])

    def one(raw: object) -> Posted | Bad | None:
        if not isinstance(raw, dict):
            found = refer(raw)
            return found if isinstance(found, Bad) or found is None else Posted(found, {})
        known = {key: raw[key] for key in ("entity", "id") if key in raw}
        record = refer(known if a_field.of_several and "entity" in raw else raw.get("id"))
        if record is None:
            record = (
                bad("field.type", "any") if a_field.of_several else bad("field.type", "reference", target=a_field.to)
            )
        if isinstance(record, Bad):
            return record
        values: dict[str, Any] = {}
        for key, each in raw.items():
            if key in own:
                value = own[key](each)
                if isinstance(value, Bad):
                    return value
                values[key] = value
            elif key not in _READ_ONLY:
                return bad("field.type", "link", key=str(key)[:_SHOWN])
        return Posted(record, values)

    def parse(raw: object) -> tuple[Posted, ...] | Bad | None:
        found = _each(raw, MOST_LINKS, one)
        if isinstance(found, Bad):
            return found
        links: dict[int | AnyId, Posted] = {}
        for link in found:
            links.setdefault(link.id, link)
        return tuple(links.values()) or None

    return parse


def _make_one(target: str) -> Parser:
    def parse(raw: object) -> int | Bad | None:
        found = read_id(raw)
        return bad(found.code, found.variant, target=target) if isinstance(found, Bad) else found

    return parse


def completed(
    a_field: Field, posted: tuple[Posted, ...] | None, stored: tuple[Link, ...] | None, blanks: Mapping[str, Any]
) -> tuple[Link, ...] | None:
    """The links as they will be: what was not said of a link stays as it is stored, or is blank as a new one's."""
    if posted is None:
        return None
    before = {link.id: link.own for link in stored or ()}
    links = []
    for each in posted:
        known = dict(zip(a_field.link_fields, before[each.id], strict=True)) if each.id in before else dict(blanks)
        links.append(Link(each.id, tuple({**known, **each.own}.values())))
    return tuple(links)


def _make_any(_catalog: Catalog, _entity: Entity, a_field: Field) -> Parser:
    targets = frozenset(a_field.targets)

    def parse(raw: object) -> AnyId | Bad | None:
        if isinstance(raw, AnyId):
            name, given = raw.entity, raw.id  # type: object, object
        elif isinstance(raw, dict):
            if not raw.keys() <= _READ_ONLY:
                return bad("field.type", "any")
            name, given = raw.get("entity"), raw.get("id")
        elif isinstance(raw, str):
            if not raw.strip():
                return None
            name, _, given = raw.strip().partition("/")
        else:
            return None if raw is None else bad("field.type", "any")
        found = read_id(given)
        if not isinstance(name, str) or not isinstance(found, int):
            return bad("field.type", "any")
        if name not in targets:
            return bad("field.option", value=name[:_SHOWN])
        return AnyId(name, found)

    return parse
