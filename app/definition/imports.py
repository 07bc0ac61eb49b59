"""Imports: how the columns of a file become fields."""

from __future__ import annotations

from collections.abc import Mapping
from typing import ClassVar, Literal

from app.definition.attributes import attribute, key_attribute
from app.definition.text import Text
from app.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class ImportFile:
    """How the file is read."""

    type: Literal["xlsx", "csv"] = attribute("Type", "xlsx or csv.", default="xlsx")
    sheet: str | None = attribute("Sheet", "Of a workbook; the first without it.", default=None)
    header_row: int = attribute("Header row", "The row with the headings.", default=1, minimum=1, maximum=1000)


@dataclass(frozen=True, kw_only=True)
class ImportColumn:
    """The column of a field. A heading alone is its column."""

    shorthand: ClassVar[str] = "column"
    key: str = key_attribute("field")
    column: str = attribute("Column", "Its heading in the file.")
    values: Mapping[str, str] = attribute("Values", "What a value of the file means here.", default={})
    otherwise: Literal["refuse", "blank"] = attribute("Otherwise", "What becomes of any other value.", default="refuse")
    find_by: str | None = attribute(
        "Find by",
        "The field of the other entity by which its record is found.",
        default=None,
        names="target_field",
        example="name",
    )


@dataclass(frozen=True, kw_only=True)
class Import:
    """Rows of a file to records of an entity."""

    key: str = key_attribute("import")
    label: Text = attribute("Label", "What people read.", default=Text())
    entity: str = attribute("Entity", "What the rows are.", names="entity")
    file: ImportFile = attribute("File", default=ImportFile())
    mode: Literal["create", "update", "upsert"] = attribute("Mode", "create, update or upsert.", default="create")
    match: tuple[str, ...] = attribute("Match", "Fields by which a record is found again.", default=(), names="field")
    fields: Mapping[str, ImportColumn] = attribute("Fields", "Our field to the file's heading.", names="field")
