"""The rows of the scheduler: who leads, since when a job is known, and its runs, one for each due moment.

A leader holds a lease that ends by itself. Each time that another takes it over its token grows; a run is begun only by the
newest token. Each run that is carried out has a lease of its own, which whoever carries it out renews: a run whose lease ended
is taken up again by whoever leads, and who was thought dead no longer ends it.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Iterable
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import IntegrityError

from app.definition import Text
from app.definition.text import ANY_LANGUAGE
from app.frozen import dataclass
from app.orm.framework import job, lease, run
from app.orm.store import Store

SCHEDULER = "scheduler"
LEASE = dt.timedelta(seconds=30)
"""How long a lease lasts that nobody renews: of the leader, and of each run."""
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


def done_before(store: Store, name: str, due: dt.datetime) -> dt.datetime | None:
    """The last moment before this one for which a job was done; since when it is known where it never was."""
    done = sa.select(sa.func.max(run.c.due)).where(run.c.job == name, run.c.state == "done", run.c.due < due)
    known = sa.select(job.c.since).where(job.c.name == name, job.c.since < due)
    with store.system_reading() as connection:
        found: dt.datetime | None = connection.execute(done).scalar() or connection.execute(known).scalar()
    return found


def unfinished(store: Store, now: dt.datetime) -> list[Run]:
    """Runs that ought to be tried again: those that nobody carries out any more, and those that failed and rested."""
    with store.system_reading() as connection:
        rows = connection.execute(sa.select(run).where(run.c.state != "done").order_by(run.c.due, run.c.id)).all()
        held = _held(connection, now)
    found = map(_run, rows)
    return [each for each in found if each.id not in held and _is_to_be_tried(each, now)]


def _is_to_be_tried(each: Run, now: dt.datetime) -> bool:
    if each.state == "running":
        return True
    rest = PAUSES[each.attempts - 1] if each.attempts <= len(PAUSES) else None
    return rest is not None and each.ended_at is not None and each.ended_at + rest <= now


def carried_out(store: Store, now: dt.datetime) -> set[str]:
    """The jobs of which a run is carried out at this moment, by whomever."""
    with store.system_reading() as connection:
        rows = connection.execute(sa.select(run.c.id, run.c.job).where(run.c.state == "running")).all()
        held = _held(connection, now) if rows else set()
    return {row.job for row in rows if row.id in held}


def _held(connection: Connection, now: dt.datetime) -> set[int]:
    """The runs whose leases have not ended."""
    mark = _lease_of("")
    names = connection.execute(
        sa.select(lease.c.name).where(lease.c.name.startswith(mark), lease.c.until > now)
    ).scalars()
    return {int(name.removeprefix(mark)) for name in names}


def find_run(store: Store, number: int) -> Run | None:
    """A run by its number."""
    with store.system_reading() as connection:
        row = connection.execute(sa.select(run).where(run.c.id == number)).one_or_none()
    return None if row is None else _run(row)


def hold(store: Store, runs: Iterable[Run], now: dt.datetime) -> None:
    """Renews the leases of runs that are carried out; what another took up meanwhile stays his."""
    with store.housekeeping() as connection:
        for each in runs:
            connection.execute(sa.update(lease).where(_own_lease(each)).values(until=now + LEASE))


def let_go(store: Store, each: Run) -> None:
    """Gives a run up that is not ended: whoever leads takes it up again at once."""
    with store.housekeeping() as connection:
        connection.execute(sa.delete(lease).where(_own_lease(each)))


def _lease_of(number: int | str) -> str:
    return f"run.{number}"


def _own_lease(each: Run) -> sa.ColumnElement[bool]:
    return sa.and_(lease.c.name == _lease_of(each.id), lease.c.token == each.attempts)


def _take_lease(connection: Connection, each: Run, now: dt.datetime) -> None:
    """As token it has the number of the attempt: it grows when another takes the run up."""
    name = _lease_of(each.id)
    connection.execute(sa.delete(lease).where(lease.c.name == name))
    values = {"name": name, "holder": each.job, "token": each.attempts, "until": now + LEASE}
    connection.execute(sa.insert(lease).values(values))


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
        begun = Run(found, name, due, now, None, 1, "running", Text(), token)
        _take_lease(connection, begun, now)
    return begun


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
        begun = Run(each.id, each.job, each.due, now, None, each.attempts + 1, "running", Text(), token)
        _take_lease(connection, begun, now)
    return begun


def end_run(store: Store, each: Run, state: State, result: Text, now: dt.datetime) -> bool:
    """Writes how a run ended; False where another took it over meanwhile."""
    with store.housekeeping() as connection:
        here = sa.and_(run.c.id == each.id, run.c.token == each.token, run.c.attempts == each.attempts)
        values = {"ended_at": now, "state": state, "result": _written(result)}
        connection.execute(sa.delete(lease).where(_own_lease(each)))
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
