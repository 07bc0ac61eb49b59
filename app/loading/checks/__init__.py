"""Checks beyond the shape: one module per topic, each a function that returns diagnostics. All run on what has the right
shape, so that each finds all that it can.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.diagnostics import Diagnostic
from app.loading.checks import (
    acting,
    approvals,
    automations,
    backups,
    calendar_views,
    calendars,
    circles,
    company,
    computed,
    currencies,
    duplicates,
    encrypted,
    engines,
    expressions,
    extensions,
    fields,
    fills,
    forms,
    hooks,
    labels,
    lists,
    lookups,
    moves,
    names,
    options,
    parts,
    personal,
    readiness,
    references,
    rehearsals,
    renames,
    reports,
    reviews,
    roles,
    rules,
    sensitive,
    service_levels,
    stages,
    things,
    timelines,
    variants,
)
from app.loading.checks.subject import Subject

Check = Callable[[Subject], Iterator[Diagnostic]]

CHECKS: tuple[Check, ...] = (
    company.check,
    calendars.check,
    calendar_views.check,
    currencies.check,
    names.check,
    references.check,
    renames.check,
    labels.check,
    lookups.check,
    fields.check,
    computed.check,
    options.check,
    fills.check,
    parts.check,
    lists.check,
    forms.check,
    variants.check,
    stages.check,
    moves.check,
    approvals.check,
    roles.check,
    sensitive.check,
    personal.check,
    timelines.check,
    encrypted.check,
    things.check,
    reports.check,
    reviews.check,
    automations.check,
    acting.check,
    circles.check,
    service_levels.check,
    hooks.check,
    backups.check,
    expressions.check,
    rules.check,
    duplicates.check,
    rehearsals.check,
    readiness.check,
    extensions.check,
)


def run_checks(subject: Subject) -> Iterator[Diagnostic]:
    """The diagnostics of all checks."""
    found = [problem for check in CHECKS for problem in check(subject)]
    yield from found
    yield from engines.check(subject, found)
    if not any(problem.severity == "error" for problem in found) and not subject.cut:
        yield from extensions.findings(subject)
