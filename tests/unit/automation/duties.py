"""The company of `tests.unit.company` with tasks and reviews, at a time that tests move."""

from __future__ import annotations

import dataclasses
import datetime as dt
from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import sqlalchemy as sa

from app.definition import Catalog, ChecklistItem, Grant, Review, Text
from app.definition.approval import Escalation
from app.definition.grammars import Duration, Expression, FieldPath, Period
from app.definition.people import Who
from app.orm.framework import notice
from app.orm.framework import review as review_row
from app.orm.store import Store
from tests.unit.company import (
    EVERYTHING,
    a_field,
    build_catalog,
    entity,
    lookup,
    open_settled,
    options,
    text,
)

START = dt.datetime(2026, 9, 30, 12, tzinfo=dt.UTC)
DAY = dt.timedelta(days=1)
OWNER = Who(path=FieldPath("owner"))
MANAGER = Who(path=FieldPath("owner.manager"))
TASK = entity(
    "task",
    text("name", required=True, max_length=60),
    a_field("status", "picklist", options=options("open", "done", "dropped"), default="open"),
    a_field("due", "date"),
    lookup("account", "account", inverse="tasks"),
)
LABEL = Text({"en": "Look at it", "zh": "检查"})
CHECKLIST = {
    "contact": ChecklistItem(key="contact", label=Text({"en": "Contact data up to date", "zh": "联系方式是否最新"})),
    "people": ChecklistItem(key="people", label=Text({"en": "Deciders unchanged", "zh": "决策人是否变动"})),
}
GRANTS = {
    "staff": Grant(key="task", create=True, read="own", update="own", delete="own"),
    "lead": Grant(key="task", create=True, read="team", update="team"),
    "director": Grant(key="task", read="subtree"),
}


class Clock:
    """A clock that stands until it is moved."""

    def __init__(self, now: dt.datetime = START) -> None:
        self.now = now

    def __call__(self) -> dt.datetime:
        return self.now


def a_review(**more: Any) -> Review:
    """Each quarter, of every account, by its owner, within ten days; five days later his manager hears of it."""
    said: dict[str, Any] = {
        "key": "look",
        "label": LABEL,
        "entity": "account",
        "every": Period("quarter"),
        "assign_to": (OWNER,),
        "due_within": Duration("10 days"),
        "checklist": CHECKLIST,
        "escalate": Escalation(after=Duration("5 days"), to=(MANAGER,)),
    }
    return Review(**{**said, **more})


def reviewing(*reviews: Review, **more: Any) -> Catalog:
    """The catalog of the company with these reviews."""
    catalog = build_catalog(TASK)
    roles = {
        key: dataclasses.replace(role, grants={**role.grants, **({"task": GRANTS[key]} if key in GRANTS else {})})
        for key, role in catalog.roles.items()
    }
    pack = dataclasses.replace(catalog.pack, time_zone="Asia/Shanghai")
    return dataclasses.replace(catalog, pack=pack, roles=roles, reviews={each.key: each for each in reviews}, **more)


@contextmanager
def duties_store(url: str, clock: Clock, *reviews: Review) -> Iterator[Store]:
    """A store of the company with these reviews, with everyone settled."""
    with open_settled(url, reviewing(*reviews)) as store:
        yield dataclasses.replace(store, revision=0, clock=clock)


def rows_of(store: Store) -> list[Any]:
    """The rows of all reviews, in their order."""
    with store.system_reading() as connection:
        return list(connection.execute(sa.select(review_row).order_by(review_row.c.id)).all())


def tasks_of(store: Store) -> dict[int, Any]:
    """All tasks by id."""
    with store.system_reading() as connection:
        found = connection.execute(sa.select(store.models.tables["task"]))
        return {row.id: row for row in found}


def notices_of(store: Store, kind: str) -> list[Any]:
    """The notices of a kind, in their order."""
    with store.system_reading() as connection:
        return list(connection.execute(sa.select(notice).where(notice.c.kind == kind).order_by(notice.c.id)).all())


def set_values(store: Store, entity_key: str, record: int, **values: Any) -> None:
    """Changes a record behind the write path's back."""
    with store.writing_session(lambda _entity: None) as session:
        table = store.models.tables[entity_key]
        session.connection().execute(sa.update(table).where(table.c.id == record).values(**values))


__all__ = [
    "CHECKLIST", "DAY", "EVERYTHING", "MANAGER", "OWNER", "START", "Clock", "Expression", "a_review", "duties_store",
    "notices_of", "reviewing", "rows_of", "set_values", "tasks_of",
]  # fmt: skip
