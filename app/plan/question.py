"""Questions that a stricter step puts to the data. `check` answers them."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Literal

from app.expression import Checked

Existing = Literal["fail", "grandfather", "blank"]


@dataclass(frozen=True)
class Blank:
    """Rows without a value in a field that becomes required; `existing` says what becomes of them."""

    entity: str
    field: str
    existing: Existing | None = None


@dataclass(frozen=True)
class Refused:
    """Rows for which any of these conditions holds: a new rule, requirement or condition of an option would refuse them, or
    warn of them. `existing` says what becomes of them, `untried` why nothing can be said of rows.
    """

    conditions: tuple[Checked, ...]
    existing: Existing | None = None
    warns: bool = False
    untried: str = ""


@dataclass(frozen=True)
class NewRequired:
    """Rows that a new required field finds. With a `default` they are filled with it."""

    entity: str
    field: str
    has_default: bool


@dataclass(frozen=True)
class Begun:
    """Rows of an entity that gets a stage field: all of them begin in this stage."""

    entity: str
    stage: str


@dataclass(frozen=True)
class WrongLength:
    """Rows whose text is shorter than `least` or longer than `most` characters."""

    entity: str
    field: str
    least: int
    most: int


@dataclass(frozen=True)
class OutOfRange:
    """Rows whose value is below `least` or above `most`, as they are written in YAML."""

    entity: str
    field: str
    least: object
    most: object


@dataclass(frozen=True)
class Chosen:
    """Rows that hold an option that goes or retires; `fields` are (entity, field). `may` allows it."""

    fields: tuple[tuple[str, str], ...]
    option: str
    may: bool


@dataclass(frozen=True)
class Held:
    """Rows that hold an option or a stage which gets another name; `holders` are (entity, field) or, of a link's own field,
    (entity, field, own).
    """

    holders: tuple[tuple[str, ...], ...]
    old: str
    new: str


@dataclass(frozen=True)
class Repeated:
    """Values that a new key finds more than once; `fold` names the fields whose case it ignores.

    Without any field: all rows would have the same value.
    """

    entity: str
    fields: tuple[str, ...]
    fold: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Rows:
    """All rows of an entity: each is worked on."""

    entity: str


@dataclass(frozen=True)
class WorkedOut:
    """Rows that get the value of a new or changed formula; where people `entered` values so far, these are lost."""

    entity: str
    field: str
    entered: bool = False


@dataclass(frozen=True)
class Overruled:
    """Rows whose computed value a person overrules, which can't be any more."""

    entity: str
    field: str


@dataclass(frozen=True)
class Holders:
    """The people who were given a role; `lost` when they lose it."""

    role: str
    lost: bool = False


@dataclass(frozen=True)
class Kept:
    """Rows of an entity, or of one field of it, that is hidden from now on, and kept for so long."""

    entity: str
    field: str | None
    kept_for: str


@dataclass(frozen=True)
class Restored:
    """What of a hidden entity, or of one field of it, comes back. `choices` are by field the options and stages that there
    are; of fields that hold none of a list nothing.
    """

    entity: str
    field: str | None
    choices: tuple[tuple[str, frozenset[str]], ...]
    begins: str | None = None


Check = (
    WorkedOut
    | Kept
    | Restored
    | Overruled
    | Blank
    | Refused
    | NewRequired
    | Begun
    | WrongLength
    | OutOfRange
    | Chosen
    | Held
    | Repeated
    | Rows
    | Holders
)
