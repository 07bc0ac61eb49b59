"""Webhooks out: what is sent, signed and with a key that stays; answers that end it or not; who is down delays no other."""

from __future__ import annotations

import datetime as dt
import json
import threading
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.automation.deliveries import CLAIM, claim, deliver_next, send_again
from app.automation.dispatch import dispatch
from app.automation.senders import SENDERS
from app.automation.webhooks import KIND, host_of, judged, send
from app.delivery.outbound import Answered
from app.delivery.reach import NOT_ALLOWED
from app.delivery.signature import is_signed, sign
from app.orm.framework import delivery
from app.record import Change, create, delete, update
from app.settings import Settings
from tests.unit.approving import SEED, Office, opened
from tests.unit.automation.test_dispatch import tree_of
from tests.unit.receiver import Receiver, receiving

SECRET = "shared secret of both"
HERE = Settings(data_dir=Path(), outbound_allow=("127.0.0.1",))
HOOK = {
    "url": "${env:ERP_URL}/won",
    "secret": "${env:ERP_SECRET}",
    "fields": ["name", "amount", "owner", "labels", "level"],
}
Open = Callable[..., Office]


@pytest.fixture
def receiver(monkeypatch: pytest.MonkeyPatch) -> Iterator[Receiver]:
    with receiving() as found:
        monkeypatch.setenv("ERP_URL", found.url)
        monkeypatch.setenv("ERP_SECRET", SECRET)
        yield found


@pytest.fixture
def open_with(new_url: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda **hooks: stack.enter_context(opened(new_url, hooked(**hooks)))


@pytest.fixture
def open_small(sqlite_url: str) -> Iterator[Open]:
    with ExitStack() as stack:
        yield lambda **hooks: stack.enter_context(opened(sqlite_url, hooked(**hooks)))


def hooked(**hooks: Any) -> dict[str, Any]:
    automations = {
        key: {"trigger": {"stage": "won"}, "actions": {"tell": {"webhook": hook}}} for key, hook in hooks.items()
    }
    return tree_of(**automations)


def win(office: Office, **values: Any) -> int:
    row = {"name": "{{ 7*7 }} 合同", "amount": "12.50", "labels": ["vip"], "stage": "open", "owner": office.ids["rep"]}
    record = create(office.store, SEED, "deal", [row | values], door="api").ids[0]  # type: ignore[union-attr]
    office.later(seconds=1)
    update(office.store, SEED, "deal", [Change(record, {"stage": "won"})], door="api")
    dispatch(office.store, office.moment[0])
    return record


def deliver(office: Office, settings: Settings = HERE) -> bool:
    return deliver_next(office.store, settings, "me", SENDERS)


def deliver_all(office: Office, me: str) -> None:
    while deliver_next(office.store, HERE, me, SENDERS):
        pass


def rows(office: Office) -> list[Any]:
    with office.store.system_reading() as connection:
        return list(connection.execute(sa.select(delivery).order_by(delivery.c.id)))


def test_what_was_won_is_told_signed_with_the_fields_that_are_named(open_with: Open, receiver: Receiver) -> None:
    office = open_with(won=HOOK)
    record = win(office)
    assert deliver(office)
    (call,) = receiver.of("/won")
    body = json.loads(call.body)
    assert body["fields"] == {
        "name": "{{ 7*7 }} 合同", "amount": "12.5000", "labels": ["vip"], "level": "small",
        "owner": {"id": str(office.ids["rep"]), "label": "Rep"},
    }  # fmt: skip
    assert (body["hook"], body["entity"], body["id"], body["event"]) == (
        "automation.won.tell",
        "deal",
        str(record),
        "update",
    )
    assert body["sequence"] > 0
    assert call.headers["idempotency-key"] == rows(office)[0].key
    now = int(office.moment[0].timestamp())
    assert is_signed(SECRET, call.headers["x-tenon-signature"], call.body, now)
    assert not is_signed(SECRET, call.headers["x-tenon-signature"], call.body + b" ", now)
    assert not is_signed("other", call.headers["x-tenon-signature"], call.body, now)
    assert (rows(office)[0].state, rows(office)[0].answer) == ("done", "200 OK")


def test_neither_secret_nor_address_stands_in_a_row(open_small: Open, receiver: Receiver) -> None:
    office = open_small(won=HOOK)
    win(office)
    receiver.statuses["/won"] = [500]
    deliver(office)
    told = repr(rows(office))
    assert SECRET not in told
    assert receiver.url not in told


def test_a_hook_whose_address_is_not_set_is_switched_off(open_small: Open, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("ERP_URL", raising=False)
    office = open_small(won=HOOK)
    win(office)
    assert rows(office) == []


def test_a_secret_that_is_not_set_waits_for_the_operator(
    open_small: Open, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    office = open_small(won=HOOK)
    win(office)
    monkeypatch.delenv("ERP_SECRET")
    deliver(office)
    assert (rows(office)[0].state, rows(office)[0].answer) == ("waiting", "ERP_SECRET is not set in the environment")
    assert receiver.calls == []


def test_a_record_that_is_gone_is_told_by_its_id(open_small: Open, receiver: Receiver) -> None:
    tree = hooked(gone={**HOOK, "fields": ["name"]})
    tree["automations"]["gone"]["trigger"] = "delete"
    office = open_small().rebuilt(tree)
    record = create(office.store, SEED, "deal", [{"name": "Short"}], door="api").ids[0]  # type: ignore[union-attr]
    office.later(seconds=1)
    delete(office.store, SEED, "deal", [record], door="api")
    dispatch(office.store, office.moment[0])
    deliver(office)
    body = json.loads(receiver.of("/won")[0].body)
    assert (body["event"], body["id"], body["fields"]) == ("delete", str(record), {})


def test_who_was_killed_before_noting_the_answer_sends_it_again_with_its_key(
    open_with: Open, receiver: Receiver
) -> None:
    office = open_with(won=HOOK)
    win(office)
    killed = claim(office.store, "killed", office.moment[0])
    assert killed is not None
    assert send(killed, office.store, HERE).delivered
    assert not deliver(office)
    office.moment[0] += CLAIM
    assert deliver(office)
    keys = [each.headers["idempotency-key"] for each in receiver.calls]
    assert (len(keys), len(set(keys))) == (2, 1)
    assert len({each.body for each in receiver.calls}) == 1
    assert not deliver(office)


def test_a_receiver_that_is_down_slow_or_turns_elsewhere_is_tried_again(open_small: Open, receiver: Receiver) -> None:
    receiver.statuses["/won"], receiver.extra = [500, 302, 429, 200], {"Retry-After": "7200"}
    office = open_small(won=HOOK)
    win(office)
    answers, pauses = [], []
    while rows(office)[0].state == "waiting":
        deliver(office)
        answers.append(rows(office)[0].answer)
        pauses.append(rows(office)[0].due - office.moment[0])
        office.moment[0] += pauses[-1]
    assert answers == [
        "500 Internal Server Error",
        "302 Found: redirects are not followed",
        "429 Too Many Requests",
        "200 OK",
    ]
    assert pauses[2] >= dt.timedelta(hours=2)
    assert len({each.headers["idempotency-key"] for each in receiver.calls}) == 1


def test_what_is_gone_for_good_is_dead_until_it_is_sent_again(open_small: Open, receiver: Receiver) -> None:
    receiver.statuses["/won"] = [410, 200]
    office = open_small(won=HOOK)
    win(office)
    deliver(office)
    assert (rows(office)[0].state, rows(office)[0].answer) == ("dead", "410 Gone")
    send_again(office.store, rows(office)[0].id, office.moment[0])
    deliver(office)
    assert rows(office)[0].state == "done"
    assert len({each.headers["idempotency-key"] for each in receiver.calls}) == 1


def test_an_inner_address_is_refused_when_it_is_delivered(open_small: Open, receiver: Receiver) -> None:
    office = open_small(won=HOOK)
    win(office)
    deliver(office, Settings(data_dir=Path()))
    assert (rows(office)[0].state, rows(office)[0].answer) == ("dead", NOT_ALLOWED)
    assert receiver.calls == []


def test_a_receiver_that_never_answers_delays_no_other(
    open_with: Open, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    with receiving() as silent:
        monkeypatch.setenv("SLOW_URL", silent.url)
        office = open_with(slow={**HOOK, "url": "${env:SLOW_URL}/silent"}, won=HOOK)
        for number in range(4):
            win(office, name=f"Deal {number}")
        slow = [threading.Thread(target=deliver_all, args=(office, each)) for each in ("first", "second", "third")]
        for each in slow:
            each.start()
        # Of each receiver at most two at once: whoever comes next finds another one's.
        for _ in range(2):
            assert silent.arrived.acquire(timeout=30)
        while deliver(office):
            pass
        assert [receiver.arrived.acquire(timeout=30) for _ in range(4)] == [True] * 4
        assert len(silent.calls) == 2
        silent.stop.set()
        for each in slow:
            each.join()
    assert {each.state for each in rows(office) if each.target == "${env:SLOW_URL}/silent"} == {"waiting"}


@pytest.mark.parametrize(
    "told",
    [
        {"url": "{url}/${{env:ERP_SECRET}}"},
        {"url": "${{env:ERP_URL}}/${{env:ERP_SECRET}}"},
        {"url": "${{env:ERP_URL}}.example.com/"},
        {"url": "${{env:CRM_STOLEN}}/won"},
        {"secret": "${{env:CRM_STOLEN}}"},
        {"secret": "${{env:AWS_SECRET_ACCESS_KEY}}"},
    ],
)
def test_what_an_earlier_configuration_took_from_the_environment_is_not_sent(
    open_small: Open, receiver: Receiver, monkeypatch: pytest.MonkeyPatch, told: dict[str, str]
) -> None:
    monkeypatch.setenv("CRM_STOLEN", receiver.url)
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "a key")
    office = open_small(won=HOOK | {key: text.format(url=receiver.url) for key, text in told.items()})
    win(office)
    assert deliver(office)
    assert receiver.calls == []
    (row,) = rows(office)
    assert row.state == "dead"
    assert "variable" in row.answer
    assert receiver.url not in row.answer


def test_a_variable_of_hooks_is_filled_in(
    open_small: Open, receiver: Receiver, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("CRM_HOOK_WON_DEALS", f"{receiver.url}/deals")
    monkeypatch.setenv("CRM_HOOK_SECRET", SECRET)
    office = open_small(won=HOOK | {"url": "${env:CRM_HOOK_WON_DEALS}", "secret": "${env:CRM_HOOK_SECRET}"})
    win(office)
    assert deliver(office)
    assert len(receiver.of("/deals")) == 1


@pytest.mark.parametrize(
    ("status", "delivered", "final"),
    [(200, True, False), (204, True, False), (301, False, False), (400, False, True), (404, False, True), (408, False, False),
     (409, False, False), (410, False, True), (422, False, True), (425, False, False), (429, False, False), (500, False, False),
     (503, False, False), (799, False, False)],
)  # fmt: skip
def test_what_an_answer_means(status: int, *, delivered: bool, final: bool) -> None:
    found = judged(Answered(status, {}), dt.datetime(2026, 7, 1, tzinfo=dt.UTC))
    assert (found.delivered, found.final) == (delivered, final)


@pytest.mark.parametrize(
    ("asked", "seconds"),
    [("90", 90), ("Wed, 01 Jul 2026 00:02:00 GMT", 120), ("Tue, 30 Jun 2026 00:00:00 GMT", 0), ("9999999", 86_400), ("soon", None),
     ("", None), ("-5", None), ("9" * 40, None)],
)  # fmt: skip
def test_how_long_a_receiver_asks_to_be_left_alone(asked: str, seconds: int | None) -> None:
    found = judged(Answered(503, {"retry-after": asked}), dt.datetime(2026, 7, 1, tzinfo=dt.UTC)).rest
    assert found == (None if seconds is None else dt.timedelta(seconds=seconds))


def test_two_secrets_hold_while_one_takes_the_place_of_the_other() -> None:
    header = sign("new old", b"body", 1_000)
    assert is_signed("old", header, b"body", 1_300)
    assert is_signed("new", header, b"body", 700)
    assert not is_signed("new", header, b"body", 1_301)
    for broken in ("", "t=1000", "v1=x", "t=1000,v1=", "t=x,v1=x", "t=1000,v1=ä", header.replace("t=1000", "t=1001")):
        assert not is_signed("old", broken, b"body", 1_000)


def test_what_answers_together() -> None:
    assert (host_of("https://ERP.example.com:8443/a"), host_of("${env:A}/b"), KIND in SENDERS) == (
        "erp.example.com:8443",
        "${env:A}",
        True,
    )
