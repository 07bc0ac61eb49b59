"""Where the tables of entities differ from what a catalog wants: what is missing, foreign or changed; and a fingerprint of them."""

from __future__ import annotations

import hashlib
from collections.abc import Collection, Iterator, Mapping
from typing import Literal

import sqlalchemy as sa
from sqlalchemy.engine import Connection, Engine

from app.frozen import dataclass
from app.orm.models import Models, build_tables
from app.plan.migrate import version
from app.plan.revision import reading
from app.plan.shape import Shape, plain_index, plain_type, read_schema
from app.plan.tombstone import hidden_parts, read_tombstones


@dataclass(frozen=True)
class Drift:
    """A part of the schema that is missing from the database, that is in it and belongs to nothing, or that is `changed`, as
    `detail` says.
    """

    state: Literal["missing", "foreign", "changed"]
    what: Literal["table", "column", "index", "key", "reference"]
    name: str
    detail: str = ""

    def __str__(self) -> str:
        return f"{self.state} {self.what} {self.name}{f': {self.detail}' if self.detail else ''}"


def fingerprint(connection: Connection) -> str:
    """A hash of the entities' tables and of the version of the framework's; equal for equal schemas."""
    return fingerprint_of(read_schema(connection), version(connection))


def fingerprint_of(shape: Shape, framework: str | None) -> str:
    """As `fingerprint`, of what was read already."""
    return hashlib.sha256("\n".join([framework or "", *shape.lines()]).encode()).hexdigest()


def compare_schema(engine: Engine, models: Models) -> list[Drift]:
    """Where the database's tables differ from those of the applied catalog. A foreign index is no drift unless it is a key,
    nor is what a tombstone stands for, as long as it is there.
    """
    with reading(engine) as connection:
        shape = read_schema(connection)
        hidden = hidden_parts(read_tombstones(connection, version(connection)))
    lost = (Drift("missing", "column" if "." in each else "table", each) for each in hidden - _present(shape))
    bound = build_tables(models.catalog, models.names)  # with foreign keys
    return sorted([*differences(shape, bound.every_table(), hidden), *lost], key=str)


def _present(shape: Shape) -> frozenset[str]:
    """The tables and `table.column`s that there are."""
    return frozenset(each for table, name, _ in shape.columns for each in (table, f"{table}.{name}"))


def obstacles(shape: Shape, old: Models | None, new: Models, hidden: Collection[str] = ()) -> list[Drift]:
    """What keeps the tables of `old` from becoming those of `new`: what is missing or changed, and what stands where new
    things go. What is `hidden` stands in nobody's way.
    """
    found = list(differences(shape, old.every_table() if old else (), hidden))
    coming = {table.name for table in new.every_table()}
    coming |= {f"{table.name}.{column.name}" for table in new.every_table() for column in table.columns}
    return [each for each in found if each.state != "foreign" or each.name in coming]


def differences(shape: Shape, tables: Collection[sa.Table], hidden: Collection[str] = ()) -> Iterator[Drift]:
    """What tables lack, what is beside them in the database and not `hidden`, and what is not as they want it."""
    present = {table for table, _, _ in shape.columns}
    wanted = {table.name for table in tables}
    yield from (Drift("missing", "table", name) for name in wanted - present)
    yield from (Drift("foreign", "table", name) for name in present - wanted if name not in hidden)
    columns = {f"{table}.{name}": plain_type(words) for table, name, words in shape.columns if table in wanted}
    indexes = {name: plain_index(words) for _, name, words in shape.indexes}
    for table in tables:
        if table.name not in present:
            continue
        yield from _columns(shape, table, columns, hidden)
        yield from _indexes(shape, table, indexes)
        missing = (each for each in table.foreign_key_constraints if not shape.has_reference(each))
        yield from (Drift("missing", "reference", str(each.name)) for each in missing)


def _columns(shape: Shape, table: sa.Table, found: Mapping[str, str], hidden: Collection[str]) -> Iterator[Drift]:
    own = {f"{table.name}.{column.name}": shape.words_of_column(column) for column in table.columns}
    yield from (Drift("missing", "column", name) for name in own if name not in found)
    beside = (name for name in found if name.startswith(f"{table.name}.") and name not in own and name not in hidden)
    yield from (Drift("foreign", "column", name) for name in beside)
    other = ((name, words) for name, words in own.items() if found.get(name, words) != words)
    yield from (Drift("changed", "column", name, f"{found[name]} instead of {words}") for name, words in other)


def _indexes(shape: Shape, table: sa.Table, found: Mapping[str, str]) -> Iterator[Drift]:
    """By what they are made of: a key that is not unique any more lets anything pass."""
    own = {str(index.name): (shape.words_of_index(index), _kind(unique=index.unique)) for index in table.indexes}
    yield from (Drift("missing", what, name) for name, (_, what) in own.items() if name not in found)
    for name, (words, what) in own.items():
        if found.get(name, words) != words:
            yield Drift("changed", what, name, f"{found[name]} instead of {words}")
    keys = (name for of, name, _ in shape.indexes if of == table.name and found[name].startswith("unique "))
    yield from (Drift("foreign", "key", name) for name in keys if name not in own)


def _kind(*, unique: bool) -> Literal["key", "index"]:
    return "key" if unique else "index"
