"""How soon a server answers after it was started over a database that is ready, and whether it wrote anything there."""

from __future__ import annotations

import hashlib
import os
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

import psycopg.sql

from tests.bench import loading, product
from tests.bench.contenders import PASSWORD, WORKERS, Database
from tests.bench.packs import write_pack
from tests.bench.processes import cpu_times, free_port, spent_ms, start, status_of, stop, wait_for
from tests.bench.visitor import Visitor

FIELDS = 40
LIST_PAGE = "/thing_000/"
LIBRARIES = (  # without the collector, which rests while a server starts, too
    "import gc; gc.disable(); "
    "import flask_appbuilder.api, flask_appbuilder.baseviews, flask_appbuilder.security.sqla.manager, sqlalchemy.orm"
)


@dataclass(frozen=True)
class Spent:
    """Seconds on the clock, and of processor time in all processes."""

    clock: float
    processor: float


@dataclass(frozen=True)
class Start:
    """From the start of the process to the first answer and to a list page, and whether rows stayed the same.

    `libraries`: what a process takes that imports Flask-AppBuilder and SQLAlchemy and ends.
    """

    libraries: Spent
    login_page: Spent
    list_page: Spent
    unchanged: bool


def measure_start(database: Database, entities: int, times: int) -> Start:
    """The middle one of several warm starts."""
    name = f"start_{entities}"
    pack = database.folder / f"{name}_pack"
    write_pack(pack, entities, FIELDS)
    deployment = product.Deployment(pack, database.new(name), database.folder / name)
    deployment.apply()
    deployment.add_person(product.ADMINISTRATOR, "administrator")
    log = database.folder / f"{name}.log"
    cookies = _sign_in(deployment, log)
    before = fingerprint(deployment.url)
    libraries, login_pages, list_pages = [], [], []
    for _ in range(times):  # in turn: a busy moment meets both alike
        libraries.append(_import_libraries())
        first, page = _start_once(deployment, cookies, log)
        login_pages.append(first)
        list_pages.append(page)
    return Start(
        _middle(libraries),
        _middle(login_pages),
        _middle(list_pages),
        unchanged=fingerprint(deployment.url) == before,
    )


def _middle(spent: Sequence[Spent]) -> Spent:
    return Spent(statistics.median(each.clock for each in spent), statistics.median(each.processor for each in spent))


def _sign_in(deployment: product.Deployment, log: Path) -> dict[str, str]:
    port = free_port()
    process = start(deployment.serve_command(port, WORKERS), deployment.environ, log)
    try:
        wait_for(process, port, "/healthz", log)
        visitor = Visitor(port)
        visitor.log_in_by_form("/login/", product.ADMINISTRATOR, PASSWORD)
        visitor.exchange("GET", LIST_PAGE)
        return visitor.cookies
    finally:
        stop(process)


def _import_libraries() -> Spent:
    began = time.perf_counter()
    process = subprocess.Popen([sys.executable, "-c", LIBRARIES])
    _pid, status, usage = os.wait4(process.pid, 0)
    process.returncode = os.waitstatus_to_exitcode(status)
    if process.returncode:
        raise RuntimeError("the libraries can't be imported")
    return Spent(time.perf_counter() - began, usage.ru_utime + usage.ru_stime)


def _start_once(deployment: product.Deployment, cookies: dict[str, str], log: Path) -> tuple[Spent, Spent]:
    port = free_port()
    headers = {"Cookie": "; ".join(f"{name}={value}" for name, value in cookies.items())}
    began = time.perf_counter()
    process = start(deployment.serve_command(port, WORKERS), deployment.environ, log)

    def spent() -> Spent:
        clock = time.perf_counter() - began
        return Spent(clock, spent_ms({}, cpu_times((process.pid,))) / 1_000)

    try:
        wait_for(process, port, "/login/", log)
        first = spent()
        status = status_of(port, LIST_PAGE, headers)
        if status != 200:
            raise RuntimeError(f"{LIST_PAGE} answered {status}:\n{log.read_text(errors='replace')[-2000:]}")
        return first, spent()
    finally:
        stop(process)


def fingerprint(url: str) -> str:
    """A digest of every row of every table."""
    found = hashlib.sha256()
    if url.startswith("sqlite"):
        connection = sqlite3.connect(url.removeprefix("sqlite:///"))
        for line in connection.iterdump():
            found.update(line.encode())
        connection.close()
        return found.hexdigest()
    with loading.connect(url) as connection:
        tables = connection.execute("SELECT tablename FROM pg_tables WHERE schemaname = 'public' ORDER BY 1").fetchall()
        for (table,) in tables:
            rows = psycopg.sql.SQL("SELECT md5(string_agg(t::text, '' ORDER BY t::text)) FROM {} t")
            digest = connection.execute(rows.format(psycopg.sql.Identifier(table))).fetchone()
            found.update(f"{table} {digest}".encode())
    return found.hexdigest()
