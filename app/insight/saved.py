"""Saved views: what a person keeps of a list, and who else may open it. Always carried out with its reader's rights.

A row holds names as they were when it was saved, in today's words (see `plan.carry_saved`). What its reader may not ask for,
or is no more, is left out of what he sees, and he is told that something was.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from contextlib import suppress
from dataclasses import replace
from functools import reduce
from typing import Any, Literal, get_args

import sqlalchemy as sa

from app.access import Actor, field_rights, has_right, is_allowed
from app.definition import Catalog, Text, View
from app.expression import BadExpression
from app.expression.format import format_syntax
from app.expression.parser import parse
from app.expression.syntax import Syntax
from app.frozen import dataclass
from app.insight.query import BadQuery, parse_sort
from app.insight.views import ListedView
from app.insight.written import BadFilter, joined, read_filter
from app.orm.framework import saved_view
from app.orm.store import Store
from app.record import Refused, Saved, Unit, in_unit
from app.record.acts import VIEW
from app.record.audit import write_audit

Share = Literal["mine", "team", "role", "all"]
SHARES: tuple[Share, ...] = get_args(Share)
MOST = 100  # of one person
MOST_SHOWN = 200  # of one entity
MOST_LISTED = 500  # of all
LONGEST_NAME = 60
Run = Callable[..., Any]
Wrong = Literal["name", "share", "many", "gone", "busy", "right", "long"]
"""Why nothing was saved: no name, a way to share that is not his, too many, no view of his, others wrote, no right to, or
conditions that are more than is read.
"""


@dataclass(frozen=True, kw_only=True)
class SavedView:
    """One row. `condition` is an expression, `sort` as in a pack. `role` or `team` say with whom it is shared."""

    id: int = 0
    user: int = 0
    entity: str
    name: str
    condition: str = ""
    columns: tuple[str, ...] = ()
    sort: tuple[str, ...] = ()
    share: Share = "mine"
    role: str | None = None
    team: int | None = None
    opens_first: bool = False


@dataclass(frozen=True)
class Opened:
    """A saved view as its reader may open it. `withheld` are the parts of its condition that he may not ask for: without
    them the list is longer than was meant, so nothing is done with all of it. `left_out` counts columns and sorts.
    """

    saved: SavedView
    listed: ListedView
    condition: str
    withheld: tuple[str, ...]
    left_out: int

    def kept(self, condition: str, columns: tuple[str, ...], sort: tuple[str, ...]) -> SavedView:
        """The view as its owner changes it: what he may not ask for today stays in it, for he never saw it go."""
        seen = tuple(("-" if descends else "") + key for key, descends in self.listed.sort)
        return replace(
            self.saved,
            condition=self.saved.condition if condition == self.condition else conjunction(condition, *self.withheld),
            columns=self.saved.columns if columns == self.listed.columns else columns,
            sort=self.saved.sort if sort == seen else sort,
        )


def saved_views(run: Run, actor: Actor, entity: str) -> list[SavedView]:
    """The views of an entity's list that are the actor's own or shared with him, by name: his own first."""
    if actor.user_id is None:
        return []
    row = saved_view.c
    with_him = sa.or_(
        row.user_id == actor.user_id,
        row.share == "all",
        sa.and_(row.share == "role", row.role.in_(sorted(actor.roles))),
        sa.and_(row.share == "team", row.team.in_(actor.teams)),
    )
    query = sa.select(saved_view).where(row.entity == entity, with_him)
    own = sa.case((row.user_id == actor.user_id, 0), else_=1)
    return [_of_row(each) for each in run(query.order_by(own, row.name, row.id).limit(MOST_SHOWN))]


def _of_row(row: Any) -> SavedView:
    return SavedView(
        id=row.id, user=row.user_id, entity=row.entity, name=row.name, condition=row.condition, columns=tuple(row.columns),
        sort=tuple(row.sort), share=row.share, role=row.role, team=row.team, opens_first=row.opens_first,
    )  # fmt: skip


def opened(catalog: Catalog, actor: Actor, saved: SavedView) -> Opened:
    """The view with what the actor may not ask for left out."""
    rights = field_rights(catalog, actor, saved.entity)
    condition, withheld = answerable(catalog, actor, saved.entity, saved.condition)
    columns = tuple(key for key in saved.columns if rights.sees(key))
    sort = parse_sort(saved.sort)
    seen = tuple((key, descends) for key, descends in sort if key in rights.clear)
    label = Text({"en": saved.name, "zh": saved.name})
    listed = ListedView(View(key=str(saved.id), label=label, entity=saved.entity), (), columns, seen, ())
    missing = len(saved.columns) - len(columns) + len(sort) - len(seen)
    return Opened(saved, listed, condition, withheld, missing)


def answerable(catalog: Catalog, actor: Actor, entity: str, condition: str) -> tuple[str, tuple[str, ...]]:
    """What of a condition the actor may have answered, and those of its parts that are joined by `and` that he may not."""
    if not condition:
        return "", ()
    try:
        parts = [format_syntax(each) for each in joined(parse(condition))]
    except BadExpression:  # an erasure may have taken words out of it
        return "", (condition,)
    asked = [each for each in parts if _may_ask(catalog, actor, entity, each)]
    if len(asked) == len(parts):
        return condition, ()
    return conjunction(*asked), tuple(each for each in parts if each not in asked)


def conjunction(*conditions: str) -> str:
    """All of these at once, as the formatter writes it. What is no condition any more (see `answerable`) is left away; the
    whole may be more than is read.
    """
    parts: list[Syntax] = []
    for each in conditions:
        with suppress(BadExpression):
            parts += joined(parse(each))
    return format_syntax(reduce(lambda one, other: Syntax("binary", "and", (one, other)), parts)) if parts else ""


def is_condition(text: str) -> bool:
    """Whether a text is blank or an expression, and no longer or deeper than is read."""
    with suppress(BadExpression):
        return not text or bool(parse(text))
    return False


def _may_ask(catalog: Catalog, actor: Actor, entity: str, part: str) -> bool:
    try:
        read_filter(catalog, actor, entity, part)
    except (BadFilter, BadQuery):
        return False
    return True


def shares_of(catalog: Catalog, actor: Actor) -> tuple[Share, ...]:
    """With whom the actor may share a view: with nobody but himself, unless a role lets him."""
    return SHARES if has_right(catalog, actor, "share_views") else ("mine",)


def keep_view(store: Store, actor: Actor, view: SavedView) -> int | Wrong:
    """Saves a new view of the actor's, or (with an id) one that he has; its id, or why not. The audit tells of shared ones."""
    wrong = _wrong(store.catalog, actor, view)
    if wrong is not None:
        return wrong
    found: list[int | Wrong] = []

    def work(unit: Unit) -> Saved | Refused:
        run = unit.connection.execute
        own = saved_view.c.user_id == actor.user_id
        old = run(sa.select(saved_view).where(saved_view.c.id == view.id, own)).first() if view.id else None
        if view.id and old is None:
            found.append("gone")
            return Refused((), "not_found")
        if not view.id and run(sa.select(sa.func.count()).select_from(saved_view).where(own)).scalar_one() >= MOST:
            found.append("many")
            return Refused((), "invalid")
        if (old is None or old.condition != view.condition) and not is_condition(view.condition):
            found.append("long")
            return Refused((), "invalid")
        if view.opens_first:
            run(sa.update(saved_view).where(own, saved_view.c.entity == view.entity).values(opens_first=False))
        values = _values(actor, view) | {"changed_at": unit.at}
        if old is None:
            found.append(run(sa.insert(saved_view).values(values).returning(saved_view.c.id)).scalar_one())
        else:
            run(sa.update(saved_view).where(saved_view.c.id == view.id).values(values))
            found.append(view.id)
        _tell(unit, None if old is None else _of_row(old), view)
        return Saved((), ())

    outcome = in_unit(store, actor, "form", work)
    return "busy" if isinstance(outcome, Refused) and not found else found[-1]


def drop_view(store: Store, actor: Actor, view: int) -> bool:
    """Deletes a view of the actor's, or (with the right to configure) one that is shared; False where there is none, or it is of
    what the actor may not read.
    """
    own = saved_view.c.user_id == actor.user_id
    if has_right(store.catalog, actor, "configure"):  # people leave, and what they shared stays
        own = sa.or_(own, _shared_before(store.catalog, actor))

    def work(unit: Unit) -> Saved | Refused:
        his = sa.and_(saved_view.c.id == view, own)
        old = unit.connection.execute(sa.select(saved_view).where(his)).first()
        if old is None:
            return Refused((), "not_found")
        unit.connection.execute(sa.delete(saved_view).where(his))
        _tell(unit, _of_row(old), None)
        return Saved((), ())

    return isinstance(in_unit(store, actor, "form", work), Saved)


def shared_views(run: Run, entities: Sequence[str]) -> list[SavedView]:
    """The views of these entities that people share with others, by entity and name; for who may configure."""
    query = sa.select(saved_view).where(saved_view.c.share != "mine", saved_view.c.entity.in_(entities))
    ordered = query.order_by(saved_view.c.entity, saved_view.c.name, saved_view.c.id)
    return [_of_row(each) for each in run(ordered.limit(MOST_LISTED))]


def take_view(store: Store, actor: Actor, view: int) -> bool:
    """Makes a shared view the actor's own, as it is, by the right to configure; False where there is none to take, or it is of
    what the actor may not read. The audit tells of it at both people.
    """
    if actor.user_id is None or not has_right(store.catalog, actor, "configure"):
        return False
    shared = _shared_before(store.catalog, actor)
    another = sa.and_(saved_view.c.id == view, shared, saved_view.c.user_id != actor.user_id)

    def work(unit: Unit) -> Saved | Refused:
        old = unit.connection.execute(sa.select(saved_view).where(another)).first()
        if old is None:
            return Refused((), "not_found")
        taken = {"user_id": actor.user_id, "opens_first": False, "changed_at": unit.at}
        unit.connection.execute(sa.update(saved_view).where(another).values(taken))
        told = _told(_of_row(old))
        entries = [(old.user_id, {VIEW: [told, None]}), (actor.user_id, {VIEW: [None, told]})]
        write_audit(unit, "user", VIEW, entries)
        return Saved((), ())

    return isinstance(in_unit(store, actor, "form", work), Saved)


def _shared_before(catalog: Catalog, actor: Actor) -> sa.ColumnElement[bool]:
    """The views that people share, of what the actor may read: of others he is not told that they are there."""
    readable = [key for key in catalog.entities if is_allowed(catalog, actor, "read", key)]
    return sa.and_(saved_view.c.share != "mine", saved_view.c.entity.in_(readable))


def _wrong(catalog: Catalog, actor: Actor, view: SavedView) -> Wrong | None:
    if actor.user_id is None or not has_right(catalog, actor, "saved_views"):
        return "right"
    if not view.name or len(view.name) > LONGEST_NAME:
        return "name"
    if view.share not in shares_of(catalog, actor):
        return "share"
    if (view.share == "role" and view.role not in catalog.roles) or (
        view.share == "team" and view.team not in actor.teams
    ):
        return "share"
    return None


def _values(actor: Actor, view: SavedView) -> dict[str, Any]:
    return {
        "user_id": actor.user_id, "entity": view.entity, "name": view.name, "condition": view.condition,
        "columns": list(view.columns), "sort": list(view.sort), "share": view.share,
        "role": view.role if view.share == "role" else None, "team": view.team if view.share == "team" else None,
        "opens_first": view.opens_first,
    }  # fmt: skip


def _tell(unit: Unit, old: SavedView | None, new: SavedView | None) -> None:
    """A line of the audit where others have or had the view: its name and with whom, not what it asks for. It stands at the
    person whose view it is.
    """
    told = [None if each is None or each.share == "mine" else _told(each) for each in (old, new)]
    whose = unit.actor.user_id if old is None else old.user
    if told[0] != told[1] and whose is not None:
        write_audit(unit, "user", VIEW, [(whose, {VIEW: told})])


def _told(view: SavedView) -> str:
    """In words: the names of a pack may change, and what was done stays as it was."""
    with_whom = " ".join(str(each) for each in (view.share, view.role, view.team) if each)
    return f"{view.name} ({view.entity}: {with_whom})"


def first_of(views: Sequence[SavedView], actor: Actor) -> SavedView | None:
    """The view that opens first for the actor."""
    return next((each for each in views if each.opens_first and each.user == actor.user_id), None)
