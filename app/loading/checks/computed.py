"""Computed fields: one source of the value, and bands that follow on each other."""

from __future__ import annotations

from collections.abc import Iterator
from decimal import Decimal

from app.definition import Field
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject
from app.loading.node import Path


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every field that is computed or has bands."""
    for entity, a_field in subject.fields():
        path = ("entities", entity.key, "fields", a_field.key)
        yield from _sources(subject, a_field, path)
        yield from _bands(subject, a_field, path)
        yield from _points(subject, a_field, path)


def _sources(subject: Subject, a_field: Field, path: Path) -> Iterator[Diagnostic]:
    def wrong(attribute: str, message: str) -> Diagnostic:
        return diagnostic("CFG438", message, subject.head(*path, attribute), path=(*path, attribute))

    if a_field.formula is not None and a_field.points:
        yield wrong("points", f"'{a_field.key}' is computed by `formula` and by `points`")
    if a_field.is_computed and (a_field.default is not None or a_field.default_formula is not None):
        yield wrong("default", f"'{a_field.key}' is computed and has a `default`")
    if a_field.is_computed and a_field.is_list:
        yield wrong("many", f"'{a_field.key}' is computed and can't hold many")
    for attribute in ("override", "declassify"):
        if getattr(a_field, attribute) and not a_field.is_computed and not subject.is_unknown(*path, "formula"):
            yield wrong(attribute, f"'{attribute}' says nothing of '{a_field.key}', which is not computed")


def _points(subject: Subject, a_field: Field, path: Path) -> Iterator[Diagnostic]:
    for key, point in a_field.points.items():
        if a_field.holds == "integer" and point.add != int(point.add):
            where = (*path, "points", key, "add")
            message = f"'{a_field.key}' holds whole numbers, and '{key}' adds {point.add}"
            yield diagnostic("CFG438", message, subject.place(*where), path=where)


def _bands(subject: Subject, a_field: Field, path: Path) -> Iterator[Diagnostic]:
    below: Decimal | int | None = None
    bands = list(a_field.bands.items())
    for number, (key, band) in enumerate(bands):
        where = (*path, "bands", key)
        if subject.is_unknown(*where, "below"):
            return
        if band.below is None and number < len(bands) - 1:
            message = f"the band '{key}' has no `below`, so that those after it are never reached"
            yield diagnostic("CFG438", message, subject.head(*where), path=where)
        elif band.below is not None and below is not None and band.below <= below:
            message = f"the band '{key}' ends at {band.below}, where the one before it ends at {below}"
            yield diagnostic("CFG438", message, subject.place(*where, "below"), path=(*where, "below"))
        below = band.below if band.below is not None else below
