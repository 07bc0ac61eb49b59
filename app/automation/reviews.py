"""Raising reviews: for each record of a filter a task with a checklist, once per record and period.

Records are taken in chunks, each with its tasks and its rows of `tenon_review` in one transaction: what was cut off in the
middle is gone on with where it stands, and a unique index keeps two schedulers from raising anything twice.
"""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Iterable, Mapping, Sequence
from functools import partial
from typing import Any
from zoneinfo import ZoneInfo

import sqlalchemy as sa

from app.access import actor_of_user, reading, system_actor
from app.automation.due import due_between
from app.automation.lengths import later
from app.automation.notices import Notice, tell
from app.automation.who import people_of
from app.definition import Catalog, Review, Text
from app.definition.duty import DUE, TASK, lookup_to, named
from app.definition.grammars import FieldPath
from app.definition.people import Who
from app.definition.schedule import Schedule
from app.expression import BOOL, get_expression
from app.expression.working_time import company_time
from app.frozen import dataclass
from app.insight.labels import labels
from app.orm.bulk import insert_rows
from app.orm.expression import condition, scoped
from app.orm.framework import review as review_row
from app.orm.store import Store
from app.orm.tuples import among
from app.record import Refusal, Refused, Saved, Unit, create_in, in_unit

AUTOMATION = system_actor("system:automation")
DOOR = "job"
CHUNK = 500  # records in one transaction
MOST_RACES = 20  # lost over one chunk
_MANAGER = Who(path=FieldPath("owner.manager"))
_DAYS = {"day": 1, "week": 7, "month": 31, "quarter": 92, "year": 366}
_DAY = dt.timedelta(days=1)
_NOTHING = Text()


@dataclass(frozen=True)
class Raised:
    """What a run did: tasks that it made, those of them that nobody owns, and records whose task was refused, with one of
    the reasons.
    """

    made: int = 0
    unowned: int = 0
    refused: int = 0
    why: Text = _NOTHING

    def __add__(self, other: Raised) -> Raised:
        sums = (self.made + other.made, self.unowned + other.unowned, self.refused + other.refused)
        return Raised(*sums, other.why if other.refused else self.why)

    def result(self) -> Text:
        """The same in words."""
        en, zh = (["1 record"], ["1 条记录"]) if self.made == 1 else ([f"{self.made} records"], [f"{self.made} 条记录"])
        if self.unowned:
            en.append(f"{self.unowned} without anyone to do it")
            zh.append(f"{self.unowned} 条无人负责")
        if self.refused:
            en.append(f"{self.refused} refused: {self.why.in_language('en')}")
            zh.append(f"{self.refused} 条被拒绝：{self.why.in_language('zh')}")
        return Text({"en": ", ".join(en), "zh": "，".join(zh)})


@dataclass(frozen=True)
class _Round:
    """A review in one of its periods."""

    review: Review
    period: dt.date


@dataclass(frozen=True)
class _Chunk:
    """Records for which nothing was raised yet, with who does it; None where nobody is found."""

    records: tuple[int, ...]
    doers: Mapping[int, int | None]


def period_of(schedule: Schedule, zone: dt.tzinfo, moment: dt.datetime) -> dt.date | None:
    """The day on which the period of a moment began; None before the first of all. A run that was asked for by hand, in the
    middle of a period, belongs to that period too.
    """
    count, _, unit = schedule.every.rpartition(" ")
    longest = int(count or 1) * _DAYS[unit.removesuffix("s")] * _DAY + 2 * _DAY
    found = due_between(schedule, zone, moment - longest, moment)
    return found[-1].astimezone(zone).date() if found else None


def raise_review(store: Store, key: str, moment: dt.datetime) -> Text:
    """Raises a review for the period of that moment; what was done, in words. Whoever has something to do is told."""
    review, zone = store.catalog.reviews[key], ZoneInfo(store.catalog.pack.time_zone)
    period = period_of(review, zone, moment)
    done, last = Raised(), 0
    if period is not None:
        a_round = _Round(review, period)
        while (found := _raise_chunk(store, a_round, last)) is not None:
            some, last = found
            done += some
        _tell_doers(store, a_round)
    return done.result()


def raise_for(unit: Unit, key: str, records: Sequence[int], mark: str) -> Saved | Refused:
    """Raises a review of these records in the period of now, whatever its filter says; whoever has something to do is told,
    once for a `mark`. Refused, with the record's place, where the period has one of it.
    """
    review, zone = unit.catalog.reviews[key], ZoneInfo(unit.catalog.pack.time_zone)
    a_round = _Round(review, period_of(review, zone, unit.at) or unit.at.astimezone(zone).date())
    there = _raised(unit, a_round, records)
    if there:
        places = [place for place, record in enumerate(records) if record in there]
        return Refused(
            tuple(Refusal("field.unique", index=each, entity=review.entity, variant="review") for each in places)
        )
    chunk = _Chunk(tuple(records), _doers(unit, review, records))
    outcome = _raise_in(unit, a_round, chunk)
    counts = Counter(each for each in chunk.doers.values() if each is not None)
    if isinstance(outcome, Saved) and counts:
        languages = languages_of(unit.connection, unit.store, counts)
        notices = _notices(review, f"review_started:{mark}", counts, languages)
        tell(unit.connection, notices, unit.at, unit.catalog)
    return outcome


def _raised(unit: Unit, a_round: _Round, records: Sequence[int]) -> set[int]:
    """Those of the records that have one in the period."""
    here = sa.and_(
        review_row.c.review == a_round.review.key, review_row.c.entity == a_round.review.entity,
        review_row.c.period == a_round.period, among(review_row.c.record, "ids", unit.connection.dialect),
    )  # fmt: skip
    return set(unit.connection.execute(sa.select(review_row.c.record).where(here), {"ids": list(records)}).scalars())


def _raise_chunk(store: Store, a_round: _Round, last: int) -> tuple[Raised, int] | None:
    """The next records after this one; what was done, and the last of them. None where there are no more.

    A record whose task is refused is left out, so that it keeps the others from nothing.
    """
    left_out: set[int] = set()
    why, races = Text(), 0
    while True:
        seen: list[_Chunk] = []
        outcome = in_unit(store, AUTOMATION, DOOR, partial(_attempt, a_round, last, frozenset(left_out), seen))
        if isinstance(outcome, Saved):
            chunk = seen[-1]
            if not chunk.records and not left_out:
                return None
            unowned = sum(chunk.doers[record] is None for record in chunk.records)
            return Raised(len(chunk.records), unowned, len(left_out), why), max(*chunk.records, *left_out, last)
        if outcome.status == "conflict":  # another raised them first: what is left is looked for anew
            races += 1
            if races == MOST_RACES:
                raise RuntimeError("others raise the same reviews")  # the run is tried again
            continue
        left_out |= {seen[-1].records[each.index] for each in outcome.refusals}
        why = Text({each: outcome.refusals[0].text(each, store.catalog) for each in ("en", "zh")})


def _attempt(a_round: _Round, last: int, left_out: frozenset[int], seen: list[_Chunk], unit: Unit) -> Saved | Refused:
    """Raises the next records but those; what they are is noted in `seen`, as it is done again after a lost race."""
    records = tuple(record for record in _due_records(unit, a_round, last) if record not in left_out)
    seen.append(_Chunk(records, _doers(unit, a_round.review, records)))
    return _raise_in(unit, a_round, seen[-1])


def _due_records(unit: Unit, a_round: _Round, last: int) -> Sequence[int]:
    """Ids of records that the filter finds and that have nothing raised yet, after the last one."""
    review = a_round.review
    source = scoped(unit.models, review.entity)
    record = source.column("id")
    raised = sa.select(sa.literal(1)).where(
        review_row.c.review == review.key,
        review_row.c.entity == review.entity,
        review_row.c.record == record,
        review_row.c.period == a_round.period,
    )
    conditions = [record > last, ~raised.correlate(source.root).exists()]
    if review.where is not None:
        checked = get_expression(unit.catalog, review.entity, review.where, BOOL, "filter")
        conditions.append(condition(source, checked.root, unit.context))
    query = source.joined(sa.select(record)).where(*conditions).order_by(record).limit(CHUNK)
    return unit.session.execute(query).scalars().all()


def _doers(unit: Unit, review: Review, records: Sequence[int]) -> dict[int, int | None]:
    """Who does it, by record: the first who is named and found, else the manager of the record's owner, else whom it would
    be escalated to. Several of a role or group take turns; nobody reviews himself where another may.
    """
    found: dict[int, int | None] = {}
    further = review.escalate.to if review.escalate is not None else ()
    for who in (*review.assign_to, _MANAGER, *further):
        waiting = [record for record in records if record not in found]
        if not waiting:
            break
        for record, people in people_of(unit, review.entity, waiting, (who,)).items():
            others = [each for each in people if review.entity != "user" or each != record] or list(people)
            if others:
                found[record] = others[record % len(others)]
    return {record: found.get(record) for record in records}


def _raise_in(unit: Unit, a_round: _Round, chunk: _Chunk) -> Saved | Refused:
    """The tasks and the rows, in the unit's transaction."""
    if not chunk.records:
        return Saved((), ())
    review, entity = a_round.review, unit.catalog.entities[TASK]
    subjects, due = _subjects(unit, review, chunk), _due_day(unit, review)
    about = lookup_to(entity, review.entity)
    tasks = [
        {
            entity.name_field: subjects[record],
            DUE: due.isoformat() if due else None,
            "owner": _id(chunk.doers[record]),
            **({about: str(record)} if about else {}),
        }
        for record in chunk.records
    ]
    made = create_in(unit, TASK, tasks)
    if isinstance(made, Saved):
        pairs = zip(chunk.records, made.ids, strict=True)
        rows = [_row(unit, a_round, record, task, chunk.doers[record], due) for record, task in pairs]
        insert_rows(unit.connection, review_row, rows)
    return made


def _id(record: int | None) -> str | None:
    return None if record is None else str(record)


def _row(unit: Unit, a_round: _Round, record: int, task: int, doer: int | None, due: dt.date | None) -> dict[str, Any]:
    return {
        "review": a_round.review.key,
        "entity": a_round.review.entity,
        "record": record,
        "period": a_round.period,
        "task": task,
        "user_id": doer,
        "state": "open",
        "due": due,
        "raised_at": unit.at,
        "changed_seq": unit.changed_seq,
    }


def _due_day(unit: Unit, review: Review) -> dt.date | None:
    """By when it is to be done, counted from the day on which it is raised: who gets it late has as long as others."""
    if review.due_within is None:
        return None
    time = company_time(unit.catalog)
    found = later(time, unit.at, review.due_within)
    return None if found is None else found.astimezone(time.zone).date()


def _subjects(unit: Unit, review: Review, chunk: _Chunk) -> dict[int, str]:
    """What the tasks are called, each in the language of who does it, with the record's name as far as he may know it."""
    entity = unit.catalog.entities[TASK]
    longest = entity.fields[entity.name_field].max_length
    found: dict[int, str] = {}
    for doer in dict.fromkeys(chunk.doers[record] for record in chunk.records):
        records = [record for record in chunk.records if chunk.doers[record] == doer]
        actor = actor_of_user(unit.connection, unit.models, doer) if doer is not None else None
        names: Mapping[tuple[str, int], str] = {}
        if actor is not None:
            with reading(unit.store, actor) as session:
                names = labels(session, {review.entity: records})
        language = actor.language if actor is not None else unit.catalog.pack.languages[0]
        for record in records:
            found[record] = named(review.label, names.get((review.entity, record)), language)[:longest]
    return found


def _tell_doers(store: Store, a_round: _Round) -> None:
    """One notice for each person who has something of it to do, however much it is."""
    review = a_round.review
    mine = sa.select(review_row.c.user_id, sa.func.count().label("number")).group_by(review_row.c.user_id)
    mine = mine.where(
        review_row.c.review == review.key,
        review_row.c.period == a_round.period,
        review_row.c.state == "open",
        review_row.c.user_id.is_not(None),
    )
    with store.system_reading() as connection:
        counts = {row.user_id: row.number for row in connection.execute(mine)}
        languages = languages_of(connection, store, counts)
    notices = _notices(review, f"review_raised:{review.key}:{a_round.period}", counts, languages)
    with store.housekeeping() as connection:
        tell(connection, notices, store.clock(), store.catalog)


def _notices(review: Review, mark: str, counts: Mapping[int, int], languages: Mapping[int, str]) -> list[Notice]:
    """By person how much he has to do of it."""
    return [
        Notice(
            user=user,
            kind="review_raised",
            mark=mark,
            params={"review": review.label.in_language(languages[user]), "count": count},
        )
        for user, count in counts.items()
    ]


def languages_of(connection: sa.engine.Connection, store: Store, people: Iterable[int]) -> dict[int, str]:
    """The languages that people read."""
    wanted, person = sorted(set(people)), store.models.tables["user"]
    default = store.catalog.pack.languages[0]
    rows = connection.execute(sa.select(person.c.id, person.c.locale).where(person.c.id.in_(wanted))).all()
    found = {each: str(locale or default)[:2] for each, locale in rows}
    return {each: found.get(each, default) for each in wanted}


def overdue_from(catalog: Catalog, review: Review, due: dt.date) -> dt.date | None:
    """The day from which a review that is due on this one goes to others; None where it never does."""
    if review.escalate is None:
        return None
    time = company_time(catalog)
    last = due
    if review.escalate.after is not None:
        found = later(time, dt.datetime.combine(due, dt.time(), time.zone), review.escalate.after)
        if found is None:
            return None
        last = found.astimezone(time.zone).date()
    return None if last == dt.date.max else last + _DAY
