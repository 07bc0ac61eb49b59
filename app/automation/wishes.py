"""What people wish of their notices: of which areas they are told and how, and whether notices rest outside of working hours."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
from typing import Any, Literal, get_args

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.definition import Catalog
from app.expression.working_time import company_time
from app.frozen import dataclass
from app.orm.framework import preference

AREAS = ("approval", "review", "task", "team", "reminder")
"""What kinds of notices are switched by: the first word of a kind."""
Way = Literal["app", "mail", "digest", "off"]
WAYS: tuple[Way, ...] = get_args(Way)
"""In the application alone; by mail, too, at once or once a day; not at all."""
MORNING, HOURS = 8, 24
_KEY = "notices"


@dataclass(frozen=True)
class Wishes:
    """Of one person. `off` are the areas of which he is not told, `mailed` those of which he gets a mail at once, `digested`
    those that are in his mail of the day, which comes at his `hour`; `quiet` is None for who leaves it to the company.
    """

    off: frozenset[str] = frozenset()
    quiet: bool | None = None
    mailed: frozenset[str] = frozenset()
    digested: frozenset[str] = frozenset()
    hour: int = MORNING

    def way(self, area: str) -> Way:
        """How he is told of an area."""
        if area in self.off:
            return "off"
        return "mail" if area in self.mailed else "digest" if area in self.digested else "app"

    def rests(self, catalog: Catalog) -> bool:
        """Whether notices rest outside of working hours: by his own word, else where the company has a calendar."""
        return bool(catalog.pack.calendars) if self.quiet is None else self.quiet

    def wants(self, kind: str) -> bool:
        """Whether he is told of a kind of notice."""
        return area_of(kind) not in self.off


def area_of(kind: str) -> str:
    """The area of a kind: of `approval.asked` and `approval_asked` it is `approval`."""
    return kind.replace("_", ".").split(".")[0]


def next_working_moment(catalog: Catalog, now: dt.datetime) -> dt.datetime:
    """Now where one works, else when that begins again."""
    found = company_time(catalog).add_time(now, dt.timedelta())
    return now if found is None else found.astimezone(dt.UTC)


def wishes_of(connection: Connection, people: Iterable[int]) -> dict[int, Wishes]:
    """The wishes of each of these people."""
    wanted = sorted(set(people))
    query = sa.select(preference.c.user_id, preference.c.value).where(
        preference.c.key == _KEY, preference.c.user_id.in_(wanted)
    )
    found = {row.user_id: _read(row.value) for row in connection.execute(query)} if wanted else {}
    return {each: found.get(each, Wishes()) for each in wanted}


def keep_wishes(connection: Connection, user: int, wishes: Wishes) -> None:
    """Keeps what a person wishes."""
    connection.execute(sa.delete(preference).where(preference.c.user_id == user, preference.c.key == _KEY))
    value = {
        "off": sorted(wishes.off), "quiet": wishes.quiet, "mailed": sorted(wishes.mailed), "digested": sorted(wishes.digested),
        "hour": wishes.hour,
    }  # fmt: skip
    connection.execute(sa.insert(preference).values(user_id=user, key=_KEY, value=value))


def _read(value: Any) -> Wishes:
    stored: Mapping[str, Any] = value if isinstance(value, dict) else {}
    quiet, hour = stored.get("quiet"), stored.get("hour")
    off, mailed, digested = (frozenset(map(str, stored.get(key) or ())) for key in ("off", "mailed", "digested"))
    quiet = quiet if isinstance(quiet, bool) else None
    return Wishes(off, quiet, mailed, digested, hour if isinstance(hour, int) and 0 <= hour < HOURS else MORNING)
