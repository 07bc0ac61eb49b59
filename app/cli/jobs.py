"""`crm jobs`: the scheduler alone, what is due, one job now."""

from __future__ import annotations

import json
import sys
from dataclasses import replace
from typing import TYPE_CHECKING, Any

import click

from app.settings import Settings

if TYPE_CHECKING:
    import datetime as dt

    from app.automation.runs import Run
    from app.orm.store import Store


@click.group()
def jobs() -> None:
    """What happens by the clock."""


@jobs.command("run")
@click.option("--beside", type=int, hidden=True, help="The process that it ends with.")
def run(*, beside: int | None) -> None:
    """Run the scheduler until stopped. Several may run: one leads, another takes over when it ends."""
    from app.cli.people import open_applied
    from app.extension import load_extensions
    from app.jobs.dispatcher import start_workers
    from app.jobs.scheduler import keep_time, make_scheduler, stop_on_signals

    settings = Settings.from_environment()
    load_extensions(settings.extensions)
    stop = stop_on_signals()
    store = open_applied(settings)
    scheduler = make_scheduler(settings, store)
    if beside is None:
        click.echo("The scheduler runs.")
    workers = start_workers(scheduler, stop)
    try:
        keep_time(scheduler, stop, beside)
    finally:
        stop.set()
        for each in workers:
            each.join()


@jobs.command("list")
@click.option("--format", "form", type=click.Choice(["text", "json"]), default="text", show_default=True)
def list_(*, form: str) -> None:
    """List the jobs: when each was run last, how it ended, when it is due next."""
    from app.cli.people import open_applied

    rows = _rows(open_applied(Settings.from_environment()))
    if form == "json":
        click.echo(json.dumps(rows, ensure_ascii=False, indent=2))
        return
    width = max(len(row["name"]) for row in rows)
    for row in rows:
        last = f"{row['last'] or 'never':<17}  {row['state'] or '':<7}  {_seconds(row['seconds']):>8}"
        click.echo(f"{row['name']:<{width}}  last {last}  next {row['next']}  {row['result'] or ''}".rstrip())


@jobs.command("once")
@click.argument("name")
def once(*, name: str) -> None:
    """Run one job now, whether it is due or not."""
    from app.automation.jobs import jobs_of
    from app.automation.turn import run_now
    from app.cli.people import open_applied
    from app.diagnostics import did_you_mean, nearest
    from app.jobs.scheduler import holding, make_scheduler

    settings = Settings.from_environment()
    store = open_applied(settings)
    known = jobs_of(store.catalog)
    if name not in known:
        hint = did_you_mean(nearest(name, known)) or f"known are {', '.join(known)}"
        raise click.ClickException(f"there is no job '{name}': {hint}")
    scheduler = make_scheduler(settings, store)
    station = replace(scheduler.station, apart=scheduler.apart)
    with holding(scheduler):
        try:
            found = run_now(station, name)
        finally:
            scheduler.apart.stop(store)
    if found is None:
        raise click.ClickException(f"{name} is begun by another at this moment")
    click.echo(f"{found.state}: {found.result.in_language('en')}")
    sys.exit(0 if found.state == "done" else 1)


@jobs.command("carry", hidden=True)
@click.argument("number", type=int)
@click.argument("attempt", type=int)
@click.option("--beside", type=int, required=True, help="The process that it ends with.")
def carry(*, number: int, attempt: int, beside: int) -> None:
    """Carry out a run that the scheduler began; it looks after its lease and its time."""
    from app.automation.runs import find_run
    from app.automation.turn import carry_out
    from app.cli.people import open_applied
    from app.extension import load_extensions
    from app.jobs.apart import end_with
    from app.jobs.scheduler import make_scheduler

    end_with(beside)
    settings = Settings.from_environment()
    load_extensions(settings.extensions)
    store = open_applied(settings)
    run = find_run(store, number)
    if run is None or (run.state, run.attempts) != ("running", attempt):
        raise click.ClickException(f"run {number} is not to be carried out any more")
    carry_out(make_scheduler(settings, store).station, run)


def _rows(store: Store) -> list[dict[str, Any]]:
    from app.automation.jobs import jobs_of, zone_of
    from app.automation.runs import last_runs
    from app.orm.types import now

    zone, last, moment = zone_of(store.catalog), last_runs(store), now()
    return [
        {
            "name": job.name,
            "label": {language: job.label.in_language(language) for language in ("en", "zh")},
            "last": _local(last[job.name].due, zone) if job.name in last else None,
            "state": last[job.name].state if job.name in last else None,
            "result": last[job.name].result.in_language("en") if job.name in last else None,
            "seconds": _took(last.get(job.name)),
            "next": _local(job.next(zone, moment), zone),
        }
        for job in jobs_of(store.catalog).values()
    ]


def _local(moment: dt.datetime, zone: dt.tzinfo) -> str:
    return moment.astimezone(zone).strftime("%Y-%m-%d %H:%M")


def _took(run: Run | None) -> float | None:
    if run is None or run.ended_at is None:
        return None
    return round((run.ended_at - run.started_at).total_seconds(), 3)


def _seconds(value: float | None) -> str:
    return "" if value is None else f"{value:.2f} s"
