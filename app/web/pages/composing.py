"""The doors of a record's timeline: older pages and other kinds of it, and what is written down above it."""

from __future__ import annotations

from dataclasses import replace
from typing import TYPE_CHECKING

from flask import request
from werkzeug.exceptions import BadRequest, Forbidden, NotFound
from werkzeug.wrappers import Response

from app.record import New, Refused, create
from app.web import context
from app.web.pages import composers, confirming, records, refusals, timelines
from app.web.pages.base import parse_id
from app.web.pages.defaults import left_to_save
from app.web.pages.desk import EntityDesk
from app.web.pages.posted import Posted, of_today, read_posted, values_of
from app.web.pages.short_forms import answer

if TYPE_CHECKING:
    from app.web.pages.composers import Draft

KIND, BEFORE = "kind", "before"


def timeline(view: EntityDesk, record_id: int) -> Response:
    """GET /<entity>/<id>/timeline: `kind` and `before`, the mark of a page; a page of its own, of which scripts take the
    list.
    """
    row = records.find(view, record_id, [view.entity.name_field])
    name = records.name_of(view, row)
    kind, before = request.args.get(KIND, ""), request.args.get(BEFORE, "")
    page = timelines.page_of(view, record_id, kind, before)
    title = view.t("timeline.of", name=name)
    here = f"{view.address}{record_id}"
    crumbs = ((view.plural(view.entity_key), view.address), (name, here), (view.t("timeline.title"), ""))
    return view.page(
        "timeline.html", title=title, here=view.entity_key, crumbs=crumbs, here_url=here, timeline=page, address=here
    )


def add(view: EntityDesk, record_id: int) -> Response:
    """POST /<entity>/<id>/timeline: `:for` says of which entity, the rest are its fields. Raises NotFound where the record is
    out of sight, Forbidden where nothing may be written down.
    """
    row = records.find(view, record_id, [view.entity.name_field, *composers.lookups_of(view)])
    wanted = request.form.get(composers.FOR, "")
    if wanted not in view.catalog.entities:
        raise BadRequest
    draft = next((each for each in composers.drafts_of(view, row) if each.stream.entity == wanted), None)
    if draft is None:
        raise Forbidden
    desk = draft.desk
    posted = _posted(draft)
    values = values_of(posted, desk.entity, desk.formats.zone, masked=frozenset(), creating=True)
    values = left_to_save(desk, composers.completed(draft, values))
    context.current().close_session()
    outcome = create(desk.store, desk.actor, wanted, [New(values, confirming.reasons(desk))], door="form")
    if isinstance(outcome, Refused):
        if outcome.status == "not_found":
            raise NotFound
        answer = composers.Answer(wanted, posted, outcome)
        return records.show(view, record_id, once=answer, status=refusals.STATUS[outcome.status])
    what = composers.said_of(draft, str(values.get(draft.kind, "")))
    target = f"{view.address}{record_id}{composers.ANCHOR}"
    if outcome.out_of_sight:
        return view.go(target, "record.out_of_sight")
    return view.go(target, "timeline.added", what=what)


def state(desk: EntityDesk) -> Response:
    """POST /<entity>/form/state?about=account/12: what the form of such a record in the timeline of that one shows, for what is
    typed in it. Raises NotFound where the record is out of sight, Forbidden where nothing of the kind may be written down.
    """
    about, _, record = request.args["about"].partition("/")
    if about not in desk.catalog.entities or desk.catalog.part_link(about) is not None:
        raise NotFound
    view = EntityDesk(about)
    row = records.find(view, parse_id(record), [view.entity.name_field, *composers.lookups_of(view)])
    draft = next((each for each in composers.drafts_of(view, row) if each.stream.entity == desk.entity_key), None)
    if draft is None:
        raise Forbidden
    values = values_of(_posted(draft), desk.entity, desk.formats.zone, masked=frozenset(), creating=True)
    return answer(desk, composers.live_of_draft(draft), composers.completed(draft, values))


def _posted(draft: Draft) -> Posted:
    """The fields of the form, and no others."""
    desk = draft.desk
    read = read_posted(request.form, desk.entity)
    posted = of_today(read, desk.store.models, desk.entity_key, draft.keys)
    raw = {name: value for name, value in posted.raw.items() if name.partition(":")[0] in draft.keys}
    return replace(posted, raw=raw)
