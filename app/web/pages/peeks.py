"""A small card about a record, beside a link to it: its most telling fields, as far as the reader sees them."""

from __future__ import annotations

from typing import TYPE_CHECKING

from flask import make_response
from werkzeug.wrappers import Response

from app.insight.records import default_columns
from app.web.pages.cells import Cell, initials_of, tone_of
from app.web.pages.fragments import fragment
from app.web.pages.layouts import highlights_of
from app.web.pages.record_state import look_at
from app.web.pages.records import find, name_of

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

MOST = 6
_LISTS = frozenset({"many", "files", "link"})  # of which the words alone are shown
_POINTING = frozenset({"person", "record"})


def show(view: EntityDesk, record_id: int) -> Response:
    """GET /<entity>/<id>/peek: what stands at the head of its page, then in its list; blanks are left out, links are none.

    Raises NotFound for a record that is out of sight.
    """
    columns = default_columns(view.catalog, view.actor, view.entity_key) if view.can("read") else ()
    high = highlights_of(view.entity, view.rights(view.entity_key), view.actor.roles)
    name = view.entity.name_field
    keys = [key for key in dict.fromkeys((*high, *columns)) if key != name]
    row = find(view, record_id, [name, *keys])
    hidden = look_at(view, record_id, (), keys).fields
    cells = ((key, view.painter(view.entity_key, key)(row.values.get(key))) for key in keys if key not in hidden)
    facts = [(view.label(view.entity_key, key), _still(cell)) for key, cell in cells if cell.kind != "blank"][:MOST]
    title = name_of(view, row)
    face = Cell("record", title, mark=tone_of(title), initials=initials_of(title))
    card = fragment("fragments/peek.html", face=face, kind=view.singular(view.entity_key), facts=facts)
    response: Response = make_response(card)
    return response


def _still(cell: Cell) -> Cell:
    """The cell without anything that could be pressed: the card goes when one leaves the link."""
    if cell.kind in _LISTS:
        return Cell("text", cell.text)
    return cell._replace(href="") if cell.kind in _POINTING else cell
