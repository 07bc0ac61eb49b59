"""Cells: what is shown of one value, prepared in Python so that templates only write it down.

A `Cell` is a small tuple; `painter` returns for one field a function from the value of a row to its cell. Lists, records,
related lists and cards all use the same painters.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal
from functools import lru_cache
from typing import NamedTuple
from urllib.parse import quote, urlsplit
from zlib import crc32

from app.definition import Catalog, Field
from app.definition.composite import Address, Html, Json, Location
from app.definition.files import files_of
from app.definition.written import write_time
from app.insight import LinkReference, Reference
from app.insight.compound import Money
from app.web import context
from app.web.i18n import text_in
from app.web.pages.formats import Formats
from app.web.pages.places import address_line, address_lines, map_address

MARKS: Mapping[str, int] = {"grey": 1, "blue": 2, "teal": 3, "amber": 4, "green": 5, "purple": 6, "red": 7}
CATEGORY_MARKS: Mapping[str, int] = {"open": 2, "won": 5, "lost": 7, "done": 5}
TONES = 5


class Cell(NamedTuple):
    """One value as it is shown.

    `kind` is one of: blank text long badge link time bar ring yes no mask person record restricted money many rich stars swatch
    code lines files. Of `many` and `files`, which are lists, `items` holds the cells, and `text` all of it in words.
    `mark` numbers the colour of a badge's dot, the tone of an avatar or the share of a bar or ring in percent,
    whose `tone` is a colour likewise and whose `title` names it; of a file it is 1 where there is a small picture.
    `over` says that a person overrules what would be computed, `late` of a time that it has passed and ought not to have.
    `title` holds what `text` cuts: of rich text its markup, of JSON and addresses the lines; of a badge what is amiss.
    """

    kind: str
    text: str
    title: str = ""
    href: str = ""
    mark: int = 0
    initials: str = ""
    items: tuple[Cell, ...] = ()
    tone: int = 0
    over: str = ""
    late: str = ""


Painter = Callable[[object], Cell]
BLANK = Cell("blank", "—")


@lru_cache(maxsize=10_000)
def initials_of(name: str) -> str:
    """The letters in an avatar: the first Chinese character, else the first letters of the first two words."""
    name = name.strip()
    if not name:
        return "?"
    if name[0] > "\u2e7f":
        return name[0]
    words = [word for word in name.split() if word[0].isalnum()]
    return ("".join(word[0] for word in words[:2]) or name[0]).upper()


@lru_cache(maxsize=10_000)
def tone_of(name: str) -> int:
    """The tone of an avatar: the same name has the same one everywhere."""
    return crc32(name.encode()) % TONES + 1


def reference_cell(value: Reference, language: str) -> Cell:
    """A person or a record that a value points to; one that is out of sight says so."""
    if value.label is None:
        return Cell("restricted", text_in(language, "cell.restricted"))
    kind = "person" if value.entity == "user" else "record"
    href = f"/{value.entity}/{value.id}"
    return Cell(kind, value.label, value.label, href, tone_of(value.label), initials_of(value.label))


def _text(value: object) -> Cell:
    text = str(value)
    return Cell("text", text, text if len(text) > 24 else "")


def _long(value: object) -> Cell:
    return Cell("long", str(value))


def _email(value: object) -> Cell:
    return Cell("link", str(value), href=f"mailto:{quote(str(value), safe='@+')}")


def _phone(value: object) -> Cell:
    return Cell("link", spaced_phone(str(value)), href=f"tel:{value}")


def spaced_phone(number: str) -> str:
    """A number in E.164 form, spaced for reading: a Chinese mobile as one dials it, others with their country's code.

    What is no such number (an older value, a masked one) stays as it is.
    """
    if number.startswith("+861") and len(number) == 14:
        return f"{number[3:6]} {number[6:10]} {number[10:]}"
    return _abroad(number) if number.startswith("+") else number


@lru_cache(maxsize=4096)
def _abroad(number: str) -> str:
    import phonenumbers  # loads the habits of a country when it meets its first number

    try:
        read = phonenumbers.parse(number)
    except phonenumbers.NumberParseException:
        return number
    if phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.E164) != number:
        return number
    return str(phonenumbers.format_number(read, phonenumbers.PhoneNumberFormat.INTERNATIONAL))


def _url(value: object) -> Cell:
    parts = urlsplit(str(value))
    if parts.scheme not in {"http", "https"}:
        return Cell("text", str(value))
    return Cell("link", (parts.netloc + parts.path).rstrip("/"), str(value), str(value))


def _boolean(language: str) -> Painter:
    yes = Cell("yes", text_in(language, "cell.yes"))
    no = Cell("no", text_in(language, "cell.no"))
    return lambda value: yes if value else no


def _option(catalog: Catalog, entity: str, field: Field, language: str) -> Painter:
    cells: dict[object, Cell] = {}
    for key, choice in catalog.choices(entity, field.key).items():
        fallback = CATEGORY_MARKS.get(getattr(choice, "category", ""), 1)
        mark = MARKS.get(choice.color, 1) if choice.color else fallback
        plain = field.type == "picklist" and field.display != "badge" and choice.color is None
        label = choice.label.in_language(language) or key
        cells[key] = Cell("text", label) if plain else Cell("badge", label, mark=mark)
    return lambda value: cells.get(value) or Cell("text", str(value))


def _date(formats: Formats) -> Painter:
    def paint(value: object) -> Cell:
        assert isinstance(value, dt.date)
        today = formats.local(context.now()).date()
        return Cell("time", formats.near_day(value, today), value.isoformat(), value.isoformat())

    return paint


def _datetime(formats: Formats) -> Painter:
    def paint(value: object) -> Cell:
        assert isinstance(value, dt.datetime)
        machine = value.astimezone(dt.UTC).strftime("%Y-%m-%dT%H:%MZ")
        return Cell("time", formats.near_moment(value, context.now()), formats.exact(value), machine)

    return paint


def _percent(field: Field, formats: Formats) -> Painter:
    def paint(value: object) -> Cell:
        share = Decimal(str(value))
        return Cell("bar", formats.percent(share, field.decimals), mark=min(100, max(0, int(share))))

    return paint


def _money(catalog: Catalog, _entity: str, _field: Field, formats: Formats) -> Painter:
    """What was entered in another currency is the text; what it is in the company's, which lists show, the title."""
    company = catalog.pack.currency.company

    def paint(value: object) -> Cell:
        if isinstance(value, Money) and value.currency not in {"", company}:
            return Cell("money", formats.money_in(value.currency, value.original), formats.money(value))
        return Cell("text", formats.money(Decimal(str(value))))

    return paint


def _number(field: Field, formats: Formats) -> Painter:
    if field.type == "integer":
        return lambda value: Cell("text", formats.number(int(str(value))))
    return lambda value: Cell("text", formats.number(Decimal(str(value)), field.decimals))


def _reference(formats: Formats) -> Painter:
    return lambda value: reference_cell(value, formats.language) if isinstance(value, Reference) else BLANK


def _files(formats: Formats) -> Painter:
    def paint(value: object) -> Cell:
        files = files_of(value)
        items = tuple(
            Cell("file", each.name, formats.size(each.size), each.url, mark=int(each.is_picture)) for each in files
        )
        return Cell("files", ", ".join(each.name for each in files), items=items) if files else BLANK

    return paint


def _rich(value: object) -> Cell:
    return Cell("rich", Html(str(value)).plain, str(value))


def _time_of_day(value: object) -> Cell:
    return Cell("text", write_time(value)) if isinstance(value, dt.time) else BLANK


def _duration(formats: Formats) -> Painter:
    return lambda value: Cell("text", formats.duration(value)) if isinstance(value, dt.timedelta) else BLANK


def _stars(field: Field, language: str) -> Painter:
    most = field.stars

    def paint(value: object) -> Cell:
        lit = min(int(str(value)), most)
        return Cell("stars", "★" * lit + "☆" * (most - lit), text_in(language, "cell.stars", count=lit, most=most))

    return paint


def _color(value: object) -> Cell:
    return Cell("swatch", str(value))


def _location(language: str) -> Painter:
    def paint(value: object) -> Cell:
        if not isinstance(value, Location):
            return BLANK
        return Cell("link", value.text, text_in(language, "cell.open_map"), map_address(value))

    return paint


def _json(value: object) -> Cell:
    return Cell("code", value.text, value.pretty) if isinstance(value, Json) else BLANK


def _address(catalog: Catalog, language: str) -> Painter:
    region = catalog.pack.region

    def paint(value: object) -> Cell:
        if not isinstance(value, Address):
            return BLANK
        lines = address_lines(value, language, region)
        return Cell("lines", address_line(value, language, region), "\n".join(lines))

    return paint


Maker = Callable[[Catalog, str, Field, Formats], Painter]


def _same(paint: Painter) -> Maker:
    """For a type that is painted alike whatever the field."""
    return lambda _catalog, _entity, _field, _formats: paint


def _by_option(catalog: Catalog, entity: str, field: Field, formats: Formats) -> Painter:
    return _option(catalog, entity, field, formats.language)


def _by_number(_catalog: Catalog, _entity: str, field: Field, formats: Formats) -> Painter:
    return _number(field, formats)


_MAKERS: Mapping[str, Maker] = {
    "text": _same(_text),
    "sequence": _same(_text),
    "long_text": _same(_long),
    "email": _same(_email),
    "phone": _same(_phone),
    "url": _same(_url),
    "lookup": lambda _catalog, _entity, _field, formats: _reference(formats),
    "user": lambda _catalog, _entity, _field, formats: _reference(formats),
    "picklist": _by_option,
    "stage": _by_option,
    "file": lambda _catalog, _entity, _field, formats: _files(formats),
    "image": lambda _catalog, _entity, _field, formats: _files(formats),
    "boolean": lambda _catalog, _entity, _field, formats: _boolean(formats.language),
    "date": lambda _catalog, _entity, _field, formats: _date(formats),
    "datetime": lambda _catalog, _entity, _field, formats: _datetime(formats),
    "percent": lambda _catalog, _entity, field, formats: _percent(field, formats),
    "rich_text": _same(_rich),
    "time": _same(_time_of_day),
    "duration": lambda _catalog, _entity, _field, formats: _duration(formats),
    "rating": lambda _catalog, _entity, field, formats: _stars(field, formats.language),
    "color": _same(_color),
    "location": lambda _catalog, _entity, _field, formats: _location(formats.language),
    "json": _same(_json),
    "address": lambda catalog, _entity, _field, formats: _address(catalog, formats.language),
    "integer": _by_number,
    "decimal": _by_number,
    "money": _money,
}


def _many(catalog: Catalog, entity: str, field: Field, formats: Formats) -> Painter:
    """A list: options as they are painted alone, tags as words, links with what is said of them in the title."""
    one = _same(_tag)(catalog, entity, field, formats)
    if field.holds == "options":
        one = _option(catalog, entity, field, formats.language)
    elif field.holds == "references":
        one = _link(catalog, entity, field, formats)

    def paint(value: object) -> Cell:
        items = tuple(one(each) for each in value) if isinstance(value, tuple) else ()
        words = (f"{each.text} ({each.title})" if each.title else each.text for each in items)
        return Cell("many", ", ".join(words), items=items) if items else BLANK

    return paint


def _tag(value: object) -> Cell:
    return Cell("text", str(value))


def _link(catalog: Catalog, entity: str, field: Field, formats: Formats) -> Painter:
    own = [(key, _MAKERS[each.type](catalog, entity, each, formats)) for key, each in field.own_fields.items()]

    def paint(value: object) -> Cell:
        assert isinstance(value, LinkReference)
        said = ", ".join(draw(value.own[key]).text for key, draw in own if value.own[key] not in (None, "", False))
        return reference_cell(value, formats.language)._replace(title=said)

    return paint


def plain_painter(catalog: Catalog, entity: str, field: Field, formats: Formats) -> Painter:
    """The painter of a field by its type alone, of values that are not blank."""
    return (_many if field.is_list else _MAKERS[field.type])(catalog, entity, field, formats)
