"""The shape of the demonstration data: plain rows that name each other by key."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import date, timedelta

Reference = tuple[str, str]
"""Points to another row: (entity, key). It stands in lookup and user fields, `owner`, `department` and `team`."""

Value = str | int | bool | object | Reference | None


@dataclass(frozen=True)
class Attachment:
    """A file of a record: what it is called, and its text."""

    name: str
    text: str


@dataclass(frozen=True)
class Past:
    """How a row was on a day in the past: what of it was different then."""

    day: date
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Row:
    """One record to create. `key` is unique within its entity and never stored; `values` are typed as the field is:
    str, int, bool, Decimal, date, aware datetime in UTC, timedelta, a dict of the parts of an address, an `Attachment`, or a
    `Reference`; of a field with many values a list of such, or of `{"id": Reference, …}` where a link has fields of its own.
    Parts stand in lists of such values.

    It became what `values` say on the day `made` (None: today); `past` is what it went through before, in order of time.
    """

    key: str
    values: Mapping[str, Value]
    made: date | None = None
    past: tuple[Past, ...] = ()


def coarse(day: date, today: date) -> date:
    """A day near this one, the farther away the longer ago: what was written on one day is written together. The order of
    days is kept.
    """
    age = max(0, (today - day).days)
    step = 1 if age <= 10 else 5 if age <= 60 else 20 if age <= 200 else 60
    return today - timedelta(days=age // step * step)


@dataclass(frozen=True)
class Answer:
    """What someone said when he was asked for his approval."""

    by: str
    agree: bool
    comment: str
    day: date


@dataclass(frozen=True)
class Wish:
    """An approval that someone asked for: of a move to a stage. Without answers it waits."""

    entity: str
    key: str
    to: str
    by: str
    comment: str
    day: date
    answers: tuple[Answer, ...] = ()


@dataclass(frozen=True)
class Person:
    """A person to create: a record of `user`, and the roles of the login. Passwords are made by whoever loads."""

    key: str
    values: Mapping[str, Value]
    roles: tuple[str, ...]
    department: str
    team: str | None


@dataclass(frozen=True)
class Amendment:
    """What can be said of a record only when others exist: heads of departments, superiors, head offices."""

    entity: str
    key: str
    values: Mapping[str, Value]


@dataclass(frozen=True)
class Dataset:
    """All of it, in loading order: `departments` and `teams`, `people`, `rows` by entity, `amendments`, and at the end `wishes`.

    A row refers only to rows of entities that come before its own; everything else is an amendment.
    """

    departments: tuple[Row, ...]
    teams: tuple[Row, ...]
    people: tuple[Person, ...]
    rows: Mapping[str, tuple[Row, ...]]
    amendments: tuple[Amendment, ...]
    wishes: tuple[Wish, ...] = ()

    def entities(self) -> Mapping[str, tuple[Row, ...]]:
        """Rows of every entity in loading order; those of people carry `department` and `team`."""
        people = tuple(
            Row(
                person.key,
                {
                    **person.values,
                    "department": ("department", person.department),
                    "team": ("team", person.team) if person.team else None,
                },
            )
            for person in self.people
        )
        return {"department": self.departments, "team": self.teams, "user": people, **self.rows}
