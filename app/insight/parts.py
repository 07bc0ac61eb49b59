"""Parts of records as the actor may see them, in their order: one statement for all wholes, one for the labels."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import Session

from app.access import Actor, FieldRights, field_rights, models_of
from app.definition import Catalog, PartLink
from app.definition.currencies import CURRENCY_FIELD
from app.insight.query import Row
from app.insight.records import build_rows, shown_fields
from app.insight.wire import values_to_wire
from app.orm.models import POSITION

_CHUNK = 500  # ids of wholes in one statement


def part_columns(catalog: Catalog, rights: FieldRights, link: PartLink, wanted: Sequence[str] = ()) -> tuple[str, ...]:
    """The fields of a part that the actor sees, of those wanted or else of all: what its whole says goes without saying."""
    part = catalog.entities[link.entity]
    said = {link.field, CURRENCY_FIELD} if part.currency is not None else {link.field}
    return tuple(key for key in (wanted or part.fields) if key in part.fields and key not in said and rights.sees(key))


def read_parts(session: Session, actor: Actor, link: PartLink, wholes: Iterable[int]) -> dict[int, tuple[Row, ...]]:
    """The parts of each of these records that are in sight, by the id of the whole."""
    models = models_of(session)
    rights = field_rights(models.catalog, actor, link.entity)
    shown = shown_fields(models.catalog, rights, part_columns(models.catalog, rights, link))
    a_class = models.classes[link.entity]
    pointer, place = getattr(a_class, link.field), getattr(a_class, POSITION)
    ids = sorted(set(wholes))
    found: list[Sequence[Any]] = []
    for at in range(0, len(ids), _CHUNK):
        query = sa.select(*shown.attributes(models), pointer).where(pointer.in_(ids[at : at + _CHUNK]))
        found += session.execute(query.order_by(pointer, place, a_class.id)).all()
    parts: dict[int, list[Row]] = {}
    for row, one in zip(build_rows(session, shown, found), found, strict=True):
        parts.setdefault(one[-1], []).append(row)
    return {whole: tuple(rows) for whole, rows in parts.items()}


def part_to_wire(row: Row) -> dict[str, Any]:
    """A part as a JSON object: its id and its fields. The version is that of its whole."""
    return {**values_to_wire(row), "id": str(row.id)}


def parts_to_wire(
    session: Session, actor: Actor, entity: str, wholes: Sequence[int], names: Iterable[str] | None = None
) -> Mapping[int, dict[str, list[dict[str, Any]]]]:
    """For each record its parts under their names (None: all of them); empty lists where there are none."""
    links = models_of(session).catalog.parts_of(entity)
    found: dict[int, dict[str, list[dict[str, Any]]]] = {whole: {} for whole in wholes}
    for name in links if names is None else names:
        rows = read_parts(session, actor, links[name], wholes)
        for whole in wholes:
            found[whole][name] = [part_to_wire(each) for each in rows.get(whole, ())]
    return found
