"""Saved views on the list page: which is open, the form that keeps one, and its text for the pack."""

from __future__ import annotations

import json
from collections.abc import Iterator, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import g, request
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from app.access import has_right
from app.frozen import dataclass
from app.insight import Filter, labels
from app.insight.criteria import Comparison, Group, Known, write
from app.insight.query import parse_sort
from app.insight.saved import (
    LONGEST_NAME,
    Opened,
    SavedView,
    conjunction,
    drop_view,
    keep_view,
    opened,
    saved_views,
    shares_of,
)
from app.web import context
from app.web.pages.filtering import FILTER
from app.web.pages.filters import PREFIX, Condition, as_filters
from app.web.pages.inside import INSIDE, answer_inside, go_on

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

VIEW = "view"
_OPERATORS = {
    "in": "any_of", "contains": "contains", "at_least": "at_least", "at_most": "at_most", "has_any": "has_any",
    "is_blank": "blank", "is_not_blank": "filled",
}  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class ToKeep:
    """What the list of this request asks, as a view keeps it; `rest` is what it can't keep and the address does."""

    condition: str
    sort: tuple[str, ...]
    columns: tuple[str, ...]
    rest: tuple[tuple[str, str], ...] = ()


def saved_of(view: EntityDesk) -> list[SavedView]:
    """The saved views that the actor may open, read once for a request."""
    key = f"saved_{view.entity_key}"
    if key not in g:
        setattr(g, key, saved_views(view.session.execute, view.actor, view.entity_key))
    found: list[SavedView] = getattr(g, key)
    return found


def find_opened(view: EntityDesk) -> Opened | None:
    """The saved view that the query names. Raises NotFound where it names one that is not for the actor: the list without
    its condition would be another list.
    """
    key = request.args.get(VIEW, "")
    if not key.isascii() or not key.isdigit():
        return None
    found = next((each for each in saved_of(view) if str(each.id) == key), None)
    if found is None:
        raise NotFound
    return opened(view.catalog, view.actor, found)


def note_of(view: EntityDesk, found: Opened | None) -> str:
    """What the reader is told of a view that is not carried out as a whole; "" where it is."""
    counts = {"saved.withheld": len(found.withheld), "saved.left_out": found.left_out} if found is not None else {}
    return " ".join(view.t(key, count=count) for key, count in counts.items() if count)


def may_save(view: EntityDesk) -> bool:
    """Whether the actor may keep views of his own."""
    return view.actor.user_id is not None and has_right(view.catalog, view.actor, "saved_views")


def form(view: EntityDesk, to_keep: ToKeep, found: Opened | None) -> Response:
    """GET /<entity>/views: the form that keeps the list as a view."""
    if not may_save(view):
        raise Forbidden
    return _form(view, to_keep, found)


def save(view: EntityDesk, to_keep: ToKeep, found: Opened | None) -> Response:
    """POST /<entity>/views: `do` is `new`, `keep` (the one that is open) or `drop`; then to the list."""
    if not may_save(view):
        raise Forbidden
    act, own = request.form.get("do", "new"), _own(view, found)
    context.current().close_session()
    if act == "drop":
        if found is None or not drop_view(view.store, view.actor, found.saved.id):
            raise NotFound
        return go_on(view, view.address, "saved.dropped")
    share, _, which = request.form.get("share", "mine").partition(":")
    asks = to_keep.condition, to_keep.columns, to_keep.sort
    if found is not None and own is not None and act == "keep":
        begun = found.kept(*asks)
    else:
        begun = SavedView(entity=view.entity_key, name="", condition=asks[0], columns=asks[1], sort=asks[2])
    kept = replace(
        begun,
        name=" ".join(request.form.get("name", "").replace("\0", "").split())[: LONGEST_NAME + 1],
        share=share,  # type: ignore[arg-type]  # what is none is refused below
        role=which if share == "role" else None,
        team=int(which) if share == "team" and which.isascii() and which.isdigit() and len(which) < 19 else None,
        opens_first=request.form.get("opens_first") == "true",
    )
    outcome = keep_view(view.store, view.actor, kept)
    if isinstance(outcome, str):
        return _form(view, to_keep, found, wrong=view.t(f"saved.wrong.{outcome}"), typed=kept)
    query = urlencode([(VIEW, str(outcome)), *to_keep.rest])
    return go_on(view, f"{view.address}?{query}", "saved.kept")


def _own(view: EntityDesk, found: Opened | None) -> SavedView | None:
    return found.saved if found is not None and found.saved.user == view.actor.user_id else None


def _may_drop(view: EntityDesk, found: Opened | None) -> bool:
    return found is not None and (_own(view, found) is not None or has_right(view.catalog, view.actor, "configure"))


def _form(
    view: EntityDesk, to_keep: ToKeep, found: Opened | None, wrong: str = "", typed: SavedView | None = None
) -> Response:
    own = _own(view, found)
    shown = typed or own or SavedView(entity=view.entity_key, name=found.saved.name if found else "")
    query = urlencode([(key, value) for key, value in request.args.items(multi=True) if key != INSIDE and value])
    promoted = as_yaml(view, shown.name or view.t("saved.unnamed"), to_keep)
    values: dict[str, Any] = {
        "shown": shown, "own": own, "may_drop": _may_drop(view, found), "wrong": wrong,
        "shares": _shares(view), "chosen": _share_key(shown),
        "longest": LONGEST_NAME, "condition": to_keep.condition,
        "heading": view.t("saved.change" if own else "saved.save"),
        "action": f"{view.address}views?{query}", "back": f"{view.address}?{query}",
        "yaml": promoted if has_right(view.catalog, view.actor, "configure") else "",
    }  # fmt: skip
    return answer_inside(view, "saved_view", values, status=422 if wrong else 200)


def _share_key(saved: SavedView) -> str:
    return {"team": f"team:{saved.team}", "role": f"role:{saved.role}"}.get(saved.share, saved.share)


def _shares(view: EntityDesk) -> list[tuple[str, str]]:
    """With whom a view may be shared, as keys and words."""
    allowed = shares_of(view.catalog, view.actor)
    found = [("mine", view.t("saved.share.mine"))]
    if "team" in allowed and view.actor.teams:
        names = labels(view.session, {"team": view.actor.teams})
        teams = [(each, names.get(("team", each), "")) for each in view.actor.teams]
        found += [(f"team:{each}", view.t("saved.share.team", what=name)) for each, name in teams if name]
    if "all" in allowed:
        found.append(("all", view.t("saved.share.all")))
    if "role" in allowed:
        roles = view.catalog.roles.items()
        named = [(key, role.label.in_language(view.language) or key) for key, role in roles]
        found += [(f"role:{key}", view.t("saved.share.role", what=name)) for key, name in named]
    return found


def to_keep_of(
    view: EntityDesk, texts: Sequence[str], asked: tuple[Condition, ...], sort: str, columns: tuple[str, ...]
) -> ToKeep:
    """What the list asks, as one expression: its conditions, and of the quick filters what the language says."""
    known, parts, kept = Known(view.catalog, view.actor), [], set()
    for each in asked:
        filters = list(as_filters(view.catalog, view.entity_key, (each,)))
        said = [write(known, view.entity_key, Group((_comparison(one),))) for one in filters]
        if filters and all(said):
            parts += said
            kept.add(each.field.key)
    condition = conjunction(*texts, *parts)
    wanted = tuple(("-" if descends else "") + key for key, descends in parse_sort(sort.split(",")))
    return ToKeep(condition=condition, sort=wanted, columns=columns, rest=tuple(_rest(kept)))


def _comparison(one: Filter) -> Comparison:
    values = tuple(map(str, one.values))
    if one.operator == "equals":
        if values in {("true",), ("false",)}:
            return Comparison((one.field,), "yes" if values == ("true",) else "no")
        return Comparison((one.field,), "me") if values == ("me",) else Comparison((one.field,), "any_of", values)
    return Comparison((one.field,), _OPERATORS.get(one.operator, ""), values)


def _rest(kept: set[str]) -> Iterator[tuple[str, str]]:
    for key, value in request.args.items(multi=True):
        field = key.removeprefix(PREFIX).split(".")[0]
        if value and (key == "q" or (key.startswith(PREFIX) and field not in kept)):
            yield key, value


def as_yaml(view: EntityDesk, name: str, to_keep: ToKeep) -> str:
    """The view as a file of the pack says it."""
    lines = [f"entity: {view.entity_key}", f"label: {{en: {_quoted(name)}, zh: {_quoted(name)}}}"]
    if to_keep.condition:
        lines.append(f"where: {_single(to_keep.condition)}")
    lines += [f"columns: [{', '.join(to_keep.columns)}]"] if to_keep.columns else []
    lines += [f"sort: [{', '.join(to_keep.sort)}]"] if to_keep.sort else []
    return "\n".join(lines) + "\n"


def _quoted(text: str) -> str:
    return json.dumps(text, ensure_ascii=False)


def _single(text: str) -> str:
    return "'" + text.replace("'", "''") + "'"


def filter_in_query() -> str | None:
    """The expression that the query states, also a blank one; None where it states none."""
    return request.args.get(FILTER)
