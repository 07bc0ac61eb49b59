"""Reports can be worked out, and cards show what their report has."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Card, Report
from app.diagnostics import Diagnostic, diagnostic
from app.expression import BadExpression
from app.expression.reports import BadReport, read_added, read_report
from app.loading.checks.subject import Subject


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every report, and every card with one. What names something that is not there is told by the names."""
    for report in subject.catalog.reports.values():
        if subject.has("reports", report.key) and _is_known(subject, report):
            yield from _report(subject, report)
    for dashboard in subject.catalog.dashboards.values():
        for card in dashboard.cards.values():
            if subject.has("dashboards", dashboard.key, "cards", card.key):
                yield from _card(subject, dashboard.key, card)


def _report(subject: Subject, report: Report) -> Iterator[Diagnostic]:
    try:
        read_report(subject.catalog, report)
    except BadReport as error:
        path = ("reports", report.key, *error.path)
        node = subject.tree.find(*path)
        place = node.span if node is not None else subject.head("reports", report.key)
        yield diagnostic("CFG463", error.message, place, path=path, hint=error.hint or None)
    except BadExpression:  # of its condition: told by the check of expressions
        return


def _card(subject: Subject, dashboard: str, card: Card) -> Iterator[Diagnostic]:
    if card.target is not None and _leads(subject, card.target.entity, card.target.field):
        try:
            read_added(subject.catalog, card.target.entity, card.target.field)
        except BadReport as error:
            at = ("dashboards", dashboard, "cards", card.key, "target", "field")
            node = subject.tree.find(*at)
            yield diagnostic(
                "CFG463", error.message, node.span if node is not None else subject.head(*at[:-2]), path=at
            )
    report = subject.catalog.reports.get(card.report or "")
    if report is None or card.compare is None:
        return
    if any(each.per is not None for each in (*report.rows.values(), *report.across.values())):
        return
    path = ("dashboards", dashboard, "cards", card.key, "compare")
    message = f"the report '{report.key}' has no dimension with `per` to compare by"
    yield diagnostic("CFG463", message, subject.head(*path[:-1]), path=path)


def _is_known(subject: Subject, report: Report) -> bool:
    """Whether all that it names is there."""
    measured = (
        getattr(each, kind) for each in report.measures.values() for kind in ("sum", "average", "min", "max", "count")
    )
    grouped = (each.field for each in (*report.rows.values(), *report.across.values()))
    paths = (path for path in (*measured, *grouped) if path is not None and path != "records")
    return report.entity in subject.catalog.entities and all(_leads(subject, report.entity, path) for path in paths)


def _leads(subject: Subject, entity: str, path: str) -> bool:
    here: str | None = entity
    for step in path.split("."):
        found = subject.catalog.entities.get(here or "")
        if found is None or step not in found.every_field:
            return False
        here = found.every_field[step].target
    return True
