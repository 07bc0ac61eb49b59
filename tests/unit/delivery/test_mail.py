"""Mails: put together so that nothing slips into their headers, and given to a real server."""

from __future__ import annotations

import datetime as dt
import smtplib
import ssl
import subprocess
from collections.abc import Iterator
from dataclasses import replace
from email import message_from_bytes
from email.policy import default
from pathlib import Path

import pytest

from app.delivery import mail as mail_module
from app.delivery.mail import Mail, MailRefused, MailServer, composed, put_aside, read_mail_url, send
from app.settings import SettingRefused
from tests.mail_server import ENDLESS, SILENT, Got, mail_server
from tests.unit.receiver import certificate_in

MAIL = Mail(
    message_id="<1.a@crm.example>", sender="crm@crm.example", to="wang@client.example", subject="赢单：“Großer” Deal",
    text="Hello <b>", html="<p>Hello 王</p>", sender_name="Tenon, the CRM", at=dt.datetime(2026, 7, 1, 2, tzinfo=dt.UTC),
    language="zh",
)  # fmt: skip


@pytest.fixture
def got() -> Iterator[Got]:
    with mail_server() as found:
        yield found


@pytest.mark.parametrize(
    ("url", "expected"),
    [
        ("smtp://mail.example", MailServer(host="mail.example", port=25, security="smtp")),
        (
            "smtp+starttls://u%40x:p%2Fw%40@mail.example",
            MailServer(host="mail.example", port=587, security="smtp+starttls", user="u@x", password="p/w@"),
        ),
        (
            "smtps://u:p@mail.example:4650",
            MailServer(host="mail.example", port=4650, security="smtps", user="u", password="p"),
        ),
    ],
)
def test_an_address_of_a_server_is_read(url: str, expected: MailServer) -> None:
    assert read_mail_url(url) == expected


@pytest.mark.parametrize("url", ["mail.example", "http://u:secret@m", "smtp://", "smtp://u:secret@m:x", "smtp://m/x"])
def test_an_address_that_is_none_is_refused_without_its_password(url: str) -> None:
    with pytest.raises(SettingRefused) as refused:
        read_mail_url(url)
    assert "secret" not in str(refused.value)
    assert "CRM_MAIL_URL" in str(refused.value)


@pytest.mark.parametrize(
    "changes",
    [
        {"subject": "Hello\r\nBcc: all@client.example"},
        {"subject": "Hello\nthere"},
        {"subject": "Hello\u2028there"},
        {"message_id": "<a@b>\x00"},
        {"to": "a@b.example\r\nBcc: c@d.example"},
        {"to": "a@b.example, c@d.example"},
        {"to": "no address"},
        {"to": ""},
        {"sender": "crm@x.example\nX: y"},
        {"sender_name": "A\r\nB: c"},
        {"message_id": "<a@b>\r\nX: y"},
        {"headers": {"X-More": "a\nb"}},
    ],
)
def test_nothing_slips_into_the_headers(changes: dict[str, object]) -> None:
    with pytest.raises(MailRefused):
        composed(replace(MAIL, **changes))  # type: ignore[arg-type]


def test_a_mail_arrives_as_it_was_meant(got: Got) -> None:
    send(read_mail_url(got.url), composed(MAIL))
    (mail,) = got.mails
    assert mail["Subject"] == MAIL.subject
    assert (mail["To"], mail["Message-ID"]) == ("wang@client.example", "<1.a@crm.example>")
    assert mail["From"].addresses[0].display_name == "Tenon, the CRM"
    assert mail["Auto-Submitted"] == "auto-generated"
    assert mail["Content-Language"] == "zh", "of the whole mail, not of its first part"
    plain, html = mail.iter_parts()
    assert plain.get_content() == "Hello <b>\n"  # type: ignore[attr-defined]
    assert html.get_content() == "<p>Hello 王</p>\n"  # type: ignore[attr-defined]
    assert got.to == ["rcpt TO:<wang@client.example>"]


@pytest.mark.parametrize("verb", ["MAIL", "RCPT", "END"])
def test_what_the_server_refuses_for_good_is_refused(got: Got, verb: str) -> None:
    got.answers[verb] = "550 no"
    with pytest.raises(MailRefused, match="550 no"):
        send(read_mail_url(got.url), composed(MAIL))


@pytest.mark.parametrize(
    ("verb", "answer"), [("RCPT", "451 later"), ("END", "421 busy"), ("MAIL", "450 later"), ("CONNECT", "554 not now")]
)
def test_what_the_server_refuses_for_now_may_be_tried_again(got: Got, verb: str, answer: str) -> None:
    got.answers[verb] = answer
    with pytest.raises(smtplib.SMTPException):
        send(read_mail_url(got.url), composed(MAIL))
    assert got.mails == []


@pytest.mark.parametrize("never", ["CONNECT", "EHLO", "END"])
@pytest.mark.parametrize("endless", [False, True], ids=["silent", "endless"])
def test_a_server_that_does_not_come_to_its_answer_is_left(
    got: Got, monkeypatch: pytest.MonkeyPatch, never: str, *, endless: bool
) -> None:
    monkeypatch.setattr(mail_module, "TIMEOUT", 0.3 if not endless else mail_module.TIMEOUT)
    monkeypatch.setattr(mail_module, "DEADLINE", 0.3 if endless else mail_module.DEADLINE)
    got.answers[never] = ENDLESS if endless else SILENT
    with pytest.raises(OSError):  # noqa: PT011 - of which smtplib's are: another attempt may do
        send(read_mail_url(got.url), composed(MAIL))
    assert got.mails == []


def test_a_login_is_given_and_a_wrong_one_may_be_tried_again(got: Got) -> None:
    got.offers = ("AUTH PLAIN",)
    server = replace(read_mail_url(got.url), user="u", password="p")
    send(server, composed(MAIL))
    assert any(each.upper().startswith("AUTH PLAIN") for each in got.said)
    got.answers["AUTH"] = "535 wrong"
    with pytest.raises(smtplib.SMTPAuthenticationError):
        send(server, composed(MAIL))


def test_nothing_is_said_to_a_server_whose_certificate_is_not_trusted(got: Got, tmp_path: Path) -> None:
    key, certificate = tmp_path / "key.pem", tmp_path / "certificate.pem"
    subprocess.run(
        ["openssl", "req", "-x509", "-newkey", "ec", "-pkeyopt", "ec_paramgen_curve:prime256v1", "-nodes", "-days", "1",
         "-subj", "/CN=127.0.0.1", "-keyout", key, "-out", certificate],
        check=True, capture_output=True,
    )  # fmt: skip
    got.certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    got.certificate.load_cert_chain(certificate, key)
    got.offers = ("STARTTLS", "AUTH PLAIN")
    server = replace(read_mail_url(got.url), security="smtp+starttls", user="u", password="p")
    with pytest.raises(ssl.SSLCertVerificationError):
        send(server, composed(MAIL))
    assert not any(each.upper().startswith(("AUTH", "MAIL")) for each in got.said)


@pytest.mark.parametrize("security", ["smtps", "smtp+starttls"])
def test_it_is_said_to_one_whose_certificate_is_trusted(
    got: Got, security: str, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = certificate_in(tmp_path, "127.0.0.1")
    got.certificate = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    got.certificate.load_cert_chain(file)
    got.offers, got.secure = ("STARTTLS", "AUTH PLAIN"), security == "smtps"
    server = replace(read_mail_url(got.url), security=security, user="u", password="p")
    with pytest.raises(ssl.SSLCertVerificationError):
        send(server, composed(MAIL))
    monkeypatch.setenv("SSL_CERT_FILE", str(file))
    assert send(server, composed(MAIL)) == "accepted by 127.0.0.1"
    assert [each["Subject"] for each in got.mails] == [MAIL.subject]


def test_a_server_without_tls_is_told_nothing_where_it_should_have_it(got: Got) -> None:
    with pytest.raises(smtplib.SMTPNotSupportedError):
        send(replace(read_mail_url(got.url), security="smtp+starttls"), composed(MAIL))
    assert not any(each.upper().startswith("MAIL") for each in got.said)


def test_a_mail_without_a_server_is_one_file(tmp_path: Path) -> None:
    path = put_aside(tmp_path / "mail", "1.a", composed(MAIL))
    assert put_aside(tmp_path / "mail", "1.a", composed(MAIL)) == path
    assert list((tmp_path / "mail").iterdir()) == [path]
    assert path.stat().st_mode & 0o777 == 0o600
    assert message_from_bytes(path.read_bytes(), policy=default)["Subject"] == MAIL.subject
