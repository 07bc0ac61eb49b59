"""Proving the audit: every line against its digest, the lines against their seals, the seals against each other and the anchors.

A line whose body was erased has no digest to be held against: what stays of it is proven by its seal, and that its body may
be gone by an act of erasing, which proves nothing else.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import field
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.exc import DBAPIError

from app.frozen import dataclass
from app.orm.framework import audit, audit_anchor, audit_seal
from app.orm.store import Store
from app.record.audit import ERASE, digest_of, rest_of
from app.record.seals import MOST, Anchor, Newest, chain_of, digest_of_lines, mark_of, marks_of, seals_after

MOST_NAMED = 100
_AT_ONCE = 500
_BEFORE_ALL = -(2**62)  # what was put in may have any id
_UNREADABLE = (ValueError, TypeError, OverflowError, DBAPIError)
Line = Mapping[Any, Any]


@dataclass(frozen=True)
class Proof:
    """What was looked at, and what is wrong, at most MOST_NAMED of it in words; `wrong` counts all of it."""

    lines: int
    seals: int
    unsealed: int
    erased: int
    anchors: int
    wrong: int
    named: tuple[str, ...]


class _Findings:
    def __init__(self) -> None:
        self.count, self.named = 0, list[str]()

    def add(self, text: str) -> None:
        self.count += 1
        if len(self.named) < MOST_NAMED:
            self.named.append(text)


@dataclass(frozen=True)
class _Walk:
    """What a proof has at hand: `erased` by line what an act of erasing says of its rest."""

    connection: Connection
    found: _Findings
    erased: Mapping[int, str]
    unreadable: set[int] = field(default_factory=set)
    seen: dict[str, int] = field(default_factory=lambda: {"lines": 0, "seals": 0, "unsealed": 0, "erased": 0})


def prove_audit(
    store: Store,
    outside: Sequence[Anchor],
    newest: Newest | None = None,
    *,
    recent: bool = False,
    tell: Callable[[int], object] = lambda _: None,
) -> Proof:
    """Proves the audit, or with `recent` what came since the last anchor. `outside` are anchors that were kept elsewhere,
    as was `newest`; `tell` hears how many lines were seen. Reads page by page, never all at once.
    """
    found = _Findings()
    with store.system_reading() as connection:
        anchors = _anchors(connection)
        start = anchors[-1] if recent and anchors else None
        walk = _Walk(connection, found, _erased(connection))
        asked = {each.seal for each in (*anchors, *outside)} | ({newest.seal} if newest is not None else set())
        last, chains = _prove_seals(walk, start, asked, tell)
        _prove_unsealed(walk, last)
        _prove_anchors(found, anchors, outside, chains)
        if newest is not None and chains.get(newest.seal) != newest.chain:
            found.add(f"the newest seal that was noted outside, {newest.seal}, was altered or is gone")
    seen = walk.seen
    return Proof(
        seen["lines"], seen["seals"], seen["unsealed"], seen["erased"], len(anchors), found.count, tuple(found.named)
    )


def _anchors(connection: Connection) -> list[Anchor]:
    query = sa.select(audit_anchor.c.day, audit_anchor.c.seal, audit_anchor.c.chain).order_by(audit_anchor.c.day)
    return [Anchor(*row) for row in connection.execute(query)]


def _erased(connection: Connection) -> dict[int, str]:
    """Of the lines whose bodies were erased, what was left of each, as the acts of erasing tell it."""
    told = sa.select(audit.c.changes).where(audit.c.action == ERASE)
    try:
        return {
            int(line): rest
            for changes in connection.execute(told).scalars()
            for line, rest in changes[ERASE][1].items()
        }
    except (*_UNREADABLE, LookupError, AttributeError):
        return {}  # one of them is no act of erasing: none excuses anything then


def _prove_seals(
    walk: _Walk, start: Anchor | None, asked: set[int], tell: Callable[[int], object]
) -> tuple[int, dict[int, str]]:
    """The last line that is sealed, and the chains of the seals that are asked for."""
    number, last, chain = 0, _BEFORE_ALL, ""
    chains: dict[int, str] = {}
    if start is not None:
        row = walk.connection.execute(sa.select(audit_seal).where(audit_seal.c.id == start.seal)).mappings().first()
        number, last, chain = start.seal, row["last"] if row is not None else last, start.chain
    chains.update(_known_chains(walk.connection, asked))
    for seal in seals_after(walk.connection, number):
        if seal["id"] != number + 1:
            walk.found.add(f"seal {number + 1} is gone")
        elif chain_of(seal, chain) != seal["chain"]:
            walk.found.add(f"seal {seal['id']} of lines {seal['first']} to {seal['last']} was altered")
        _prove_sealed(walk, seal, last)
        walk.seen["seals"] += 1
        tell(walk.seen["lines"])
        number, last, chain = seal["id"], max(last, seal["last"]), seal["chain"]
    return last, chains


def _known_chains(connection: Connection, asked: set[int]) -> dict[int, str]:
    query = sa.select(audit_seal.c.id, audit_seal.c.chain).where(audit_seal.c.id.in_(sorted(asked)))
    return {row.id: row.chain for row in connection.execute(query)} if asked else {}


def _prove_sealed(walk: _Walk, seal: Line, after: int) -> None:
    """The lines that a seal covers: all that lie between the one before and its end."""
    pairs: list[tuple[int, str]] = []
    accused: set[int] = set()
    for page in _pages(walk, after, seal["last"]):
        for row in page:
            pairs.append((row["id"], rest_of(row)))
            if not _prove_line(walk, row):
                accused.add(row["id"])
    if digest_of_lines(pairs) == seal["digest"]:
        return
    try:
        marks = marks_of(seal)
    except ValueError:
        walk.found.add(f"among the lines {seal['first']} to {seal['last']} some were altered, taken out or put in")
        return
    there = dict(pairs)
    accused |= walk.unreadable
    differ = [each for each in there if each in marks and mark_of(there[each]) != marks[each] and each not in accused]
    strange = [each for each in there if each not in marks]
    names = _names(walk.connection, [*differ, *strange])
    lost = marks.keys() - there.keys() - accused
    told = [(each, f"{names[each]} is not the one that was sealed") for each in differ]
    told += [(each, f"{names[each]} was put in afterwards") for each in strange]
    told += [(each, f"line {each} was taken out") for each in lost]
    for _, text in sorted(told):
        walk.found.add(text)
    if not told and not accused:
        walk.found.add(f"the lines {seal['first']} to {seal['last']} are not those that were sealed")


def _prove_unsealed(walk: _Walk, after: int) -> None:
    """Lines that no seal covers yet: each proves itself alone."""
    for page in _pages(walk, after, None):
        walk.seen["unsealed"] += len(page)
        for row in page:
            _prove_line(walk, row)


def _prove_line(walk: _Walk, row: Line) -> bool:
    walk.seen["lines"] += 1
    if row["salt"]:
        right = bool(digest_of(row) == row["digest"])
    else:
        walk.seen["erased"] += 1
        right = walk.erased.get(row["id"]) == rest_of(row) and row["changes"] is None
    if not right:
        walk.found.add(f"{_name(row)} was altered")
    return right


def _prove_anchors(
    found: _Findings, inside: Sequence[Anchor], outside: Sequence[Anchor], chains: Mapping[int, str]
) -> None:
    for each in inside:
        if chains.get(each.seal) != each.chain:
            found.add(f"the anchor of {each.day} does not fit: seal {each.seal} was altered or is gone")
    known = set(inside)
    for each in outside:
        if each not in known:
            found.add(f"the anchor of {each.day} that was kept outside is not in the database")
        elif chains.get(each.seal) != each.chain:
            found.add(
                f"the anchor of {each.day} that was kept outside does not fit: seal {each.seal} was altered or is gone"
            )


def _pages(walk: _Walk, after: int, until: int | None) -> Iterator[list[Line]]:
    """Lines by id. One that can't be read is told, and left out."""
    while True:
        here = audit.c.id > after if until is None else sa.and_(audit.c.id > after, audit.c.id <= until)
        query = sa.select(audit).where(here).order_by(audit.c.id).limit(MOST)
        try:
            page: list[Line] = list(walk.connection.execute(query).mappings())
            ids = [row["id"] for row in page]
        except _UNREADABLE:
            those = sa.select(audit.c.id).where(here).order_by(audit.c.id).limit(MOST)
            ids = list(walk.connection.execute(those).scalars())
            page = list(_one_by_one(walk, ids))
        if ids:
            yield page
        if len(ids) < MOST:
            return
        after = ids[-1]


def _one_by_one(walk: _Walk, ids: Sequence[int]) -> Iterator[Line]:
    for each in ids:
        try:
            yield walk.connection.execute(sa.select(audit).where(audit.c.id == each)).mappings().one()
        except _UNREADABLE:
            walk.unreadable.add(each)
            walk.seen["lines"] += 1
            walk.found.add(f"line {each} was altered: it can't be read any more")


def _names(connection: Connection, ids: Sequence[int]) -> dict[int, str]:
    columns = (audit.c.id, audit.c.entity, audit.c.record, audit.c.action, audit.c.at)
    found = {}
    for start in range(0, len(ids), _AT_ONCE):
        some = ids[start : start + _AT_ONCE]
        rows = connection.execute(sa.select(*columns).where(audit.c.id.in_(some))).mappings()
        found.update({row["id"]: _name(row) for row in rows})
    return found


def _name(row: Line) -> str:
    record = f" {row['record']}" if row["record"] else ""
    return f"line {row['id']} ({row['entity']}{record}, {row['action']}, {row['at']:%Y-%m-%d %H:%M:%S})"
