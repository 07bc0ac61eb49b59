"""Previous and next on a record's page: its neighbours in the list that one came from, asked for when the page is there."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import jsonify
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.insight import BadQuery, Row
from app.insight.neighbours import neighbours_of
from app.web.pages.list_asked import asked_of, query_of
from app.web.pages.records import name_of

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


def show(view: EntityDesk, record_id: int) -> Response:
    """GET /<entity>/<id>/beside, with the query of the list: `{previous, next}`, each `{href, name, id}` or null. A list that
    can't be asked so has no neighbours. Raises NotFound for a record that is out of sight.
    """
    if not view.can("read"):
        raise NotFound
    name = view.entity.name_field
    columns = (name,) if view.rights(view.entity_key).sees(name) else ("id",)
    try:
        found = neighbours_of(view.session, view.actor, query_of(view, asked_of(view), columns), record_id)
    except BadQuery:
        return jsonify(previous=None, next=None)
    if found is None:
        raise NotFound
    return jsonify(previous=_link(view, found.before), next=_link(view, found.after))


def _link(view: EntityDesk, row: Row | None) -> dict[str, str] | None:
    return None if row is None else {"href": f"{view.address}{row.id}", "id": str(row.id), "name": name_of(view, row)}
