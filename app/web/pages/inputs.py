"""Inputs: what a form shows for one field, prepared for the templates, and what it sends back."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from dataclasses import dataclass
from decimal import Decimal
from zoneinfo import ZoneInfo

from app.definition import Catalog, Field
from app.insight import Reference
from app.web.i18n import text_in
from app.web.pages.formats import Formats
from app.web.pages.words import sentence_case

WAS = ":was"
SHOWN = ":shown"
LINES: Mapping[bool, int] = {True: 6, False: 3}
LONG = 400
HTML_TYPES: Mapping[str, str] = {
    "email": "email",
    "phone": "tel",
    "url": "url",
    "date": "date",
    "datetime": "datetime-local",
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
}
WIDE = frozenset({"long_text"})
COMPLETE: Mapping[str, str] = {"password": "new-password"}


@dataclass(frozen=True, kw_only=True)
class Input:
    """One field of a form. `value` is what is posted, `shown` what people read instead (the name behind an id).

    `was` is the value at the time of reading: only what differs from it is saved. None: it is not compared.
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
    wide: bool = False
    options: tuple[tuple[str, str], ...] = ()
    source: str = ""
    affix_before: str = ""
    affix_after: str = ""
    html_type: str = "text"
    limit: int = 0
    rows: int = 3
    smallest: str = ""
    greatest: str = ""
    complete: str = ""


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
    """What an input shows for a stored value."""
    if value is None:
        return Typed()
    if isinstance(value, Reference):
        label = value.label if value.label is not None else text_in(language, "cell.restricted")
        return Typed(str(value.id), label)
    if isinstance(value, bool):
        return Typed("true" if value else "")
    if isinstance(value, Decimal):
        return Typed(grouped_decimal(value))
    if isinstance(value, int):
        return Typed(f"{value:,}")
    if isinstance(value, dt.datetime):
        return Typed(value.astimezone(zone).strftime("%Y-%m-%dT%H:%M"))
    if isinstance(value, dt.date):
        return Typed(value.isoformat())
    return Typed(str(value).replace("\r\n", "\n"))


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
    return text


@dataclass(frozen=True)
class InputMaker:
    """Makes the inputs of an entity's fields for one person."""

    catalog: Catalog
    entity: str
    formats: Formats
    masks: Mapping[str, str]
    prefix: str = "i-"

    def make(self, field: Field, typed: Typed, *, error: str = "", was: str | None = None, masked: str = "") -> Input:
        """The input of a field that may be written. `masked` is what is shown in place of a value that stays unread."""
        language = self.formats.language
        label = field.label.in_language(language) or field.key
        placeholder = field.placeholder.in_language(language)
        if masked:
            placeholder = text_in(language, "form.masked_hint", mask=masked)
        smallest, greatest = self._range(field)
        return Input(
            name=field.key,
            id=f"{self.prefix}{field.key}",
            label=label,
            value=typed.value,
            shown=typed.shown,
            was=was,
            error=error,
            help=self._help(field),
            placeholder=placeholder or self._hint(field, label),
            required=field.required and not masked,
            wide=self.is_wide(field),
            kind=KINDS.get(field.type, "text"),
            options=self._options(field, typed.value),
            source=self._source(field),
            affix_before=self.formats.symbol if field.type == "money" else "",
            affix_after="%" if field.type == "percent" else "",
            html_type=HTML_TYPES.get(field.type, "text"),
            limit=self._limit(field),
            rows=LINES[field.length_limit > LONG] if field.type == "long_text" else 1,
            smallest=smallest,
            greatest=greatest,
        )

    def readonly(self, field: Field, shown: str) -> Input:
        """The input of a field that can be read but not written."""
        language = self.formats.language
        label = field.label.in_language(language) or field.key
        given = text_in(language, "form.given") if field.type == "sequence" and not shown else ""
        identity = f"{self.prefix}{field.key}"
        return Input(
            name=field.key, id=identity, label=label, shown=shown or "—", readonly=True, help=given, wide=False
        )

    def is_wide(self, field: Field) -> bool:
        """Whether the field takes a whole row."""
        return field.type in WIDE

    def _options(self, field: Field, chosen: str) -> tuple[tuple[str, str], ...]:
        language = self.formats.language
        return tuple(
            (key, option.label.in_language(language) or key)
            for key, option in self.catalog.choices(self.entity, field.key).items()
            if not option.retired or key == chosen
        )

    def _source(self, field: Field) -> str:
        return f"/{field.target}/lookup" if field.target else ""

    def _hint(self, field: Field, label: str) -> str:
        if field.target is None:
            return ""
        target = self.catalog.entities[field.target]
        language = self.formats.language
        return text_in(
            language, "form.lookup_hint", what=sentence_case(target.plural.in_language(language) or label, language)
        )

    def _help(self, field: Field) -> str:
        language = self.formats.language
        own = field.help.in_language(language)
        if field.type == "datetime" and not own:
            return text_in(language, "form.zone_help", zone=self.formats.zone.key)
        return own

    def _limit(self, field: Field) -> int:
        return field.length_limit if field.holds == "text" and field.type not in {"phone", "url", "email"} else 0

    @staticmethod
    def _range(field: Field) -> tuple[str, str]:
        if field.type != "date":
            return "", ""
        limits = (field.min, field.max)
        smallest, greatest = (str(limit) if isinstance(limit, str) and limit[:4].isdigit() else "" for limit in limits)
        return smallest, greatest
