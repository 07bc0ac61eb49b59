"""What backups cost: beside the bare call that copies the database, in memory, to those who write meanwhile, in size."""

from __future__ import annotations

import os
import random
import sqlite3
import statistics
import subprocess
import sys
import time
from collections.abc import Callable
from contextlib import closing
from dataclasses import dataclass
from pathlib import Path

from sqlalchemy.engine import make_url

from app.access import system_actor
from app.backup import BackupPlace, make_backup, place_of, verify_backup
from app.backup.postgresql import find_program
from app.files import FolderContents
from app.loading import Loaded, catalog_of_tree
from app.orm.engine import open_engine
from app.orm.store import Store
from app.orm.types import now
from app.plan import first_apply, open_store
from app.record import Change, Refused, create, update
from app.settings import Settings
from tests.bench.contenders import Database
from tests.bench.fill import NotWritten
from tests.spent import spent_by, start_measured

KEY = "a key that protects nothing, for figures alone"
ACTOR = system_actor("system:seed")
BATCH = 500
_TREE = {
    "entities": {
        "client": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text", "required": True, "searchable": True}, "code": {"type": "text", "unique": True},
                "notes": {"type": "long_text"}, "limit": {"type": "money"}, "since": {"type": "date"}, "tags": {"type": "tags"},
            },
        }
    },
    "backups": {"full": {"every": "week"}},
}  # fmt: skip


@dataclass(frozen=True)
class Backed:
    """Seconds of the bare call, a full backup and a verification; most MB of the process; the longest that a write took
    while one was made, in ms, and the longest without; bytes of the full backup and of an increment after 1 % changed.
    """

    bare: float
    full: float
    verify: float
    megabytes: float
    longest: float
    longest_alone: float
    full_size: int
    increment_size: int


def measure_backups(database: Database, rows: int, times: int) -> Backed:
    """All of it on a database with so many records."""
    url = database.new("backups")
    engine = open_engine(url)
    first_apply(engine, Loaded(catalog_of_tree(_TREE), (), _TREE, {}, {}))
    store = open_store(engine)
    _fill(store, rows)
    folder = database.folder / "backed"
    settings = Settings(database_url=url, data_dir=folder / "var", backup_dir=folder / "backups", backup_key=KEY)
    place, contents = place_of(settings, store.catalog), FolderContents(settings.files_dir)
    folder.mkdir()
    bare = _median(lambda: _bare(url, folder / "bare"), times)
    full = _median(lambda: make_backup(store, contents, place, "full", now()), times)
    verify = _median(lambda: _verified(place, store), times)
    end = time.monotonic() + full * 3
    alone = _longest(store, rows, lambda: time.monotonic() < end)
    process, longest = _while_backed_up(store, rows, settings)
    last = make_backup(store, contents, place, "full", now()).backup
    for record in random.Random(1).sample(range(1, rows + 1), rows // 100):  # noqa: S311 - any records
        _change(store, record)
    increment = make_backup(store, contents, place, "incremental", now()).backup
    engine.dispose()
    return Backed(bare, full, verify, process, longest, alone, last.size, increment.size)


def _fill(store: Store, rows: int) -> None:
    words = random.Random(2)  # noqa: S311 - made-up texts
    for start in range(0, rows, BATCH):
        some = [
            {
                "name": f"Client {number} {words.getrandbits(60):x}",
                "code": f"C{number}",
                "notes": " ".join(f"{words.getrandbits(40):x}" for _ in range(12)),
                "limit": str(words.randrange(1_000_000)),
                "since": f"20{words.randrange(10, 26)}-{words.randrange(1, 13):02}-11",
                "tags": [f"t{words.randrange(50)}"],
            }
            for number in range(start, min(start + BATCH, rows))
        ]
        made = create(store, ACTOR, "client", some, door="import")
        if isinstance(made, Refused):
            raise NotWritten(str(made.refusals[:3]))


def _bare(url: str, target: Path) -> None:
    parsed = make_url(url)
    target.unlink(missing_ok=True)
    if parsed.get_backend_name() == "sqlite":
        with closing(sqlite3.connect(str(parsed.database))) as source, closing(sqlite3.connect(target)) as copy:
            source.backup(copy, pages=-1)
        return
    address = parsed.set(drivername="postgresql").render_as_string(hide_password=False)
    subprocess.run([str(find_program("pg_dump", 0)), "-Fc", "-f", str(target), address], check=True)


def _verified(place: BackupPlace, store: Store) -> None:
    from app.backup import Shelf

    verdict = verify_backup(place, Shelf(place.folders).get("latest"), store.engine.url, now())
    if not verdict.well:
        raise RuntimeError(str(verdict.words))


def _while_backed_up(store: Store, rows: int, settings: Settings) -> tuple[float, float]:
    """MB of a process that makes a full backup, and the longest that a write took meanwhile in ms."""
    environment = {
        **os.environ,
        "CRM_DATABASE_URL": settings.database_url,
        "CRM_DATA_DIR": str(settings.data_dir),
        "CRM_BACKUP_DIR": str(settings.backups_dir),
        "CRM_BACKUP_KEY": KEY,
    }
    command = [sys.executable, "-m", "app.cli", "backup", "run", "full"]
    process = start_measured(command, environment)
    longest = _longest(store, rows, lambda: process.poll() is None)
    spent = spent_by(process)
    if spent.code:
        raise RuntimeError(f"crm backup run ended with {spent.code}\n{spent.errors}")
    return spent.megabytes, longest


def _longest(store: Store, rows: int, goes_on: Callable[[], bool]) -> float:
    longest, number = 0.0, 0
    while goes_on():
        began = time.perf_counter()
        _change(store, 1 + number * 7 % rows)
        longest, number = max(longest, time.perf_counter() - began), number + 1
        time.sleep(0.01)
    return longest * 1_000


def _change(store: Store, record: int) -> None:
    made = update(store, ACTOR, "client", [Change(record, {"notes": f"changed {time.time_ns()}"})], door="command")
    if isinstance(made, Refused):
        raise NotWritten(str(made.refusals))


def _median(work: Callable[[], object], times: int) -> float:
    spent: list[float] = []
    for _ in range(times):
        began = time.perf_counter()
        work()
        spent.append(time.perf_counter() - began)
    return statistics.median(spent)
