"""The letters of a bulk mail: who of the chosen records gets one, why the others get none, and writing them, some at a time.

Whoever sends it decides, by what he may see and do while they are written: his sight may have changed since he chose.
"""

from __future__ import annotations

import logging
from collections import Counter
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, Allowed, actor_of_user, decide, field_rights, reading
from app.automation.addressees import LANGUAGE_FIELDS, Addressee, language_of
from app.automation.deliveries import ToDeliver, queue_in
from app.automation.doing import AUTOMATION, DONE, DOOR
from app.automation.mail_stops import stopped_among
from app.automation.mailing import agreed, write_letters
from app.automation.mails import Letter, mails_of
from app.automation.who import values_at
from app.definition import Catalog, Template
from app.frozen import dataclass
from app.insight import Filter, ListQuery, list_records
from app.insight.abilities import among
from app.insight.query import MOST_VALUES
from app.orm.framework import delivery, mailing
from app.orm.store import StaleRevision, Store
from app.record import Saved, Unit, in_unit
from app.record.mail_stops import BY_CONSENT, as_stopped

HOST = "bulk-mail"  # sent beside other mails, so that none waits for thousands of these
AT_ONCE = 200  # letters that are written in one transaction
WHYS = (
    "out_of_sight",
    "no_address",
    "no_consent",
    "withdrawn",
    "unsubscribed",
    "duplicate",
    "not_allowed",
    "not_counted",
)
"""Why a record gets no letter. `not_allowed`: whoever sends it may see it, but not mail to it. `not_counted`: it could get none
when the mail was sent, and all those have theirs that were counted then.
"""
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class Chosen:
    """To whom of some records letters go, and how many are left out, by `WHYS`."""

    to: Mapping[int, Addressee]
    left_out: Counter[str] = field(default_factory=Counter)


@dataclass(frozen=True)
class Batch:
    """Letters to some records of a bulk mail, beginning at the `start`-th one."""

    start: int
    records: int
    letters: Sequence[tuple[int, Letter]]
    left_out: Counter[str]


def only_reading(store: Store, connection: sa.Connection) -> Unit:
    """A unit that only reads, on a connection that does."""
    return Unit(store, AUTOMATION, Session(), DOOR, store.clock(), reader=connection)


def templates_for(catalog: Catalog, entity: str) -> list[Template]:
    """What may be sent to many records of an entity."""
    return [each for each in catalog.templates.values() if each.for_ == "mail" and each.entity == entity]


def choose(unit: Unit, sender: Actor, entity: str, address: str, template: Template, records: Sequence[int]) -> Chosen:
    """Who of these records gets a letter: those that the sender sees with their address, and may send to, each address once.
    The field `address` is one that he sees in clear.
    """
    left_out: Counter[str] = Counter()
    seen, may = _seen(unit, sender, entity, address, records)
    agree = set(agreed(unit, template, entity, sorted(seen), marketing=True))
    spoken = [key for key in LANGUAGE_FIELDS if key in unit.catalog.entities[entity].fields]
    languages = values_at(unit, entity, sorted(seen), set(spoken)) if spoken else {}
    stopped = stopped_among(unit.connection, filter(None, seen.values()), marketing=True)
    to: dict[int, Addressee] = {}
    known: set[str] = set()
    for record in records:
        why = _why_not(record, seen, may, agree, stopped, known)
        if why:
            left_out[why] += 1
            continue
        found = str(seen[record])
        known.add(as_stopped(found))
        to[record] = Addressee(found, None, language_of(unit.catalog, languages.get(record, {}), spoken))
    return Chosen(to, left_out)


def _why_not(
    record: int,
    seen: Mapping[int, str | None],
    may: set[int],
    agree: set[int],
    stopped: Mapping[str, str],
    known: set[str],
) -> str:
    if record not in seen:
        return "out_of_sight"
    if record not in may:
        return "not_allowed"
    address = as_stopped(seen[record] or "")
    if not address:
        return "no_address"
    if stopped.get(address) == BY_CONSENT:
        return "withdrawn"
    if record not in agree:
        return "no_consent"
    if address in stopped:
        return "unsubscribed"
    return "duplicate" if address in known else ""


def _seen(
    unit: Unit, sender: Actor, entity: str, address: str, records: Sequence[int]
) -> tuple[dict[int, str | None], set[int]]:
    """The addresses of the records that the sender sees, and those of them to which he may send."""
    seen: dict[int, str | None] = {}
    may: set[int] = set()
    with reading(unit.store, sender, unit.connection) as session:
        for at in range(0, len(records), MOST_VALUES):
            here = (Filter("id", "in", tuple(records[at : at + MOST_VALUES])),)
            query = ListQuery(entity, (address,), here, sort=(), limit=MOST_VALUES, counted=False)
            rows = list_records(session, sender, query).rows
            seen.update((row.id, str(row.values[address] or "") or None) for row in rows)
            may.update(among(session, sender, entity, "mail", [row.id for row in rows]))
    return seen, may


def letters_to(
    unit: Unit, template: Template, entity: str, to: Mapping[int, Addressee]
) -> Iterator[tuple[int, Letter]]:
    """The letters. Whatever the template says, one can get rid of them."""
    return write_letters(unit, template, entity, {record: (each,) for record, each in to.items()}, marketing=True)


def writing_letters() -> sa.Select[Any]:
    """The ids of bulk mails whose letters are not all written."""
    return sa.select(mailing.c.id).where(mailing.c.state == "writing")


def write_next(store: Store, after: int = 0) -> bool:
    """Writes some letters of the bulk mail that has waited longest, of those with a number above `after`; False where none
    waits. Several may do this at once: what one has written the others leave alone. One that can't be written now holds up no
    other: it is the next one's turn, and the fault is raised where there is none. Raises StaleRevision.
    """
    with store.system_reading() as connection:
        waiting = writing_letters().where(mailing.c.id > after).order_by(mailing.c.id).limit(1)
        one = connection.execute(waiting).scalar()
    if one is None:
        return False
    try:
        _write_some(store, one)
    except StaleRevision:
        raise
    except Exception:
        log.exception("bulk mail %s", one)
        if not write_next(store, one):
            raise
    return True


def _write_some(store: Store, one: int) -> None:
    with store.system_reading() as connection:
        query = sa.select(mailing).where(mailing.c.id == one, mailing.c.state == "writing")
        row = connection.execute(query).one_or_none()
        batch = None if row is None else _batch(only_reading(store, connection), row)
    if row is not None:
        in_unit(store, AUTOMATION, DOOR, partial(_write, row, batch))  # lost to another one it is tried again


def _batch(unit: Unit, row: Any) -> Batch | None:
    """The next letters; None where nobody sends them any more: who did has left or sees the addresses no more, or the
    configuration has changed.
    """
    sender = actor_of_user(unit.connection, unit.models, row.user_id)
    template = unit.catalog.templates.get(row.template)
    if sender is None or template is None or not _sees_addresses(unit, sender, row.entity, row.field):
        return None
    some = row.records[row.seen : row.seen + AT_ONCE]
    chosen = choose(unit, sender, row.entity, row.field, template, some)
    letters = list(letters_to(unit, template, row.entity, chosen.to))
    left_out = chosen.left_out
    unwritten = len(chosen.to) - len(letters)  # a record that nobody outside may be told of
    if unwritten:
        left_out["out_of_sight"] += unwritten
    return Batch(row.seen, len(some), letters, left_out)


def _sees_addresses(unit: Unit, sender: Actor, entity: str, field: str) -> bool:
    """Whether he reads that field of some records in clear: letters go to no mask."""
    if entity not in unit.catalog.entities or not isinstance(decide(unit.catalog, sender, "read", entity), Allowed):
        return False
    return field in field_rights(unit.catalog, sender, entity).clear


def _write(row: Any, batch: Batch | None, unit: Unit) -> Saved:
    here = sa.and_(mailing.c.id == row.id, mailing.c.state == "writing", mailing.c.seen == row.seen)
    ended = {"ended_at": unit.at, "changed_seq": unit.changed_seq}
    if batch is None:
        unit.connection.execute(sa.update(mailing).where(here).values(state="stopped", **ended))
        return DONE
    seen = batch.start + batch.records
    taken = sa.update(mailing).where(here).values(seen=seen, changed_seq=unit.changed_seq)
    if not unit.connection.execute(taken).rowcount:
        return DONE  # another has written them, or it was stopped
    keyed = [(f"mailing:{row.id}:{as_stopped(letter.to)}", record, letter) for record, letter in batch.letters]
    left_out = Counter(row.left_out or {}) + batch.left_out
    wanted = [replace(each, mailing=row.id, host=HOST) for each in mails_of(unit, keyed, left_out)]
    new = _not_queued(unit, wanted)
    queued = queue_in(unit, new[: max(0, row.recipients - row.queued)], row.entity)
    left_out["duplicate"] += len(wanted) - len(new)
    left_out["not_counted"] += len(new) - queued
    values: dict[str, Any] = {"queued": row.queued + queued, "left_out": {key: n for key, n in left_out.items() if n}}
    if seen >= len(row.records):
        values |= {"state": "done", **ended}
    unit.connection.execute(sa.update(mailing).where(mailing.c.id == row.id).values(values))
    return DONE


def _not_queued(unit: Unit, wanted: Sequence[ToDeliver]) -> list[ToDeliver]:
    """Those that the letters to earlier records have not made needless."""
    keys = delivery.c.key.in_([each.key for each in wanted])
    known = set(unit.connection.execute(sa.select(delivery.c.key).where(keys)).scalars()) if wanted else set()
    return [each for each in wanted if each.key not in known]
