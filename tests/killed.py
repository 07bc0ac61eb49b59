"""Acts in a process of its own that is killed at some call: what is left must be all of it, or nothing."""

from __future__ import annotations

import os
import signal
import sys
from collections.abc import Callable
from dataclasses import replace
from types import FrameType
from typing import Any

import sqlalchemy as sa

from app.orm.engine import open_engine
from app.orm.store import Store


def in_child(url: str, store: Store, act: Callable[[Store], None], kill_at: int) -> int:
    """Acts in a child that is killed at that call; 0: it comes to its end. Returns how many calls it made.

    The store's engine is to be disposed of before, for its connections are not the child's.
    """
    reader, writer = os.pipe()
    child = os.fork()
    if child == 0:
        code = 99
        try:
            os.write(writer, str(_acted(url, store, act, kill_at)).encode())
            code = 0
        finally:
            os._exit(code)  # never back into the test run
    os.close(writer)
    with os.fdopen(reader) as pipe:
        said = pipe.read()
    _, status = os.waitpid(child, 0)
    ended = os.waitstatus_to_exitcode(status)
    assert ended in ({0, -signal.SIGKILL} if kill_at else {0}), ended
    return int(said or 0)


def _acted(url: str, store: Store, act: Callable[[Store], None], kill_at: int) -> int:
    own = replace(store, engine=open_engine(url))
    with own.system_reading() as connection:
        connection.execute(sa.select(1))
    calls = 0

    def count(_frame: FrameType, event: str, _argument: Any) -> None:
        nonlocal calls
        if event in {"call", "c_call"}:
            calls += 1
            if calls == kill_at:
                os.kill(os.getpid(), signal.SIGKILL)

    sys.setprofile(count)
    act(own)
    sys.setprofile(None)
    return calls
