"""What leaves the house: mails and calls of other systems, at least once each, with a key that stays the same.

A delivery is written in the unit of work that makes it. Whoever sends claims one for a while, sends it outside of any
transaction, and writes how that ended. One that fails is tried again, with growing pauses, for three days; then it is dead,
which is told, until somebody has it sent again. Of one receiver few are sent at once, so that a slow one holds up no other.
"""

from __future__ import annotations

import datetime as dt
import logging
import random
from collections.abc import Callable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite

from app.automation.doing import Doing
from app.delivery.lines import one_line
from app.frozen import dataclass
from app.orm.framework import delivery
from app.orm.store import Store
from app.record import Unit
from app.settings import Settings

CLAIM = dt.timedelta(seconds=60)  # longer than any attempt may take
AT_ONCE_TO_A_HOST = 2
TRIED_FOR = dt.timedelta(days=3)
_FIRST_PAUSE, _LONGEST_PAUSE = 5.0, 6 * 3_600.0  # seconds
_LONGEST_ANSWER = 500  # characters
log = logging.getLogger(__name__)


@dataclass(frozen=True, kw_only=True)
class ToDeliver:
    """A delivery that is to be made. `key` names it for good: the same act makes it once. `content` is JSON, as `kind` reads
    it; `target` tells people where it goes and holds no secret; `host` names what is slow or down together.
    """

    key: str
    kind: str
    target: str
    host: str
    content: Mapping[str, Any]
    record: int | None = None
    user: int | None = None
    mailing: int | None = None


@dataclass(frozen=True)
class Delivery:
    """One that is being sent. `user`: the person here for whom it is, where it is for one."""

    id: int
    key: str
    kind: str
    target: str
    entity: str | None
    record: int | None
    content: Mapping[str, Any]
    attempts: int
    revision: int
    created_at: dt.datetime
    user: int | None = None


@dataclass(frozen=True)
class Answer:
    """How an attempt ended, in one line. `final`: trying again makes no sense. `rest`: not before so long. `dropped`: nobody
    wants it any more.
    """

    delivered: bool
    text: str
    final: bool = False
    rest: dt.timedelta | None = None
    dropped: bool = False


Send = Callable[[Delivery, Store, Settings], Answer]
"""How a kind is sent: an exception is an attempt that failed."""


def queue(doing: Doing, wanted: Sequence[ToDeliver]) -> int:
    """Writes deliveries of an action, in the unit that carries it out; how many are new."""
    return queue_in(doing.unit, wanted, doing.entity, doing.source.partition(".")[2], doing.action.key, doing.events)


def queue_in(
    unit: Unit,
    wanted: Sequence[ToDeliver],
    entity: str | None = None,
    automation: str | None = None,
    action: str | None = None,
    events: Mapping[int, int] | None = None,
) -> int:
    """As `queue`, of whatever makes them."""
    rows = [
        {
            "key": each.key, "kind": each.kind, "automation": automation, "action": action,
            "event_id": (events or {}).get(each.record or 0), "entity": entity, "record": each.record,
            "user_id": each.user, "target": each.target, "host": each.host, "content": dict(each.content),
            "state": "waiting", "attempts": 0, "due": unit.at, "revision": unit.store.revision,
            "created_at": unit.at, "touched_at": unit.at, "mailing": each.mailing,
        }
        for each in wanted
    ]  # fmt: skip
    if not rows:
        return 0
    insert = postgresql.insert if unit.connection.dialect.name == "postgresql" else sqlite.insert
    statement = insert(delivery).on_conflict_do_nothing(index_elements=["key"]).returning(delivery.c.id)
    return len(unit.connection.execute(statement, rows).all())


def deliver_next(store: Store, settings: Settings, me: str, senders: Mapping[str, Send]) -> bool:
    """Sends the delivery that has waited longest, if one is due. False where none is."""
    claimed = claim(store, me, store.clock())
    if claimed is None:
        return False
    try:
        answer = senders[claimed.kind](claimed, store, settings)
    except Exception as error:
        # The one place where the fault of an attempt ends: it is written down, and tried again.
        # Not to whom: a mail goes to a person, and the address of a webhook may hold its secret.
        log.warning("delivery %s, %s", claimed.id, claimed.kind, exc_info=True)
        answer = Answer(False, f"{type(error).__name__}: {error}")
    settle(store, claimed, me, answer, store.clock())
    return True


def due_deliveries(now: dt.datetime) -> sa.Select[Any]:
    """The ids of those that may be sent now: enough is sent already to the receivers of the others, or it is not their time."""
    d = delivery.c
    free = sa.or_(d.claimed_until.is_(None), d.claimed_until <= now)
    other = delivery.alias()
    busy = (
        sa.select(other.c.host)
        .where(other.c.state == "waiting", other.c.claimed_until > now)
        .group_by(other.c.host)
        .having(sa.func.count() >= AT_ONCE_TO_A_HOST)
    )
    return sa.select(d.id).where(d.state == "waiting", d.due <= now, free, d.host.not_in(busy))


def claim(store: Store, me: str, now: dt.datetime) -> Delivery | None:
    """Takes a delivery that is due, for `CLAIM`, unless enough is sent to its receiver already."""
    d, wanted = delivery.c, due_deliveries(now)
    with store.system_reading() as connection:  # nobody is kept from writing where nothing is due
        if connection.execute(wanted.limit(1)).first() is None:
            return None
    with store.housekeeping() as connection:
        found = connection.execute(wanted.order_by(d.due, d.id).limit(1).with_for_update(skip_locked=True)).scalar()
        if found is None:
            return None
        values = {"claim": me, "claimed_until": now + CLAIM, "attempts": d.attempts + 1, "touched_at": now}
        connection.execute(sa.update(delivery).where(d.id == found).values(values))
        row = connection.execute(sa.select(delivery).where(d.id == found)).one()
    return Delivery(
        row.id, row.key, row.kind, row.target, row.entity, row.record, row.content, row.attempts, row.revision,
        row.created_at, row.user_id,
    )  # fmt: skip


def settle(store: Store, claimed: Delivery, me: str, answer: Answer, now: dt.datetime) -> None:
    """Writes how an attempt ended. Where another has claimed it meanwhile, that one's end counts."""
    values: dict[str, Any] = {
        "answer": one_line(answer.text)[:_LONGEST_ANSWER],
        "claim": None,
        "claimed_until": None,
        "touched_at": now,
    }
    if answer.delivered:
        values |= {"state": "done", "ended_at": now}
    elif answer.dropped:
        values |= {"state": "dropped", "ended_at": now}
    elif answer.final or now + pause(claimed.attempts) > claimed.created_at + TRIED_FOR:
        values |= {"state": "dead", "ended_at": now}
    else:
        spread = pause(claimed.attempts) * random.uniform(0.8, 1.2)  # noqa: S311 - spreads, hides nothing
        values["due"] = min(now + max(spread, answer.rest or spread), claimed.created_at + TRIED_FOR)
    with store.housekeeping() as connection:
        here = sa.and_(delivery.c.id == claimed.id, delivery.c.claim == me, delivery.c.state == "waiting")
        connection.execute(sa.update(delivery).where(here).values(values))


def pause(attempts: int) -> dt.timedelta:
    """How long a delivery rests after so many attempts in vain."""
    return dt.timedelta(seconds=min(_FIRST_PAUSE * 3 ** (attempts - 1), _LONGEST_PAUSE))


def send_again(store: Store, one: int, now: dt.datetime) -> bool:
    """A dead delivery waits anew, with its key. False where it is not dead."""
    values = {"state": "waiting", "due": now, "ended_at": None, "created_at": now, "attempts": 0, "touched_at": now}
    with store.housekeeping() as connection:
        here = sa.and_(delivery.c.id == one, delivery.c.state == "dead")
        return bool(connection.execute(sa.update(delivery).where(here).values(values)).rowcount)
