"""What runs beside the server: it follows itself when it ends alone, less and less often, and ends with the server."""

from __future__ import annotations

import os
import signal
import sys

import pytest

from app.cli.beside import FIRST_PAUSE, LONGEST_PAUSE, Beside

SLEEPER = [sys.executable, "-c", "import signal; signal.pause()"]


class Clock:
    now = 100.0

    def __call__(self) -> float:
        return self.now


def kill(beside: Beside) -> int:
    """Kills it as the system would; its number."""
    assert beside.process is not None
    pid = beside.process.pid
    os.kill(pid, signal.SIGKILL)
    beside.process.wait()
    return pid


def follows(beside: Beside, clock: Clock, pause: float) -> None:
    """It is begun again after that pause, and not before."""
    ended = kill(beside)
    beside.look()
    clock.now += pause - 0.01
    beside.look()
    assert beside.process is not None
    assert beside.process.pid == ended
    clock.now += 0.01
    beside.look()
    assert beside.process.pid != ended
    assert beside.process.poll() is None


def test_one_that_ends_alone_is_followed_after_pauses_that_grow(caplog: pytest.LogCaptureFixture) -> None:
    clock = Clock()
    beside = Beside(SLEEPER, os.environ, clock)
    beside.begin()
    try:
        for pause in (FIRST_PAUSE, 2, 4, 8, 16, 32, LONGEST_PAUSE, LONGEST_PAUSE):
            follows(beside, clock, pause)
        clock.now += LONGEST_PAUSE  # it ran for long: what kept it from running is over
        follows(beside, clock, FIRST_PAUSE)
        assert "has ended" in caplog.text
    finally:
        beside.end()


def test_what_was_ended_stays_so() -> None:
    beside = Beside(SLEEPER, os.environ, Clock())
    beside.begin()
    process = beside.process
    beside.end()
    beside.look()
    assert process is not None
    assert process.returncode == -signal.SIGTERM
    assert beside.process is None
