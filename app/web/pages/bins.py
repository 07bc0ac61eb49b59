"""The bin of an entity: what was deleted, by act; what went together comes back together."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import request
from werkzeug.exceptions import Forbidden
from werkzeug.wrappers import Response

from app.insight import BadQuery, ListQuery, Reference, Row, list_records
from app.record import in_chunks
from app.record import restore as restore_records
from app.web import context
from app.web.pages.bulk import answer, picked
from app.web.pages.cells import Cell, initials_of, tone_of
from app.web.pages.list_asked import require
from app.web.pages.words import sentence_case

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

ROWS = 50


@dataclass
class Deletion:
    """One act of deleting, with the records of this entity that it took."""

    at: Cell
    by: str
    can_restore: bool
    ids: list[int] = field(default_factory=list)
    records: list[Cell] = field(default_factory=list)
    title: str = ""


def show(view: EntityDesk) -> Response:
    """GET /<entity>/bin/."""
    require(view, "read")
    if not view.can("restore") or not view.entity.soft_delete:
        raise Forbidden
    name = view.entity.name_field
    columns = tuple(filter(view.rights(view.entity_key).sees, (name,)))
    query = ListQuery(
        view.entity_key,
        (*columns, "deleted_at", "deleted_by", "deletion"),
        cursor=request.args.get("cursor") or None,
        limit=ROWS,
        deleted=True,
        counted=False,
    )
    try:
        page = list_records(view.session, view.actor, query)
    except BadQuery:
        return view.go(f"{view.address}bin/")
    plural = view.plural(view.entity_key)
    title = view.t("bin.title", what=sentence_case(plural, view.language))
    return view.page(
        "bin.html",
        title=title,
        here=view.entity_key,
        crumbs=((plural, view.address), (view.t("list.bin"), "")),
        base=view.address,
        groups=_groups(view, page.rows),
        next_href=_paged(view, page.next),
        previous_href=_paged(view, page.previous),
    )


def _paged(view: EntityDesk, cursor: str | None) -> str:
    return f"{view.address}bin/?{urlencode({'cursor': cursor})}" if cursor else ""


def _groups(view: EntityDesk, rows: Iterable[Row]) -> list[Deletion]:
    """The rows by act, in the order of the list: what was deleted last comes first."""
    found: dict[object, Deletion] = {}
    paint_time = view.painter(view.entity_key, "created_at")
    paint_name = view.painter(view.entity_key, view.entity.name_field)
    for row in rows:
        act = row.values.get("deletion") or f"row {row.id}"
        group = found.get(act)
        if group is None:
            by = row.values.get("deleted_by")
            somebody = by.label if isinstance(by, Reference) and by.label else view.t("record.somebody")
            at = paint_time(row.values.get("deleted_at"))
            group = found[act] = Deletion(at, view.t("bin.by", name=somebody), view.can("restore"))
        shown = paint_name(row.values.get(view.entity.name_field))
        name = f"#{row.id}" if shown.kind == "blank" else shown.text
        group.ids.append(row.id)
        group.records.append(Cell("record", name, name, "", tone_of(name), initials_of(name)))
    for group in found.values():
        many = view.t("bin.deleted_many", count=len(group.ids))
        group.title = group.records[0].text if len(group.ids) == 1 else many
    return list(found.values())


def restore(view: EntityDesk) -> Response:
    """POST /<entity>/bin/restore: `id`…; one is enough to bring back all of its act."""
    require(view, "restore")
    ids = picked()
    context.current().close_session()
    report = in_chunks(lambda some: restore_records(view.store, view.actor, view.entity_key, some, door="bin"), ids)
    return answer(view, report, ids, "restore")
