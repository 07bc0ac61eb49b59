"""Mails that come in: each is filed once, as an activity of the record that it is about.

Which record that is says the mail of ours that it answers, whose Message-ID nobody else can make; else the address of who
wrote. Nothing is answered by itself, and what no person wrote is not filed: two robots can't keep each other busy.
"""

from __future__ import annotations

import datetime as dt
import hmac
import logging
from collections.abc import Mapping
from functools import partial
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.exc import DataError, DBAPIError

from app.access import system_actor
from app.automation.mails import sender_of, thread_name
from app.definition import Text
from app.definition.composite import Html
from app.definition.diary import ACTIVITY, AT, CONTENT, KIND, MAIL, is_mail_kind, lookups_of
from app.delivery.inbox import open_inbox
from app.delivery.incoming import Incoming, digest_of, read_mail
from app.orm.framework import delivery, received
from app.orm.store import StaleRevision, Store
from app.record import Refused, Saved, Unit, create_in, in_unit
from app.record.markup import clean_markup
from app.record.paths import read_records
from app.settings import Settings

AUTOMATION = system_actor("system:automation")
DOOR = "job"
SOURCE = "mail"
INCOMING_MAIL = "incoming_mail"
"""The job, which looks every other minute."""
LONGEST_KEY = 500
log = logging.getLogger(__name__)


class Place(NamedTuple):
    """A record that a mail is about."""

    entity: str
    record: int


def file_mails(store: Store, settings: Settings) -> Text:
    """Files what is new in the inbox of CRM_MAIL_INBOX; how much, in words."""
    if settings.mail_inbox is None:
        return Text({"en": "no inbox is named", "zh": "未设置收件箱"})
    filed = seen = 0
    with open_inbox(settings.mail_inbox) as inbox:
        for name in inbox.names():
            done = file_mail(store, settings, inbox.read(name))
            if done is None:
                continue
            filed += done
            inbox.done(name)
            seen += 1
    return Text({"en": f"{seen} mails, {filed} filed", "zh": f"{seen} 封邮件，归档 {filed} 封"})


def file_mail(store: Store, settings: Settings, content: bytes) -> bool | None:
    """Files one, once; whether that was done now, None where others were changing what it is about: it is to come again.

    What can't be filed is noted, and not looked at again: anybody may write whatever he likes, and the mails behind it must
    not wait for it. Raises StaleRevision, and DBAPIError where the database itself fails.
    """
    try:
        mail = read_mail(content)
        outcome = in_unit(store, AUTOMATION, DOOR, partial(_file, settings, mail))
    except Exception as error:
        if isinstance(error, StaleRevision | DBAPIError) and not isinstance(error, DataError):
            raise
        log.exception("a mail that came in can't be filed")
        return _put_by(store, digest_of(content), type(error).__name__)
    if isinstance(outcome, Saved):
        return bool(outcome.ids)
    if outcome.status == "conflict":
        log.warning("what a mail is about was being changed by others: it is looked at again")
        return None
    why = outcome.refusals[0].text("en", store.catalog)
    log.warning("a mail that came in is refused: %s", why)
    return _put_by(store, mail.key, why)


def _put_by(store: Store, key: str, why: str) -> bool:
    """Notes that one came and can't be filed, and why."""
    with store.housekeeping() as connection:
        _note(connection, key, store.clock(), None, why)
    return False


def _file(settings: Settings, mail: Incoming, unit: Unit) -> Saved | Refused:
    automatic = mail.automatic or mail.sender == sender_of(settings).casefold()
    place = None if automatic else _place(unit, settings, mail)
    links = _links(unit, place) if place is not None else {}
    why = "automatic" if automatic else "" if links else "about nothing here"
    if not _note(unit.connection, mail.key, unit.at, place if links else None, why) or place is None or not links:
        return Saved((), ())
    return create_in(unit, ACTIVITY, [{**_words(unit, mail), **links}])


def _note(connection: sa.Connection, key: str, now: dt.datetime, place: Place | None, why: str) -> bool:
    """Notes that it came. False where that was noted before."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    row = {
        "source": SOURCE, "key": key[:LONGEST_KEY], "at": now, "entity": place.entity if place else None,
        "record": place.record if place else None, "answer": {"why": why},
    }  # fmt: skip
    statement = insert(received).values(row).on_conflict_do_nothing().returning(received.c.key)
    return connection.execute(statement).first() is not None


def _place(unit: Unit, settings: Settings, mail: Incoming) -> Place | None:
    for one in mail.answers:
        found = _answered(unit, settings, one)
        if found is not None:
            return found
    return _of_address(unit, mail.sender)


def _answered(unit: Unit, settings: Settings, message_id: str) -> Place | None:
    """What a mail of ours was about, or one that came in before."""
    number, dot, _ = message_id.partition("@")[0].partition(".")
    if dot and number.isdecimal() and len(number) <= 18:
        query = sa.select(delivery.c.key, delivery.c.entity, delivery.c.record).where(delivery.c.id == int(number))
        row = unit.connection.execute(query).first()
        if row is not None and row.entity is not None and row.record is not None:
            name = thread_name(settings, int(number), row.key)
            if hmac.compare_digest(name.encode(), message_id.partition("@")[0].encode()):
                return Place(row.entity, row.record)
    here = sa.and_(received.c.source == SOURCE, received.c.key == message_id[:LONGEST_KEY])
    earlier = unit.connection.execute(sa.select(received.c.entity, received.c.record).where(here)).first()
    return None if earlier is None or earlier.entity is None else Place(earlier.entity, earlier.record)


def _of_address(unit: Unit, address: str) -> Place | None:
    """The newest record with the address, of what an activity can be about: people of customers before the customers."""
    catalog = unit.catalog
    targets = dict.fromkeys(lookups_of(catalog).values())
    for entity in sorted(targets, key=lambda each: not _belongs(unit, each)):
        keys = [each.key for each in catalog.entities[entity].fields.values() if each.type == "email"]
        if not keys or not address:
            continue
        table = unit.models.tables[entity]
        same = sa.or_(*(sa.func.lower(table.c[key]) == address for key in keys))
        query = sa.select(sa.func.max(table.c.id)).where(same, table.c.deleted_at.is_(None))
        found = unit.connection.execute(query).scalar()
        if found is not None:
            return Place(entity, found)
    return None


def _belongs(unit: Unit, entity: str) -> bool:
    """Whether records of it belong to others that an activity can be about, as a contact to its account."""
    others = set(lookups_of(unit.catalog).values()) - {entity}
    return any(others.intersection(each.targets) for each in unit.catalog.entities[entity].fields.values())


def _links(unit: Unit, place: Place) -> dict[str, Any]:
    """The lookups of the activity: to the record, and to what the record itself leads to. None where it is gone."""
    ways = lookups_of(unit.catalog)
    described = unit.catalog.entities.get(place.entity)
    if described is None:
        return {}
    own = {each.targets[0]: each.key for each in reversed(list(described.fields.values()))
           if each.type == "lookup" and len(each.targets) == 1 and not each.is_list}  # fmt: skip
    links: dict[str, Any] = {key: place.record for key, target in ways.items() if target == place.entity}
    needed = {
        key: target for key, target in ways.items() if not links or unit.catalog.entities[ACTIVITY].fields[key].required
    }
    wanted = {key: own[target] for key, target in needed.items() if target != place.entity and target in own}
    row = read_records(unit, place.entity, {"deleted_at", "owner", *wanted.values()}, [place.record]).get(place.record)
    if row is None or row["deleted_at"] is not None:
        return {}
    links |= {key: row[field] for key, field in wanted.items() if row[field] is not None}
    return _owned(links, row) if links else {}


def _owned(links: dict[str, Any], row: Mapping[str, Any]) -> dict[str, Any]:
    return links if row["owner"] is None else {**links, "owner": row["owner"]}


def _words(unit: Unit, mail: Incoming) -> dict[str, Any]:
    entity = unit.catalog.entities[ACTIVITY]
    name = entity.name_field
    assert name is not None
    content = f"{mail.sender}\n\n{mail.plain or _plain(mail.html)}"
    at = mail.at if mail.at is not None and mail.at <= unit.at else unit.at
    found: dict[str, Any] = {
        name: _short(mail.subject or mail.sender, entity.fields[name].max_length),
        AT: at,
        CONTENT: _short(content, entity.fields[CONTENT].max_length),
    }
    if is_mail_kind(unit.catalog):
        found[KIND] = MAIL
    return found


def _plain(html: str) -> str:
    try:
        return (clean_markup(html[:500_000]) or Html("")).plain
    except ValueError:
        return ""


def _short(text: str, longest: int | None) -> str:
    return text if longest is None or len(text) <= longest else f"{text[: longest - 1]}…"
