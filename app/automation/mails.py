"""Mails as deliveries: what is queued, and how one is sent."""

from __future__ import annotations

import hashlib
import hmac
from dataclasses import asdict, dataclass
from email.utils import parseaddr
from urllib.parse import urlsplit

from app.automation.deliveries import Answer, Delivery, ToDeliver
from app.delivery.mail import Mail, MailRefused, composed, put_aside, read_mail_url, send
from app.orm.store import Store
from app.settings import Settings

KIND = "mail"
HOST = "mail"  # all of them go through the one server
NOBODY = "localhost.localdomain"


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail to one address: to a person, where `user` says to whom. `problem`: why it could not be written."""

    to: str
    user: int | None
    language: str
    subject: str
    text: str
    html: str | None = None
    problem: str = ""


def mail_of(key: str, record: int, letter: Letter) -> ToDeliver:
    """A mail that is to be sent. Its key is what its Message-ID is made of."""
    content = asdict(letter)
    del content["user"]
    return ToDeliver(key=key, kind=KIND, target=letter.to, host=HOST, content=content, record=record, user=letter.user)


def send_mail(claimed: Delivery, store: Store, settings: Settings) -> Answer:
    """Sends a mail by the server of CRM_MAIL_URL, or writes it into a file of the data folder."""
    sender = sender_of(settings)
    local = thread_name(settings, claimed.id, claimed.key)
    content = claimed.content
    if content["problem"]:
        return Answer(False, content["problem"], final=True)
    mail = Mail(
        message_id=f"<{local}@{sender.rpartition('@')[2]}>", sender=sender, to=content["to"], subject=content["subject"],
        text=content["text"], html=content["html"], sender_name=store.catalog.pack.label.in_language(content["language"]),
        at=claimed.created_at, language=content["language"],
    )  # fmt: skip
    try:
        message = composed(mail)
        if settings.mail_url is None:
            return Answer(True, f"written to {put_aside(settings.mail_dir, local, message).name}")
        return Answer(True, send(read_mail_url(settings.mail_url), message))
    except MailRefused as error:
        return Answer(False, str(error), final=True)


def thread_name(settings: Settings, delivery: int, key: str) -> str:
    """The local part of a Message-ID: the same at each attempt, and made by nobody who does not know the secret."""
    seal = hmac.new(settings.get_secret().encode(), f"mail:{key}".encode(), hashlib.sha256).hexdigest()
    return f"{delivery}.{seal[:32]}"


def sender_of(settings: Settings) -> str:
    """The address that mails come from: CRM_MAIL_FROM, else the login at the server, else `crm` at our own address."""
    if settings.mail_from is not None:
        return settings.mail_from
    login = read_mail_url(settings.mail_url).user if settings.mail_url is not None else None
    if login and "@" in login and parseaddr(login)[1] == login:
        return login
    return f"crm@{urlsplit(settings.base_url or '').hostname or NOBODY}"
