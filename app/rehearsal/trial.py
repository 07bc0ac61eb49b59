"""One expression tried on a made-up record in every engine that knows it."""

from __future__ import annotations

from collections.abc import Callable, Collection, Mapping
from dataclasses import field
from typing import Any

from sqlalchemy.exc import SQLAlchemyError

from app.definition import Catalog
from app.expression import Checked, Context
from app.expression.implementations import fit
from app.expression.node import plain_json
from app.frozen import dataclass
from app.orm.expression import NotInSql
from app.orm.models import build_models
from app.orm.scratch import ask_scratch
from app.rehearsal.facts import Made, row_of, rows_of
from app.rehearsal.node import NodeEngine, find_node

ENGINES = ("python", "sqlite", "js", "postgresql")
"""By the names of their results, the normative one first."""


@dataclass(frozen=True)
class Question:
    """An expression, the record that it is asked of, the record as it was (None: it is being created), and who asks.

    `server` is the address of a PostgreSQL server, where there is one.
    """

    catalog: Catalog
    checked: Checked
    made: Made
    before: Made | None
    context: Context
    server: str | None = None


@dataclass(frozen=True)
class Trial:
    """What came out. `results` has a value for each engine, None where it was not asked: then `notes` says why."""

    results: Mapping[str, Any]
    notes: Mapping[str, str] = field(default_factory=dict)


class NotAsked(Exception):
    """An engine can't be asked; the text says why."""


def evaluate(question: Question, wanted: Collection[str]) -> Trial:
    """Asks the wanted engines. Results are as JSON carries them: numbers and days as text."""
    results: dict[str, Any] = {}
    notes: dict[str, str] = {}
    for name in ENGINES:
        results[name] = None
        if name not in wanted:
            continue
        try:
            results[name] = plain_json(_ASK[name](question))
        except NotAsked as reason:
            notes[name] = str(reason)
    return Trial(results, notes)


def _in_python(question: Question) -> Any:
    record, old = _rows(question)
    return fit(question.checked.evaluate(record, old, question.context), question.checked.type)


def _rows(question: Question) -> tuple[dict[str, Any], dict[str, Any] | None]:
    checked, context = question.checked, question.context
    row = row_of(question.made, checked, checked.keys, context)
    return row, None if question.before is None else row_of(question.before, checked, checked.old_keys, context)


def _in_node(question: Question) -> Any:
    checked = question.checked
    if "rule" not in checked.profiles or not checked.runs_in_browser:
        raise NotAsked("outside of what a form knows")
    node = find_node()
    if node is None:
        raise NotAsked("Node is not installed")
    with NodeEngine(node) as engine:
        return engine.evaluate(checked.root, [_rows(question)], question.context)[0]


def _in_sqlite(question: Question) -> Any:
    return _in_sql("sqlite://", question)


def _in_postgresql(question: Question) -> Any:
    if "filter" in question.checked.profiles and question.server is None:
        raise NotAsked("CRM_DATABASE_URL names no PostgreSQL server")
    return _in_sql(str(question.server), question)


def _in_sql(url: str, question: Question) -> Any:
    checked = question.checked
    if "filter" not in checked.profiles:
        raise NotAsked(f"outside of the profile filter: {checked.unfit['filter'].message}")
    if checked.type.base in {"choices", "refs", "opaque"}:
        raise NotAsked("no single value")
    if any(question.made.stated):
        raise NotAsked("an aggregate was given: give its records instead")
    try:
        found = ask_scratch(url, build_models(question.catalog), rows_of(question.made), checked, question.context)
    except NotInSql as error:
        raise NotAsked(str(error)) from error
    except SQLAlchemyError as error:
        raise NotAsked(f"the database says: {str(getattr(error, 'orig', error))[:200]}") from error
    return fit(found, checked.type)


_ASK: Mapping[str, Callable[[Question], Any]] = {
    "python": _in_python,
    "sqlite": _in_sqlite,
    "js": _in_node,
    "postgresql": _in_postgresql,
}
