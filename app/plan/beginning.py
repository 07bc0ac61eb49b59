"""Fields that begin with an apply, though something of their name may have been there before and was removed.

What was written of that other one (lines of the audit, files) is told to nobody by the rights of today.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import replace

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.definition import Catalog
from app.orm.former import Former, Renames
from app.orm.framework import file
from app.plan.planning import Situation


def former_after(connection: Connection, situation: Situation) -> Former:
    """What things were called before, and what began when, once the plan of a situation is applied."""
    former = situation.former
    if situation.applied is None or situation.back is None:
        return former
    begun = {
        f"{entity}.{field}": _files_until(connection, entity, field)
        for entity, field in _new_fields(situation.back.catalog, situation.after)
    }
    begun |= dict.fromkeys(_new_fields_of_links(situation.back.catalog, situation.after), "")
    if not begun:
        return former
    number = situation.applied.number + 1
    steps, last = former.steps, Renames()
    if steps and steps[-1][0] == number:
        steps, last = steps[:-1], steps[-1][1]
    return Former((*steps, (number, replace(last, begun=begun))))


def _new_fields(before: Catalog, after: Catalog) -> Iterator[tuple[str, str]]:
    """Of entities that stay; `before` has what comes back."""
    for key, entity in after.entities.items():
        if key in before.entities:
            yield from ((key, each) for each in entity.fields if each not in before.entities[key].fields)


def _new_fields_of_links(before: Catalog, after: Catalog) -> Iterator[str]:
    """Of fields that stay: `entity.field.own`."""
    for key, entity in after.entities.items():
        were = before.entities[key].fields if key in before.entities else {}
        for each in (one for one in entity.fields.values() if one.key in were):
            yield from (f"{key}.{each.key}.{own}" for own in each.link_fields if own not in were[each.key].link_fields)


def _files_until(connection: Connection, entity: str, field: str) -> str:
    query = sa.select(sa.func.max(file.c.created_at)).where(file.c.entity == entity, file.c.field == field)
    found = connection.execute(query).scalar()
    return found.isoformat() if found is not None else ""
