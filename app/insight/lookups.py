"""What a lookup offers: records that the actor may read, searched or most recently changed."""

from __future__ import annotations

from typing import NamedTuple

from sqlalchemy.orm import Session

from app.access import Actor, FieldRights, field_rights, models_of
from app.definition import Entity
from app.insight.lists import list_records
from app.insight.query import Filter, ListQuery, Reference

_DETAIL_TYPES = frozenset({"text", "email", "phone", "sequence"})


class LookupOption(NamedTuple):
    """A record that can be chosen; `detail` tells it from others of the same name, and may be empty."""

    id: int
    label: str
    detail: str


def lookup_options(session: Session, actor: Actor, entity: str, query: str = "", limit: int = 20) -> list[LookupOption]:
    """Records found by the query, or the last changed without one. People who are not active are left out.

    Empty when the actor may not see the names of such records. One statement; another for what the records are part of.
    """
    models = models_of(session)
    definition = models.catalog.get_entity(entity)
    rights = field_rights(models.catalog, actor, entity)
    if not rights.sees(definition.name_field):
        return []
    detail = _detail_field(definition, rights)
    filters = (Filter("active", "equals", (True,)),) if entity == "user" and "active" in rights.clear else ()
    sort = () if "updated_at" not in rights.clear else (("updated_at", True),)
    columns = (definition.name_field, *((detail,) if detail else ()))
    page = list_records(
        session, actor,
        ListQuery(entity, columns, filters, search=query, sort=sort, limit=limit, counted=False),
    )  # fmt: skip
    return [
        LookupOption(
            row.id,
            str(row.values[definition.name_field] or f"#{row.id}"),
            _in_words(row.values[detail]) if detail else "",
        )
        for row in page.rows
    ]


def _in_words(value: object) -> str:
    return (value.label if isinstance(value, Reference) else str(value or "")) or ""


def _detail_field(entity: Entity, rights: FieldRights) -> str | None:
    """The record that it is a part of; else the first short text of the list, else of the entity, besides the name."""
    if entity.parent_field and rights.sees(entity.parent_field):
        return entity.parent_field
    for key in (*entity.list.columns, *entity.fields):
        field = entity.every_field.get(key)
        if field and field.type in _DETAIL_TYPES and key != entity.name_field and rights.sees(key):
            return key
    return None
