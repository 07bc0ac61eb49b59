"""The threads that act upon events and deliver what leaves the house, as soon as there is something.

Nobody needs to be told: one statement answers four times a second what waits, and wakes those whose work it is. Several
processes may do this at once; what one has taken the others leave alone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable, Sequence
from typing import get_args

from sqlalchemy.exc import DBAPIError

from app.automation.bulk_letters import write_next
from app.automation.deliveries import deliver_next
from app.automation.dispatch import AT_ONCE, dispatch
from app.automation.notice_mails import mail_notices
from app.automation.pace import pace, rest
from app.automation.senders import SENDERS
from app.automation.waiting import Kind, what_waits
from app.jobs.scheduler import Scheduler
from app.orm.store import StaleRevision, Store
from app.orm.types import now

log = logging.getLogger(__name__)
PAUSE = 0.25  # seconds between two looks
AFTER_A_FAULT = 5.0
SENDERS_AT_ONCE = 4
Work = Callable[[], float | None]
"""Does some of what waits: for how many seconds to rest then; None where there is nothing more to do."""


def dispatching(scheduler: Scheduler) -> Work:
    """Acts upon events."""
    most = AT_ONCE

    def work() -> float | None:
        nonlocal most
        store, began = scheduler.station.store, time.monotonic()
        if not dispatch(store, now(), most):
            return None
        spent = time.monotonic() - began
        most, times = pace(store, now())
        return rest(times, spent)

    return work


def writing_letters(scheduler: Scheduler) -> Work:
    """Writes the letters of bulk mails: apart, so that nothing waits for thousands of them."""
    return lambda: 0.0 if write_next(scheduler.station.store) else None


def telling_by_mail(scheduler: Scheduler) -> Work:
    """Writes the mails of notices."""
    return lambda: 0.0 if mail_notices(scheduler.station.store) else None


def delivering(scheduler: Scheduler) -> Work:
    """Delivers, one after the other. Several do so: one slow receiver holds up one of them."""

    def work() -> float | None:
        me = f"{scheduler.station.holder}/{threading.get_ident()}"
        found = deliver_next(scheduler.station.store, scheduler.station.settings, me, SENDERS)
        return 0.0 if found else None

    return work


def looking(scheduler: Scheduler, wakes: Sequence[tuple[Kind, threading.Event]]) -> Work:
    """Looks what waits, and wakes those who do it; all of them under a new revision, which may have to be begun with."""
    known: Store | None = None

    def work() -> float:
        nonlocal known
        store = scheduler.station.store
        waits = what_waits(store, store.clock()) if store is known else get_args(Kind)
        for wake in (each for kind, each in wakes if kind in waits):
            wake.set()
        known = store
        return PAUSE

    return work


WORKS: tuple[tuple[Kind, Callable[[Scheduler], Work]], ...] = (
    ("events", dispatching),
    ("letters", writing_letters),
    ("notices", telling_by_mail),
    *(("deliveries", delivering),) * SENDERS_AT_ONCE,
)


def until_stopped(stop: threading.Event, work: Work, wake: threading.Event) -> None:
    """Does the work again and again until `stop` is set: at once after it has rested, or, with nothing more to do, when it is
    woken. A fault rests it for a while, and never ends it.
    """
    while not stop.is_set():
        wake.clear()  # before the work: what comes meanwhile wakes once more
        try:
            pause = work()
        except StaleRevision:
            pause = PAUSE  # the scheduler takes the new one up
        except DBAPIError:
            log.warning("the database does not answer; tried again", exc_info=True)
            pause = AFTER_A_FAULT
        except Exception:
            # The one place where a fault of the loop itself ends: it is told, and the loop goes on.
            log.exception("events could not be acted upon")
            pause = AFTER_A_FAULT
        if pause is not None:
            stop.wait(pause)
        elif not stop.is_set():
            wake.wait()


def start_workers(scheduler: Scheduler, stop: threading.Event) -> list[threading.Thread]:
    """Starts the threads; they end soon after `stop` is set."""
    wakes = [(kind, threading.Event()) for kind, _make in WORKS]  # one for each: nobody takes another's back

    def look() -> None:
        until_stopped(stop, looking(scheduler, wakes), threading.Event())
        for _kind, wake in wakes:
            wake.set()

    threads = [threading.Thread(target=look, name="looking")]
    for (_kind, make), (_of, wake) in zip(WORKS, wakes, strict=True):
        threads.append(threading.Thread(target=until_stopped, args=(stop, make(scheduler), wake), name=make.__name__))
    for each in threads:
        each.start()
    return threads
