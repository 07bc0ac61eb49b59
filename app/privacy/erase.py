"""Erasing a person: from every place of the database, in one transaction, and then from the files.

His own records stay as rows, with numbers and links, and are called by their number; what is personal in them goes. So it does
in records about him alone; in others his words go. What the law asks to keep stays, and is told.
"""

from __future__ import annotations

import re
import secrets
import time
from collections import Counter
from collections.abc import Collection, Iterable, Iterator, Mapping, Sequence
from dataclasses import field, replace
from functools import partial
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.exc import IntegrityError
from sqlalchemy.sql.elements import ColumnElement

from app.access import Actor, writing
from app.automation.mail_stops import forget_reasons
from app.backup.identity import known_deployment
from app.backup.ledger import Erasure, note_erasures
from app.files import FolderContents
from app.frozen import dataclass
from app.orm import framework
from app.orm.framework import approval, approval_ask, audit, delivery
from app.orm.models import ENTITY_SUFFIX
from app.orm.store import Store
from app.plan.rotating import Column, change_values, sealed_columns
from app.privacy.person import STAFF, Hidden, Holding, Records, about_nobody_else, find_holding
from app.privacy.places import WORDS_GO, hidden_columns, searched_tables
from app.record import Saved, in_unit
from app.record.audit import write_audit
from app.record.decide import in_parts
from app.record.forget import ANONYMISE, blank_fields, erase_history, personal_fields, refresh
from app.record.put_away import forget_traffic
from app.record.scrub import KEYED, MARK, Words, holding, holds, scrub, tables_with_texts, text_columns
from app.record.unit import Unit

_BY_NAME_TOO = ("tenon_idempotency", "tenon_preference")  # nobody's own text: an answer of a day, a wish
DOOR = "command"
Person = tuple[str, int]


@dataclass(frozen=True)
class Erased:
    """What was, or would be, done: rows by place; the records that stay by law; addresses that others have, too. `own` are
    the records that were his, `contents` digests of his files, `away` the ledgers that could not be told.
    """

    counts: Mapping[str, int]
    own: Records
    kept: Records
    shared: tuple[str, ...]
    contents: tuple[str, ...] = ()
    away: tuple[str, ...] = ()


@dataclass(frozen=True)
class _Work:
    """What the steps of one erasure share. `stored` are the tables with texts as they are in the database, `sealed` its columns of
    encrypted values.
    """

    unit: Unit
    held: Holding
    hidden: Hidden
    stored: Mapping[str, sa.Table]
    sealed: Sequence[Column]
    counts: Counter[str] = field(default_factory=Counter)


def look_ahead(store: Store, actor: Actor, persons: Sequence[Person]) -> Erased:
    """What `erase` would do: it is done, and taken back. Raises LookupError for somebody who is not there."""
    with writing(store, actor) as session:
        unit = Unit(store, actor, session, DOOR, store.clock())
        found = _erase(unit, persons)
        session.rollback()
    return found


def erase(
    store: Store,
    actor: Actor,
    contents: FolderContents,
    persons: Sequence[Person],
    *,
    ledger: Sequence[Path] = (),
    gone_too: bool = False,
) -> Erased:
    """Erases a person, who is known by one record or several. Done again, it finds nothing more. The folders of the `ledger`
    are told before it is committed. Records that are `gone_too` are those of who was erased before, and then deleted.

    Raises LookupError for somebody who is not there, StaleRevision, and OSError where other writers left no room, or a unique
    key none for what would stand instead of his words.
    """
    begun, told, act = time.time(), list[Erased](), secrets.token_hex(8)
    clash = list[IntegrityError]()

    def work(unit: Unit) -> Saved:
        clash.clear()
        try:
            found = _erase(unit, persons, gone_too=gone_too)
        except IntegrityError as error:  # of two writers, or for good: it is tried again
            clash.append(error)
            raise
        if ledger:
            wrong = note_erasures(ledger, _noted(unit, act, found))
            found = replace(found, away=tuple(wrong))
        told[:] = [found]
        return Saved((), ())

    outcome = in_unit(store, actor, DOOR, work)
    if clash:
        raise OSError(f"a key is taken: {_key_of(clash[0])}") from clash[0]
    if not isinstance(outcome, Saved):
        raise OSError("other writers left no room: try again")
    _drop_contents(store, contents, told[0].contents, begun)
    return told[0]


def _key_of(error: IntegrityError) -> str:
    """The key that an error tells of, without the values that clash."""
    return str(getattr(getattr(error.orig, "diag", None), "constraint_name", None) or error.orig)


def _erase(unit: Unit, persons: Sequence[Person], *, gone_too: bool = False) -> Erased:
    hidden = hidden_columns(unit.connection)
    held = find_holding(unit.connection, unit.models, persons, hidden, gone_too=gone_too)
    work = _Work(unit, held, hidden, tables_with_texts(unit.connection), sealed_columns(unit.connection, unit.models))
    counts = work.counts
    digests = _blank_own(work)
    alone = about_nobody_else(unit.connection, unit.models, held)
    for entity, those in alone.items():
        fields = [each.key for each in personal_fields(unit.catalog.entities[entity])]
        if fields and those:
            digests += blank_fields(unit, entity, fields, those)
            counts[f"records of {entity}, anonymised"] += len(those)
    counts["contents of files"] += len(set(digests))
    _scrub_near(work)
    _scrub_all(work)
    _forget_answers(work)
    _forget_deliveries(work)
    _erase_audit(work, alone)
    counts["unsubscribed addresses, kept as digests"] += forget_reasons(unit.connection, held.addresses)
    for entity, ids in held.own.items():
        write_audit(unit, entity, ANONYMISE, [(each, None) for each in ids])
    return Erased(
        {key: count for key, count in counts.items() if count}, held.own, held.kept, held.shared, tuple(digests)
    )


def _blank_own(work: _Work) -> list[str]:
    unit, digests = work.unit, list[str]()
    for entity, ids in work.held.own.items():
        described = unit.catalog.entities[entity]
        files = [key for key, each in described.fields.items() if each.holds == "file"]
        keys = dict.fromkeys([*(each.key for each in personal_fields(described)), *files])
        digests += blank_fields(unit, entity, list(keys), ids)
        work.counts[f"records of {entity}, anonymised"] += len(ids)
        _blank_hidden(work, unit.models.tables[entity].name, ids)
        for some in in_parts(ids):
            forget_traffic(unit, entity, some)
            left = sa.and_(framework.file.c.entity == entity, framework.file.c.record.in_(some))
            rows = unit.connection.execute(sa.select(framework.file).where(left)).mappings().all()
            digests += [row[key] for row in rows for key in ("sha256", "thumbnail") if row[key]]
            unit.connection.execute(sa.delete(framework.file).where(left))
    return digests


def _blank_hidden(work: _Work, name: str, ids: Sequence[int]) -> None:
    """What fields that were removed hold of these records: columns of their table, and lists beside it."""
    unit, stored = work.unit, work.stored[name]
    columns = [each for each in work.hidden.get(name, ()) if each in stored.c and stored.c[each].nullable]
    if columns:
        values: dict[str, Any] = {**dict.fromkeys(columns), "changed_seq": unit.changed_seq}
        filled = sa.or_(*(stored.c[each].is_not(None) for each in columns))
        for some in in_parts(ids):
            done = unit.connection.execute(sa.update(stored).where(stored.c.id.in_(some), filled).values(values))
            work.counts["values of removed fields"] += done.rowcount
    for each in (one for one in work.hidden if one.startswith(f"{name}__") and not work.hidden[one]):
        listed = sa.table(each, sa.column("record"))
        for some in in_parts(ids):
            done = unit.connection.execute(sa.delete(listed).where(listed.c.record.in_(some)))
            work.counts["values of removed fields"] += done.rowcount


def _scrub_near(work: _Work) -> None:
    """His words in records that are his or about him, in their lists, and in what the framework keeps of each."""
    unit, held = work.unit, work.held
    for records in (held.own, held.about):
        for entity, ids in records.items():
            if _scrub_records(work, entity, ids):
                refresh(unit, entity, ids)
    for name, columns in WORDS_GO.items():
        if "entity" in framework.FRAMEWORK.tables[name].c:
            stored = work.stored[name]
            work.counts[name] += _rows(scrub(unit, stored, held.near, _of(stored, held), columns))
    asked, name = work.stored[approval_ask.name], approval_ask.name
    near = asked.c.approval_id.in_(sa.select(approval.c.id).where(_of(approval, held)))
    work.counts[name] += _rows(scrub(unit, asked, held.near, near, WORDS_GO[name]))


def _of(table: sa.Table, held: Holding) -> ColumnElement[bool]:
    """The rows of a table that are about his records, or those about him; where it holds lists of them, of their entities."""
    records = [*held.own.items(), *held.about.items()]
    if "record" not in table.c:
        return table.c.entity.in_([entity for entity, _ in records])
    return sa.or_(sa.false(), *(sa.and_(table.c.entity == entity, table.c.record.in_(ids)) for entity, ids in records))


def _scrub_records(work: _Work, entity: str, ids: Sequence[int]) -> int:
    unit, words, changed = work.unit, work.held.near, 0
    stored = work.stored[unit.models.tables[entity].name]
    for some in in_parts(ids):
        changed += scrub(unit, stored, words, stored.c.id.in_(some), _worded(work, entity)).changed
        changed += len(_scrub_sealed(work, stored.name, words, some))
        for many in unit.models.many_of(entity):
            listed = work.stored.get(many.table.name)
            if listed is not None:
                changed += _rows(scrub(unit, listed, words, listed.c.record.in_(some)))
    work.counts[f"texts in records of {entity}"] += changed
    return changed


def _scrub_all(work: _Work) -> None:
    """His addresses, and with them his name, in every other text."""
    unit, held = work.unit, work.held
    entity_of = {table.name: entity for entity, table in unit.models.tables.items()}
    for name in searched_tables(work.stored, _left(unit)):
        words = Words((*held.addresses, *held.names)) if name in _BY_NAME_TOO else held.words
        worded = _worded(work, entity_of[name]) if name in entity_of else WORDS_GO.get(name, ())
        done = scrub(unit, work.stored[name], words, of=worded)
        ids = {*done.ids, *(opened := _scrub_sealed(work, name, words))}
        if ids and name in entity_of:
            refresh(unit, entity_of[name], ids)
        what = f"texts in records of {entity_of[name]}" if name in entity_of else name
        work.counts[what if name not in work.hidden else "values of removed fields"] += _rows(done) + len(opened)


def _scrub_sealed(work: _Work, name: str, words: Words, ids: Collection[int] | None = None) -> list[int]:
    """Words out of the encrypted values of a table, which no query finds: each is opened. Gives the rows that changed."""
    found: list[int] = []
    for column in (each for each in work.sealed if each.table == name and words.telling):
        telling, every = Words(words.telling).pattern, words.pattern
        keyed = bool(work.stored[name].c[column.name].info[KEYED])
        change = partial(_unless_told, telling, every, keyed=keyed)
        found += change_values(work.unit.connection, column, change, ids)
    return found


def _worded(work: _Work, entity: str) -> frozenset[str]:
    """The columns in which somebody may have written, of an entity's table as it is: those of options and the like are left."""
    described, table = work.unit.catalog.entities[entity], work.unit.models.tables[entity]
    keys = {key for key, each in described.fields.items() if each.holds in {"option", "any"}}
    plain = {column.name for column in table.columns if column.key in keys or column.key.endswith(ENTITY_SUFFIX)}
    return frozenset({each.name for each in text_columns(work.stored[table.name])} - plain - {"deletion"})


def _left(unit: Unit) -> frozenset[str]:
    """The tables of who works here, and of what the law asks to keep."""
    keys = [key for key, each in unit.catalog.entities.items() if key in STAFF or each.kept_by_law]
    lists = [many.table.name for key in keys for many in unit.models.many_of(key)]
    return frozenset([*(unit.models.tables[key].name for key in keys), *lists])


def _unless_told(telling: re.Pattern[str], every: re.Pattern[str], row: int, value: str, *, keyed: bool) -> str:
    mark = f"{MARK}{row}" if keyed else MARK
    return every.sub(lambda _: mark, value) if telling.search(value) else value


def _forget_answers(work: _Work) -> None:
    """What programs were answered is sealed by the key of the web: nobody knows whom it tells of, and it would go within a day.
    That a request was carried out is known still.
    """
    kept = framework.idempotency
    done = work.unit.connection.execute(sa.update(kept).where(kept.c.answer != "").values(answer=""))
    work.counts[kept.name] += done.rowcount


def _forget_deliveries(work: _Work) -> None:
    """What was sent to him, or waits to be. Its words tell of him whatever they are."""
    unit, held = work.unit, work.held
    to_him = delivery.c.target.in_([*held.addresses, *held.shared, ""]) & _of(delivery, held)
    to_him |= delivery.c.target.in_(held.addresses)
    blank: dict[str, Any] = {"content": {}, "target": "", "answer": None, "touched_at": unit.at}
    over: dict[str, Any] = {"claim": None, "claimed_until": None, "state": "dropped", "ended_at": unit.at}
    waiting = delivery.c.state.in_(("waiting", "dead"))
    unit.connection.execute(sa.update(delivery).where(to_him, waiting).values(over))
    work.counts["letters"] += unit.connection.execute(sa.update(delivery).where(to_him).values(blank)).rowcount


def _erase_audit(work: _Work, alone: Mapping[str, Collection[int]]) -> None:
    """All that the audit tells of his records, and of those about him alone; elsewhere the lines that hold his words."""
    unit, held = work.unit, work.held
    a, former = audit.c, unit.models.former
    stays = [key for key, each in unit.catalog.entities.items() if key in STAFF or each.kept_by_law]
    whole = [(entity, ids) for records in (held.own, alone) for entity, ids in records.items() if ids]
    conditions = [sa.and_(former.written_of(audit, entity), a.record.in_(ids)) for entity, ids in whole]
    lines = _audit_lines(unit, sa.or_(sa.false(), *conditions))
    for entity, ids in held.about.items():
        lines |= _audit_lines(unit, sa.and_(former.written_of(audit, entity), a.record.in_(ids)), held.near.telling)
    lines |= _audit_lines(unit, a.entity.not_in(stays), held.addresses)
    by_entity: dict[str, list[int]] = {}
    for entity, line in sorted(lines):
        by_entity.setdefault(entity, []).append(line)
    for entity, some in by_entity.items():
        work.counts["lines of the audit"] += erase_history(unit, entity, some)


def _audit_lines(
    unit: Unit, where: ColumnElement[bool], telling: tuple[str, ...] | None = None
) -> set[tuple[str, int]]:
    """Lines of the audit that say something still, (entity, id); with words those that hold one."""
    a = audit.c
    if telling is None:
        query = sa.select(a.entity, a.id).where(where, a.changes.is_not(None))
        return {(row.entity, row.id) for row in unit.connection.execute(query)}
    if not telling:
        return set()
    pattern, columns = Words(telling).pattern, (a.changes, a.actor)
    found = sa.select(a.entity, a.id, *columns).where(where, a.changes.is_not(None), holding(columns, telling))
    rows = unit.connection.execute(found)
    return {(row.entity, row.id) for row in rows if holds([row.changes, row.actor], pattern)}


def _noted(unit: Unit, act: str, found: Erased) -> Iterator[Erasure]:
    """What the ledger is told: ids and moments, nothing of what was erased."""
    deployment = known_deployment(unit.store)
    for entity, ids in found.own.items():
        table = unit.models.tables[entity]
        rows = unit.connection.execute(sa.select(table.c.id, table.c.created_at).where(table.c.id.in_(ids)))
        for record, made in rows.all():
            yield Erasure(act, unit.at, deployment, table.name, record, made)


def _rows(done: Any) -> int:
    return int(done.changed + done.gone)


def _drop_contents(store: Store, contents: FolderContents, digests: Iterable[str], begun: float) -> None:
    """Contents that no file names any more go at once; one that somebody brings again meanwhile stays."""
    f = framework.file.c
    for digest in sorted(set(digests)):
        with store.system_reading() as connection:
            named = sa.select(f.id).where(sa.or_(f.sha256 == digest, f.thumbnail == digest)).limit(1)
            if connection.execute(named).first() is not None:
                continue
        contents.delete(digest, begun)
