"""Names of the records that others point to: one statement for all targets, in the actor's scope."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Dialect
from sqlalchemy.orm import Session

from app.access import Actor, FieldRight, actor_of, field_rights, mask, models_of
from app.definition import Catalog
from app.definition.privacy import MaskPattern
from app.orm.companions import text_columns
from app.orm.fixed import fixed_text
from app.orm.models import Models
from app.orm.tuples import among

Labels = Mapping[tuple[str, int], str]
_CHUNK = 500  # ids per target and statement: below the limit of variables of any SQLite


def labels(session: Session, wanted: Mapping[str, Iterable[int]]) -> dict[tuple[str, int], str]:
    """The names of records by (entity, id). What is out of sight, in the bin or has a hidden name is not in it.

    One statement, unless more than 500 records of one entity are wanted.
    """
    models, actor = models_of(session), actor_of(session)
    waiting = {
        entity: sorted(set(ids)) for entity, ids in wanted.items() if _shows_names(models.catalog, actor, entity)
    }
    patterns = {entity: _mask_of_names(models.catalog, actor, entity) for entity in waiting}
    found: dict[tuple[str, int], str] = {}
    while waiting := {entity: ids for entity, ids in waiting.items() if ids}:
        targets = tuple(sorted(waiting))
        batch = {f"ids_{entity}": waiting[entity][:_CHUNK] for entity in targets}
        for entity, record_id, name in session.execute(_statement(session, targets), batch).all():
            pattern = patterns[entity]
            shown = mask(pattern, name) if pattern else name
            found[entity, record_id] = shown or f"#{record_id}"
        waiting = {entity: ids[_CHUNK:] for entity, ids in waiting.items()}
    return found


def _mask_of_names(catalog: Catalog, actor: Actor, entity: str) -> MaskPattern | None:
    return field_rights(catalog, actor, entity).masks.get(catalog.entities[entity].name_field)


def _shows_names(catalog: Catalog, actor: Actor, entity: str) -> bool:
    name_field = catalog.get_entity(entity).name_field
    return field_rights(catalog, actor, entity).right(name_field) > FieldRight.HIDDEN


def _statement(session: Session, targets: tuple[str, ...]) -> Any:
    """Made once for each set of targets and each language, so that it is found compiled."""
    models, language, dialect = models_of(session), actor_of(session).language, session.get_bind().dialect
    kept = models.metadata.info.setdefault("labels", {})
    shape = (dialect.name, targets, language)
    if shape not in kept:
        parts = [_names_of(models, entity, language, dialect) for entity in targets]
        kept[shape] = sa.union_all(*parts) if len(parts) > 1 else parts[0]
    return kept[shape]


def _names_of(models: Models, entity: str, language: str, dialect: Dialect) -> sa.Select[Any]:
    record_id = models.attribute(entity, "id")
    name_field = models.catalog.get_field(entity, models.catalog.entities[entity].name_field)
    name: Any = models.attribute(entity, name_field.key)
    columns = text_columns(models.catalog, name_field)
    if columns:  # in the reader's language, else in the first that has one
        own = columns.get(language, name_field.key)
        order = dict.fromkeys((own, *columns.values()))
        name = sa.func.coalesce(*(models.attribute(entity, column) for column in order))
    return sa.select(fixed_text(entity).label("entity"), record_id, sa.cast(name, sa.Text).label("name")).where(
        among(record_id, f"ids_{entity}", dialect)
    )
