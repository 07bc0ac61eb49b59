"""Escalating reviews: what is overdue by so long is told, once, to whom the configuration says."""

from __future__ import annotations

import datetime as dt
from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa

from app.automation.notices import Notice, tell
from app.automation.reviews import AUTOMATION, CHUNK, DOOR, languages_of, overdue_from
from app.automation.who import people_of
from app.definition import Review, Text
from app.expression.working_time import company_time
from app.orm.framework import review as review_row
from app.orm.store import Store
from app.record import Refused, Saved, Unit, in_unit


def escalate(store: Store) -> Text:
    """Escalates the open reviews of the applied configuration; how many, in words. Those of deleted records rest."""
    told = untold = 0
    for review in store.catalog.reviews.values():
        last = 0
        while review.escalate is not None:
            seen: list[tuple[int, int, int]] = []

            def work(unit: Unit, review: Review = review, last: int = last, seen: list[Any] = seen) -> Saved | Refused:
                seen.append(_escalate_chunk(unit, review, last))
                return Saved((), ())

            outcome = in_unit(store, AUTOMATION, DOOR, work)
            if isinstance(outcome, Refused) and outcome.status == "conflict":
                raise RuntimeError("the reviews were being changed by others")  # the run is tried again
            some, nobody, last = seen[-1]
            told, untold = told + some, untold + nobody
            if not last:
                break
    en, zh = f"{told} escalated", f"{told} 项已上报"
    if untold:
        en, zh = f"{en}, {untold} with nobody to tell", f"{zh}，{untold} 项无人可上报"
    return Text({"en": en, "zh": zh})


def _escalate_chunk(unit: Unit, review: Review, last: int) -> tuple[int, int, int]:
    """How many were told of, of how many there is nobody to tell, and the last that was looked at; 0 after the end."""
    rows = _overdue(unit, review, last)
    if not rows:
        return 0, 0, 0
    today = unit.at.astimezone(company_time(unit.catalog).zone).date()
    late = [
        row for row in rows if (begin := overdue_from(unit.catalog, review, row.due)) is not None and begin <= today
    ]
    assert review.escalate is not None
    people = people_of(unit, review.entity, {row.record for row in late}, review.escalate.to) if late else {}
    languages = languages_of(unit.connection, unit.store, {each for found in people.values() for each in found})
    notices = [
        Notice(
            user=person,
            kind="review_overdue",
            mark=f"review_overdue:{row.id}",
            entity=review.entity,
            record=row.record,
            params={"review": review.label.in_language(languages[person])},
        )
        for row in late
        for person in people[row.record]
    ]
    tell(unit.connection, notices, unit.at, unit.catalog)
    escalated = [row.id for row in late if people[row.record]]
    if escalated:
        here = review_row.c.id.in_(escalated)
        values = {"escalated_at": unit.at, "changed_seq": unit.changed_seq}
        unit.connection.execute(sa.update(review_row).where(here).values(values))
    return len(escalated), len(late) - len(escalated), rows[-1].id


def _overdue(unit: Unit, review: Review, last: int) -> Sequence[Any]:
    """Open rows past their day that were not escalated, of records that are there."""
    record = unit.models.tables[review.entity]
    today: dt.date = unit.at.astimezone(company_time(unit.catalog).zone).date()
    query = (
        sa.select(review_row.c.id, review_row.c.record, review_row.c.due)
        .join(record, record.c.id == review_row.c.record)
        .where(
            review_row.c.state == "open",
            review_row.c.review == review.key,
            review_row.c.entity == review.entity,
            review_row.c.due < today,
            review_row.c.escalated_at.is_(None),
            review_row.c.id > last,
            record.c.deleted_at.is_(None),
        )
        .order_by(review_row.c.id)
        .limit(CHUNK)
        .with_for_update(of=review_row)
    )
    return unit.connection.execute(query).all()
