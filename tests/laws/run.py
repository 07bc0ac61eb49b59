"""`python -m tests.laws.run [EDITS [FIRST]]`: so many random edits, half of them on each database, with progress and a summary.

The same numbers give the same edits. FIRST is the seed of the first walk, to see one again that broke a law: `12 4711`.
"""

from __future__ import annotations

import os
import sys
import time
from collections.abc import Iterator
from concurrent.futures import ProcessPoolExecutor, as_completed
from contextlib import ExitStack, contextmanager
from multiprocessing import get_context
from pathlib import Path
from tempfile import TemporaryDirectory

from app.orm.engine import open_engine
from app.plan.fillers import register_filler
from app.record.filling import fill_computed
from tests import pgtemp
from tests.conftest import MEMORY
from tests.databases import place
from tests.laws.walk import Broken, Count, prepare, seeds, walk

USUAL = 5_000
TELL_EVERY = 20
Told = tuple[Count, str]


def check(kind: str, seed: int, folder: Path) -> Told:
    """One walk on a database of its own: what came of it, and how it broke a law, if it did."""
    count, wrong = Count(), ""
    register_filler("computed", fill_computed)
    with ExitStack() as stack:
        here = Path(stack.enter_context(TemporaryDirectory(dir=folder)))
        url = stack.enter_context(_url(kind, folder, here))
        place(url, "the first pack of the laws", prepare(here))
        engine = open_engine(url)
        stack.callback(engine.dispose)
        try:
            walk(engine, here, seed, count)
        except Broken as error:
            wrong = str(error)
    return count, wrong


@contextmanager
def _url(kind: str, folder: Path, here: Path) -> Iterator[str]:
    if kind == "sqlite":
        yield f"sqlite:///{here / 'crm.db'}"
        return
    binaries = pgtemp.find_binaries()
    assert binaries is not None
    with pgtemp.reserved_name(pgtemp.shared_cluster(binaries, folder, owner=os.getppid())) as url:
        yield url


def tell(line: str) -> None:
    """At once."""
    sys.stdout.write(f"{line}\n")
    sys.stdout.flush()


def main(edits: int, first: int) -> int:
    """Exit code 1 if a law is broken, after all walks are done."""
    kinds = ["sqlite", *(["postgresql"] if pgtemp.find_binaries() else [])]
    walks = [(kind, first + seed) for seed in seeds(edits // len(kinds)) for kind in kinds]
    whole, broken, began = Count(), 0, time.monotonic()
    with TemporaryDirectory(dir=MEMORY if MEMORY.is_dir() else None) as folder:
        pool = ProcessPoolExecutor(os.cpu_count() or 1, mp_context=get_context("spawn"))
        with pool:
            under_way = {pool.submit(check, kind, seed, Path(folder)): kind for kind, seed in walks}
            for number, done in enumerate(as_completed(under_way), start=1):
                count, wrong = done.result()
                whole.add(count)
                if wrong:
                    broken += 1
                    tell(f"BROKEN on {under_way[done]}: {wrong}\n")
                if number % TELL_EVERY == 0 or number == len(walks):
                    spent = time.monotonic() - began
                    tell(f"{number}/{len(walks)} walks, {whole.edits:,} edits, {broken} broken, {spent:,.0f} s")
    for title, found in (("What came of them", whole.ends), ("Kinds of edits", whole.kinds)):
        tell(f"{title}: {', '.join(f'{name} {number:,}' for name, number in sorted(found.items()))}")
    return 1 if broken else 0


if __name__ == "__main__":
    numbers = [int(each) for each in sys.argv[1:]]
    sys.exit(main(numbers[0] if numbers else USUAL, numbers[1] if len(numbers) > 1 else 0))
