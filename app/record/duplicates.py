"""Step 7: records that look alike. A rule warns of them until that is confirmed with a reason, or refuses.

Asked of new records and of those in which something that is compared changes. The stored ones count whoever may see them,
but those in the bin do not; rows of one batch are compared with one another. The message is the same whatever was found; the
records are named as far as the actor may read them and all that was compared.
"""

from __future__ import annotations

import zlib
from collections.abc import Iterator, Mapping, Sequence
from collections.abc import Set as AbstractSet
from typing import Any

import sqlalchemy as sa

from app.access import field_rights
from app.frozen import dataclass
from app.record.alike import CheckedDuplicate, Values
from app.record.batch import Batch, Row, is_grave
from app.record.candidates import find_candidates
from app.record.conditions import conditions_of, holds
from app.record.decide import in_parts
from app.record.refusal import Refusal
from app.record.rules import take_reason, unknown_fields

MOST_NAMED = 5
_LOCKS = 0x7E_40_4E_02  # any fixed number; it names the locks of duplicate rules in the database


@dataclass(frozen=True)
class _Found:
    """A row with the others that it is like, the most alike first: ids, or negative places of new rows of the batch."""

    row: Row
    others: tuple[int, ...]


def match_duplicates(batch: Batch) -> None:
    """Notes a refusal for each row and rule where others look alike and that is not confirmed.

    A warning does not speak of records again of which an earlier rule has warned. For each rule that is asked one statement
    finds candidates, and one those that may be named; none where nothing that is compared changes. On PostgreSQL a rule that
    refuses is asked by one transaction at a time.
    """
    rules = conditions_of(batch.unit.catalog, batch.entity).duplicates
    if not rules:
        return
    unknown = unknown_fields(batch)
    grave = {each.index for each in batch.refusals if is_grave(each)}
    rows = [row for row in batch.rows if row.index not in grave]
    warned: dict[int, set[int]] = {}
    for rule in rules:
        asked = [
            row for row in rows if _is_asked(batch, rule, row) and unknown.get(row.index, set()).isdisjoint(rule.fields)
        ]
        if asked:
            if not rule.is_warning:
                _wait_for_others(batch, rule)
            _refuse(batch, rule, list(_new_to(warned, rule, _alike(batch, rule, asked))))


def _wait_for_others(batch: Batch, rule: CheckedDuplicate) -> None:
    """Until whoever was asked by this rule before has committed: two records that are saved at once and are each like the
    other would not find one another. SQLite has one writer anyway; who only looks waits for nobody.
    """
    if batch.unit.reader is None and batch.unit.connection.dialect.name == "postgresql":
        mark = zlib.crc32(f"{batch.entity}.{rule.rule.key}".encode()) - 2**31
        lock = sa.func.pg_advisory_xact_lock(sa.literal(_LOCKS, sa.Integer), sa.literal(mark, sa.Integer))
        batch.unit.connection.execute(sa.select(lock))


def _is_asked(batch: Batch, rule: CheckedDuplicate, row: Row) -> bool:
    if row.changed.isdisjoint(rule.fields) or rule.key(row.values) is None:
        return False
    old = None if batch.creating else row.old
    return rule.when is None or holds(rule.when, row.values, old, batch.unit.context, otherwise=True)


def _alike(batch: Batch, rule: CheckedDuplicate, asked: Sequence[Row]) -> Iterator[_Found]:
    """The rows that others look like: stored records, and rows of the batch that come before or are not asked themselves."""
    clear = field_rights(batch.unit.catalog, batch.unit.actor, batch.entity).clear
    fellows = [*batch.siblings, *batch.rows]
    ours = {row.id for row in fellows} | batch.going
    groups: dict[Any, list[tuple[int, int, Values]]] = {}
    for record, values in find_candidates(batch, rule, asked):
        if record not in ours:
            groups.setdefault(rule.key(values), []).append((-1, record, values))
    asked_too = {id(row) for row in asked}
    for place, row in enumerate(fellows):
        comes = place if id(row) in asked_too else -1
        groups.setdefault(rule.key(row.values), []).append((comes, row.id or -1 - place, row.values))
    places = {id(row): place for place, row in enumerate(fellows)}
    for row in asked:
        scores = {
            other: score
            for comes, other, values in groups.get(rule.key(row.values), ())
            if values is not row.values and comes < places[id(row)]
            if (score := rule.likeness(row.values, values, clear))
        }
        if scores:
            yield _Found(row, tuple(sorted(scores, key=lambda other: (-scores[other], other))))


def _new_to(warned: dict[int, set[int]], rule: CheckedDuplicate, found: Iterator[_Found]) -> Iterator[_Found]:
    """What a person has not been warned of yet by an earlier rule. A rule that blocks always speaks."""
    for each in found:
        before = warned.setdefault(each.row.index, set())
        fresh = tuple(other for other in each.others if other not in before or not rule.is_warning)
        before.update(each.others)
        if fresh:
            yield _Found(each.row, fresh)


def _refuse(batch: Batch, rule: CheckedDuplicate, found: Sequence[_Found]) -> None:
    left = [each for each in found if not (rule.is_warning and take_reason(batch, each.row, rule.code))]
    seen = _seen(batch, rule, left)
    for each in left:
        named = tuple(other for other in each.others if other in seen)[:MOST_NAMED]
        params: Mapping[str, object] = {"rule": rule.rule.key, "alike": named}
        row = each.row
        batch.refusals.append(
            Refusal(rule.code, None, params, row.index, row.id or None, batch.entity, confirmable=rule.is_warning)
        )


def _seen(batch: Batch, rule: CheckedDuplicate, found: Sequence[_Found]) -> AbstractSet[int]:
    """Which of the records the actor may read. Parts stand in the record that they belong to, and are not named."""
    ids = sorted({other for each in found for other in each.others if other > 0})
    rights = field_rights(batch.unit.catalog, batch.unit.actor, batch.entity)
    if not ids or batch.blueprint.entity.is_part or not rights.clear.issuperset(rule.fields):
        return frozenset()
    record_id = batch.unit.models.classes[batch.entity].id
    statements = (sa.select(record_id).where(record_id.in_(some)) for some in in_parts(ids))
    return {record for each in statements for record in batch.unit.session.execute(each).scalars()}
