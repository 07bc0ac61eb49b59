"""How a person likes lists: the columns of each, in his order, and how dense their rows are.

Columns are kept by list: that of an entity (`columns:account`), or one of its views (`columns:account:linked`, a saved one by its
id). They hold names in today's words (see `plan.carry_saved`); what the person sees of them is decided where they are read.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from typing import Any, Literal

import sqlalchemy as sa

from app.access import Actor
from app.frozen import dataclass
from app.orm.framework import preference
from app.orm.store import Store
from app.record import Refused, Saved, Unit, in_unit

Density = Literal["comfortable", "compact"]
MOST_COLUMNS = 15
DENSITY = "density"
COLUMNS = "columns:"
Run = Callable[..., Any]


@dataclass(frozen=True)
class Liking:
    """What a person chose for a list; no columns: those of the list."""

    columns: tuple[str, ...] = ()
    density: Density = "comfortable"


def liking_of(run: Run, actor: Actor, entity: str, view: str = "") -> Liking:
    """What the actor chose for the list of an entity, or for one of its views: one statement."""
    if actor.user_id is None:
        return Liking()
    wanted = [DENSITY, _key(entity, view)]
    query = sa.select(preference.c.key, preference.c.value)
    found = {
        row.key: row.value
        for row in run(query.where(preference.c.user_id == actor.user_id, preference.c.key.in_(wanted)))
    }
    columns = found.get(wanted[1])
    chosen = tuple(str(each) for each in columns[:MOST_COLUMNS]) if isinstance(columns, list) else ()
    return Liking(chosen, "compact" if found.get(DENSITY) == "compact" else "comfortable")


def keep_density(store: Store, actor: Actor, density: Density) -> bool:
    """Keeps how dense the actor likes rows, of all lists; False where others wrote at the same time."""
    return keep(store, actor, DENSITY, density)


def keep_columns(store: Store, actor: Actor, entity: str, view: str, columns: Sequence[str]) -> bool:
    """Keeps the actor's columns of a list; none: those of the list again. False as for `keep_density`."""
    return keep(store, actor, _key(entity, view), list(columns[:MOST_COLUMNS]) or None)


def keep(store: Store, actor: Actor, key: str, value: object) -> bool:
    """Keeps one preference of the actor; None: forgets it. False where others wrote at the same time, again and again."""

    def work(unit: Unit) -> Saved | Refused:
        run, user = unit.connection.execute, actor.user_id
        run(sa.delete(preference).where(preference.c.user_id == user, preference.c.key == key))
        if value is not None:
            run(sa.insert(preference).values(user_id=user, key=key, value=value))
        return Saved((), ())

    return isinstance(in_unit(store, actor, "form", work), Saved)


def _key(entity: str, view: str) -> str:
    return f"{COLUMNS}{entity}:{view}" if view else COLUMNS + entity
