"""The record page: header, key figures, stage path, tabs with sections and related lists, timeline; and deleting."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import replace
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from flask import request
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.definition import Field, Verb
from app.definition.duty import STATUS, TASK
from app.definition.field_types import TIME_TYPES
from app.insight import ListQuery, Row, get_record, related
from app.insight.abilities import abilities
from app.insight.stages import moves_of
from app.insight.stale import stale_among
from app.record import Refused, Revealed
from app.record import delete as delete_records
from app.record import reveal as reveal_value
from app.record.overrule import LONGEST_REASON
from app.web import context
from app.web.pages import (
    consents,
    lines,
    people,
    record_teams,
    refusals,
    revealing,
    reviewed,
    service_levels,
    tasks,
    timelines,
    worked_out,
)
from app.web.pages.addresses import addresses_of, number_of
from app.web.pages.approvals_shown import Shown, approvals_on
from app.web.pages.blanks import fold
from app.web.pages.cells import Cell, initials_of, tone_of
from app.web.pages.composers import Answer, composer_of, lookups_of
from app.web.pages.heads import is_figure
from app.web.pages.inputs import WIDE
from app.web.pages.lateness import Lateness
from app.web.pages.layouts import Part, Sheet, highlights_of, sheets_of
from app.web.pages.mail_stops import said_of
from app.web.pages.missing import missing_of, weighed
from app.web.pages.record_state import Look, look_at
from app.web.pages.stages import Asking, StagePath, asked_by_stages, stage_paths
from app.web.pages.ticks import columns_of, tick_of
from app.web.pages.words import sentence_case

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

RELATED_ROWS = 10
ON_A_RECORD: tuple[Verb, ...] = ("update", "delete", "transition")
Once = Asking | Revealed | Answer | None
"""What a move needs first, asked for below the path; a masked value that is shown; what was refused above the timeline."""
_NOTHING_BESIDE = {"timeline": None, "composer": None, "aside": Markup(), "team": Markup()}


class Item(NamedTuple):
    """A field with its value."""

    label: str
    cell: Cell
    wide: bool = False
    big: bool = False
    key: str = ""


class RelatedRow(NamedTuple):
    """A row of a related list; the first cell names it."""

    href: str
    cells: tuple[Cell, ...]


def name_of(view: EntityDesk, row: Row) -> str:
    """What a record is called; its number where it has no name that this person sees."""
    value = row.values.get(view.entity.name_field)
    if value is None or value == "":
        return f"{view.singular(view.entity_key)} #{row.id}"
    return view.painter(view.entity_key, view.entity.name_field)(value).text


def find(view: EntityDesk, record_id: int, columns: Iterable[str]) -> Row:
    """The record with these columns, as far as they are seen. Raises NotFound when it is out of sight."""
    if not view.can("read"):  # then not even its id is a column that can be asked for
        raise NotFound
    rights = view.rights(view.entity_key)
    wanted = [key for key in dict.fromkeys(columns) if rights.sees(key)]
    row = get_record(view.session, view.actor, view.entity_key, record_id, wanted or ("id",))
    if row is None:
        raise NotFound
    return row


def show(view: EntityDesk, record_id: int, *, once: Once = None, status: int = 200) -> Response:
    """GET /<entity>/<id>. `once` stands on the page that answers a request, and on no other."""
    if not view.can("read"):
        raise NotFound  # who reads nothing of an entity can't tell whether there is anything
    entity, rights = view.entity, view.rights(view.entity_key)
    sheets = sheets_of(view)
    sheet = next((each for each in sheets if each.key == request.args.get("tab")), sheets[0] if sheets else None)
    high = highlights_of(entity, rights, view.actor.roles)
    stages = [field.key for field in entity.fields.values() if field.type == "stage"]
    fields = [field.key for part in (sheet.parts if sheet else ()) for field in part.fields]
    asked = asked_by_stages(entity) if stages else ()
    counting = weighed(view)
    wanted = [*_always(view), *high, *stages, *asked, *counting, *fields]
    row = find(view, record_id, wanted)
    name = name_of(view, row)
    look = look_at(view, record_id, sheet.parts if sheet else (), dict.fromkeys((*high, *counting, *fields)))
    granted = _granted(view, record_id)
    beside = (
        _beside(view, row, granted, once if isinstance(once, Answer) else None) if _tells(sheet) else _NOTHING_BESIDE
    )
    paths = _paths(view, row, look)
    extra, review = _panels(view, row) if sheet is sheets[0] else (Markup(), Markup())
    parts = tuple(_seen_parts(sheet, look))
    sections = [_section(view, part, row, once) for part in parts]
    shown = [field for part in parts for field in part.fields]
    approvals = approvals_on(view, row)
    worked = worked_out.of_record(view, row, shown, may_update="update" in granted and not approvals.all_locked)
    marks = {"worked": worked, **_beside_values(view, row, shown, once)}
    return view.page(
        "record.html",
        title=name,
        here=view.entity_key,
        crumbs=((view.plural(view.entity_key), view.address), (name, "")),
        one=view.singular(view.entity_key),
        base=view.address,
        id=record_id,
        version=row.version,
        stale=bool(stale_among(view.session, view.entity_key, (record_id,))),
        stopped=said_of(view, row),
        face=Cell("record", name, mark=tone_of(name), initials=initials_of(name)),
        call=_call(view, row),
        **_acts(view, row, granted, is_locked=approvals.all_locked),
        approvals=approvals,
        here_url=f"{view.address}{record_id}",
        subtitle=_subtitle(view, row),
        highlights=[
            _item(view, key, row, big=_is_big(entity.every_field[key])) for key in high if key not in look.fields
        ],
        paths=paths,
        asking=once if isinstance(once, Asking) else None,
        status=status,
        tabs=_tabs(view, record_id, sheets, sheet),
        **_folded(view, row, sections, marks, granted, approvals),
        missing={} if "update" not in granted else missing_of(view, row, look, sheets, approvals),
        **marks,
        longest_reason=LONGEST_REASON,
        extra=extra,
        **beside,
        review=review,
    )


def _folded(
    view: EntityDesk,
    row: Row,
    sections: list[dict[str, Any]],
    marks: Mapping[str, Any],
    granted: frozenset[Verb],
    approvals: Shown,
) -> dict[str, Any]:
    """The sections that tell something, and those without values as lines; who may edit gets to their fields on the form."""
    kept = approvals.locked.union(*(marks[each] for each in ("worked", "masked", "consents")))
    rights = view.rights(view.entity_key)
    may = "update" in granted and not approvals.all_locked
    writable = rights.writable(creating=False) & rights.clear - approvals.locked if may else frozenset()
    telling, blank = fold(view, row, sections, kept, writable)
    return {"sections": telling, "blank": blank}


def _acts(view: EntityDesk, row: Row, granted: frozenset[Verb], *, is_locked: bool) -> dict[str, Any]:
    """What the head of the page offers to do."""
    here = f"{view.address}{row.id}"
    may_tick = "update" in granted and not is_locked
    return {
        "can": {verb: verb in granted for verb in ON_A_RECORD},
        "tick": tick_of(view, view.entity_key, row, name_of(view, row), here) if may_tick else None,
    }


def _beside_values(view: EntityDesk, row: Row, shown: list[Field], once: Once) -> dict[str, Any]:
    """What stands beside values that may be revealed, and beside consents."""
    return {
        "masked": revealing.of_record(view, row, shown, _revealed(once)),
        "reveal_at": _here(view, row.id, "/reveal"),
        "consents": consents.of_record(view, row, shown),
    }


def _revealed(once: Once) -> Revealed | None:
    return once if isinstance(once, Revealed) else None


def _here(view: EntityDesk, record_id: int, act: str = "") -> str:
    """The address of a record's page, or of an act on it that answers with this tab."""
    tab = request.args.get("tab", "")
    return f"{view.address}{record_id}{act}" + (f"?{urlencode({'tab': tab})}" if tab else "")


def reveal(view: EntityDesk, record_id: int) -> Response:
    """POST /<entity>/<id>/reveal, of a value that the tab shows. Answers with the record's page, in which the value stands."""
    asked = revealing.asked_for(view, record_id, request.form)
    context.current().close_session()
    outcome = reveal_value(view.store, view.actor, asked, door="form")
    if isinstance(outcome, Refused):
        return refusals.back(view, outcome, _here(view, record_id))
    return show(view, record_id, once=outcome)


def delete(view: EntityDesk, record_id: int) -> Response:
    """POST /<entity>/<id>/delete."""
    row = find(view, record_id, [view.entity.name_field])
    name = name_of(view, row)
    context.current().close_session()
    outcome = delete_records(view.store, view.actor, view.entity_key, [record_id], door="form")
    if isinstance(outcome, Refused):
        why = refusals.sentence(view, outcome)
        return view.go(f"{view.address}{record_id}", "record.refused", "danger", why=why)
    return view.go(view.address, "record.deleted", name=name)


def _always(view: EntityDesk) -> Iterator[str]:
    """What the head of the page is made of, whatever its tab shows."""
    yield view.entity.name_field
    yield from _numbers(view.entity.fields.values())
    if view.entity_key == TASK:
        yield from view.rights(TASK).clear & {STATUS}
    yield from columns_of(view, view.entity_key)
    yield from Lateness(view, view.entity_key, view.entity.fields).needed
    yield from (*addresses_of(view), *filter(None, (number_of(view),)), *lookups_of(view))


def _call(view: EntityDesk, row: Row) -> str:
    """The link that calls who the record is about; blank where no number is known."""
    number = number_of(view)
    value = row.values.get(number) if number else None
    return view.painter(view.entity_key, number)(value).href if value else ""


def _numbers(fields: Iterable[Field]) -> list[str]:
    return [field.key for field in fields if field.type == "sequence"]


def _is_big(field: Field) -> bool:
    return field.type == "money"


def _item(view: EntityDesk, key: str, row: Row, *, big: bool = False) -> Item:
    field = view.entity.every_field[key]
    cell = view.painter(view.entity_key, key)(row.values.get(key))
    if field.type in TIME_TYPES:
        cell = Lateness(view, view.entity_key, (key,)).cell(row.values, key, cell)
    wide = field.type in WIDE or field.holds == "references"
    return Item(view.label(view.entity_key, key), cell, wide, big, key)


def _subtitle(view: EntityDesk, row: Row) -> list[Cell]:
    """The number and the parent, below the name."""
    keys = _numbers(view.entity.fields.values())
    if view.entity.parent_field:
        keys.append(view.entity.parent_field)
    cells = [view.painter(view.entity_key, key)(row.values[key]) for key in keys if key in row.values]
    return [cell for cell in cells if cell.kind != "blank"]


def _seen_parts(sheet: Sheet | None, look: Look) -> Iterator[Part]:
    """The sections of a tab as this record shows them."""
    for part in sheet.parts if sheet else ():
        fields = tuple(field for field in part.fields if field.key not in look.fields)
        if part.key not in look.sections and (fields or not part.fields):
            yield replace(part, fields=fields)


def _paths(view: EntityDesk, row: Row, look: Look) -> list[StagePath]:
    paths = [path for path in stage_paths(view) if path.field in row.values and path.line.key not in look.lines]
    found = [path for path in paths if path.set_current(row.values[path.field], view.actor)]
    moves = moves_of(view.session, view.entity_key, row.id) if found else ()
    for path in found:
        path.look_ahead(view, row.values)
        path.look_back(view, moves)
    return found


def _tabs(
    view: EntityDesk, record_id: int, sheets: tuple[Sheet, ...], current: Sheet | None
) -> list[dict[str, object]]:
    address = f"{view.address}{record_id}"
    return [
        {
            "label": sheet.label,
            "href": address if place == 0 else f"{address}?tab={sheet.key}",
            "current": sheet is current,
        }
        for place, sheet in enumerate(sheets)
    ]


def _section(view: EntityDesk, part: Part, row: Row, once: Once) -> dict[str, object]:
    if lines.link_of(view, part) is not None:
        return lines.shown(view, part, row.id, _revealed(once))
    if part.inverse is not None:
        return _related(view, part, row)
    items = [_item(view, field.key, row) for field in part.fields]
    return {"key": part.key, "label": part.label, "per_row": part.per_row, "facts": items, "related": False}


def _related(view: EntityDesk, part: Part, row: Row) -> dict[str, object]:
    inverse = part.inverse
    assert inverse is not None
    due = Lateness(view, inverse.entity, part.columns)
    columns = tuple(dict.fromkeys((*part.columns, *due.needed)))
    query = ListQuery(inverse.entity, columns, limit=RELATED_ROWS, counted=True)
    page = related(view.session, view.actor, view.entity_key, row.id, inverse.name, query)
    painters = [(key, view.painter(inverse.entity, key)) for key in part.columns]
    rows = [RelatedRow(f"/{inverse.entity}/{each.id}", tuple(due.cells(each, painters))) for each in page.rows]
    fields = view.catalog.entities[inverse.entity].every_field
    heads = [(view.label(inverse.entity, key), is_figure(fields[key])) for key in part.columns]
    may_add = view.may("create", inverse.entity)
    back = _here(view, row.id)
    here = f"{view.entity_key}/{row.id}" if fields[inverse.field].of_several else str(row.id)
    prefilled = urlencode({inverse.field: here, "back": back})
    all_href = f"/{inverse.entity}/?{urlencode({f'f.{inverse.field}': here})}"
    return {
        "key": part.key,
        "label": part.label,
        "many": sentence_case(part.label, view.language),
        "related": True,
        "heads": heads,
        "rows": rows,
        "count": "1,000+" if page.more else page.count,
        "all_href": all_href if page.next else "",
        "add_href": f"/{inverse.entity}/new?{prefilled}" if may_add else "",
    }


def _granted(view: EntityDesk, record_id: int) -> frozenset[Verb]:
    """What the reader may do with the record, of what the page asks."""
    verbs = dict.fromkeys((*ON_A_RECORD, *record_teams.verbs_for(view)))
    return abilities(view.session, view.actor, view.entity_key, record_id, verbs)


def _tells(sheet: Sheet | None) -> bool:
    """Whether the timeline stands on a tab: beside fields, not beside lists."""
    return sheet is None or any(part.fields for part in sheet.parts)


def _beside(view: EntityDesk, row: Row, granted: frozenset[Verb], answer: Answer | None) -> dict[str, object]:
    """What stands beside the fields: the timeline with its composer, the acts of a task, and who works on the record."""
    return {
        "timeline": timelines.page_of(view, row.id),
        "composer": composer_of(view, row, request.args.get("compose", ""), answer),
        "aside": tasks.panel(view, row.id, row.values.get(STATUS)) if view.entity_key == TASK else Markup(),
        "team": record_teams.panel(view, row.id, granted),
    }


def _panels(view: EntityDesk, row: Row) -> tuple[Markup, Markup]:
    """What the first tab has besides: below its sections, and above them."""
    return _extra(view, row.id), reviewed.panel_of_task(view, row) + service_levels.panel(view, row.id)


def _extra(view: EntityDesk, record_id: int) -> Markup:
    """The panels that a person's page has for administrators."""
    return people.panels(view, record_id) if view.entity_key == "user" else Markup()
