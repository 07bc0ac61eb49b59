"""A record that was changed since it was read: who did it, and which fields differ."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa

from app.access import field_rights
from app.orm.framework import audit
from app.record.batch import Batch, Row
from app.record.history import names_of_people

RAISES_VERSION = ("update", "restore")  # audited actions of which each raised the version by one


def _changed_parts(batch: Batch, record: int, moments: Sequence[dt.datetime]) -> set[str]:
    """The names of the parts that were changed in these acts."""
    found = set()
    for link in batch.unit.catalog.parts_of(batch.entity).values() if moments else ():
        table = batch.unit.models.tables[link.entity]
        mine = sa.select(table.c.id).where(table.c[link.field] == record)
        acted = sa.select(audit.c.id).where(
            batch.unit.models.former.written_of(audit, link.entity), audit.c.record.in_(mine), audit.c.at.in_(moments)
        )
        if batch.unit.connection.execute(acted.limit(1)).first() is not None:
            found.add(link.name)
    return found


def note_conflict(batch: Batch, row: Row, stored: Mapping[str, Any], read: int) -> None:
    """Refuses with `record.changed`: `fields` that others changed meanwhile and the actor may see, `by` whom, `version`."""
    # A program may send any number; no version is less than 1.
    later, former = max(stored["version"] - max(read, 0), 0), batch.unit.models.former
    entries = batch.unit.session.execute(
        sa.select(audit.c.at, audit.c.actor_id, audit.c.actor, audit.c.revision, audit.c.changes)
        .where(former.written_of(audit, batch.entity), audit.c.record == row.id, audit.c.action.in_(RAISES_VERSION))
        .order_by(audit.c.id.desc())
        .limit(later)
    ).all()
    rights = field_rights(batch.unit.catalog, batch.unit.actor, batch.entity)
    told = [former.today(batch.entity, entry.revision, entry.changes or {}) for entry in entries]
    changed = {key for changes in told for key in changes if rights.sees(key)}
    changed |= _changed_parts(batch, row.id, [entry.at for entry in entries])
    acted = {entry.actor_id: entry.actor for entry in reversed(entries)}
    names = names_of_people(batch.unit.session, batch.unit.actor, acted)
    by = ", ".join(dict.fromkeys(names[entry.actor_id] for entry in entries if entry.actor_id in names))
    variant = "" if by else "unknown"
    batch.refuse(row, "record.changed", None, variant, fields=tuple(sorted(changed)), by=by, version=stored["version"])
