"""What a change of the configuration costs: over a million rows beside the bare SQL that does the same, and over a large pack
in which nothing changed.
"""

from __future__ import annotations

import json
import queue
import statistics
import subprocess
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from copy import deepcopy
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.loading import Loaded, catalog_of_tree, load_pack
from app.orm.bulk import insert_rows
from app.orm.counters import add_to_counter, id_sequence
from app.orm.engine import PLAN, UNIT, open_engine
from app.orm.types import now
from app.plan import ApplyRefused, apply_plan, first_apply, open_store, plan_for
from tests.bench import product
from tests.bench.contenders import WORKERS, Database
from tests.bench.fill import NotWritten
from tests.bench.packs import write_pack
from tests.bench.processes import free_port, serving, start
from tests.bench.progress import say
from tests.bench.visitor import Visitor

ROWS = 1_000_000
ENTITIES, FIELDS = 60, 30
_BATCH = 20_000
_THING = "thing_000"
_ROUNDS = 3
"""How often each rewrite is measured: a file of SQLite is written now in new pages, now in those that were freed."""
_VISITORS, _A_SECOND, _AFTERWARDS = 16, 20, 5.0
_TREE: dict[str, Any] = {
    "entities": {
        "client": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text", "required": True}, "size": {"type": "integer"},
                "since": {"type": "date"}, "limit": {"type": "money"},
                **{f"code_{each}": {"type": "text"} for each in range(_ROUNDS)},
            },
        }
    }
}  # fmt: skip


@dataclass(frozen=True)
class Rewritten:
    """Seconds of an apply that writes every row, and of the statements that do the same and are undone: the middle ones of rounds
    in which one follows the other.
    """

    title: str
    apply: float
    bare: float


@dataclass(frozen=True)
class Applied:
    """Seconds of adding an optional field, and the rewrites."""

    added: float
    rewrites: tuple[Rewritten, ...]


@dataclass(frozen=True)
class Planned:
    """Seconds of a plan without steps: for the catalog that is applied, and for one that differs in nothing that is stored."""

    same: float
    other: float


@dataclass(frozen=True)
class UnderLoad:
    """Requests while a change was applied and taken up, those that failed, and seconds of the slowest."""

    asked: int
    wrong: int
    slowest: float


def measure_applies(database: Database, rows: int) -> Applied:
    """Changes of an entity with so many rows."""
    engine = open_engine(database.new("applies"))
    first_apply(engine, _pack(_TREE))
    _fill(engine, rows)
    tree = deepcopy(_TREE)
    fields = tree["entities"]["client"]["fields"]
    fields["remark"] = {"type": "text"}
    added = _apply(engine, tree)
    found: dict[str, list[tuple[float, float]]] = {}
    for each in range(_ROUNDS):
        code, size = f"code_{each}", {"formula": "size * 2"}
        for title, key, field, kind, value in (
            ("retype text to integer", code, {"type": "integer"}, "BIGINT", f"CAST({code} AS BIGINT)"),
            ("backfill with a value", f"grade_{each}", {"type": "text", "backfill": "standard"}, "TEXT", "'standard'"),
            ("backfill with a formula", f"double_{each}", {"type": "integer", "backfill": size}, "BIGINT", "size * 2"),
        ):
            bare = _bare(engine, kind, value)
            fields[key] = field
            found.setdefault(title, []).append((_apply(engine, tree), bare))
    rewrites = [
        Rewritten(f"{title}, {rows:,} rows", *(statistics.median(each) for each in zip(*some, strict=True)))
        for title, some in found.items()
    ]
    engine.dispose()
    return Applied(added, tuple(rewrites))


def measure_plans(database: Database, times: int) -> Planned:
    """Plans of a large pack that is applied."""
    folder = database.folder / "planned"
    write_pack(folder, ENTITIES, FIELDS)
    engine = open_engine(database.new("planned"))
    first_apply(engine, load_pack(folder))
    same = statistics.median(_plan(engine, folder) for _ in range(times))
    path = folder / "roles" / "administrator.yaml"
    path.write_text(path.read_text("utf-8").replace("en: Administrator", "en: Administrators"), "utf-8")
    other = statistics.median(_plan(engine, folder, steps=1) for _ in range(times))
    engine.dispose()
    return Planned(same, other)


def measure_load(database: Database, rows: int) -> UnderLoad:
    """Requests at twenty a second while `crm apply` converts a field of so many rows and the servers take that up."""
    folder = database.folder / "loaded"
    pack = folder / "pack"
    write_pack(pack, 4, 12)
    deployment = product.Deployment(pack, database.new("loaded"), folder / "var")
    deployment.apply()
    deployment.add_person(product.ADMINISTRATOR, "administrator")
    engine = open_engine(deployment.url)
    _fill_things(engine, rows)
    engine.dispose()
    port, log = free_port(), folder / "server.log"
    with serving(deployment.serve_command(port, WORKERS), port, "/healthz", deployment.environ, log):
        first = _visitor(port)
        visitors = [first, *(Visitor(port, dict(first.headers), dict(first.cookies)) for _ in range(_VISITORS - 1))]
        path = pack / "entities" / f"{_THING}.yaml"
        path.write_text(
            path.read_text("utf-8").replace("field_00: {type: text", "field_00: {type: integer", 1), "utf-8"
        )
        before = start([*product.CRM, "apply", "--yes", "--no-backup"], deployment.environ, folder / "apply.log")
        answers = _asked(visitors, before)
        if before.wait():
            raise NotWritten((folder / "apply.log").read_text("utf-8")[-2000:])
    wrong = [f"{status} {path}" for status, path, _ in answers if status >= 400]
    if wrong:
        say(f"wrong: {', '.join(wrong[:5])}")
    return UnderLoad(len(answers), len(wrong), max(spent for _, _, spent in answers))


def _visitor(port: int) -> Visitor:
    visitor = Visitor(port)
    visitor.log_in_by_form("/login/", product.ADMINISTRATOR, product.PASSWORD)
    visitor.log_in_for_token("/api/v1/security/login", product.ADMINISTRATOR, product.PASSWORD)
    return visitor


def _asked(visitors: Sequence[Visitor], changing: subprocess.Popen[bytes]) -> list[tuple[int, str, float]]:
    """Status, path and seconds of each request: pages, lists and new records in turn, until a while after the change."""
    answers: list[tuple[int, str, float]] = []
    end: float | None = None

    def ask(visitor: Visitor, number: int) -> None:
        method, path = (("GET", f"/{_THING}/"), ("GET", f"/api/v1/{_THING}/"), ("POST", f"/api/v1/{_THING}/"))[
            number % 3
        ]
        body = json.dumps({"name": f"New {number}"}).encode() if method == "POST" else None
        began = time.perf_counter()
        status, _, _ = visitor.exchange(method, path, body, {"Content-Type": "application/json"} if body else {})
        answers.append((status, path, time.perf_counter() - began))
        free.put(visitor)

    free: queue.Queue[Visitor] = queue.Queue()
    for each in visitors:
        free.put(each)
    with ThreadPoolExecutor(len(visitors)) as pool:
        began, number = time.monotonic(), 0
        while end is None or time.monotonic() < end:
            if end is None and changing.poll() is not None:
                end = time.monotonic() + _AFTERWARDS
            pool.submit(ask, free.get(), number)
            number += 1
            time.sleep(max(0.0, began + number / _A_SECOND - time.monotonic()))
    return answers


def _fill_things(engine: Engine, rows: int) -> None:
    table, moment = open_store(engine).models.tables[_THING], now()
    with engine.connect().execution_options(**{UNIT: PLAN}) as connection, connection.begin():
        for start_ in range(1, rows + 1, _BATCH):
            some: list[Mapping[str, Any]] = [
                {
                    "id": number,
                    "name": f"Thing {number}",
                    "field_00": str(number),
                    "created_at": moment,
                    "updated_at": moment,
                }
                for number in range(start_, min(start_ + _BATCH, rows + 1))
            ]
            insert_rows(connection, table, some)
        if engine.dialect.name == "postgresql":
            connection.exec_driver_sql(f"SELECT setval('{id_sequence(table.name)}', {rows})")
        else:
            add_to_counter(connection, f"id:{table.name}", rows)


def _pack(tree: dict[str, Any]) -> Loaded:
    return Loaded(catalog_of_tree(tree), (), tree, {}, {})


def _fill(engine: Engine, rows: int) -> None:
    table = open_store(engine).models.tables["client"]
    moment, codes = now(), [f"code_{each}" for each in range(_ROUNDS)]
    with engine.connect().execution_options(**{UNIT: PLAN}) as connection, connection.begin():
        for start in range(1, rows + 1, _BATCH):
            some: list[Mapping[str, Any]] = [
                {
                    "id": number, "name": f"Client {number}", "name__sort": f"client {number:07}",
                    **dict.fromkeys(codes, str(number % 50_000)),
                    "size": number % 1_000, "created_at": moment, "updated_at": moment, "changed_seq": 0,
                }
                for number in range(start, min(start + _BATCH, rows + 1))
            ]  # fmt: skip
            insert_rows(connection, table, [{k: v for k, v in row.items() if k in table.c} for row in some])
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM ANALYZE crm_client")


def _apply(engine: Engine, tree: dict[str, Any]) -> float:
    """Seconds of what `crm apply` does once it was asked for."""
    loaded = _pack(tree)
    plan = plan_for(engine, loaded)
    began = time.perf_counter()
    done = apply_plan(engine, loaded, plan, "bench")
    spent = time.perf_counter() - began
    if isinstance(done, ApplyRefused):
        raise NotWritten(done.reason)
    return spent


def _bare(engine: Engine, kind: str, value: str) -> float:
    """Seconds of the column, its values and the mark of every row that changed, by two statements; undone afterwards."""
    with engine.connect().execution_options(**{UNIT: PLAN}) as connection:
        transaction = connection.begin()
        mark = connection.execute(sa.text("SELECT coalesce(max(changed_seq), 0) + 1 FROM crm_client")).scalar_one()
        began = time.perf_counter()
        connection.exec_driver_sql(f"ALTER TABLE crm_client ADD COLUMN bare {kind}")
        connection.exec_driver_sql(f"UPDATE crm_client SET bare = {value}, changed_seq = {mark}")  # noqa: S608 - written here
        transaction.commit()
        spent = time.perf_counter() - began
        with connection.begin():
            connection.exec_driver_sql("ALTER TABLE crm_client DROP COLUMN bare")
    if engine.dialect.name == "postgresql":
        with engine.connect().execution_options(isolation_level="AUTOCOMMIT") as connection:
            connection.exec_driver_sql("VACUUM crm_client")
    return spent


def _plan(engine: Engine, folder: Path, steps: int = 0) -> float:
    loaded = load_pack(folder)
    began = time.perf_counter()
    plan = plan_for(engine, loaded)
    spent = time.perf_counter() - began
    if len(plan.steps) != steps:
        raise RuntimeError(plan.render())
    return spent
