"""What automations did: the log of their runs, and the events that were given up."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.automation.acts import actions_of
from app.automation.events import Event, event_of
from app.definition import Action, Automation, Catalog, Text
from app.frozen import dataclass
from app.orm.framework import automation_run, outbox
from app.record import Refusal, Unit


@dataclass(frozen=True)
class Left:
    """A record that an action left out, and why it was refused."""

    action: str
    record: int
    why: Text


@dataclass(frozen=True)
class AutomationRun:
    """One run. `state` is done, failed (some of it was refused) or stopped (the chain of automations was too long)."""

    id: int
    automation: str
    event: int | None
    entity: str
    records: tuple[int, ...]
    mode: str
    state: str
    done: Mapping[str, int]
    refused: tuple[Left, ...]
    chain: tuple[str, ...]
    revision: int
    at: dt.datetime


@dataclass(frozen=True)
class Tally:
    """How often an automation ran, for how many records, and how often some of it was refused."""

    runs: int = 0
    failed: int = 0
    last: AutomationRun | None = None


def run_row(
    unit: Unit,
    automation: Automation,
    records: Sequence[int],
    refused: Mapping[str, Mapping[int, Refusal]],
    *,
    event: int | None = None,
    chain: Sequence[str] = (),
) -> dict[str, Any]:
    """A line of the log: for these records its actions were carried out, but for those that one refused."""
    ran = Ran(automation.key, automation.entity, automation.actions.values(), automation.mode)
    return row_of(unit, ran, records, refused, event=event, chain=chain)


@dataclass(frozen=True)
class Ran:
    """What ran: an automation, or what a service level does then (`sla.<key>.<occasion>`)."""

    key: str
    entity: str
    actions: Iterable[Action]
    mode: str = "live"


def row_of(
    unit: Unit,
    ran: Ran,
    records: Sequence[int],
    refused: Mapping[str, Mapping[int, Refusal]],
    *,
    event: int | None = None,
    chain: Sequence[str] = (),
) -> dict[str, Any]:
    """As `run_row`, of whatever ran."""
    result = {
        action.key: _result(unit.catalog, refused.get(action.key, {}), records)
        for action in actions_of(unit.catalog, ran.entity, ran.actions)
    }
    return {
        "automation": ran.key,
        "event_id": event,
        "entity": ran.entity,
        "records": list(records),
        "mode": ran.mode,
        "state": "failed" if any(each["refused"] for each in result.values()) else "done",
        "result": result if ran.mode == "live" else None,
        "chain": list(chain) or None,
        "revision": unit.store.revision,
        "at": unit.at,
    }


def _result(catalog: Catalog, refused: Mapping[int, Refusal], records: Sequence[int]) -> dict[str, Any]:
    told = [
        [record, {language: refused[record].text(language, catalog) for language in ("en", "zh")}]
        for record in records
        if record in refused
    ]
    return {"done": len(records) - len(told), "refused": told}


def log_runs(unit: Unit, rows: Sequence[Mapping[str, Any]]) -> None:
    """Writes lines of the log, in the unit that does what they tell."""
    unit.connection.execute(sa.insert(automation_run), list(rows))


def tallies(connection: Connection, since: dt.datetime) -> dict[str, Tally]:
    """By automation what it did since then, and its last run at all."""
    r = automation_run.c
    failed = sa.func.sum(sa.case((r.state != "done", 1), else_=0))
    counted = sa.select(r.automation, sa.func.count(), failed).where(r.at >= since).group_by(r.automation)
    counts = {key: (runs, int(bad)) for key, runs, bad in connection.execute(counted)}
    newest = sa.select(sa.func.max(r.id)).group_by(r.automation)
    last = {
        row.automation: run_of(row) for row in connection.execute(sa.select(automation_run).where(r.id.in_(newest)))
    }
    return {key: Tally(*counts.get(key, (0, 0)), run) for key, run in last.items()}


def runs_of(connection: Connection, automation: str, *, limit: int, before: int | None = None) -> list[AutomationRun]:
    """The runs of an automation, newest first."""
    query = sa.select(automation_run).where(automation_run.c.automation == automation)
    if before is not None:
        query = query.where(automation_run.c.id < before)
    return [run_of(row) for row in connection.execute(query.order_by(automation_run.c.id.desc()).limit(limit))]


def run_of(row: Any) -> AutomationRun:
    """The run of a row of the log."""
    result: Mapping[str, Any] = row.result or {}
    return AutomationRun(
        row.id, row.automation, row.event_id, row.entity, tuple(row.records), row.mode, row.state,
        {key: each["done"] for key, each in result.items()}, tuple(_refusals(result)), tuple(row.chain or ()),
        row.revision, row.at,
    )  # fmt: skip


def _refusals(result: Mapping[str, Any]) -> Iterator[Left]:
    for action, each in result.items():
        yield from (Left(action, record, Text(why)) for record, why in each["refused"])


@dataclass(frozen=True)
class GivenUp:
    """An event whose automations could not be carried out, after all attempts."""

    event: Event
    why: str


def given_up(connection: Connection, *, limit: int) -> list[GivenUp]:
    """The events that were given up, newest first."""
    query = sa.select(outbox).where(outbox.c.failed.is_not(None)).order_by(outbox.c.id.desc()).limit(limit)
    return [GivenUp(event_of(row), row.failed) for row in connection.execute(query)]
