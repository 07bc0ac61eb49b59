"""What a searching lookup offers, as JSON: records in the actor's scope, by Chinese, pinyin initials or English."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import jsonify, request
from werkzeug.wrappers import Response

from app.insight import BadQuery, lookup_options
from app.web.pages.cells import initials_of, tone_of

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

OFFERED = 12


def options(view: EntityDesk) -> Response:
    """GET /<entity>/lookup?q=…: `{options: [{id, label, detail, initials, tone}]}`, empty for who reads none."""
    query = request.args.get("q", "").replace("\0", "").strip()[:100]
    try:
        found = lookup_options(view.session, view.actor, view.entity_key, query, OFFERED) if view.can("read") else []
    except BadQuery:
        found = []
    return jsonify(
        options=[
            {
                "id": str(each.id),
                "label": each.label,
                "detail": each.detail,
                "initials": initials_of(each.label),
                "tone": tone_of(each.label),
            }
            for each in found
        ]
    )
