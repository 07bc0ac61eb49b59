"""Tasks that repeat: when one is done, or its day has passed, the next is made; each has one follower at most.

An entity `task` takes part with a picklist `repeat` (day, workday, week, month, quarter, year), a date `due` and a lookup
`follows` to itself that is unique: so that no task is followed twice, whoever runs this and however often.
"""

from __future__ import annotations

import calendar
import datetime as dt
from collections.abc import Mapping, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa

from app.access import system_actor
from app.definition import Catalog, Field, Text
from app.definition.duty import DONE, DUE, STATUS, TASK
from app.expression.working_time import WorkingTime, company_time
from app.orm.store import Store
from app.record import Change, Refused, Saved, Unit, create_in, in_unit, update_in

REPEAT, FOLLOWS, DAY = "repeat", "follows", "repeat_day"
AUTOMATION = system_actor("system:automation")
DOOR = "job"
CHUNK = 500  # tasks in one transaction
_MONTHS = {"month": 1, "quarter": 3, "year": 12}
_DAYS = {"day": 1, "week": 7}
_NOT_COPIED = frozenset({"file", "image", "sequence", "stage"})
_A_DAY = dt.timedelta(days=1)


def may_repeat(catalog: Catalog) -> bool:
    """Whether tasks of this catalog can repeat."""
    entity = catalog.entities.get(TASK)
    if entity is None:
        return False
    repeat, due, follows, status = (entity.fields.get(key) for key in (REPEAT, DUE, FOLLOWS, STATUS))
    return (
        _is_choice(repeat)
        and _is_choice(status)
        and due is not None
        and due.type == "date"
        and not due.is_computed
        and follows is not None
        and follows.to == (TASK,)
        and follows.unique
    )


def _is_choice(field: Field | None) -> bool:
    return field is not None and field.type == "picklist" and not field.is_list


def following_day(
    every: str, due: dt.date, today: dt.date, time: WorkingTime, day: int | None = None
) -> dt.date | None:
    """The first day after today on which a task of this rhythm is due again. `day` is that of the month, where it is not the
    one of `due`; at most the month's last. None for a rhythm that is not known, or where the calendar ends.
    """
    try:
        if every == "workday":
            return time.add_days(max(due, today), 1)
        if every in _DAYS:
            step = _DAYS[every]
            passed = max(0, (today - due).days)
            return due + dt.timedelta(days=(passed // step + 1) * step)
        if every in _MONTHS:
            return _monthly(_MONTHS[every], due, today, day or due.day)
    except OverflowError:
        return None
    return None


def _monthly(step: int, due: dt.date, today: dt.date, day: int) -> dt.date | None:
    months = due.year * 12 + due.month - 1
    while True:
        months += step
        year, month = divmod(months, 12)
        if year > dt.MAXYEAR:
            return None
        found = dt.date(year, month + 1, min(day, calendar.monthrange(year, month + 1)[1]))
        if found > today and found > due:
            return found


def repeat_tasks(store: Store) -> Text:
    """Makes the followers that are due to be made; what was done, in words."""
    made, refused, last, why = 0, 0, 0, Text()
    while True:
        left_out: set[int] = set()
        while True:
            seen: list[list[int]] = []
            outcome = in_unit(store, AUTOMATION, DOOR, partial(_attempt, last, left_out, seen))
            if isinstance(outcome, Refused) and outcome.status == "conflict":
                raise RuntimeError("the tasks were being changed by others")  # the run is tried again
            tasks = seen[-1]
            if isinstance(outcome, Saved):
                break
            left_out |= {tasks[each.index] for each in outcome.refusals}
            why = Text({each: outcome.refusals[0].text(each, store.catalog) for each in ("en", "zh")})
        made, refused = made + len(tasks), refused + len(left_out)
        if not tasks and not left_out:
            return _result(made, refused, why)
        last = max(*tasks, *left_out, last)


def _result(made: int, refused: int, why: Text) -> Text:
    if not refused:
        return Text({"en": f"{made} tasks", "zh": f"{made} 个任务"})
    en = f"{made} tasks, {refused} refused: {why.in_language('en')}"
    return Text({"en": en, "zh": f"{made} 个任务，{refused} 个被拒绝：{why.in_language('zh')}"})


def _attempt(last: int, left_out: set[int], seen: list[list[int]], unit: Unit) -> Saved | Refused:
    """Makes the followers of the next tasks; which they are is noted in `seen`, for it may be done again."""
    time, today = company_time(unit.catalog), unit.context.today
    tasks, rows = [], []
    for task in _waiting(unit, last, today):
        day = task.get(DAY)
        due = following_day(task[REPEAT], task[DUE], today, time, day)
        if task["id"] not in left_out and due is not None:
            tasks.append(task["id"])
            rows.append(_follower(unit.catalog, task, due))
    seen.append(tasks)
    if not rows:
        return Saved((), ())
    # The row goes on with the new one: whatever becomes of either, this one is followed no second time.
    ended = update_in(unit, TASK, [Change(each, {REPEAT: None}) for each in tasks])
    return ended if isinstance(ended, Refused) else create_in(unit, TASK, rows)


def _waiting(unit: Unit, last: int, today: dt.date) -> Sequence[Mapping[str, Any]]:
    """Tasks that repeat, are done or past, and have no follower; those that were dropped end their row."""
    table = unit.models.tables[TASK]
    after = table.alias()
    followed = sa.select(sa.literal(1)).where(after.c[FOLLOWS] == table.c.id).correlate(table).exists()
    over = [key for key in unit.catalog.choices(TASK, STATUS) if key in {"dropped", "cancelled", "canceled"}]
    query = sa.select(table).where(
        table.c.id > last,
        table.c.deleted_at.is_(None),
        table.c[REPEAT].is_not(None),
        table.c[DUE].is_not(None),
        sa.or_(table.c[STATUS].is_(None), table.c[STATUS].not_in(over)),
        sa.or_(table.c[STATUS] == DONE, table.c[DUE] < today),
        ~followed,
    )
    rows = unit.connection.execute(query.order_by(table.c.id).limit(CHUNK)).mappings()
    return [dict(row) for row in rows]


def _follower(catalog: Catalog, task: Mapping[str, Any], due: dt.date) -> dict[str, object]:
    """The same again, open, on another day. What was said of the one before stays with it."""
    fields = catalog.entities[TASK].fields
    left = {STATUS, DUE, FOLLOWS, "handover"}
    found: dict[str, object] = {
        key: task[key]
        for key, each in fields.items()
        if key not in left
        and not each.is_computed
        and not each.is_list
        and each.type not in _NOT_COPIED
        and key in task
        and task[key] is not None
        and each.holds not in {"any", "file"}
    }
    if DAY in fields and task[REPEAT] in _MONTHS:
        found[DAY] = task[DAY] or task[DUE].day
    owner = {"owner": task["owner"]} if task["owner"] is not None else {}
    return {**found, **owner, DUE: due, FOLLOWS: task["id"]}
