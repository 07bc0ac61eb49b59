"""A table of the manual: texts in every language, for pages and spreadsheets alike."""

from __future__ import annotations

from typing import TypeAlias

from app.definition import Text
from app.frozen import dataclass

Cell: TypeAlias = Text | str | int | bool | None


@dataclass(frozen=True)
class Table:
    """Rows below columns. `group` is the number of the column whose values divide the table into parts, if one does."""

    name: str
    title: Text
    about: Text
    columns: tuple[Text, ...]
    rows: tuple[tuple[Cell, ...], ...]
    group: int | None = None


def both(en: str, zh: str) -> Text:
    """A text in both languages of the program."""
    return Text({"en": en, "zh": zh})


JOINTS = {"en": ", ", "zh": "、"}
YES = both("yes", "是")


def shown(cell: Cell, language: str) -> str:
    """A cell as people read it."""
    if isinstance(cell, Text):
        return cell.in_language(language)
    if isinstance(cell, bool):
        return YES.in_language(language) if cell else ""
    return "" if cell is None else str(cell)


def joined(texts: list[Text]) -> Text:
    """Texts in one cell, one after the other."""
    return Text({name: joint.join(each.in_language(name) for each in texts) for name, joint in JOINTS.items()})
