"""Rows of the demonstration on their way through the write path: each day of the past in its turn."""

from __future__ import annotations

import datetime as dt
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import replace
from io import BytesIO
from itertools import groupby
from typing import TYPE_CHECKING, Any
from zoneinfo import ZoneInfo

if TYPE_CHECKING:
    from app.access import Actor
    from app.files import Contents
    from app.orm.store import Store

BATCH = 500
OFFICE_HOUR = dt.time(10)


class SeedRefused(RuntimeError):
    """The write path refused demonstration data: the pack is not the one that the data was written for."""


class Writer:
    """Creates rows in batches, as of the days that they say, and remembers which id a key got."""

    def __init__(self, store: Store, contents: Contents) -> None:
        from app.access import system_actor

        self._day: dt.date | None = None
        self._real = store.clock
        self._zone = ZoneInfo(store.catalog.pack.time_zone)
        self._store = replace(store, clock=self._now)
        self._contents = contents
        self._actor = system_actor("system:seed")
        self.ids: dict[tuple[str, str], int] = {}

    @property
    def today(self) -> dt.date:
        """The company's day."""
        return self._real().astimezone(self._zone).date()

    def _now(self) -> dt.datetime:
        real = self._real()
        if self._day is None:
            return real
        return min(real, dt.datetime.combine(self._day, OFFICE_HOUR, self._zone).astimezone(dt.UTC))

    def create(self, entity: str, rows: Sequence[Any]) -> None:
        """Makes records and leads them to what they are today. Raises SeedRefused."""
        pack = self._store.catalog.entities[entity]
        begun = [(row.past[0].day if row.past else row.made, row) for row in rows]
        for day, batch in _by_day(begun):
            values = [{**row.values, **(row.past[0].values if row.past else {})} for row in batch]
            self._create(entity, day, batch, [self._known(pack, each) for each in values])
        steps = [list(_steps(row)) for row in rows]
        for turn in range(max(map(len, steps), default=0)):  # a record takes one step at a time
            taken = [
                (some[turn][0], (row.key, some[turn][1])) for row, some in zip(rows, steps, strict=True) if some[turn:]
            ]
            for day, changes in _by_day(taken):
                self._update(entity, day, [(key, self._known(pack, values)) for key, values in changes])

    def amend(self, amendments: Sequence[Any]) -> None:
        """Says of records what could be said only when all were there. Raises SeedRefused."""
        by_entity: dict[str, list[tuple[str, Mapping[str, Any]]]] = {}
        for each in amendments:
            if each.entity in self._store.catalog.entities:
                by_entity.setdefault(each.entity, []).append((each.key, each.values))
        for entity, changes in by_entity.items():
            for start in range(0, len(changes), BATCH):
                self._update(entity, None, changes[start : start + BATCH])

    def wish(self, wishes: Iterable[Any]) -> None:
        """Asks for approvals and answers them, each by whoever does it. Raises SeedRefused."""
        from app.automation.approvals import ask_for, decide
        from app.record import Refused

        for each in wishes:
            if (each.entity, each.key) not in self.ids:
                continue
            self._day, record = each.day, self.ids[each.entity, each.key]
            who = self._person(each.by)
            outcome: Any = ask_for(self._store, who, each.entity, record, each.to, comment=each.comment, door="seed")
            if isinstance(outcome, Refused):
                raise SeedRefused(self._why(each.entity, outcome))
            for said in each.answers if outcome.approval is not None else ():
                self._day = said.day
                who = self._person(said.by)
                answer = decide(self._store, who, outcome.approval, agree=said.agree, comment=said.comment, door="seed")
                if isinstance(answer, Refused):
                    raise SeedRefused(self._why(each.entity, answer))
        self._day = None

    def work_out(self) -> None:
        """Works out what follows from the date: it was reckoned as of days in the past."""
        from app.expression.graph import graph_of
        from app.record.recompute import repair

        self._day = None
        repair(self._store, self._actor, graph_of(self._store.catalog).reads_clock)

    def _create(self, entity: str, day: dt.date | None, rows: Sequence[Any], values: Sequence[dict[str, Any]]) -> None:
        from app.record import New, Refused, create

        self._day = day
        new = [New(self._resolved(entity, each), self._confirmed(entity)) for each in values]
        saved = create(self._store, self._actor, entity, new, door="seed")
        if isinstance(saved, Refused):
            raise SeedRefused(self._why(entity, saved))
        self.ids.update(((entity, row.key), number) for row, number in zip(rows, saved.ids, strict=True))

    def _update(self, entity: str, day: dt.date | None, changes: Sequence[tuple[str, Mapping[str, Any]]]) -> None:
        from app.record import Change, Refused, update

        self._day = day
        confirmed = self._confirmed(entity)
        wanted = [
            Change(self.ids[entity, key], self._resolved(entity, values), confirm=confirmed) for key, values in changes
        ]
        saved = update(self._store, self._actor, entity, wanted, door="seed")
        if isinstance(saved, Refused):
            raise SeedRefused(self._why(entity, saved))

    def _person(self, login: str) -> Actor:
        from app.access import actor_of_user

        with self._store.system_reading() as connection:
            found = actor_of_user(connection, self._store.models, self.ids["user", login])
        if found is None:
            raise SeedRefused(f"user: {login} is nobody")
        return found

    def _known(self, pack: Any, values: Mapping[str, Any]) -> dict[str, Any]:
        """What the pack has a place for: one above may have removed fields."""
        parts = self._store.catalog.parts_of(pack.key)
        return {key: value for key, value in values.items() if key in pack.every_field or key in parts}

    def _confirmed(self, entity: str) -> dict[str, str]:
        """Names of the data set are made up, and some look alike."""
        rules = self._store.catalog.entities[entity].duplicates
        return {f"duplicate.{key}": "made up" for key, each in rules.items() if each.action == "warn"}

    def _resolved(self, entity: str, values: Mapping[str, Any]) -> dict[str, Any]:
        return {key: self._resolve(entity, key, value) for key, value in values.items()}

    def _resolve(self, entity: str, key: str, value: Any) -> Any:
        """References by the ids of what they name, also those in lists, of parts, and of links with fields of their own."""
        if isinstance(value, tuple):
            return self.ids[value]
        if isinstance(value, list):
            return [self._resolve(entity, key, each) for each in value]
        if hasattr(value, "text"):
            return self._staged(entity, key, value)
        return self._resolved(entity, value) if isinstance(value, dict) else value

    def _staged(self, entity: str, key: str, attachment: Any) -> str:
        from app.definition.files import StoredFile
        from app.files import Place, stage

        stream = BytesIO(attachment.text.encode("utf-8"))
        found = stage(self._store, self._contents, self._actor, Place(entity, key), attachment.name, stream)
        if not isinstance(found, StoredFile):
            raise SeedRefused(f"{entity}: {attachment.name}: {found.code}")
        return found.id

    def _why(self, entity: str, refused: Any) -> str:
        reasons = (f"{each.field}: {each.text('en', self._store.catalog)}" for each in refused.refusals[:5])
        return f"{entity}: " + "; ".join(reasons)


def _by_day(dated: Iterable[tuple[dt.date | None, Any]]) -> Iterator[tuple[dt.date | None, list[Any]]]:
    """What belongs to one day together, in batches; the oldest first, and what has no day last."""
    ordered = sorted(dated, key=lambda each: each[0] or dt.date.max)
    for day, group in groupby(ordered, key=lambda each: each[0]):
        things = [each for _, each in group]
        for start in range(0, len(things), BATCH):
            yield day, things[start : start + BATCH]


def _steps(row: Any) -> Iterator[tuple[dt.date | None, Mapping[str, Any]]]:
    """The changes of a row after it was made: what it went through, and then what it is."""
    for before, each in zip(row.past, row.past[1:], strict=False):
        yield each.day, {key: value for key, value in each.values.items() if before.values.get(key, ...) != value}
    if row.past:
        keys = {key for each in row.past for key in each.values}
        yield row.made, {key: row.values[key] for key in sorted(keys) if key in row.values}
