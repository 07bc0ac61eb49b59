"""Reports that someone may have worked out. The figures are `insight.figures`."""

from __future__ import annotations

from collections.abc import Mapping
from functools import partial
from types import MappingProxyType

from app.access import Actor, is_allowed, reads_in_clear
from app.definition import Catalog
from app.definition.memory import remembered
from app.expression import BadExpression, Checked
from app.expression.reports import BadReport, Figure, Grouping, ReadReport, read_report

__all__ = ["Figure", "Grouping", "ReadReport", "reports_of"]


def reports_of(catalog: Catalog, actor: Actor) -> Mapping[str, ReadReport]:
    """The reports that the actor may have worked out, by key.

    One that reads, anywhere, what he may not read in clear is not among them: its figures would tell of it.
    """
    return remembered(catalog, ("reports", actor.grant_key), partial(_open_to, catalog, actor))


def _open_to(catalog: Catalog, actor: Actor) -> Mapping[str, ReadReport]:
    found = {}
    for report in catalog.reports.values():
        if not is_allowed(catalog, actor, "read", report.entity):
            continue
        try:
            listed = read_report(catalog, report)
        except (BadReport, BadExpression):  # told by the check; without a part of it it would be another report
            continue
        if all(reads_in_clear(catalog, actor, each) for each in _read_by(listed)):
            found[report.key] = listed
    return MappingProxyType(found)


def _read_by(listed: ReadReport) -> list[Checked]:
    measured = (each.of for each in listed.figures.values() if each.of is not None)
    return [*listed.where, *measured, *(each.value for each in (*listed.rows, *listed.across))]
