"""Carries what open approvals ask for: fields, people and conditions as they were when they began, in new words."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection

from app.loading.aliases import in_new_words
from app.orm.framework import approval
from app.plan.renames import Renaming

_NAMED = ("show", "read_only")


def carry_terms(connection: Connection, tree: Mapping[str, Any], renaming: Renaming, mark: int) -> None:
    """Rewrites the terms of open approvals, whose rows still say their entity by its old name. `tree` is that of the applied
    revision.
    """
    columns = (approval.c.id, approval.c.entity, approval.c.terms)
    rows = connection.execute(sa.select(*columns).where(approval.c.ended_at.is_(None))).all()
    if not rows:
        return
    written = _as_written(rows)
    renamed = in_new_words({**tree, "approvals": written}, renaming.aliases).tree["approvals"]
    changed = [{"row": row.id, "new": _terms(row, renamed)} for row in rows]
    update = sa.update(approval).where(approval.c.id == sa.bindparam("row"))
    connection.execute(update.values(terms=sa.bindparam("new"), changed_seq=mark), changed)


def _as_written(rows: Sequence[Any]) -> dict[str, Any]:
    """The terms as approvals of a pack; beside each another one that shows the figures."""
    found: dict[str, Any] = {}
    for row in rows:
        steps = {_name(step): step[-1] for step in row.terms["steps"]}
        named = {key: row.terms[key] for key in _NAMED}
        found[str(row.id)] = {"entity": row.entity, "steps": steps, **named}
        found[f"{row.id} figures"] = {"entity": row.entity, "show": row.terms["figures"]}
    return found


def _terms(row: Any, renamed: Mapping[str, Any]) -> dict[str, Any]:
    now = renamed[str(row.id)]
    steps = [[*step[:-1], now["steps"][_name(step)]] for step in row.terms["steps"]]
    figures = sorted(renamed[f"{row.id} figures"]["show"])
    return {**row.terms, **{key: now[key] for key in _NAMED}, "figures": figures, "steps": steps}


def _name(step: Sequence[Any]) -> str:
    return ".".join(step[:-1])
