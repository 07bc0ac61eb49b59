"""A consent keeps who noted it, when, how and to what; marketing mails go only where it is given, and only as long as it is."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa

from app.automation.deliveries import deliver_next
from app.automation.mail_stops import stop_by_link
from app.orm.framework import consent
from app.record import Change, Saved, create, delete, update
from tests.mail_server import mail_server
from tests.unit.approving import Office, opened
from tests.unit.automation.test_mail_stops import SENDERS, settings_for
from tests.unit.automation.test_mailing import BOSS, addressed, made, mails, tree_of

AGREE = {"type": "boolean", "consent": {"purpose": "marketing", "text": {"en": "I agree.", "zh": "我同意。"}}}
OTHER = {"type": "boolean", "consent": {"purpose": "pictures", "text": "My picture may be shown."}}


def tree(to: Any, **template: Any) -> dict[str, Any]:
    found = tree_of(to, **template)
    for each in ("deal", "contact"):
        found["entities"][each]["fields"] |= {"news": AGREE, "picture": OTHER}
    return found


def kept(office: Office, record: int) -> list[tuple[Any, ...]]:
    c = consent.c
    query = sa.select(c.field, c.given, c.purpose, c.wording, c.at, c.actor_id, c.actor, c.door)
    with office.store.system_reading() as connection:
        return [
            tuple(each)
            for each in connection.execute(query.where(c.record == record, c.entity == "deal").order_by(c.id))
        ]


def set_to(office: Office, entity: str, record: int, *, news: bool) -> None:
    assert isinstance(update(office.store, BOSS, entity, [Change(record, {"news": news})], door="api"), Saved)


def test_each_yes_and_each_withdrawal_is_kept_with_its_wording(new_url: str) -> None:
    with opened(new_url, tree("email", marketing=True)) as office:
        record = made(office, "deal", name="One", news=True)
        nobody = made(office, "deal", name="Two", news=False)
        first = office.moment[0]
        office.later(days=1)
        assert isinstance(office.change("manager", record, name="Uno"), Saved)
        assert isinstance(office.change("manager", record, door="form", news=False, picture=True), Saved)
        words = {"en": "I agree.", "zh": "我同意。"}
        assert kept(office, record) == [
            ("news", True, "marketing", words, first, None, BOSS.name, "api"),
            ("news", False, "marketing", words, office.moment[0], office.ids["manager"], "Manager", "form"),
            ("picture", True, "pictures", {"*": "My picture may be shown."}, office.moment[0], office.ids["manager"], "Manager", "form"),
        ]  # fmt: skip
        assert kept(office, nobody) == []
        assert isinstance(delete(office.store, BOSS, "deal", [record], door="api"), Saved)
        assert len(kept(office, record)) == 3


def test_only_marketing_asks_and_only_for_its_own_purpose(sqlite_url: str) -> None:
    with opened(sqlite_url, tree("email", marketing=True)) as office:
        for name, values in (("yes", {"news": True}), ("no", {"picture": True}), ("none", {})):
            made(office, "deal", name=name, email=f"{name}@client.example", **values)
        assert [each.target for each in mails(office)] == ["yes@client.example"]


def test_the_address_of_another_record_needs_the_consent_of_that_one(sqlite_url: str) -> None:
    with opened(sqlite_url, tree("contact", marketing=True)) as office:
        people = [
            made(office, "contact", name=each, email=f"{each}@client.example", news=each == "wang")
            for each in ("wang", "li")
        ]
        for each in people:
            made(office, "deal", name="Deal", contact=each, news=True)
        assert [each.target for each in mails(office)] == ["wang@client.example"]


def test_what_waits_is_not_sent_once_it_is_withdrawn(sqlite_url: str, tmp_path: Path) -> None:
    with opened(sqlite_url, tree("email", marketing=True)) as office:
        records = [
            made(office, "deal", name=each, email=f"{each}@client.example", news=True) for each in ("one", "two")
        ]
        assert len(mails(office)) == 2
        set_to(office, "deal", records[0], news=False)
        with mail_server() as got:
            settings = settings_for(tmp_path, got.url)
            while deliver_next(office.store, settings, "me", SENDERS):
                pass
        assert [each["To"] for each in got.mails] == ["two@client.example"]
        first = mails(office)[0]
        assert (first.state, first.answer) == ("dropped", "consent withdrawn")


def test_others_ask_for_what_their_template_names(sqlite_url: str) -> None:
    with opened(sqlite_url, tree("email", marketing=False, consent="picture")) as office:
        addressed(office)
        made(office, "deal", name="a", email="a@client.example", news=True)
        made(office, "deal", name="b", email="b@client.example", picture=True)
        assert [each.target for each in mails(office)] == ["b@client.example"]


def test_whose_consent_is_withdrawn_is_left_alone_by_other_records_with_the_address(new_url: str) -> None:
    with opened(new_url, tree("email", marketing=True)) as office:
        known = made(office, "contact", name="Li", email="Li@client.example", news=True)
        made(office, "deal", name="before", email="li@client.example", news=True)
        set_to(office, "contact", known, news=False)
        file = [{"name": "from a file", "email": "li@client.example", "news": True}]
        assert isinstance(create(office.store, BOSS, "deal", file, door="import"), Saved)
        assert mails(office) == []
        set_to(office, "contact", known, news=True)
        assert isinstance(create(office.store, BOSS, "deal", file, door="import"), Saved)
        assert [each.target for each in mails(office)] == ["li@client.example"]


def test_what_waits_for_another_record_with_the_address_says_why_it_is_not_sent(
    sqlite_url: str, tmp_path: Path
) -> None:
    with opened(sqlite_url, tree("email", marketing=True)) as office:
        known = made(office, "contact", name="Li", email="li@client.example", news=True)
        for each in ("li", "wang"):
            made(office, "deal", name=each, email=f"{each}@client.example", news=True)
        assert len(mails(office)) == 2
        set_to(office, "contact", known, news=False)
        stop_by_link(office.store, "wang@client.example")
        with mail_server() as got:
            while deliver_next(office.store, settings_for(tmp_path, got.url), "me", SENDERS):
                pass
            assert got.mails == []
        assert [each.answer for each in mails(office)] == ["consent withdrawn", "unsubscribed"]


def test_a_yes_does_not_lift_what_somebody_asked_for_himself(sqlite_url: str) -> None:
    with opened(sqlite_url, tree("email", marketing=True)) as office:
        stop_by_link(office.store, "li@client.example")
        known = made(office, "contact", name="Li", email="li@client.example", news=False)
        set_to(office, "contact", known, news=True)
        set_to(office, "contact", known, news=False)
        set_to(office, "contact", known, news=True)
        made(office, "deal", name="One", email="li@client.example", news=True)
        assert mails(office) == []


@pytest.mark.parametrize(
    ("template", "withdrawn"),
    [
        ({"marketing": True}, ("contact", "news")),
        ({"marketing": False, "consent": "picture"}, ("deal", "picture")),
        ({"marketing": True, "consent": "picture"}, ("deal", "picture")),
    ],
)
def test_all_that_had_to_be_yes_is_asked_again(
    sqlite_url: str, tmp_path: Path, template: dict[str, Any], withdrawn: tuple[str, str]
) -> None:
    with opened(sqlite_url, tree("contact", **template)) as office:
        people = [made(office, "contact", name=each, email=f"{each}@client.example", news=True) for each in "ab"]
        deals = [made(office, "deal", name="Deal", contact=each, news=True, picture=True) for each in people]
        assert len(mails(office)) == 2
        entity, field = withdrawn
        first = {"contact": people, "deal": deals}[entity][0]
        assert isinstance(update(office.store, BOSS, entity, [Change(first, {field: False})], door="api"), Saved)
        with mail_server() as got:
            while deliver_next(office.store, settings_for(tmp_path, got.url), "me", SENDERS):
                pass
        assert [each["To"] for each in got.mails] == ["b@client.example"]
        assert mails(office)[0].answer == "consent withdrawn"
