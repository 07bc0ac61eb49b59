"""What the rows of a batch point to, fetched in one statement for all rows and all targets, in the actor's scope."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect

from app.orm.fixed import fixed_text
from app.orm.models import Models
from app.orm.tuples import among
from app.orm.types import AnyId
from app.record.batch import Batch, Row
from app.record.decide import IDS_PER_STATEMENT


def find_references(batch: Batch) -> None:
    """Fills `found` (ids by entity that exist and that the actor may see) and `places` (department and team of owners)."""
    look_up(batch, _wanted(batch))
    _place_of_actor(batch)


def look_up(batch: Batch, wanted: Mapping[str, set[int]]) -> None:
    """As `find_references`, of these ids by entity."""
    for some in _statements(wanted):
        query, values = _query(batch, tuple(some)), {f"ids_{target}": ids for target, ids in some.items()}
        for target, record, department, team in batch.unit.session.execute(query, values):
            batch.found.setdefault(target, set()).add(record)
            if target == "user":
                batch.places[record] = (department, team)


def check_references(batch: Batch) -> None:
    """Refuses what points to nothing. What the actor may not see is refused with the very words for what does not exist."""
    me = batch.unit.actor.user_id
    for key, target in batch.blueprint.references.items():
        found = batch.found.get(target, set())
        for row in batch.rows:
            value = row.values[key]
            if value is None or value in found or (not batch.creating and key not in row.posted):
                continue
            if key == "owner" and value == me:  # one may always own what one makes
                continue
            if key in row.posted and (batch.creating or value != row.old[key]):
                batch.refuse(row, "record.not_found", key, "reference", target=target)
    _check_links(batch)
    _check_anys(batch)


def _check_links(batch: Batch) -> None:
    for key in batch.blueprint.link_blanks:
        for row in batch.changed_rows(key):
            for target, ids in sorted(_new_links(batch, row, key).items()):
                if not ids <= batch.found.get(target, set()):
                    batch.refuse(row, "record.not_found", key, "reference", target=target)
                    break


def _new_links(batch: Batch, row: Row, key: str) -> dict[str, set[int]]:
    """The ids by entity that a list points to and did not before: what it pointed to was read in the scope of the actor."""
    new = {link.id for link in row.values[key] or ()} - {link.id for link in row.old.get(key) or ()}
    found: dict[str, set[int]] = {}
    for each in new:
        target, record = each if isinstance(each, AnyId) else (batch.blueprint.lists[key].targets[0], each)
        found.setdefault(target, set()).add(record)
    return found


def _check_anys(batch: Batch) -> None:
    for key in batch.blueprint.anys:
        for row in batch.changed_rows(key):
            value = row.values[key]
            if value is not None and value.id not in batch.found.get(value.entity, ()):
                batch.refuse(row, "record.not_found", key, "reference", target=value.entity)


def _wanted(batch: Batch) -> dict[str, set[int]]:
    wanted: dict[str, set[int]] = {}
    for key, target in batch.blueprint.references.items():
        ids = {row.values[key] for row in batch.rows if key in row.changed}
        ids -= {None, 0}
        if ids:
            wanted.setdefault(target, set()).update(ids)
    for key in batch.blueprint.link_blanks:
        for row in batch.changed_rows(key):
            for target, ids in _new_links(batch, row, key).items():
                if ids - {0}:
                    wanted.setdefault(target, set()).update(ids - {0})
    for key, targets in batch.blueprint.anys.items():
        for row in batch.changed_rows(key):
            value = row.values[key]
            if value is not None and value.entity in targets and value.id:
                wanted.setdefault(value.entity, set()).add(value.id)
    return wanted


def _statements(wanted: Mapping[str, set[int]]) -> list[dict[str, list[int]]]:
    """Splits what is wanted so that no statement names too many ids."""
    if not wanted:
        return []
    if sum(map(len, wanted.values())) <= IDS_PER_STATEMENT:
        return [{target: sorted(ids) for target, ids in sorted(wanted.items())}]
    parts = []
    for target, ids in sorted(wanted.items()):
        ordered = sorted(ids)
        parts += [{target: ordered[at : at + IDS_PER_STATEMENT]} for at in range(0, len(ordered), IDS_PER_STATEMENT)]
    return parts


def _query(batch: Batch, targets: tuple[str, ...]) -> sa.CompoundSelect[Any]:
    """The statement for the ids of these targets, which are its parameters; made once per models."""
    dialect = batch.unit.connection.dialect
    kept: dict[object, sa.CompoundSelect[Any]] = batch.unit.models.metadata.info.setdefault("references", {})
    wanted = (dialect.name, targets)
    if wanted not in kept:
        kept[wanted] = sa.union_all(*(_there(batch.unit.models, target, dialect) for target in targets))
    return kept[wanted]


def _there(models: Models, target: str, dialect: Dialect) -> sa.Select[Any]:
    a_class = models.classes[target]
    nowhere = sa.cast(sa.null(), sa.BigInteger)
    place = (a_class.department, a_class.team) if target == "user" else (nowhere, nowhere)
    return sa.select(fixed_text(target), a_class.id, *place).where(among(a_class.id, f"ids_{target}", dialect))


def _place_of_actor(batch: Batch) -> None:
    """Who may not read people, himself included, is still in his department."""
    actor = batch.unit.actor
    if actor.user_id is not None:
        batch.places.setdefault(actor.user_id, (actor.department, None))
