"""Servers under measurement: started in groups of their own, their CPU time read, stopped at the end."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import subprocess
import time
from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

NANOSECONDS_PER_MS = 1_000_000
PATIENCE_SECONDS = 120.0

CpuTimes = dict[tuple[int, str], int]
"""Nanoseconds on a processor, by process and thread."""


@dataclass(frozen=True)
class Server:
    """A running server, known by the process that was started and the port that it listens on."""

    pid: int
    port: int


@contextmanager
def serving(command: Sequence[str], port: int, ready: str, environ: Mapping[str, str], log: Path) -> Iterator[Server]:
    """Start a server and wait until the page `ready` answers 200; end its whole process group afterwards."""
    process = start(command, environ, log)
    try:
        wait_for(process, port, ready, log)
        yield Server(process.pid, port)
    finally:
        stop(process)


def start(command: Sequence[str], environ: Mapping[str, str], log: Path) -> subprocess.Popen[bytes]:
    """Start a program in a session of its own, so that it and its children can be ended together."""
    with log.open("ab") as output:
        return subprocess.Popen(
            list(command),
            env={**os.environ, **environ},
            stdin=subprocess.DEVNULL,
            stdout=output,
            stderr=output,
            start_new_session=True,
        )


def stop(process: subprocess.Popen[bytes]) -> None:
    """End a program and its children: politely, then by force."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
        except ProcessLookupError:
            break
        try:
            process.wait(15)
        except subprocess.TimeoutExpired:
            continue
    process.wait()


def wait_for(process: subprocess.Popen[bytes], port: int, page: str, log: Path) -> None:
    """Wait until a page answers 200. Raises RuntimeError with the end of the log when it never does."""
    end = time.monotonic() + PATIENCE_SECONDS
    while time.monotonic() < end and process.poll() is None:
        if status_of(port, page) == http.client.OK:
            return
        time.sleep(0.005)
    raise RuntimeError(f"{page} did not answer:\n{log.read_text(errors='replace')[-3000:]}")


def status_of(port: int, page: str, headers: Mapping[str, str] | None = None) -> int | None:
    """The status that a page answers, or None when nobody does."""
    connection = http.client.HTTPConnection("127.0.0.1", port, timeout=30)
    try:
        connection.request("GET", page, headers=dict(headers or {}))
        return connection.getresponse().status
    except OSError:
        return None
    finally:
        connection.close()


def free_port() -> int:
    """A port of the loopback that nobody listens on."""
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return int(probe.getsockname()[1])


def cpu_times(roots: Sequence[int]) -> CpuTimes:
    """The processor time of all threads of these processes and of all below them."""
    found: CpuTimes = {}
    for pid in _with_descendants(roots):
        tasks = Path(f"/proc/{pid}/task")
        try:
            for task in tasks.iterdir():
                found[pid, task.name] = int((task / "schedstat").read_bytes().split()[0])
        except (FileNotFoundError, ProcessLookupError):
            continue  # ended while we looked
    return found


def spent_ms(before: CpuTimes, after: CpuTimes) -> float:
    """Milliseconds of processor time between two readings."""
    return sum(value - before.get(key, 0) for key, value in after.items()) / NANOSECONDS_PER_MS


def _with_descendants(roots: Sequence[int]) -> set[int]:
    children: dict[int, list[int]] = {}
    for folder in Path("/proc").glob("[0-9]*"):
        try:
            # The name of the program, in parentheses, may hold blanks; the parent's id is the second word after it.
            parent = int((folder / "stat").read_text().rpartition(")")[2].split()[1])
        except (FileNotFoundError, ProcessLookupError):
            continue
        children.setdefault(parent, []).append(int(folder.name))
    found: set[int] = set()
    waiting = list(roots)
    while waiting:
        pid = waiting.pop()
        found.add(pid)
        waiting.extend(children.get(pid, ()))
    return found
