"""Column types that mean the same on SQLite and PostgreSQL."""

from __future__ import annotations

import datetime as dt
import json
from decimal import ROUND_HALF_UP, Decimal
from typing import Any, NamedTuple

import sqlalchemy as sa
from sqlalchemy.dialects import postgresql
from sqlalchemy.engine import Dialect
from sqlalchemy.types import TypeDecorator, TypeEngine

from app.definition.composite import Composite
from app.definition.files import StoredFile, files_of

EPOCH = dt.datetime(1970, 1, 1, tzinfo=dt.UTC)
_MILLISECOND = dt.timedelta(milliseconds=1)


class FixedDecimal(TypeDecorator[Decimal]):
    """A decimal of fixed scale: NUMERIC on PostgreSQL, a scaled int64 on SQLite (whose Numeric is a float)."""

    impl = sa.Numeric
    cache_ok = True

    def __init__(self, precision: int, scale: int) -> None:
        super().__init__(precision, scale)
        # Under the names of the parameters: statements that are kept compiled tell types apart by these.
        self.precision = precision
        self.scale = scale
        self._unit = Decimal(1).scaleb(-scale)

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(sa.Numeric(self.precision, self.scale))

    def process_bind_param(self, value: Decimal | int | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        rounded = Decimal(value).quantize(self._unit, rounding=ROUND_HALF_UP)
        return int(rounded.scaleb(self.scale)) if dialect.name == "sqlite" else rounded

    def process_result_value(self, value: Any, dialect: Dialect) -> Decimal | None:
        if value is None:
            return None
        return Decimal(value).scaleb(-self.scale) if dialect.name == "sqlite" else Decimal(value)


class Moment(TypeDecorator[dt.datetime]):
    """A moment as an aware datetime in UTC, to the millisecond: an int64 on SQLite, timestamptz(3) else."""

    impl = sa.BigInteger
    cache_ok = True

    def load_dialect_impl(self, dialect: Dialect) -> TypeEngine[Any]:
        if dialect.name == "sqlite":
            return dialect.type_descriptor(sa.BigInteger())
        return dialect.type_descriptor(postgresql.TIMESTAMP(timezone=True, precision=3))

    def process_bind_param(self, value: dt.datetime | None, dialect: Dialect) -> Any:
        if value is None:
            return None
        if value.tzinfo is None:
            raise ValueError("a moment needs a time zone")
        milliseconds = (value - EPOCH) // _MILLISECOND
        return milliseconds if dialect.name == "sqlite" else EPOCH + milliseconds * _MILLISECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.datetime | None:
        if value is None:
            return None
        if isinstance(value, dt.datetime):
            return value.astimezone(dt.UTC)
        return EPOCH + dt.timedelta(milliseconds=value)


_SECOND = dt.timedelta(seconds=1)


class WallTime(TypeDecorator[dt.time]):
    """A time of day as seconds since midnight."""

    impl = sa.Integer
    cache_ok = True

    def process_bind_param(self, value: dt.time | None, dialect: Dialect) -> Any:
        del dialect
        return None if value is None else (value.hour * 60 + value.minute) * 60 + value.second

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.time | None:
        del dialect
        return None if value is None else dt.time(value // 3_600, value // 60 % 60, value % 60)


class Seconds(TypeDecorator[dt.timedelta]):
    """A length of time as whole seconds."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: dt.timedelta | None, dialect: Dialect) -> Any:
        del dialect
        return None if value is None else value // _SECOND

    def process_result_value(self, value: Any, dialect: Dialect) -> dt.timedelta | None:
        del dialect
        return None if value is None else value * _SECOND


class Stored(TypeDecorator[Any]):
    """A value of several parts as its canonical text. What it is compared with may be a part of that text."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, kind: type[Composite]) -> None:
        super().__init__()
        self.kind = kind

    def process_bind_param(self, value: Composite | str | None, dialect: Dialect) -> Any:
        del dialect
        return value if value is None or value.__class__ is str else value.stored()  # type: ignore[union-attr]

    def process_result_value(self, value: Any, dialect: Dialect) -> Any:
        del dialect
        return None if value is None else self.kind.of_stored(value)


class FileValue(TypeDecorator[Any]):
    """The files of a field as JSON text: a `StoredFile`, or with `many` a tuple of them; no file at all is NULL."""

    impl = sa.Text
    cache_ok = True

    def __init__(self, *, many: bool) -> None:
        super().__init__()
        self.many = many

    def process_bind_param(self, value: Any, dialect: Dialect) -> str | None:
        del dialect
        kept = [each.stored() for each in files_of(value)]
        return json.dumps(kept, ensure_ascii=False, separators=(",", ":")) if kept else None

    def process_result_value(self, value: str | None, dialect: Dialect) -> Any:
        del dialect
        found = tuple(StoredFile.of_stored(each) for each in json.loads(value)) if value else ()
        return (found if self.many else found[0]) if found else None


BIG_ID = sa.BigInteger().with_variant(sa.Integer(), "sqlite")
"""A 64-bit id. SQLite makes a rowid alias only of a column declared INTEGER; its integers have 64 bits anyway."""


class AnyId(NamedTuple):
    """Points to a record of any entity."""

    entity: str
    id: int


class IdOfAny(TypeDecorator[int]):
    """The id of what an `AnyId` points to; the entity stands in a column beside it."""

    impl = sa.BigInteger
    cache_ok = True

    def process_bind_param(self, value: AnyId | int | None, dialect: Dialect) -> int | None:
        del dialect
        return value.id if isinstance(value, AnyId) else value


BINARY_TEXT = sa.Text().with_variant(sa.Text(collation="C"), "postgresql")
"""Text compared by its UTF-8 bytes on both databases: sort keys."""

JSON = sa.JSON(none_as_null=True).with_variant(postgresql.JSONB(none_as_null=True), "postgresql")


def now() -> dt.datetime:
    """The current moment in UTC, cut to the millisecond as the database keeps it."""
    moment = dt.datetime.now(dt.UTC)
    return moment.replace(microsecond=moment.microsecond // 1000 * 1000)
