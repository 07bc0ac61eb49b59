"""The form in which a filter is built: from what was posted to a filter, and from a filter to what is shown.

Each part has a name, `c` for the whole and `c.2.1` for a part of a part; what it says stands under that name with a word
behind. The server draws the form anew whenever its shape changes, so that it works without scripts, too.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from operator import itemgetter
from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict

from app.frozen import dataclass
from app.insight.criteria import (
    ASKS,
    DEEPEST,
    MOST_PARTS,
    OPERATORS_OF,
    UNITS,
    Comparison,
    Group,
    Join,
    Known,
    Part,
    Related,
    Written,
    kind_of,
)
from app.web.pages.criteria_words import POINTING, CriteriaWords, Names
from app.web.pages.inputs import Input
from app.web.pages.listed import read as read_list

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

ROOT = "c"
RELATED = "@"
JOINS: Mapping[str, tuple[Join, bool]] = {
    "all": ("and", False), "any": ("or", False), "none": ("or", True), "not_all": ("and", True),
}  # fmt: skip
LONGEST_VALUE = 200
MOST_VALUES = 50
Posted = MultiDict[str, str]
Fields = tuple[tuple[str, tuple[tuple[str, str], ...]], ...]
_HOPS_LEFT_OUT = frozenset({"created_by", "updated_by", "deleted_by"})


@dataclass(frozen=True, kw_only=True)
class Shown:
    """One part as it is drawn; which of these are filled follows from `kind`: row, group, related or text."""

    name: str
    kind: str
    label: str = ""
    fields: Fields = ()
    field: str = ""
    operators: tuple[tuple[str, str], ...] = ()
    operator: str = ""
    ask: str = ""
    options: tuple[tuple[str, str, bool], ...] = ()
    units: tuple[tuple[str, str], ...] = ()
    values: tuple[str, ...] = ()
    html_type: str = "text"
    lookup: Input | None = None
    join: str = "all"
    some: bool = True
    inverse: str = ""
    text: str = ""
    parts: tuple[Shown, ...] = ()
    may_nest: bool = True


# From what was posted


def read_form(known: Known, entity: str, form: Posted) -> Group:
    """The filter that a form says. Of what does not fit its field nothing is kept."""
    children: dict[str, set[int]] = {}
    for name in list(form)[: MOST_PARTS * 10]:
        parts = name.split(".")
        for end in range(2, len(parts) + 1):
            if parts[0] == ROOT and parts[end - 1].isascii() and parts[end - 1].isdigit() and len(parts[end - 1]) < 4:
                children.setdefault(".".join(parts[: end - 1]), set()).add(int(parts[end - 1]))
    found = _read_part(_Reading(known, form, children), entity, ROOT, 0)
    return found if isinstance(found, Group) else Group()


@dataclass(frozen=True)
class _Reading:
    known: Known
    form: Posted
    children: Mapping[str, set[int]]


def _read_part(reading: _Reading, entity: str, name: str, depth: int) -> Part | None:
    form, known = reading.form, reading.known
    if f"{name}.text" in form:
        return Written(form[f"{name}.text"].strip())
    inverse = form.get(f"{name}.related", "")
    if inverse:
        child = known.related(entity).get(inverse)
        if child is None:
            return None
        return Related(inverse, form.get(f"{name}.some") != "none", _read_group(reading, child, name, depth))
    if f"{name}.field" in form:
        return _read_row(known, form, entity, name)
    return _read_group(reading, entity, name, depth)


def _read_group(reading: _Reading, entity: str, name: str, depth: int) -> Group:
    join, negated = JOINS.get(reading.form.get(f"{name}.join", ""), JOINS["all"])
    numbers = sorted(reading.children.get(name, ()))[:MOST_PARTS] if depth < DEEPEST else []
    found = (_read_part(reading, entity, f"{name}.{number}", depth + 1) for number in numbers)
    return Group(tuple(each for each in found if each is not None), join, negated)


def _read_row(known: Known, form: Posted, entity: str, name: str) -> Part | None:
    chosen, was = form.get(f"{name}.field", ""), form.get(f"{name}.was", "")
    if chosen.startswith(RELATED):
        inverse = chosen.removeprefix(RELATED)
        return Related(inverse, True, Group((Comparison(),))) if inverse in known.related(entity) else None
    path = tuple(chosen.split(".")) if chosen else ()
    kind = known.kind(entity, path) if path else None
    if kind is None:
        return Comparison()
    operator = form.get(f"{name}.op", "")
    if operator not in OPERATORS_OF[kind] or (chosen != was and was):
        operator = OPERATORS_OF[kind][0]
    values = () if chosen != was and was else tuple(_posted_values(form, name, kind, operator))
    return Comparison(path, operator, values)


def _posted_values(form: Posted, name: str, kind: str, operator: str) -> list[str]:
    texts = [each.replace("\0", "").strip()[:LONGEST_VALUE] for each in form.getlist(f"{name}.v")[:MOST_VALUES]]
    ask = ASKS.get(operator)
    if ask == "span":
        unit = form.get(f"{name}.unit", "")
        count = texts[0] if texts and re.fullmatch(r"\d{1,4}", texts[0], re.ASCII) else ""
        return [count, unit if unit in UNITS else "months"]
    if ask == "many" and (kind in POINTING or kind == "tags"):
        found = read_list(form.get(f"{name}.v", "")) or []
        return [str(each)[:LONGEST_VALUE] for each in found][:MOST_VALUES] if isinstance(found, list) else []
    return [each for each in texts if each] if ask == "many" else texts[: {"one": 1, "two": 2}.get(ask or "", 0)]


def changed(group: Group, act: str) -> Group:
    """The filter after a button: `add:c.2`, `group:c`, `drop:c.1`."""
    what, _, name = act.partition(":")
    way = [int(each) for each in name.split(".")[1:] if each.isascii() and each.isdigit() and len(each) < 4]
    match what:
        case "drop" if way:
            return _at(group, way[:-1], lambda parts: [*parts[: way[-1] - 1], *parts[way[-1] :]])
        case "add":
            return _at(group, way, lambda parts: [*parts, Comparison()])
        case "group" if len(way) < DEEPEST - 1:
            return _at(group, way, lambda parts: [*parts, Group((Comparison(),), "or")])
    return group


def _at(group: Group, way: Sequence[int], change: Callable[[Sequence[Part]], Sequence[Part]]) -> Group:
    """The group with the parts changed of the one that the way leads to."""
    if not way:
        return replace(group, parts=tuple(change(group.parts)))
    parts = list(group.parts)
    index = way[0] - 1
    if 0 <= index < len(parts):
        part = parts[index]
        if isinstance(part, Group):
            parts[index] = _at(part, way[1:], change)
        elif isinstance(part, Related):
            parts[index] = replace(part, group=_at(part.group, way[1:], change))
    return replace(group, parts=tuple(parts))


# To what is shown


@dataclass(frozen=True)
class FormMaker:
    """Makes the parts of the form. `names` holds the names behind ids."""

    view: EntityDesk
    known: Known
    words: CriteriaWords
    names: Names

    def make(self, entity: str, group: Group) -> Shown:
        """The whole form; with one empty row where nothing is asked yet."""
        whole = group if group.parts else Group((Comparison(),))
        return self._group(_Place(entity, self._fields(entity, within=False)), whole, ROOT, 0)

    def _group(self, place: _Place, group: Group, name: str, depth: int) -> Shown:
        join = next(key for key, each in JOINS.items() if each == (group.join, group.negated))
        parts = [self._part(place, each, f"{name}.{number}", depth + 1) for number, each in enumerate(group.parts, 1)]
        return Shown(name=name, kind="group", join=join, parts=tuple(parts), may_nest=depth < DEEPEST - 2)

    def _part(self, place: _Place, part: Part, name: str, depth: int) -> Shown:
        if isinstance(part, Comparison):
            return self._row(place, part, name)
        if isinstance(part, Written):
            return Shown(name=name, kind="text", text=part.text)
        if isinstance(part, Group):
            return self._group(place, part, name, depth)
        child = self.known.related(place.entity)[part.inverse]
        inside = self._group(_Place(child, self._fields(child, within=True)), part.group, name, depth)
        label = self.words.related(place.entity, part.inverse)
        return replace(inside, kind="related", label=label, some=part.some, inverse=part.inverse)

    def _row(self, place: _Place, test: Comparison, name: str) -> Shown:
        fields, kind = place.fields, self.known.kind(place.entity, test.path) if test.path else None
        if kind is None:
            return Shown(name=name, kind="row", fields=fields)
        chosen, label = ".".join(test.path), self.words.label(place.entity, test.path)
        if all(chosen != key for _, several in fields for key, _ in several):
            fields = (("", ((chosen, label),)), *fields)
        operator = test.operator or OPERATORS_OF[kind][0]
        html_type = {"day": "date", "moment": "date", "number": "number"}.get(kind, "text")
        shown = Shown(
            name=name, kind="row", fields=fields, field=chosen, label=label, operator=operator, ask=ASKS.get(operator, ""),
            operators=tuple((each, self.words.operator(kind, each)) for each in OPERATORS_OF[kind]),
            html_type=html_type, values=(*test.values, "", "")[:2],
        )  # fmt: skip
        return self._with_choices(place.entity, test, kind, shown)

    def _with_choices(self, entity: str, test: Comparison, kind: str, shown: Shown) -> Shown:
        """The row with what can be chosen in it."""
        if shown.ask == "span":
            units = tuple((each, self.view.t(f"filter.unit.{each}")) for each in UNITS)
            return replace(shown, units=units, values=(shown.values[0], shown.values[1] or "months"))
        if shown.ask != "many":
            return shown
        if kind in {"choice", "choices"}:
            options = self.words.options(entity, test.path)
            return replace(shown, options=tuple((key, label, key in test.values) for key, label in options))
        place = self.known.field(entity, test.path)
        assert place is not None
        free = kind == "tags"
        names = {value: self.words.value(entity, test, value, self.names) for value in test.values}
        source = f"/{place[0]}/tags?field={place[1].key}" if free else f"/{place[1].targets[0]}/lookup"
        lookup = Input(
            name=f"{shown.name}.v", id=f"{shown.name}.v", label=shown.label, kind="many", source=source, free=free,
            value=json.dumps(list(test.values), ensure_ascii=False) if test.values else "",
            shown=json.dumps(names, ensure_ascii=False), placeholder=self.view.t("common.choose"),
        )  # fmt: skip
        return replace(shown, lookup=lookup)

    def _fields(self, entity: str, *, within: bool) -> Fields:
        """What can be chosen, by group: own fields, those behind each lookup, and, but within them, related lists."""
        groups = [(self.view.singular(entity), tuple(self._offered(entity, entity, ())))]
        for field in self.known.fields(entity):
            if field.target is None or field.key in _HOPS_LEFT_OUT or not self.view.may("read", field.target):
                continue
            if field.holds == "reference" and (behind := tuple(self._offered(entity, field.target, (field.key,)))):
                groups.append((self.view.label(entity, field.key), behind))
        lists = {} if within else self.known.related(entity)
        related = [
            (RELATED + name, self.words.related(entity, name))
            for name, child in lists.items()
            if self.view.may("read", child)
        ]
        if related:
            groups.append((self.view.t("filter.related"), tuple(sorted(related, key=itemgetter(1)))))
        return tuple(groups)

    def _offered(self, entity: str, target: str, before: tuple[str, ...]) -> Iterator[tuple[str, str]]:
        for field in self.known.fields(target):
            kind = kind_of(self.known.catalog, target, field)
            if kind is None or (before and kind == "presence"):
                continue
            ways = [(*before, field.key), *([(*before, field.key, "category")] if field.type == "stage" else [])]
            yield from ((".".join(way), self.words.label(entity, way)) for way in ways)


@dataclass(frozen=True)
class _Place:
    """Of which records a part is, and what can be asked of them."""

    entity: str
    fields: Fields
