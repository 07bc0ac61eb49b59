"""Automations that the clock starts: what is due for which records, and their actions, once for each record and moment.

Records are taken in chunks. What is to be done is worked out first, reading alone; then the rows that say that it was done,
the records that it makes and the notices are written in one transaction. A unique row keeps anything from being done twice.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.automation.acts import ACTS, actions_of
from app.automation.carried import Noted, act_on, until_done
from app.automation.doing import AUTOMATION, Doing
from app.automation.exact import Window, may_fall, moment_of, window_of
from app.automation.moments import Round, rounds_of
from app.automation.run_log import log_runs, run_row
from app.definition import Action, Automation, Catalog, Field, Text
from app.definition.addresses import field_at
from app.definition.pipeline import SINCE_SUFFIX
from app.expression import BOOL, Checked, get_expression
from app.expression.working_time import company_time
from app.frozen import dataclass
from app.orm.expression import Source, condition, facts
from app.orm.framework import fired
from app.orm.store import Store
from app.record import Refused, Saved, Unit, in_unit
from app.record.conditions import holds
from app.record.stored import stored_values

DOOR = "job"
CHUNK = 500  # records in one transaction
_A_DAY = dt.timedelta(days=1)
log = logging.getLogger(__name__)


@dataclass
class Done:
    """What was done, to be counted. `refused` are records that could not be made, `why` one of the reasons."""

    records: int = 0
    notices: int = 0
    made: int = 0
    changed: int = 0
    refused: int = 0
    why: Text = field(default_factory=Text)

    def add(self, action: str, number: int) -> None:
        """Counts what an action of that name did."""
        if action == "notify":
            self.notices += number
        elif action == "create":
            self.made += number
        else:
            self.changed += number

    def result(self, *, shadow: bool) -> Text:
        """The same in words."""
        en = [f"{self.records} records", f"{self.notices} notices", f"{self.made} made"]
        zh = [f"{self.records} 条记录", f"{self.notices} 条通知", f"新建 {self.made} 条"]
        if self.changed:
            en.append(f"{self.changed} changed")
            zh.append(f"更新 {self.changed} 条")
        if self.refused:
            en.append(f"{self.refused} refused: {self.why.in_language('en')}")
            zh.append(f"{self.refused} 条被拒绝：{self.why.in_language('zh')}")
        before = ("would be: ", "仅演练：") if shadow else ("", "")
        return Text({"en": before[0] + ", ".join(en), "zh": before[1] + "，".join(zh)})


@dataclass(frozen=True)
class _Firing:
    """An automation at one of its moments; where records have moments of their own they are asked for by the window."""

    automation: Automation
    round: Round
    moment: dt.datetime
    window: Window | None = None
    moments: Mapping[int, dt.datetime] = field(default_factory=dict)  # of the records that are due

    def moment_of(self, record: int) -> dt.datetime:
        """For which a record is due."""
        return self.moments.get(record, self.moment)


def fire(store: Store, key: str, job: str, now: dt.datetime) -> Text:
    """Does what an automation is to do by the job of that name at its last moment until now; what was done, in words."""
    automation = store.catalog.automations[key]
    a_round = rounds_of(store.catalog, automation)[job]
    moment = a_round.moment(ZoneInfo(store.catalog.pack.time_zone), now)
    done, shadow = Done(), automation.mode == "shadow"
    if moment is None:
        return done.result(shadow=shadow)
    window = window_of(store, job, moment) if a_round.exact else None
    firing, last = _Firing(automation, a_round, moment, window), 0
    actions = actions_of(store.catalog, automation.entity, automation.actions.values())
    while True:
        with store.system_reading() as connection:
            unit = Unit(store, AUTOMATION, Session(), DOOR, store.clock(), reader=connection)
            firing, ids = _due(unit, firing, last)
            records = _meant(unit, firing, [each for each in ids if window is None or each in firing.moments])
            read = {each.key: ACTS[each.name].read(_doing(unit, firing, each, records)) for each in actions}
        if not ids:
            return done.result(shadow=shadow)
        last = ids[-1]
        if shadow:
            _note(store, done, firing, records, read)
        else:
            _carry_out(store, firing, records, read, done)


def _note(store: Store, done: Done, firing: _Firing, records: Sequence[int], read: Mapping[str, Any]) -> None:
    done.records += len(records)
    for action in firing.automation.actions.values():
        if action.key in read:
            done.add(action.name, len(read[action.key]) if action.name == "notify" else len(records))
    if records:
        in_unit(store, AUTOMATION, DOOR, partial(_log, firing.automation, records))


def _log(automation: Automation, records: Sequence[int], unit: Unit) -> Saved:
    log_runs(unit, [run_row(unit, automation, records, {})])
    return Saved((), ())


def _doing(unit: Unit, firing: _Firing, action: Action, records: Iterable[int]) -> Doing:
    marks = {each: firing.moment_of(each).isoformat() for each in records}
    return Doing(unit, f"automation.{firing.automation.key}", firing.automation.entity, action, marks, {})


def _due(unit: Unit, firing: _Firing, last: int) -> tuple[_Firing, list[int]]:
    """Ids of records that may be due and are not done, after the last one; `when` is asked here where SQL knows it. Where
    records have moments of their own the firing holds those of which it has come.
    """
    automation = firing.automation
    source = facts(unit.models, automation.entity)
    record = source.column("id")
    done = sa.select(sa.literal(1)).where(fired.c.automation == automation.key, fired.c.record == record)
    if not automation.trigger.once:
        done = done.where(fired.c.moment == firing.moment)
    conditions = [record > last, *source.alive(), ~done.correlate(source.root).exists()]
    columns = [record]
    if automation.trigger.date is not None:
        date = date_of(source, unit.catalog, automation)
        conditions.append(_on_the_day(unit, firing, date))
        columns += [date, source.column("created_at")] if firing.window is not None else []
    asked = _when(unit.catalog, automation)
    if asked is not None and "filter" in asked.profiles:
        conditions.append(condition(source, asked.root, unit.context))
    query = source.joined(sa.select(*columns)).where(*conditions).order_by(record).limit(CHUNK)
    rows = unit.connection.execute(query).all()
    return _with_moments(unit, firing, rows), [row[0] for row in rows]


def _with_moments(unit: Unit, firing: _Firing, rows: Sequence[Any]) -> _Firing:
    if firing.window is None:
        return firing
    time = company_time(unit.catalog)
    found = {row[0]: moment_of(row[1], row[2], firing.window, firing.round, time) for row in rows}
    return replace(firing, moments={key: each for key, each in found.items() if each is not None})


def dated(catalog: Catalog, automation: Automation) -> Field:
    """The field of the date, of the record itself or of one that its lookups lead to."""
    found = field_at(catalog, automation.entity, str(automation.trigger.date))
    assert found is not None  # else it waits: see `why_it_waits`
    return found


def date_of(source: Source, catalog: Catalog, automation: Automation) -> Any:
    """Where the date of a record is kept; of a stage, since when the record is in it."""
    *way, key = str(automation.trigger.date).split(".")
    return source.behind(way).column(key + SINCE_SUFFIX if dated(catalog, automation).type == "stage" else key)


def _on_the_day(unit: Unit, firing: _Firing, column: Any) -> Any:
    """That the date of a record is one whose moment is now, or may be."""
    time, of_days = company_time(unit.catalog), dated(unit.catalog, firing.automation).holds == "date"
    if firing.window is not None:
        return may_fall(column, firing.window, firing.round, time, of_days=of_days)
    zone = ZoneInfo(unit.catalog.pack.time_zone)
    day = firing.moment.astimezone(zone).date()
    days = sorted({each for shift in firing.round.shifts for each in shift.dates(day, time)})
    if of_days:
        return column.in_(days)
    return sa.or_(
        sa.false(), *(sa.and_(column >= _start(each, zone), column < _start(each + _A_DAY, zone)) for each in days)
    )


def _start(day: dt.date, zone: dt.tzinfo) -> dt.datetime:
    return dt.datetime.combine(day, dt.time(), zone).astimezone(dt.UTC)


def _when(catalog: Catalog, automation: Automation) -> Checked | None:
    if automation.when is None:
        return None
    return get_expression(catalog, automation.entity, automation.when, BOOL, "server")


def _meant(unit: Unit, firing: _Firing, ids: Sequence[int]) -> list[int]:
    """Those of the records for which `when` holds."""
    asked = _when(unit.catalog, firing.automation)
    if asked is None or "filter" in asked.profiles or not ids:
        return list(ids)
    rows = stored_values(unit, firing.automation.entity, ids, [asked])
    return [key for key, row in rows.items() if holds(asked.evaluate, row, row, unit.context, otherwise=False)]


def _carry_out(store: Store, firing: _Firing, records: Sequence[int], read: Mapping[str, Any], done: Done) -> None:
    """Does it all in one transaction. A record for which an action is refused is left out of it, so that it keeps the others
    from nothing.
    """
    noted = {key: Noted() for key in read}
    seen: list[Done] = []
    if not records:
        return
    attempt = partial(_attempt, firing, records, read, noted, seen)
    refused = until_done(store, DOOR, attempt, lambda: sum(each.size for each in noted.values()))
    if refused is not None:
        raise RuntimeError(refused.refusals[0].text("en", store.catalog))  # the run is tried again
    done.records += seen[-1].records
    done.notices += seen[-1].notices
    done.made += seen[-1].made
    done.changed += seen[-1].changed
    why = [each for one in noted.values() for each in one.refused.values()]
    done.refused += len(why)
    if why:
        done.why = Text({each: why[-1].text(each, store.catalog) for each in ("en", "zh")})


def _attempt(
    firing: _Firing,
    records: Sequence[int],
    read: Mapping[str, Any],
    noted: Mapping[str, Noted],
    seen: list[Done],
    unit: Unit,
) -> Saved | Refused:
    """The whole of it. What was done is noted in `seen`, for which records an action is refused in `noted`: it may be done
    again.
    """
    new = _mark(unit, firing, records)
    due, done = [each for each in records if each in new], Done()
    unit.chain[:] = [firing.automation.key]
    for action in actions_of(unit.catalog, firing.automation.entity, firing.automation.actions.values()):
        outcome = act_on(_doing(unit, firing, action, due), read[action.key], noted[action.key])
        if isinstance(outcome, Refused):
            return outcome
        done.add(action.name, len(outcome.ids))
    done.records = len(due)
    seen.append(done)
    if due:
        refused = {key: each.refused for key, each in noted.items()}
        log_runs(unit, [run_row(unit, firing.automation, due, refused)])
    return Saved((), ())


def _mark(unit: Unit, firing: _Firing, records: Sequence[int]) -> set[int]:
    """Notes that it is done for these records; those for which it was not done yet."""
    insert = postgresql.insert if unit.connection.dialect.name == "postgresql" else sqlite.insert
    rows = [
        {"automation": firing.automation.key, "record": record, "moment": firing.moment_of(record), "at": unit.at}
        for record in records
    ]
    statement = insert(fired).values(rows).on_conflict_do_nothing().returning(fired.c.record)
    return set(unit.connection.execute(statement).scalars())
