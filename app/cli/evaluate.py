"""`crm eval`: one expression, tried on a made-up record in every engine."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.config import config_option, load
from app.diagnostics import Diagnostic, Span, render_json, render_text, split_lines
from app.settings import Settings

if TYPE_CHECKING:
    from app.definition import Catalog
    from app.expression import BadExpression, Checked, Context
    from app.rehearsal.trial import Trial

SOURCE = "expression"  # the "file" in which problems are shown
ASKED = {"python": ("python",), "sql": ("sqlite", "postgresql"), "js": ("js",)}


@click.command("eval")
@click.argument("entity")
@click.argument("expression", metavar="EXPR")
@click.option("--record", metavar="JSON", help='Fields of the record, also `"account.level"`; others are blank.')
@click.option("--old", metavar="JSON", help="The record as it was; without it the record is being created.")
@click.option("--user", "login", metavar="NAME", help="Who acts: a login of the database. Otherwise nobody.")
@click.option("--engine", type=click.Choice([*ASKED, "all"]), default="all", show_default=True)
@click.option("--format", "format_", type=click.Choice(["text", "json"]), default="text", show_default=True)
@config_option
def evaluate(  # noqa: PLR0913 - what can be said on the command line
    *,
    entity: str,
    expression: str,
    record: str | None,
    old: str | None,
    login: str | None,
    engine: str,
    format_: str,
    config: Path | None,
) -> None:
    """Try an expression about an ENTITY: its type, the profiles that it fits, and its value in each engine.

    PostgreSQL is asked where CRM_DATABASE_URL names one, on tables that are gone afterwards.
    """
    from app.expression import BadExpression, check_expression
    from app.rehearsal.facts import BadRecord, read_record
    from app.rehearsal.trial import ENGINES, Question
    from app.rehearsal.trial import evaluate as ask

    catalog = _catalog(config)
    if entity not in catalog.entities:
        raise click.BadParameter(f"no entity {entity}; there are {', '.join(catalog.entities)}", param_hint="ENTITY")
    try:
        checked = check_expression(catalog, entity, expression)
    except BadExpression as error:
        click.echo(_problems(expression, error, format_), nl=False)
        raise SystemExit(1) from error
    try:
        made = read_record(catalog, entity, _read_json(record, "--record"), checked.aggregates)
        before = None if old is None else read_record(catalog, entity, _read_json(old, "--old"), checked.aggregates)
    except BadRecord as error:
        raise click.UsageError(str(error)) from error
    url = Settings.from_environment().database_url
    server = url if url.startswith("postgresql") else None
    question = Question(catalog, checked, made, before, _context(catalog, checked, login), server)
    trial = ask(question, ENGINES if engine == "all" else ASKED[engine])
    click.echo(_as_json(checked, trial) if format_ == "json" else _as_text(checked, trial))


def _catalog(config: Path | None) -> Catalog:
    loaded = load(config)
    if loaded.catalog is None:
        raise click.ClickException(f"there are {len(loaded.errors)} errors in the pack: see `crm check`")
    return loaded.catalog


def _read_json(text: str | None, option: str) -> Mapping[str, Any]:
    if text is None:
        return {}
    try:
        found = json.loads(text, parse_float=str)  # digits as they are written
    except (ValueError, RecursionError) as error:
        raise click.BadParameter(f"no JSON: {error}", param_hint=option) from error
    if not isinstance(found, dict):
        raise click.BadParameter('a record is an object: {"amount": 10}', param_hint=option)
    return found


def _context(catalog: Catalog, checked: Checked, login: str | None) -> Context:
    from zoneinfo import ZoneInfo

    from app.expression import Context
    from app.expression.working_time import company_time
    from app.orm.types import now

    zone, working = ZoneInfo(catalog.pack.time_zone), company_time(catalog)
    if login is None:
        return Context(now(), zone, dict.fromkeys(checked.user_keys | {"id"}), working=working)
    user, roles = _person(checked, login)
    return Context(now(), zone, user, roles, working)


def _person(checked: Checked, login: str) -> tuple[Mapping[str, Any], frozenset[str]]:
    """What the expression reads of a person of the database, and his roles."""
    import sqlalchemy as sa

    from app.access import reading, system_actor
    from app.cli.people import find_actor, open_applied

    store = open_applied(Settings.from_environment())
    actor = find_actor(store, login)
    person = store.models.classes["user"]
    keys = sorted(key for key in checked.user_keys | {"id"} if hasattr(person, key))
    with reading(store, system_actor("system:command")) as session:
        query = sa.select(*(getattr(person, key) for key in keys)).where(person.id == actor.user_id)
        row = session.execute(query).mappings().one()
    return {**dict.fromkeys(checked.user_keys), **row}, actor.roles


def _problems(expression: str, error: BadExpression, format_: str) -> str:
    """What is wrong with the expression, with its line and a caret."""
    lines = split_lines(expression)

    def read_line(_file: str, line: int) -> str | None:
        return lines[line - 1] if 0 < line <= len(lines) else None

    found = []
    for each in error.problems:
        before = split_lines(expression[: each.start])
        span = Span(SOURCE, len(before), len(before[-1]) + 1, max(1, each.end - each.start))
        found.append(Diagnostic(each.code, "error", each.message, span, hint=each.hint))
    return render_json(found) if format_ == "json" else render_text(found, read_line)


def _as_json(checked: Checked, trial: Trial) -> str:
    answer = {"type": checked.type.base, "profiles": list(checked.profiles), "results": dict(trial.results)}
    if trial.notes:
        answer["notes"] = dict(trial.notes)
    return json.dumps(answer, ensure_ascii=False)


def _as_text(checked: Checked, trial: Trial) -> str:
    from app.rehearsal.facts import words_of

    lines = [f"type        {words_of(checked.type)}", f"profiles    {', '.join(checked.profiles)}"]
    for name, value in trial.results.items():
        shown = (
            trial.notes[name]
            if name in trial.notes
            else "blank"
            if value is None
            else json.dumps(value, ensure_ascii=False)
        )
        lines.append(f"{name:<12}{shown}")
    return "\n".join(lines)
