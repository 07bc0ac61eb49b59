"""Cases on two processors: the second half in a process of its own, which begins with a copy of all that is in memory."""

from __future__ import annotations

import multiprocessing
import os
import threading
from collections.abc import Callable, Iterator, Sequence
from multiprocessing.connection import Connection
from typing import TypeVar

FEWEST = 20  # fewer are done before a second process is there
Case = TypeVar("Case")
Result = TypeVar("Result")
Run = Callable[[Sequence[Case]], Iterator[Result]]


def in_halves(cases: Sequence[Case], run: Run[Case, Result]) -> Iterator[Result]:
    """The results of all cases in their order; what a case leaves behind may matter to no other. They must be picklable.

    A database in memory is copied with the process: nothing of it lies in a file, so that no lock is shared.
    """
    if len(cases) < FEWEST or not _may_fork():
        yield from run(cases)
        return
    first, second = cases[: len(cases) // 2], cases[len(cases) // 2 :]
    context = multiprocessing.get_context("fork")
    receiving, sending = context.Pipe(duplex=False)
    child = context.Process(target=_tell, args=(sending, second, run), daemon=True)
    child.start()
    sending.close()
    try:
        yield from run(first)
        yield from _heard(receiving, second, run)
    finally:
        receiving.close()
        child.terminate()
        child.join()


def _may_fork() -> bool:
    """A copy has only the thread that asks for it, so that nothing else may be under way."""
    processors = len(os.sched_getaffinity(0)) if hasattr(os, "sched_getaffinity") else 1
    return processors > 1 and threading.active_count() == 1


def _tell(sending: Connection, cases: Sequence[Case], run: Run[Case, Result]) -> None:
    sending.send(list(run(cases)))
    sending.close()


def _heard(receiving: Connection, cases: Sequence[Case], run: Run[Case, Result]) -> Iterator[Result]:
    """What the other process found. Where it could not end, the cases are run here, and what is wrong is raised here."""
    try:
        found: Sequence[Result] = receiving.recv()
    except EOFError:
        yield from run(cases)
    else:
        yield from found
