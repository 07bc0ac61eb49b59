"""Two catalogs beside each other, and how values of the configuration are compared and shown."""

from __future__ import annotations

import dataclasses
from collections.abc import Collection, Iterator, Mapping
from decimal import Decimal
from functools import cache
from types import NoneType
from typing import Any

from app.definition import Catalog, Text
from app.frozen import dataclass
from app.plan.step import Kind, Step

_PLAIN = (str, int, Decimal, NoneType)


@dataclass(frozen=True)
class Pair:
    """The catalog that is applied and the one that shall be."""

    before: Catalog
    after: Catalog
    back: frozenset[str] = frozenset()
    """What of `before` was removed earlier and comes back: `entity`, `entity.field` and `entity.field.own` of links."""

    def step(self, kind: Kind, target: str, *path: str, detail: str = "", **more: Any) -> Step:
        """A step caused by what is written at `path`; for a thing that is gone, by the place above it."""
        return Step(kind=kind, target=target, detail=detail, path=path, origin=self.after.origin(*path), **more)


def is_same(was: Any, now: Any) -> bool:
    """Whether two parts of a catalog say the same: of mappings also in the same order, of texts whatever that of languages."""
    if was is now:
        return True
    if isinstance(was, _PLAIN):
        return bool(was == now)
    if isinstance(was, Mapping) and isinstance(now, Mapping):
        return list(was) == list(now) and all(map(is_same, was.values(), now.values()))
    if type(was) is not type(now):
        return bool(was == now)
    if isinstance(was, Text):
        return bool(was.by_language == now.by_language)
    if isinstance(was, tuple):
        return len(was) == len(now) and all(map(is_same, was, now))
    if dataclasses.is_dataclass(was):
        return all(is_same(getattr(was, name), getattr(now, name)) for name in _attributes(was))
    return bool(was == now)


def _attributes(value: Any) -> tuple[str, ...]:
    """The names of the attributes of a dataclass."""
    kind: Any = type(value)
    return _names_in(kind)


@cache
def _names_in(kind: Any) -> tuple[str, ...]:
    return tuple(each.name for each in dataclasses.fields(kind))


def changed_attributes(was: Any, now: Any, leave_out: Collection[str] = ()) -> Iterator[str]:
    """The names of the attributes in which two dataclasses of one type differ."""
    for name in _attributes(now):
        if name not in leave_out and not is_same(getattr(was, name), getattr(now, name)):
            yield name


def changed_settings(was: Any, now: Any, leave_out: Collection[str] = ()) -> Iterator[tuple[tuple[str, ...], Any, Any]]:
    """Path in YAML, old and new value of what differs in two dataclasses and those within them."""
    for name in changed_attributes(was, now, leave_out):
        old, new = getattr(was, name), getattr(now, name)
        if dataclasses.is_dataclass(new) and not isinstance(new, Text):
            yield from (((yaml_name(name), *path), a, b) for path, a, b in changed_settings(old, new))
        else:
            yield (yaml_name(name),), old, new


def yaml_name(attribute: str) -> str:
    """An attribute as it is written in YAML: `for_` is `for`."""
    return attribute.rstrip("_")


def shown(value: Any) -> str:
    """A value of the configuration in a few words."""
    if value is None or value in ((), {}, Text()):
        return "none"
    if isinstance(value, bool):
        return "yes" if value else "no"
    if isinstance(value, tuple):
        return ", ".join(shown(each) for each in value)
    if dataclasses.is_dataclass(value) and "__str__" not in vars(type(value)):
        said = [each for each in dataclasses.fields(value) if each.name != "key" and _is_said(value, each)]
        return f"({', '.join(f'{yaml_name(each.name)} {shown(getattr(value, each.name))}' for each in said)})"
    if isinstance(value, Mapping):
        return ", ".join(f"{key} {shown(each)}" for key, each in value.items())
    return str(value)


def _is_said(value: Any, a_field: dataclasses.Field[Any]) -> bool:
    return getattr(value, a_field.name) not in (a_field.default, {})


def change_of(was: Any, now: Any) -> str:
    """`old → new`."""
    return f"{shown(was)} → {shown(now)}"


def counted(count: int, noun: str) -> str:
    """`1 row`, `2,113 rows`, `2 entities`."""
    many = f"{noun[:-1]}ies" if noun.endswith("y") and noun[-2] not in "aeiou" else f"{noun}s"
    return f"{count:,} {noun if count == 1 else many}"
