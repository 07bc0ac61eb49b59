"""Notices by mail: as one wishes, at an hour of one's own, and nothing of what one may not see or has read by then."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.automation.deliveries import deliver_next
from app.automation.notice_mails import mail_notices
from app.automation.notices import Notice, tell
from app.automation.senders import SENDERS
from app.automation.told import mark_read
from app.automation.wishes import Wishes, keep_wishes
from app.orm.framework import delivery, notice
from app.record import Change, update
from app.settings import Settings
from tests.mail_server import mail_server
from tests.unit.approving import Office, opened
from tests.unit.automation.test_bulk_mails import BOSS, company, deals
from tests.unit.automation.test_mailing import addressed

REMINDED = frozenset({"reminder"})
BY_MAIL = Wishes(mailed=REMINDED)
DAILY = Wishes(digested=REMINDED, hour=9)


def with_calendar() -> dict[str, Any]:
    tree = company()
    tree["pack"]["calendars"] = {
        "office": {"week": {day: ["09:00-18:00"] for day in ("monday", "tuesday", "wednesday")}}
    }
    return tree


@pytest.fixture
def office(new_url: str) -> Iterator[Office]:
    with opened(new_url, company()) as found:
        yield addressed(found)


@pytest.fixture
def small(sqlite_url: str) -> Iterator[Office]:
    with opened(sqlite_url, company()) as found:
        yield addressed(found)


def told(office: Office, *marks: str, who: str = "rep", record: int | None = None, **params: Any) -> None:
    about: dict[str, Any] = {"entity": "deal", "record": record} if record else {}
    notices = [
        Notice(user=office.ids[who], kind="reminder", mark=each, params=params or {"text": each}, **about)
        for each in marks
    ]
    with office.store.housekeeping() as connection:
        tell(connection, notices, office.store.clock(), office.store.catalog)


def wish(office: Office, wishes: Wishes, who: str = "rep") -> None:
    with office.store.housekeeping() as connection:
        keep_wishes(connection, office.ids[who], wishes)


def queued(office: Office) -> int:
    while mail_notices(office.store):
        pass
    with office.store.system_reading() as connection:
        return connection.execute(sa.select(sa.func.count()).select_from(delivery)).scalar_one()


def received(office: Office, tmp_path: Path) -> list[tuple[str, str, str]]:
    """The mails that went out: to whom, subject and text."""
    queued(office)
    with mail_server() as got:
        settings = Settings(
            data_dir=tmp_path, secret_key="a secret of more than thirty-two signs", mail_url=got.url, base_url="https://crm.us.example",
        )  # fmt: skip
        while deliver_next(office.store, settings, "me", SENDERS):
            pass
        return [(str(each["To"]), str(each["Subject"]), each.get_content()) for each in got.mails]


def test_one_who_wishes_it_gets_a_mail_at_once_and_others_none(office: Office, tmp_path: Path) -> None:
    wish(office, BY_MAIL)
    wish(office, Wishes(off=REMINDED), "manager")
    (deal,) = deals(office, {"name": "Big\nBcc: x@evil.example"})
    for who in ("rep", "manager", "boss"):
        told(office, "call", who=who, record=deal, text="Call them")
    (mail,) = received(office, tmp_path)
    assert mail[:2] == ("rep@us.example", "Call them")
    assert f"https://crm.us.example/deal/{deal}" in mail[2]
    assert received(office, tmp_path) == []


def test_the_mail_of_the_day_comes_at_the_hour_of_its_reader_in_his_zone(small: Office, tmp_path: Path) -> None:
    zones = {"rep": "Asia/Shanghai", "other": "Europe/Berlin"}
    for who, zone in zones.items():
        update(small.store, BOSS, "user", [Change(small.ids[who], {"time_zone": zone})], door="api")
        wish(small, DAILY, who)
    told(small, "one", "two")  # ten in the morning in Shanghai, four at night in Berlin
    told(small, "three", who="other")
    assert queued(small) == 0
    small.moment[0] = dt.datetime(2026, 7, 1, 7, 0, tzinfo=dt.UTC)
    ((to, subject, text),) = received(small, tmp_path)
    assert (to, subject, "three" in text) == ("other@us.example", "three", True)
    small.moment[0] = dt.datetime(2026, 7, 2, 0, 59, tzinfo=dt.UTC)
    assert received(small, tmp_path) == []
    small.moment[0] = dt.datetime(2026, 7, 2, 1, 0, tzinfo=dt.UTC)
    ((to, subject, text),) = received(small, tmp_path)
    assert (to, subject) == ("rep@us.example", "2 notices")
    assert text.index("- one") < text.index("- two")


def test_who_rests_is_left_alone_by_mails_too(sqlite_url: str) -> None:
    with opened(sqlite_url, with_calendar()) as found:
        office = addressed(found)
        wish(office, BY_MAIL)
        wish(office, DAILY, "other")
        office.moment[0] = dt.datetime(2026, 7, 2, 2, tzinfo=dt.UTC)  # a Thursday: one works again on Monday
        for who in ("rep", "other"):
            told(office, "x", who=who)
        office.moment[0] = dt.datetime(2026, 7, 6, 0, 59, tzinfo=dt.UTC)
        assert queued(office) == 0
        office.moment[0] = dt.datetime(2026, 7, 6, 1, tzinfo=dt.UTC)
        assert queued(office) == 2


def test_nothing_is_told_of_what_is_out_of_sight_or_read_when_it_is_sent(small: Office, tmp_path: Path) -> None:
    wish(small, BY_MAIL)
    mine, gone = deals(small, {"name": "Mine"}, {"name": "Secretname"})
    told(small, "a", record=gone, text="Call Secretname")
    told(small, "b", record=mine, text="Call Mine")
    told(small, "c", text="read already")
    assert queued(small) == 1
    update(small.store, BOSS, "deal", [Change(gone, {"owner": small.ids["other"]})], door="api")
    with small.store.housekeeping() as connection:
        last = connection.execute(sa.select(sa.func.max(notice.c.id))).scalar_one()
        mark_read(connection, small.ids["rep"], small.store.clock(), last)
    with small.store.system_reading() as connection:
        assert "Secretname" not in str(connection.execute(sa.select(delivery.c.content)).scalar_one())
    ((_, subject, text),) = received(small, tmp_path)
    assert subject == "2 notices"
    assert "Call Mine" in text
    assert "Secretname" not in text
    assert f"/deal/{gone}" not in text
    assert "read already" not in text


def test_in_the_language_of_its_reader_and_not_to_who_left(small: Office, tmp_path: Path) -> None:
    wish(small, BY_MAIL, "manager")
    told(small, "a", "b", who="manager")
    ((_, subject, text),) = received(small, tmp_path)
    assert (subject, "您选择了通过邮件接收通知" in text) == ("您有 2 条通知", True)
    told(small, "c", who="manager")
    assert queued(small) == 2
    update(small.store, BOSS, "user", [Change(small.ids["manager"], {"active": False})], door="api")
    assert received(small, tmp_path) == []
    with small.store.system_reading() as connection:
        assert connection.execute(sa.select(delivery.c.state).order_by(delivery.c.id)).scalars().all() == [
            "done",
            "dropped",
        ]


def test_who_wishes_otherwise_by_then_gets_none(small: Office) -> None:
    wish(small, DAILY)
    told(small, "a")
    assert queued(small) == 0
    wish(small, Wishes())
    small.later(hours=30)
    assert queued(small) == 0
    with small.store.system_reading() as connection:
        assert connection.execute(sa.select(notice.c.mail_due)).scalars().all() == [None]
