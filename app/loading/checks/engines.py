"""What is written and well understood, but not carried out by this version: each such thing is told once."""

from __future__ import annotations

from collections.abc import Collection, Iterator, Mapping, Sequence

from app.definition import Action, Field, Report
from app.definition.waiting import why_action_waits, why_it_waits
from app.diagnostics import Diagnostic, Span, diagnostic
from app.expression import BOOL, get_expression
from app.loading.checks.subject import Subject
from app.loading.node import Node, Path
from app.loading.shape import Record, shape_at
from app.loading.wording import list_of, named

WAITING = {
    "segments": "it leaves no tags yet",
    "forms": "it is not served yet",
    "imports": "it can't be chosen yet",
    "conversions": "it can't be started yet",
}
"""Kinds whose engine is not there, with what that means. With an engine its row goes."""

WAITING_ATTRIBUTES = {
    Field: (
        "history",
    ),
    Report: ("send",),
}  # fmt: skip
"""Attributes that wait for their engine: one warning for each thing that states some of them."""
WORDS = frozenset(key for keys in WAITING_ATTRIBUTES.values() for key in keys)
NOTHING = Node(None, Span("", 1, 1))
PLACES = ("entities", "reports")


def check(subject: Subject, problems: Sequence[Diagnostic]) -> Iterator[Diagnostic]:
    """One warning for each thing of a kind that waits for its engine, and that has none of the problems."""
    wrong = {path[:2] for path in subject.cut}
    wrong.update(problem.path[:2] for problem in problems if problem.severity == "error")
    for folder, meaning in WAITING.items():
        for key, node in subject.tree.entries_at(folder).items():
            path = (folder, key)
            if path in wrong:
                continue
            yield diagnostic("CFG430", f"{named(path)} is understood, but {meaning}", node.head, path=path)
    yield from _automations(subject, wrong)
    yield from _slas(subject, wrong)
    for key, node in subject.tree.entries_at("templates").items():
        template = subject.catalog.templates.get(key)
        if template is not None and template.for_ == "document" and ("templates", key) not in wrong:
            message = f"{named(('templates', key))} is understood, but no {template.for_} is made of it yet"
            yield diagnostic("CFG430", message, node.head, path=("templates", key))
    told = {problem.path[:end] for problem in problems for end in range(3, len(problem.path) + 1)}
    for place in PLACES:
        for where, each in _maps(subject.tree.entries.get(place, NOTHING), (place,)):
            if not WORDS.isdisjoint(each.entries) and where[:2] not in wrong and where not in told:
                yield from _of_record(each, where)


def _automations(subject: Subject, wrong: Collection[Path]) -> Iterator[Diagnostic]:
    """What of each automation waits: all of it for what starts it, or some of its actions."""
    for key, automation in subject.catalog.automations.items():
        path = ("automations", key)
        if path in wrong or not subject.has(*path) or automation.entity not in subject.catalog.entities:
            continue
        why = why_it_waits(subject.catalog, automation)
        if why is not None:
            message = f"{named(path)} is understood, but does not run: {why}"
            yield diagnostic("CFG430", message, subject.head(*path, "trigger"), path=(*path, "trigger"))
            continue
        yield from _actions(subject, path, automation.entity, automation.actions)


def _slas(subject: Subject, wrong: Collection[Path]) -> Iterator[Diagnostic]:
    """What of each service level waits: some of its actions, or that it starts by the time alone."""
    for key, sla in subject.catalog.slas.items():
        path = ("slas", key)
        if path in wrong or not subject.has(*path) or sla.entity not in subject.catalog.entities:
            continue
        start = get_expression(subject.catalog, sla.entity, sla.start, BOOL, "server")
        if start.reads_clock and "filter" not in start.profiles:
            message = (
                f"{named(path)} is understood, but starts only when a record is saved: {start.unfit['filter'].message}"
            )
            yield diagnostic("CFG430", message, subject.head(*path, "start"), path=(*path, "start"))
        for occasion, said in (("warn", sla.warn), ("breach", sla.breach)):
            yield from _actions(subject, (*path, occasion), sla.entity, said.actions if said is not None else {})


def _actions(subject: Subject, path: Path, entity: str, actions: Mapping[str, Action]) -> Iterator[Diagnostic]:
    for action in actions.values():
        where = (*path, "actions", action.key)
        waits = why_action_waits(subject.catalog, entity, action)
        if waits is not None and subject.has(*where):
            message = f"{named(where)} is understood, but not carried out: {waits}"
            yield diagnostic("CFG430", message, subject.head(*where), path=where)


def _maps(node: Node, path: Path) -> Iterator[tuple[Path, Node]]:
    """The maps of a node and below it, with their paths."""
    waiting = [(path, node)]
    while waiting:
        path, node = waiting.pop()
        if isinstance(node.value, dict):
            yield path, node
        below = node.entries or {str(number): each for number, each in enumerate(node.items)}
        waiting.extend([((*path, key), each) for key, each in below.items() if isinstance(each.value, dict | list)])


def _of_record(node: Node, path: Path) -> Iterator[Diagnostic]:
    shape = shape_at(path)
    if not isinstance(shape, Record):
        return
    stated = [key for key in WAITING_ATTRIBUTES.get(shape.of, ()) if key in node.entries]
    if stated:
        verb = "is" if len(stated) == 1 else "are"
        message = f"{list_of(f'`{key}`' for key in stated)} of {named(path)} {verb} understood, but not carried out yet"
        yield diagnostic("CFG430", message, node.entries[stated[0]].head, path=(*path, stated[0]))
