"""`crm automations`: what automations did, and what they would have done."""

from __future__ import annotations

import datetime as dt
import json
from collections import Counter
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

import click

from app.settings import Settings

if TYPE_CHECKING:
    from app.orm.store import Store

_SHOWN = 10  # records of an event
_FORMAT = click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)


@click.group()
def automations() -> None:
    """What happens by itself."""


@automations.command("list")
@_FORMAT
def list_(*, form: str) -> None:
    """List the automations: mode, how often each ran in the last 30 days, how often some of it was refused."""
    from app.automation.run_log import Tally, tallies
    from app.cli.people import open_applied
    from app.orm.types import now

    store = open_applied(Settings.from_environment())
    with store.system_reading() as connection:
        known = tallies(connection, now() - dt.timedelta(days=30))
    rows = []
    for each in store.catalog.automations.values():
        tally = known.get(each.key, Tally())
        last = _shown(store, tally.last.at) if tally.last is not None else None
        rows.append(
            {
                "automation": each.key,
                "entity": each.entity,
                "mode": each.mode,
                "runs": tally.runs,
                "refused": tally.failed,
                "last": last,
            }
        )
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for row in rows:
        click.echo(
            f"{row['automation']:<28} {row['entity']:<14} {row['mode']:<7} runs {row['runs']:>6}  refused {row['refused']:>5}"
            f"  last {row['last'] or 'never'}"
        )


@automations.command("replay")
@click.option("--since", required=True, help="A day such as 2026-01-31, or so many days: '30 days'.")
@click.option("--automation", "only", multiple=True, help="Only this one; may be given several times.")
@click.option("--dry-run", is_flag=True, help="Only list what would be done: the one way there is.")
@_FORMAT
def replay_(*, since: str, only: tuple[str, ...], dry_run: bool, form: str) -> None:
    """List what automations would have done to the events of the past. Nothing is written, nobody is told.

    A new automation is applied in `mode: shadow` first; then this tells what it would have done.
    """
    from app.automation.replay import replay
    from app.cli.people import open_applied
    from app.diagnostics import did_you_mean, nearest

    if not dry_run:
        raise click.UsageError("the past is not done again: add --dry-run to list what would have been done")
    store = open_applied(Settings.from_environment())
    for key in only:
        if key not in store.catalog.automations:
            hint = did_you_mean(nearest(key, store.catalog.automations)) or "see crm automations list"
            raise click.ClickException(f"there is no automation '{key}': {hint}")
    totals: Counter[str] = Counter()
    rows: list[dict[str, Any]] = []
    for each in replay(store, _moment(store, since), only):
        totals[each.automation.key] += len(each.records)
        acts = [f"{key} ({action.name})" for key, action in each.automation.actions.items()]
        row = {
            "at": _shown(store, each.event.at), "event": each.event.id, "kind": each.event.kind, "entity": each.event.entity,
            "automation": each.automation.key, "records": [str(record) for record in each.records], "actions": acts,
        }  # fmt: skip
        if form == "json":
            rows.append(row)
        else:
            shown = " ".join(f"#{record}" for record in each.records[:_SHOWN])
            more = f" and {len(each.records) - _SHOWN} more" if len(each.records) > _SHOWN else ""
            click.echo(f"{row['at']}  {each.automation.key}: {each.event.entity} {shown}{more}: {', '.join(acts)}")
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    for key, number in sorted(totals.items()):
        click.echo(f"{key}: would have acted for {number} records")
    if not totals:
        click.echo("Nothing would have been done.")


def _moment(store: Store, said: str) -> dt.datetime:
    """The start of a day of the company, or so many days ago."""
    from app.orm.types import now

    count, _, unit = said.partition(" ")
    if unit in {"day", "days"} and count.isascii() and count.isdecimal() and len(count) < 6:
        return now() - dt.timedelta(days=int(count))
    try:
        day = dt.date.fromisoformat(said)
    except ValueError:
        raise click.ClickException(f"'{said}' is no day: write 2026-01-31, or '30 days'") from None
    return dt.datetime.combine(day, dt.time(), ZoneInfo(store.catalog.pack.time_zone)).astimezone(dt.UTC)


def _shown(store: Store, moment: dt.datetime) -> str:
    return moment.astimezone(ZoneInfo(store.catalog.pack.time_zone)).strftime("%Y-%m-%d %H:%M")
