"""What is noted of a mail: only of who agreed, and its links lead to what stood in it and to nowhere else."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.automation.deliveries import deliver_next
from app.automation.mail_links import token
from app.automation.mail_marks import follow, note_seen, target_of
from app.automation.senders import SENDERS
from app.orm.framework import delivery
from app.record import Change, update
from app.settings import Settings
from tests.mail_server import mail_server
from tests.unit.approving import Office, opened
from tests.unit.automation.test_mailing import BOSS, addressed, made, mails, tree_of

BODY = (
    '<html><body><p>Hello {{ record.name }}, <a class="x" href="https://shop.example/a?b=1&amp;c=2">one</a> and '
    '<A HREF=\'http://two.example/\'>two</A>, <a data-href="https://no.example/" href="mailto:a@b.example">three</a></p></body></html>'
)
ONE, TWO = "https://shop.example/a?b=1&c=2", "http://two.example/"


@pytest.fixture
def office(new_url: str) -> Iterator[Office]:
    tree = tree_of(["email", "owner"], tracked="agreed", marketing=True, body={"*": {"text": BODY}})
    tree["entities"]["deal"]["fields"]["agreed"] = {"type": "boolean"}
    with opened(new_url, tree) as found:
        yield addressed(found)


def settings_for(tmp_path: Path, url: str | None = None) -> Settings:
    secret = "a secret of more than thirty-two signs"
    return Settings(data_dir=tmp_path, secret_key=secret, mail_url=url, base_url="https://crm.us.example")


def sent(office: Office, tmp_path: Path) -> dict[str, str]:
    """The HTML of each mail, by address."""
    mails(office)
    with mail_server() as got:
        while deliver_next(office.store, settings_for(tmp_path, got.url), "me", SENDERS):
            pass
        return {str(each["To"]): each.get_body(("html",)).get_content() for each in got.mails}  # type: ignore[union-attr]


def noted(office: Office, to: str) -> Any:
    with office.store.system_reading() as connection:
        query = sa.select(delivery.c.opened_at, delivery.c.clicked_at).where(delivery.c.target == to)
        return connection.execute(query).one()


def test_only_the_mail_of_who_agreed_bears_marks_and_is_noted(office: Office, tmp_path: Path) -> None:
    yes = made(office, "deal", name="Yes", email="yes@client.example", agreed=True)
    made(office, "deal", name="No", email="no@client.example")
    html = sent(office, tmp_path)
    for plain in (html["no@client.example"], html["rep@us.example"]):
        assert "/seen.gif" not in plain
        assert "/go/" not in plain
        assert 'href="https://shop.example/a?b=1&amp;c=2"' in plain
    marked = html["yes@client.example"]
    go = re.findall(r"https://crm\.us\.example/mail-links/([^/]+)/go/(\d)", marked)
    (seen,) = re.findall(r'<img src="https://crm\.us\.example/mail-links/([^/]+)/seen\.gif"', marked)
    assert [number for _, number in go] == ["1", "2"]
    assert "mailto:a@b.example" in marked
    assert "https://no.example/" in marked
    assert re.search(r'href="https://crm\.us\.example/mail-links/[^/"]+/stop"', marked), "that one leaves is not noted"
    settings = settings_for(tmp_path)
    assert noted(office, "yes@client.example") == (None, None)
    assert note_seen(office.store, settings, seen)
    opened_at = noted(office, "yes@client.example").opened_at
    assert opened_at == office.store.clock()
    office.later(minutes=5)
    assert note_seen(office.store, settings, seen)
    assert [follow(office.store, settings, each, int(number)) for each, number in go] == [ONE, TWO]
    assert noted(office, "yes@client.example") == (opened_at, office.store.clock())
    assert noted(office, "no@client.example") == (None, None)
    assert yes


def test_who_agrees_no_more_is_noted_no_more_and_his_links_still_lead(office: Office, tmp_path: Path) -> None:
    deal = made(office, "deal", name="Yes", email="yes@client.example", agreed=True)
    ((given, _), *_rest) = re.findall(r"/mail-links/([^/]+)/go/(\d)", sent(office, tmp_path)["yes@client.example"])
    update(office.store, BOSS, "deal", [Change(deal, {"agreed": False})], door="api")
    assert follow(office.store, settings_for(tmp_path), given, 2) == TWO
    assert noted(office, "yes@client.example") == (None, None)


def test_a_link_leads_nowhere_else(office: Office, tmp_path: Path) -> None:
    made(office, "deal", name="Yes", email="yes@client.example", agreed=True)
    ((given, _), *_rest) = re.findall(r"/mail-links/([^/]+)/go/(\d)", sent(office, tmp_path)["yes@client.example"])
    settings = settings_for(tmp_path)
    assert [follow(office.store, settings, given, number) for number in (0, 3, 4, 10**9)] == [None] * 4
    with office.store.system_reading() as connection:
        row = connection.execute(sa.select(delivery).where(delivery.c.target == "yes@client.example")).one()
    other = token(settings, "seen", row.id, row.key)
    assert follow(office.store, settings, other, 1) is None, "made for another purpose"
    assert not note_seen(office.store, settings, given)
    assert noted(office, "yes@client.example") == (None, None)


def test_what_a_record_says_leads_to_the_web_alone_and_to_what_it_said_when_the_mail_was_written(
    sqlite_url: str, tmp_path: Path
) -> None:
    body = '<p><a href="{{ record.site }}">site</a></p>'
    tree = tree_of("email", tracked="agreed", marketing=True, body={"*": {"text": body}})
    tree["entities"]["deal"]["fields"] |= {"agreed": {"type": "boolean"}, "site": {"type": "text"}}
    sites = {
        "good": "https://shop.example/a?b=1&c=2", "script": "javascript:alert(1)", "bare": "//evil.example/",
        "out": 'https://a.example/" onclick="x', "file": "file:///etc/passwd",
    }  # fmt: skip
    with opened(sqlite_url, tree) as found:
        office, settings = addressed(found), settings_for(tmp_path)
        ids = {
            key: made(office, "deal", name=key, email=f"{key}@client.example", agreed=True, site=site)
            for key, site in sites.items()
        }
        html = sent(office, tmp_path)
        marked = {key: re.findall(r"/mail-links/([^/]+)/go/(\d)", html[f"{key}@client.example"]) for key in sites}
        assert [key for key, links in marked.items() if links] == ["good"]
        assert 'onclick="x' not in html["out@client.example"], "what a record holds ends no attribute"
        update(office.store, BOSS, "deal", [Change(ids["good"], {"site": "https://evil.example/"})], door="api")
        ((given, _),) = marked["good"]
        assert follow(office.store, settings, given, 1) == sites["good"]


@pytest.mark.parametrize(
    "href", ["javascript:alert(1)", "//evil.example/", "https:evil", "data:text/html,x", "ftp://a.example/"]
)
def test_what_is_no_address_of_the_web_is_no_link_of_ours(href: str) -> None:
    assert target_of({"html": f'<a href="{href}">x</a>'}, 1) is None


def test_an_address_with_a_line_break_in_it_leads_nowhere() -> None:
    assert target_of({"html": '<a href="https://a.example/&#13;&#10;Set-Cookie:x=1">x</a>'}, 1) is None
