"""Approvals: who decides is a person, and a deadline leads to somebody else."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Entity
from app.definition.people import Who
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject
from app.loading.node import Path


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every approval, and every transition that needs one."""
    for key, approval in subject.catalog.approvals.items():
        entity = subject.catalog.entities.get(approval.entity)
        for name, step in approval.steps.items():
            path = ("approvals", key, "steps", name)
            if entity is None or subject.is_unknown(*path):
                continue
            yield from _people(subject, entity, step.approvers, (*path, "approvers"))
            if step.escalate is not None:
                yield from _people(subject, entity, step.escalate.to, (*path, "escalate", "to"))
            elif step.within is not None and not subject.is_unknown(*path, "escalate"):
                message = f"nobody is asked when '{name}' is not answered within {step.within}"
                yield diagnostic("CFG447", message, subject.head(*path, "within"), path=(*path, "within"))
    for entity in subject.entities():
        yield from _of_transitions(subject, entity)


def _people(subject: Subject, entity: Entity, whos: tuple[Who, ...], path: Path) -> Iterator[Diagnostic]:
    for who in whos:
        if who.path is not None and (wrong := no_person(subject, entity, who.path)) is not None:
            message = f"'{who.path}' leads to {wrong}, not to a person"
            yield diagnostic("CFG446", message, subject.place(*path), path=path)
        inner = (*who.map.values(), *((who.otherwise,) if who.otherwise is not None else ()))
        yield from _people(subject, entity, inner, path)


def no_person(subject: Subject, entity: Entity, path: str) -> str | None:
    """What a path leads to where it is no person, in words; None for a person, and for what is not known."""
    here: Entity | None = entity
    *ways, last = path.split(".")
    for way in ways:
        field = here.every_field.get(way) if here is not None else None
        here = subject.catalog.entities.get(str(field.target)) if field is not None else None
    found = here.every_field.get(last) if here is not None else None
    if found is None or found.targets == ("user",):
        return None
    return f"a field of type {found.type}" if not found.targets else f"a record of {found.targets[0]}"


def _of_transitions(subject: Subject, entity: Entity) -> Iterator[Diagnostic]:
    for line in entity.pipelines.values():
        for key, transition in line.transitions.items():
            found = subject.catalog.approvals.get(transition.approval or "")
            if found is not None and found.entity != entity.key and found.entity in subject.catalog.entities:
                path = ("entities", entity.key, "pipelines", line.key, "transitions", key, "approval")
                message = f"the approval '{found.key}' is of {found.entity}, not of {entity.key}"
                yield diagnostic("CFG446", message, subject.place(*path), path=path)
