"""Addresses that get no more bulk mail because somebody withdrew his consent. A stop stands for the address: whatever else in the
company has it, too, is left alone. Kept of it is a digest that nobody can guess without the secret key, for fields with addresses
may be encrypted: whoever asks has the address.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import hmac
from collections.abc import Iterable, Iterator

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql, sqlite
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.definition.entity import consents_to_marketing
from app.orm.framework import mail_stop
from app.orm.own_keys import find_key, make_key
from app.record.batch import Batch, Row

BULK = "bulk"  # of mails that nobody asked for
BY_CONSENT = "consent"  # the reason of who withdrew it
LONGEST_REASON = 500
_KEY = "mail-stops"
_OF_PEOPLE = ("form", "inline", "api", "hook")  # doors of who says it now; a file or a rule may repeat an older yes


def as_stopped(address: str) -> str:
    """An address as it is compared: one that differs in capitals only is the same."""
    return address.strip().casefold()


def digests_of(connection: Connection | Session, addresses: Iterable[str]) -> dict[str, str]:
    """The addresses, as they are compared, by the digests that stand for them; none where none was ever stopped. Raises Unreadable."""
    plain = {as_stopped(each) for each in addresses}
    secret = find_key(connection, _KEY) if plain else None
    return {} if secret is None else {_digest(secret, each): each for each in plain}


def put_stops(connection: Connection, addresses: Iterable[str], reason: str, at: dt.datetime) -> int:
    """Stops bulk mail to addresses; how many were not stopped before. Raises Unreadable."""
    insert = postgresql.insert if connection.dialect.name == "postgresql" else sqlite.insert
    plain = {as_stopped(each) for each in addresses}
    if not plain:
        return 0
    secret = make_key(connection, _KEY)
    digests = sorted(_digest(secret, each) for each in plain)
    rows = [{"digest": each, "kind": BULK, "at": at, "reason": reason[:LONGEST_REASON]} for each in digests]
    statement = insert(mail_stop).values(rows).on_conflict_do_nothing().returning(mail_stop.c.digest)
    return len(connection.execute(statement).all())


def _digest(secret: bytes, address: str) -> str:
    plain = hashlib.sha256(address.encode()).hexdigest()  # all that was kept of some that were forgotten before
    return hmac.new(secret, plain.encode(), hashlib.sha256).hexdigest()


def follow_consents(batch: Batch) -> None:
    """Stops the addresses of records that were just saved where marketing is not agreed to any more, and lifts that where it is
    again. Nothing but that is lifted: not what somebody asked for by a link, or by a word to us.
    """
    keys = consents_to_marketing(batch.blueprint.entity)
    mails = [each.key for each in batch.blueprint.entity.fields.values() if each.type == "email"]
    rows = list(batch.changed_rows(*keys)) if keys and mails else []
    withdrawn = [
        row for row in rows if not batch.creating and any(row.old[key] and not row.values[key] for key in keys)
    ]
    unit = batch.unit
    put_stops(unit.connection, {one for row in withdrawn for one in _addresses(row, mails)}, BY_CONSENT, unit.at)
    again = [row for row in rows if unit.door in _OF_PEOPLE and all(row.values[key] for key in keys)]
    lifted = sorted(digests_of(unit.connection, {one for row in again for one in _addresses(row, mails)}))
    if lifted:
        here = sa.and_(mail_stop.c.digest.in_(lifted), mail_stop.c.kind == BULK, mail_stop.c.reason == BY_CONSENT)
        unit.connection.execute(sa.delete(mail_stop).where(here))


def _addresses(row: Row, mails: Iterable[str]) -> Iterator[str]:
    """Those that a record has, and had."""
    found = (values.get(key) for values in (row.old, row.values) for key in mails)
    return (as_stopped(each) for each in found if each)
