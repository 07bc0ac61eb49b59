"""The threads that act upon events and deliver what leaves the house, as soon as there is something.

Nobody needs to be told: an index answers four times a second whether something waits. Several processes may do this at
once; what one has taken the others leave alone.
"""

from __future__ import annotations

import logging
import threading
import time
from collections.abc import Callable

from sqlalchemy.exc import DBAPIError

from app.automation.bulk_letters import write_next
from app.automation.deliveries import deliver_next
from app.automation.dispatch import AT_ONCE, dispatch
from app.automation.notice_mails import mail_notices
from app.automation.pace import pace, rest
from app.automation.senders import SENDERS
from app.jobs.scheduler import Scheduler
from app.orm.store import StaleRevision
from app.orm.types import now

log = logging.getLogger(__name__)
PAUSE = 0.25  # seconds between two looks where nothing waits
AFTER_A_FAULT = 5.0
SENDERS_AT_ONCE = 4


def dispatch_events(scheduler: Scheduler, stop: threading.Event) -> None:
    """Acts upon events until `stop` is set."""
    most = AT_ONCE

    def work() -> float:
        nonlocal most
        store, began = scheduler.station.store, time.monotonic()
        if not dispatch(store, now(), most):
            return PAUSE
        spent = time.monotonic() - began
        most, times = pace(store, now())
        return rest(times, spent)

    until_stopped(stop, work)


def write_letters(scheduler: Scheduler, stop: threading.Event) -> None:
    """Writes the letters of bulk mails until `stop` is set: apart, so that nothing waits for thousands of them."""
    until_stopped(stop, lambda: 0.0 if write_next(scheduler.station.store) else PAUSE)


def tell_by_mail(scheduler: Scheduler, stop: threading.Event) -> None:
    """Writes the mails of notices until `stop` is set."""
    until_stopped(stop, lambda: 0.0 if mail_notices(scheduler.station.store) else PAUSE)


def until_stopped(stop: threading.Event, work: Callable[[], float]) -> None:
    """Does the work again and again, and rests as long as it says. A fault rests it for a while, and never ends it."""
    while not stop.is_set():
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
        stop.wait(pause)


def start_workers(scheduler: Scheduler, stop: threading.Event) -> list[threading.Thread]:
    """Starts the threads; they end soon after `stop` is set."""
    works: list[Callable[[Scheduler, threading.Event], None]] = [
        dispatch_events,
        write_letters,
        tell_by_mail,
        *[deliver] * SENDERS_AT_ONCE,
    ]
    threads = [threading.Thread(target=each, args=(scheduler, stop), name=each.__name__) for each in works]
    for each in threads:
        each.start()
    return threads


def deliver(scheduler: Scheduler, stop: threading.Event) -> None:
    """Delivers, one after the other, until `stop` is set. Several do so: one slow receiver holds up one of them."""
    me = f"{scheduler.station.holder}/{threading.get_ident()}"

    def work() -> float:
        found = deliver_next(scheduler.station.store, scheduler.station.settings, me, SENDERS)
        return 0.0 if found else PAUSE

    until_stopped(stop, work)
