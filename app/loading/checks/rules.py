"""What expressions mean together: rules that can never hold or that refuse blanks unawares, formulas in a circle."""

from __future__ import annotations

from collections.abc import Iterator

from app.definition import Catalog, Entity, Rule
from app.diagnostics import Diagnostic, diagnostic
from app.expression import BOOL, BadExpression, Checked, get_expression
from app.expression.fold import asked_for_blanks, certain, refused_when_blank
from app.expression.graph import graph_of
from app.expression.steps import lookup_of
from app.loading.checks.subject import Subject
from app.loading.offsets import Offsets

NEVER_BLANK = frozenset({"id", "created_at", "updated_at", "version"})


def check(subject: Subject) -> Iterator[Diagnostic]:
    """The rules of every entity, and all formulas."""
    offsets = Offsets(subject.files)
    for entity in subject.entities():
        for key, rule in entity.rules.items():
            path = ("entities", entity.key, "rules", key, "require")
            require = _sound(subject.catalog, entity, rule.require)
            if require is None:
                continue
            if certain(require.root) is False:
                message = f"the rule '{key}' can never hold: it refuses every record"
                yield diagnostic("EXP118", message, subject.place(*path), path=path)
            else:
                yield from _blanks(subject, offsets, entity, rule, require)
    yield from _circles(subject)


def _sound(catalog: Catalog, entity: Entity, source: str | None) -> Checked | None:
    """A condition of a rule; None where there is none, or where it is wrong, which is told elsewhere."""
    try:
        return get_expression(catalog, entity.key, source, BOOL, "rule") if source is not None else None
    except BadExpression:
        return None


def _blanks(subject: Subject, offsets: Offsets, entity: Entity, rule: Rule, require: Checked) -> Iterator[Diagnostic]:
    """The first field that can be blank, whose blank the rule refuses without having asked for it."""
    asked = asked_for_blanks(require.root)
    when = _sound(subject.catalog, entity, rule.when)
    if when is not None:
        asked |= asked_for_blanks(when.root)
    path = ("entities", entity.key, "rules", rule.key, "require")
    for _, read in refused_when_blank(require.root):
        if read.value in asked or not _may_be_blank(entity, read.value):
            continue
        node = subject.tree.find(*path)
        span = offsets.span(node, read.start, read.end) if node is not None else subject.head(*path)
        message = f"the rule '{rule.key}' refuses records whose '{read.value}' is blank"
        hint = f"if blanks are fine write `is_blank({read.value}) or …`, else `not is_blank({read.value}) and …`"
        yield diagnostic("EXP117", message, span, path=path, hint=hint)
        return


def _may_be_blank(entity: Entity, key: str) -> bool:
    """Whether a value may be missing. What lies behind a lookup is blank without it."""
    a_field = entity.every_field.get(lookup_of(key))
    return a_field is None or not (a_field.required or a_field.key in NEVER_BLANK)


def _circles(subject: Subject) -> Iterator[Diagnostic]:
    for cycle in graph_of(subject.catalog).cycles:
        entity, key = min(cycle, key=lambda place: _position(subject, *place))
        is_far = any(each != entity for each, _ in cycle)
        names = [f"{each}.{name}" if is_far else name for each, name in (*cycle, cycle[0])]
        attribute = "points" if subject.catalog.entities[entity].fields[key].points else "formula"
        path = ("entities", entity, "fields", key, attribute)
        message = f"formulas follow from each other: {' → '.join(names)}"
        hint = "let one of these fields be entered, or compute it from others"
        yield diagnostic("EXP116", message, subject.place(*path), path=path, hint=hint)


def _position(subject: Subject, entity: str, key: str) -> tuple[str, int, int]:
    span = subject.head("entities", entity, "fields", key)
    return span.file, span.line, span.column
