"""`make bench`: how fast this program is beside its rivals, on both databases, in one table.

Every ratio compares what was measured in the same run, in turn. See README.md for what is measured and how.
"""

from __future__ import annotations

import argparse
import os
import signal
import subprocess
import sys
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from tests import pgtemp
from tests.bench import contenders, report
from tests.bench.access import ROWS, measure_scopes
from tests.bench.applies import measure_applies, measure_load, measure_plans
from tests.bench.backups import measure_backups
from tests.bench.checks import SIZES, measure_check
from tests.bench.contenders import Database
from tests.bench.dataset import Size
from tests.bench.duties import measure_reviews
from tests.bench.events import measure_events
from tests.bench.expressions import measure_engine, measure_writing
from tests.bench.form import measure_form
from tests.bench.growth import measure_growth
from tests.bench.measures import Plan
from tests.bench.moves import measure_moves
from tests.bench.progress import say
from tests.bench.rehearsals import measure_tests
from tests.bench.screens import measure_screens
from tests.bench.starts import measure_start
from tests.bench.table import Line, render

HERE = Path(__file__).parent
ROOT = HERE.parents[1]
RIVALS = ROOT / ".venv" / "bench"


def main() -> None:
    options = _options()
    signal.signal(signal.SIGTERM, lambda _number, _frame: sys.exit("ended"))  # so that servers and folders go, too
    for name in [name for name in os.environ if name.startswith("CRM_")]:
        del os.environ[name]
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)  # a server that was installed is compiled
    rivals_python = (
        Path()
        if options.only
        in {"access", "check", "expressions", "reviews", "events", "tests", "form", "screens", "backups", "applies"}
        else ensure_rivals()
    )
    lines: list[Line] = []
    with tempfile.TemporaryDirectory(prefix="tenon-bench-") as name:
        for database in (
            () if options.only in {"check", "tests", "form", "screens"} else databases(options.database, Path(name))
        ):
            lines += measure(database, options, rivals_python)
        if options.only in {None, "check"}:
            lines += measure_checks(Path(name), times=3 if options.quick else 7)
        if options.only in {None, "expressions"}:
            say("expressions by themselves")
            lines += report.engine(measure_engine(times=3 if options.quick else 9))
        if options.only in {None, "tests"}:
            say("crm test of a hundred cases")
            lines += report.tests(measure_tests(Path(name), times=1 if options.quick else 5))
        if options.only in {None, "form"}:
            say("a form that answers in Chromium")
            lines += report.form(measure_form(_made(Path(name) / "form"), keystrokes=200 if options.quick else 1_000))
        if options.only in {None, "screens"}:
            say("pages on a slow line in Chromium")
            lines += report.screens(measure_screens(_made(Path(name) / "screens"), times=1 if options.quick else 5))
    heading = f"{options.rows:,} accounts; {os.cpu_count()} cores, load {os.getloadavg()[0]:.1f} at the end"
    sys.stdout.write(f"\n{heading}\n\n{render(lines)}\n")


def _options() -> argparse.Namespace:
    parser = argparse.ArgumentParser(prog="make bench", description=__doc__, allow_abbrev=False)
    parser.add_argument("--rows", type=int, default=100_000, help="accounts; all else follows (default: 100,000)")
    parser.add_argument("--quick", action="store_true", help="few rows and few requests: does everything run?")
    parser.add_argument("--database", choices=["sqlite", "postgresql", "both"], default="both")
    parser.add_argument(
        "--only",
        choices=[
            "requests",
            "growth",
            "starts",
            "expressions",
            "reviews",
            "access",
            "events",
            "check",
            "tests",
            "form",
            "screens",
            "backups",
            "applies",
        ],
        help="one part alone",
    )
    options = parser.parse_args()
    if options.quick:
        options.rows = min(options.rows, 2_000)
    return options


def ensure_rivals() -> Path:
    """The Python of the rivals' own environment, made and filled when its list has changed."""
    lock, python, mark = HERE / "requirements.lock", RIVALS / "bin" / "python", RIVALS / ".installed"
    if not mark.exists() or mark.read_bytes() != lock.read_bytes():
        subprocess.run([sys.executable, "-m", "venv", "--clear", str(RIVALS)], check=True)
        install = ["-m", "pip", "--disable-pip-version-check", "--quiet", "install", "--require-hashes"]
        subprocess.run([str(python), *install, "--requirement", str(lock)], check=True)
        mark.write_bytes(lock.read_bytes())
    return python


def databases(wanted: str, folder: Path) -> Iterator[Database]:
    """The kinds of database to measure on, one after the other."""
    if wanted != "postgresql":
        yield Database("SQLite", _made(folder / "sqlite"))
    if wanted != "sqlite":
        with _postgresql(_made(folder / "postgresql")) as database:
            yield database


@contextmanager
def _postgresql(folder: Path) -> Iterator[Database]:
    binaries = pgtemp.find_binaries()
    if binaries is None:
        raise SystemExit("PostgreSQL is not installed: measure with --database sqlite, or install it.")
    # Three databases that fit into memory, as on a server; and what it does on its own must not fall on anybody's account.
    pgtemp.SETTINGS.update({"shared_buffers": "2GB", "autovacuum": "off"})
    cluster = pgtemp.shared_cluster(binaries, folder, owner=os.getpid())
    postmaster = int((cluster.folder / "data" / "postmaster.pid").read_text().split()[0])
    yield Database("PostgreSQL", folder, cluster, (postmaster,))


def measure(database: Database, options: argparse.Namespace, rivals_python: Path) -> list[Line]:
    """Every measure on one kind of database."""
    plan = Plan(rounds=3, block=10, warm_up=8) if options.quick else Plan(rounds=7, block=25, warm_up=40)
    lines: list[Line] = []
    if options.only in {None, "requests"}:
        say(f"{database.kind}: filling the databases")
        deliveries = 2_000 if options.quick else 20_000
        with contenders.field_of(database, Size(options.rows), deliveries, rivals_python) as field:
            say(f"{database.kind}: measuring requests")
            lines += report.requests(database, field, plan)
        lines += report.bulk(database, field)
    if options.only in {None, "growth"}:
        say(f"{database.kind}: growth of the menu")
        lines += report.growth(database, measure_growth(database, plan))
    if options.only in {None, "starts"}:
        for entities in (20,) if options.quick else (20, 200):
            say(f"{database.kind}: starts with {entities} entities")
            found = measure_start(database, entities, times=1 if options.quick else 5)
            lines += report.starts(database, entities, found)
    if options.only in {None, "reviews"}:
        say(f"{database.kind}: a thousand reviews")
        lines += report.reviews(database, measure_reviews(database))
    if options.only in {None, "access"}:
        say(f"{database.kind}: lists in each scope")
        lines += report.access(database, *measure_scopes(database, 50_000 if options.quick else ROWS))
    if options.only in {None, "events"}:
        say(f"{database.kind}: events and what listens to them")
        lines += report.events(database, measure_events(database, quick=options.quick))
    if options.only in {None, "expressions"}:
        say(f"{database.kind}: saving with rules and formulas")
        lines += report.writing(database, measure_writing(database, quick=options.quick))
        lines += report.moving(database, measure_moves(database, quick=options.quick))
    if options.only in {None, "backups"}:
        say(f"{database.kind}: backups")
        found_backed = measure_backups(database, options.rows, times=1 if options.quick else 3)
        lines += report.backups(database, found_backed)
    if options.only in {None, "applies"}:
        say(f"{database.kind}: changes of large tables")
        lines += report.applies(database, measure_applies(database, 20_000 if options.quick else 1_000_000))
        lines += report.plans(database, measure_plans(database, times=1 if options.quick else 5))
        lines += report.under_load(database, measure_load(database, 6_000 if options.quick else 100_000))
    return lines


def measure_checks(folder: Path, times: int) -> Iterator[Line]:
    """The command that needs no database."""
    for entities, fields in SIZES:
        say(f"crm check of {entities} entities")
        yield from report.check(entities, fields, measure_check(folder, entities, fields, times))


def _made(folder: Path) -> Path:
    folder.mkdir()
    return folder


if __name__ == "__main__":
    main()
