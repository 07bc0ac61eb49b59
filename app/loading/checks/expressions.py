"""Expressions: each is parsed and checked for its place, and what is wrong is told at its characters."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from functools import partial

from app.definition import Catalog, LinkField
from app.definition.keys import EVERY_ENTITY
from app.diagnostics import Diagnostic, diagnostic
from app.expression import BOOL, BadExpression, Checked, Problem, Type, get_expression, type_of_field
from app.expression.links import check_of_link
from app.loading.checks.subject import Subject
from app.loading.expressions import Written, expressions_in
from app.loading.offsets import Offsets
from app.loading.scalars import MISREAD
from app.loading.syntax import QUOTE_EXPRESSION

WORD = re.compile(r"\w+")
OF_NAMES = frozenset({"EXP102", "EXP105", "EXP113"})


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every expression of every file."""
    offsets = Offsets(subject.files)
    for written in expressions_in(subject.tree, partial(_other_side, subject.catalog)):
        if (written.node.span.file, written.node.span.line) in subject.torn:
            continue
        for problem in _problems(subject, written):
            span = offsets.span(written.node, problem.start, problem.end)
            hint = problem.hint
            if problem.code == "EXP101" and offsets.is_before_comment(written.node):
                hint = f"in YAML ` #` begins a comment: {QUOTE_EXPRESSION}"
            yield diagnostic(problem.code, problem.message, span, path=written.path, hint=hint)


def _problems(subject: Subject, written: Written) -> Iterator[Problem]:
    source = str(written.node.value)
    for entity in entities_of(subject.catalog, written):
        try:
            checked_at(subject.catalog, written, entity)
        except BadExpression as error:
            for problem in error.problems:
                if not _may_follow(subject, problem, source):
                    yield _of_what_was(subject, _of_a_word(problem, source), source)
            return


def checked_at(catalog: Catalog, written: Written, entity: str) -> Checked:
    """The expression as one about records of an entity, or about the links of one of its fields. Raises BadExpression."""
    if written.of is LinkField and written.gives is not None:
        key, _, own = written.gives[1].partition(".")
        return check_of_link(catalog, entity, catalog.get_field(entity, key), own, str(written.node.value))
    return get_expression(catalog, entity, str(written.node.value), _wanted(catalog, written), written.profile)


def _wanted(catalog: Catalog, written: Written) -> Type | None:
    """The type that it must give; None where any fits."""
    if not written.is_value:
        return BOOL
    entity, key = written.gives or ("", "")
    found = catalog.entities.get(entity)
    a_field = found.every_field.get(key) if found is not None else None
    return type_of_field(catalog, entity, a_field) if a_field is not None else None


def entities_of(catalog: Catalog, written: Written) -> Iterator[str]:
    """The entities about whose records an expression is: several where a shared picklist or a role for all states it."""
    place, thing, *_ = written.path
    if written.of is LinkField:
        yield from (each for each in (thing,) if each in catalog.entities)
    elif place == "picklists":
        for key, entity in catalog.entities.items():
            if any(each.options == thing for each in entity.fields.values()):
                yield key
    elif written.entity == EVERY_ENTITY and place == "roles":
        yield from (key for key in catalog.entities if key not in catalog.roles[thing].grants)
    elif written.entity in catalog.entities:
        yield str(written.entity)


def _other_side(catalog: Catalog, entity: str | None, name: str) -> str | None:
    return None if entity is None else catalog.related(entity, name)


def _may_follow(subject: Subject, problem: Problem, source: str) -> bool:
    """Whether the problem may come from something that was cut out because of a problem of its own."""
    if problem.code not in OF_NAMES or not subject.cut:
        return False
    of_entities = [path for path in subject.cut if path[:1] in (("entities",), ("picklists",))]
    if any(len(path) == 2 for path in of_entities) and ("." in source or "(" in source or problem.code == "EXP105"):
        return True
    words = set(WORD.findall(source))
    return any(not words.isdisjoint(path) for path in of_entities)


def _of_what_was(subject: Subject, problem: Problem, source: str) -> Problem:
    """A name that an overlay removed, or that was renamed in the same pack, where nothing follows old names."""
    if problem.code not in ("EXP102", "EXP105"):
        return problem
    old = set(WORD.findall(source[problem.start : problem.end]))
    gone = next((each for each in subject.removed if each in old), None)
    if gone is not None:
        return replace(problem, hint=f"'{gone}' was removed in {subject.removed[gone]}")
    for entity in subject.catalog.entities.values():
        for key, each in entity.fields.items():
            if old.intersection(each.renamed_from):
                return replace(problem, hint=f"it is called '{key}' now")
    return problem


def _of_a_word(problem: Problem, source: str) -> Problem:
    """`when: no` is a text for YAML 1.2, which was meant as a truth value."""
    word = source.strip().lower()
    if word not in MISREAD:
        return problem
    meant = "true" if word in {"yes", "on"} else "false"
    return replace(
        problem,
        code="EXP101",
        message=f"'{source.strip()}' is no expression",
        hint=f"write an expression, for example `{meant}`",
    )
