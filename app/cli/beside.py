"""A process beside the server: begun with it, begun again when it ends alone, ended with it."""

from __future__ import annotations

import logging
import subprocess
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field

FIRST_PAUSE, LONGEST_PAUSE = 1.0, 60.0
"""Seconds until it is begun again; each time twice as many, until it has run for the longest of them."""
STOPPING_SECONDS = 30

log = logging.getLogger(__name__)


@dataclass
class Beside:
    """One such process. Its owner looks after it every second or so; nothing else does, for it may only have one parent."""

    command: Sequence[str]
    environment: Mapping[str, str]
    clock: Callable[[], float] = time.monotonic
    process: subprocess.Popen[bytes] | None = None
    _pause: float = FIRST_PAUSE
    _begun: float = 0.0
    _again: float | None = field(default=None)

    def begin(self) -> None:
        """Starts it."""
        self._begun, self._again = self.clock(), None
        self.process = subprocess.Popen(self.command, env=dict(self.environment))  # noqa: S603 - our own command

    def look(self) -> None:
        """Starts it again where it has ended, after a pause that grows as long as it does not stay alive."""
        if self.process is None or self.process.poll() is None:
            return
        now = self.clock()
        if self._again is None:
            if now - self._begun >= LONGEST_PAUSE:
                self._pause = FIRST_PAUSE
            self._again = now + self._pause
            self._pause = min(self._pause * 2, LONGEST_PAUSE)
        if now >= self._again:
            ended = self.process.pid
            self.begin()
            log.warning("the scheduler, process %s, has ended; process %s follows it", ended, self.process.pid)

    def end(self) -> None:
        """Ends it and waits for that; one that does not end by itself is killed."""
        if self.process is None:
            return
        process, self.process = self.process, None
        process.terminate()
        try:
            process.wait(STOPPING_SECONDS)
        except subprocess.TimeoutExpired:
            process.kill()
            process.wait()
