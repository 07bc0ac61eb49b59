"""Working hours, holidays and the fiscal year of a company."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Literal

from app.definition.attributes import attribute, key_attribute
from app.definition.grammars import FileName, Hours, Weekday
from app.definition.text import Text
from app.frozen import dataclass

Month = Literal[
    "january", "february", "march", "april", "may", "june",
    "july", "august", "september", "october", "november", "december",
]  # fmt: skip


@dataclass(frozen=True, kw_only=True)
class DaysFile:
    """A table of the pack: date, name, workday or holiday."""

    file: FileName = attribute("File", "A CSV file of the pack.", names="file", example="holidays/extra.csv")
    content: str = attribute("Content of the file", from_key=True, default="")


@dataclass(frozen=True, kw_only=True)
class Holidays:
    """Days without work: those of a country, and the company's own."""

    country: str | None = attribute("Country", "ISO 3166 code.", default=None, pattern="^[A-Z]{2}$", example="CN")
    extra: DaysFile | None = attribute("Extra", "More holidays, and days on which one works after all.", default=None)


@dataclass(frozen=True, kw_only=True)
class Calendar:
    """When people work. A day of the week that is not named is free."""

    key: str = key_attribute("calendar")
    label: Text = attribute("Label", "What people read.", default=Text())
    week: Mapping[Weekday, tuple[Hours, ...]] = attribute("Week", "Hours of each working day.")
    holidays: Holidays = attribute("Holidays", default=Holidays())


@dataclass(frozen=True, kw_only=True)
class FiscalYear:
    """When the company's year begins."""

    starts: Month = attribute("Starts", "The first month.", default="january", example="april")
