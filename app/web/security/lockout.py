"""Wrong passwords: a login is locked for a growing while, and no address tries faster than its bucket fills."""

from __future__ import annotations

import datetime as dt
import time
from collections import OrderedDict
from collections.abc import Callable
from threading import Lock

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from app.definition.pack import Lockout
from app.orm.framework import login_guard
from app.orm.store import Store
from app.web.security.durations import parse_duration

LONGEST_LOCK = dt.timedelta(days=1)
_FORGOTTEN_AFTER = dt.timedelta(days=2)


def is_locked(connection: Connection, login: str, moment: dt.datetime) -> bool:
    """Whether a login is locked at that moment."""
    until = connection.execute(sa.select(login_guard.c.locked_until).where(login_guard.c.login == login)).scalar()
    return until is not None and until > moment


def count_failure(store: Store, login: str, policy: Lockout, moment: dt.datetime) -> None:
    """Note a wrong password. From the policy's count on the login is locked, each time twice as long as before.

    Unknown logins are counted too: whether a login exists must not show.
    """
    try:
        _count(store, login, policy, moment)
    except IntegrityError:  # two first failures at the same moment: the other one made the row
        _count(store, login, policy, moment)


def _count(store: Store, login: str, policy: Lockout, moment: dt.datetime) -> None:
    guard = login_guard.c
    with store.housekeeping() as connection:
        bump = sa.update(login_guard).where(guard.login == login)
        bumped = connection.execute(bump.values(failures=guard.failures + 1, changed_at=moment))
        if not bumped.rowcount:
            connection.execute(sa.delete(login_guard).where(guard.changed_at < moment - _FORGOTTEN_AFTER))
            connection.execute(sa.insert(login_guard).values(login=login, failures=1, changed_at=moment))
        failures = connection.execute(sa.select(guard.failures).where(guard.login == login)).scalar_one()
        if failures >= policy.after:
            connection.execute(bump.values(locked_until=moment + lock_time(policy, failures)))


def lock_time(policy: Lockout, failures: int) -> dt.timedelta:
    """How long a login is locked after so many wrong passwords in a row."""
    factor: int = 2 ** min(max(failures - policy.after, 0), 10)
    return min(parse_duration(policy.for_) * factor, LONGEST_LOCK)


def forget_failures(connection: Connection, login: str) -> None:
    """The right password: the count begins anew."""
    connection.execute(sa.delete(login_guard).where(login_guard.c.login == login))


class Bucket:
    """Token buckets by key, in this process: `size` at once, then `per_second`. The least used keys are forgotten."""

    def __init__(self, size: float, per_second: float, clock: Callable[[], float] = time.monotonic) -> None:
        self._size = size
        self._per_second = per_second
        self._clock = clock
        self._levels: OrderedDict[str, tuple[float, float]] = OrderedDict()
        self._lock = Lock()

    def take(self, key: str) -> bool:
        """Take one; False when the bucket of that key is empty."""
        moment = self._clock()
        with self._lock:
            level, filled = self._levels.pop(key, (self._size, moment))
            level = min(self._size, level + (moment - filled) * self._per_second)
            allowed = level >= 1
            self._levels[key] = (level - 1 if allowed else level, moment)
            if len(self._levels) > 10_000:
                self._levels.popitem(last=False)
        return allowed

    def empty(self) -> None:
        """Forget everyone."""
        with self._lock:
            self._levels.clear()
