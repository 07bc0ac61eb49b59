"""How long `crm check` takes over a whole pack, how much memory, and how soon a Catalog is made of a stored revision."""

from __future__ import annotations

import json
import statistics
import sys
import time
from dataclasses import dataclass
from pathlib import Path

from app.loading import load_pack
from app.loading.snapshot import catalog_from_snapshot, snapshot_of
from tests.bench.packs import write_pack
from tests.spent import spent_by, start_measured

SIZES = ((60, 30), (200, 40))  # entities, fields of each


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
    spent = spent_by(start_measured(command))
    if spent.code:
        raise RuntimeError(f"{pack} does not pass")
    return spent.seconds, spent.megabytes


def _build(snapshot: dict[str, object]) -> float:
    began = time.perf_counter()
    catalog_from_snapshot(snapshot)
    return time.perf_counter() - began
