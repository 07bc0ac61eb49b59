"""Acts at the doors of the web in the audit: each that succeeds, and of tries in vain so many that no disk fills with them."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from threading import Lock

from app.orm.store import Store
from app.record import Act, write_act
from app.web.security.lockout import Bucket, counted_as

# Of one person or address twenty tries in vain are told at once, then one a minute; of all together one a second.
OF_ONE = Bucket(size=20, per_second=1 / 60)
OF_ALL = Bucket(size=500, per_second=1.0)
LEFT_OUT = "left_out"
_MOST_COUNTED = 10_000
_left_out: Counter[str] = Counter()
_lock = Lock()


def note(store: Store, act: Act, moment: dt.datetime, tried_by: str = "") -> None:
    """Writes the line of an act, in a transaction of its own: no other may be open for writing.

    With `tried_by` (an address, or what names the person) it is a try in vain: too many of one are left out, and the next
    line that is written says how many.
    """
    facts = dict(act.facts)
    if tried_by:
        key = f"{act.action} {counted_as(tried_by)}"
        if not (OF_ONE.take(key) and OF_ALL.take("")):
            _leave_out(key)
            return
        with _lock:
            left_out = _left_out.pop(key, 0)
        if left_out:
            facts[LEFT_OUT] = left_out
    with store.housekeeping() as connection:
        write_act(
            store, connection, Act(act.action, act.door, act.actor_id, act.actor, act.entity, act.record, facts), moment
        )


def _leave_out(key: str) -> None:
    with _lock:
        if len(_left_out) >= _MOST_COUNTED and key not in _left_out:
            _left_out.clear()
        _left_out[key] += 1
