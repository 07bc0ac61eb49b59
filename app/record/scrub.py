"""Words taken out of every text of a database: tables are read as they stand, so that none is forgotten that came later.

A word is looked for whatever the case of its letters, and as JSON writes it. Where a row is known by a text that holds one,
it goes: nobody would know it by another.
"""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Iterable, Sequence
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Connection
from sqlalchemy.sql.elements import ColumnElement

from app.frozen import dataclass
from app.orm.models import BLIND_SUFFIX, FOLD_SUFFIX, SORT_SUFFIX
from app.record.unit import Unit

MARK = "***"
"""What stands where a word was; where rows have to differ, the number of the row stands behind it."""
KEYED = "keyed"
"""In the `info` of a column that is part of a unique key, itself or by what is kept beside it."""
_BESIDE = (BLIND_SUFFIX, FOLD_SUFFIX, SORT_SUFFIX)


@dataclass(frozen=True)
class Words:
    """What is to go. Rows are found by `telling` words alone; from a row that is found all of them go."""

    telling: tuple[str, ...]
    besides: tuple[str, ...] = ()

    @property
    def pattern(self) -> re.Pattern[str]:
        """All of them, the longest first. A word of letters without blanks between its like is no word of it: "Ann" is not in
        "planned".
        """
        every = sorted({*self.telling, *self.besides}, key=lambda each: (-len(each), each))
        return re.compile("|".join(map(_alone, every)), re.IGNORECASE)


def _alone(word: str) -> str:
    if "@" in word:  # "li@corp.cn" is not in "wang.li@corp.cn", nor in "li@corp.cn.example.org"
        return rf"(?<![A-Za-z0-9_%+])(?<![A-Za-z0-9_%+]['.-]){re.escape(word)}(?![A-Za-z0-9]|[.-]+[A-Za-z0-9])"
    first, last = (r"(?<![A-Za-z0-9])" if word[0].isascii() else "", r"(?![A-Za-z0-9])" if word[-1].isascii() else "")
    return first + re.escape(word) + last


@dataclass(frozen=True)
class Scrubbed:
    """How many rows changed, how many went; of a table with numbers, the `id`s of those that changed."""

    changed: int
    gone: int
    ids: tuple[int, ...] = ()


def tables_with_texts(connection: Connection) -> dict[str, sa.Table]:
    """The tables that hold texts, by name, as they are in the database."""
    inspector = sa.inspect(connection)
    keys = {name: set(each["constrained_columns"]) for (_, name), each in inspector.get_multi_pk_constraint().items()}
    keyed = _keyed(inspector)
    found = {}
    for (_, name), columns in inspector.get_multi_columns().items():
        made = [
            sa.Column(
                each["name"], each["type"], primary_key=each["name"] in keys[name], nullable=each["nullable"],
                info={KEYED: each["name"] in keyed.get(name, ())},
            )
            for each in columns
        ]  # fmt: skip
        table = sa.Table(name, sa.MetaData(), *made)
        if text_columns(table):
            found[name] = table
    return found


def _keyed(inspector: sa.Inspector) -> dict[str, set[str]]:
    """By table the columns of unique keys, and those of which they hold another form."""
    found: dict[str, set[str]] = {}
    for (_, name), indexes in inspector.get_multi_indexes().items():
        each = found.setdefault(name, set())
        each.update(column for index in indexes if index["unique"] for column in index["column_names"] if column)
    for (_, name), constraints in inspector.get_multi_unique_constraints().items():
        found.setdefault(name, set()).update(column for one in constraints for column in one["column_names"])
    for columns in found.values():
        columns.update([column.removesuffix(suffix) for column in columns for suffix in _BESIDE])
    return found


def text_columns(table: sa.Table) -> list[sa.Column[Any]]:
    """Its columns that hold texts or JSON."""
    return [each for each in table.columns if isinstance(each.type, sa.Text | sa.String | sa.JSON)]


def holding(columns: Iterable[sa.Column[Any]], words: Sequence[str]) -> ColumnElement[bool]:
    """That one of these columns holds one of the words, also as JSON writes it."""
    forms = sorted({form for word in words for form in (word, json.dumps(word)[1:-1])})
    texts = [sa.cast(each, sa.Text) if isinstance(each.type, sa.JSON) else each for each in columns]
    return sa.or_(sa.false(), *(text.icontains(form, autoescape=True) for text in texts for form in forms))


def scrub(
    unit: Unit, table: sa.Table, words: Words, where: ColumnElement[bool] | None = None, of: Collection[str] = ()
) -> Scrubbed:
    """Takes words out of these columns of a table; without any, out of all that are texts."""
    if not words.telling:
        return Scrubbed(0, 0)
    connection = unit.connection
    columns = [each for each in text_columns(table) if not of or each.name in of]
    query = sa.select(*table.primary_key.columns, *columns).where(holding(columns, words.telling))
    if where is not None:
        query = query.where(where)
    changed, gone = 0, 0
    ids: list[int] = []
    pattern = words.pattern
    for row in connection.execute(query).mappings().all():
        number = "-".join(str(row[each.name]) for each in table.primary_key.columns)
        values = {
            each.name: without(row[each.name], pattern, MARK + number if each.info[KEYED] else MARK) for each in columns
        }
        new = {key: value for key, value in values.items() if value != row[key]}
        here = sa.and_(*(each == row[each.name] for each in table.primary_key.columns))
        if any(each.name in new for each in table.primary_key.columns):
            connection.execute(sa.delete(table).where(here))
            gone += 1
        elif new:
            mark = {"changed_seq": unit.changed_seq} if "changed_seq" in table.c else {}
            connection.execute(sa.update(table).where(here).values({**mark, **new}))
            changed += 1
            if "id" in row and isinstance(row["id"], int):
                ids.append(row["id"])
    return Scrubbed(changed, gone, tuple(ids))


def holds(value: Any, pattern: re.Pattern[str]) -> bool:
    """Whether a text, or what JSON holds, has one of the words in it: `holding` finds longer words, too, that contain one."""
    return bool(without(value, pattern) != value)


def without(value: Any, pattern: re.Pattern[str], mark: str = MARK) -> Any:
    """A text, or what JSON holds, with a mark instead of the words."""
    if isinstance(value, str):
        return pattern.sub(lambda _: mark, value)
    if isinstance(value, dict):
        return {without(key, pattern, mark): without(each, pattern, mark) for key, each in value.items()}
    if isinstance(value, list):
        return [without(each, pattern, mark) for each in value]
    return value
