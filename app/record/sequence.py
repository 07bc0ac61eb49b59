"""Business numbers: given once, at the first save, from a counter per period."""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Mapping

from app.definition import Field
from app.record.batch import Batch
from app.record.unit import zone

_PLACE = re.compile(r"\{(yyyy|yy|mm|dd|seq)(?::0?(\d{1,2}))?\}")
_PERIODS = {"never": "", "year": "%Y", "month": "%Y-%m"}


def counters_of(batch: Batch) -> dict[str, str]:
    """The counter of each field of type sequence, for the company's day."""
    return {
        key: counter_name(batch.entity, batch.blueprint.entity.fields[key], _today(batch))
        for key in batch.blueprint.sequences
    }


def number_rows(batch: Batch, last: Mapping[str, int]) -> None:
    """Writes the numbers of a batch of new records; `last` holds, by counter, the number of the last one."""
    today = _today(batch)
    for key, counter in counters_of(batch).items():
        a_field = batch.blueprint.entity.fields[key]
        for number, row in enumerate(batch.rows, last[counter] - len(batch.rows) + 1):
            row.values[key] = written(a_field, today, number)


def _today(batch: Batch) -> dt.date:
    return batch.unit.at.astimezone(zone(batch.unit.catalog.pack.time_zone)).date()


def counter_name(entity: str, a_field: Field, day: dt.date) -> str:
    """The counter that a number of that day is taken from."""
    period = day.strftime(_PERIODS[a_field.restart])
    return f"sequence:{entity}.{a_field.key}:{period}".removesuffix(":")


def written(a_field: Field, day: dt.date, number: int) -> str:
    """`OPP-{yyyy}-{seq:05}` of the 17th is OPP-2026-00017. A pattern without {seq} ends in the number."""
    parts = {"yyyy": f"{day:%Y}", "yy": f"{day:%y}", "mm": f"{day:%m}", "dd": f"{day:%d}"}
    pattern = a_field.pattern or "{seq}"
    if "{seq" not in pattern:
        pattern += "{seq}"

    def fill(match: re.Match[str]) -> str:
        if match[1] == "seq":
            return str(number).zfill(int(match[2] or 0))
        return parts[match[1]]

    return _PLACE.sub(fill, pattern)
