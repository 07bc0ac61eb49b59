"""Carries saved views: entity, condition, columns and sort speak in new words, as those of the views of a pack do."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.loading.aliases import in_new_words
from app.orm.framework import preference, saved_view
from app.plan.renames import Renaming


def carry_saved(connection: Connection, tree: Mapping[str, Any], renaming: Renaming) -> None:
    """Rewrites conditions, columns and sorts, whose rows still say their entity by its old name. `tree` is that of the applied
    revision. A view of an entity that is no more stays as it is.
    """
    _carry_columns(connection, tree, renaming)
    rows = connection.execute(sa.select(saved_view).where(saved_view.c.entity.in_(list(tree["entities"])))).all()
    if not rows:
        return
    written = {str(row.id): _as_written(row) for row in rows}
    renamed = in_new_words({**tree, "views": written}, renaming.aliases).tree["views"]
    changed = [
        {
            "row": row.id, "new_condition": now.get("where", ""), "new_columns": now.get("columns", []), "new_sort": now.get("sort", []),
        }
        for row in rows
        if (now := renamed[str(row.id)]) != written[str(row.id)]
    ]  # fmt: skip
    if changed:
        new: dict[str, Any] = {key: sa.bindparam(f"new_{key}") for key in ("condition", "columns", "sort")}
        connection.execute(sa.update(saved_view).where(saved_view.c.id == sa.bindparam("row")).values(new), changed)


def _as_written(row: Any) -> dict[str, Any]:
    """A row as a view of a pack."""
    named = {"where": row.condition, "columns": row.columns, "sort": row.sort}
    return {"entity": row.entity, **{key: value for key, value in named.items() if value}}


def _carry_columns(connection: Connection, tree: Mapping[str, Any], renaming: Renaming) -> None:
    """The same for the columns that people chose for their lists (`insight.preferences`), whose keys name an entity."""
    rows = connection.execute(sa.select(preference).where(preference.c.key.startswith("columns:"))).all()
    known = [each for each in rows if each.key.split(":")[1] in tree["entities"]]
    written = {str(place): {"entity": row.key.split(":")[1], "columns": row.value} for place, row in enumerate(known)}
    if not written:
        return
    renamed = in_new_words({**tree, "views": written}, renaming.aliases).tree["views"]
    changed = [
        (row, renamed[str(place)]) for place, row in enumerate(known) if renamed[str(place)] != written[str(place)]
    ]
    for row, _ in changed:  # all of them first: two entities may take each other's names
        this = sa.and_(preference.c.user_id == row.user_id, preference.c.key == row.key)
        connection.execute(sa.delete(preference).where(this))
    for row, now in changed:
        key = ":".join(["columns", now["entity"], *row.key.split(":")[2:]])
        connection.execute(sa.insert(preference).values(user_id=row.user_id, key=key, value=now["columns"]))
