"""Brings the applications up over one database server, with the same rows, and signs the visitors in."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import Any

from tests.bench import loading, measures, product
from tests.bench.dataset import REPRESENTATIVE, Size, login_of
from tests.bench.measures import Contender, Known
from tests.bench.processes import free_port, serving
from tests.bench.visitor import Visitor

HERE = Path(__file__).parent
WORKERS = 2
THREADS = 8
PASSWORD = product.PASSWORD


@dataclass(frozen=True)
class Database:
    """A kind of database: makes new ones by name; `processes` work for all of them."""

    kind: str
    folder: Path
    cluster: Any = None
    processes: tuple[int, ...] = ()

    def new(self, name: str) -> str:
        """The URL of a new, empty database."""
        if self.cluster is None:
            return f"sqlite:///{self.folder / name}.db"
        return str(self.cluster.url(self.cluster.create()))


@dataclass(frozen=True)
class Field:
    """All who take part, and what filling our database told."""

    contenders: tuple[Contender, ...]
    told: dict[str, Any]
    urls: dict[str, str]


@contextmanager
def field_of(database: Database, size: Size, deliveries: int, rivals_python: Path) -> Iterator[Field]:
    """Everyone over the same rows, each with two worker processes."""
    with ExitStack() as stack:
        folder = database.folder
        urls = {name: database.new(name) for name in ("ours", "django", "appbuilder")}
        deployment = product.Deployment(HERE / "pack", urls["ours"], folder / "ours")
        product.prepare(deployment)
        told = dict(deployment.fill(size.accounts, deliveries))
        own = _serve_ours(stack, deployment, folder, database, Known.of_filled(told))
        known = Known.of_positions(size.accounts)
        django = _serve_django(stack, urls["django"], size, database, rivals_python, known)
        appbuilder = _serve_appbuilder(stack, urls["appbuilder"], size, database, known)
        yield Field((*own, django, appbuilder), told, urls)


def _serve_ours(
    stack: ExitStack, deployment: product.Deployment, folder: Path, database: Database, known: Known
) -> tuple[Contender, Contender]:
    port = free_port()
    command = deployment.serve_command(port, WORKERS)
    server = stack.enter_context(serving(command, port, "/healthz", deployment.environ, folder / "ours.log"))
    processes = (server.pid, *database.processes)
    found = []
    people = (
        ("ours", product.ADMINISTRATOR, known),
        ("ours, own rows", login_of(REPRESENTATIVE), known.of_own()),
    )
    for name, login, seen in people:
        pages, program = Visitor(port), Visitor(port)
        pages.log_in_by_form("/login/", login, PASSWORD)
        program.log_in_for_token("/api/v1/security/login", login, PASSWORD)
        found.append(Contender(name, pages, program, processes, measures.ours(seen)))
    return found[0], found[1]


def _serve_django(stack: ExitStack, url: str, size: Size, database: Database, python: Path, known: Known) -> Contender:
    environ = _rival_environ(url)
    token = _run([str(python), "-m", "django_app.prepare"], environ).split()[-1]
    loading.load(loading.DJANGO, url, size)
    port = free_port()
    command = _gunicorn(python, "django_app.wsgi:application", port)
    environ["DJANGO_SETTINGS_MODULE"] = "django_app.settings"
    log = database.folder / "django.log"
    server = stack.enter_context(serving(command, port, "/admin/login/", environ, log))
    pages, program = Visitor(port), Visitor(port, headers={"Authorization": f"Token {token}"})
    pages.log_in_by_form("/admin/login/", "admin", PASSWORD)
    return Contender("Django", pages, program, (server.pid, *database.processes), measures.django(known))


def _serve_appbuilder(stack: ExitStack, url: str, size: Size, database: Database, known: Known) -> Contender:
    environ = _rival_environ(url)
    _run([sys.executable, "-m", "fab_app.prepare"], environ)
    loading.load(loading.APPBUILDER, url, size)
    port = free_port()
    command = _gunicorn(Path(sys.executable), "fab_app.wsgi:application", port)
    server = stack.enter_context(serving(command, port, "/login/", environ, database.folder / "appbuilder.log"))
    pages, program = Visitor(port), Visitor(port)
    pages.log_in_by_form("/login/", "admin", PASSWORD)
    program.log_in_for_token("/api/v1/security/login", "admin", PASSWORD, provider="db")
    processes = (server.pid, *database.processes)
    return Contender("Flask-AppBuilder", pages, program, processes, measures.appbuilder(known))


def _rival_environ(url: str) -> dict[str, str]:
    return {
        "BENCH_DATABASE_URL": url,
        "BENCH_PASSWORD": PASSWORD,
        "PYTHONPATH": str(HERE / "rivals"),
        "PYTHONDONTWRITEBYTECODE": "1",
    }


def _gunicorn(python: Path, application: str, port: int) -> list[str]:
    sizes = ["--workers", str(WORKERS), "--threads", str(THREADS), "--worker-class", "gthread"]
    bound = ["--bind", f"127.0.0.1:{port}", "--keep-alive", "5", "--log-level", "warning"]
    return [str(python), "-m", "gunicorn", *sizes, *bound, application]


def _run(command: list[str], environ: dict[str, str]) -> str:
    done = subprocess.run(command, env={**os.environ, **environ}, capture_output=True, text=True, check=False)
    if done.returncode:
        raise RuntimeError(f"{' '.join(command)} failed:\n{(done.stdout + done.stderr)[-3000:]}")
    return done.stdout
