"""What an apply overwrote in the tables of entities, by these tables: `plan` keeps it, and it goes with their records."""

from __future__ import annotations

from collections.abc import Iterable

import sqlalchemy as sa
from sqlalchemy.sql.elements import ColumnElement

from app.orm.framework import overwritten
from app.orm.models import Models


def of_tables(names: Iterable[str]) -> ColumnElement[bool]:
    """What is kept of the columns of these tables, and of lists that these are."""
    place = overwritten.c.place
    parts = (sa.or_(place == each, place.startswith(f"{each}.", autoescape=True)) for each in names)
    return sa.or_(sa.false(), *parts)


def of_entity(models: Models, entity: str) -> ColumnElement[bool]:
    """What is kept of an entity's records and of their lists, those of removed fields too."""
    table = models.tables[entity].name
    place = overwritten.c.place
    lists = (f"{each.table.name}" for each in models.many_of(entity))
    return sa.or_(of_tables((table, *lists)), place.startswith(f"{table}__", autoescape=True))
