"""The rows of the scheduler: who leads, since when a job is known, and its runs, one for each due moment.

A leader holds a lease that ends by itself. Each time that another takes it over its token grows; what a run writes is
written only while the token that began it is the newest, so that a leader that was thought dead changes nothing.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from dataclasses import dataclass
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from app.definition import Text
from app.definition.text import ANY_LANGUAGE
from app.orm.framework import job, lease, run
from app.orm.store import Store

SCHEDULER = "scheduler"
LEASE = dt.timedelta(seconds=30)
PAUSES = tuple(dt.timedelta(minutes=minutes) for minutes in (1, 5, 30))
"""How long a run that failed rests before it is tried again; after the last it stays failed."""
LONGEST_RESULT = 2_000  # characters

State = Literal["running", "done", "failed"]


class JobRefused(RuntimeError):
    """A job could not do its work, for a reason that whoever looks after the system can mend: it is told in words."""

    def __init__(self, text: Text) -> None:
        super().__init__(str(text))
        self.text = text


@dataclass(frozen=True)
class Run:
    """One run of a job: for which moment it was due, when it began and ended, and how."""

    id: int
    job: str
    due: dt.datetime
    started_at: dt.datetime
    ended_at: dt.datetime | None
    attempts: int
    state: State
    result: Text
    token: int


def take_lead(store: Store, holder: str, now: dt.datetime) -> int | None:
    """The token of whoever leads from now on for `LEASE`, if that is this holder; None while another leads."""
    with store.housekeeping() as connection:
        known = connection.execute(sa.select(lease).where(lease.c.name == SCHEDULER)).one_or_none()
        until = now + LEASE
        if known is None:
            return _first_lease(connection, holder, until)
        mine = known.holder == holder
        if not mine and known.until > now:
            return None
        token = known.token if mine else known.token + 1
        here = sa.and_(lease.c.name == SCHEDULER, lease.c.holder == known.holder, lease.c.token == known.token)
        taken = connection.execute(sa.update(lease).where(here).values(holder=holder, token=token, until=until))
        return token if taken.rowcount else None


def _first_lease(connection: Connection, holder: str, until: dt.datetime) -> int | None:
    values = {"name": SCHEDULER, "holder": holder, "token": 1, "until": until}
    try:
        with connection.begin_nested():
            connection.execute(sa.insert(lease).values(values))
    except IntegrityError:
        return None
    return 1


def give_up_lead(store: Store, holder: str, now: dt.datetime) -> None:
    """Lets another lead at once."""
    with store.housekeeping() as connection:
        here = sa.and_(lease.c.name == SCHEDULER, lease.c.holder == holder)
        connection.execute(sa.update(lease).where(here).values(until=now))


def leading_token(store: Store) -> int:
    """The token of whoever leads, or led last; 0 where nobody ever did."""
    with store.system_reading() as connection:
        return connection.execute(sa.select(lease.c.token).where(lease.c.name == SCHEDULER)).scalar() or 0


def known_since(store: Store, names: Iterable[str], now: dt.datetime) -> dict[str, dt.datetime]:
    """Since when each job is known: one that is new is due from now on, never before."""
    wanted = list(names)
    with store.housekeeping() as connection:
        rows = connection.execute(sa.select(job.c.name, job.c.since)).all()
        found: dict[str, dt.datetime] = {row.name: row.since for row in rows}
        new = [each for each in wanted if each not in found]
        if new:
            connection.execute(sa.insert(job), [{"name": each, "since": now} for each in new])
    return {each: found.get(each, now) for each in wanted}


def want(store: Store, name: str, now: dt.datetime) -> None:
    """Asks for a job to be run at the next turn."""
    with store.housekeeping() as connection:
        changed = connection.execute(sa.update(job).where(job.c.name == name).values(wanted=now))
        if not changed.rowcount:
            connection.execute(sa.insert(job).values(name=name, since=now, wanted=now))


def wanted(store: Store) -> dict[str, dt.datetime]:
    """When each job was last asked for."""
    with store.system_reading() as connection:
        rows = connection.execute(sa.select(job.c.name, job.c.wanted).where(job.c.wanted.is_not(None))).all()
    return {row.name: row.wanted for row in rows}


def last_runs(store: Store) -> dict[str, Run]:
    """The run of each job whose due moment is the latest."""
    latest = sa.select(run.c.job, sa.func.max(run.c.due).label("due")).group_by(run.c.job).subquery()
    here = sa.and_(run.c.job == latest.c.job, run.c.due == latest.c.due)
    with store.system_reading() as connection:
        rows = connection.execute(sa.select(run).join(latest, here)).all()
    return {row.job: _run(row) for row in rows}


def unfinished(store: Store, token: int, now: dt.datetime) -> list[Run]:
    """Runs that ought to be tried again: begun by a leader of before, or failed and rested."""
    with store.system_reading() as connection:
        rows = connection.execute(sa.select(run).where(run.c.state != "done").order_by(run.c.due, run.c.id)).all()
    found = map(_run, rows)
    return [each for each in found if _is_to_be_tried(each, token, now)]


def _is_to_be_tried(each: Run, token: int, now: dt.datetime) -> bool:
    if each.state == "running":
        return each.token < token
    rest = PAUSES[each.attempts - 1] if each.attempts <= len(PAUSES) else None
    return rest is not None and each.ended_at is not None and each.ended_at + rest <= now


def begin_run(store: Store, name: str, due: dt.datetime, token: int, now: dt.datetime) -> Run | None:
    """Begins the run of a job for a due moment; None where it was run, is running, or another leads by now."""
    with store.housekeeping() as connection:
        if not _leads(connection, token):
            return None
        values = {
            "job": name, "due": due, "started_at": now, "attempts": 1, "state": "running", "result": "", "token": token,
        }  # fmt: skip
        try:
            with connection.begin_nested():
                found = connection.execute(sa.insert(run).values(values).returning(run.c.id)).scalar_one()
        except IntegrityError:
            return None
    return Run(found, name, due, now, None, 1, "running", Text(), token)


def begin_again(store: Store, each: Run, token: int, now: dt.datetime) -> Run | None:
    """Tries a run again; None where another did, or leads by now."""
    with store.housekeeping() as connection:
        if not _leads(connection, token):
            return None
        here = sa.and_(run.c.id == each.id, run.c.attempts == each.attempts, run.c.state == each.state)
        values = {
            "started_at": now,
            "ended_at": None,
            "attempts": each.attempts + 1,
            "state": "running",
            "token": token,
        }
        if not connection.execute(sa.update(run).where(here).values(values)).rowcount:
            return None
    return Run(each.id, each.job, each.due, now, None, each.attempts + 1, "running", Text(), token)


def end_run(store: Store, each: Run, state: State, result: Text, now: dt.datetime) -> bool:
    """Writes how a run ended; False where another took it over meanwhile."""
    with store.housekeeping() as connection:
        here = sa.and_(run.c.id == each.id, run.c.token == each.token, run.c.attempts == each.attempts)
        values = {"ended_at": now, "state": state, "result": _written(result)}
        return bool(connection.execute(sa.update(run).where(here, run.c.state == "running").values(values)).rowcount)


def _leads(connection: Connection, token: int) -> bool:
    return connection.execute(sa.select(lease.c.token).where(lease.c.name == SCHEDULER)).scalar() == token


def _written(result: Text) -> str:
    texts = {language: text[:LONGEST_RESULT] for language, text in result.by_language.items()}
    return json.dumps(texts, ensure_ascii=False)


def plain(text: str) -> Text:
    """A result that reads the same in every language."""
    return Text({ANY_LANGUAGE: text})


def _run(row: Any) -> Run:
    result = Text(json.loads(row.result)) if row.result else Text()
    return Run(row.id, row.job, row.due, row.started_at, row.ended_at, row.attempts, row.state, result, row.token)
