"""What the figures of a list amount to, in all of its rows: asked for once the page stands, and shown at its foot."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import jsonify
from sqlalchemy.exc import OperationalError
from werkzeug.wrappers import Response

from app.insight import BadQuery, add_up
from app.insight.lists import may_be_added
from app.orm.time_limit import was_stopped
from app.web.pages.heads import is_figure
from app.web.pages.list_asked import asked_of, besides, query_of, require
from app.web.pages.list_columns import columns_of

MOST = 4  # as many as stand in a row at the foot of a laptop's page

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


def added_of(view: EntityDesk, columns: Sequence[str]) -> list[str]:
    """The columns that are added up: the first figures that the person reads in clear."""
    fields, clear = view.entity.every_field, view.rights(view.entity_key).clear
    return [key for key in columns if key in clear and is_figure(fields[key]) and may_be_added(fields[key])][:MOST]


def address(view: EntityDesk, columns: Sequence[str], *, rows: int) -> str:
    """Where the totals of this list are asked for; blank where there is nothing to add up."""
    if rows < 2 or not added_of(view, columns):
        return ""
    kept = besides("cursor", "sort")
    return f"{view.address}totals" + (f"?{urlencode(kept)}" if kept else "")


def show(view: EntityDesk) -> Response:
    """GET /<entity>/totals, with the query of the list: `{totals: [{label, text}], said}`, empty for a list that can't be asked
    so. Of one of too many rows, or that takes too long to add up, `said` tells so.
    """
    require(view, "read")
    asked = asked_of(view)
    keys = added_of(view, columns_of(view, asked))
    found: Mapping[str, Decimal | None] | None
    try:
        found = add_up(view.session, view.actor, query_of(view, asked, ("id",)), keys)
    except BadQuery:
        found = {}
    except OperationalError as error:
        if not was_stopped(error):
            raise
        found = None
    told = [
        {"label": view.label(view.entity_key, key), "text": _amount(view, key, total)}
        for key, total in (found or {}).items()
        if total is not None
    ]
    response: Response = jsonify(totals=told, said=view.t("list.totals_many") if found is None else "")
    return response


def _amount(view: EntityDesk, key: str, value: Decimal) -> str:
    field = view.entity.every_field[key]
    return view.formats.money(value) if field.type == "money" else view.formats.number(value, field.decimals)
