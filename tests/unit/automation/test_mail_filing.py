"""Mails that come in: filed once, to the record that they are about, and to no other; robots are not filed."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from email import message_from_bytes
from email.message import EmailMessage
from email.policy import SMTP, default
from pathlib import Path
from typing import Any

import pytest
import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError, OperationalError

from app.access import system_actor
from app.automation import mail_filing
from app.automation.deliveries import deliver_next, queue_in
from app.automation.jobs import jobs_of
from app.automation.mail_filing import file_mails
from app.automation.mails import Letter, mail_of
from app.automation.senders import SENDERS
from app.delivery.incoming import digest_of, read_mail
from app.orm.framework import received
from app.record import Saved, Unit, create, create_in, delete, in_unit
from app.settings import SettingRefused, Settings
from tests.unit.approving import Office, opened

BOSS = system_actor("system:seed")
ALL = dict.fromkeys(("read", "update", "delete"), "all")
TREE: dict[str, Any] = {
    "pack": {"languages": ["en", "zh"], "time_zone": "Asia/Shanghai"},
    "picklists": {"kind": {"options": {"call": {"label": "Call"}, "mail": {"label": "Mail"}}}},
    "entities": {
        "account": {"name_field": "name", "fields": {"name": {"type": "text"}, "email": {"type": "email"}}},
        "contact": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text"},
                "email": {"type": "email"},
                "account": {"type": "lookup", "to": ["account"], "required": True},
            },
        },
        "deal": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text"},
                "account": {"type": "lookup", "to": ["account"]},
                "contact": {"type": "lookup", "to": ["contact"]},
            },
        },
        "activity": {
            "name_field": "subject",
            "fields": {
                "subject": {"type": "text", "required": True, "max_length": 40},
                "kind": {"type": "picklist", "options": "kind"},
                "at": {"type": "datetime"},
                "content": {"type": "long_text", "max_length": 200},
                "account": {"type": "lookup", "to": ["account"], "required": True},
                "contact": {"type": "lookup", "to": ["contact"]},
                "deal": {"type": "lookup", "to": ["deal"]},
            },
        },
    },
    "roles": {
        "administrator": {"grants": {"*": {"create": True, **ALL}}},
        **{key: {"grants": {"user": {"read": "all"}}} for key in ("director", "manager", "rep")},
    },
}


@pytest.fixture
def office(new_url: str) -> Iterator[Office]:
    with opened(new_url, TREE) as found:
        yield found


@pytest.fixture
def small(sqlite_url: str) -> Iterator[Office]:
    with opened(sqlite_url, TREE) as found:
        yield found


@pytest.fixture
def settings(tmp_path: Path) -> Settings:
    for each in ("new", "cur", "tmp"):
        (tmp_path / "inbox" / each).mkdir(parents=True)
    secret = "a secret of more than thirty-two signs"
    return Settings(
        data_dir=tmp_path,
        secret_key=secret,
        mail_inbox=f"maildir:{tmp_path / 'inbox'}",
        base_url="https://crm.us.example",
    )


def made(office: Office, entity: str, **values: Any) -> int:
    outcome = create(office.store, BOSS, entity, [{"owner": office.ids["rep"], **values}], door="api")
    assert isinstance(outcome, Saved), outcome
    return outcome.ids[0]


def comes(settings: Settings, name: str = "1", text: str = "Yes, please.", **headers: str) -> None:
    mail = EmailMessage(policy=SMTP)
    given = {"From": "Wang <Wang@Client.example>", "Subject": "Re: Offer", "Message-ID": f"<{name}@client.example>"}
    for key, value in {**given, **{key.replace("_", "-"): value for key, value in headers.items()}}.items():
        mail[key] = value
    mail.set_content(text)
    (settings.data_dir / "inbox" / "new" / name).write_bytes(mail.as_bytes())


def rows(office: Office, table: str = "activity") -> list[Any]:
    found = received if table == "received" else office.store.models.tables[table]
    with office.store.system_reading() as connection:
        return list(connection.execute(sa.select(found)))


def sent(office: Office, settings: Settings, record: int) -> str:
    """The Message-ID of a mail of ours about a deal."""
    letter = Letter(to="wang@client.example", user=None, language="en", subject="Offer", text="Offer")

    def work(unit: Unit) -> Saved:
        queue_in(unit, [mail_of("automation.offer:mail:1", record, letter)], "deal")
        return Saved((), ())

    in_unit(office.store, system_actor("system:automation"), "automation", work)
    assert deliver_next(office.store, settings, "me", SENDERS)
    (path,) = settings.mail_dir.iterdir()
    return str(message_from_bytes(path.read_bytes(), policy=default)["Message-ID"])


def test_an_answer_is_filed_once_to_what_our_mail_was_about(office: Office, settings: Settings) -> None:
    account = made(office, "account", name="Acme")
    made(office, "contact", name="Wang", email="wang@client.example", account=made(office, "account", name="Other"))
    deal = made(office, "deal", name="Big", account=account)
    ours = sent(office, settings, deal)
    comes(settings, In_Reply_To=ours, Date="Wed, 01 Jul 2026 09:30:00 +0800", text="是的，谢谢。")
    file_mails(office.store, settings)
    comes(settings, In_Reply_To=ours, Date="Wed, 01 Jul 2026 09:30:00 +0800", text="是的，谢谢。")
    file_mails(office.store, settings)
    (row,) = rows(office)
    assert (row.deal, row.account, row.contact, row.kind, row.subject) == (deal, account, None, "mail", "Re: Offer")
    assert row.owner == office.ids["rep"]
    assert row.at.isoformat() == "2026-07-01T01:30:00+00:00"
    assert row.content == "wang@client.example\n\n是的，谢谢。"
    assert list((settings.data_dir / "inbox" / "new").iterdir()) == []
    (noted,) = rows(office, "received")
    assert (noted.source, noted.entity, noted.record) == ("mail", "deal", deal)


def test_an_answer_to_an_answer_goes_where_that_went(small: Office, settings: Settings) -> None:
    deal = made(small, "deal", name="Big", account=made(small, "account", name="Acme"))
    comes(settings, "1", In_Reply_To=sent(small, settings, deal))
    file_mails(small.store, settings)
    comes(settings, "2", From="li@client.example", References="<x@y.example> <1@client.example>")
    file_mails(small.store, settings)
    assert [each.deal for each in rows(small)] == [deal, deal]


def test_who_writes_first_is_found_by_the_address(office: Office, settings: Settings) -> None:
    account = made(office, "account", name="Acme", email="wang@client.example")
    contact = made(office, "contact", name="Wang", email="Wang@client.example", account=account)
    comes(settings, In_Reply_To="<9.0123456789abcdef0123456789abcdef@crm.us.example>")
    file_mails(office.store, settings)
    (row,) = rows(office)
    assert (row.contact, row.account, row.deal) == (contact, account, None)


def test_nobody_makes_up_what_he_answers(small: Office, settings: Settings) -> None:
    deal = made(small, "deal", name="Big", account=made(small, "account", name="Acme"))
    number = sent(small, settings, deal).strip("<>").partition(".")[0]
    comes(settings, In_Reply_To=f"<{number}.{'0' * 32}@crm.us.example>")
    file_mails(small.store, settings)
    assert rows(small) == []
    (noted,) = rows(small, "received")
    assert (noted.entity, noted.answer) == (None, {"why": "about nothing here"})


@pytest.mark.parametrize(
    "headers",
    [
        {"Auto_Submitted": "auto-replied"},
        {"Precedence": "bulk"},
        {"Return_Path": "<>"},
        {"From": "MAILER-DAEMON@client.example"},
        {"From": "crm@crm.us.example"},
    ],
)
def test_what_no_person_wrote_is_not_filed(small: Office, settings: Settings, headers: dict[str, str]) -> None:
    deal = made(small, "deal", name="Big", account=made(small, "account", name="Acme"))
    comes(settings, In_Reply_To=sent(small, settings, deal), **headers)
    file_mails(small.store, settings)
    assert rows(small) == []
    assert len(rows(small, "received")) == 1


def test_what_a_deleted_record_was_about_is_not_filed(small: Office, settings: Settings) -> None:
    deal = made(small, "deal", name="Big", account=made(small, "account", name="Acme"))
    ours = sent(small, settings, deal)
    assert isinstance(delete(small.store, BOSS, "deal", [deal], door="api"), Saved)
    comes(settings, In_Reply_To=ours)
    file_mails(small.store, settings)
    assert rows(small) == []


def test_what_is_broken_or_huge_is_filed_as_far_as_it_goes(small: Office, settings: Settings) -> None:
    account = made(small, "account", name="Acme", email="wang@client.example")
    raw = (
        b"From: wang@client.example\nSubject: =?nonsense?b?!!!?= \xff\xfe " + b"x" * 500 + b"\nDate: never\n"
        b"Content-Type: text/html; charset=no-such\n\n<p>Hello <script>alert(1)</script>\x00" + b"y" * 5_000
    )
    (settings.data_dir / "inbox" / "new" / "odd").write_bytes(raw)
    (settings.data_dir / "inbox" / "new" / "empty").write_bytes(b"")
    file_mails(small.store, settings)
    (row,) = rows(small)
    assert row.account == account
    assert len(row.subject) <= 40
    assert len(row.content) <= 200
    assert "alert" not in row.content
    assert row.at == small.store.clock()


HEAD = b"From: wang@client.example\nSubject: Odd\nMessage-ID: <odd@client.example>\n"


def nested(depth: int, kind: bytes) -> bytes:
    """Parts in parts; of the mails in mails each has headers of its own."""
    if kind == b"message/rfc822":
        return b"Content-Type: message/rfc822\n\n" * depth + b"x"
    return b"".join(b"Content-Type: %s; boundary=b%d\n\n--b%d\n" % (kind, each, each) for each in range(depth)) + b"x"


ODD = [
    b"From: " + b"(" * 2_000 + b"\n\nx",
    b"From: " + b'"(<,:;@' * 1_000 + b"\n\nx",
    HEAD + b"Content-Type: text/plain" + b" (a" * 2_000 + b"\n\nx",
    HEAD + b"Content-Type: text/plain" + b";" * 1_000_000 + b"\n\nx",
    HEAD + b"Date: " + b"(" * 2_000 + b"\n\nx",
    HEAD + nested(1_200, b"multipart/mixed"),
    HEAD + nested(1_200, b"message/rfc822"),
    HEAD + b"Content-Type: text/html\n\n" + b"<div>" * 50_000,
    HEAD + b"Content-Type: text/plain; charset=punycode\n\n" + b"a" * 100_000,
    HEAD + b"Content-Type: text/plain; charset=utf-7\n\n+2AA- +AAA- x",
    HEAD + b"References: =?utf-8?q?=3Ca=00b=40c=3E?=\n\nx",
    HEAD + b"In-Reply-To: <1.a\x00\xed\xa0\x80@crm.us.example>\n\nx",
    b"From: wang@client.example\nMessage-ID: =?utf-8?q?=3Ca=00=1Fb=40c=3E?=\nSubject: =?utf-8?q?a=00b?=\n\nx\x00y",
    b"From: =?utf-8?q?a=00?=@client.example\nMessage-ID: <\xff@x.example>\nSubject: \xff\n\n\xff",
]


def test_no_mail_holds_up_those_behind_it(office: Office, settings: Settings) -> None:
    made(office, "account", name="Acme", email="li@client.example")
    made(office, "account", name="Wang", email="wang@client.example")
    for at, odd in enumerate(ODD):
        content = odd.replace(b"<odd@", b"<%d@" % at)
        (settings.data_dir / "inbox" / "new" / f"{at:02}").write_bytes(content)
    comes(settings, "99", From="li@client.example", Subject="Good")
    file_mails(office.store, settings)
    found = rows(office)
    assert [each.subject for each in found].count("Good") == 1
    assert len(found) > len(ODD) // 2
    assert list((settings.data_dir / "inbox" / "new").iterdir()) == []
    assert len(rows(office, "received")) == len(ODD) + 1
    said = [each.content + each.subject for each in found]
    assert not any(sign < " " and sign not in "\n\t" for text in said for sign in text)


def test_of_a_mail_that_lies_too_deep_in_itself_the_headers_are_read() -> None:
    for kind in (b"multipart/mixed", b"message/rfc822"):
        mail = read_mail(HEAD + nested(1_200, kind))
        assert (mail.key, mail.sender, mail.subject) == ("odd@client.example", "wang@client.example", "Odd")
        assert (mail.plain, mail.html) == ("", "")


def test_one_that_makes_a_fault_is_put_by_and_the_others_get_in(
    office: Office, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    """Whatever fault of ours a mail may find: it is noted under its digest, and not tried again."""
    made(office, "account", name="Acme", email="wang@client.example")
    comes(settings, "1", Subject="Bad")
    comes(settings, "2", Subject="Good")
    content = (settings.data_dir / "inbox" / "new" / "1").read_bytes()
    monkeypatch.setattr(mail_filing, "create_in", failing("Bad", KeyError("subject")))
    file_mails(office.store, settings)
    assert [each.subject for each in rows(office)] == ["Good"]
    assert list((settings.data_dir / "inbox" / "new").iterdir()) == []
    answers = {each.key: each.answer for each in rows(office, "received")}
    assert answers[digest_of(content)] == {"why": "KeyError"}


def test_where_others_are_faster_a_mail_stays_and_the_others_get_in(
    small: Office, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(small, "account", name="Acme", email="wang@client.example")
    comes(settings, "1", Subject="Bad")
    comes(settings, "2", Subject="Good")
    with monkeypatch.context() as patch:
        patch.setattr(mail_filing, "create_in", failing("Bad", IntegrityError("insert", {}, Exception())))
        file_mails(small.store, settings)
    assert [each.subject for each in rows(small)] == ["Good"]
    assert [each.name for each in (settings.data_dir / "inbox" / "new").iterdir()] == ["1"]
    file_mails(small.store, settings)
    assert sorted(each.subject for each in rows(small)) == ["Bad", "Good"]


def test_where_the_database_fails_no_mail_is_put_by(
    small: Office, settings: Settings, monkeypatch: pytest.MonkeyPatch
) -> None:
    made(small, "account", name="Acme", email="wang@client.example")
    comes(settings, "1", Subject="Bad")
    monkeypatch.setattr(mail_filing, "create_in", failing("Bad", OperationalError("insert", {}, Exception())))
    with pytest.raises(OperationalError):
        file_mails(small.store, settings)
    assert [each.name for each in (settings.data_dir / "inbox" / "new").iterdir()] == ["1"]
    assert rows(small, "received") == []


def failing(subject: str, fault: Exception) -> Callable[..., Any]:
    """Saves as ever, but for an activity of that subject."""

    def save(unit: Unit, entity: str, given: list[dict[str, Any]]) -> Any:
        if given[0]["subject"] == subject:
            raise fault
        return create_in(unit, entity, given)

    return save


def test_without_an_inbox_nothing_is_read_and_a_wrong_one_is_told_without_its_password(small: Office) -> None:
    assert file_mails(small.store, Settings()).in_language("en") == "no inbox is named"
    for url in ("imaps://host/INBOX", "http://u:secret@host/", "maildir:/nowhere/at/all", "imaps://u:secret@host:x/"):
        with pytest.raises(SettingRefused) as refused:
            file_mails(small.store, Settings(mail_inbox=url))
        assert "secret" not in str(refused.value)


def test_the_job_is_there_where_mails_can_be_filed(small: Office) -> None:
    assert "incoming_mail" in jobs_of(small.store.catalog)
    without = {**TREE, "entities": {key: each for key, each in TREE["entities"].items() if key != "activity"}}
    assert "incoming_mail" not in jobs_of(small.rebuilt(without).store.catalog)


def test_attachments_are_left_out() -> None:
    mail = EmailMessage()
    mail["From"] = "a@b.example"
    mail.set_content("The words")
    mail.add_attachment(b"MZ", maintype="application", subtype="octet-stream", filename="x.exe")
    mail.add_attachment("Another text", filename="x.txt")
    assert read_mail(mail.as_bytes()).plain == "The words"
