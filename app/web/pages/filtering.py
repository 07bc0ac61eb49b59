"""The filter builder of a list: a form that the server draws, and the expression that comes of it."""

from __future__ import annotations

from collections.abc import Sequence
from types import MappingProxyType
from typing import TYPE_CHECKING, Any
from urllib.parse import urlencode

from flask import request
from werkzeug.wrappers import Response

from app.access import Actor
from app.definition import Catalog
from app.expression import BadExpression, Checked
from app.frozen import dataclass
from app.insight import BadQuery, Filter, labels
from app.insight.criteria import Group, Known, read, write
from app.insight.written import BadFilter, read_filter
from app.web.pages.criteria_form import FormMaker, changed, read_form
from app.web.pages.criteria_words import LONGEST_CHIP, Chip, CriteriaWords, ids_of
from app.web.pages.inside import INSIDE, answer_inside, go_on

if TYPE_CHECKING:
    from app.web.pages.base import Desk
    from app.web.pages.desk import EntityDesk

LONGEST = 2_000
FILTER = "filter"
OF = "of"
PLACES = MappingProxyType({"board": "board/", "calendar": "calendar/"})
"""Where else than at the list its filter is asked: by the value of `of`, the rest of the address."""


@dataclass(frozen=True)
class Asking:
    """The expression that a list is asked for, as the list understands it; `problem` where it does not."""

    text: str = ""
    where: tuple[Checked, ...] = ()
    filters: tuple[Filter, ...] = ()
    problem: BadQuery | None = None

    @property
    def active(self) -> bool:
        return bool(self.text)


def asking_of(catalog: Catalog, actor: Actor, entity: str, text: str) -> Asking:
    """What a text asks of the list of an entity. What the actor may not ask is a problem, and the same one whatever it is."""
    text = text.replace("\0", "").strip()
    if not text:
        return Asking()
    if len(text) > LONGEST:
        return Asking(text, problem=BadQuery("limit"))
    try:
        where, filters = read_filter(catalog, actor, entity, text)
    except BadFilter:
        return Asking(text, problem=BadQuery("where"))
    except BadQuery as error:
        return Asking(text, problem=error)
    return Asking(text, where, filters)


def show(view: EntityDesk) -> Response:
    """GET /<entity>/filter: the builder, for the list whose query it is given."""
    text = request.args.get(FILTER, "")
    problem = asking_of(view.catalog, view.actor, view.entity_key, text).problem
    group, wrong = _group_of(view, text, problem)
    return _answer(view, group, wrong or "", text)


def build(view: EntityDesk) -> Response:
    """POST /<entity>/filter: the builder after a button or a choice; with `do=show` to the list. Changes nothing."""
    known, act = Known(view.catalog, view.actor), request.form.get("do", "")
    written = request.form.get("text", "").replace("\0", "").strip()
    if act == "text":
        problem = asking_of(view.catalog, view.actor, view.entity_key, written).problem
        group, wrong = _group_of(view, written, problem)
        return _answer(view, group, wrong or "", written, status=422 if wrong else 200)
    group = changed(read_form(known, view.entity_key, request.form), act)
    if act != "show":
        return _answer(view, group)
    try:
        text = write(known, view.entity_key, group)
    except BadExpression as error:
        why = error.problems[0].message
        return _answer(view, group, view.t("filter.wrong", why=why), written, status=422)
    problem = asking_of(view.catalog, view.actor, view.entity_key, text).problem
    if problem is not None:
        return _answer(view, group, view.t("filter.wrong", why=problem.text(view.language)), text, status=422)
    kept = kept_of()
    href = f"{_place(view)}?{urlencode([*kept, *([(FILTER, text)] if text or 'view' in request.args else [])])}"
    return go_on(view, href.rstrip("?"))


def kept_of() -> list[tuple[str, str]]:
    """What the query of the list says besides."""
    items = request.args.items(multi=True)
    return [(key, value) for key, value in items if key not in {FILTER, INSIDE, OF, "cursor"} and value]


def _place(view: EntityDesk) -> str:
    """The address of the page whose filter it is."""
    return view.address + PLACES.get(request.args.get(OF, ""), "")


def _group_of(view: EntityDesk, text: str, problem: BadQuery | None) -> tuple[Group, str]:
    """The filter that a text is, and what is wrong with it."""
    if not text.strip():
        return Group(), ""
    if problem is not None:
        return Group(), view.t("filter.wrong", why=_why(view, text, problem))
    return read(Known(view.catalog, view.actor), view.entity_key, text), ""


def _why(view: EntityDesk, text: str, problem: BadQuery) -> str:
    """What is wrong, in the words of the language where it is a matter of how it is written."""
    if problem.reason == "where":
        try:
            read_filter(view.catalog, view.actor, view.entity_key, text)
        except BadFilter as error:
            return str(error)
    return problem.text(view.language)


def _answer(view: EntityDesk, group: Group, wrong: str = "", text: str = "", status: int = 200) -> Response:
    known = Known(view.catalog, view.actor)
    words = CriteriaWords(view, known)
    names = names_of(view, known, view.entity_key, group)
    shown = FormMaker(view, known, words, names).make(view.entity_key, group)
    try:
        text = text or write(known, view.entity_key, group)
    except BadExpression:  # a written part that is none: it is told when the list is asked for
        text = ""
    query, of = urlencode(kept_of()), request.args.get(OF, "")
    asks = urlencode([*kept_of(), *([(OF, of)] if of in PLACES else [])])
    values: dict[str, Any] = {
        "whole": shown, "wrong": wrong, "text": text, "base": view.address, "longest": LONGEST,
        "action": f"{view.address}filter" + (f"?{asks}" if asks else ""),
        "back": _place(view) + (f"?{query}" if query else ""),
        "heading": view.t("filter.title", what=view.plural(view.entity_key)),
    }  # fmt: skip
    return answer_inside(view, "filter", values, crumb=view.t("filter.add"), status=status)


def names_of(view: Desk, known: Known, entity: str, group: Group) -> dict[tuple[str, int], str]:
    """The names of the records that a filter names."""
    wanted: dict[str, list[int]] = {}
    for target, record in ids_of(known, entity, group):
        wanted.setdefault(target, []).append(record)
    return labels(view.session, wanted) if wanted else {}


def condition_words(view: Desk, entity: str, text: str) -> str:
    """A condition of the configuration as the chips of filters say it; "" where only its text can."""
    known = Known(view.catalog, view.actor)
    try:
        group = read(known, entity, text)
    except BadExpression:
        return ""
    return CriteriaWords(view, known).whole(entity, group, names_of(view, known, entity, group))


def criteria_chips(view: EntityDesk, asking: Asking, base: str = "") -> Sequence[Chip]:
    """The parts of the filter in words, each with the list (or what stands at `base`) without it."""
    if not asking.active:
        return ()
    base, kept = base or view.address, kept_of()

    def without(text: str) -> str:
        left = [*kept, *([(FILTER, text)] if text or "view" in request.args else [])]
        return f"{base}?{urlencode(left)}" if left else base

    if asking.problem is not None:
        return [Chip("", _cut(asking.text), without(""))]
    known = Known(view.catalog, view.actor)
    group = read(known, view.entity_key, asking.text)
    names = names_of(view, known, view.entity_key, group)
    found = []
    for part, chip in CriteriaWords(view, known).chips(view.entity_key, group, names):
        rest = Group(tuple(each for each in group.parts if each is not part), group.join)
        left = "" if part is group else write(known, view.entity_key, rest)
        found.append(Chip(chip.label, _cut(chip.said), without(left)))
    return found


def _cut(text: str) -> str:
    return text if len(text) <= LONGEST_CHIP else text[: LONGEST_CHIP - 1] + "…"
