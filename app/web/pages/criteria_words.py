"""Filters in words: what their fields are called, what can be chosen, and what a chip says."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING

from app.frozen import dataclass
from app.insight.criteria import ASKS, Comparison, Group, Known, Part, Related, Written

if TYPE_CHECKING:
    from app.web.pages.base import Desk

Names = Mapping[tuple[str, int], str]
LONGEST_CHIP = 90
POINTING = frozenset({"person", "record", "place", "records"})
_DAYS = frozenset({"day", "moment"})
_OF_DAYS = frozenset({"is", "at_least", "at_most"})


@dataclass(frozen=True)
class Chip:
    """A condition above a list: what it is about, what it says, the list without it."""

    label: str
    said: str
    without: str = ""

    @property
    def whole(self) -> str:
        return f"{self.label} {self.said}".strip()


@dataclass(frozen=True)
class CriteriaWords:
    """Words for the filters that one person may build."""

    view: Desk
    known: Known

    def label(self, entity: str, path: tuple[str, ...]) -> str:
        """What people call the end of a path: `Owner › Department`."""
        found: list[str] = []
        here = entity
        for number, key in enumerate(path):
            place = self.known.field(here, (key,))
            if place is None:
                return ".".join(path)
            name = self.view.label(here, key)
            if place[1].type == "stage" and number == len(path) - 2:
                word = "filter.outcome" if path[-1] == "category" else f"filter.{path[-1]}"
                return " › ".join([*found, self.view.t(word, what=name)])
            found.append(name)
            here = place[1].target or here
        return " › ".join(found)

    def related(self, entity: str, inverse: str) -> str:
        """What a related list is called; with its lookup, where several lead here from the same entity."""
        found = self.view.catalog.inverses(entity)[inverse]
        several = sum(each.entity == found.entity for each in self.view.catalog.inverses(entity).values()) > 1
        own = found.field == entity or not several
        return self.view.plural(found.entity) + ("" if own else f" ({self.view.label(found.entity, found.field)})")

    def operator(self, kind: str, operator: str) -> str:
        """What a comparison is called in the list of them."""
        way = "day." if kind in _DAYS and operator in _OF_DAYS else ""
        return self.view.t(f"filter.op.{way}{operator}")

    def options(self, entity: str, path: tuple[str, ...]) -> list[tuple[str, str]]:
        """What can be chosen of a field with options."""
        place = self.known.field(entity, path)
        if place is None:
            return []
        here, field = place
        choices = self.known.catalog.choices(here, field.key)
        if field.type == "stage" and path[-1] == "category":
            wanted = ("open", "won", "lost")
            return [(key, self.view.t(f"filter.category.{key}")) for key in wanted]
        return [(key, each.label.in_language(self.view.language) or key) for key, each in choices.items()]

    def chips(self, entity: str, group: Group, names: Names) -> Iterator[tuple[Part, Chip]]:
        """Each part of a filter of which all must hold; the whole, where it is joined in another way."""
        plain = group.join == "and" and not group.negated
        if not plain:
            yield group, Chip("", self._group(entity, group, names))
            return
        for part in group.parts:
            yield part, self._chip(entity, part, names)

    def whole(self, entity: str, group: Group, names: Names) -> str:
        """The filter in one sentence; "" where it has no words but those of its text."""
        return self._group(entity, group, names) if _has_words(group) else ""

    def _chip(self, entity: str, part: Part, names: Names) -> Chip:
        if isinstance(part, Comparison):
            return Chip(self.label(entity, part.path), self._said(entity, part, names))
        if isinstance(part, Related):
            inside = self._group(self.known.related(entity)[part.inverse], part.group, names)
            bare = "filter.said_any" if part.some else "filter.said_no"
            word = "filter.said_some" if part.some else "filter.said_none"
            said = self.view.t(word, what=inside) if inside else self.view.t(bare)
            return Chip(self.related(entity, part.inverse), said)
        if isinstance(part, Written):
            return Chip("", part.text)
        inside = self._group(entity, part, names)
        return Chip(
            "", self.view.t("filter.inside", what=inside) if len(part.parts) > 1 and not part.negated else inside
        )

    def _group(self, entity: str, group: Group, names: Names) -> str:
        parts = [self._chip(entity, each, names).whole for each in group.parts]
        found = self.view.t(f"filter.{group.join}").join(filter(None, parts))
        return self.view.t("filter.not", what=found) if group.negated else found

    def _said(self, entity: str, test: Comparison, names: Names) -> str:
        values = [self.value(entity, test, value, names) for value in test.values]
        ask = ASKS.get(test.operator)
        if ask == "span":
            params = {"v": values[0], "w": self.view.t(f"filter.unit.{test.values[1]}")}
        elif ask == "many":
            more = self.view.t("list.said_more", first=values[0], count=len(values) - 1) if len(values) > 3 else ""
            params = {"v": more or ", ".join(values)}
        else:
            params = dict(zip("vw", values, strict=False))
        return self.view.t(f"filter.said.{test.operator}", **params)

    def value(self, entity: str, test: Comparison, value: str, names: Names) -> str:
        """A value as people read it: the label of an option, the name of a record."""
        kind, place = self.known.kind(entity, test.path), self.known.field(entity, test.path)
        if kind in {"choice", "choices"}:
            return dict(self.options(entity, test.path)).get(value, value)
        if kind in POINTING and place is not None and _is_id(value):
            return names.get((place[1].targets[0], int(value)), self.view.t("cell.restricted"))
        if kind == "number" and _is_id(value.removeprefix("-")):
            return f"{int(value):,}"
        return value


def _has_words(part: Part) -> bool:
    """Whether any part of a filter is more than its text."""
    return any(map(_has_words, part.parts)) if isinstance(part, Group) else not isinstance(part, Written)


def _is_id(text: str) -> bool:
    """Whether a text is a number of at most 18 digits: as many as an id has, and what `int` surely reads."""
    return text.isascii() and text.isdigit() and len(text) < 19


def ids_of(known: Known, entity: str, part: Part) -> Iterator[tuple[str, int]]:
    """The records that a filter names, whose names its words need."""
    if isinstance(part, Group):
        for each in part.parts:
            yield from ids_of(known, entity, each)
    elif isinstance(part, Related):
        yield from ids_of(known, known.related(entity)[part.inverse], part.group)
    elif isinstance(part, Comparison) and known.kind(entity, part.path) in POINTING:
        place = known.field(entity, part.path)
        for value in part.values if place else ():
            if _is_id(value):
                yield place[1].targets[0], int(value)  # type: ignore[index]
