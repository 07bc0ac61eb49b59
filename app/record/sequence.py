"""Business numbers: given once, at the first save, from a counter per period."""

from __future__ import annotations

import datetime as dt
import re

from app.definition import Field
from app.orm.counters import add_to_counter
from app.record.batch import Batch
from app.record.unit import zone

_PLACE = re.compile(r"\{(yyyy|yy|mm|dd|seq)(?::0?(\d{1,2}))?\}")
_PERIODS = {"never": "", "year": "%Y", "month": "%Y-%m"}


def number_rows(batch: Batch) -> None:
    """Gives every row of a batch of new records its numbers: one addition to the counter for all of them."""
    if not batch.blueprint.sequences:
        return
    today = batch.unit.at.astimezone(zone(batch.unit.catalog.pack.time_zone)).date()
    for key in batch.blueprint.sequences:
        a_field = batch.blueprint.entity.fields[key]
        last = add_to_counter(batch.unit.connection, counter_name(batch.entity, a_field, today), len(batch.rows))
        for number, row in enumerate(batch.rows, last - len(batch.rows) + 1):
            row.values[key] = written(a_field, today, number)


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
