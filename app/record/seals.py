"""Seals of the audit: what was written is chained block by block, afterwards, so that no save waits for another.

A seal covers lines whose ids follow each other: a digest over their ids and what stays of each, and a chain over all seals so
far. A line can't be altered, taken out, put in or exchanged then without the chain telling. What stays of a line is who did
what when, and the digest of its body: a body that holds personal data may be erased, and the rest still proves itself.
Short marks are kept beside, by which the altered line is found among thousands. Once a day the chain is anchored: noted
outside of the database, too; and so is the newest seal, each minute.
"""

from __future__ import annotations

import base64
import datetime as dt
import hashlib
import json
import os
import struct
import time
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError

from app.frozen import dataclass
from app.orm.framework import audit, audit_anchor, audit_seal
from app.orm.store import Store
from app.record.audit import REST, rest_of, to_wire

MOST = 10_000  # lines of one seal
ANCHORS = "audit-anchors.jsonl"
NEWEST = "audit-newest.json"
_LEAF = struct.Struct(">I8s")  # how far the id is from the first one's, and the mark
_WIDEST = 2**32
_PATIENCE = 10.0  # seconds
_PAUSE = 0.05

Pair = tuple[int, str]
"""A line's id, and the digest of what stays of it when its body is erased (`rest_of`)."""
UNREADABLE = (ValueError, TypeError, OverflowError, sa.exc.DataError)
"""What reading a line raises that somebody put nonsense into."""


@dataclass(frozen=True)
class Anchor:
    """What the chain was at the end of a day."""

    day: dt.date
    seal: int
    chain: str


@dataclass(frozen=True)
class Newest:
    """The newest seal that was seen, and the chain up to it."""

    seal: int
    chain: str


def seal_audit(store: Store, patience: float = _PATIENCE) -> int | None:
    """Seals all lines of which none before them can still come; how many. None where writers did not end in time: the next
    call begins again; and where a line can't be read, which a proof names. Safe beside another who seals.
    """
    bound, sealed = _settled(store, patience), 0
    if bound is None:
        return None
    while True:
        with store.system_reading() as connection:
            number, last, chain = _newest(connection)
            lines = sa.select(*(audit.c[key] for key in REST)).where(audit.c.id > last, audit.c.id <= bound)
            try:
                rows = connection.execute(lines.order_by(audit.c.id).limit(MOST)).mappings()
                found = [(row["id"], rest_of(row)) for row in rows]
            except UNREADABLE:
                return None
        pairs = [pair for pair in found if pair[0] - found[0][0] < _WIDEST]
        if not pairs:
            return sealed
        try:
            with store.housekeeping() as connection:
                connection.execute(sa.insert(audit_seal), seal_of(pairs, number + 1, chain, store.clock()))
        except IntegrityError:
            continue  # another has sealed them: go on from there
        sealed += len(pairs)


def anchor_audit(store: Store, day: dt.date, folder: Path) -> Anchor | None:
    """Notes the chain for a day, once, in the database and in a file of the folder; None where nothing is sealed yet."""
    with store.housekeeping() as connection:
        number, _, chain = _newest(connection)
        if not number:
            return None
        known = connection.execute(sa.select(audit_anchor).where(audit_anchor.c.day == day)).first()
        anchor = Anchor(day, known.seal, known.chain) if known is not None else Anchor(day, number, chain)
        if known is None:
            row = {"day": day, "at": store.clock(), "seal": number, "chain": chain}
            connection.execute(sa.insert(audit_anchor), row)
    if anchor not in anchors_outside(folder):
        _note_outside(folder, anchor)
    return anchor


def anchors_outside(folder: Path) -> list[Anchor]:
    """The anchors that the file holds. Raises ValueError for a line that is none."""
    path = folder / ANCHORS
    if not path.exists():
        return []
    found = []
    for number, line in enumerate(path.read_text(encoding="utf-8").splitlines(), 1):
        try:
            told = json.loads(line)
            found.append(Anchor(dt.date.fromisoformat(told["day"]), int(told["seal"]), str(told["chain"])))
        except (ValueError, KeyError, TypeError) as error:
            raise ValueError(f"{path}, line {number}: this is no anchor") from error
    return found


def note_newest(store: Store, folder: Path) -> bool:
    """Notes the newest seal in a file of the folder, so that the end of the chain can't be cut off unseen before the next
    anchor. False where what was noted is not in the database any more: it stays as it is then, for a proof to tell.
    """
    with store.system_reading() as connection:
        number, _, chain = _newest(connection)
        try:
            noted = newest_outside(folder)
        except ValueError:
            return False
        if noted is not None:
            held = sa.select(audit_seal.c.chain).where(audit_seal.c.id == noted.seal)
            if connection.execute(held).scalar() != noted.chain:
                return False
    if number and noted != Newest(number, chain):
        folder.mkdir(parents=True, exist_ok=True, mode=0o700)
        beside = folder / f"{NEWEST}.{os.getpid()}"
        descriptor = os.open(beside, os.O_WRONLY | os.O_TRUNC | os.O_CREAT, 0o600)
        with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
            json.dump({"seal": number, "chain": chain}, stream)
            stream.flush()
            os.fsync(stream.fileno())
        beside.replace(folder / NEWEST)
    return True


def newest_outside(folder: Path) -> Newest | None:
    """What was noted last on this machine; None where nothing was. Raises ValueError for a file that holds no seal."""
    path = folder / NEWEST
    try:
        told = json.loads(path.read_text(encoding="utf-8"))
        return Newest(int(told["seal"]), str(told["chain"]))
    except FileNotFoundError:
        return None
    except (ValueError, KeyError, TypeError) as error:
        raise ValueError(f"{path}: this is no seal") from error


def set_aside_notes(folder: Path, moment: dt.datetime) -> list[Path]:
    """Puts aside what was noted in a folder of seals and anchors, under the moment: the database beside it is an older one now,
    and does not know them. They stay for whoever asks what the later one was; the new names.
    """
    stamp, aside = f"{moment:%Y%m%dT%H%M%SZ}", []
    for name in (NEWEST, ANCHORS):
        path = folder / name
        if path.is_file():
            aside.append(path.rename(path.with_name(f"{path.stem}.{stamp}{path.suffix}")))
    return aside


def _note_outside(folder: Path, anchor: Anchor) -> None:
    line = json.dumps({"day": anchor.day.isoformat(), "seal": anchor.seal, "chain": anchor.chain}) + "\n"
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / ANCHORS, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write(line)
        stream.flush()
        os.fsync(stream.fileno())


def seal_of(pairs: Sequence[Pair], number: int, before: str, at: dt.datetime) -> dict[str, Any]:
    """The seal of some lines, with the chain that ends in it; `before` is the chain so far."""
    first = pairs[0][0]
    row = {
        "id": number,
        "at": at,
        "first": first,
        "last": pairs[-1][0],
        "lines": len(pairs),
        "leaves": base64.b64encode(b"".join(_LEAF.pack(each - first, mark_of(own)) for each, own in pairs)).decode(),
        "digest": digest_of_lines(pairs),
    }
    return {**row, "chain": chain_of(row, before)}


def chain_of(seal: Mapping[str, Any], before: str) -> str:
    """The chain up to a seal: all that it says is in it."""
    leaves = hashlib.sha256(seal["leaves"].encode()).hexdigest()
    told = [
        seal["id"],
        to_wire("datetime", seal["at"]),
        seal["first"],
        seal["last"],
        seal["lines"],
        leaves,
        seal["digest"],
    ]
    return hashlib.sha256(json.dumps([before, *told]).encode()).hexdigest()


def digest_of_lines(pairs: Iterable[Pair]) -> str:
    """One digest for lines in their order: each id with the digest of what stays of the line."""
    return hashlib.sha256("".join(f"{each}:{own}\n" for each, own in pairs).encode()).hexdigest()


def marks_of(seal: Mapping[str, Any]) -> dict[int, bytes]:
    """By id the marks of the lines that a seal covers. Raises ValueError where they are not as they were written."""
    try:
        packed = base64.b64decode(seal["leaves"], validate=True)
        return {seal["first"] + offset: mark for offset, mark in _LEAF.iter_unpack(packed)}
    except struct.error as error:
        raise ValueError("marks of a seal were cut off") from error


def mark_of(digest: str) -> bytes:
    """By what a line is known again among the others of its seal."""
    return hashlib.sha256(digest.encode()).digest()[:8]


def _newest(connection: sa.Connection) -> tuple[int, int, str]:
    """Number, last line and chain of the newest seal."""
    columns = (audit_seal.c.id, audit_seal.c.last, audit_seal.c.chain)
    row = connection.execute(sa.select(*columns).order_by(audit_seal.c.id.desc()).limit(1)).first()
    return (row.id, row.last, row.chain) if row is not None else (0, 0, "")


def _settled(store: Store, patience: float) -> int | None:
    """The highest id of which none at or below it can still come.

    SQLite has one writer at a time. On PostgreSQL a line with a smaller id may be committed later: who takes an id has
    locked the table before, so that no one else can have a smaller one once they have ended who hold the lock now.
    """
    with store.system_reading() as connection:
        newest: int = connection.execute(sa.select(sa.func.coalesce(sa.func.max(audit.c.id), 0))).scalar_one()
        if store.engine.dialect.name == "sqlite" or newest <= _newest(connection)[1]:
            return newest
    return newest if _ended(lambda: _writers(store), patience) else None


def _ended(writers: Callable[[], frozenset[str]], patience: float) -> bool:
    until = time.monotonic() + patience
    waited_for = writers()
    while waited_for:
        if time.monotonic() >= until:
            return False
        time.sleep(_PAUSE)
        waited_for &= writers()
    return True


def _writers(store: Store) -> frozenset[str]:
    """The transactions that hold the audit's table for writing."""
    locks = sa.table("pg_locks", *map(sa.column, ("database", "relation", "virtualtransaction", "mode", "granted")))
    databases = sa.table("pg_database", sa.column("oid"), sa.column("datname"))
    here = sa.select(databases.c.oid).where(databases.c.datname == sa.func.current_database()).scalar_subquery()
    query = sa.select(locks.c.virtualtransaction).where(
        locks.c.database == here,
        locks.c.relation == sa.func.to_regclass(audit.name),
        locks.c.mode != "AccessShareLock",
        locks.c.granted,
    )
    with store.system_reading() as connection:
        return frozenset(connection.execute(query).scalars())


def seals_after(connection: sa.Connection, number: int) -> Iterator[Mapping[Any, Any]]:
    """Seals in their order, one by one."""
    while True:
        query = sa.select(audit_seal).where(audit_seal.c.id > number).order_by(audit_seal.c.id).limit(1)
        row = connection.execute(query).mappings().first()
        if row is None:
            return
        yield row
        number = row["id"]
