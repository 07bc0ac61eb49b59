"""Mails that nobody asked for: to whom they go, how one gets rid of them, and that nobody else can do it for him."""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Iterator
from contextlib import ExitStack
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import mask, system_actor
from app.automation.deliveries import deliver_next
from app.automation.mail_links import find_linked, token
from app.automation.mail_stops import STOPS, cover_told, lift, newest_stops, stop, stop_by_link, stops_of
from app.automation.senders import SENDERS
from app.orm.framework import audit, delivery, mail_stop
from app.record import Saved, Unit, in_unit
from app.record.audit import write_audit
from app.record.proof import prove_audit
from app.record.seals import seal_audit
from app.settings import Settings
from tests.mail_server import mail_server
from tests.unit.approving import Office, opened
from tests.unit.automation.test_mailing import addressed, made, mails, tree_of

WANG = "wang@client.example"
SECRET = "a secret of more than thirty-two signs"
BASE = "https://crm.a-company-with-a-long-name.example/crm"  # longer than a line of a mail, with what follows
Open = Callable[..., Office]


@pytest.fixture
def open_with(new_url: str) -> Iterator[Open]:
    def company(**template: Any) -> dict[str, Any]:
        tree = tree_of("email", marketing=True, **template)
        tree["entities"]["deal"]["fields"]["agreed"] = {"type": "boolean"}
        return tree

    with ExitStack() as stack:
        yield lambda **more: addressed(stack.enter_context(opened(new_url, company(**more))))


def settings_for(tmp_path: Path, url: str | None = None, base: str | None = BASE) -> Settings:
    return Settings(data_dir=tmp_path, secret_key=SECRET, mail_url=url, base_url=base)


def states(office: Office) -> list[str]:
    with office.store.system_reading() as connection:
        return list(connection.execute(sa.select(delivery.c.state).order_by(delivery.c.id)).scalars())


def test_a_mail_that_nobody_asked_for_can_be_unsubscribed_and_comes_no_more(open_with: Open, tmp_path: Path) -> None:
    office = open_with(body={"en": {"text": "<p>News</p>"}, "zh": {"text": "消息"}})
    made(office, "deal", name="One", email="Wang@client.example", locale="en")
    made(office, "deal", name="Two", email=WANG, locale="zh")
    mails(office)
    with mail_server() as got:
        settings = settings_for(tmp_path, got.url)
        assert deliver_next(office.store, settings, "me", SENDERS)
        (mail,) = got.mails
        address = str(mail["List-Unsubscribe"]).strip("<>")
        given = address.removeprefix(f"{BASE}/mail-links/").removesuffix("/stop")
        assert mail["List-Unsubscribe-Post"] == "List-Unsubscribe=One-Click"
        assert address in mail.get_body(("plain",)).get_content()  # type: ignore[union-attr]
        assert f'href="{address}"' in mail.get_body(("html",)).get_content()  # type: ignore[union-attr]
        found = find_linked(office.store, settings, "stop", given)
        assert found is not None
        assert stop_by_link(office.store, found.to)
        assert not stop_by_link(office.store, found.to)
        assert deliver_next(office.store, settings, "me", SENDERS)  # what waited already
        assert (len(got.mails), states(office)) == (1, ["done", "dropped"])
    made(office, "deal", name="Three", email="WANG@client.example")
    assert len(mails(office)) == 2
    with office.store.system_reading() as connection:
        (stopped,) = stops_of(connection, [f" {WANG.upper()}"])
        (listed,) = newest_stops(connection, limit=9)
        kept = connection.execute(sa.select(mail_stop)).one()
    assert (stopped.address, stopped.kind, stopped.reason) == (WANG, "bulk", "link")
    assert (listed.address, listed.at) == ("", stopped.at)
    assert (len(kept.digest), "wang" in str(kept)) == (64, False)
    assert kept.digest != hashlib.sha256(WANG.encode()).hexdigest()  # which a list of addresses would tell


def test_a_link_holds_for_one_mail_and_one_purpose(open_with: Open, tmp_path: Path) -> None:
    office = open_with()
    made(office, "deal", name="One", email=WANG)
    (mail,) = mails(office)
    settings = settings_for(tmp_path)
    good = token(settings, "stop", mail.id, mail.key)
    assert find_linked(office.store, settings, "stop", good) is not None
    other = Settings(data_dir=tmp_path, secret_key=SECRET[::-1])
    number, _, seal = good.partition(".")
    wrong = [
        token(other, "stop", mail.id, mail.key), token(settings, "stop", mail.id + 1, mail.key), f"{number}.{'0' * 32}",
        f"0{good}", f" {good}", f"{good}\n", f"{mail.id + 1}.{seal}", f"{number}.", "", "9" * 40 + "." + seal,
    ]  # fmt: skip
    assert [each for each in wrong if find_linked(office.store, settings, "stop", each)] == []
    with office.store.housekeeping() as connection:
        connection.execute(sa.update(delivery).values(target="", content={}))  # its record was erased
    assert find_linked(office.store, settings, "stop", good) is None


def test_it_goes_only_to_who_agreed(open_with: Open) -> None:
    office = open_with(consent="agreed")
    for name, agreed in (("one", True), ("two", False), ("three", None)):
        made(office, "deal", name=name, email=f"{name}@client.example", agreed=agreed)
    assert [each.target for each in mails(office)] == ["one@client.example"]


def test_where_nobody_said_where_we_are_it_is_given_up_and_says_why(open_with: Open, tmp_path: Path) -> None:
    office = open_with()
    made(office, "deal", name="One", email=WANG)
    mails(office)
    with mail_server() as got:
        assert deliver_next(office.store, settings_for(tmp_path, got.url, None), "me", SENDERS)
        assert got.mails == []
    (mail,) = mails(office)
    assert (mail.state, "CRM_BASE_URL" in mail.answer) == ("dead", True)


def test_somebody_here_unsubscribes_and_lifts_with_a_reason_which_is_audited(open_with: Open) -> None:
    office = open_with()
    boss = system_actor("system:seed")
    assert stop(office.store, boss, " Wang@Client.example ", "asked by telephone")
    assert not stop(office.store, boss, WANG, "again")
    made(office, "deal", name="One", email=WANG)
    assert mails(office) == []
    assert lift(office.store, boss, WANG, "asked for the newsletter")
    assert not lift(office.store, boss, WANG, "again")
    made(office, "deal", name="Two", email=WANG)
    assert len(mails(office)) == 1
    with office.store.system_reading() as connection:
        query = sa.select(audit.c.action, audit.c.changes).where(audit.c.entity == "mail-stop").order_by(audit.c.id)
        first, second = connection.execute(query).all()
    assert (first.action, first.changes["address"]) == ("create", [None, mask("email", WANG)])
    assert (second.action, second.changes["reason"]) == ("delete", [None, "asked for the newsletter"])


def test_lines_of_before_that_tell_an_address_lose_it_and_the_audit_proves_itself(
    open_with: Open, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.automation.mail_stops._AT_ONCE", 1)
    store = open_with().store
    boss = system_actor("system:command")
    assert stop(store, boss, WANG, "asked by phone")  # as it is told today

    def of_before(unit: Unit) -> Saved:
        for action, pair in (("create", [None, WANG]), ("delete", [WANG, None])):
            write_audit(unit, STOPS, action, [(0, {"address": pair, "reason": [None, "asked by phone"]})])
        return Saved((), ())

    in_unit(store, boss, "form", of_before)
    assert seal_audit(store)
    assert cover_told(store) == 2
    seen: list[str] = []
    sa.event.listen(store.engine, "before_cursor_execute", lambda _c, _k, text, *_: seen.append(text))
    assert cover_told(store) == 0
    asked = [each for each in seen if "FROM tenon_audit" in each]
    assert len(asked) == 4, "its lines, one at a time"
    assert all("LIMIT" in each and "salt" not in each for each in asked), "no more of them than is looked at"
    with store.system_reading() as connection:
        rows = connection.execute(sa.select(audit).order_by(audit.c.id)).mappings().all()
    assert WANG not in str(rows)
    left = [row["changes"] for row in rows if row["action"] == "kept"]
    covered = mask("email", WANG)
    assert [each["address"] for each in left] == [[None, covered], [covered, None]]
    assert [each["reason"] for each in left] == [[None, "asked by phone"]] * 2
    assert [each["act."][1]["action"] for each in left] == ["create", "delete"]
    seal_audit(store)
    assert prove_audit(store, []).wrong == 0
