"""What a searching lookup offers, as JSON: records in the actor's scope, by Chinese, pinyin initials or English."""

from __future__ import annotations

from decimal import Decimal
from typing import TYPE_CHECKING

from flask import jsonify, request
from werkzeug.wrappers import Response

from app.insight import BadQuery, Filter, ListQuery, list_records, lookup_options, tag_suggestions
from app.insight.compound import Money, Translated
from app.web.pages.cells import initials_of, tone_of
from app.web.pages.inputs import typed_of

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
    fills = _fills(view, [each.id for each in found])
    return jsonify(
        options=[
            {
                "id": str(each.id),
                "label": each.label,
                "detail": each.detail,
                "initials": initials_of(each.label),
                "tone": tone_of(each.label),
                **({"fills": fills[each.id]} if each.id in fills else {}),
            }
            for each in found
        ]
    )


def _fills(view: EntityDesk, ids: list[int]) -> dict[int, dict[str, dict[str, str]]]:
    """What choosing each of these records fills in. Blanks fill in nothing."""
    asked = request.args.get("fill", "")[:LONGEST_FILL].split(",")
    clear, fields = view.rights(view.entity_key).clear, view.entity.fields
    columns = tuple(key for key in dict.fromkeys(asked) if key in fields and key in clear)
    if not ids or not columns:
        return {}
    query = ListQuery(view.entity_key, columns, (Filter("id", "in", tuple(ids)),), limit=len(ids), counted=False)
    found = {}
    for row in list_records(view.session, view.actor, query).rows:
        typed = {key: typed_of(_alone(row.values[key]), view.formats.zone, view.language) for key in columns}
        found[row.id] = {key: {"value": each.value, "shown": each.shown} for key, each in typed.items() if each.value}
    return found


def _alone(value: object) -> object:
    """What is copied of a compound value: the amount in the company's currency, the text that the person reads."""
    if isinstance(value, Money):
        return Decimal(value)
    return str(value) if isinstance(value, Translated) else value
