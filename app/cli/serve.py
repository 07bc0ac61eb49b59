"""`crm serve`: the web server. `crm demo`: the same over a new database with demonstration data."""

from __future__ import annotations

import logging
import os
import sys
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING, Any

import click

from app.cli.beside import Beside
from app.cli.startup import bring_up, setup_path
from app.factory import collector_at_rest
from app.frozen import dataclass
from app.settings import SettingRefused, Settings

if TYPE_CHECKING:
    from sqlalchemy.engine import Engine

    from app.web.swap import Swap

MOST_WORKERS = 4
THREADS = 8
EVERY_ADDRESS = frozenset({"0.0.0.0", "::"})  # noqa: S104 - compared with, not listened on


@dataclass(frozen=True)
class Place:
    """Where to listen, and with how many processes."""

    host: str
    port: int
    workers: int

    @property
    def bind(self) -> str:
        """As gunicorn wants it."""
        return f"[{self.host}]:{self.port}" if ":" in self.host else f"{self.host}:{self.port}"


@click.command()
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65_535), help="0: any free one.")
@click.option("--workers", type=click.IntRange(1, 64), help="Processes. [default: cores, at most 4]")
@click.option("--no-jobs", is_flag=True, help="Do not run the scheduler here.")
@click.option("--apply", "apply_safe", is_flag=True, help="Apply changes of the pack first, when every step is safe.")
def serve(*, host: str, port: int, workers: int | None, no_jobs: bool, apply_safe: bool) -> None:
    """Serve the applied configuration. An empty database gets the pack first."""
    place = Place(host, port, workers or default_workers())
    run_server(Settings.from_environment(), place, apply_safe=apply_safe, jobs=not no_jobs)


@click.command()
@click.option(
    "--dir", "folder", default="var/demo", show_default=True, type=click.Path(path_type=Path, file_okay=False)
)
@click.option("--host", default="127.0.0.1", show_default=True, help="Address to listen on.")
@click.option("--port", default=8000, show_default=True, type=click.IntRange(0, 65_535))
@click.option("--no-serve", is_flag=True, help="Only make the database.")
def demo(*, folder: Path, host: str, port: int, no_serve: bool) -> None:
    """Serve a demonstration: a database in a folder of its own, with data and users. An existing one is used again."""
    from app.cli.demonstration import ensure_backup_key, ensure_demo

    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    stated = Settings.from_environment()
    settings = replace(stated, data_dir=folder, database_url=f"sqlite:///{folder / 'crm.db'}")
    users = ensure_demo(settings, folder)
    ensure_backup_key(settings)
    width = max((len(user["name"]) for user in users), default=0)
    click.echo(f"Users (also in {folder / 'users.json'}):")
    for user in users:
        language = f"  ({user['language']})" if "language" in user else ""
        click.echo(f"  {user['name']:<{width}}  {user['password']}  {', '.join(user['roles'])}{language}")
    if not no_serve:
        run_server(settings, Place(host, port, default_workers()))


def run_server(settings: Settings, place: Place, *, apply_safe: bool = False, jobs: bool = True) -> None:
    """Bring the database up, then serve until stopped, with a scheduler beside unless there are to be no `jobs`."""
    # Its libraries are imported within, too. What was built is shared by the workers; a collection would copy it.
    with collector_at_rest(for_good=True):
        application, options = _prepare(settings, place, apply_safe=apply_safe)
    if not jobs:
        _run_gunicorn(application, options)
        return
    scheduler = scheduler_beside(settings)
    _run_gunicorn(application, with_scheduler(options, scheduler), scheduler)


def scheduler_beside(settings: Settings) -> Beside:
    """The scheduler in a process of its own: it imports nothing of the web, and a long job takes no time from the pages."""
    place = {"CRM_DATA_DIR": str(settings.data_dir), "CRM_DATABASE_URL": settings.database_url}
    command = [sys.executable, "-m", "app.cli", "jobs", "run", "--beside", str(os.getpid())]
    return Beside(command, {**os.environ, **place})


def with_scheduler(options: dict[str, Any], scheduler: Beside) -> dict[str, Any]:
    """The server's settings with a scheduler that begins when the server answers and ends with it, however that ends."""

    def ready(server: Any) -> None:
        scheduler.begin()
        options["when_ready"](server)

    def ended(_server: Any) -> None:
        scheduler.end()

    return {**options, "when_ready": ready, "on_exit": ended}


def _prepare(settings: Settings, place: Place, *, apply_safe: bool) -> tuple[Swap, dict[str, Any]]:
    """The application, and gunicorn's settings."""
    from app.factory import build_app, open_database
    from app.web.app import JsonLines

    to_stderr = logging.StreamHandler()
    to_stderr.setFormatter(JsonLines())
    logging.basicConfig(level=logging.WARNING, handlers=[to_stderr])
    engine = open_database(settings)
    applied = bring_up(settings, engine, apply_safe=apply_safe)
    if place.host in EVERY_ADDRESS and not (settings.trusted_hosts or settings.base_url):
        click.echo("CRM_TRUSTED_HOSTS is not set: only requests to 127.0.0.1 and localhost are answered.", err=True)
    hosts = settings.trusted_hosts if place.host in EVERY_ADDRESS else (*settings.trusted_hosts, place.host)
    try:
        application = build_app(replace(settings, trusted_hosts=hosts), engine, applied)
    except SettingRefused as refused:
        raise click.ClickException(str(refused)) from refused
    link = setup_path(application.store)
    engine.dispose()  # no connection goes through a fork
    return application, gunicorn_options(place, engine, settings.base_url, link)


def default_workers() -> int:
    """As many as there are cores to run on, at most `MOST_WORKERS`."""
    cores = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else os.cpu_count() or 1
    return max(1, min(MOST_WORKERS, cores))


def gunicorn_options(place: Place, engine: Engine, base_url: str | None, link: str | None) -> dict[str, Any]:
    """Settings of the server by gunicorn's names. `link`: the path of the set-up link to print."""

    def ready(server: Any) -> None:
        host, port = server.LISTENERS[0].sock.getsockname()[:2]
        address = base_url or f"http://{f'[{host}]' if ':' in host else host}:{port}"
        click.echo(f"Serving at {address}")
        if link:
            click.echo(f"Set up the first administrator: {address}{link}")

    def after_fork(_server: Any, _worker: Any) -> None:
        engine.dispose(close=False)

    return {
        "bind": place.bind,
        "workers": place.workers,
        "threads": THREADS,
        "worker_class": "gthread",
        "preload_app": True,
        "when_ready": ready,
        "post_fork": after_fork,
        "loglevel": "warning",
        "timeout": 60,
        "graceful_timeout": 15,
        "keepalive": 5,
        "forwarded_allow_ips": "",
        "worker_tmp_dir": "/dev/shm" if Path("/dev/shm").is_dir() else None,  # noqa: S108 - it makes a file of its own
        "limit_request_fields": 60,
    }


def _run_gunicorn(application: Any, options: dict[str, Any], beside: Beside | None = None) -> None:
    """Serves until it is stopped. Its master looks after what runs beside it at each of its rounds, one a second."""
    from gunicorn.app.base import BaseApplication
    from gunicorn.arbiter import Arbiter

    class Master(Arbiter):  # type: ignore[misc]  # as below
        def murder_workers(self) -> None:
            super().murder_workers()
            if beside is not None:
                beside.look()

    class Server(BaseApplication):  # type: ignore[misc]  # the library publishes no types
        def load_config(self) -> None:
            for key, value in options.items():
                self.cfg.set(key, value)

        def load(self) -> Any:
            return application

        def run(self) -> None:
            Master(self).run()

    Server().run()
