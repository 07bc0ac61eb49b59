"""Runs that may take long, each in a process of its own: it delays nothing, and can be stopped when it hangs."""

from __future__ import annotations

import datetime as dt
import logging
import os
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Sequence
from dataclasses import field

from app.automation.runs import Run, end_run, hold, let_go
from app.definition import Text
from app.frozen import dataclass
from app.orm.store import Store
from app.settings import Settings

_COMMAND = (sys.executable, "-m", "app.cli", "jobs", "carry")
STOPPING_SECONDS = 10
_LOOK_SECONDS = 1
log = logging.getLogger(__name__)


@dataclass(frozen=True)
class _Begun:
    run: Run
    process: subprocess.Popen[bytes]
    limit: dt.timedelta
    until: dt.datetime


@dataclass
class ApartProcess:
    """One such process at a time. `begin` is called by a turn while it is free, the rest by who looks after it."""

    settings: Settings
    clock: Callable[[], dt.datetime]
    command: Sequence[str] = _COMMAND
    _begun: _Begun | None = field(default=None)

    @property
    def is_free(self) -> bool:
        """Whether a run may be begun."""
        return self._begun is None

    def begin(self, run: Run, limit: dt.timedelta) -> None:
        """Carries a run out in a process that leads a group of its own, so that what it starts can be stopped with it."""
        settings = self.settings
        place = {"CRM_DATA_DIR": str(settings.data_dir), "CRM_DATABASE_URL": settings.database_url}
        command = [*self.command, str(run.id), str(run.attempts), "--beside", str(os.getpid())]
        process = subprocess.Popen(command, env={**os.environ, **place}, start_new_session=True)  # noqa: S603 - our own
        self._begun = _Begun(run, process, limit, self.clock() + limit)

    def hold(self, store: Store) -> None:
        """Renews the lease of the run."""
        if self._begun is not None:
            hold(store, [self._begun.run], self.clock())

    def look(self, store: Store) -> None:
        """Stops what takes too long; writes how a run ended whose process could not. What the database does not take now is
        written when it is asked to look again.
        """
        begun = self._begun
        if begun is None:
            return
        code = begun.process.poll()
        if code is None and self.clock() < begun.until:
            return
        if code is None:
            _stop(begun.process)
        words = _too_long(begun.limit) if code is None else _cut_off(code)
        end_run(store, begun.run, "failed", words, self.clock())  # changes nothing where the process wrote its end
        self._begun = None

    def finish(self, store: Store) -> None:
        """Waits until what was begun has ended, or took too long."""
        while (begun := self._begun) is not None:
            try:
                begun.process.wait(_LOOK_SECONDS)
            except subprocess.TimeoutExpired:
                log.debug("run %s goes on", begun.run.id)
            self.look(store)

    def stop(self, store: Store) -> None:
        """Stops a run; whoever leads next begins it again."""
        begun, self._begun = self._begun, None
        if begun is None:
            return
        _stop(begun.process)
        let_go(store, begun.run)


def end_with(parent: int) -> None:
    """Ends this process, and those that it started, as soon as `parent` is no longer its parent; a request to end it lets it
    clear away what it made.
    """
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))

    def watch() -> None:
        while os.getppid() == parent:
            time.sleep(1)
        os.killpg(0, signal.SIGKILL)

    threading.Thread(target=watch, daemon=True).start()


def _stop(process: subprocess.Popen[bytes]) -> None:
    """Asks it to end, so that it clears away what it made; then makes it."""
    for how in (signal.SIGTERM, signal.SIGKILL):
        try:
            os.killpg(process.pid, how)
            process.wait(STOPPING_SECONDS)
        except ProcessLookupError:  # it ended meanwhile
            process.wait()
            return
        except subprocess.TimeoutExpired:
            continue


def _too_long(limit: dt.timedelta) -> Text:
    hours = f"{limit / dt.timedelta(hours=1):g}"
    return Text({"en": f"stopped: it took longer than {hours} hours", "zh": f"已终止：运行超过 {hours} 小时"})


def _cut_off(code: int) -> Text:
    en, zh = f"its process ended before it was done (exit code {code})", f"进程在完成前退出（退出码 {code}）"
    return Text({"en": en, "zh": zh})
