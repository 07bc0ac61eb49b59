"""Reference migrations of 5,000 rows, killed at their statements: all is as before, or all is done.

On SQLite what a kill leaves is what is in the files at that moment: they are copied at every statement of one run, and each
copy that differs from those before is opened. On PostgreSQL processes are killed, one for each statement that is asked for.
"""

from __future__ import annotations

import datetime as dt
import hashlib
import os
import shutil
import signal
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from dataclasses import dataclass
from functools import cache
from pathlib import Path
from random import Random
from typing import Any

import sqlalchemy as sa
import yaml
from sqlalchemy import event
from sqlalchemy.engine import Engine, make_url

from app.loading import Loaded, catalog_of_tree
from app.orm.engine import PLAN, UNIT, open_engine
from app.orm.types import now
from app.plan import AppliedRevision, Plan, apply_plan, first_apply, load_revision, open_store, plan_for
from app.plan.drift import compare_schema
from app.plan.fillers import register_filler
from app.plan.purge import purge, purge_plan
from app.plan.revision import reading
from app.plan.rollback import rollback_plan
from app.record.filling import fill_computed
from tests import pgtemp
from tests.kill import look

ROWS = 5_000
LATER = dt.date(2999, 1, 1)
Act = Callable[[Engine], object]
Tree = dict[str, Any]


@dataclass(frozen=True)
class Migration:
    """What is killed, and what is applied before."""

    name: str
    first: Mapping[str, Any]
    change: Mapping[str, Any]
    act: str = "apply"


@cache
def _written() -> Tree:
    found: Tree = yaml.safe_load((Path(__file__).parent / "migrations.yaml").read_text("utf-8"))
    return found


def migrations() -> list[Migration]:
    """All of them, in the order of the file."""
    return [
        Migration(name, each.get("first", {}), each.get("change", {}), each.get("act", "apply"))
        for name, each in _written()["migrations"].items()
    ]


def _changed(changes: Mapping[str, Any]) -> Loaded:
    """The pack with values at paths changed."""
    tree = deepcopy(_written()["pack"])
    for path, value in changes.items():
        *above, last = path.split("/")
        place = tree
        for key in above:
            place = place[key]
        if value is None:
            del place[last]
        else:
            place[last] = deepcopy(value)
    return Loaded(catalog_of_tree(tree), (), tree, {}, {})


def fill(engine: Engine) -> None:
    """The pack with its rows: some do not fit what migrations ask."""
    first_apply(engine, _changed({}))
    tables = open_store(engine).models.tables
    stamps = {"created_at": now(), "updated_at": now()}
    rows = [
        {
            "id": n, "name": f"n{n}", "code": f"{n}" if n % 50 else f"c{n}", "size": n % 100, "doubled": n % 100 * 2,
            "limit": n / 4, "level": [None, "a", "b", "c"][n % 4], "stage": ["open", "talk", "won"][n % 3],
            "up": n - 1 or None, **stamps,
        }
        for n in range(1, ROWS + 1)
    ]  # fmt: skip
    visits = [{"id": n, "name": f"v{n}", "account": n, **stamps} for n in range(1, ROWS // 10)]
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.execute(sa.insert(tables["account"]), rows)
        connection.execute(sa.insert(tables["visit"]), visits)


def prepared(migration: Migration, engine: Engine) -> Act:
    """Applies what comes before, and returns what is to be killed, planned."""
    register_filler("computed", fill_computed)
    if migration.first:
        _applied(_changed(migration.first))(engine)
    if migration.act == "purge":
        going = purge_plan(engine, migration.change["name"], LATER)
        assert isinstance(going, Plan), going
        return lambda each: purge(each, going, "tester", LATER)
    if migration.act == "rollback":
        loaded, plan = rollback_plan(engine, load_revision(engine, 1))
        return _planned(loaded, plan)
    loaded = _changed(migration.change)
    return _planned(loaded, plan_for(engine, loaded))


def _applied(loaded: Loaded) -> Act:
    def act(engine: Engine) -> object:
        return _planned(loaded, plan_for(engine, loaded))(engine)

    return act


def _planned(loaded: Loaded, plan: Plan) -> Act:
    assert not plan.blocked, plan.render()
    allowed = [step.name for step in plan.destructive]
    return lambda engine: apply_plan(engine, loaded, plan, "tester", allowed)


@dataclass(frozen=True)
class Found:
    """What someone who comes anew finds: the revision, the tables, and a checksum of all rows but for what marks them."""

    revision: int
    tables: str
    rows: str


def find(url: str) -> Found:
    """What there is."""
    state, engine = look(url), open_engine(url)
    digest = hashlib.sha256()
    with reading(engine) as connection:
        for table in sorted(name for name in sa.inspect(connection).get_table_names() if name.startswith("crm_")):
            found = connection.execute(sa.text(f'SELECT * FROM "{table}"'))  # noqa: S608 - a table of ours
            kept = [place for place, name in enumerate(found.keys()) if not name.endswith(("changed_seq", "__since"))]
            digest.update(f"{table} {sorted(repr([row[place] for place in kept]) for row in found)}".encode())
        if connection.dialect.name == "sqlite":
            assert connection.exec_driver_sql("PRAGMA quick_check").scalar() == "ok"
            assert connection.exec_driver_sql("PRAGMA foreign_key_check").all() == []
    assert compare_schema(engine, open_store(engine).models) == []
    engine.dispose()
    return Found(state.revision, state.tables, digest.hexdigest())


@contextmanager
def told(engine: Engine, tell: Callable[[], None]) -> Iterator[None]:
    """Calls before each statement, and before each commit is sent."""

    def before(*_arguments: Any) -> None:
        tell()

    event.listen(engine, "before_cursor_execute", before)
    event.listen(engine, "commit", before)
    yield


def act_on(url: str, act: Act, tell: Callable[[], None]) -> None:
    """Carries it out to its end."""
    engine = open_engine(url)
    with told(engine, tell):
        done = act(engine)
    assert isinstance(done, AppliedRevision), done
    engine.dispose()


def check_on_sqlite(url: str, act: Act, folder: Path) -> int:
    """Copies the files at every statement; each copy is old or new, and is finished by the same act. How many statements."""
    path, old = Path(str(make_url(url).database)), find(url)
    copies: dict[str, Path] = {}
    statements = 0

    def copy() -> None:
        nonlocal statements
        statements += 1
        files = [each for each in (path, path.with_name(f"{path.name}-wal")) if each.exists()]
        digest = hashlib.sha256(b"".join(each.read_bytes() for each in files)).hexdigest()
        if digest not in copies:
            copies[digest] = folder / f"{statements}.db"
            for each in files:
                shutil.copyfile(each, folder / f"{statements}.db{each.name.removeprefix(path.name)}")

    act_on(url, act, copy)
    new = find(url)
    assert new.revision == old.revision + 1
    for each in copies.values():
        left = f"sqlite:///{each}"
        found = find(left)
        assert found in {old, new}, f"killed at statement {each.stem}"
        if found == old:
            act_on(left, act, lambda: None)
            assert find(left) == new, f"finished after statement {each.stem}"
        each.unlink()
    return statements


def check_on_postgresql(url: str, act: Act, most: int, seed: str) -> int:
    """Kills a process at statements: the first two, the last two and some between them, on a copy each. How many."""
    database = make_url(url)
    cluster, old = pgtemp.cluster_of(database), find(url)
    statements = 0

    def count() -> None:
        nonlocal statements
        statements += 1

    with _copied(cluster, str(database.database)) as copy:
        act_on(copy, act, count)
        new = find(copy)
    between = range(3, statements - 1)
    some = Random(seed).sample(between, min(most - 4, len(between)))  # noqa: S311 - which statements, not a secret
    kills = sorted({1, 2, *some, statements - 1, statements})
    for number in kills:
        with _copied(cluster, str(database.database)) as copy:
            assert killed(copy, act, number) == -signal.SIGKILL
            found = find(copy)
            assert found in {old, new}, f"killed at statement {number}"
            assert number > statements - 3 or found == old, "committed before its end"
            if found == old and number in {kills[0], kills[len(kills) // 2], kills[-1]}:
                act_on(copy, act, lambda: None)
                assert find(copy) == new, f"finished after statement {number}"
    return len(kills)


@contextmanager
def _copied(cluster: pgtemp.Cluster, name: str) -> Iterator[str]:
    copy = cluster.create(name)
    yield cluster.url(copy)
    cluster.drop(copy)


def killed(url: str, act: Act, number: int) -> int:
    """Carries it out in a child that is killed before that statement; minus the signal that ended it, else 0."""
    child = os.fork()
    if child == 0:
        left = number

        def count() -> None:
            nonlocal left
            left -= 1
            if not left:
                os.kill(os.getpid(), signal.SIGKILL)

        code = 99
        try:
            act_on(url, act, count)
            code = 0
        finally:
            os._exit(code)  # never back into the test run
    return os.waitstatus_to_exitcode(os.waitpid(child, 0)[1])
