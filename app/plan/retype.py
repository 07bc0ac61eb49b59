"""Fields whose values must be kept in another place than before, because they become values of another kind.

The new place gets a physical name of its own, so that the old program keeps its column until it is replaced. The old one
stays under a tombstone.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import partial
from typing import Any

from app.definition import Catalog, Field
from app.definition.field_types import TEXT_TYPES
from app.frozen import dataclass
from app.orm.many import OWN_PREFIX
from app.orm.names import many_table_name
from app.orm.sealed import UNREADABLE
from app.plan.pair import Pair
from app.record.convert import Convert, Side, find_conversion
from app.record.values import bad

_WIDER_TEXTS = frozenset({"text", "long_text"})
ONE_COLUMN = frozenset("text integer decimal boolean date datetime time duration option".split())
"""What one column holds all of, which points to no other record."""


@dataclass(frozen=True)
class Retype:
    """A field that changes its kind. `convert` is None where the values are worked out instead."""

    entity: str
    was: Field
    now: Field
    convert: Convert | None

    @property
    def key(self) -> str:
        """How the field is called in the map of names."""
        return f"{self.entity}.{self.now.key}"


def changes_kind(was: Field, now: Field) -> bool:
    """Whether the values that are stored can't stay where and as they are."""
    if was.many != now.many or was.encrypted != now.encrypted:
        return True
    if was.type != now.type:
        return not (was.type in TEXT_TYPES and now.type in _WIDER_TEXTS)
    if was.targets != now.targets:
        return not (len(was.targets) > 1 and set(was.targets) <= set(now.targets))
    return was.holds == "decimal" and was.decimals != now.decimals


def find_retype(pair: Pair, entity: str, was: Field, now: Field) -> Retype | None:
    """How a field changes its kind; None where that can't be done, or where it does not."""
    if not changes_kind(was, now) or "stage" in {was.type, now.type} or now.type == "sequence":
        return None
    if now.is_computed and was.is_computed:
        return Retype(entity, was, now, None)
    sides = Side(pair.before, pair.before.entities[entity], was), Side(pair.after, pair.after.entities[entity], now)
    convert = find_conversion(*sides)
    if convert is not None and was.encrypted:
        convert = partial(_opened, convert)
    return Retype(entity, was, now, convert) if convert is not None else None


def _opened(convert: Convert, value: Any) -> Any:
    """A value that does not open is none that could be converted."""
    return bad("field.type") if value == UNREADABLE else convert(value)


def retypes(pair: Pair) -> Iterator[Retype]:
    """The fields of both catalogs that change their kind, and can."""
    for key, entity in pair.after.entities.items():
        before = pair.before.entities[key].fields if key in pair.before.entities else {}
        for name, now in entity.fields.items():
            found = find_retype(pair, key, before[name], now) if name in before else None
            if found is not None:
                yield found


@dataclass(frozen=True)
class LinkRetype:
    """An own field of links that changes its kind."""

    entity: str
    field: str
    own: str
    convert: Convert


def find_link_retype(pair: Pair, entity: str, was: Field, now: Field, own: str) -> LinkRetype | None:
    """As `find_retype`, of an own field of links that stay links."""
    old, new = was.own_fields[own], now.own_fields[own]
    if not changes_kind(old, new):
        return None
    sides = Side(pair.before, pair.before.entities[entity], old), Side(pair.after, pair.after.entities[entity], new)
    convert = find_conversion(*sides)
    return LinkRetype(entity, now.key, own, convert) if convert is not None else None


def link_retypes(pair: Pair) -> Iterator[LinkRetype]:
    """The own fields of links in both catalogs that change their kind, and can."""
    for key, entity in pair.after.entities.items():
        before = pair.before.entities[key].fields if key in pair.before.entities else {}
        for name, now in entity.fields.items():
            was = before.get(name)
            if was is None or not now.link_fields or changes_kind(was, now):
                continue
            found = (find_link_retype(pair, key, was, now, own) for own in now.link_fields if own in was.link_fields)
            yield from (each for each in found if each is not None)


def names_after(before: Catalog, after: Catalog, names: Mapping[str, str], revision: int) -> dict[str, str]:
    """The map of physical names for `after`, which becomes this revision: fields that change their kind have new ones."""
    found = dict(names)
    for each in retypes(Pair(before, after)):
        taken = {name for key, name in found.items() if key.startswith(f"{each.entity}.")}
        found[each.key] = _free_name(each, found[each.entity], revision, taken)
    for link in link_retypes(Pair(before, after)):
        place = f"{link.entity}.{link.field}."
        taken = {name for key, name in found.items() if key.startswith(place)}
        free = (f"{OWN_PREFIX}{link.own}__r{number}" for number in range(revision, revision + len(taken) + 1))
        found[place + link.own] = next(each for each in free if each not in taken)
    return found


def _free_name(retype: Retype, table: str, revision: int, taken: set[str]) -> str:
    for number in range(revision, revision + len(taken) + 1):
        word = f"{retype.now.key}__r{number}"
        name = many_table_name(table, word) if retype.now.is_list else word
        if name not in taken:
            return name
    raise AssertionError("more names than there are can't be taken")
