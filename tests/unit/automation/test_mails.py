"""Mails as deliveries: sent once, tried again under the same Message-ID, given up when the server refuses for good."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import system_actor
from app.automation.deliveries import CLAIM, claim, deliver_next, queue_in
from app.automation.mails import Letter, mail_of
from app.automation.senders import SENDERS
from app.orm.framework import delivery
from app.record import Saved, Unit, in_unit
from app.settings import Settings
from tests.mail_server import Got, mail_server
from tests.unit.approving import Office, opened, tree_of

LETTER = Letter(to="wang@client.example", user=None, language="en", subject="Hello", text="Hello!", html=None)


@pytest.fixture
def office(new_url: str) -> Iterator[Office]:
    with opened(new_url, tree_of()) as found:
        yield found


@pytest.fixture
def got() -> Iterator[Got]:
    with mail_server() as found:
        yield found


def put(office: Office, letter: Letter = LETTER, key: str = "a") -> None:
    def work(unit: Unit) -> Saved:
        queue_in(unit, [mail_of(f"automation.hello:{key}:1", 1, letter)], "deal")
        return Saved((), ())

    in_unit(office.store, system_actor("system:automation"), "automation", work)


def row(office: Office) -> Any:
    with office.store.system_reading() as connection:
        return connection.execute(sa.select(delivery)).one()


def attempt(office: Office, settings: Settings) -> bool:
    return deliver_next(office.store, settings, "me", SENDERS)


def settings_for(tmp_path: Path, url: str | None = None) -> Settings:
    return Settings(data_dir=tmp_path, secret_key="a secret of more than thirty-two signs", mail_url=url)


def test_a_mail_is_sent_once(office: Office, got: Got, tmp_path: Path) -> None:
    put(office)
    settings = settings_for(tmp_path, got.url)
    assert attempt(office, settings)
    assert not attempt(office, settings)
    (mail,) = got.mails
    assert (mail["To"], mail["Subject"], mail.get_content()) == ("wang@client.example", "Hello", "Hello!\n")
    assert row(office).state == "done"


def test_who_works_here_gets_a_link_to_the_record_and_nobody_else(office: Office, got: Got, tmp_path: Path) -> None:
    settings = replace(settings_for(tmp_path, got.url), base_url="https://crm.us.example")
    html = replace(LETTER, html="<html><body><p>Hello!</p></body></html>")
    for key, letter in (("here", replace(html, user=office.ids["rep"], language="zh")), ("outside", html)):
        put(office, letter, key)
        assert attempt(office, settings)
    here, outside = got.mails
    plain, shown = (each.get_content() for each in here.iter_parts())  # type: ignore[attr-defined]
    assert plain == "Hello!\n\n--\n查看记录: https://crm.us.example/deal/1\n"
    assert '<a href="https://crm.us.example/deal/1">查看记录</a></small></p></body>' in shown
    assert "crm.us.example/deal" not in str(outside)


def test_what_is_refused_for_now_is_sent_later_under_the_same_id(office: Office, got: Got, tmp_path: Path) -> None:
    put(office)
    settings = settings_for(tmp_path, got.url)
    got.answers["END"] = "451 later"
    attempt(office, settings)
    assert (row(office).state, "451 later" in row(office).answer) == ("waiting", True)
    assert not attempt(office, settings)  # it rests
    office.later(minutes=1)
    got.answers.clear()
    attempt(office, settings)
    assert (row(office).state, row(office).attempts, len(got.mails)) == ("done", 2, 1)


def test_a_server_that_is_down_is_asked_again(office: Office, tmp_path: Path) -> None:
    with mail_server() as gone:
        url = gone.url
    put(office)
    attempt(office, settings_for(tmp_path, url))
    assert row(office).state == "waiting"


def test_what_is_refused_for_good_is_given_up(office: Office, got: Got, tmp_path: Path) -> None:
    put(office)
    got.answers["RCPT"] = "550 no such person"
    attempt(office, settings_for(tmp_path, got.url))
    assert (row(office).state, row(office).answer) == ("dead", "550 no such person")


def test_one_that_was_sent_but_not_settled_comes_again_under_the_same_id(
    office: Office, got: Got, tmp_path: Path
) -> None:
    put(office)
    settings = settings_for(tmp_path, got.url)
    claimed = claim(office.store, "who is killed", office.store.clock())
    assert claimed is not None
    SENDERS[claimed.kind](claimed, office.store, settings)
    office.later(seconds=CLAIM.total_seconds() + 1)
    attempt(office, settings)
    first, second = got.mails
    assert first["Message-ID"] == second["Message-ID"] != ""
    assert first["Date"] == second["Date"]


def test_a_line_break_in_a_subject_is_given_up(office: Office, got: Got, tmp_path: Path) -> None:
    put(office, Letter(to="a@b.example", user=None, language="en", subject="Hi\r\nBcc: all@b.example", text="."))
    attempt(office, settings_for(tmp_path, got.url))
    assert (row(office).state, got.said) == ("dead", [])


def test_without_a_server_there_is_one_file(office: Office, tmp_path: Path) -> None:
    put(office)
    attempt(office, settings_for(tmp_path))
    (path,) = (tmp_path / "mail").iterdir()
    mail = message_from_bytes(path.read_bytes(), policy=default)
    assert (mail["To"], mail["Subject"], path.suffix) == ("wang@client.example", "Hello", ".eml")
    assert row(office).state == "done"
