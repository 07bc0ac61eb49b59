"""Rules: what must hold for a record. Errors refuse; warnings refuse until they are confirmed with a reason.

All are asked, so that whoever saves learns everything at once. A rule that can't be evaluated refuses.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from app.access import field_rights
from app.record.audit import with_confirmed, write_audit
from app.record.batch import Batch, PartRow, Row
from app.record.conditions import BUGS, CheckedRule, conditions_of, log_bug
from app.record.facts import find_paths, find_user
from app.record.parts import gather_refusals, touched_wholes
from app.record.paths import leads_to
from app.record.refusal import Refusal
from app.record.values import Bad, clean_text

LONGEST_REASON = 500
CONFIRM = "confirm"
"""The action in the audit, of what was confirmed of a record after it was saved; of a body the key, which no field has."""
_OF_KNOWN_VALUES = frozenset({"field.required", "field.unique", "stage.requires"})


def clean_reasons(batch: Batch) -> None:
    """Cleans the reasons with which warnings are confirmed. One that can't be kept is refused; a blank one confirms nothing."""
    for row in batch.rows:
        if not row.confirm:
            continue
        taken: dict[str, str] = {}
        for code, given in row.confirm.items():
            reason = clean_text(given)
            if isinstance(reason, Bad):
                batch.refuse(row, reason.code, CONFIRM, "reason")
            elif reason is not None and len(reason) > LONGEST_REASON:
                batch.refuse(row, "field.length", CONFIRM, "reason", length=len(reason), limit=LONGEST_REASON)
            elif reason is not None:
                taken[code] = reason
        row.confirm = taken


def check_rules(batch: Batch) -> None:
    """Asks the rules that read nothing that follows from this save; the others are asked by `check_late_rules`."""
    rules = [rule for rule in conditions_of(batch.unit.catalog, batch.entity).rules if not rule.late]
    if rules:
        rows, unknown = _asked(batch), unknown_fields(batch)
        for rule in rules:
            for row in _broken(batch, rule, rows):
                if rule.fields.isdisjoint(unknown.get(row.index, ())) and not _is_left_alone(batch, rule, row):
                    _refuse(batch, rule, row)


def check_late_rules(batch: Batch) -> None:
    """Asks the rules that read what was derived from these records in others, once it is. Parts before their wholes."""
    for parts in batch.parts:
        check_late_rules(parts.kept)
        check_late_rules(parts.new)
        gather_refusals(batch, parts)
    conditions = conditions_of(batch.unit.catalog, batch.entity)
    rules = [rule for rule in conditions.rules if rule.late]
    if not rules or not batch.rows:
        return
    facts = {key for rule in rules for key in rule.facts}
    before = {id(row): {key: row.values.get(key) for key in facts} for row in batch.rows}
    find_user(batch.unit, conditions.late.user)
    ways = conditions.late.ways
    if batch.blueprint.entity.is_part or leads_to(ways.values(), batch.unit.written):
        find_paths(batch, ways, {})  # else they are as they were when the record was checked
    kept = {id(row): row.confirmed for row in batch.rows}
    for rule in rules:
        for row in _broken(batch, rule, batch.rows):
            derived = any(row.values[key] != before[id(row)][key] for key in rule.facts)
            if derived or not _is_left_alone(batch, rule, row):
                _refuse(batch, rule, row)
    late = [(row.id, with_confirmed(None, row.confirmed)) for row in batch.rows if row.confirmed is not kept[id(row)]]
    if late and not batch.refusals:  # what was saved is told by a line of its own, which stands already
        write_audit(batch.unit, batch.entity, CONFIRM, late)


def check_restored(batch: Batch) -> None:
    """Asks every rule that is no warning of records that are back: nobody decides anything anew, so nothing is confirmed."""
    conditions = conditions_of(batch.unit.catalog, batch.entity)
    for rule in conditions.rules:
        for row in _broken(batch, rule, batch.rows) if not rule.is_warning else ():
            if not _is_left_alone(batch, rule, row):
                _refuse(batch, rule, row)


def _asked(batch: Batch) -> Sequence[Row]:
    """New records, and those in which something changes, in them or in their parts."""
    if batch.creating:
        return batch.rows
    touched = touched_wholes(batch)
    return [row for row in batch.rows if row.changed or id(row) in touched]


def unknown_fields(batch: Batch) -> dict[int, set[str]]:
    """By row the fields whose values were refused: what a rule would say of them is not true, or not to be told."""
    found: dict[int, set[str]] = {}
    for each in batch.refusals:
        if each.field is not None and not each.inside and each.code not in _OF_KNOWN_VALUES:
            found.setdefault(each.index, set()).add(each.field)
    return found


def _broken(batch: Batch, rule: CheckedRule, rows: Sequence[Row]) -> Iterator[Row]:
    """The rows that break a rule."""
    require, when, context = rule.require, rule.when, batch.unit.context
    old: Mapping[str, Any] | None = None
    if require is None:
        yield from rows
        return
    for row in rows:
        values = row.values
        if not batch.creating:
            old = row.old
        try:
            broken = (when is None or when(values, old, context)) and not require(values, old, context)
        except BUGS:
            log_bug(rule.code)
            broken = True
        if broken:
            yield row


def _is_left_alone(batch: Batch, rule: CheckedRule, row: Row) -> bool:
    """Whether a record broke the rule before, and nothing that the rule reads changes: the rule lets such ones be.

    A rule that reads nothing of the record (who acts, the time) is about the save itself, and always asked.
    """
    if batch.creating or rule.rule.existing != "grandfather" or not rule.fields:
        return False
    return rule.fields.isdisjoint(row.changed)


def _refuse(batch: Batch, rule: CheckedRule, row: Row) -> None:
    if rule.is_warning and take_reason(batch, row, rule.code):
        return
    batch.refusals.append(
        Refusal(
            rule.code,
            _shown_at(batch, rule, row),
            {"rule": rule.rule.key},
            row.index,
            row.id or None,
            batch.entity,
            confirmable=rule.is_warning,
        )
    )


def take_reason(batch: Batch, row: Row, code: str) -> bool:
    """Whether a warning about the record is confirmed with a reason, which is then kept with it. Nobody is there to be warned
    where an automation saves: that it did is the reason.
    """
    reason = _whole(row).confirm.get(code)
    if reason is None and batch.unit.chain:
        reason = f"automation {batch.unit.chain[-1]}"
    if reason is not None:
        row.confirmed = {**row.confirmed, code: reason}
    return reason is not None


def _shown_at(batch: Batch, rule: CheckedRule, row: Row) -> str | None:
    """The field of its message; none where the actor does not see it."""
    key = rule.rule.field
    rights = field_rights(batch.unit.catalog, batch.unit.actor, batch.entity)
    return key if key is None or key in row.posted or rights.sees(key) else None


def _whole(row: Row) -> Row:
    """The record with which a part is saved: what is confirmed is confirmed for all of it."""
    return row.whole if isinstance(row, PartRow) else row
