"""Wrong passwords and codes: a login, a second factor and an address are locked for a growing while, in the database; and no
address tries faster than its bucket fills.
"""

from __future__ import annotations

import datetime as dt
import ipaddress
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
ADDRESS_SHARED_BY = 10
_NETWORK_OF_ONE = (
    64  # bits: the least that a provider gives somebody for IPv6 (RFC 6177), and he has all of its addresses
)
_FORGOTTEN_AFTER = dt.timedelta(days=2)


def is_locked(connection: Connection, key: str, moment: dt.datetime) -> bool:
    """Whether a key is locked at that moment."""
    until = connection.execute(sa.select(login_guard.c.locked_until).where(login_guard.c.login == key)).scalar()
    return until is not None and until > moment


def claim(store: Store, key: str, policy: Lockout, moment: dt.datetime, longest: dt.timedelta = LONGEST_LOCK) -> bool:
    """Count an attempt before it is looked at; False when its key is locked. From the policy's count on it is locked, each time
    twice as long as before, up to the longest; who was right forgets the count. So many at once get no further than one after
    the other.

    Unknown logins are counted too: whether a login exists must not show.
    """
    try:
        return _claim(store, key, policy, moment, longest)
    except IntegrityError:  # two first attempts at the same moment: the other one made the row
        return _claim(store, key, policy, moment, longest)


def _claim(store: Store, key: str, policy: Lockout, moment: dt.datetime, longest: dt.timedelta) -> bool:
    guard = login_guard.c
    mine = sa.update(login_guard).where(guard.login == key)
    free = sa.or_(guard.locked_until.is_(None), guard.locked_until <= moment)
    with store.housekeeping() as connection:
        connection.execute(sa.delete(login_guard).where(guard.changed_at < moment - _FORGOTTEN_AFTER))
        counted = connection.execute(mine.where(free).values(failures=guard.failures + 1, changed_at=moment))
        failures = connection.execute(sa.select(guard.failures).where(guard.login == key)).scalar()
        if failures is None:
            connection.execute(sa.insert(login_guard).values(login=key, failures=1, changed_at=moment))
            return True
        if counted.rowcount and failures >= policy.after:
            locked = min(lock_time(policy, failures), longest)
            connection.execute(mine.values(locked_until=moment + locked))
        return bool(counted.rowcount)


def counted_as(address: str | None) -> str:
    """What an address is counted as wherever tries are: of IPv6 its network, or whoever guesses would have another at each try. What
    is no address is counted as it is.
    """
    try:
        read = ipaddress.ip_address(address or "")
    except ValueError:
        return address or ""
    return str(ipaddress.ip_network((read, _NETWORK_OF_ONE), strict=False)) if read.version == 6 else str(read)


def usual_key(login: str, address: str) -> str:
    """Under which wrong passwords are counted from where the person logs in usually, while others have locked his login."""
    return f" usual {login} {counted_as(address)}"


def address_key(address: str) -> str:
    """Under which wrong passwords and keys from an address are counted."""
    return f" address {counted_as(address)}"


def keys_key(address: str) -> str:
    """Under which unknown keys of programs from an address are counted: who polls with an old one keeps nobody from the login."""
    return f" keys {counted_as(address)}"


def of_addresses(policy: Lockout) -> Lockout:
    """How often an address may be wrong, in a row: a whole office may share it."""
    return Lockout(after=policy.after * ADDRESS_SHARED_BY, for_=policy.for_)


def forgive(connection: Connection, key: str) -> None:
    """Somebody was right from a shared address: half of what was wrong is forgotten, and it is not locked."""
    guard = login_guard.c
    halved = sa.update(login_guard).where(guard.login == key).values(failures=guard.failures // 2, locked_until=None)
    connection.execute(halved)


def lock_time(policy: Lockout, failures: int) -> dt.timedelta:
    """How long a key is locked after so many wrong attempts in a row."""
    factor: int = 2 ** min(max(failures - policy.after, 0), 10)
    return min(parse_duration(policy.for_) * factor, LONGEST_LOCK)


def forget_failures(connection: Connection, key: str) -> None:
    """The right password or code: the count begins anew."""
    connection.execute(sa.delete(login_guard).where(login_guard.c.login == key))


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
