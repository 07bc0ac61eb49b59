"""Bulk mails: chosen records, a template, and how far it came. A draft is looked at first; sent once, it can be stopped."""

from __future__ import annotations

import datetime as dt
from collections import Counter
from collections.abc import Mapping, Sequence
from typing import Any, Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.access import Actor, limit
from app.automation.bulk_letters import Chosen, choose, letters_to, only_reading
from app.automation.doing import DONE
from app.automation.mails import Letter
from app.definition import Template
from app.frozen import dataclass
from app.orm.framework import delivery, mailing
from app.orm.store import Store
from app.record import Saved, Unit, in_unit
from app.record.audit import write_audit

MOST = 10_000  # records of one
A_DAY = dt.timedelta(hours=24)
IN_THE_AUDIT = "bulk-mail"  # no entity is called so
Sending = Literal["sent", "too_many", "not_a_draft"]


@dataclass(frozen=True)
class BulkMail:
    """One as it stands. `state`: draft, writing, done or stopped."""

    id: int
    user: int
    entity: str
    field: str
    template: str | None
    records: Sequence[int]
    state: str
    seen: int
    recipients: int
    queued: int
    left_out: Mapping[str, int]
    created_at: dt.datetime
    sent_at: dt.datetime | None


@dataclass(frozen=True)
class Look:
    """What would be sent: to whom, how many are left out and why, and the first letter."""

    chosen: Chosen
    first: tuple[int, Letter] | None


@dataclass(frozen=True)
class OneOf:
    """A letter of a bulk mail: to which record, and how it ended."""

    id: int
    record: int | None
    state: str
    answer: str
    opened_at: dt.datetime | None
    clicked_at: dt.datetime | None


def begin(store: Store, actor: Actor, entity: str, field: str, records: Sequence[int]) -> int:
    """Makes a draft of chosen records; its id."""
    made: list[int] = []

    def work(unit: Unit) -> Saved:
        row = {
            "user_id": actor.user_id, "entity": entity, "field": field, "records": list(records[:MOST]), "state": "draft",
            "seen": 0, "recipients": 0, "queued": 0, "created_at": unit.at, "changed_seq": unit.changed_seq,
        }  # fmt: skip
        made[:] = [unit.connection.execute(sa.insert(mailing).values(row).returning(mailing.c.id)).scalar_one()]
        return DONE

    in_unit(store, actor, "form", work)
    return made[0]


def find(connection: Connection, one: int) -> BulkMail | None:
    """One of them."""
    row = connection.execute(sa.select(mailing).where(mailing.c.id == one)).one_or_none()
    return None if row is None else _bulk_mail(row)


def newest(connection: Connection, *, limit: int, user: int | None = None) -> list[BulkMail]:
    """Those that were sent, newest first: of one person, or of all."""
    query = sa.select(mailing).where(mailing.c.state != "draft").order_by(mailing.c.id.desc()).limit(limit)
    if user is not None:
        query = query.where(mailing.c.user_id == user)
    return [_bulk_mail(row) for row in connection.execute(query)]


def look(connection: Connection, store: Store, actor: Actor, mail: BulkMail, template: Template) -> Look:
    """What would be sent now by the actor, with the first letter as its reader gets it."""
    unit = only_reading(store, connection)
    chosen = choose(unit, actor, mail.entity, mail.field, template, mail.records)
    first = next(iter(chosen.to.items()), None)
    shown = list(letters_to(unit, template, mail.entity, dict([first]))) if first else []
    return Look(chosen, shown[0] if shown else None)


def left_today(connection: Connection, store: Store, actor: Actor) -> int | None:
    """To how many recipients the actor may still send today; None where no limit is stated."""
    most = limit(store.catalog, actor, "mail_recipients")
    if most is None:
        return None
    since = store.clock() - A_DAY
    sent = sa.select(sa.func.sum(mailing.c.recipients)).where(
        mailing.c.user_id == actor.user_id, mailing.c.sent_at > since
    )
    return max(0, most - (connection.execute(sent).scalar() or 0))


def send(store: Store, actor: Actor, one: int, template: str, recipients: int) -> Sending:
    """Sends a draft of the actor's, once; the letters are written by and by."""
    found: list[Sending] = []

    def work(unit: Unit) -> Saved:
        found[:] = ["not_a_draft"]
        mine = sa.select(mailing.c.id).where(mailing.c.user_id == actor.user_id).with_for_update()
        unit.connection.execute(mine).all()  # two at once would each fit the limit, and together not
        left = left_today(unit.connection, store, actor)
        if left is not None and recipients > left:
            found[:] = ["too_many"]
            return DONE
        here = sa.and_(mailing.c.id == one, mailing.c.user_id == actor.user_id, mailing.c.state == "draft")
        values = {
            "state": "writing", "template": template, "recipients": recipients, "sent_at": unit.at,
            "changed_seq": unit.changed_seq,
        }  # fmt: skip
        if unit.connection.execute(sa.update(mailing).where(here).values(values)).rowcount:
            found[:] = ["sent"]
            told: dict[str, list[Any]] = {"template": [None, template], "recipients": [None, recipients]}
            write_audit(unit, IN_THE_AUDIT, "create", [(one, told)])
        return DONE

    in_unit(store, actor, "form", work)
    return found[0]


def stop(store: Store, actor: Actor, one: int) -> bool:
    """Writes no more letters, and sends none of those that wait; False where all were sent."""
    stopped: list[bool] = []

    def work(unit: Unit) -> Saved:
        here = sa.and_(mailing.c.id == one, mailing.c.state == "writing")
        values = {"state": "stopped", "ended_at": unit.at, "changed_seq": unit.changed_seq}
        was_writing = unit.connection.execute(sa.update(mailing).where(here).values(values)).rowcount
        waits = sa.and_(delivery.c.mailing == one, delivery.c.state == "waiting")
        over = {"state": "dropped", "ended_at": unit.at, "touched_at": unit.at, "claim": None, "claimed_until": None}
        gone = unit.connection.execute(sa.update(delivery).where(waits).values(over)).rowcount
        if gone and not was_writing:
            done = sa.update(mailing).where(mailing.c.id == one, mailing.c.state == "done")
            unit.connection.execute(done.values(values))
        stopped[:] = [bool(gone or was_writing)]
        if stopped[0]:
            write_audit(unit, IN_THE_AUDIT, "update", [(one, {"state": [None, "stopped"]})])
        return DONE

    in_unit(store, actor, "form", work)
    return stopped[0]


def states(connection: Connection, one: int) -> Counter[str]:
    """How many of its letters are in each state; `opened` and `clicked` count those of which that is known."""
    d = delivery.c
    columns = (d.state, sa.func.count(), sa.func.count(d.opened_at), sa.func.count(d.clicked_at))
    found: Counter[str] = Counter()
    for state, number, opened, clicked in connection.execute(
        sa.select(*columns).where(d.mailing == one).group_by(d.state)
    ):
        found += Counter({state: number, "opened": opened, "clicked": clicked})
    return found


def letters(connection: Connection, one: int, *, limit: int, state: str | None = None, after: int = 0) -> list[OneOf]:
    """Its letters, in the order in which they were written."""
    d = delivery.c
    query = sa.select(d.id, d.record, d.state, d.answer, d.opened_at, d.clicked_at).order_by(d.id).limit(limit)
    query = query.where(d.mailing == one, d.id > after)
    if state is not None:
        query = query.where(d.state == state)
    return [OneOf(row[0], row[1], row[2], row[3] or "", row[4], row[5]) for row in connection.execute(query)]


def _bulk_mail(row: Any) -> BulkMail:
    return BulkMail(
        row.id, row.user_id, row.entity, row.field, row.template, tuple(row.records), row.state, row.seen, row.recipients,
        row.queued, row.left_out or {}, row.created_at, row.sent_at,
    )  # fmt: skip
