"""What waits, asked at once, is what those who do it would find."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from typing import Any

import pytest
import sqlalchemy as sa

from app.automation.bulk_letters import write_next
from app.automation.deliveries import AT_ONCE_TO_A_HOST, claim
from app.automation.dispatch import dispatch
from app.automation.notice_mails import mail_notices
from app.automation.waiting import Kind, what_waits
from app.orm.framework import delivery, mailing, notice, outbox
from tests.unit.approving import Office, opened, tree_of

LATER = dt.timedelta(minutes=5)


@pytest.fixture
def office(new_url: str) -> Iterator[Office]:
    with opened(new_url, tree_of()) as found:
        with found.store.housekeeping() as connection:
            connection.execute(sa.update(outbox).values(done_at=found.moment[0]))
            connection.execute(sa.update(notice).values(mail_due=None))
        yield found


def put(office: Office, table: sa.Table, **values: Any) -> None:
    at = office.moment[0]
    plain = {
        "outbox": {"at": at, "kind": "update", "entity": "deal", "records": [1], "fields": [], "actor": "x", "revision": 0},
        "delivery": {
            "key": str(values), "kind": "mail", "target": "x", "host": "h", "content": {}, "state": "waiting", "attempts": 0,
            "due": at, "revision": 0, "created_at": at, "touched_at": at,
        },
        "notice": {"user_id": 1, "kind": "x", "mark": str(values), "at": at, "show_at": at},
        "mailing": {
            "user_id": 1, "entity": "deal", "field": "note", "records": [], "state": "writing", "seen": 0, "recipients": 0,
            "queued": 0, "created_at": at, "changed_seq": 1,
        },
    }  # fmt: skip
    with office.store.housekeeping() as connection:
        connection.execute(sa.insert(table).values({**plain[table.name.removeprefix("tenon_")], **values}))


def does(office: Office, kind: Kind) -> bool:
    """Whether who does it finds some."""
    store, now = office.store, office.moment[0]
    if kind == "deliveries":
        return claim(store, "me", now) is not None
    return bool(
        {
            "events": lambda: dispatch(store, now),
            "letters": lambda: write_next(store),
            "notices": lambda: mail_notices(store),
        }[kind]()
    )


def test_nothing_waits_where_nothing_happens(office: Office) -> None:
    assert what_waits(office.store, office.moment[0]) == frozenset()


@pytest.mark.parametrize(
    ("kind", "table", "rests"),
    [
        ("events", outbox, "not_before"),
        ("notices", notice, "mail_due"),
        ("deliveries", delivery, "due"),
        ("letters", mailing, ""),
    ],
    ids=lambda each: each if isinstance(each, str) else "",
)
def test_what_can_be_done_now_waits(office: Office, kind: Kind, table: sa.Table, rests: str) -> None:
    now = office.moment[0]
    if rests:
        put(office, table, **{rests: now + LATER})
        assert what_waits(office.store, now) == frozenset()
        assert not does(office, kind)
        assert what_waits(office.store, now + LATER) == {kind}
        office.moment[0] = now + LATER
    else:
        put(office, table, state="draft")
        assert what_waits(office.store, now) == frozenset()
        put(office, table)
    assert what_waits(office.store, office.moment[0]) == {kind}
    assert does(office, kind)


def test_a_delivery_waits_for_nobody_while_enough_goes_to_its_receiver(office: Office) -> None:
    now = office.moment[0]
    for number in range(AT_ONCE_TO_A_HOST + 1):
        put(office, delivery, key=str(number))
    for number in range(AT_ONCE_TO_A_HOST):
        assert what_waits(office.store, now) == {"deliveries"}
        assert claim(office.store, str(number), now) is not None
    assert what_waits(office.store, now) == frozenset()
    put(office, delivery, key="other", host="other")
    assert what_waits(office.store, now) == {"deliveries"}
