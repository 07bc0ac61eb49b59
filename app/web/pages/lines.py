"""Parts in the form of their whole: a table of lines. It works by buttons that send the form; scripts do the same at once.

A line is posted as `lines.<token>.<field>`: the token of a stored part is `i` and its id, that of a new one `n` and a
number. The order of the names is the order of the lines, and `lines:rows` says which ones the form had when it was read.
"""

from __future__ import annotations

import re
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from typing import TYPE_CHECKING

from werkzeug.datastructures import MultiDict

from app.definition import Field, PartLink
from app.definition.currencies import converted_fields
from app.definition.files import StoredFile
from app.frozen import dataclass
from app.insight import Row, part_columns, read_parts
from app.record import Refusal, Refused, Revealed
from app.record.conditions import never_entered
from app.web.languages import LANGUAGE_NAMES
from app.web.pages import line_files, listed, revealing
from app.web.pages.cells import Cell
from app.web.pages.form_files import with_known_files
from app.web.pages.heads import NUMBERS
from app.web.pages.inputs import DROP, IDS, SHOWN, WAS, Input, InputMaker, Typed, posted_value, typed_of
from app.web.pages.layouts import Part
from app.web.pages.posted import left_to_fill
from app.web.pages.rows import cells_of
from app.web.pages.slots import field_of, joined, slots_of, typed_slots
from app.web.pages.words import sentence_case

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

ROWS = ":rows"
STORED, NEW = "i", "n"
ADD, REMOVE, UP, DOWN = "add", "remove", "up", "down"
TOO_LARGE = frozenset({"address", "location", "rich_text", "json"})  # for a cell: shown, not entered
FIGURES = NUMBERS | {"percent"}
WIDE = 2  # columns at the beginning that say what a line is about
BLANK = "__new__"  # the token of the line that scripts copy
_TOKEN = re.compile(r"i[1-9][0-9]{0,18}|n[0-9]{1,4}")


@dataclass(frozen=True)
class Line:
    """One line: by slot what is typed, what it was when it was read, and what is wrong with it."""

    token: str
    typed: Mapping[str, Typed] = field(default_factory=dict)
    was: Mapping[str, str] = field(default_factory=dict)
    errors: Mapping[str, Sequence[str]] = field(default_factory=dict)
    notes: Mapping[str, str] = field(default_factory=dict)
    codes: Mapping[str, str] = field(default_factory=dict)
    general: Sequence[tuple[str, str]] = ()

    @property
    def id(self) -> str:
        """The id of a stored part; blank for a new one."""
        return self.token[1:] if self.token.startswith(STORED) else ""

    @property
    def changed(self) -> tuple[str, ...]:
        """The slots that do not hold what they held."""
        return tuple(key for key, each in self.typed.items() if each.value != self.was.get(key))


@dataclass(frozen=True)
class Lines:
    """The lines of one name, and the tokens that the form had when it was read."""

    rows: tuple[Line, ...] = ()
    read: tuple[str, ...] = ()


@dataclass(frozen=True)
class Table:
    """What the template draws: heads, a row of inputs for each line, and a blank row for scripts to copy."""

    name: str
    label: str
    one: str
    heads: tuple[tuple[str, str, bool], ...]
    rows: tuple[tuple[Line, tuple[Input, ...]], ...]
    blank: tuple[Line, tuple[Input, ...]]
    read: str
    next: int


def link_of(view: EntityDesk, part: Part) -> PartLink | None:
    """The link to the parts that a section shows; None for a section of fields or of related records."""
    if part.inverse is None:
        return None
    link = view.catalog.part_link(part.inverse.entity)
    return link if link is not None and link.whole == view.entity_key and link.field == part.inverse.field else None


def columns_of(view: EntityDesk, link: PartLink, part: Part) -> tuple[Field, ...]:
    """The fields of a line, in the order of the section; required ones that it leaves out come last."""
    entity, rights = view.catalog.entities[link.entity], view.rights(link.entity)
    writable = rights.writable(creating=True)
    needed = [key for key, each in entity.fields.items() if each.required and key in writable]
    keys = part_columns(view.catalog, rights, link, tuple(dict.fromkeys((*part.columns, *needed))))
    return tuple(entity.fields[key] for key in keys)


# What stands in the lines


def stored(view: EntityDesk, link: PartLink, record_id: int) -> Lines:
    """The lines of a record as they are."""
    rows = read_parts(view.session, view.actor, link, [record_id]).get(record_id, ())
    lines = tuple(_stored_line(view, link, row) for row in rows)
    return Lines(lines, tuple(line.token for line in lines))


def _stored_line(view: EntityDesk, link: PartLink, row: Row) -> Line:
    masks = view.rights(link.entity).masks
    zone, language = view.formats.zone, view.language
    fields = view.catalog.entities[link.entity].fields
    typed = typed_slots(view.catalog, (fields[key] for key in row.values), row.values, zone, language)
    typed |= {slot: Typed("", str(row.values[field_of(slot)] or "")) for slot in typed if field_of(slot) in masks}
    return Line(f"{STORED}{row.id}", typed, {key: each.value for key, each in typed.items()})


def blank(view: EntityDesk, link: PartLink, token: str) -> Line:
    """A new line with its defaults, of a text those in the company's first language; left as it is, it is not saved."""
    typed: dict[str, Typed] = {}
    for each, slot, of in slots_of(view.catalog, view.catalog.entities[link.entity].fields.values()):
        default = each.default if of in {"", view.catalog.pack.languages[0]} else None
        typed[slot] = typed_of(default, view.formats.zone, view.language)
    return Line(token, typed, {key: each.value for key, each in typed.items()})


def read(form: MultiDict[str, str], name: str) -> Lines | None:
    """The lines of a posted form; None when it has no such table. What is no line is left out."""
    if name + ROWS not in form:
        return None
    typed: dict[str, dict[str, Typed]] = {}
    was: dict[str, dict[str, str]] = {}
    for posted in form:
        parts = posted.split(".", 2)
        if len(parts) != 3 or parts[0] != name or not _TOKEN.fullmatch(parts[1]):
            continue
        token, key = parts[1], parts[2]
        value = form.getlist(posted)[-1].replace("\r\n", "\n")
        if key.endswith(IDS):
            dropped = form.getlist(posted.removesuffix(IDS) + DROP)
            ids = (each for each in value.split(",") if each and each not in dropped)
            typed.setdefault(token, {})[key.removesuffix(IDS)] = Typed(",".join(ids))
        elif key.endswith(WAS):
            was.setdefault(token, {})[key.removesuffix(WAS)] = value
        elif not key.endswith((SHOWN, DROP)):
            shown = form.get(f"{posted}{SHOWN}", "")
            typed.setdefault(token, {})[key] = Typed(value, shown if value else "")
    rows = tuple(Line(token, values, was.get(token, {})) for token, values in typed.items())
    tokens = tuple(each for each in form[name + ROWS].split(",") if _TOKEN.fullmatch(each))
    return Lines(rows, tokens)


def kept(lines: Lines, also: Collection[str] = ()) -> Lines:
    """Without new lines in which nothing was typed, but for those of these tokens."""
    return replace(lines, rows=tuple(line for line in lines.rows if line.id or line.changed or line.token in also))


def with_uploads(view: EntityDesk, link: PartLink, lines: Lines) -> tuple[Lines, dict[str, list[Refusal]]]:
    """The lines with the files that came along; and by token why some of them could not be taken."""
    typed, wrong = line_files.take(view, link, ((line.token, line.typed) for line in lines.rows))
    return replace(lines, rows=tuple(replace(line, typed=typed[line.token]) for line in lines.rows)), wrong


def at_lines(link: PartLink, lines: Lines, wrong: Mapping[str, Sequence[Refusal]]) -> list[Refusal]:
    """Refusals by token, each at the place of its line."""
    places = {line.token: f"{link.name}.{place}" for place, line in enumerate(lines.rows)}
    return [replace(each, inside=places[token]) for token, several in wrong.items() for each in several]


def values_of(view: EntityDesk, link: PartLink, lines: Lines) -> list[dict[str, object]]:
    """What the write path is given: of a stored line its id and what differs, of a new one everything."""
    entity = view.catalog.entities[link.entity]
    masked = view.rights(link.entity).masks
    found: list[dict[str, object]] = []
    for line in lines.rows:
        values: dict[str, object] = {"id": line.id} if line.id else {}
        for slot in line.changed if line.id else line.typed:
            text, a_field = line.typed[slot].value, entity.fields.get(field_of(slot))
            if line.id and field_of(slot) in masked and not text:
                continue
            values[slot] = text if a_field is None else posted_value(a_field, text, view.formats.zone)
        found.append(left_to_fill(entity, joined(entity, values)))
    return found


def with_errors(view: EntityDesk, link: PartLink, lines: Lines, refused: Refused) -> Lines:
    """The lines with each refusal at its place: at a field that was sent, else at the line."""
    rows = list(lines.rows)
    for refusal in refused.refusals:
        name, _, place = refusal.inside.partition(".")
        if name != link.name or not place.isdecimal() or int(place) >= len(rows):
            continue
        line, text = rows[int(place)], refusal.text(view.language, view.catalog)
        slot = next((each for each in line.typed if field_of(each) == refusal.field), None)
        if slot is not None:
            errors = {**line.errors, slot: [*line.errors.get(slot, ()), text]}
            codes = {slot: refusal.code, **line.codes}
            rows[int(place)] = replace(line, errors=errors, codes=codes)
        else:
            rows[int(place)] = replace(line, general=[*line.general, (refusal.code, text)])
    return replace(lines, rows=tuple(rows))


def rearranged(view: EntityDesk, link: PartLink, lines: Lines, act: str) -> Lines | None:
    """The lines after one of the table's own buttons: `lines:add`, `lines:up:i7`. None for another button."""
    name, _, rest = act.partition(":")
    what, _, token = rest.partition(":")
    if name != link.name or what not in {ADD, REMOVE, UP, DOWN}:
        return None
    rows = list(lines.rows)
    if what == ADD:
        return replace(lines, rows=(*rows, blank(view, link, f"{NEW}{next_number(rows)}")))
    place = next((at for at, line in enumerate(rows) if line.token == token), None)
    if place is None:
        return lines
    line = rows.pop(place)
    if what != REMOVE:
        rows.insert(max(0, place + (-1 if what == UP else 1)), line)
    return replace(lines, rows=tuple(rows))


def next_number(rows: Iterable[Line]) -> int:
    """A number that no new line has."""
    return max((int(line.token[1:]) for line in rows if not line.id), default=-1) + 1


def merged(view: EntityDesk, link: PartLink, mine: Lines, theirs: Lines) -> Lines:
    """What this person typed, laid over what others have saved meanwhile: their changes and new lines stay, a line that both
    changed shows the other value beside it, and one that they took away is new again where something was typed in it.
    """
    fresh = {line.token: line for line in theirs.rows}
    gone = {token for token in mine.read if token not in {line.token for line in mine.rows}}
    rows: list[Line] = []
    number = next_number(mine.rows)
    for line in mine.rows:
        now = fresh.pop(line.token, None)
        if not line.id:
            rows.append(line)
        elif now is not None:
            rows.append(_laid_over(view, link, line, now))
        elif line.changed:
            rows.append(replace(line, token=f"{NEW}{number}", was={}))
            number += 1
    rows += [line for token, line in fresh.items() if token not in gone]
    return Lines(tuple(rows), theirs.read)


def _laid_over(view: EntityDesk, link: PartLink, mine: Line, now: Line) -> Line:
    changed = set(mine.changed)
    typed = {key: mine.typed[key] if key in changed else each for key, each in now.typed.items()}
    notes = {
        key: view.t("lines.theirs", value=_said(view, link, key, now.typed[key]) or "—")
        for key in changed & now.typed.keys()
        if now.was.get(key) not in {mine.was.get(key), mine.typed[key].value}
    }
    return Line(mine.token, typed, now.was, notes=notes)


def _said(view: EntityDesk, link: PartLink, slot: str, typed: Typed) -> str:
    """What stands in a cell, as people read it."""
    a_field, choices = (
        view.catalog.get_field(link.entity, field_of(slot)),
        view.catalog.choices(link.entity, field_of(slot)),
    )
    if a_field.is_list:
        return listed.words(typed.value, typed.shown, choices, view.language)
    chosen = choices.get(typed.value)
    return chosen.label.in_language(view.language) or chosen.key if chosen else typed.shown or typed.value


# How they are drawn


def table(view: EntityDesk, part: Part, lines: Lines, record_id: int | None = None) -> Table:
    """The table of a form, of a stored record or a new one."""
    link = link_of(view, part)
    assert link is not None
    columns = columns_of(view, link, part)
    files = line_files.known_files(view, link, (line.typed for line in lines.rows), columns, record_id)
    drawer, empty = _Drawer(view, link, columns, files), blank(view, link, BLANK)
    return Table(
        name=link.name,
        label=part.label,
        one=view.singular(link.entity),
        heads=tuple(drawer.heads()),
        rows=tuple((line, drawer.inputs(line)) for line in lines.rows),
        blank=(empty, drawer.inputs(empty)),
        read=",".join(lines.read),
        next=next_number(lines.rows),
    )


def _width(place: int, a_field: Field) -> str:
    """The style of a column's head: what a line is about has most room, then amounts, which must be read to their last digit."""
    width = "lines__head--wide" if place < WIDE else "lines__head--money" if a_field.type == "money" else ""
    return f"is-num {width}".rstrip() if a_field.type in FIGURES else width


class _Drawer:
    """Draws the inputs of the lines of one table: one for each slot of its columns."""

    def __init__(
        self, view: EntityDesk, link: PartLink, columns: Sequence[Field], files: Mapping[str, StoredFile]
    ) -> None:
        self.view, self.link, self.files = view, link, files
        self.slots = tuple(slots_of(view.catalog, columns))
        rights = view.rights(link.entity)
        self.masks = rights.masks
        kept = never_entered(view.catalog, link.entity)
        self.writable = {creating: rights.writable(creating=creating) - kept for creating in (True, False)}
        reads = partial(view.may, "read")
        self.maker = InputMaker(
            view.catalog, link.entity, view.formats, rights.masks, reads=reads, creates=view.offers_new
        )

    def heads(self) -> Iterator[tuple[str, str, bool]]:
        """Label, style and whether a value is required, for each slot: of a text in the company's first language."""
        first = self.view.catalog.pack.languages[0]
        for place, (each, _, of) in enumerate(self.slots):
            yield self._head(each, of), _width(place, each), each.required and of in {"", first}

    def _head(self, each: Field, of: str) -> str:
        """The label of a column, with its unit: there is no room for it in the cells."""
        label = each.label.in_language(self.view.language) or each.key
        several = each.key in converted_fields(self.view.catalog.entities[self.link.entity])
        unit = (
            self.view.formats.symbol if each.type == "money" and not several else "%" if each.type == "percent" else ""
        )
        beside = LANGUAGE_NAMES.get(of, of) or unit
        return f"{label} ({beside})" if beside else label

    def inputs(self, line: Line) -> tuple[Input, ...]:
        """One input for each slot."""
        return tuple(self._input(line, each, slot, of) for each, slot, of in self.slots)

    def _input(self, line: Line, each: Field, slot: str, of: str) -> Input:
        typed = line.typed.get(slot, Typed())
        name = f"{self.link.name}.{line.token}.{slot}"
        if each.key not in self.writable[not line.id] or each.type in TOO_LARGE:
            made = self.maker.readonly(each, _said(self.view, self.link, slot, typed))
        else:
            masked = typed.shown if each.key in self.masks and line.id else ""
            error = " ".join(line.errors.get(slot, ()))
            made = self.maker.make(each, typed, error=error, was=line.was.get(slot, ""), masked=masked, of=of)
            made = with_known_files(self.view, made, self.files) if each.holds == "file" else made
        identity, label = f"i-{name.replace('.', '-').replace(':', '-')}", self._head(each, of)
        note = line.notes.get(slot, "")
        return replace(made, name=name, id=identity, label=label, affix_before="", affix_after="", help=note)


def shown(view: EntityDesk, part: Part, record_id: int, revealed: Revealed | None = None) -> dict[str, object]:
    """The table of a record page: read only. `masked` are its values that may be asked for, `asks` one of each column."""
    link = link_of(view, part)
    assert link is not None
    columns = columns_of(view, link, part)
    rows = read_parts(view.session, view.actor, link, [record_id]).get(record_id, ())
    painters = [(each.key, view.painter(link.entity, each.key)) for each in columns]
    cells = [[_narrow(cell) for cell in cells_of(row, painters)] for row in rows]
    heads = [(view.label(link.entity, each.key), each.type in FIGURES) for each in columns]
    masked = revealing.of_parts(view, link, rows, columns, revealed)
    return {
        "key": part.key, "label": part.label, "lines": True, "heads": heads, "rows": cells, "count": len(rows),
        "masked": masked, "asks": list({each.dialog: each for each in masked.values() if not each.cell}.values()),
        "many": sentence_case(view.plural(link.entity), view.language), "related": False,
    }  # fmt: skip


def _narrow(cell: Cell) -> Cell:
    """A share or an amount as its figure alone: a table of lines has many columns."""
    return Cell("text", cell.text, cell.title, over=cell.over) if cell.kind in {"bar", "money"} else cell
