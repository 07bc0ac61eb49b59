"""What a searching lookup offers, as JSON: records in the actor's scope, by Chinese, pinyin initials or English."""

from __future__ import annotations

from collections.abc import Mapping
from typing import TYPE_CHECKING

from flask import jsonify, request
from werkzeug.wrappers import Response

from app.insight import BadQuery, lookup_options, tag_suggestions
from app.web.pages.cells import initials_of, tone_of
from app.web.pages.copies import copies
from app.web.pages.inputs import Typed

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

OFFERED = 12
LONGEST_FILL = 1_000


def tags(view: EntityDesk) -> Response:
    """GET /<entity>/tags?field=…&q=…: tags of records in sight, in the form of `options`; empty for who reads none.

    A field of its parts is `lines.tags`.
    """
    query = request.args.get("q", "").replace("\0", "").strip()[:100]
    name, _, inner = request.args.get("field", "").partition(".")
    link = view.catalog.parts_of(view.entity_key).get(name) if inner else None
    entity, field = (view.entity_key, name) if link is None else (link.entity, inner)
    try:
        found = tag_suggestions(view.session, view.actor, entity, field, query, OFFERED) if view.can("read") else []
    except BadQuery:
        found = []
    return jsonify(options=[{"id": each, "label": each, "detail": ""} for each in found])


def options(view: EntityDesk) -> Response:
    """GET /<entity>/lookup?q=…: `{options: [{id, label, detail, initials, tone}]}`, empty for who reads none.

    With `fill=price,unit` each has `fills: {price: {value, shown}}`: what inputs show for those fields that are read in clear.
    """
    query = request.args.get("q", "").replace("\0", "").strip()[:100]
    try:
        found = lookup_options(view.session, view.actor, view.entity_key, query, OFFERED) if view.can("read") else []
    except BadQuery:
        found = []
    sources = request.args.get("fill", "")[:LONGEST_FILL].split(",")
    fills = copies(view, view.entity_key, [each.id for each in found], sources)
    return jsonify(
        options=[
            {
                "id": str(each.id),
                "label": each.label,
                "detail": each.detail,
                "initials": initials_of(each.label),
                "tone": tone_of(each.label),
                **({"fills": _as_json(fills[each.id])} if each.id in fills else {}),
            }
            for each in found
        ]
    )


def _as_json(typed: Mapping[str, Typed]) -> dict[str, dict[str, str]]:
    return {key: {"value": each.value, "shown": each.shown} for key, each in typed.items()}
