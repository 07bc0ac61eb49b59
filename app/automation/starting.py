"""The actions that start people's work on a record: an approval, a review."""

from __future__ import annotations

from collections.abc import Sequence

import sqlalchemy as sa

from app.automation.approval_requests import request_in
from app.automation.changing import placed
from app.automation.doing import DONE, Act, Doing
from app.automation.reviews import raise_for
from app.orm.framework import outbox
from app.record import Refused, Saved
from app.record.stored import stored_values


def _request_approval(doing: Doing, _read: object) -> Saved | Refused:
    said = doing.action.request_approval
    assert said is not None
    askers = _askers(doing)
    records = list(askers)
    outcome = request_in(doing.unit, doing.entity, said.approval, askers)
    return placed(doing, records, outcome)


def _askers(doing: Doing) -> dict[int, int | None]:
    """By record who asks: the person whose act started it, else its owner. He is told what became of it, and does not decide.
    Records that are gone are left out.
    """
    rows = stored_values(doing.unit, doing.entity, doing.records, (), ("owner", "deleted_at"))
    events = sorted(set(doing.events.values()))
    query = sa.select(outbox.c.id, outbox.c.actor_id).where(outbox.c.id.in_(events))
    actors: dict[int, int | None] = {}
    if events:
        actors = {row.id: row.actor_id for row in doing.unit.connection.execute(query)}
    return {
        record: actors.get(doing.events.get(record, 0)) or rows[record]["owner"]
        for record in doing.records
        if record in rows and rows[record]["deleted_at"] is None
    }


def _start_review(doing: Doing, _read: object) -> Saved | Refused:
    said = doing.action.start_review
    assert said is not None
    rows = stored_values(doing.unit, doing.entity, doing.records, (), ("deleted_at",))
    records: Sequence[int] = [each for each in doing.records if each in rows and rows[each]["deleted_at"] is None]
    if not records:
        return DONE
    return placed(doing, list(records), raise_for(doing.unit, said.review, records, doing.key(records[0])))


REQUEST_APPROVAL, START_REVIEW = Act(_request_approval), Act(_start_review)
