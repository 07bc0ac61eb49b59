"""The history of a record as people read it: who, when, and what changed from what to what."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Iterator, Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING, NamedTuple

from app.definition import Field, words
from app.definition.composite import COMPOSITE, of_wire
from app.definition.files import StoredFile
from app.definition.written import read_duration, read_time
from app.insight import AnyLinkReference, AnyReference, LinkReference, Reference, labels
from app.insight.compound import Money
from app.record import Confirmed, HistoryChange, HistoryEntry, OfApproval, OfTeam, PartChange, Refusal
from app.record.audit import MARKER
from app.record.history import Place, history_page
from app.web.pages.cells import Cell, initials_of, tone_of
from app.web.pages.ticks import Tick

if TYPE_CHECKING:
    from app.web.pages.base import Desk
    from app.web.pages.desk import EntityDesk

LONGEST = 120
LOOKED_AT = 500
"""Acts that are looked at besides, where among the first too few are told of to this reader, or are of the kind asked for."""
CHANGES, STAGES, FILES, APPROVALS = "changes", "stages", "files", "approvals"
"""The kinds of what was done to a record itself."""
ICONS: Mapping[str, str] = {"create": "plus", "delete": "trash", "restore": "back", STAGES: "deal", FILES: "clip"}
VERBS: Mapping[str, str] = {
    "create": "record.verb_create",
    "delete": "record.verb_delete",
    "restore": "record.verb_restore",
    "derive": "record.verb_derive",
    "anonymise": "record.verb_anonymise",
    "confirm": "record.verb_confirm",
    "password": "record.verb_password",
    "roles": "record.verb_roles",
    "share": "record.verb_share",
    "exception": "record.verb_exception",
    "deputy": "record.verb_deputy",
    "saved_view": "record.verb_saved_view",
    "ask": "record.verb_ask",
    "agree": "record.verb_agree",
    "reject": "record.verb_reject",
    "recall": "record.verb_recall",
    "pass_on": "record.verb_pass_on",
    "void": "record.verb_void",
}
PART_VERBS: Mapping[str, str] = {"create": "record.part_added", "delete": "record.part_removed"}
Names = Mapping[tuple[str, int], str]


class Line(NamedTuple):
    """One field that changed; `old` is None where there was nothing before. `note` tells of a computed value overruled."""

    label: str
    old: str | None
    new: str
    note: str = ""


class Said(NamedTuple):
    """What stands in a record that is told of: its name, its text, and of its fields (label, value)."""

    href: str
    name: str
    text: str
    facts: tuple[tuple[str, Cell], ...]
    tick: Tick | None = None


class Entry(NamedTuple):
    """One act: who did it, what it was, when, and what changed by it."""

    who: Cell
    verb: str
    icon: str
    at: Cell
    changes: tuple[Line, ...]
    place: Place
    said: Said | None = None


def entries(
    view: EntityDesk, record_id: int, limit: int, before: Place | None = None, kind: str = ""
) -> tuple[list[Entry], Place | None]:
    """The last acts on the record, of a kind unless blank, newest first, at most `limit`; and how far back was looked, which
    may be an act that the reader is not told of. Fields out of sight are not named, masked ones stay masked.
    """
    found: list[HistoryEntry] = []
    reached = before
    for looked_at in (limit, LOOKED_AT):
        page = history_page(view.session, view.catalog, view.actor, (view.entity_key, record_id), looked_at, reached)
        reached = page.reached
        # What is left of erased lines may tell of moments that this round does not reach: the next one finds it too.
        near = [each for each in page.entries if reached is None or (each.at, each.id) >= reached]
        found += [each for each in near if not kind or kind in _kinds(view, each)]
        if reached is None or len(found) >= limit:
            break
    if len(found) >= limit:
        found = found[:limit]
        reached = found[-1].at, found[-1].id
    names = labels(view.session, wanted) if (wanted := _pointed_to(view, found)) else {}
    return [_entry(view, each, names) for each in found], reached


def _entry(view: EntityDesk, each: HistoryEntry, names: Names) -> Entry:
    when = view.painter(view.entity_key, "created_at")(each.at)
    if each.actor_id is None:
        who = Cell("person", view.t("record.system"))
    elif not each.actor:
        who = Cell("person", view.t("record.somebody"))
    else:
        who = Cell("person", each.actor, "", "", tone_of(each.actor), initials_of(each.actor))
    lines = [line_of(view, view.entity_key, change, names) for change in each.changes]
    lines += [line for part in each.parts for line in _lines_of_part(view, part, names)]
    lines += [confirmed_line(view, view.entity_key, one) for one in each.confirmed]
    lines += [_approval_line(view, one) for one in each.approvals]
    lines += [_team_line(view, one, names) for one in each.team]
    verb = view.t(VERBS.get(each.action, "record.verb_update"))
    kinds = set(_kinds(view, each))
    shown = kinds | {each.action}
    icon = next((ICONS[kind] for kind in (each.action, STAGES, FILES) if kind in shown & ICONS.keys()), "edit")
    return Entry(who, verb, icon, when, tuple(lines), (each.at, each.id))


def _kinds(view: EntityDesk, each: HistoryEntry) -> Iterator[str]:
    """By what an act on the record is filtered."""
    fields = [view.catalog.get_field(view.entity_key, change.field) for change in each.changes]
    if any(field.type == "stage" for field in fields):
        yield STAGES
    if any(field.holds == "file" for field in fields):
        yield FILES
    if each.approvals:
        yield APPROVALS
    else:
        yield CHANGES


def line_of(view: Desk, entity: str, change: HistoryChange, names: Names, before: str = "") -> Line:
    """What a field was and became."""
    field = view.catalog.get_field(entity, change.field)
    paint = view.painter(entity, change.field)
    masked = change.field in view.rights(entity).masks

    def painted(value: object) -> Cell:
        if field.sensitive is not None and value == MARKER:  # the audit does not know more
            return Cell("mask", MARKER)
        return paint(value if masked else value_of(field, value, names))

    old, new = painted(change.old), painted(change.new)
    label = before + view.label(entity, change.field)
    return Line(label, None if old.kind == "blank" else _short(_words(old)), _short(_words(new)), _note(view, change))


def _note(view: Desk, change: HistoryChange) -> str:
    if change.reason is None:
        return ""
    return (
        view.t("record.overruled_why", why=_short(change.reason)) if change.reason else view.t("record.not_overruled")
    )


def _lines_of_part(view: EntityDesk, part: PartChange, names: Names) -> Iterator[Line]:
    """What happened to one part: what came or went, or each field that changed, with what the part is called."""
    one = view.singular(part.entity)
    called = _short(part.name) or f"#{part.record}"
    if part.action in PART_VERBS:
        yield Line(view.t(PART_VERBS[part.action], what=one), None, called)
    for change in part.changes if part.action == "update" else ():
        yield line_of(view, part.entity, change, names, f"{called} · ")
    for each in part.confirmed:
        yield confirmed_line(view, part.entity, each, f"{called} · ")


def confirmed_line(view: Desk, entity: str, one: Confirmed, before: str = "") -> Line:
    """What was confirmed, and why."""
    said = Refusal(one.code, params={"rule": one.code.partition(".")[2]}, entity=entity)
    text = said.text(view.language, view.catalog)
    return Line(before + view.t("record.confirmed", text=text), None, _short(one.reason))


def _approval_line(view: EntityDesk, one: OfApproval) -> Line:
    """Which approval it was about, and the comment."""
    known = view.catalog.approvals.get(one.approval)
    label = known.label.in_language(view.language) if known is not None else ""
    return Line(label or one.approval.replace("_", " "), None, _short(one.comment))


def _team_line(view: EntityDesk, one: OfTeam, names: Names) -> Line:
    """Who had which place, and which he has now."""
    old, new = (place_label(view, view.entity_key, key) if key else "" for key in (one.old, one.new))
    who = names.get(("user", one.user)) or view.t("record.somebody")
    return Line(who, old or None, new or view.t("team.nothing"))


def place_label(view: Desk, entity: str, key: str) -> str:
    """What a place on a record's team is called; one that is not written any more by its key."""
    known = view.catalog.entities[entity].record_team.get(key)
    return (known.label.in_language(view.language) if known is not None else "") or words(key)


def _words(cell: Cell) -> str:
    """A value in words: an amount in another currency with what it was in the company's, by which alone it may differ."""
    return f"{cell.text} = {cell.title}" if cell.kind == "money" else cell.text


def _short(text: str) -> str:
    return text if len(text) <= LONGEST else f"{text[:LONGEST]}…"


_READ: Mapping[str, Callable[[str], object]] = {
    "decimal": Decimal,
    "date": dt.date.fromisoformat,
    "datetime": dt.datetime.fromisoformat,
    "time": read_time,
    "duration": read_duration,
}


def files_in(wire: object) -> object:
    """A file, or many, as the history keeps them: without a link, for an earlier one may be gone."""
    kept = wire if isinstance(wire, list) else [wire]
    found = tuple(StoredFile.of_stored(each) for each in kept if isinstance(each, dict))
    return found or None


def value_of(field: Field, wire: object, names: Names) -> object:
    """A value in wire form as rows hold it. What can't be read any more is shown as it was written."""
    if wire is None or (isinstance(wire, bool) and field.type != "json"):
        return wire
    if field.type in COMPOSITE or field.holds == "file":
        return files_in(wire) if field.holds == "file" else of_wire(field.type, wire)
    if isinstance(wire, list):
        return tuple(_link_of(field, each, names) if isinstance(each, Mapping) else each for each in wire)
    if isinstance(wire, Mapping) and field.holds == "any":
        entity, record = str(wire["entity"]), int(wire["id"])
        return AnyReference(entity, record, names.get((entity, record)))
    if isinstance(wire, Mapping) and (field.type == "money" or field.translated):
        return _whole(wire)
    text = str(wire)
    if field.target is not None and text.isdigit():
        return Reference(field.target, int(text), names.get((field.target, int(text))))
    read = _READ.get(field.holds)
    try:
        return wire if read is None else read(text)
    except (ValueError, ArithmeticError):
        return None


def _link_of(field: Field, wire: Mapping[str, object], names: Names) -> LinkReference:
    target, record = str(wire.get("entity", field.targets[0])), int(str(wire["id"]))
    own = {key: value_of(each, wire.get(key), names) for key, each in field.own_fields.items()}
    kind = AnyLinkReference if field.of_several else LinkReference
    return kind(target, record, names.get((target, record)), own)


def _whole(wire: Mapping[str, object]) -> object:
    """An amount with its currency, or the texts of all languages."""
    if "original" not in wire:
        return " / ".join(str(text) for text in wire.values() if text)
    try:
        original, company = Decimal(str(wire["original"])), Decimal(str(wire.get("company", wire["original"])))
    except ArithmeticError:
        return None
    return Money.of(company, original, str(wire.get("currency", "")))


def _pointed_to(view: EntityDesk, found: Sequence[HistoryEntry]) -> dict[str, set[int]]:
    wanted: dict[str, set[int]] = {}
    for entity, change in _every_change(view, found):
        if change.field in view.rights(entity).masks:
            continue
        field = view.catalog.get_field(entity, change.field)
        for side in (change.old, change.new):
            for target, record in ids_in(field, side):
                wanted.setdefault(target, set()).add(record)
    wanted.setdefault("user", set()).update(one.user for each in found for one in each.team)
    return {target: ids for target, ids in wanted.items() if ids}


def ids_in(field: Field, wire: object) -> list[tuple[str, int]]:
    """The records that a value in wire form points to."""
    if isinstance(wire, Mapping) and field.holds == "any":
        return [(str(wire["entity"]), int(wire["id"]))]
    if isinstance(wire, list) and field.holds == "references":
        return [(str(each.get("entity", field.targets[0])), int(each["id"])) for each in wire]
    return [(field.target, int(str(wire)))] if field.target is not None and str(wire).isdigit() else []


def _every_change(view: EntityDesk, found: Sequence[HistoryEntry]) -> Iterator[tuple[str, HistoryChange]]:
    """The changes of the record and of its parts, each with its entity."""
    for each in found:
        yield from ((view.entity_key, change) for change in each.changes)
        yield from ((part.entity, change) for part in each.parts for change in part.changes)
