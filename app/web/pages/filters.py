"""Quick filters of a list: from the query string to conditions, and to the chips that show them.

A filter stands in the query string as `f.<field>`: several for several options, `me` for oneself, `f.<field>.from` and
`.to` for a range. What does not fit its field is left out, so that an old link still opens the list.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, replace
from urllib.parse import urlencode

from werkzeug.datastructures import MultiDict

from app.access import FieldRights
from app.definition import Catalog, Field
from app.insight import Filter
from app.web.i18n import text_in
from app.web.pages.inputs import Input
from app.web.pages.posted import whole_number
from app.web.pages.words import sentence_case

PREFIX = "f."
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


def offered(catalog: Catalog, rights: FieldRights, entity: str) -> list[Field]:
    """The fields offered as filters: those of the list that this person may read in clear."""
    found = catalog.entities[entity]
    return [found.every_field[key] for key in found.list.filters if key in rights.clear]


def conditions(fields: Sequence[Field], arguments: Arguments) -> list[Condition]:
    """What the query string asks, for each offered field, in their order."""
    return [_condition(field, arguments) for field in fields]


def every_condition(catalog: Catalog, rights: FieldRights, entity: str, arguments: Arguments) -> list[Condition]:
    """As `conditions`, with fields that are not offered but asked for: a "see all" of a related list links there."""
    fields = offered(catalog, rights, entity)
    known = {field.key for field in fields}
    asked = dict.fromkeys(name.removeprefix(PREFIX).split(".")[0] for name in arguments if name.startswith(PREFIX))
    every = catalog.entities[entity].every_field
    more = [every[key] for key in asked if key not in known and key in rights.clear]
    return conditions([*fields, *more], arguments)


def _condition(field: Field, arguments: Arguments) -> Condition:
    name = PREFIX + field.key
    if field.holds in RANGES:
        return Condition(field, (), _clean(arguments.get(f"{name}.from")), _clean(arguments.get(f"{name}.to")))
    values = tuple(value for value in map(_clean, arguments.getlist(name)[:50]) if value)
    return Condition(field, values if field.holds in {"option", "reference"} else values[:1])


def _clean(text: str | None) -> str:
    return (text or "").replace("\0", "").strip()[:LONGEST]


def as_filters(catalog: Catalog, entity: str, asked: Sequence[Condition]) -> Iterator[Filter]:
    """The conditions as the list understands them."""
    for each in asked:
        if each.active:
            yield from _as_filter(catalog, entity, each)


def _as_filter(catalog: Catalog, entity: str, asked: Condition) -> Iterator[Filter]:
    field = asked.field
    if field.type in PRESENCE:
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
    elif field.holds == "reference":
        yield from _reference(field, asked.values)
    elif field.holds == "boolean":
        if asked.values[0] in {"true", "false"}:
            yield Filter(field.key, "equals", asked.values)
    else:
        yield Filter(field.key, "contains", asked.values)


def _reference(field: Field, values: tuple[str, ...]) -> Iterator[Filter]:
    if BLANK in values:
        yield Filter(field.key, "is_blank")
        return
    wanted = tuple(
        value for value in values if whole_number(value) is not None or (value == ME and field.target == "user")
    )
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

    def make(self, asked: Condition) -> QuickFilter:
        """The chip of one field, with what is chosen in it."""
        field, name = asked.field, PREFIX + asked.field.key
        label = field.label.in_language(self.language) or field.key
        chip = QuickFilter(name=name, label=label, kind="text", active=asked.active, without=self.without(name))
        if field.holds in {"option", "boolean"} or field.type in PRESENCE:
            options = tuple((key, text, key in asked.values) for key, text in self._choices(field))
            said = self._list([text for _, text, chosen in options if chosen])
            return replace(chip, kind="options" if field.holds == "option" else "yesno", options=options, said=said)
        if field.holds == "reference":
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
        if field.type in PRESENCE:
            return [("true", text_in(self.language, "list.filled")), ("false", text_in(self.language, "list.blank"))]
        choices = self.catalog.choices(self.entity, field.key)
        return [(key, choice.label.in_language(self.language) or key) for key, choice in choices.items()]

    def _reference(self, asked: Condition, chip: QuickFilter) -> QuickFilter:
        field = asked.field
        target = str(field.target)
        others = [value for value in asked.values if whole_number(value) is not None]
        shown = [self.names.get((target, int(value)), text_in(self.language, "cell.restricted")) for value in others]
        words = [text_in(self.language, "list.me")] if ME in asked.values else []
        words += [text_in(self.language, "list.blank")] if BLANK in asked.values else []
        plural = self.catalog.entities[target].plural.in_language(self.language)
        lookup = Input(
            name=chip.name,
            id=f"filter-{field.key}",
            label=chip.label,
            kind="lookup",
            value=others[0] if others else "",
            shown=shown[0] if shown else "",
            source=f"/{target}/lookup",
            placeholder=text_in(self.language, "form.lookup_hint", what=sentence_case(plural, self.language)),
        )
        said = self._list([*words, *shown])
        is_mine = ME in asked.values
        return replace(chip, kind="reference", mine=target == "user", is_mine=is_mine, lookup=lookup, said=said)

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
        if each.field.target:
            ids = [number for number in map(whole_number, each.values) if number is not None]
            if ids:
                found.setdefault(each.field.target, []).extend(ids)
    return found
