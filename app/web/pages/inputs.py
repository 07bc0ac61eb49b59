"""Inputs: what a form shows for one field, prepared for the templates, and what it sends back."""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import replace
from decimal import Decimal
from typing import Any
from zoneinfo import ZoneInfo

from app.definition import Catalog, Entity, Field
from app.definition.composite import Address, Json, Location, UnreadJson
from app.definition.currencies import converted_fields
from app.definition.files import files_of, kinds_in
from app.definition.written import read_time, write_time
from app.frozen import dataclass
from app.insight import AnyReference, Reference
from app.insight.compound import Money, Translated
from app.orm.sort_key import sort_key
from app.record.composite_values import LONGEST_PARTS
from app.record.countries import country_names
from app.record.markup import clean_markup
from app.web.i18n import text_in
from app.web.languages import LANGUAGE_NAMES
from app.web.pages import composed, listed
from app.web.pages.cells import Cell
from app.web.pages.formats import Formats, formats_for
from app.web.pages.places import LARGEST_FIRST
from app.web.pages.words import sentence_case

WAS = ":was"
SHOWN = ":shown"
IDS, DROP, FILE = ":ids", ":drop", ":file"  # of files: those that are there, those to remove, new ones
LINES: Mapping[bool, int] = {True: 6, False: 3}
LONG = 400
HTML_TYPES: Mapping[str, str] = {
    "email": "email",
    "phone": "tel",
    "url": "url",
    "date": "date",
    "datetime": "datetime-local",
    "time": "time",
}
KINDS: Mapping[str, str] = {
    "long_text": "area",
    "picklist": "select",
    "stage": "select",
    "lookup": "lookup",
    "user": "lookup",
    "boolean": "check",
    "integer": "number",
    "decimal": "number",
    "money": "number",
    "percent": "number",
    "rich_text": "rich",
    "rating": "stars",
    "color": "color",
    "location": "parts",
    "address": "parts",
    "json": "code",
    "file": "files",
    "image": "files",
}
PICKED: Mapping[str, str] = {
    "image": "image/*",
    "pdf": ".pdf",
    "document": ".doc,.docx,.odt,.rtf,.wps",
    "spreadsheet": ".xls,.xlsx,.ods,.et,.csv",
    "presentation": ".ppt,.pptx,.odp,.dps",
    "text": "text/plain,.txt,.csv,.md",
    "archive": ".zip,.gz,.7z,.rar",
    "audio": "audio/*",
    "video": "video/*",
}
WIDE = frozenset({"long_text", "rich_text", "json", "address", "file"})
LIMITED = frozenset({"text", "long_text", "sequence", "tags"})  # of others the typed text is not the stored one
COMPLETE: Mapping[str, str] = {"password": "new-password"}


@dataclass(frozen=True, kw_only=True)
class Input:
    """One field of a form. `value` is what is posted, `shown` what people read instead (the name behind an id).

    `was` is the value at the time of reading: only what differs from it is saved. None: it is not compared.
    `inner` are the inputs of a value that is typed in several (see composed.py); their names are those of its parts.
    """

    name: str
    label: str
    kind: str = "text"
    id: str = ""
    value: str = ""
    shown: str = ""
    was: str | None = None
    help: str = ""
    placeholder: str = ""
    error: str = ""
    required: bool = False
    readonly: bool = False
    hidden: bool = False  # there, but not seen: what is typed may bring it forth
    wide: bool = False
    options: tuple[tuple[str, str], ...] = ()
    kinds: tuple[tuple[str, str], ...] = ()  # the entities among which a record can be chosen, where there are several
    source: str = ""
    create: str = ""  # where what is not found is created, with the name that was looked for
    create_text: str = ""
    fills: str = ""
    affix_before: str = ""
    affix_after: str = ""
    html_type: str = "text"
    limit: int = 0
    rows: int = 3
    smallest: str = ""
    greatest: str = ""
    complete: str = ""
    inner: tuple[Input, ...] = ()
    stars: int = 0
    choice: Input | None = None  # a select within this input: the currency of an amount
    code: str = ""  # that currency, where it is chosen at another amount
    free: bool = False
    retired: frozenset[str] = frozenset()
    own: tuple[Input, ...] = ()
    files: tuple[Cell, ...] = ()
    many: bool = False
    picked: str = ""
    most: int = 0


@dataclass(frozen=True)
class Typed:
    """What stands in an input: the text that is posted and, for references, the name of what it points to."""

    value: str = ""
    shown: str = ""


def plain_decimal(value: Decimal) -> str:
    """A decimal as machines read it: without grouping, exponent or zeros at the end."""
    text = f"{value:f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def grouped_decimal(value: Decimal) -> str:
    """A decimal as people type it: with grouped thousands, which the write path reads too."""
    text = f"{value:,f}"
    return text.rstrip("0").rstrip(".") if "." in text else text


def typed_of(value: object, zone: ZoneInfo, language: str) -> Typed:
    """What an input shows for a stored value: of an amount what was entered, of texts the one in the person's language."""
    if isinstance(value, Money):
        value = value.original
    elif isinstance(value, Translated):
        value = value.texts.get(language)
    if value is None:
        return Typed()
    if files := files_of(value):
        return Typed(",".join(each.id for each in files), ", ".join(each.name for each in files))
    write = next((_TYPED[kind] for kind in value.__class__.__mro__ if kind in _TYPED), None)
    return write(value, zone, language) if write else Typed(str(value).replace("\r\n", "\n"))


def _reference(value: Reference, _zone: ZoneInfo, language: str) -> Typed:
    return Typed(str(value.id), value.label if value.label is not None else text_in(language, "cell.restricted"))


def _any_reference(value: AnyReference, zone: ZoneInfo, language: str) -> Typed:
    return replace(_reference(value, zone, language), value=value.path)


def _list(values: tuple[object, ...], zone: ZoneInfo, language: str) -> Typed:
    text = listed.written(values, lambda each: typed_of(each, zone, language).value)
    return Typed(text, listed.names_of(values, text_in(language, "cell.restricted")))


def _parts(value: Location | Address, _zone: ZoneInfo, _language: str) -> Typed:
    return Typed(composed.joined(value.wire()))


_TYPED: Mapping[type, Callable[[Any, ZoneInfo, str], Typed]] = {
    AnyReference: _any_reference,
    Reference: _reference,
    tuple: _list,
    bool: lambda value, _zone, _language: Typed("true" if value else ""),
    Decimal: lambda value, _zone, _language: Typed(grouped_decimal(value)),
    int: lambda value, _zone, _language: Typed(f"{value:,}"),
    dt.datetime: lambda value, zone, _language: Typed(value.astimezone(zone).strftime("%Y-%m-%dT%H:%M")),
    dt.date: lambda value, _zone, _language: Typed(value.isoformat()),
    dt.time: lambda value, _zone, _language: Typed(write_time(value)),
    dt.timedelta: lambda value, _zone, language: Typed(formats_for(language, "UTC", "CNY").duration(value)),
    Json: lambda value, _zone, _language: Typed(value.pretty),
    Location: _parts,
    Address: _parts,
}


def _shown_markup(text: str) -> str:
    """Markup that may have been posted, cleaned before an editor draws it; "" for what can't be."""
    try:
        return str(clean_markup(text) or "")
    except ValueError:
        return ""


def posted_value(field: Field, text: str, zone: ZoneInfo) -> object:
    """What the write path is given for a posted text: a local time gets its zone, all else is checked there."""
    if field.type == "datetime" and text:
        try:
            here = dt.datetime.fromisoformat(text)
        except ValueError:
            return text
        return here if here.tzinfo else here.replace(tzinfo=zone)
    if field.type == "boolean":
        return text == "true"
    if field.type == "json":
        return UnreadJson(text)
    if field.is_list:
        return listed.read(text)
    return composed.split(text) if field.type in composed.PARTS else text


def _kind(field: Field) -> str:
    if field.is_list:
        return "many"
    return "any" if field.holds == "any" else KINDS.get(field.type, "text")


def _default_text(field: Field) -> str:
    default = field.default
    return ("true" if default else "") if isinstance(default, bool) else "" if default is None else str(default)


def fills_of(entity: Entity, field: Field) -> dict[str, str]:
    """What a form fills in when a record is chosen, field by field: no amount in several currencies, which the save converts."""
    converted = converted_fields(entity)
    return {key: source for key, source in (field.fills or {}).items() if key not in converted}


@dataclass(frozen=True)
class InputMaker:
    """Makes the inputs of an entity's fields for one person."""

    catalog: Catalog
    entity: str
    formats: Formats
    masks: Mapping[str, str]
    prefix: str = "i-"
    reads: Callable[[str], bool] = bool  # whether the person reads an entity, among which he can then choose
    creates: Callable[[str], bool] = lambda _entity: False  # whether he is offered to create what is not there yet

    def make(  # noqa: PLR0913 - what an input is made of
        self,
        field: Field,
        typed: Typed,
        *,
        error: str = "",
        was: str | None = None,
        masked: str = "",
        of: str = "",
        currency: str = "",
    ) -> Input:
        """The input of a field that may be written. `masked` is what is shown in place of a value that stays unread, `of` the
        language of a text that has several, `currency` the code of an amount that may be in several.
        """
        language = self.formats.language
        label = field.label.in_language(language) or field.key
        label = f"{label} ({LANGUAGE_NAMES.get(of, of)})" if of else label
        placeholder = field.placeholder.in_language(language)
        if masked:
            placeholder = text_in(language, "form.masked_hint", mask=masked)
        smallest, greatest = self._range(field)
        return Input(
            name=f"{field.key}:{of}" if of else field.key,
            id=f"{self.prefix}{field.key}-{of}" if of else f"{self.prefix}{field.key}",
            label=label,
            value=_shown_markup(typed.value) if field.type == "rich_text" else typed.value,
            shown=typed.shown,
            was=was,
            error=error,
            help=self._help(field),
            placeholder=placeholder or self._hint(field, label),
            required=(field.required or field.type == "stage")
            and not masked
            and of in {"", self.catalog.pack.languages[0]},
            wide=self.is_wide(field),
            kind=_kind(field),
            options=self._options(field, typed.value),
            kinds=self._kinds(field, typed.value),
            inner=self._inner(field, typed),
            stars=field.stars if field.type == "rating" else 0,
            source=self._source(field, typed.value),
            create=self._create(field),
            create_text=self._create_text(field),
            free=field.type == "tags",
            retired=self._retired(field),
            own=self._own(field),
            fills=self._fills(field),
            affix_before=self._mark(field, currency),
            affix_after="%" if field.type == "percent" else "",
            html_type=HTML_TYPES.get(field.type, "text"),
            limit=self._limit(field),
            rows=LINES[field.length_limit > LONG] if field.type == "long_text" else 1,
            smallest=smallest,
            greatest=greatest,
            many=field.many,
            picked=",".join(PICKED[each] for each in field.accepted),
            most=field.size_limit if field.holds == "file" else 0,
        )

    def _create(self, field: Field) -> str:
        """Where a record to choose is created in place: of one entity, by who may."""
        target = field.target
        if target is None or field.is_list or not self.creates(target):
            return ""
        return f"/{target}/new?{self.catalog.entities[target].name_field}="

    def _create_text(self, field: Field) -> str:
        """What is said there; blank where nothing is offered."""
        if field.target is None or not self._create(field):
            return ""
        language = self.formats.language
        label = self.catalog.entities[field.target].label.in_language(language) or field.target
        return text_in(language, "form.create", what=sentence_case(label, language))

    def _fills(self, field: Field) -> str:
        """What scripts fill in when a record is chosen."""
        found = fills_of(self.catalog.entities[self.entity], field)
        return json.dumps(found) if found else ""

    def _mark(self, field: Field, currency: str) -> str:
        """What stands before an amount: the mark of the company's currency, the code of another; nothing where it varies."""
        if field.type != "money":
            return ""
        several = field.key in converted_fields(self.catalog.entities[self.entity])
        return currency if several else self.formats.symbol

    def readonly(self, field: Field, shown: str) -> Input:
        """The input of a field that can be read but not written."""
        language = self.formats.language
        label = field.label.in_language(language) or field.key
        given = text_in(language, "form.given") if field.type == "sequence" and not shown else ""
        kind = "number" if _kind(field) == "number" else "text"
        identity = f"{self.prefix}{field.key}"
        return Input(
            name=field.key,
            id=identity,
            label=label,
            shown=shown or "—",
            readonly=True,
            kind=kind,
            help=given,
            wide=False,
        )

    def is_wide(self, field: Field) -> bool:
        """Whether the field takes a whole row."""
        return field.type in WIDE

    def _own(self, field: Field) -> tuple[Input, ...]:
        """The inputs of a new link's own fields, named by their keys alone."""
        return tuple(
            replace(self.make(each, Typed(_default_text(each))), name=key) for key, each in field.own_fields.items()
        )

    def _retired(self, field: Field) -> frozenset[str]:
        """Of a list, the options that are shown where they are, and not offered."""
        if field.holds != "options":
            return frozenset()
        choices = self.catalog.choices(self.entity, field.key)
        return frozenset(key for key, option in choices.items() if option.retired)

    def _targets(self, field: Field, chosen: str) -> list[str]:
        """The entities that a record can be chosen of; the one that is chosen stays."""
        return [each for each in field.targets if self.reads(each) or each == chosen.partition("/")[0]]

    def _kinds(self, field: Field, chosen: str) -> tuple[tuple[str, str], ...]:
        language, entities = self.formats.language, self.catalog.entities
        targets = self._targets(field, chosen) if field.of_several else []
        return tuple((each, entities[each].label.in_language(language) or each) for each in targets)

    def _options(self, field: Field, chosen: str) -> tuple[tuple[str, str], ...]:
        language = self.formats.language
        if field.holds == "any":
            return self._kinds(field, chosen)
        return tuple(
            (key, option.label.in_language(language) or key)
            for key, option in self.catalog.choices(self.entity, field.key).items()
            if not option.retired or key == chosen or field.is_list
        )

    def _inner(self, field: Field, typed: Typed) -> tuple[Input, ...]:
        """The inputs of the parts: of an address in the order of the company's country, the largest first or last."""
        found = composed.split(typed.value)
        values = found if isinstance(found, dict) else {"street": found}
        keys = composed.PARTS.get(field.type, ())
        if field.type == "address" and self.catalog.pack.region not in LARGEST_FIRST:
            keys = ("street", "district", "city", "province", "postal_code", "country")
        language = self.formats.language
        return tuple(
            Input(
                name=key,
                id=f"{self.prefix}{field.key}-{key}",
                label=text_in(language, f"form.part_{key}"),
                value=values.get(key, ""),
                kind="select" if key == "country" else "number" if field.type == "location" else "text",
                options=self._countries() if key == "country" else (),
                placeholder=country_names(language)[self.catalog.pack.region] if key == "country" else "",
                limit=LONGEST_PARTS[key] if field.type == "address" else 0,
                wide=key == "street",
                complete="off",
            )
            for key in keys
        )

    def _countries(self) -> tuple[tuple[str, str], ...]:
        return tuple(sorted(country_names(self.formats.language).items(), key=lambda each: sort_key(each[1])))

    def _source(self, field: Field, chosen: str) -> str:
        if field.type == "tags":
            link = self.catalog.part_link(self.entity)  # a part has no address of its own
            return (
                f"/{link.whole}/tags?field={link.name}.{field.key}"
                if link
                else f"/{self.entity}/tags?field={field.key}"
            )
        targets = self._targets(field, chosen) if field.of_several else field.targets
        target = next((each for each in targets if each == chosen.partition("/")[0]), next(iter(targets), ""))
        return f"/{target}/lookup" if target else ""

    def _hint(self, field: Field, label: str) -> str:
        if field.type == "duration":
            return text_in(self.formats.language, "form.duration_hint")
        language = self.formats.language
        if field.holds in {"tags", "options"}:
            return text_in(language, "form.add_tag" if field.holds == "tags" else "form.add_option")
        if len(field.targets) != 1:
            return text_in(language, "form.lookup_any") if field.targets else ""
        target = self.catalog.entities[field.targets[0]]
        return text_in(
            language, "form.lookup_hint", what=sentence_case(target.plural.in_language(language) or label, language)
        )

    def _help(self, field: Field) -> str:
        language = self.formats.language
        own = field.help.in_language(language)
        if field.consent is not None and not own:
            return field.consent.text.in_language(language)
        if field.holds == "file":
            limit = text_in(language, "form.file_limit", limit=self.formats.size(field.size_limit))
            return " · ".join(filter(None, (own.rstrip(".。"), limit, kinds_in(language, field.accepted))))
        if field.type == "datetime" and not own:
            return text_in(language, "form.zone_help", zone=self.formats.zone.key)
        return own

    def _limit(self, field: Field) -> int:
        return field.length_limit if field.type in LIMITED else 0

    @staticmethod
    def _range(field: Field) -> tuple[str, str]:
        limits = (field.min, field.max)
        if field.type == "time":
            smallest, greatest = (write_time(read_time(str(limit))) if limit else "" for limit in limits)
            return smallest, greatest
        if field.type != "date":
            return "", ""
        smallest, greatest = (str(limit) if isinstance(limit, str) and limit[:4].isdigit() else "" for limit in limits)
        return smallest, greatest
