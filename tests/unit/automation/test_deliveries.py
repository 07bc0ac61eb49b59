"""Deliveries: each is made once, sent until it is answered, given up after three days; a slow receiver holds up no other."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import system_actor
from app.automation.deliveries import (
    AT_ONCE_TO_A_HOST,
    CLAIM,
    TRIED_FOR,
    Answer,
    Delivery,
    ToDeliver,
    claim,
    deliver_next,
    queue_in,
    send_again,
    settle,
)
from app.orm.framework import delivery
from app.record import Saved, Unit, in_unit
from app.settings import Settings
from tests.unit.approving import Office, opened, tree_of


@pytest.fixture
def office(new_url: str) -> Iterator[Office]:
    with opened(new_url, tree_of()) as found:
        yield found


def put(office: Office, *keys: str, host: str = "example.com") -> None:
    def work(unit: Unit) -> Saved:
        wanted = [ToDeliver(key=key, kind="webhook", target=f"https://{host}/", host=host, content={}) for key in keys]
        queue_in(unit, wanted)
        return Saved((), ())

    in_unit(office.store, system_actor("system:automation"), "automation", work)


def rows(office: Office) -> list[Any]:
    with office.store.system_reading() as connection:
        return list(connection.execute(sa.select(delivery).order_by(delivery.c.id)))


def send_with(office: Office, answer: Answer | Exception) -> bool:
    def send(_delivery: Delivery, *_: object) -> Answer:
        if isinstance(answer, Exception):
            raise answer
        return answer

    return deliver_next(office.store, Settings(data_dir=Path()), "me", {"webhook": send})


def test_the_same_act_is_delivered_once(office: Office) -> None:
    put(office, "a")
    put(office, "a")
    assert send_with(office, Answer(True, "200 OK"))
    assert not send_with(office, Answer(True, "200 OK"))
    (row,) = rows(office)
    assert (row.state, row.attempts, row.answer) == ("done", 1, "200 OK")


def test_the_log_of_a_fault_does_not_tell_to_whom_it_was(office: Office, caplog: pytest.LogCaptureFixture) -> None:
    put(office, "a", host="li.wen.example.com/secret-of-the-hook")
    assert send_with(office, RuntimeError("boom"))
    assert f"delivery {rows(office)[0].id}, webhook" in caplog.text
    assert "li.wen" not in caplog.text


def test_what_fails_is_tried_with_growing_pauses_until_three_days_are_over(office: Office) -> None:
    put(office, "a")
    began, pauses = office.moment[0], []
    while rows(office)[0].state == "waiting":
        due = rows(office)[0].due
        pauses.append(due - office.moment[0])
        office.moment[0] = due
        assert send_with(office, OSError("no route"))
    (row,) = rows(office)
    assert (row.state, row.answer) == ("dead", "OSError: no route")
    assert TRIED_FOR - dt.timedelta(hours=8) <= office.moment[0] - began <= TRIED_FOR
    assert 15 <= row.attempts <= 25
    assert pauses[1] < pauses[4] < pauses[7]
    assert send_again(office.store, row.id, office.moment[0])
    assert not send_again(office.store, row.id, office.moment[0])
    assert send_with(office, Answer(True, "200 OK"))
    assert (rows(office)[0].state, rows(office)[0].key) == ("done", "a")


def test_what_can_never_be_delivered_is_given_up_at_once(office: Office) -> None:
    put(office, "a")
    assert send_with(office, Answer(False, "410 Gone", final=True))
    assert rows(office)[0].state == "dead"


def test_one_receiver_never_takes_all_who_send(office: Office) -> None:
    put(office, "a", "b", "c", host="slow.example.com")
    put(office, "d")
    now = office.moment[0]
    taken = [claim(office.store, str(number), now) for number in range(AT_ONCE_TO_A_HOST + 2)]
    assert [each.key if each else None for each in taken] == ["a", "b", "d", None]


def test_who_was_killed_while_sending_is_taken_over_and_says_nothing_any_more(office: Office) -> None:
    put(office, "a")
    now = office.moment[0]
    first = claim(office.store, "killed", now)
    assert first is not None
    assert claim(office.store, "other", now + CLAIM / 2) is None
    second = claim(office.store, "other", now + CLAIM)
    assert second is not None
    settle(office.store, first, "killed", Answer(False, "late", final=True), now + CLAIM)
    assert rows(office)[0].state == "waiting"
    settle(office.store, second, "other", Answer(True, "200 OK"), now + CLAIM)
    assert (rows(office)[0].state, rows(office)[0].attempts) == ("done", 2)


def test_what_can_t_be_written_down_is_told_all_the_same(office: Office) -> None:
    put(office, "a")
    assert send_with(office, OSError("no\x00 route\n at all"))
    assert (rows(office)[0].answer, rows(office)[0].attempts) == ("OSError: no route at all", 1)


def test_who_has_nothing_to_send_keeps_nobody_from_writing(office: Office) -> None:
    with office.store.housekeeping():
        assert claim(office.store, "me", office.moment[0]) is None
