"""How long `crm check` takes over a whole pack, how much memory, and how soon a Catalog is made of a stored revision."""

from __future__ import annotations

import json
import statistics
import subprocess
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from app.loading import load_pack
from app.loading.snapshot import catalog_from_snapshot, snapshot_of
from tests.bench.packs import write_pack

SIZES = ((60, 30), (200, 40))  # entities, fields of each


_LAUNCHER = """
import os, sys, time
began = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, usage = os.wait4(child, 0)
print(time.perf_counter() - began, usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
"""


@dataclass(frozen=True)
class Checked:
    """Seconds of the whole command, megabytes at its highest, seconds from a snapshot to its Catalog."""

    command: float
    memory: float
    catalog: float


def measure_check(folder: Path, entities: int, fields: int, times: int) -> Checked:
    """The middle one of several runs."""
    pack = folder / f"check_{entities}"
    write_pack(pack, entities, fields)
    runs = [_run(pack) for _ in range(times)]
    snapshot = json.loads(json.dumps(snapshot_of(load_pack(pack))))
    return Checked(
        statistics.median(seconds for seconds, _ in runs),
        max(memory for _, memory in runs),
        statistics.median(_build(snapshot) for _ in range(times)),
    )


def _run(pack: Path) -> tuple[float, float]:
    command = [sys.executable, "-m", "app.cli", "check", "--config", str(pack)]
    # A child begins with the greatest memory of who started it: a small process stands between it and this one.
    done = subprocess.run([sys.executable, "-S", "-c", _LAUNCHER, *command], stdout=subprocess.PIPE, check=False)
    if done.returncode:
        raise RuntimeError(f"{pack} does not pass")
    seconds, kilobytes = done.stdout.split()
    return float(seconds), float(kilobytes) / 1024


def _build(snapshot: dict[str, object]) -> float:
    began = time.perf_counter()
    catalog_from_snapshot(snapshot)
    return time.perf_counter() - began
