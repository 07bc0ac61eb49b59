"""Addresses that get no more mail: none that nobody asked for, or none at all.

Each stands for an address, whosever it is, so that one who unsubscribed is left alone by whatever list he is on. Kept is its digest:
it is found by who has the address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Sequence
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.orm import Session

from app.access import Actor, mask, system_actor
from app.frozen import dataclass
from app.orm.bulk import insert_rows
from app.orm.framework import audit, mail_stop
from app.orm.store import Store
from app.record import Refused, Saved, Unit, in_unit
from app.record.audit import erase_lines, write_audit
from app.record.kept import lines_left
from app.record.mail_stops import BULK, as_stopped, digests_of, put_stops

BY_LINK = "link"  # the reason of who unsubscribed by himself
STOPS = "mail-stop"  # what it is called in the audit: no entity is called so
_AT_ONCE = 500


@dataclass(frozen=True)
class Stop:
    """An address that gets no more mail of a kind, blank where nobody asked for it; `reason` is what somebody here wrote, `BY_LINK`
    or `BY_CONSENT`.
    """

    address: str
    kind: str
    at: dt.datetime
    reason: str


def forget_reasons(connection: Connection, addresses: Iterable[str]) -> int:
    """Keeps of stopped addresses their digests only, so that who was erased is left alone further on; how many there were."""
    here = mail_stop.c.digest.in_(sorted(digests_of(connection, addresses)))
    return connection.execute(
        sa.update(mail_stop).where(here, mail_stop.c.reason.is_not(None)).values(reason=None)
    ).rowcount


def stopped_among(connection: Connection | Session, addresses: Iterable[str], *, marketing: bool) -> dict[str, str]:
    """Those of the addresses, as they are compared, that get no such mail, each with the reason. Raises Unreadable."""
    kinds = (BULK, "all") if marketing else ("all",)
    meant = digests_of(connection, addresses)
    wanted = sorted(meant)
    found: dict[str, str] = {}
    for at in range(0, len(wanted), _AT_ONCE):
        here = mail_stop.c.digest.in_(wanted[at : at + _AT_ONCE])
        query = sa.select(mail_stop.c.digest, mail_stop.c.reason).where(mail_stop.c.kind.in_(kinds), here)
        found.update((meant[each.digest], each.reason or "") for each in connection.execute(query))
    return found


def stops_of(connection: Connection | Session, addresses: Iterable[str]) -> list[Stop]:
    """The stops of some addresses. Raises Unreadable."""
    meant = digests_of(connection, addresses)
    query = sa.select(mail_stop).where(mail_stop.c.digest.in_(sorted(meant)))
    rows = connection.execute(query).all() if meant else ()
    return sorted((_stop(row, meant[row.digest]) for row in rows), key=lambda each: (each.address, each.kind))


def newest_stops(connection: Connection, *, limit: int) -> list[Stop]:
    """Stops, newest first, without their addresses."""
    query = sa.select(mail_stop).order_by(mail_stop.c.at.desc(), mail_stop.c.digest).limit(limit)
    return [_stop(row) for row in connection.execute(query)]


def stop_by_link(store: Store, address: str) -> bool:
    """Somebody unsubscribes an address; False where it was already."""
    with store.housekeeping() as connection:
        return bool(put_stops(connection, (address,), BY_LINK, store.clock()))


def stop(store: Store, actor: Actor, address: str, reason: str) -> bool:
    """Somebody here unsubscribes an address, with a reason, which is audited; False where it was already."""

    def work(unit: Unit) -> Saved:
        new = put_stops(unit.connection, (address,), reason, unit.at)
        if new:
            write_audit(unit, STOPS, "create", [(0, {"address": [None, _told(address)], "reason": [None, reason]})])
        return Saved((), ()) if not new else Saved((0,), (0,))

    return _done(in_unit(store, actor, "form", work))


def lift(store: Store, actor: Actor, address: str, reason: str) -> bool:
    """Somebody here lets an address get mails again, with a reason, which is audited; False where it did already."""

    def work(unit: Unit) -> Saved:
        here = sa.and_(
            mail_stop.c.digest.in_(sorted(digests_of(unit.connection, (address,)))), mail_stop.c.kind == BULK
        )
        gone = unit.connection.execute(sa.delete(mail_stop).where(here)).rowcount
        if gone:
            write_audit(unit, STOPS, "delete", [(0, {"address": [_told(address), None], "reason": [None, reason]})])
        return Saved((), ()) if not gone else Saved((0,), (0,))

    return _done(in_unit(store, actor, "form", work))


def cover_told(store: Store) -> int:
    """Lines of the audit that tell an address in clear, from before stops were digests, lose what they say; beside each stands one
    with the mask. How many there were; again, it finds none.
    """
    with store.system_reading() as connection:
        telling = list(_lines_in_clear(connection))

    def work(unit: Unit, some: Sequence[int]) -> Saved:
        head = {"at": unit.at, "actor_id": unit.actor.user_id, "actor": unit.actor.name, "door": unit.door}
        whole = sa.select(audit).where(audit.c.id.in_(some)).order_by(audit.c.id)
        lines = [{**row, "changes": _covered(row["changes"])} for row in unit.connection.execute(whole).mappings()]
        erase_lines(unit, STOPS, some)
        insert_rows(unit.connection, audit, lines_left(head, lines, lambda *_: False))
        return Saved((), ())

    for at in range(0, len(telling), _AT_ONCE):
        in_unit(store, system_actor("system:jobs"), "job", partial(work, some=telling[at : at + _AT_ONCE]))
    return len(telling)


def _lines_in_clear(connection: Connection) -> Iterator[int]:
    """Lines that tell an address in clear, by id. They are looked for every day: some at a time, and no more of them than needed."""
    a, last = audit.c, 0
    of_stops = a.entity == STOPS, a.record == 0, a.action.in_(("create", "delete"))
    query = sa.select(a.id, a.changes).where(*of_stops, a.id > sa.bindparam("last")).order_by(a.id).limit(_AT_ONCE)
    while some := connection.execute(query, {"last": last}).all():
        yield from (row.id for row in some if _covered(row.changes) != row.changes)
        last = some[-1].id


def _covered(told: dict[str, Any] | None) -> dict[str, Any] | None:
    if not told or "address" not in told:
        return told
    return {**told, "address": [None if each is None else _told(each) for each in told["address"]]}


def _done(outcome: Saved | Refused) -> bool:
    return isinstance(outcome, Saved) and bool(outcome.ids)


def _told(address: str) -> str | None:
    """An address in the audit: its mask, for its lines outlive the person."""
    return mask("email", as_stopped(address))


def _stop(row: sa.Row[tuple[object, ...]], address: str = "") -> Stop:
    return Stop(address, row.kind, row.at, row.reason or "")
