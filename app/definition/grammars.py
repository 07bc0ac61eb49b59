"""Small grammars of texts that configuration uses everywhere: expressions, durations, periods, times of day, keeping.

Each is a name for `str` that type hints use: the loader derives its JSON Schema from the pattern, the Catalog keeps the text.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal, NewType, get_args

from app.frozen import dataclass

Expression = NewType("Expression", str)
Duration = NewType("Duration", str)
Period = NewType("Period", str)
TimeOfDay = NewType("TimeOfDay", str)
Keep = NewType("Keep", str)
FieldPath = NewType("FieldPath", str)
Hours = NewType("Hours", str)
Secret = NewType("Secret", str)
FileName = NewType("FileName", str)
ModuleName = NewType("ModuleName", str)
Size = NewType("Size", str)

Unit = Literal["minutes", "hours", "days", "weeks", "months", "years"]
Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
WEEKDAYS: tuple[Weekday, ...] = get_args(Weekday)
DAYS = (*WEEKDAYS, "last")  # words that stand for a day beside the numbers of a month's days

_ONE = "1 (minute|hour|day|week|month|year|working hour|working day)"
_MANY = "([2-9]|[1-9][0-9]{1,4}) (minutes|hours|days|weeks|months|years|working hours|working days)"
_TIME = "([01][0-9]|2[0-3]):[0-5][0-9]"
_PERIODS = "day|week|month|quarter|year"


@dataclass(frozen=True)
class Grammar:
    """How the texts of one grammar look. `what` is how a message calls one of them."""

    what: str
    pattern: str
    example: str


GRAMMARS: Mapping[object, Grammar] = MappingProxyType(
    {
        Expression: Grammar("an expression", r"\S", 'stage == "won"'),
        Duration: Grammar("a duration", f"^({_ONE}|{_MANY})$", "2 working days"),
        Period: Grammar(
            "day, week, month, quarter, year or several of them",
            f"^({_PERIODS}|([2-9]|[1-9][0-9]{{1,2}}) (days|weeks|months|quarters|years))$", "2 weeks"
        ),
        TimeOfDay: Grammar("a time of day", f"^{_TIME}$", "08:00"),
        Keep: Grammar("how long or how many to keep", f"^({_ONE}|{_MANY}|1 copy|([2-9]|[1-9][0-9]{{1,3}}) copies)$", "30 days"),
        FieldPath: Grammar(
            "a field, or a path to one", r"^[a-z][a-z0-9_]{0,39}(\.[a-z][a-z0-9_]{0,39}){0,5}$", "account.region"
        ),
        Hours: Grammar("hours of a day", f"^{_TIME}-({_TIME}|24:00)$", "09:00-17:30"),
        Secret: Grammar("the name of a secret in the environment", r"^\$\{env:[A-Z][A-Z0-9_]{0,99}\}$", "${env:ERP_SECRET}"),
        FileName: Grammar(
            "a file of the pack", r"^[A-Za-z0-9_-][A-Za-z0-9._-]*(/[A-Za-z0-9_-][A-Za-z0-9._-]*){0,5}$", "acme.svg"
        ),
        ModuleName: Grammar("a Python module", r"^[a-z_][a-z0-9_]*(\.[a-z_][a-z0-9_]*){0,9}$", "acme_crm.actions"),
        Size: Grammar("a size", "^[1-9][0-9]{0,2} (KB|MB)$", "10 MB"),
    }
)  # fmt: skip


@dataclass(frozen=True)
class Length:
    """A length of time: so many of a unit. `working` counts by the company's calendar."""

    count: int
    unit: Unit
    working: bool = False


def parse_duration(text: str) -> Length | None:
    """What a duration means: `2 working days`, `1 hour`. None for a text that is none."""
    if re.fullmatch(GRAMMARS[Duration].pattern, text) is None:
        return None
    count, *words = text.split(" ")
    unit = words[-1] if words[-1].endswith("s") else f"{words[-1]}s"
    return Length(int(count), unit, working="working" in words)  # type: ignore[arg-type]


def variable_of(secret: str) -> str:
    """The variable of the environment that holds a secret: the value itself is read by whoever needs it, and kept nowhere."""
    return secret.removeprefix("${env:").removesuffix("}")
