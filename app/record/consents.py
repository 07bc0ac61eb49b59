"""Consents that were given and withdrawn: who noted it, when, through which door, and the wording that it is about."""

from __future__ import annotations

from collections.abc import Iterator
from typing import Any

from app.record.batch import Batch


def consent_rows(batch: Batch) -> list[dict[str, Any]]:
    """The rows of `tenon_consent` for records that were just saved."""
    return list(_rows(batch)) if batch.blueprint.entity.consents else []


def _rows(batch: Batch) -> Iterator[dict[str, Any]]:
    unit = batch.unit
    who = {"at": unit.at, "actor_id": unit.actor.user_id, "actor": unit.actor.name, "door": unit.door}
    for each in batch.blueprint.entity.consents:
        assert each.consent is not None
        what = {"purpose": each.consent.purpose, "wording": dict(each.consent.text.by_language)}
        for row in batch.changed_rows(each.key):
            was, given = not batch.creating and bool(row.old[each.key]), bool(row.values[each.key])
            if was is given:
                continue
            yield {
                "entity": batch.entity,
                "record": row.id,
                "field": each.key,
                "given": given,
                **what,
                **who,
                "changed_seq": row.values["changed_seq"],
            }
