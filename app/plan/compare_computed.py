"""Computed fields: what becomes of the values that are there when a formula comes, changes or goes, or can be overruled."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Field
from app.plan.pair import Pair, change_of, is_same
from app.plan.question import Overruled, WorkedOut
from app.plan.step import Kind, Step

ATTRIBUTES = ("formula", "points", "override")
"""Compared here."""


def computed_steps(pair: Pair, entity: str, was: Field, now: Field) -> Iterator[Step]:
    """Steps of a field that stays."""
    target, path = f"{entity}.{now.key}", ("entities", entity, "fields", now.key)
    for name in ("formula", "points"):
        old, new = getattr(was, name), getattr(now, name)
        if is_same(old, new):
            continue
        check = WorkedOut(entity, now.key, entered=not was.is_computed) if new else None
        yield pair.step(Kind.CHANGE_FIELD, target, *path, name, detail=f"{name}: {change_of(old, new)}", check=check)
    if was.override != now.override:
        still = Overruled(entity, now.key) if was.override and was.is_computed else None
        detail = f"override: {change_of(was.override, now.override)}"
        yield pair.step(Kind.CHANGE_FIELD, target, *path, "override", detail=detail, check=still)
