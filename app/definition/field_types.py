"""The types that a field can have, each defined once."""

from __future__ import annotations

from collections.abc import Mapping
from types import MappingProxyType
from typing import Literal

from app.frozen import dataclass

Holds = Literal[
    "text", "integer", "decimal", "boolean", "date", "datetime", "option", "reference",
    "any", "options", "references", "tags", "time", "duration", "location", "json", "address", "file",
]  # fmt: skip
"""What is stored. `any` points to a record of one of several entities; `options`, `references` and `tags` are lists."""

MANY: Mapping[Holds, Holds] = MappingProxyType({"option": "options", "reference": "references"})
LISTS: frozenset[Holds] = frozenset({"options", "references", "tags"})


@dataclass(frozen=True)
class FieldType:
    """One type of field: what it `holds` (which decides comparison, storage and filters) and how people call it.

    `precision` and `scale` are those of the stored decimal; `max_length` is the default limit of a text in characters.
    """

    name: str
    title: str
    holds: Holds
    help: str = ""
    precision: int = 18
    scale: int = 0
    max_length: int = 0


def _by_name(*types: FieldType) -> Mapping[str, FieldType]:
    return MappingProxyType({a_type.name: a_type for a_type in types})


FIELD_TYPES = _by_name(
    FieldType("text", "Text", "text", "One line of text.", max_length=255),
    FieldType("long_text", "Long text", "text", "Several lines of text.", max_length=20_000),
    FieldType("rich_text", "Rich text", "text", "Text with headings, lists and links.", max_length=50_000),
    FieldType("integer", "Integer", "integer", "A whole number."),
    FieldType("decimal", "Decimal", "decimal", "A number with a fixed count of decimals.", scale=2),
    FieldType("money", "Money", "decimal", "An amount in the company's currency.", scale=4),
    FieldType("percent", "Percent", "decimal", "A share; 15 means 15 %.", scale=2),
    FieldType("boolean", "Yes or no", "boolean", "Never blank; its default is no."),
    FieldType("date", "Date", "date", "A calendar day."),
    FieldType("datetime", "Date and time", "datetime", "A moment, stored in UTC, shown in the person's time zone."),
    FieldType("time", "Time of day", "time", "A time on the clock, without a day or a zone."),
    FieldType("duration", "Duration", "duration", "A length of time, to the second."),
    FieldType("rating", "Rating", "integer", "Stars: a whole number from 1 to `max` (5 unless said, at most 10)."),
    FieldType("picklist", "Picklist", "option", "One value of a closed list."),
    FieldType(
        "tags", "Tags", "tags", "Words that people give freely; the case of letters does not count.", max_length=60
    ),
    FieldType("stage", "Stage", "option", "A position in the pipelines of the entity."),
    FieldType("email", "E-mail", "text", "An e-mail address, stored in lower case.", max_length=320),
    FieldType("phone", "Phone", "text", "A phone number, stored in E.164 form.", max_length=40),
    FieldType("url", "Web address", "text", "An http or https address.", max_length=2_000),
    FieldType("address", "Address", "address", "A postal address in parts; `region` of the pack is its usual country."),
    FieldType("location", "Location", "location", "A place on the globe: latitude and longitude."),
    FieldType("color", "Color", "text", "A color such as #0b5fff.", max_length=7),
    FieldType("json", "JSON", "json", "Any JSON value, for programs."),
    FieldType("lookup", "Lookup", "reference", "Points to a record of another entity."),
    FieldType("user", "User", "reference", "Points to a person."),
    FieldType("sequence", "Sequence", "text", "A business number, given once at the first save.", max_length=60),
    FieldType("file", "File", "file", "A file, or several, kept with the record."),
    FieldType("image", "Image", "file", "A picture, kept without what the camera noted in it."),
)

TEXT_TYPES = ("text", "long_text", "email", "phone", "url", "sequence")
NUMBER_TYPES = ("integer", "decimal", "money", "percent")
TIME_TYPES = ("date", "datetime")
CLOCK_TYPES = ("time", "duration")
UNORDERED_TYPES = ("rich_text", "location", "json", "address", "file", "image")
UNKEYED_TYPES = ("rich_text", "json", "address", "file", "image")
USUAL_STARS, MOST_STARS = 5, 10
OPTION_TYPES = ("picklist", "stage")
REFERENCE_TYPES = ("lookup", "user")
FILE_TYPES = ("file", "image")
SEALED_TYPES = ("text", "long_text", "email", "phone", "url")
"""Types whose values can be kept encrypted."""
