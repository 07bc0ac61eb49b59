"""Mails as deliveries: what is queued, and how one is sent."""

from __future__ import annotations

import hashlib
import hmac
from collections import Counter, defaultdict
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import asdict, replace
from email.utils import parseaddr
from html import escape
from typing import Any
from urllib.parse import urlsplit

import sqlalchemy as sa

from app.automation.deliveries import Answer, Delivery, ToDeliver
from app.automation.mail_links import link
from app.automation.mail_marks import with_marks
from app.automation.mail_stops import stopped_among
from app.delivery.mail import Mail, MailRefused, composed, put_aside, read_mail_url, send
from app.frozen import dataclass
from app.orm.store import Store
from app.record import Unit
from app.record.mail_stops import BY_CONSENT, as_stopped
from app.settings import Settings

KIND = "mail"
HOST = "mail"  # all of them go through the one server
NOBODY = "localhost.localdomain"
UNSUBSCRIBED = "unsubscribed"
WITHDRAWN = "consent withdrawn"
TO_RECORD = {"en": "Open the record", "zh": "查看记录"}
WAY_OUT = {"en": "Unsubscribe from such mails", "zh": "退订此类邮件"}


@dataclass(frozen=True, kw_only=True)
class Letter:
    """A mail to one address: to a person, where `user` says to whom. `problem`: why it could not be written. `tracked` is the
    field of its record by which its reader agreed that it is noted what he does with it. `agreed`: what had to be yes for it to be
    queued, as (entity, record, field).
    """

    to: str
    user: int | None
    language: str
    subject: str
    text: str
    html: str | None = None
    problem: str = ""
    marketing: bool = False
    tracked: str = ""
    agreed: Sequence[tuple[str, int, str]] = ()


def mails_of(
    unit: Unit, letters: Iterable[tuple[str, int, Letter]], left_out: Counter[str] | None = None
) -> list[ToDeliver]:
    """The mails that are to be sent, of letters with their keys and records: none that its reader wants no more, which is counted
    in `left_out` by why. Every letter is queued by what this gives.
    """
    known = list(letters)
    stopped = {
        marketing: stopped_among(unit.connection, (one.to for _, _, one in known if one.marketing is marketing), marketing=marketing)
        for marketing in (False, True)
    }  # fmt: skip
    found = []
    for key, record, one in known:
        reason = stopped[one.marketing].get(as_stopped(one.to))
        if reason is None:
            found.append(mail_of(key, record, one))
        elif left_out is not None:
            left_out["withdrawn" if reason == BY_CONSENT else "unsubscribed"] += 1
    return found


def mail_of(key: str, record: int, letter: Letter) -> ToDeliver:
    """A mail that is to be sent; see `mails_of`. Its key is what its Message-ID is made of."""
    content = asdict(letter)
    del content["user"]
    return ToDeliver(key=key, kind=KIND, target=letter.to, host=HOST, content=content, record=record, user=letter.user)


def send_mail(claimed: Delivery, store: Store, settings: Settings) -> Answer:
    """Sends a mail by the server of CRM_MAIL_URL, or writes it into a file of the data folder."""
    content = claimed.content
    if content["problem"]:
        return Answer(False, content["problem"], final=True)
    mail = Mail(
        message_id=message_id(settings, claimed), sender=sender_of(settings), to=content["to"], subject=content["subject"],
        text=content["text"], html=content["html"], sender_name=store.catalog.pack.label.in_language(content["language"]),
        at=claimed.created_at, language=content["language"],
    )  # fmt: skip
    if claimed.user is not None and settings.base_url is not None and claimed.entity and claimed.record:
        mail = _with_line(mail, TO_RECORD, f"{settings.base_url}/{claimed.entity}/{claimed.record}")
    try:
        if content.get("tracked") and mail.html is not None:
            mail = replace(mail, html=with_marks(mail.html, settings, claimed.id, claimed.key))
        if _has_withdrawn(store, content.get("agreed", ())):  # since it was queued
            return Answer(False, WITHDRAWN, dropped=True)
        if content.get("marketing"):
            reason = _stopped_for(store, content["to"])  # since it was queued
            if reason is not None:
                return Answer(False, WITHDRAWN if reason == BY_CONSENT else UNSUBSCRIBED, dropped=True)
            mail = with_way_out(mail, link(settings, "stop", claimed.id, claimed.key))
    except MailRefused as error:
        return Answer(False, str(error), final=True)
    return handed_over(settings, claimed, mail)


def handed_over(settings: Settings, claimed: Delivery, mail: Mail) -> Answer:
    """Gives a mail to the server, or writes it into the data folder."""
    try:
        message = composed(mail)
        if settings.mail_url is None:
            local = thread_name(settings, claimed.id, claimed.key)
            return Answer(True, f"written to {put_aside(settings.mail_dir, local, message).name}")
        return Answer(True, send(read_mail_url(settings.mail_url), message))
    except MailRefused as error:
        return Answer(False, str(error), final=True)


def message_id(settings: Settings, claimed: Delivery) -> str:
    """The Message-ID of a delivery, the same at each attempt."""
    return f"<{thread_name(settings, claimed.id, claimed.key)}@{sender_of(settings).rpartition('@')[2]}>"


def with_way_out(mail: Mail, address: str) -> Mail:
    """A mail with a link to unsubscribe: for people below its text, for their programs in its head (RFC 2369, RFC 8058)."""
    headers = {"List-Unsubscribe": f"<{address}>", "List-Unsubscribe-Post": "List-Unsubscribe=One-Click"}
    return _with_line(replace(mail, headers={**mail.headers, **headers}), WAY_OUT, address)


def _with_line(mail: Mail, words: Mapping[str, str], address: str) -> Mail:
    """A mail with a link below its text."""
    shown, html = words.get(mail.language, words["en"]), mail.html
    if html is not None:
        before, end, after = html.rpartition("</body>")
        head, tail = (before, end + after) if end else (html, "")
        html = f'{head}<p><small><a href="{escape(address)}">{shown}</a></small></p>{tail}'
    return replace(mail, text=f"{mail.text.rstrip()}\n\n--\n{shown}: {address}\n", html=html)


def _stopped_for(store: Store, address: str) -> str | None:
    """The reason for which an address gets no marketing; None where it does."""
    with store.system_reading() as connection:
        return stopped_among(connection, (address,), marketing=True).get(as_stopped(address))


def _has_withdrawn(store: Store, agreed: Iterable[Sequence[Any]]) -> bool:
    """Whether one of the (entity, record, field) is yes no more. What is not there any more says nothing."""
    asked: dict[tuple[str, int], list[str]] = defaultdict(list)
    for entity, record, field in agreed:
        asked[entity, record].append(field)
    if not asked:
        return False
    tables = store.models.tables
    with store.system_reading() as connection:
        for (entity, record), keys in asked.items():
            if entity not in tables or not set(keys) <= set(tables[entity].c.keys()):
                return True
            table = tables[entity]
            query = sa.select(*(table.c[key] for key in keys)).where(table.c.id == record)
            row = connection.execute(query).one_or_none()
            if row is None or not all(row):
                return True
    return False


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
