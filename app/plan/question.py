"""Questions that a stricter step puts to the data. `check` answers them."""

from __future__ import annotations

import datetime as dt
from collections.abc import Mapping
from typing import Any, Literal

from app.definition import Catalog, Verb
from app.expression import Checked
from app.frozen import dataclass
from app.record.convert import Convert

Existing = Literal["fail", "grandfather", "blank"]


@dataclass(frozen=True)
class Given:
    """What `backfill` gives existing rows: a value of the field, or what a formula gives; `wrong` says why it can't.

    `words` is how it is shown.
    """

    words: str
    value: Any = None
    formula: Checked | None = None
    wrong: str = ""


@dataclass(frozen=True)
class Decision:
    """What the YAML says of existing values that don't fit; one that is `required` can't be emptied, and where values are
    `distinct` no two rows can be given the same.
    """

    existing: Existing | None = None
    given: Given | None = None
    required: bool = False
    distinct: bool = False


UNDECIDED = Decision()


@dataclass(frozen=True)
class GivesBack:
    """Rows of a field, (entity, field), or links by an own field of theirs, (entity, field, own), whose values were overwritten
    after the revision that is gone back to.

    `places` are those of its present column and of what it was in before, the newest first. Of options and stages `names` are
    those that get another name in the same plan, and `options` what there is then. Only what was overwritten by one of `fitting`
    revisions need not be asked whether it fits still; `converts` tells that the field changes its kind in the same plan.
    """

    holder: tuple[str, ...]
    after: int
    places: tuple[str, ...]
    names: Mapping[str, str]
    options: frozenset[str] | None
    fitting: frozenset[int]
    catalog: Catalog
    converts: bool = False


@dataclass(frozen=True)
class Blank:
    """Rows without a value in a field that becomes required, but for those that get something `back`."""

    entity: str
    field: str
    decision: Decision = UNDECIDED
    back: GivesBack | None = None


@dataclass(frozen=True)
class Former:
    """What a field held before it became what it is now, still under its tombstone: the physical column with its type, how a
    value became one of today, and how it is read as one of the next form. `given` is what rows got that did not convert, by a
    switch at that moment, `since` when people may have entered another.
    """

    column: str
    type: Any
    forth: Convert
    back: Convert
    since: dt.datetime
    given: Any = None


@dataclass(frozen=True)
class Converts:
    """Rows whose value becomes one of another kind. `loses` names what some may lose by it; `distinct`: no two may be equal
    afterwards, with `fold` whatever the case of letters. Where the field held values of the next kind before, `former` says
    so: a row that has not changed since takes its own back. One that `is_prepared` is about rows that changed since alone.
    Before that, some rows may get `back` what was overwritten.
    """

    entity: str
    field: str
    convert: Convert
    decision: Decision = UNDECIDED
    loses: str = ""
    distinct: bool = False
    fold: bool = False
    former: Former | None = None
    is_prepared: bool = False
    back: GivesBack | None = None

    @property
    def place(self) -> tuple[str, str]:
        """What is converted."""
        return self.entity, self.field


@dataclass(frozen=True)
class LinksConvert:
    """Links whose own field becomes one of another kind; the rest as of `Converts`."""

    entity: str
    field: str
    own: str
    convert: Convert
    decision: Decision = UNDECIDED
    loses: str = ""
    former: Former | None = None
    is_prepared: bool = False
    back: GivesBack | None = None

    @property
    def place(self) -> tuple[str, str]:
        """What is converted: `(entity, field.own)`."""
        return self.entity, f"{self.field}.{self.own}"


@dataclass(frozen=True)
class LinksFit:
    """Links whose own field says a text longer than `longest`, or what is below `least` or above `most`, as YAML has it, but for
    those that get something `back`.
    """

    entity: str
    field: str
    own: str
    longest: int | None = None
    least: object = None
    most: object = None
    decision: Decision = UNDECIDED
    back: GivesBack | None = None


@dataclass(frozen=True)
class NewFilled:
    """Rows that a new field finds, with what they get in it; `is_prepared` as in `Converts`."""

    entity: str
    field: str
    given: Given
    is_prepared: bool = False

    @property
    def place(self) -> tuple[str, str]:
        """What is filled."""
        return self.entity, self.field


Prepares = Converts | LinksConvert | NewFilled
"""What may be done before the switch."""


@dataclass(frozen=True)
class Refused:
    """Rows for which any of these conditions holds: a new rule, requirement or condition of an option would refuse them, or
    warn of them. `existing` says what becomes of them, `untried` why nothing can be said of rows.

    Of a field that is wanted or that holds an `option`, there is for each condition one of `fields`, (entity, field), with what
    the YAML says of it. `then` are the conditions as they are asked once renames are carried out.
    """

    conditions: tuple[Checked, ...]
    existing: Existing | None = None
    warns: bool = False
    untried: str = ""
    fields: tuple[tuple[str, str], ...] = ()
    decisions: tuple[Decision, ...] = ()
    option: str | None = None
    then: tuple[Checked, ...] = ()

    @property
    def mended(self) -> tuple[tuple[str, str], ...]:
        """The fields in which rows are given something, or emptied."""
        both = zip(self.fields, self.decisions, strict=True)
        return tuple(place for place, each in both if each.given or (each.existing == "blank" and self.option))


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
    decision: Decision = UNDECIDED
    back: GivesBack | None = None


@dataclass(frozen=True)
class OutOfRange:
    """Rows whose value is below `least` or above `most`, as they are written in YAML."""

    entity: str
    field: str
    least: object
    most: object
    decision: Decision = UNDECIDED
    back: GivesBack | None = None


@dataclass(frozen=True)
class Chosen:
    """Rows that hold an option that goes or retires; `fields` are (entity, field) or, of a link's own field, (entity, field,
    own). `may` allows it. Some of them may get something `back` before.
    """

    fields: tuple[tuple[str, ...], ...]
    option: str
    may: bool
    back: tuple[GivesBack, ...] = ()


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
    """Values that a new key finds more than once; `fold` names the fields whose case it ignores. `existing` is what the YAML
    says of them, and `emptied` the field whose values go in all rows but the first of each, where that is `blank`.

    Without any field: all rows would have the same value. Some rows may get something `back` before.
    """

    entity: str
    fields: tuple[str, ...]
    fold: frozenset[str] = frozenset()
    existing: Existing | None = None
    emptied: str | None = None
    back: tuple[GivesBack, ...] = ()


@dataclass(frozen=True)
class Rows:
    """All rows of an entity: each is worked on."""

    entity: str


@dataclass(frozen=True)
class Agreed:
    """Rows that say yes to what becomes a consent, or, where it was one before (`reworded`), to its earlier wording."""

    entity: str
    field: str
    reworded: bool


@dataclass(frozen=True)
class WorkedOut:
    """Rows that get the value of a new or changed formula; where people `entered` values so far, these are replaced."""

    entity: str
    field: str
    entered: bool = False


@dataclass(frozen=True)
class Overruled:
    """Rows whose computed value a person overrules, which can't be any more."""

    entity: str
    field: str


@dataclass(frozen=True)
class Reach:
    """The people who have a role, and the records of an entity on which they may use a verb from now on, or no more.

    `after` decides then. None where that can't be asked of the tables as they are.
    """

    role: str
    verb: Verb
    entity: str
    after: Catalog | None


@dataclass(frozen=True)
class Holders:
    """The people who were given a role; `lost` when they lose it."""

    role: str
    lost: bool = False


@dataclass(frozen=True)
class Placed:
    """The colleagues who have one of these places on the teams of records: some give more from now on, some less."""

    entity: str
    gaining: tuple[str, ...]
    losing: tuple[str, ...]


@dataclass(frozen=True)
class Merged:
    """Rows that hold an option or are in a stage, which becomes another one; `fields` as in `Chosen`. `held_as` is what it
    is still called in rows that are asked before its rename is carried out.
    """

    fields: tuple[tuple[str, ...], ...]
    option: str
    by: str
    held_as: str = ""


@dataclass(frozen=True)
class Kept:
    """Rows of an entity, or of one field of it, that is hidden from now on, and kept for so long."""

    entity: str
    field: str | None
    kept_for: str


@dataclass(frozen=True)
class Restored:
    """What of a hidden entity, or of one field of it, comes back. `choices` are by field the options and stages that there
    are; of fields that hold none of a list nothing. `hidden` are the fields of the entity that do not come back with it;
    `computed`: of what does, something is worked out anew.
    """

    entity: str
    field: str | None
    choices: tuple[tuple[str, frozenset[str]], ...]
    begins: str | None = None
    hidden: frozenset[str] = frozenset()
    computed: bool = False


Check = (
    WorkedOut
    | GivesBack
    | Kept
    | Merged
    | Restored
    | Overruled
    | Blank
    | Converts
    | LinksConvert
    | LinksFit
    | NewFilled
    | Refused
    | NewRequired
    | Begun
    | WrongLength
    | OutOfRange
    | Chosen
    | Held
    | Repeated
    | Reach
    | Rows
    | Agreed
    | Holders
    | Placed
)
