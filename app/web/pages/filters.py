"""Quick filters of a list: from the query string to conditions, and to the chips that show them.

A filter stands in the query string as `f.<field>`: several for several options, `me` for oneself, `f.<field>.from` and
`.to` for a range. What does not fit its field is left out, so that an old link still opens the list.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import replace
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from app.access import FieldRights
from app.definition import Catalog, Field
from app.frozen import dataclass
from app.insight import Filter
from app.insight.query import operators_of
from app.web.i18n import text_in
from app.web.pages.formats import Formats
from app.web.pages.inputs import Input, InputMaker, Typed
from app.web.pages.posted import whole_number

PREFIX = "f."
SEVERAL = frozenset({"option", "reference", "any", "options", "references", "tags"})
RANGES = frozenset({"integer", "decimal", "date", "datetime", "time", "duration"})
PRESENCE = frozenset({"rich_text", "location", "json"})  # of which a list knows only whether there is a value
ME = "me"
BLANK = "-"
LONGEST = 100
Arguments = MultiDict[str, str]


@dataclass(frozen=True)
class Condition:
    """What the query string asks of one field: chosen values, or the ends of a range."""

    field: Field
    values: tuple[str, ...] = ()
    start: str = ""
    end: str = ""

    @property
    def active(self) -> bool:
        return bool(self.values or self.start or self.end)


@dataclass(frozen=True, kw_only=True)
class QuickFilter:
    """One chip above a list."""

    name: str
    label: str
    kind: str
    active: bool
    said: str = ""
    options: tuple[tuple[str, str, bool], ...] = ()
    mine: bool = False
    is_mine: bool = False
    lookup: Input | None = None
    html_type: str = "text"
    start: str = ""
    end: str = ""
    without: str = ""


def knows_presence(field: Field) -> bool:
    """Whether a list knows of a field only if it has a value."""
    return field.type in PRESENCE or (field.encrypted and "equals" not in operators_of(field))


def offered(catalog: Catalog, rights: FieldRights, entity: str, wanted: Sequence[str] = ()) -> list[Field]:
    """The fields offered as filters: those `wanted`, else those of the list, that this person may read in clear."""
    found = catalog.entities[entity]
    fields = [found.every_field[key] for key in wanted or found.list.filters if key in rights.clear]
    return [field for field in fields if field.holds != "file"]


def conditions(fields: Sequence[Field], arguments: Arguments) -> list[Condition]:
    """What the query string asks, for each offered field, in their order."""
    return [_condition(field, arguments) for field in fields]


def every_condition(
    catalog: Catalog, rights: FieldRights, entity: str, arguments: Arguments, wanted: Sequence[str] = ()
) -> list[Condition]:
    """As `conditions`, with fields that are not offered but asked for: a "see all" of a related list links there."""
    fields = offered(catalog, rights, entity, wanted)
    known = {field.key for field in fields}
    asked = dict.fromkeys(name.removeprefix(PREFIX).split(".")[0] for name in arguments if name.startswith(PREFIX))
    every = catalog.entities[entity].every_field
    more = [every[key] for key in asked if key not in known and key in rights.clear and every[key].holds != "file"]
    return conditions([*fields, *more], arguments)


def _condition(field: Field, arguments: Arguments) -> Condition:
    name = PREFIX + field.key
    if field.holds in RANGES:
        return Condition(field, (), _clean(arguments.get(f"{name}.from")), _clean(arguments.get(f"{name}.to")))
    values = tuple(value for value in map(_clean, arguments.getlist(name)[:50]) if value)
    return Condition(field, values if field.holds in SEVERAL else values[:1])


def _clean(text: str | None) -> str:
    return (text or "").replace("\0", "").strip()[:LONGEST]


def as_filters(catalog: Catalog, entity: str, asked: Sequence[Condition]) -> Iterator[Filter]:
    """The conditions as the list understands them."""
    for each in asked:
        if each.active:
            yield from _as_filter(catalog, entity, each)


def _as_filter(catalog: Catalog, entity: str, asked: Condition) -> Iterator[Filter]:
    field = asked.field
    if knows_presence(field):
        if asked.values[0] in {"true", "false"}:
            yield Filter(field.key, "is_not_blank" if asked.values[0] == "true" else "is_blank")
    elif field.holds in RANGES:
        if asked.start:
            yield Filter(field.key, "at_least", (_number(field, asked.start),))
        if asked.end:
            yield Filter(field.key, "at_most", (_number(field, asked.end),))
    elif field.holds == "option":
        known = tuple(value for value in asked.values if value in catalog.choices(entity, field.key))
        if known:
            yield Filter(field.key, "in", known)
    elif field.is_list:
        yield from _list(catalog, entity, field, asked.values)
    elif field.holds in {"reference", "any"}:
        yield from _reference(field, asked.values)
    elif field.holds == "boolean":
        if asked.values[0] in {"true", "false"}:
            yield Filter(field.key, "equals", asked.values)
    else:
        yield Filter(field.key, "equals" if field.encrypted else "contains", asked.values)


def _list(catalog: Catalog, entity: str, field: Field, values: tuple[str, ...]) -> Iterator[Filter]:
    """Any of the values is enough."""
    if BLANK in values:
        yield Filter(field.key, "is_blank")
        return
    wanted = values
    if field.holds == "options":
        wanted = tuple(value for value in values if value in catalog.choices(entity, field.key))
    elif field.holds == "references":
        wanted = tuple(value for value in values if pointed_to(field, value) or _is_me(field, value))
    if wanted:
        yield Filter(field.key, "has_any", wanted)


def _is_me(field: Field, value: str) -> bool:
    return value == ME and field.targets == ("user",)


def pointed_to(field: Field, text: str) -> tuple[str, int] | None:
    """The record that a text names: an id, or `account/12` where it may be of several entities."""
    entity, _, record = text.rpartition("/") if field.of_several else ("", "", text)
    number = whole_number(record)
    if number is None or not field.targets:
        return None
    target = entity if field.of_several else field.targets[0]
    return (target, number) if target in field.targets else None


def _reference(field: Field, values: tuple[str, ...]) -> Iterator[Filter]:
    if BLANK in values:
        yield Filter(field.key, "is_blank")
        return
    wanted = tuple(value for value in values if pointed_to(field, value) or _is_me(field, value))
    if len(wanted) == 1:
        yield Filter(field.key, "equals", wanted)
    elif wanted:
        yield Filter(field.key, "in", wanted)


def _number(field: Field, text: str) -> str:
    return text.replace(",", "").replace(" ", "") if field.holds in {"integer", "decimal"} else text


@dataclass(frozen=True)
class ChipMaker:
    """Makes the chips of a list. `names` holds the names behind ids that are asked for; `base` is the list's address."""

    catalog: Catalog
    entity: str
    language: str
    arguments: Arguments
    names: Mapping[tuple[str, int], str]
    base: str
    formats: Formats
    reads: Callable[[str], bool] = bool

    def make(self, asked: Condition) -> QuickFilter:
        """The chip of one field, with what is chosen in it."""
        field, name = asked.field, PREFIX + asked.field.key
        label = field.label.in_language(self.language) or field.key
        chip = QuickFilter(name=name, label=label, kind="text", active=asked.active, without=self.without(name))
        if field.holds in {"option", "options", "boolean"} or knows_presence(field):
            options = tuple((key, text, key in asked.values) for key, text in self._choices(field))
            said = self._list([text for _, text, chosen in options if chosen])
            kind = "options" if field.holds in {"option", "options"} else "yesno"
            return replace(chip, kind=kind, options=options, said=said)
        if field.targets or field.holds == "tags":
            return self._reference(asked, chip)
        if field.holds in RANGES:
            html_type = {"date": "date", "datetime": "date", "time": "time"}.get(field.holds, "text")
            said = self._range(asked)
            return replace(chip, kind="range", html_type=html_type, said=said, start=asked.start, end=asked.end)
        text = asked.values[0] if asked.values else ""
        return replace(chip, said=text, start=text)

    def _choices(self, field: Field) -> list[tuple[str, str]]:
        if field.holds == "boolean":
            return [("true", text_in(self.language, "cell.yes")), ("false", text_in(self.language, "cell.no"))]
        if knows_presence(field):
            return [("true", text_in(self.language, "list.filled")), ("false", text_in(self.language, "list.blank"))]
        choices = self.catalog.choices(self.entity, field.key)
        return [(key, choice.label.in_language(self.language) or key) for key, choice in choices.items()]

    def _reference(self, asked: Condition, chip: QuickFilter) -> QuickFilter:
        """A search for a record, or for a tag."""
        field = asked.field
        others = [value for value in asked.values if value not in {ME, BLANK} and self._shown(field, value)]
        shown = [self._shown(field, value) for value in others]
        words = [text_in(self.language, "list.me")] if ME in asked.values else []
        words += [text_in(self.language, "list.blank")] if BLANK in asked.values else []
        maker = InputMaker(self.catalog, self.entity, self.formats, {}, "filter-", self.reads)
        made = maker.make(field, Typed(others[0], shown[0]) if others else Typed())
        kind = "any" if field.of_several else "lookup"
        lookup = replace(made, name=chip.name, label=chip.label, kind=kind, options=made.kinds, required=False, help="")
        said = self._list([*words, *shown])
        mine = field.targets == ("user",)
        return replace(chip, kind="reference", mine=mine, is_mine=ME in asked.values, lookup=lookup, said=said)

    def _shown(self, field: Field, value: str) -> str:
        """What stands for a value: a tag itself, the name of a record; "" for what is neither."""
        if field.holds == "tags":
            return value
        pointed = pointed_to(field, value)
        return self.names.get(pointed, text_in(self.language, "cell.restricted")) if pointed else ""

    def without(self, name: str) -> str:
        """The address of the list without this filter, on its first page."""
        own = {name, f"{name}.from", f"{name}.to", f"{name}:shown", "cursor"}
        kept = [(key, value) for key, value in self.arguments.items(multi=True) if key not in own and value]
        return f"{self.base}?{urlencode(kept)}" if kept else self.base

    def _list(self, texts: Sequence[str]) -> str:
        if len(texts) <= 2:
            return ", ".join(texts)
        return text_in(self.language, "list.said_more", first=texts[0], count=len(texts) - 1)

    def _range(self, asked: Condition) -> str:
        if asked.start and asked.end:
            return text_in(self.language, "list.said_between", start=asked.start, end=asked.end)
        if asked.start:
            return text_in(self.language, "list.said_from", start=asked.start)
        return text_in(self.language, "list.said_to", end=asked.end) if asked.end else ""


def ids_asked(asked: Sequence[Condition]) -> dict[str, list[int]]:
    """The ids whose names the chips need, by entity."""
    found: dict[str, list[int]] = {}
    for each in asked:
        for entity, record in filter(None, (pointed_to(each.field, value) for value in each.values)):
            found.setdefault(entity, []).append(record)
    return found
