"""Automations that the clock starts: what is due for which records, and their actions, once for each record and moment.

Records are taken in chunks. What is to be done is worked out first, reading alone; then the rows that say that it was done,
the records that it makes and the notices are written in one transaction. A unique row keeps anything from being done twice.
"""

from __future__ import annotations

import datetime as dt
import logging
from collections import defaultdict
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.orm import Session

from app.access import system_actor
from app.automation.moments import Round, rounds_of
from app.automation.notices import Notice, tell
from app.automation.who import people_of
from app.automation.wording import words_for
from app.definition import Action, Automation, Catalog, Text
from app.definition.action import CreateRecord
from app.definition.pipeline import SINCE_SUFFIX
from app.definition.values import Value
from app.definition.waiting import why_action_waits
from app.expression import BOOL, Checked, get_expression
from app.expression.working_time import company_time
from app.orm.expression import condition, facts
from app.orm.framework import fired
from app.orm.store import Store
from app.orm.tuples import among
from app.record import Refused, Saved, Unit, create_in, in_unit
from app.record.conditions import holds
from app.record.stored import stored_values

AUTOMATION = system_actor("system:automation")
DOOR = "job"
CHUNK = 500  # records in one transaction
_A_DAY = dt.timedelta(days=1)
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Meant:
    """What is to be done for one record: the notices by action and person, and the values of new records by action."""

    record: int
    words: Mapping[tuple[str, int], str]
    made: Mapping[str, dict[str, object]]


@dataclass
class Done:
    """What was done, to be counted. `refused` are records that could not be made, `why` one of the reasons."""

    records: int = 0
    notices: int = 0
    made: int = 0
    refused: int = 0
    why: Text = field(default_factory=Text)

    def result(self, *, shadow: bool) -> Text:
        """The same in words."""
        en = [f"{self.records} records", f"{self.notices} notices", f"{self.made} made"]
        zh = [f"{self.records} 条记录", f"{self.notices} 条通知", f"新建 {self.made} 条"]
        if self.refused:
            en.append(f"{self.refused} refused: {self.why.in_language('en')}")
            zh.append(f"{self.refused} 条被拒绝：{self.why.in_language('zh')}")
        before = ("would be: ", "仅演练：") if shadow else ("", "")
        return Text({"en": before[0] + ", ".join(en), "zh": before[1] + "，".join(zh)})


@dataclass(frozen=True)
class _Firing:
    """An automation at one of its moments."""

    automation: Automation
    round: Round
    moment: dt.datetime


def fire(store: Store, key: str, job: str, now: dt.datetime) -> Text:
    """Does what an automation is to do by the job of that name at its last moment until now; what was done, in words."""
    automation = store.catalog.automations[key]
    a_round = rounds_of(store.catalog, automation)[job]
    moment = a_round.moment(ZoneInfo(store.catalog.pack.time_zone), now)
    done, shadow = Done(), automation.mode == "shadow"
    if moment is None:
        return done.result(shadow=shadow)
    firing, last = _Firing(automation, a_round, moment), 0
    while True:
        with store.system_reading() as connection:
            unit = Unit(store, AUTOMATION, Session(), DOOR, store.clock(), reader=connection)
            ids = _due(unit, firing, last)
            meant = _meant(unit, firing, ids)
        if not ids:
            return done.result(shadow=shadow)
        last = ids[-1]
        if shadow:
            _note(done, firing, meant)
        else:
            _carry_out(store, firing, meant, done)


def _note(done: Done, firing: _Firing, meant: Sequence[Meant]) -> None:
    done.records += len(meant)
    done.notices += sum(len(each.words) for each in meant)
    done.made += sum(len(each.made) for each in meant)
    for each in meant:
        actions = ", ".join(sorted({*(action for action, _ in each.words), *each.made}))
        log.info("automation %s, a rehearsal: record %s, %s", firing.automation.key, each.record, actions)


def _due(unit: Unit, firing: _Firing, last: int) -> list[int]:
    """Ids of records that are due and not done, after the last one; `when` is asked here where SQL knows it."""
    automation = firing.automation
    source = facts(unit.models, automation.entity)
    record = source.column("id")
    done = sa.select(sa.literal(1)).where(fired.c.automation == automation.key, fired.c.record == record)
    if not automation.trigger.once:
        done = done.where(fired.c.moment == firing.moment)
    conditions = [record > last, *source.alive(), ~done.correlate(source.root).exists()]
    if automation.trigger.date is not None:
        conditions.append(_on_the_day(unit, firing, source.column(_column_of(unit.catalog, automation))))
    asked = _when(unit.catalog, automation)
    if asked is not None and "filter" in asked.profiles:
        conditions.append(condition(source, asked.root, unit.context))
    query = source.joined(sa.select(record)).where(*conditions).order_by(record).limit(CHUNK)
    return list(unit.connection.execute(query).scalars())


def _column_of(catalog: Catalog, automation: Automation) -> str:
    """Where the date of a record is kept; of a stage, since when the record is in it."""
    key = str(automation.trigger.date)
    return key + SINCE_SUFFIX if catalog.get_field(automation.entity, key).type == "stage" else key


def _on_the_day(unit: Unit, firing: _Firing, column: Any) -> Any:
    """That the date of a record is one whose moment is now."""
    trigger, zone = firing.automation.trigger, ZoneInfo(unit.catalog.pack.time_zone)
    time, day = company_time(unit.catalog), firing.moment.astimezone(zone).date()
    days = sorted({each for shift in firing.round.shifts for each in shift.dates(day, time)})
    a_field = unit.catalog.get_field(firing.automation.entity, str(trigger.date))
    if a_field.holds == "date":
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


def _meant(unit: Unit, firing: _Firing, ids: Sequence[int]) -> list[Meant]:
    """What is to be done for those of the records for which `when` holds."""
    automation, catalog = firing.automation, unit.catalog
    asked = _when(catalog, automation)
    judged = asked if asked is not None and "filter" not in asked.profiles else None
    actions = [each for each in automation.actions.values() if why_action_waits(catalog, each) is None]
    formulas = [each for action in actions for each in _formulas(catalog, automation, action)]
    expressions = [*formulas, *([judged] if judged is not None else [])]
    every = stored_values(unit, automation.entity, ids, expressions, ("owner",)) if ids else {}
    if judged is not None:
        evaluate = judged.evaluate
        every = {key: row for key, row in every.items() if holds(evaluate, row, row, unit.context, otherwise=False)}
    words: dict[int, dict[tuple[str, int], str]] = defaultdict(dict)
    for action in actions:
        if action.notify is not None:
            for record, user, text in _notified(unit, firing, action, list(every)):
                words[record][action.key, user] = text
    creating = [each for each in actions if each.create is not None]
    languages = _languages(unit, {row["owner"] for row in every.values()}) if creating else {}
    return [
        Meant(record, words[record], {each.key: _new(unit, automation, each, row, languages) for each in creating})
        for record, row in every.items()
    ]


def _notified(unit: Unit, firing: _Firing, action: Action, ids: Sequence[int]) -> Iterator[tuple[int, int, str]]:
    """Record, person and words of each notice that an action gives."""
    message, entity = action.notify, firing.automation.entity
    assert message is not None
    by_person: dict[int, list[int]] = defaultdict(list)
    for record, people in (people_of(unit, entity, ids, message.to) if ids else {}).items():
        for each in people:
            by_person[each].append(record)
    template = unit.catalog.templates[message.template]
    for user, records in by_person.items():
        found = words_for(unit, user, template, records, entity)
        yield from ((record, user, text) for record, text in found.items())


def _formulas(catalog: Catalog, automation: Automation, action: Action) -> Iterator[Checked]:
    for value in action.create.values.values() if action.create is not None else ():
        if value.formula is not None:
            yield _formula(catalog, automation, value)


def _formula(catalog: Catalog, automation: Automation, value: Value) -> Checked:
    return get_expression(catalog, automation.entity, str(value.formula), None, "server")


def _new(
    unit: Unit, automation: Automation, action: Action, row: Mapping[str, Any], languages: Mapping[int, str]
) -> dict[str, object]:
    """The values of a record that an action makes: those that it states, the lookup to the record that is due, and its
    owner where none is stated.
    """
    create = action.create
    assert create is not None
    target = unit.catalog.entities[create.entity]
    language = languages.get(row["owner"], unit.catalog.pack.languages[0])
    found: dict[str, object] = {}
    for key, value in create.values.items():
        if value.formula is not None:
            found[key] = _formula(unit.catalog, automation, value).evaluate(row, row, unit.context)
        else:
            is_text = key in target.fields and not target.fields[key].translated
            found[key] = _in(value.literal, language) if is_text else value.literal
    link = link_to(unit.catalog, create, automation.entity)
    if link is not None and link not in found:
        found[link] = row["id"]
    if row["owner"] is not None:
        found.setdefault("owner", row["owner"])
    return found


def link_to(catalog: Catalog, create: CreateRecord, entity: str) -> str | None:
    """The lookup of a new record to the one that is due: the only one that leads to its entity. None where several do."""
    fields = catalog.entities[create.entity].fields.values()
    found = [each.key for each in fields if each.type == "lookup" and each.to == (entity,) and not each.is_list]
    return found[0] if len(found) == 1 else None


def _in(literal: object, language: str) -> object:
    """A literal in a language, where it says one for each."""
    if isinstance(literal, Mapping):
        return literal.get(language) or next(iter(literal.values()), None)
    return literal


def _languages(unit: Unit, people: Iterable[int | None]) -> dict[int, str]:
    """In which language each of them reads, where it is known."""
    wanted = sorted({each for each in people if each is not None})
    person = unit.models.tables["user"]
    if not wanted or "locale" not in person.c:
        return {}
    query = sa.select(person.c.id, person.c.locale).where(among(person.c.id, "ids", unit.connection.dialect))
    known = unit.catalog.pack.languages
    rows = unit.connection.execute(query, {"ids": wanted})
    return {row.id: row.locale[:2] for row in rows if row.locale and row.locale[:2] in known}


def _carry_out(store: Store, firing: _Firing, meant: Sequence[Meant], done: Done) -> None:
    """Does it all in one transaction. A record that can't be made is left out, so that it keeps the others from nothing."""
    left_out: set[tuple[int, str]] = set()
    while meant:
        seen: list[Done] = []
        asked: list[tuple[int, str]] = []
        outcome = in_unit(store, AUTOMATION, DOOR, partial(_attempt, firing, meant, left_out, seen, asked))
        if isinstance(outcome, Saved):
            done.records += seen[-1].records
            done.notices += seen[-1].notices
            done.made += seen[-1].made
            return
        if outcome.status == "conflict":
            raise RuntimeError("the records were being changed by others")  # the run is tried again
        refused = {asked[each.index] for each in outcome.refusals}
        left_out |= refused
        done.refused += len(refused)
        done.why = Text({each: outcome.refusals[0].text(each, store.catalog) for each in ("en", "zh")})


def _attempt(
    firing: _Firing,
    meant: Sequence[Meant],
    left_out: set[tuple[int, str]],
    seen: list[Done],
    asked: list[tuple[int, str]],
    unit: Unit,
) -> Saved | Refused:
    """The whole of it. What was done is noted in `seen`, whom a refusal is about in `asked`: it may be done again."""
    new = _mark(unit, firing, [each.record for each in meant])
    due = [each for each in meant if each.record in new]
    made = 0
    for action in firing.automation.actions.values():
        rows = [(each.record, each.made[action.key]) for each in due if action.key in each.made]
        rows = [(record, values) for record, values in rows if (record, action.key) not in left_out]
        if action.create is None or not rows:
            continue
        asked[:] = [(record, action.key) for record, _ in rows]
        outcome = create_in(unit, action.create.entity, [values for _, values in rows])
        if isinstance(outcome, Refused):
            return outcome
        made += len(rows)
    notices = tell(unit.connection, list(_notices(firing, due)), unit.at, unit.catalog)
    seen.append(Done(len(due), notices, made))
    return Saved((), ())


def _mark(unit: Unit, firing: _Firing, records: Sequence[int]) -> set[int]:
    """Notes that it is done for these records; those for which it was not done yet."""
    insert = postgresql.insert if unit.connection.dialect.name == "postgresql" else sqlite.insert
    rows = [
        {"automation": firing.automation.key, "record": record, "moment": firing.moment, "at": unit.at}
        for record in records
    ]
    statement = insert(fired).values(rows).on_conflict_do_nothing().returning(fired.c.record)
    return set(unit.connection.execute(statement).scalars())


def _notices(firing: _Firing, due: Sequence[Meant]) -> Iterator[Notice]:
    automation = firing.automation
    for each in due:
        for (action, user), text in each.words.items():
            mark = f"automation.{automation.key}.{action}:{each.record}:{firing.moment.isoformat()}"
            yield Notice(
                user=user,
                kind="reminder",
                mark=mark,
                entity=automation.entity,
                record=each.record,
                params={"text": text},
            )
