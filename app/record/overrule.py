"""Overruling a computed field: a person gives another value, and says why. It stays until it is withdrawn.

The computed value is kept beside it and worked out on. Whoever may write the field, if it were not computed, may overrule
it. The value is checked as a posted one.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.access import FieldRights, field_rights
from app.definition.currencies import ORIGINAL_SUFFIX
from app.record.batch import Batch, Row
from app.record.refusal import Overruling
from app.record.values import Bad, clean_text

LONGEST_REASON = 500


def take_overruling(batch: Batch) -> None:
    """Puts values that overrule computed ones among what was posted, as far as the actor may give them."""
    rows = [row for row in batch.rows if row.overrule]
    rights = field_rights(batch.unit.catalog, batch.unit.actor, batch.entity) if rows else None
    for row in rows:
        assert rights is not None
        row.overrule = {key: each for key, each in row.overrule.items() if _may(batch, row, key, rights)}
        for key, each in row.overrule.items():
            if each is not None:
                row.posted[key] = each.value


def _may(batch: Batch, row: Row, key: str, rights: FieldRights) -> bool:
    """A field out of sight is refused with the very words for one that does not exist."""
    if not rights.sees(key):
        batch.refuse(row, "field.read_only", key, "unknown")
    elif key not in batch.blueprint.overrides:
        batch.refuse(row, "field.read_only", key)
    elif key not in rights.overridable:
        batch.refuse(row, "access.denied", key, "overrule")
    else:
        return True
    return False


def note_overruling(batch: Batch) -> None:
    """Once values were read: who overrules what, since when and why, or that nobody does any more."""
    for row in batch.rows:
        for key, each in row.overrule.items():
            columns = batch.blueprint.overrides[key]
            if each is None:
                _put(row, dict.fromkeys(columns.every))
                continue
            reason = _reason(batch, row, each)
            unit = batch.unit
            _put(row, {columns.by: unit.actor.user_id, columns.at: unit.at, columns.reason: reason})
            _keep_original(batch, row, key)


def _reason(batch: Batch, row: Row, given: Overruling) -> str | None:
    reason = clean_text(given.reason)
    if isinstance(reason, Bad):
        batch.refuse(row, reason.code, "reason", "reason")
        return None
    if reason is None:
        batch.refuse(row, "field.required", "reason", "reason")
    elif len(reason) > LONGEST_REASON:
        batch.refuse(row, "field.length", "reason", "reason", length=len(reason), limit=LONGEST_REASON)
    return reason


def _keep_original(batch: Batch, row: Row, key: str) -> None:
    """An amount is given in the currency of the record; what it is in the company's is worked out with the formulas."""
    money = batch.blueprint.money
    if money is not None and key in money.derived:
        given, row.values[key] = row.values[key], row.old[key]
        row.changed -= {key}
        _put(row, {key + ORIGINAL_SUFFIX: given})


def _put(row: Row, values: Mapping[str, Any]) -> None:
    row.values.update(values)
    row.changed |= {key for key, value in values.items() if value != row.old[key]}
