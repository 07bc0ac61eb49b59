"""What a command took of time and memory, measured from a small process that stands between it and the one that asks.

On Linux a child begins with the greatest memory of the process that started it (`ru_maxrss` outlives `exec`), so that a command
started from a long test run or a benchmark would answer for theirs.
"""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Mapping
from dataclasses import dataclass

_BETWEEN = """
import os, sys, time
began = time.perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_OPEN, 1, os.devnull, os.O_WRONLY, 0)])
_, status, usage = os.wait4(child, 0)
print(os.waitstatus_to_exitcode(status), time.perf_counter() - began, usage.ru_maxrss / 1024)
"""


@dataclass(frozen=True)
class Spent:
    """Exit code, seconds from start to end, megabytes at the highest; what was written to standard error."""

    code: int
    seconds: float
    megabytes: float
    errors: str


def start_measured(command: list[str], environment: Mapping[str, str] | None = None) -> subprocess.Popen[str]:
    """Start it; what it writes to standard output is thrown away."""
    between = [sys.executable, "-S", "-c", _BETWEEN, *command]
    return subprocess.Popen(between, env=environment, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)


def spent_by(process: subprocess.Popen[str]) -> Spent:
    """Wait for the end of what `start_measured` started."""
    told, errors = process.communicate()
    code, seconds, megabytes = told.split()
    return Spent(int(code), float(seconds), float(megabytes), errors)
