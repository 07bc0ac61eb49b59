"""Addresses that get no more mail: none that nobody asked for, or none at all.

Each stands for an address, whosever it is, so that one who unsubscribed is left alone by whatever list he is on. Kept is its digest:
it is found by who has the address.
"""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Mapping
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
    a = audit.c
    query = sa.select(audit).where(a.entity == STOPS, a.record == 0, a.action.in_(("create", "delete")))
    with store.system_reading() as connection:
        lines = [row for row in connection.execute(query.order_by(a.id)).mappings() if _covered(row) != row["changes"]]

    def work(unit: Unit) -> Saved:
        head = {"at": unit.at, "actor_id": unit.actor.user_id, "actor": unit.actor.name, "door": unit.door}
        covered = [{**row, "changes": _covered(row)} for row in lines]
        erase_lines(unit, STOPS, [row["id"] for row in lines])
        insert_rows(unit.connection, audit, lines_left(head, covered, lambda *_: False))
        return Saved((), ())

    if lines:
        in_unit(store, system_actor("system:jobs"), "job", work)
    return len(lines)


def _covered(line: Mapping[Any, Any]) -> dict[str, Any] | None:
    told: dict[str, Any] | None = line["changes"]
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
