"""`fills`: what a lookup copies from the record that is chosen, as far as whoever chooses may know it."""

from __future__ import annotations

from collections.abc import Collection, Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.access import FieldRight, field_rights
from app.record.batch import Batch, Row
from app.record.decide import in_parts
from app.record.references import look_up
from app.record.values import Bad


def fill(batch: Batch) -> None:
    """Copies into fields that were not posted themselves, wherever a lookup is chosen anew. Blanks are not copied.

    A value that the actor does not read in clear is copied only where he does not see the copy either; so is what points to
    a record that is out of his sight, which he could not choose himself.
    """
    for lookup, pairs in batch.blueprint.fills.items():
        target = batch.blueprint.references[lookup]
        seen = batch.found.get(target, ())
        rows = [row for row in batch.changed_rows(lookup) if lookup in row.posted and row.values[lookup] in seen]
        copied = _permitted(batch, target, pairs)
        if rows and copied:
            _copy(batch, rows, lookup, copied)


def _permitted(batch: Batch, target: str, pairs: Mapping[str, str]) -> dict[str, str]:
    catalog, actor = batch.unit.catalog, batch.unit.actor
    own, other = field_rights(catalog, actor, batch.entity), field_rights(catalog, actor, target)
    return {
        key: source for key, source in pairs.items() if source in other.clear or own.right(key) is FieldRight.HIDDEN
    }


def _copy(batch: Batch, rows: Sequence[Row], lookup: str, copied: Mapping[str, str]) -> None:
    target = batch.blueprint.references[lookup]
    stored = _stored(batch, target, sorted({row.values[lookup] for row in rows}), tuple(copied.values()))
    hidden = _out_of_sight(batch, copied, stored.values())
    for row in rows:
        source = stored[row.values[lookup]]
        for key, name in copied.items():
            if key in row.posted or source[name] is None or source[name] in hidden.get(key, ()):
                continue
            value = batch.blueprint.parsers[key](source[name])
            if isinstance(value, Bad):
                batch.refuse_value(row, key, value)
                continue
            row.values[key] = value
            if not batch.creating and value != row.old[key]:
                row.changed |= {key}


def _out_of_sight(
    batch: Batch, copied: Mapping[str, str], sources: Collection[Mapping[str, Any]]
) -> dict[str, set[int]]:
    """By field, the ids that the actor could not choose. One statement; none where no lookup is copied."""
    own = field_rights(batch.unit.catalog, batch.unit.actor, batch.entity)
    pointed = {
        key: {source[name] for source in sources} - {None}
        for key, name in copied.items()
        if key in batch.blueprint.references and own.right(key) is not FieldRight.HIDDEN
    }
    wanted: dict[str, set[int]] = {}
    for key, ids in pointed.items():
        target = batch.blueprint.references[key]
        unknown = ids - batch.found.get(target, set())
        if unknown:
            wanted.setdefault(target, set()).update(unknown)
    look_up(batch, wanted)
    mine = {batch.unit.actor.user_id}
    return {
        key: ids - batch.found.get(batch.blueprint.references[key], set()) - (mine if key == "owner" else set())
        for key, ids in pointed.items()
    }


def _stored(batch: Batch, target: str, ids: Sequence[int], fields: Sequence[str]) -> dict[int, Mapping[str, Any]]:
    """The chosen records, which were found to be in the actor's sight."""
    a_class = batch.unit.models.classes[target]
    columns = [getattr(a_class, name) for name in dict.fromkeys(fields)]
    found: dict[int, Mapping[str, Any]] = {}
    for some in in_parts(ids):
        for row in batch.unit.session.execute(sa.select(a_class.id, *columns).where(a_class.id.in_(some))).mappings():
            found[row["id"]] = dict(row)
    return found
