"""Which columns a list shows, in which order, and how dense its rows are: a form that the server draws, for one person."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, Any, NamedTuple
from urllib.parse import urlencode

from flask import g, request
from werkzeug.wrappers import Response

from app.definition.field_types import FILE_TYPES
from app.insight.preferences import MOST_COLUMNS, Density, Liking, keep_columns, keep_density, liking_of
from app.insight.saved import keep_view
from app.web import context
from app.web.pages.inside import INSIDE, answer_inside, go_on
from app.web.pages.list_asked import Asked, asked_of, besides, columns_for, require

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

NEVER_A_COLUMN = frozenset({"version"})
NEVER_IN_A_LIST = frozenset({"json", *FILE_TYPES})


class Choosable(NamedTuple):
    """A field that may be a column. `name`: that of the record, which is always the first. `focus`: its button was pressed."""

    key: str
    label: str
    chosen: bool
    name: bool
    focus: str = ""


def liking(view: EntityDesk, asked: Asked) -> Liking:
    """What the reader chose for this list, read once for a request."""
    which = asked.view.view.key if asked.view is not None else ""
    key = f"liking_{view.entity_key}_{which}"
    if key not in g:
        setattr(g, key, liking_of(view.session.execute, view.actor, view.entity_key, which))
    found: Liking = getattr(g, key)
    return found


def columns_of(view: EntityDesk, asked: Asked) -> tuple[str, ...]:
    """The columns that the reader chose, else those of the view or of the list, as far as he may see them. Never none."""
    rights = view.rights(view.entity_key)
    return columns_for(view.entity, rights, asked.view, liking(view, asked).columns)


def form(view: EntityDesk) -> Response:
    """GET /<entity>/columns: the form, for the list whose query it is given."""
    require(view, "read")
    asked = asked_of(view)
    shown = columns_of(view, asked)
    return _answer(view, _ordered(view, shown), frozenset(shown), liking(view, asked).density)


def save(view: EntityDesk) -> Response:
    """POST /<entity>/columns: `column`… that are shown, `order` of all, `density`; `do` is `save`, `reset`, or moves one by
    `up:<key>` and `down:<key>`. Then to the list. In a saved view of one's own the columns become those of the view.
    """
    require(view, "read")
    asked, form_ = asked_of(view), request.form
    known = _choosable(view)
    shown = [key for key in dict.fromkeys(form_.getlist("column")) if key in known]
    order = list(dict.fromkeys([*(key for key in form_.getlist("order") if key in known), *known]))
    density: Density = "compact" if form_.get("density") == "compact" else "comfortable"
    act, _, moved = form_.get("do", "save").partition(":")
    if act in {"up", "down"}:
        return _answer(view, _moved(order, moved, act, frozenset(shown)), frozenset(shown), density, focus=(moved, act))
    chosen = [] if act == "reset" else [view.entity.name_field, *(key for key in order if key in shown)]
    chosen = [key for key in dict.fromkeys(chosen) if key in known]
    changed = act == "reset" or tuple(chosen) != columns_of(
        view, asked
    )  # else they stay the pack's, whatever it says later
    if changed and len(chosen) > MOST_COLUMNS:
        wrong = view.t("columns.too_many", most=MOST_COLUMNS)
        return _answer(view, order, frozenset(shown), density, wrong=wrong)
    context.current().close_session()
    kept = (not changed or _keep(view, asked, chosen)) and keep_density(view.store, view.actor, density)
    if not kept:
        return _answer(view, order, frozenset(shown), density, wrong=view.t("saved.wrong.busy"))
    query = urlencode(besides(INSIDE))
    href = f"{view.address}?{query}" if query else view.address
    return go_on(view, href)


def _keep(view: EntityDesk, asked: Asked, columns: Sequence[str]) -> bool:
    own = asked.saved is not None and asked.saved.saved.user == view.actor.user_id
    if own and asked.saved is not None:
        sort = tuple(("-" if descends else "") + key for key, descends in asked.saved.listed.sort)
        return not isinstance(
            keep_view(view.store, view.actor, asked.saved.kept(asked.saved.condition, tuple(columns), sort)), str
        )
    which = asked.view.view.key if asked.view is not None else ""
    return keep_columns(view.store, view.actor, view.entity_key, which, columns)


def _choosable(view: EntityDesk) -> list[str]:
    """The fields that the reader may have as columns: all that he sees, the name first."""
    rights, entity = view.rights(view.entity_key), view.entity
    keys = [
        key
        for key, field in entity.every_field.items()
        if rights.sees(key) and key not in NEVER_A_COLUMN and field.type not in NEVER_IN_A_LIST
    ]
    first = [entity.name_field] if entity.name_field in keys else []
    return list(dict.fromkeys([*first, *keys]))


def _ordered(view: EntityDesk, shown: Sequence[str]) -> list[str]:
    known = _choosable(view)
    return [*(key for key in shown if key in known), *(key for key in known if key not in shown)]


def _moved(order: Sequence[str], key: str, way: str, shown: frozenset[str]) -> list[str]:
    """The order with one field a place further up or down; the first place is that of the name.

    What is shown passes all that is not: a field that was chosen far below is at its place after few steps.
    """
    found = list(order)
    if key not in found:
        return found
    at = found.index(key)
    to = at - 1 if way == "up" else at + 1
    if key in shown:
        further = range(to, 0, -1) if way == "up" else range(to, len(found))
        to = next((place for place in further if found[place] in shown), 1 if way == "up" else at)
    if 1 <= to < len(found) and at:
        found.insert(to, found.pop(at))
    return found


def _answer(
    view: EntityDesk, order: Sequence[str], shown: frozenset[str], density: Density, *, wrong: str = "",
    focus: tuple[str, str] = ("", ""),
) -> Response:  # fmt: skip
    name = view.entity.name_field
    query = urlencode(besides(INSIDE))
    values: dict[str, Any] = {
        "heading": view.t("columns.title"), "density": density, "wrong": wrong, "most": MOST_COLUMNS,
        "fields": [
            Choosable(key, view.label(view.entity_key, key), key in shown or key == name, key == name, focus[1] if key == focus[0] else "")
            for key in order
        ],
        "action": f"{view.address}columns" + (f"?{query}" if query else ""),
        "back": view.address + (f"?{query}" if query else ""),
    }  # fmt: skip
    return answer_inside(view, "columns", values, status=422 if wrong else 200)
