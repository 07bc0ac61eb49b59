"""Service levels: targets that can count, and a warning that comes before the time is over."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Sla
from app.definition.grammars import Duration, Length, parse_duration
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject
from app.loading.node import Path

_IN_ORDER = {"minutes": 1, "hours": 60, "days": 24 * 60, "weeks": 7 * 24 * 60}


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every service level."""
    for key, sla in subject.catalog.slas.items():
        path = ("slas", key)
        if subject.has(*path) and not subject.is_unknown(*path):
            yield from _targets(subject, sla, path)


def _targets(subject: Subject, sla: Sla, path: Path) -> Iterator[Diagnostic]:
    if not sla.targets and not subject.is_unknown(*path, "targets"):
        yield diagnostic(
            "CFG448", f"'{sla.key}' has no targets, so that its clock never starts", subject.head(*path), path=path
        )
    always: str | None = None
    for name, target in sla.targets.items():
        where = (*path, "targets", name)
        if subject.is_unknown(*where):
            continue
        if always is not None:
            message = f"'{name}' never counts: '{always}' comes before it and is for all records"
            hint = f"write `when:` into '{always}', or put '{name}' before it"
            yield diagnostic("CFG448", message, subject.head(*where), path=where, hint=hint)
        elif target.when is None:
            always = name
        if sla.warn is not None and _not_before(sla.warn.before, target.within):
            message = f"'{name}' is to take {target.within}, and the warning would come {sla.warn.before} before"
            yield diagnostic("CFG448", message, subject.head(*where), path=where, hint="warn later")


def _not_before(before: Duration, within: Duration) -> bool:
    """Whether a warning would come with the start already, where both are counted in the same way."""
    one, other = parse_duration(before), parse_duration(within)
    if one is None or other is None or one.working != other.working:
        return False
    if one.working and one.unit != other.unit and "days" in {one.unit, other.unit}:
        return False  # how many hours a working day has differs
    lengths = [_minutes(each) for each in (one, other)]
    return None not in lengths and lengths[0] >= lengths[1]  # type: ignore[operator]


def _minutes(length: Length) -> int | None:
    unit = _IN_ORDER.get(length.unit)
    return None if unit is None else unit * length.count
