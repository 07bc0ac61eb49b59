"""A list as a file for spreadsheets: streamed in chunks, no cell of it is ever read as a formula."""

from __future__ import annotations

import csv
import datetime as dt
import io
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import ExitStack
from dataclasses import replace
from decimal import Decimal
from functools import partial
from tempfile import SpooledTemporaryFile
from typing import IO, TYPE_CHECKING
from urllib.parse import quote

from flask import Response as FlaskResponse
from sqlalchemy.orm import Session
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from app.access import Actor, field_rights, fields_read, is_sensitive, limit, mask, reading
from app.definition import Catalog
from app.definition.composite import Address, Composite, Json, Location
from app.definition.currencies import converted_fields
from app.definition.files import files_of
from app.definition.privacy import MaskPattern
from app.expression import Checked
from app.frozen import dataclass
from app.insight import BadQuery, Filter, ListQuery, Page, Reference, Row, list_records
from app.insight.abilities import among
from app.insight.compound import Money, Translated
from app.insight.wire import value_to_wire
from app.orm.companions import text_columns
from app.orm.search import searchable_fields
from app.orm.store import Store
from app.record import Act, Refused, exports_left, note_export, note_too_many, too_many
from app.record.acts import Fact
from app.record.exporting import COUNT
from app.web import context
from app.web.i18n import text_in
from app.web.languages import LANGUAGE_NAMES
from app.web.pages import refusals
from app.web.pages.formats import Formats
from app.web.pages.inputs import plain_decimal
from app.web.pages.list_asked import asked_of, query_of, require, same_list, why_not_all
from app.web.pages.list_columns import columns_of
from app.web.pages.places import address_line
from app.web.security.audited import note

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

CHUNK = 500
_IN_MEMORY = 1024 * 1024  # bytes of a file that is made as a whole; a larger one is written to the disk
_PIECE = 64 * 1024
MARK = "\N{BYTE ORDER MARK}"  # without it Excel reads UTF-8 as something else
_NOT_TOLD = "****"
FORMULA = ("=", "+", "-", "@", "\t", "\r", "\n", "\uff1d", "\uff0b", "\uff0d", "\uff20")
# What a spreadsheet may drop or not show before a formula: blanks, control characters, characters without width.
UNSEEN = re.compile(r"[\s\x00-\x1f\x7f\u00ad\u180e\u200b-\u200f\u2028-\u202f\u2060-\u206f\ufeff]+")


def guarded(text: str) -> str:
    """A text that no spreadsheet takes for a formula."""
    unseen = UNSEEN.match(text)
    shown = text[unseen.end() :] if unseen else text
    return f"'{text}" if text.startswith(FORMULA) or shown.startswith(FORMULA) else text


@dataclass(frozen=True)
class Export:
    """What is exported: by whom, which list, which columns under which heads, at most how many rows.

    `masks` are those of exporting alone: what is masked for reading comes masked already.
    """

    store: Store
    actor: Actor
    query: ListQuery
    masks: Mapping[str, MaskPattern]
    columns: Sequence[str]
    heads: Sequence[str]
    formats: Formats
    most: int | None
    a_day: int | None = None
    """How many rows the actor may export within a day."""
    chosen: tuple[int, ...] | None = None
    """The records that were chosen, in the order of their list; None: all that the query finds."""


def csv_of(view: EntityDesk) -> Response:
    """GET /<entity>/csv: the rows of the list, sorted and filtered as it is, that the actor may export."""
    require(view, "read")
    require(view, "export")
    asked = asked_of(view)
    if why := why_not_all(asked):
        return view.go(same_list(view), why, "danger")
    query = query_of(view, asked, columns_of(view, asked))
    export = export_of(view.store, view.actor, query, view.formats)
    try:  # a query that can't be answered is refused before anything is sent
        list_records(view.session, view.actor, replace(export.query, limit=1))
    except BadQuery as error:
        raise BadRequest(error.text(view.language)) from error
    return send(view, export)


def send(view: EntityDesk, export: Export) -> Response:
    """The file as an answer; back to the list where the day's limit refuses it."""
    context.current().close_session()
    sent = _told(export) if export.a_day is None else claimed(export, "form")
    if isinstance(sent, Refused):
        return refusals.back(view, sent, same_list(view))
    day = view.formats.local(view.store.clock()).date().isoformat()
    name = quote(f"{view.plural(view.entity_key)} {day}.csv")
    response = FlaskResponse(sent, content_type="text/csv; charset=utf-8")
    response.headers["Content-Disposition"] = f"attachment; filename=\"{view.entity_key}.csv\"; filename*=UTF-8''{name}"
    return response


def _told(export: Export) -> Iterator[str]:
    """The file; when it ends, or its reader goes away, the audit is told how many rows were sent."""
    counts: list[int] = []
    try:
        yield from lines(export, counts.append)
    finally:
        note(export.store, export_act(export, sum(counts), "form"), context.now())


def claimed(export: Export, door: str, tell: Callable[[int], object] | None = None) -> Iterator[str] | Refused:
    """The file of somebody who may export only so many rows within a day: made as a whole, and counted by the audit, before
    anything of it is given away. What the day's limit refuses leaves a line, too.
    """
    made = _made(export, door, tell)
    return (
        note_too_many(export.store, export.actor, export.query.entity, made, door)
        if isinstance(made, Refused)
        else made
    )


def _made(export: Export, door: str, tell: Callable[[int], object] | None) -> Iterator[str] | Refused:
    left, count = exports_left(export.store, export.actor) or 0, 0
    counts: list[int] = []
    with ExitStack() as stack:
        made = stack.enter_context(SpooledTemporaryFile(_IN_MEMORY, "w+", encoding="utf-8", newline=""))
        for text in lines(export, counts.append):
            count = sum(counts)
            if count > left:
                return too_many(export.query.entity, export.a_day, left)
            made.write(text)
        refused = note_export(export.store, export.actor, export_act(export, count, door))
        if refused is not None:
            return refused
        stack.pop_all()
    if tell is not None:
        tell(count)
    made.seek(0)
    return _pieces(made)


def _pieces(file: IO[str]) -> Iterator[str]:
    with file:
        yield from iter(partial(file.read, _PIECE), "")


def export_act(export: Export, count: int, door: str) -> Act:
    """What the audit says of an export. `of` names the fields that the filter reads: whoever may not read them in clear is
    not shown the filter; `*`: it may read any. What a sensitive field is compared with is not told.
    """
    query, catalog = export.query, export.store.catalog
    told = [_filter_told(catalog, query.entity, each) for each in query.filters]
    told += [_NOT_TOLD if _compares_sensitive(catalog, each) else each.source for each in query.where]
    if export.chosen is not None:
        told.append(f"id in {', '.join(map(str, export.chosen))}")
    reads = {each.field for each in query.filters} | {key for each in query.where for key in each.fields}
    if query.search or any(each.paths for each in query.where):
        reads = {"*"}
    if query.search:
        found_by = searchable_fields(catalog.entities[query.entity])
        secret = any(is_sensitive(catalog, query.entity, each) for each in found_by)
        told.append(f"~ {_NOT_TOLD if secret else query.search}")
    facts: dict[str, Fact] = {
        COUNT: count,
        "columns": ", ".join(export.columns),
        "filter": "; ".join(told),
        "of": ", ".join(sorted(reads)),
    }
    return Act("export", door, export.actor.user_id, export.actor.name, query.entity, facts=facts)


def _filter_told(catalog: Catalog, entity: str, said: Filter) -> str:
    secret = said.values and is_sensitive(catalog, entity, said.field)
    values = _NOT_TOLD if secret else ", ".join(map(str, said.values))
    return f"{said.field} {said.operator} {values}".strip()


def _compares_sensitive(catalog: Catalog, asked: Checked) -> bool:
    return any(is_sensitive(catalog, *place) for place in fields_read(catalog, asked))


def export_of(
    store: Store, actor: Actor, query: ListQuery, formats: Formats, chosen: tuple[int, ...] | None = None
) -> Export:
    """The export of a list by someone who may export some of its records: with the columns that he may, at most his rows.

    `chosen`: of these records alone, whatever the list was filtered by when they were chosen.
    """
    if chosen is not None:
        query = replace(query, filters=(), where=(), search="")
    rights = field_rights(store.catalog, actor, query.entity, "export")
    read = field_rights(store.catalog, actor, query.entity)
    columns = tuple(key for key in query.columns if rights.sees(key))
    fields = store.catalog.entities[query.entity].every_field
    return Export(
        store,
        actor,
        replace(query, columns=columns, cursor=None, limit=CHUNK, counted=False),
        {key: pattern for key, pattern in rights.masks.items() if key not in read.masks},
        columns,
        [fields[key].label.in_language(formats.language) or key for key in columns],
        formats,
        limit(store.catalog, actor, "export_rows"),
        limit(store.catalog, actor, "exports"),
        chosen,
    )


def lines(export: Export, tell: Callable[[int], object] | None = None) -> Iterator[str]:
    """The file, a piece for each chunk of rows; `tell` is told how many rows each has."""
    buffer = io.StringIO()
    writer = csv.writer(buffer, lineterminator="\r\n")
    columns = [
        column for key, head in zip(export.columns, export.heads, strict=True) for column in _spread(export, key, head)
    ]
    writer.writerow([guarded(head) for head, _, _ in columns])
    yield MARK + _taken(buffer)
    for rows in _chunks(export):
        writer.writerows([_text(export, key, part(row.values.get(key))) for _, key, part in columns] for row in rows)
        if tell is not None:
            tell(len(rows))
        yield _taken(buffer)


Column = tuple[str, str, Callable[[object], object]]  # its head, the field, and what it shows of the field's value


def _spread(export: Export, key: str, head: str) -> list[Column]:
    """The columns of a field: an amount as entered, its currency and in the company's; a text in each language."""
    catalog, language = export.store.catalog, export.formats.language
    entity = catalog.entities[export.query.entity]
    languages = text_columns(catalog, entity.every_field[key])
    if languages and key not in export.masks:
        return [(f"{head} ({LANGUAGE_NAMES.get(each, each)})", key, _in_language(each)) for each in languages]
    if key not in converted_fields(entity):
        return [(head, key, _plain)]
    company = text_in(language, "csv.in_company", what=head, currency=catalog.pack.currency.company)
    currency = text_in(language, "csv.currency", what=head)
    return [(head, key, _original), (currency, key, _currency), (company, key, _plain)]


def _in_language(language: str) -> Callable[[object], object]:
    return lambda value: value.texts.get(language) if isinstance(value, Translated) else value


def _original(value: object) -> object:
    return value.original if isinstance(value, Money) else value


def _currency(value: object) -> object:
    return value.currency if isinstance(value, Money) else None


def _plain(value: object) -> object:
    return value


def _taken(buffer: io.StringIO) -> str:
    text = buffer.getvalue()
    buffer.seek(0)
    buffer.truncate()
    return text


def _chunks(export: Export) -> Iterator[list[Row]]:
    left = export.most
    with reading(export.store, export.actor) as session:
        for page in _pages_of(session, export):
            allowed = among(session, export.actor, export.query.entity, "export", [row.id for row in page.rows])
            rows = [row for row in page.rows if row.id in allowed]
            if left is not None:
                rows = rows[:left]
                left -= len(rows)
            yield rows
            if left == 0:
                return


def _pages_of(session: Session, export: Export) -> Iterator[Page]:
    """All rows of the query; of chosen records so many at once as a filter can name, which come in the order of their list."""
    if export.chosen is not None:
        for at in range(0, len(export.chosen), CHUNK):
            some = Filter("id", "in", export.chosen[at : at + CHUNK])
            yield list_records(session, export.actor, replace(export.query, filters=(some,)))
        return
    query = export.query
    while True:
        page = list_records(session, export.actor, query)
        yield page
        if page.next is None:
            return
        query = replace(query, cursor=page.next)


def _composite(export: Export, value: Composite) -> str:
    if isinstance(value, Json | Location):
        return value.stored()
    if isinstance(value, Address):
        return guarded(address_line(value, export.formats.language, export.store.catalog.pack.region))
    return guarded(value.plain)


def _text(export: Export, key: str, value: object) -> str:  # noqa: PLR0911 - one for each kind of value
    formats = export.formats
    if value is None or value == "":
        return ""
    pattern = export.masks.get(key)
    if pattern is not None:
        return guarded(str(mask(pattern, value)))
    if files := files_of(value):
        return guarded("; ".join(each.name for each in files))
    if isinstance(value, tuple):
        return guarded("; ".join(_in_list(export, key, each) for each in value))
    if isinstance(value, Reference):
        return guarded(value.label if value.label is not None else text_in(formats.language, "cell.restricted"))
    if isinstance(value, bool):
        return text_in(formats.language, "cell.yes" if value else "cell.no")
    if isinstance(value, Decimal):
        return plain_decimal(value)
    if isinstance(value, int):
        return str(value)
    if isinstance(value, dt.datetime):
        return formats.exact(value)
    if isinstance(value, dt.date | dt.time | dt.timedelta):
        return str(value_to_wire(value))
    if isinstance(value, Composite):
        return _composite(export, value)
    choice = export.store.catalog.choices(export.query.entity, key).get(str(value))
    return guarded(choice.label.in_language(formats.language) or str(value) if choice else str(value))


def _in_list(export: Export, key: str, value: object) -> str:
    """One value of a list, not yet guarded."""
    if isinstance(value, Reference):
        return value.label if value.label is not None else text_in(export.formats.language, "cell.restricted")
    choice = export.store.catalog.choices(export.query.entity, key).get(str(value))
    return (choice.label.in_language(export.formats.language) if choice else "") or str(value)
