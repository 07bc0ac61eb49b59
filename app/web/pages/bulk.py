"""Actions on the selected rows of a list: change one field, tag, delete, take along as a file.

A report says who was refused and why. Who may take along some records gets these, as of the whole list.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from functools import partial
from typing import TYPE_CHECKING, NamedTuple

from flask import jsonify, request
from werkzeug.exceptions import BadRequest
from werkzeug.wrappers import Response

from app.insight import BadQuery, labels, list_records
from app.insight.abilities import among
from app.record import Change, Report, Retag, in_chunks, retag, update
from app.record import delete as delete_records
from app.record.lists import MOST_TAGS
from app.web import context
from app.web.pages import export, refusals
from app.web.pages.fragments import fragment
from app.web.pages.inputs import InputMaker, Typed
from app.web.pages.list_asked import asked_of, query_of, require, same_list, why_not_all
from app.web.pages.list_columns import columns_of
from app.web.pages.list_frame import tags_of
from app.web.pages.posted import posted_field, whole_number
from app.web.pages.words import sentence_case
from app.web.security.answers import safe_next

if TYPE_CHECKING:
    from app.definition import Field
    from app.web.pages.desk import EntityDesk

MOST = 1_000
VALUE = "value"


class RefusedRow(NamedTuple):
    """A record that was left out: its name as far as it is seen, where it is, and the reasons."""

    name: str
    href: str
    reasons: tuple[str, ...]


def input_of(view: EntityDesk) -> Response:
    """GET /<entity>/input?field=…: `{html}`, the empty input of a field, to be posted as `value`."""
    require(view, "update")
    field = _field(view, request.args.get("field", ""))
    made = InputMaker(view.catalog, view.entity_key, view.formats, {}, "bulk-", partial(view.may, "read")).make(
        field, Typed()
    )
    return jsonify(html=fragment("fragments/input.html", input=_renamed(made)))


def _renamed(made: object) -> object:
    return replace(made, name=VALUE, required=False)  # type: ignore[type-var]


def _field(view: EntityDesk, key: str) -> Field:
    if key not in view.rights(view.entity_key).writable(creating=False):
        raise BadRequest
    field = view.entity.every_field[key]
    if field.consent is not None:  # nobody agrees for a thousand others
        raise BadRequest
    return field


def edit(view: EntityDesk) -> Response:
    """POST /<entity>/bulk/edit: what `chosen` reads, `field`, `value`."""
    require(view, "update")
    field = _field(view, request.form.get("field", ""))
    value = posted_field(request.form, field, view.formats.zone, VALUE)
    ids = chosen(view)
    if isinstance(ids, Response):
        return ids
    changes = [Change(record, {field.key: value}) for record in ids]
    context.current().close_session()
    report = in_chunks(lambda some: update(view.store, view.actor, view.entity_key, some, door="bulk"), changes)
    return answer(view, report, [each.id for each in changes], "edit")


def delete(view: EntityDesk) -> Response:
    """POST /<entity>/bulk/delete: what `chosen` reads."""
    require(view, "delete")
    ids = chosen(view)
    if isinstance(ids, Response):
        return ids
    context.current().close_session()
    report = in_chunks(lambda some: delete_records(view.store, view.actor, view.entity_key, some, door="bulk"), ids)
    return answer(view, report, ids, "delete")


def tag(view: EntityDesk) -> Response:
    """POST /<entity>/bulk/tags: what `chosen` reads; `add` and `remove`, lists as forms write them."""
    require(view, "update")
    key = tags_of(view)
    if key is None:
        raise BadRequest
    field = view.entity.every_field[key]
    add, remove = (_words(posted_field(request.form, field, view.formats.zone, name)) for name in ("add", "remove"))
    wish = Retag(key, add, remove)
    ids = chosen(view)
    if isinstance(ids, Response):
        return ids
    if not add and not remove:
        return view.go(same_list(view), "report.no_tags", "danger")
    context.current().close_session()
    report = in_chunks(lambda some: retag(view.store, view.actor, view.entity_key, some, wish, door="bulk"), ids)
    return answer(view, report, ids, "edit")


def _words(posted: object) -> list[str]:
    """Raises BadRequest for what is no list of words."""
    if posted is None or posted == "":
        return []
    if not isinstance(posted, list) or len(posted) > MOST_TAGS or not all(isinstance(each, str) for each in posted):
        raise BadRequest
    return posted


def csv(view: EntityDesk) -> Response:
    """POST /<entity>/bulk/csv: what `chosen` reads, in the columns and the order of the list that the query string asks for."""
    require(view, "read")
    require(view, "export")
    ids = chosen(view)
    if isinstance(ids, Response):
        return ids
    if not ids:
        return view.go(same_list(view), "report.none", "danger")
    allowed = among(view.session, view.actor, view.entity_key, "export", ids)
    if not allowed:
        return view.go(same_list(view), "report.none_exported", "danger")
    asked = asked_of(view)
    query = query_of(view, asked, columns_of(view, asked))
    taken = tuple(each for each in ids if each in allowed)
    return export.send(view, export.export_of(view.store, view.actor, query, view.formats, taken))


def chosen(view: EntityDesk) -> list[int] | Response:
    """The ids of `id`…, or with `all` those of the whole list that the query string asks for: what the actor may read of it. Or
    back to the list, where that can't be asked so, holds more than MOST or not as many as were shown, which `all` says: then it
    is another list. What may be done is decided for each at the write.
    """
    shown = request.form.get("all")
    if not shown:
        return picked()
    asked = asked_of(view)
    if why := why_not_all(asked):
        return view.go(same_list(view), why, "danger")
    query = replace(query_of(view, asked, ("id",)), limit=MOST, cursor=None, counted=False)
    try:
        page = list_records(view.session, view.actor, query)
    except BadQuery as error:
        return view.go(same_list(view), "report.unread", "danger", why=error.text(view.language))
    if page.next is not None:
        return view.go(same_list(view), "report.too_many", "danger", most=f"{MOST:,}")
    if len(page.rows) != whole_number(shown):
        return view.go(same_list(view), "report.other_list", "danger")
    return [row.id for row in page.rows]


def picked() -> list[int]:
    """The ids that were selected. Raises BadRequest for what are none, or too many."""
    ids = list(dict.fromkeys(request.form.getlist("id")))
    found = [number for number in map(whole_number, ids) if number is not None]
    if len(ids) > MOST or len(found) < len(ids):
        raise BadRequest
    return found


DONE = {"edit": "report.changed", "delete": "report.deleted", "restore": "report.restored"}
SUMMARY = {"edit": "report.summary", "delete": "report.summary_delete", "restore": "report.summary_restore"}


def answer(view: EntityDesk, report: Report, ids: Sequence[int], what: str) -> Response:
    """Back to the list when all went well, else the report."""
    back = safe_next(request.form.get("back"))
    target = back if back.startswith(view.address) else view.address
    if not ids:
        return view.go(target, "report.none", "danger")
    if not report.refused:
        return view.go(target, DONE[what], count=str(report.saved))
    names = labels(view.session, {view.entity_key: [ids[each.index] for each in report.refused]})
    refused = [
        RefusedRow(
            names.get((view.entity_key, ids[each.index]), view.t("report.unknown")),
            f"{view.address}{ids[each.index]}" if (view.entity_key, ids[each.index]) in names else "",
            tuple(dict.fromkeys(refusals.text_of(view, refusal) for refusal in each.refusals)),
        )
        for each in report.refused
    ]
    plural = view.plural(view.entity_key)
    title = view.t(f"report.title_{what}", what=sentence_case(plural, view.language))
    return view.page(
        "report.html",
        title=title,
        here=view.entity_key,
        crumbs=((plural, view.address), (title, "")),
        status=200 if report.saved else 422,
        done=view.t(DONE[what], count=report.saved) if report.saved else "",
        refused=refused,
        summary=view.t(SUMMARY[what], count=len(refused)),
        one=view.singular(view.entity_key),
        many=sentence_case(plural, view.language),
        back=target,
    )
