"""`crm history --tombstones` and `crm purge`: what was removed and is kept, and how it goes for good."""

from __future__ import annotations

import json
from typing import TYPE_CHECKING

import click

from app.cli.applying import open_for_plans, who
from app.cli.typed import confirm
from app.settings import Settings

if TYPE_CHECKING:
    from app.plan import Plan


def list_tombstones(form: str) -> None:
    """Shows them, the newest first."""
    from app.orm.types import now
    from app.plan.tombstone import every_tombstone

    with open_for_plans(Settings.from_environment()) as engine:
        found = every_tombstone(engine)
    today = now().date()
    rows = [
        {
            "name": each.name,
            "place": each.place,
            "since": each.since,
            "removed_at": each.at.isoformat().replace("+00:00", "Z"),
            "kept_until": each.kept_until.isoformat(),
            "may_be_purged": each.kept_until <= today,
            "rows": each.rows,
            "filled": each.filled,
        }
        for each in found
    ]
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    if not found:
        click.echo("Nothing was removed, or all of it was purged.", err=True)
    width = max((len(each.name) for each in found), default=0)
    for each in found:
        filled = "" if each.is_entity else f", {each.filled:,} filled"
        until = "may be purged" if each.kept_until <= today else f"kept until {each.kept_until}"
        click.echo(f"  {each.name.ljust(width)}  revision {each.since:>4}  {each.rows:,} rows{filled}  {until}")


@click.command()
@click.argument("name")
@click.option("--yes", "typed", metavar="NAME", help="The same name again, instead of typing it when asked.")
@click.option("--no-backup", is_flag=True, help="Make no backup before it.")
def purge(*, name: str, typed: str | None, no_backup: bool) -> None:
    """Delete for good what was removed as NAME (`entity` or `entity.field`) and whose time is up.

    Where backups are made, a full one precedes it. A revision tells of it; the audit keeps what it says of old values.
    """
    from app.cli.before_apply import back_up_before
    from app.orm.types import now
    from app.plan import ApplyRefused
    from app.plan.purge import purge as carry_out
    from app.plan.purge import purge_plan
    from app.plan.render import step_lines

    settings, day = Settings.from_environment(), now().date()
    with open_for_plans(settings, to_change=True) as engine:
        wanted = purge_plan(engine, name, day)
        if isinstance(wanted, ApplyRefused):
            raise click.ClickException(f"{wanted.code} {wanted.reason}\nNothing was changed.")
        click.echo("\n".join(step_lines(wanted.steps)))
        confirm("purge", name, typed)
        if not no_backup:
            back_up_before(settings, engine, wanted, _names(wanted))
        done = carry_out(engine, wanted, who(), day)
    if isinstance(done, ApplyRefused):
        raise click.ClickException(f"{done.code} {done.reason}\nNothing was changed.")
    click.echo(f"{name} is gone for good (revision {done.number}).")


def _names(wanted: Plan) -> list[str]:
    return [step.name for step in wanted.destructive]
