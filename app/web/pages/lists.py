"""The list page: rows of the view that is open, search, pages, and the count of a view for the menu."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import jsonify, request
from markupsafe import Markup
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.insight import BadQuery, ListQuery, Page, in_view, list_records, views_of
from app.insight.query import COUNT_LIMIT
from app.insight.saved import first_of
from app.insight.stages import staying
from app.insight.stale import stale_among
from app.web.pages import totals
from app.web.pages.cells import Cell
from app.web.pages.chips import drawn_chips
from app.web.pages.filtering import criteria_chips
from app.web.pages.lateness import Lateness
from app.web.pages.list_asked import (
    Asked,
    asked_of,
    besides,
    conditions_asked,
    problem_of,
    query_of,
    require,
    why_not_all,
    written_sort,
)
from app.web.pages.list_choices import board_href, builder_href, calendar_href, view_address, views_to_choose
from app.web.pages.list_columns import columns_of, liking
from app.web.pages.list_frame import around_list, heads_of
from app.web.pages.rows import ListRow
from app.web.pages.saved import form, may_save, note_of, save, saved_of, to_keep_of
from app.web.pages.words import sentence_case

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

QUICK = 6  # filters that stand above the list; more fold away
DENSE = 7  # from so many columns on a laptop shows avatars without names


def view_form(view: EntityDesk) -> Response:
    """GET and POST /<entity>/views: keeps what the list asks as a view."""
    require(view, "read")
    asked = asked_of(view)
    sort = written_sort(asked.sort or (asked.view.sort if asked.view is not None else ()))
    columns = liking(view, asked).columns or (asked.view.columns if asked.view is not None else ())
    to_keep = to_keep_of(view, conditions_asked(asked), asked.conditions, sort, columns)
    return (save if request.method == "POST" else form)(view, to_keep, asked.saved)


def read_page(view: EntityDesk, query: ListQuery) -> tuple[Page, str]:
    """The page; when the query is refused, the first page without its conditions, and why."""
    try:
        return list_records(view.session, view.actor, query), ""
    except BadQuery as error:
        plain = replace(query, filters=(), where=(), sort=(), cursor=None)
        return list_records(view.session, view.actor, plain), error.text(view.language)


def show(view: EntityDesk) -> Response:
    """GET /<entity>/. Without a query the view that opens first for the actor, if he has one."""
    require(view, "read")
    first = first_of(saved_of(view), view.actor) if not request.args else None
    if first is not None:
        return view.go(f"{view.address}?{urlencode({'view': first.id})}")
    asked = asked_of(view)
    columns = columns_of(view, asked)
    query = query_of(view, asked, columns)
    due = Lateness(view, view.entity_key, columns)
    page, problem = read_page(view, replace(query, columns=tuple(dict.fromkeys((*query.columns, *due.needed)))))
    problem = problem_of(view, asked, problem)
    around = around_list(view, columns)
    rights = around.can
    heads = heads_of(view, around, asked)
    title = view.plural(view.entity_key)
    in_text = sentence_case(title, view.language)
    total = f"{COUNT_LIMIT:,}+" if page.more else "" if page.count is None else f"{page.count:,}"
    chips, folded = _folded(drawn_chips(view, asked.conditions), asked)
    return view.page(
        "list.html",
        title=title,
        many=in_text,
        here=view.entity_key,
        one=sentence_case(view.singular(view.entity_key), view.language),
        base=view.address,
        views=views_to_choose(view, asked, title),
        view_key=asked.view.view.key if asked.view is not None else "",
        view_help=asked.view.view.help.in_language(view.language) if asked.view is not None else "",
        is_own=asked.saved is not None and asked.saved.saved.user == view.actor.user_id,
        left_out=note_of(view, asked.saved),
        entity_icon=view.icon,
        help=view.entity.help.in_language(view.language),
        can=rights,
        whole=not problem and not why_not_all(asked),
        heads=heads,
        dense=len(heads) >= DENSE,
        rows=_rows(view, page, columns, due),
        filters=chips,
        folded=folded,
        density=liking(view, asked).density,
        criteria=criteria_chips(view, asked.asking),
        filter=asked.asking.text,
        filtered=asked.filtered,
        q=asked.search,
        sort=written_sort(asked.sort),
        total=total,
        capped=page.more,
        total_help=view.t("list.counted") if page.more else "",
        caption=view.t("list.caption", what=title, count=len(page.rows)),
        range_text=_range(view, page, total),
        stale=len(stale_among(view.session, view.entity_key, [row.id for row in page.rows])),
        bulk_fields=around.bulk_fields,
        owner_input=around.owner_input,
        tag_inputs=around.tag_inputs,
        problem=problem,
        totals_href=totals.address(view, columns, rows=len(page.rows)) if not problem else "",
        **_addresses(view, asked, page),
    )


def _addresses(view: EntityDesk, asked: Asked, page: Page) -> dict[str, Any]:
    """Where the links of the list lead; "" where there is none."""
    return {
        "board_href": board_href(view),
        "calendar_href": calendar_href(view),
        "clear_href": _clear_href(view, asked),
        "save_href": _save_href(view, asked),
        "builder_href": builder_href(view, asked),
        "columns_href": _whole(view, "columns"),
        "previous_href": _paged(view, page.previous),
        "next_href": _paged(view, page.next),
        "csv_href": _whole(view, "csv"),
        "mail_href": _whole(view, "bulk/mail"),
    }


def _folded(chips: Sequence[Markup], asked: Asked) -> tuple[list[Markup], list[Markup]]:
    """The quick filters that stand above the list, and those that fold away: beyond some, but for what is asked."""
    if len(chips) <= QUICK + 1:  # one alone takes no less room than the way to it
        return list(chips), []
    free = [chip for chip, each in zip(chips, asked.conditions, strict=True) if not each.active]
    folded = free[max(QUICK - (len(chips) - len(free)), 0) :]
    return [chip for chip in chips if chip not in folded], folded


def _clear_href(view: EntityDesk, asked: Asked) -> str:
    return view_address(view, asked.view) if asked.saved is None else f"{view.address}?view=all"


def _save_href(view: EntityDesk, asked: Asked) -> str:
    """The address that keeps what is asked as a view; "" where there is nothing to keep, or no right to."""
    if not may_save(view) or not (asked.filtered or asked.sort or asked.saved):
        return ""
    kept = besides("cursor")
    return f"{view.address}views" + (f"?{urlencode(kept)}" if kept else "")


def count_of(view: EntityDesk) -> Response:
    """GET /<entity>/count: how many records are in a view, counted up to a thousand. For numbers in the menu."""
    require(view, "read")
    listed = views_of(view.catalog, view.actor, view.entity_key).get(request.args.get("view", ""))
    if listed is None:
        raise NotFound
    query = in_view(
        ListQuery(view.entity_key, columns=("id",), limit=1, counted=True), replace(listed, columns=(), sort=())
    )
    page = list_records(view.session, view.actor, query)
    return jsonify(text=f"{COUNT_LIMIT:,}+" if page.more else f"{page.count or 0:,}")


def _rows(view: EntityDesk, page: Page, columns: Sequence[str], due: Lateness) -> list[ListRow]:
    painters = [(key, view.painter(view.entity_key, key)) for key in columns]
    late = _late(view, page, columns)
    blank_name = f"#{{}} {view.singular(view.entity_key)}"
    found = []
    for row in page.rows:
        cells = due.cells(row, painters)
        for place, staying_too_long in late.items():
            if row.id in staying_too_long:
                cells[place] = cells[place]._replace(title=view.t("stage.is_late"))
        if cells[0].kind == "blank":
            cells[0] = Cell("text", blank_name.format(row.id))
        found.append(ListRow(row.id, row.version, view.t("list.pick", name=cells[0].text), tuple(cells)))
    return found


def _late(view: EntityDesk, page: Page, columns: Sequence[str]) -> dict[int, frozenset[int]]:
    """By the place of a stage's column the records that stay in their stage for too long."""
    fields, clear = view.entity.every_field, view.rights(view.entity_key).clear
    ids, now = [row.id for row in page.rows], view.store.clock()
    return {
        place: staying(view.session, view.actor, view.entity_key, key, ids, now)
        for place, key in enumerate(columns)
        if fields[key].type == "stage" and key in clear
    }


def _range(view: EntityDesk, page: Page, total: str) -> str:
    if not page.rows:
        return view.t("list.range_none")
    if page.previous is None:
        return view.t("list.range", first=1, last=len(page.rows), total=total)
    return view.t("list.range_unknown", count=len(page.rows), total=total)


def _with(view: EntityDesk, **changed: str) -> str:
    """The address of the list with these parts of its query changed; the page begins anew."""
    return f"{view.address}?{urlencode([*besides('cursor', *changed), *changed.items()])}"


def _paged(view: EntityDesk, cursor: str | None) -> str:
    return _with(view, cursor=cursor) if cursor else ""


def _whole(view: EntityDesk, where: str) -> str:
    """The address of what is made of the whole list."""
    kept = besides("cursor")
    return f"{view.address}{where}" + (f"?{urlencode(kept)}" if kept else "")
