"""All tests of a pack, in memory: one database is built, and every case begins with it as it was."""

from __future__ import annotations

import datetime as dt
import time
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from functools import partial
from itertools import groupby
from typing import Any
from zoneinfo import ZoneInfo

from app.automation.becoming import ask_new
from app.definition import PackTest
from app.diagnostics import Span
from app.frozen import dataclass
from app.loading import Loaded
from app.loading.checks.rehearsals import folder_of
from app.orm.in_memory import open_in_memory, playing, playing_on
from app.orm.store import Store
from app.orm.types import now
from app.plan import first_apply, open_store
from app.rehearsal.case import Failure, run_case
from app.rehearsal.halves import in_halves
from app.rehearsal.scene import cast_of, place_cast


@dataclass(frozen=True)
class Told:
    """A failure of a case as a sentence, and where what it speaks of was written."""

    case: str
    text: str
    place: Span | None

    def __str__(self) -> str:
        return f"{self.case}: {self.text}" + (f" ({self.place})" if self.place is not None else "")


@dataclass(frozen=True)
class Result:
    """What came of one case; without failures it passed."""

    test: str
    case: str
    failures: tuple[Told, ...]
    seconds: float

    @property
    def passed(self) -> bool:
        """Whether all came out as expected."""
        return not self.failures

    def to_json(self) -> dict[str, Any]:
        """For programs."""
        return {
            "test": self.test,
            "case": self.case,
            "passed": self.passed,
            "seconds": round(self.seconds, 4),
            "failures": [_failure_json(each) for each in self.failures],
        }


def _failure_json(told: Told) -> dict[str, Any]:
    place = told.place
    at = {} if place is None else {"file": place.file, "line": place.line, "column": place.column}
    return {"message": told.text, **at}


def chosen_cases(loaded: Loaded, names: Collection[str], *, inherited: bool = False) -> list[tuple[str, str]]:
    """The cases that are named: by themselves, by their file, or by both (`account.level_follows_total`); without names the
    pack's own, and `inherited` ones of the packs that it extends.
    """
    assert loaded.catalog is not None
    every = [(test, case) for test, each in loaded.catalog.tests.items() for case in each.cases]
    extends = loaded.origins.get(("pack", "extends"))
    if not names:
        if inherited or extends is None:
            return every
        home = folder_of(extends[-1])
        return [
            (test, case)
            for test, case in every
            if loaded.origins["tests", test, "cases", case][-1].file.startswith(home)
        ]
    return [(test, case) for test, case in every if not {test, case, f"{test}.{case}"}.isdisjoint(names)]


def run_tests(loaded: Loaded, cases: Collection[tuple[str, str]]) -> Iterator[Result]:
    """Runs cases of a pack without errors, one after the other, in the order of the text.

    Neighbours in which the same person acts at the same moment share him: he is written once, and each begins with that.
    """
    engine = open_in_memory()
    try:
        built = open_store(engine, first_apply(engine, loaded))
        ask_new(built)  # no condition holds yet: whichever case comes first, one that turns true in it starts something
        yield from in_halves(list(cases), partial(_run_all, loaded, built))
    finally:
        engine.dispose()


def _run_all(loaded: Loaded, built: Store, cases: Sequence[tuple[str, str]]) -> Iterator[Result]:
    assert loaded.catalog is not None
    tests = loaded.catalog.tests
    for _, several in groupby(cases, lambda each: (tests[each[0]].now, cast_of(tests[each[0]].cases[each[1]]))):
        with playing(built.engine):
            yield from _run(loaded, built, list(several))


def _run(loaded: Loaded, built: Store, cases: Sequence[tuple[str, str]]) -> Iterator[Result]:
    """Cases in which the same person acts, each from the state in which he alone is there."""
    assert loaded.catalog is not None
    begun = time.perf_counter()
    tests = loaded.catalog.tests
    first_test, first_case = cases[0]
    cast = place_cast(*_at(built, tests[first_test]), tests[first_test].cases[first_case])
    for test, case in cases:
        store, today = _at(built, tests[test])
        with playing_on(store.engine):
            failures = run_case(store, today, tests[test].cases[case], cast)
        told = tuple(_told(loaded, (test, case), each) for each in failures)
        yield Result(test, case, told, time.perf_counter() - begun)
        begun = time.perf_counter()


def _at(store: Store, test: PackTest) -> tuple[Store, dt.date]:
    """The store with the clock of a test, and its day."""
    zone = ZoneInfo(store.catalog.pack.time_zone)
    if test.now is None:
        return store, now().astimezone(zone).date()
    local = dt.datetime.fromisoformat(test.now).replace(tzinfo=zone)
    moment = local.astimezone(dt.UTC)
    return replace(store, clock=lambda: moment), local.date()


def _told(loaded: Loaded, case: tuple[str, str], failure: Failure) -> Told:
    """The failure with the nearest place that is known of its path."""
    home = ("tests", case[0], "cases", case[1])
    path = (*home, *failure.path)
    spans = next(
        (found for end in range(len(path), len(home) - 1, -1) if (found := loaded.origins.get(path[:end]))), None
    )
    return Told(case[1], failure.text, spans[-1] if spans else None)
