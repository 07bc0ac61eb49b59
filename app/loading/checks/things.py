"""Views, cards, templates and schedules: attributes that go with a choice among several, and what the choice needs."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition.dashboard import SHOWN_OF
from app.definition.grammars import GRAMMARS, WEEKDAYS, Period
from app.definition.view import NEEDED_BY_A_SHOW, OF_A_SHOW
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject
from app.loading.node import Node, Path, walk
from app.loading.shape import Plain, shape_at
from app.loading.wording import list_of, named

OF_SOME_SHOW = frozenset(name for names in OF_A_SHOW.values() for name in names)


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every view, card and template, and every schedule wherever it stands."""
    for key, view in subject.tree.entries_at("views").items():
        yield from _view(subject, view, ("views", key))
    for key, dashboard in subject.tree.entries_at("dashboards").items():
        for name, card in dashboard.entries_at("cards").items():
            yield from _card(card, ("dashboards", key, "cards", name))
    for key, template in subject.tree.entries_at("templates").items():
        yield from _template(subject, template, ("templates", key))
    for place in sorted(subject.tree.entries.keys() - {"entities"}):
        for path, node in walk(subject.tree.entries[place], (place,)):
            if "every" in node.entries and _is_period(path):
                yield from _schedule(node, path)


def _view(subject: Subject, view: Node, path: Path) -> Iterator[Diagnostic]:
    shown = view.find("show")
    show = str(shown.value) if shown is not None else "list"
    fitting = OF_A_SHOW[show]
    for name, each in view.entries.items():
        if name in OF_SOME_SHOW and name not in fitting:
            hint = f"with show: {show} may stand {list_of(fitting)}"
            yield diagnostic(
                "CFG209", f"'{name}' does not go with show: {show}", each.head, path=(*path, name), hint=hint
            )
    needed = NEEDED_BY_A_SHOW.get(show)
    if needed is not None and needed not in view.entries and not subject.is_unknown(*path, needed):
        place = shown.head if shown is not None else view.head
        yield diagnostic("CFG202", f"view '{path[-1]}', a {show}, needs '{needed}'", place, path=path)


def _card(card: Node, path: Path) -> Iterator[Diagnostic]:
    show = card.find("show")
    of = next((each for each in SHOWN_OF if each in card.entries), "report")
    if show is not None and show.value not in SHOWN_OF[of]:
        hint = f"a {of} is shown as {list_of(SHOWN_OF[of], 'or')}" if SHOWN_OF[of] else "leave it out"
        message = f"show: {show.value} does not go with {'a ' if SHOWN_OF[of] else ''}{of}"
        yield diagnostic("CFG209", message, show.span, path=(*path, "show"), hint=hint)


def _template(subject: Subject, template: Node, path: Path) -> Iterator[Diagnostic]:
    purpose = template.find("for")
    if purpose is None or "subject" in template.entries or subject.is_unknown(*path, "subject"):
        return
    if purpose.value == "mail":
        yield diagnostic("CFG202", f"template '{path[-1]}', a mail, needs 'subject'", purpose.head, path=path)


def _is_period(path: Path) -> bool:
    shape = shape_at((*path, "every"))
    return isinstance(shape, Plain) and shape.grammar is GRAMMARS[Period]


def _schedule(node: Node, path: Path) -> Iterator[Diagnostic]:
    """A day of the week goes with weeks, one of the month with months, quarters and years."""
    every, day = node.entries["every"].text or "", node.find("day")
    if day is None:
        return
    unit = every.split(" ")[-1].removesuffix("s")
    is_weekday = day.value in WEEKDAYS
    fits = {"day": False, "week": is_weekday}.get(unit, not is_weekday)
    if not fits:
        hint = {"day": "leave it out", "week": "write a weekday, such as monday"}.get(unit, "write 1 to 31, or last")
        message = f"day: {day.value} does not go with every: {every}"
        yield diagnostic("CFG209", f"{message} in {named(path)}", day.span, path=(*path, "day"), hint=hint)
