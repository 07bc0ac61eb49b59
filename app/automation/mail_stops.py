"""Addresses that get no more mail: none that nobody asked for, or none at all.

Each stands for an address, whosever it is, so that one who unsubscribed is left alone by whatever list he is on.
"""

from __future__ import annotations

import datetime as dt
import hashlib
from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.access import Actor
from app.frozen import dataclass
from app.orm.framework import mail_stop
from app.orm.store import Store
from app.record import Refused, Saved, Unit, in_unit
from app.record.audit import write_audit
from app.record.mail_stops import BULK, as_stopped, put_stops

BY_LINK = "link"  # the reason of who unsubscribed by himself
STOPS = "mail-stop"  # what it is called in the audit: no entity is called so
_AT_ONCE = 500
_DIGEST = "sha256:"


@dataclass(frozen=True)
class Stop:
    """An address that gets no more mail of a kind; `reason` is what somebody here wrote, `BY_LINK` or `BY_CONSENT`."""

    address: str
    kind: str
    at: dt.datetime
    reason: str


def digest_of(address: str) -> str:
    """What stands for the address of a person who was erased: he is left alone further on, and nobody reads who he was."""
    return _DIGEST + hashlib.sha256(as_stopped(address).encode()).hexdigest()


def forget_addresses(connection: Connection, addresses: Iterable[str]) -> int:
    """Keeps of stopped addresses their digests only; how many there were."""
    count = 0
    for address in sorted({as_stopped(each) for each in addresses}):
        here = mail_stop.c.address == address
        for kind in connection.execute(sa.select(mail_stop.c.kind).where(here)).scalars().all():
            one = sa.and_(here, mail_stop.c.kind == kind)
            there = sa.and_(mail_stop.c.address == digest_of(address), mail_stop.c.kind == kind)
            connection.execute(sa.delete(mail_stop).where(there))
            connection.execute(sa.update(mail_stop).where(one).values(address=digest_of(address), reason=None))
            count += 1
    return count


def stopped_among(connection: Connection | Session, addresses: Iterable[str], *, marketing: bool) -> dict[str, str]:
    """Those of the addresses, as they are kept, that get no such mail, each with the reason."""
    kinds = (BULK, "all") if marketing else ("all",)
    plain = {as_stopped(each) for each in addresses}
    meant = {**{each: each for each in plain}, **{digest_of(each): each for each in plain}}
    wanted = sorted(meant)
    found: dict[str, str] = {}
    for at in range(0, len(wanted), _AT_ONCE):
        here = mail_stop.c.address.in_(wanted[at : at + _AT_ONCE])
        query = sa.select(mail_stop.c.address, mail_stop.c.reason).where(mail_stop.c.kind.in_(kinds), here)
        found.update((meant[each.address], each.reason or "") for each in connection.execute(query))
    return found


def stops_of(connection: Connection | Session, addresses: Iterable[str]) -> list[Stop]:
    """The stops of some addresses."""
    here = mail_stop.c.address.in_(sorted({as_stopped(each) for each in addresses}))
    return [_stop(row) for row in connection.execute(sa.select(mail_stop).where(here).order_by(mail_stop.c.address))]


def newest_stops(connection: Connection, *, limit: int, like: str = "") -> list[Stop]:
    """Stops, newest first; `like` is a part of the address."""
    query = sa.select(mail_stop).order_by(mail_stop.c.at.desc(), mail_stop.c.address).limit(limit)
    if like:
        query = query.where(mail_stop.c.address.contains(as_stopped(like), autoescape=True))
    return [_stop(row) for row in connection.execute(query)]


def stop_by_link(store: Store, address: str) -> bool:
    """Somebody unsubscribes an address; False where it was already."""
    with store.housekeeping() as connection:
        return bool(put_stops(connection, (as_stopped(address),), BY_LINK, store.clock()))


def stop(store: Store, actor: Actor, address: str, reason: str) -> bool:
    """Somebody here unsubscribes an address, with a reason, which is audited; False where it was already."""
    known = as_stopped(address)

    def work(unit: Unit) -> Saved:
        new = put_stops(unit.connection, (known,), reason, unit.at)
        if new:
            write_audit(unit, STOPS, "create", [(0, {"address": [None, known], "reason": [None, reason]})])
        return Saved((), ()) if not new else Saved((0,), (0,))

    return _done(in_unit(store, actor, "form", work))


def lift(store: Store, actor: Actor, address: str, reason: str) -> bool:
    """Somebody here lets an address get mails again, with a reason, which is audited; False where it did already."""
    known = as_stopped(address)

    def work(unit: Unit) -> Saved:
        here = sa.and_(mail_stop.c.address.in_((known, digest_of(known))), mail_stop.c.kind == BULK)
        gone = unit.connection.execute(sa.delete(mail_stop).where(here)).rowcount
        if gone:
            write_audit(unit, STOPS, "delete", [(0, {"address": [known, None], "reason": [None, reason]})])
        return Saved((), ()) if not gone else Saved((0,), (0,))

    return _done(in_unit(store, actor, "form", work))


def _done(outcome: Saved | Refused) -> bool:
    return isinstance(outcome, Saved) and bool(outcome.ids)


def _stop(row: sa.Row[tuple[object, ...]]) -> Stop:
    return Stop(row.address, row.kind, row.at, row.reason or "")
