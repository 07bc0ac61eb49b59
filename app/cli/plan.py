"""`crm plan`, `apply`, `history`, `diff`: what would change, change it, what was changed."""

from __future__ import annotations

import json
import sys
from collections.abc import Callable
from contextlib import nullcontext
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.address import shown_url
from app.cli.applying import confirm, open_for_plans, progress, tell_unclean, to_write, who
from app.settings import Settings

if TYPE_CHECKING:
    from app.loading import Loaded
    from app.plan import Plan

CHANGES = 3  # exit code of a plan with steps, none of which block
Command = Callable[..., Any]


def config_option(command: Command) -> Command:
    """`--config DIR`, for commands that read a pack."""
    folder = click.Path(path_type=Path, file_okay=False)
    return click.option("--config", type=folder, help="The pack. [default: CRM_CONFIG]")(command)


def format_option(command: Command) -> Command:
    """`--format text|json`."""
    forms = click.Choice(["text", "json"])
    return click.option("--format", "form", type=forms, default="text", show_default=True)(command)


@click.command()
@config_option
@format_option
@click.option(
    "--out", type=click.Path(path_type=Path, dir_okay=False), help="Also save the plan, for `crm apply FILE`."
)
@click.option("--against", metavar="REVISION", type=click.IntRange(1), help="An earlier revision; no data is asked.")
def plan(*, config: Path | None, form: str, out: Path | None, against: int | None) -> None:
    """Show what apply would do. Exit 0: nothing; 3: there are changes; 1: blocked. Changes nothing."""
    from app.plan import NothingApplied, plan_for
    from app.plan.planning import plan_against

    if out is not None and against is not None:
        raise click.UsageError("a plan against an earlier revision can't be applied: leave out --out")
    settings = _settings(config)
    loaded = _load(settings)
    with open_for_plans(settings) as engine:
        try:
            made = plan_for(engine, loaded) if against is None else plan_against(engine, loaded, against)
        except NothingApplied as error:
            raise click.ClickException(str(error)) from error
    found = replace(made, database=shown_url(settings))
    saved = json.dumps(found.to_json(), ensure_ascii=False, indent=2)
    if out is not None:
        out.write_text(saved + "\n", "utf-8")
    click.echo(saved if form == "json" else found.render())
    sys.exit(1 if found.blocked else 0 if found.is_empty else CHANGES)


@click.command()
@click.argument("file", required=False, type=click.Path(path_type=Path, dir_okay=False, exists=True))
@config_option
@click.option("--yes", is_flag=True, help="Do not ask.")
@click.option(
    "--allow-destructive", "allowed", multiple=True, metavar="NAME", help="Allow a step that loses something."
)
@click.option("--no-backup", is_flag=True, help="Make no backup before a plan that loses something or takes long.")
def apply(*, file: Path | None, config: Path | None, yes: bool, allowed: tuple[str, ...], no_backup: bool) -> None:
    """Carry out the plan of FILE, or of the pack as it is now: one lock, one transaction, one revision.

    Where backups are made, a full one precedes a plan that loses something or writes a whole table.
    """
    from app.cli.before_apply import back_up_before
    from app.plan import ApplyRefused, apply_plan, plan_for

    settings = _settings(config)
    loaded = _load(settings)
    with open_for_plans(settings, to_change=True) as engine:
        fresh = plan_for(engine, loaded)
        wanted = fresh if file is None else _saved(file)
        if file is None:
            click.echo(wanted.render())
            if wanted.is_empty:
                return
            confirm(wanted, yes=yes)
        is_fresh = wanted.is_same_change(fresh)
        if is_fresh and not no_backup:
            back_up_before(settings, engine, fresh, allowed)
        with to_write(settings, engine) if is_fresh and not fresh.blocked else nullcontext(engine) as database:
            done = apply_plan(database, loaded, wanted, who(), allowed, progress())
    if isinstance(done, ApplyRefused):
        unseen = done.plan if file is not None and done.code in {"PLN503", "PLN504"} else None
        shown = f"{unseen.render()}\n" if unseen else ""
        raise click.ClickException(f"{done.code} {done.reason}\n{shown}Nothing was changed.")
    tell_unclean(done)
    click.echo(f"Revision {done.number} is applied." if done.number > wanted.revision else "Nothing to do.")


@click.command()
@format_option
@click.option("--tombstones", is_flag=True, help="What was removed and is kept, hidden, instead.")
def history(*, form: str, tombstones: bool) -> None:
    """List the revisions, newest first: number, moment, who, catalog, steps."""
    from app.plan import history as read_history
    from app.plan.pair import counted

    if tombstones:
        from app.cli.tombstones import list_tombstones

        list_tombstones(form)
        return
    with open_for_plans(Settings.from_environment()) as engine:
        entries = read_history(engine)
    rows = [
        {
            "number": entry.number,
            "applied_at": entry.applied_at.isoformat().replace("+00:00", "Z"),
            "applied_by": entry.applied_by,
            "catalog": entry.catalog_hash,
            "steps": list(entry.steps),
        }
        for entry in entries
    ]
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not entries:
        click.echo("Nothing was applied yet: `crm apply` makes the first revision.", err=True)
    width = max((len(entry.applied_by) for entry in entries), default=0)
    for entry in entries:
        moment = f"{entry.applied_at:%Y-%m-%d %H:%M:%S}Z"
        by = entry.applied_by.ljust(width)
        click.echo(f"{entry.number:>5}  {moment}  {by}  {entry.catalog_hash[:8]}  {counted(len(entry.steps), 'step')}")


@click.command()
@click.argument("first", metavar="R1", type=click.IntRange(1))
@click.argument("second", metavar="[R2]", type=click.IntRange(1), required=False)
def diff(first: int, second: int | None) -> None:
    """Show what led from revision R1 to R2 (the newest, when it is not given)."""
    from app.plan import NothingApplied, load_revision
    from app.plan.compare import compare
    from app.plan.render import step_lines

    try:
        with open_for_plans(Settings.from_environment()) as engine:
            before, after = load_revision(engine, first), load_revision(engine, second)
    except NothingApplied as error:
        raise click.ClickException(str(error)) from error
    steps = compare(before.catalog, after.catalog, before.names)
    click.echo("\n".join(step_lines(steps)) or "  no difference")


def _settings(config: Path | None) -> Settings:
    settings = Settings.from_environment()
    return settings if config is None else replace(settings, config=config)


def _load(settings: Settings) -> Loaded:
    from app.cli.startup import load

    loaded = load(settings)
    if loaded.catalog is None:
        raise click.ClickException(f"PLN506 the pack {settings.config} has errors; nothing was changed.")
    return loaded


def _saved(file: Path) -> Plan:
    from app.plan import saved_plan

    try:
        return saved_plan(file.read_text("utf-8", errors="replace"))
    except ValueError as error:
        raise click.ClickException(f"PLN510 {file}: {error}\nNothing was changed.") from error
