"""Limits of fields as they are written in YAML, and as values of their columns."""

from __future__ import annotations

import datetime as dt
from collections.abc import Callable, Mapping
from decimal import Decimal, InvalidOperation
from types import MappingProxyType
from typing import Any

from app.definition import Field
from app.definition.written import read_duration, read_time


def typed_limit(a_field: Field, limit: object) -> Any:
    """A limit of YAML as a value of the field's column; None for no limit. Raises ValueError."""
    if limit is None:
        return None
    return _LIMITS.get(a_field.holds, int)(str(limit))


def _moment(text: str) -> dt.datetime:
    moment = dt.datetime.fromisoformat(text)
    return moment if moment.tzinfo else moment.replace(tzinfo=dt.UTC)


def _decimal(text: str) -> Decimal:
    try:
        return Decimal(text)
    except InvalidOperation as error:
        raise ValueError(text) from error


_LIMITS: Mapping[str, Callable[[str], Any]] = MappingProxyType(
    {
        "date": dt.date.fromisoformat,
        "datetime": _moment,
        "decimal": _decimal,
        "time": read_time,
        "duration": read_duration,
    }
)
