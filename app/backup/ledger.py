"""The ledger of erasures: who was erased when, by ids alone, beside the database, so that an older backup does not bring him back.

It is a file of lines in the data folder and in each folder of backups; what one of them lacks is added from the others
whenever a backup is made. A line is never taken out.
"""

from __future__ import annotations

import datetime as dt
import json
import os
from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import Any

from app.frozen import dataclass

LEDGER = "erasures.jsonl"


@dataclass(frozen=True)
class Erasure:
    """One record of a person who was erased in an `act`. `table` is the entity's name in the database, which never changes;
    `made` the moment at which the record was made: another one of the same number was made at another. `deployment` is None
    where there was no backup yet.
    """

    act: str
    at: dt.datetime
    deployment: str | None
    table: str
    record: int
    made: dt.datetime


def note_erasures(folders: Iterable[Path], erasures: Iterable[Erasure]) -> list[str]:
    """Adds them to the ledger of each folder, on the disk. Which folders can't be written to; raises OSError where none can."""
    lines, wrong, written = [_line(each) for each in erasures], [], 0
    for folder in dict.fromkeys(folders):
        try:
            _append(folder, [each for each in lines if each not in _lines(folder)])
            written += 1
        except OSError as error:
            wrong.append(f"{folder}: {error.strerror}")
    if not written:
        raise OSError(f"the ledger of erasures can't be written: {'; '.join(wrong)}")
    return wrong


def read_ledger(folders: Iterable[Path]) -> list[Erasure]:
    """All erasures that the ledgers of some folders know, the oldest first. Raises ValueError for a line that is none."""
    found = {}
    for folder in dict.fromkeys(folders):
        for number, line in enumerate(_lines(folder), 1):
            try:
                found[line] = _erasure(json.loads(line))
            except (ValueError, KeyError, TypeError) as error:
                raise ValueError(f"{folder / LEDGER}, line {number}: this is no erasure") from error
    return sorted(found.values(), key=lambda each: (each.at, each.act, each.table, each.record))


def spread_ledger(folders: Iterable[Path]) -> None:
    """Lets each folder know what the others do; one that is away learns it another time."""
    every = list(dict.fromkeys(folders))
    known = read_ledger(every)
    if known:
        note_erasures(every, known)


def _lines(folder: Path) -> list[str]:
    path = folder / LEDGER
    return path.read_text("utf-8").splitlines() if path.exists() else []


def _append(folder: Path, lines: list[str]) -> None:
    if not lines:
        return
    folder.mkdir(parents=True, exist_ok=True, mode=0o700)
    descriptor = os.open(folder / LEDGER, os.O_WRONLY | os.O_APPEND | os.O_CREAT, 0o600)
    with os.fdopen(descriptor, "w", encoding="utf-8") as stream:
        stream.write("".join(f"{line}\n" for line in lines))
        stream.flush()
        os.fsync(stream.fileno())


def _line(each: Erasure) -> str:
    told = {
        "act": each.act,
        "at": each.at.isoformat(),
        "deployment": each.deployment,
        "table": each.table,
        "record": each.record,
        "made": each.made.isoformat(),
    }
    return json.dumps(told)


def _erasure(told: Mapping[str, Any]) -> Erasure:
    at, made = dt.datetime.fromisoformat(told["at"]), dt.datetime.fromisoformat(told["made"])
    return Erasure(str(told["act"]), at, told["deployment"], str(told["table"]), int(told["record"]), made)
