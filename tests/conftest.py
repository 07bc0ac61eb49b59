"""What every test may rely on: both databases, no settings from outside, no network but loopback.

Fixtures
    database_url   a fresh, empty database; the test runs once on SQLite and once on PostgreSQL
    sqlite_url     a fresh, empty SQLite file
    pg_url         a fresh, empty PostgreSQL database
    new_url        the URL of a database that is not there yet, on both: `tests.databases.store_at` makes it quickly
    pg_cluster     the cluster behind it, for tests that clone a prepared database
"""

import gc
import ipaddress
import os
import shutil
import sys
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any, NoReturn

import hypothesis
import pytest

from tests import databases, later, pgtemp
from tests.security import tally

hypothesis.settings.register_profile("quick", deadline=None, max_examples=30, derandomize=True)
hypothesis.settings.register_profile(
    "deep", deadline=None, max_examples=500, derandomize="CRM_TEST_CHANCE" not in os.environ
)

# Each website that a test makes leaves a great many objects at once, so that Python's own numbers make it look too often.
COLLECT_AFTER = (100_000, 20, 20)
BEGAN = time.monotonic()


# Where a file is written to a disk, SQLite waits milliseconds for it at each commit: a third of the time of all tests.
MEMORY = Path("/dev/shm")  # noqa: S108 -- pytest makes folders in it that are its user's alone
ROOM = 3 * 2**30


class OutboundConnectionError(RuntimeError):
    """A test tried to reach something that is not this machine."""


def pytest_configure(config: pytest.Config) -> None:
    """Leave the settings of whoever runs the tests outside, and fix the zone that only the process knows."""
    for name in [name for name in os.environ if name.startswith("CRM_") and not name.startswith("CRM_TEST_")]:
        del os.environ[name]
    if "PYTEST_DEBUG_TEMPROOT" not in os.environ and _has_room(MEMORY):
        os.environ["PYTEST_DEBUG_TEMPROOT"] = str(MEMORY)  # pytest's own name for where its folders lie
    sys.addaudithook(_refuse_the_network)
    hypothesis.settings.load_profile("deep" if config.option.markexpr == "deep" else "quick")


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Marks what waits for `make deep`."""
    for item in items:
        if later.waits(item):
            item.add_marker(pytest.mark.deep)


def pytest_sessionstart() -> None:
    gc.disable()


def pytest_terminal_summary(terminalreporter: Any) -> None:
    """What the matrix came to, where it ran."""
    reports = [each for every in terminalreporter.stats.values() for each in every]
    told = [pair for each in reports if getattr(each, "when", "") == "call" for pair in each.user_properties]
    line = tally.summary(told, time.monotonic() - BEGAN)
    if line is not None:
        terminalreporter.write_line(line)


def pytest_collection_finish() -> None:
    """What was imported and collected stays till the end: left in the way of the collector, it took a quarter of all time."""
    gc.freeze()
    gc.set_threshold(*COLLECT_AFTER)
    gc.enable()


def absent(part: str, variable: str) -> NoReturn:
    """Skip the test for want of `part`; fail it when the environment says that it is required."""
    reason = f"{part} is not installed (tests/install_system_parts.sh installs it; {variable}=required makes this fail)"
    if os.environ.get(variable) == "required":
        pytest.fail(reason)
    pytest.skip(reason)


@pytest.fixture(scope="session")
def pg_cluster(tmp_path_factory: pytest.TempPathFactory) -> pgtemp.Cluster:
    binaries = pgtemp.find_binaries()
    if binaries is None:
        absent("PostgreSQL", "CRM_TEST_PG")
    base = tmp_path_factory.getbasetemp()
    if "PYTEST_XDIST_WORKER" in os.environ:
        return pgtemp.shared_cluster(binaries, base.parent, owner=os.getppid())
    return pgtemp.shared_cluster(binaries, base, owner=os.getpid())


@pytest.fixture
def pg_url(pg_cluster: pgtemp.Cluster) -> Iterator[str]:
    with pgtemp.fresh_database(pg_cluster) as url:
        yield url


@pytest.fixture
def sqlite_url(tmp_path: Path) -> str:
    return f"sqlite:///{tmp_path / 'crm.db'}"


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def database_url(request: pytest.FixtureRequest) -> str:
    return str(request.getfixturevalue("sqlite_url" if request.param == "sqlite" else "pg_url"))


@pytest.fixture(params=["sqlite", pytest.param("postgresql", marks=pytest.mark.pg)])
def new_url(request: pytest.FixtureRequest, tmp_path: Path) -> Iterator[str]:
    with databases.new_url(request, tmp_path) as url:
        yield url


def _has_room(folder: Path) -> bool:
    return os.access(folder, os.W_OK | os.X_OK) and shutil.disk_usage(folder).free >= ROOM


def _refuse_the_network(event: str, arguments: tuple[Any, ...]) -> None:
    if event in {"socket.connect", "socket.sendto"}:
        address = arguments[1]
        host = address[0] if isinstance(address, tuple) else None  # a Unix socket's address is a path
    elif event == "socket.getaddrinfo":
        host = arguments[0]
    else:
        return
    if host and not _is_loopback(host):
        raise OutboundConnectionError(f"{event} to {host}: tests reach no network but loopback")


def _is_loopback(host: str | bytes) -> bool:
    name = host.decode() if isinstance(host, bytes) else host
    if name == "localhost":
        return True
    try:
        return ipaddress.ip_address(name).is_loopback
    except ValueError:
        return False
