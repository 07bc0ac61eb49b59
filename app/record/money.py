"""Money of records in one of several currencies: kept as it was entered, and converted into the company's currency.

A record has one rate. It is looked up when an amount, the currency or the rate date changes and when the record closes; all
amounts of the record are then converted by it. What changes nothing of these leaves every amount as it is, and a closed
record keeps its rate until its currency changes. Halves are rounded up (away from zero) at the fourth decimal, as Article 5
of Council Regulation (EC) No 1103/97 has it for converted amounts, so that a credit mirrors the invoice that it cancels.
"""

from __future__ import annotations

import datetime as dt
from bisect import bisect_right
from collections.abc import Iterable, Mapping
from decimal import Decimal
from typing import Any

import sqlalchemy as sa

from app.definition.currencies import CURRENCY_FIELD, ORIGINAL_SUFFIX, RATE_COLUMN
from app.record.batch import Batch, PartRow, Row
from app.record.compound import Conversion
from app.record.unit import zone
from app.record.values import Bad

Wanted = tuple[str, dt.date]
ONE = Decimal(1)


def convert(batch: Batch) -> None:
    """Puts what was entered beside the amounts and converts it. One statement finds the rates of the whole batch."""
    money = batch.blueprint.money
    if money is None:
        return
    if money.of_whole:
        _convert_parts(batch, money)
        return
    filled = {id(row): _keep_originals(batch, money, row) for row in batch.rows}
    asked = [row for row in batch.rows if _is_converted_anew(batch, money, row)]
    wanted = {id(row): each for row in asked if (each := _wanted(batch, money, row))}
    rates = find_rates(batch, set(wanted.values()))
    for row in asked:
        needed = wanted.get(id(row))
        rate = rates.get(needed) if needed else _own_rate(money, row)
        if needed and rate is None:
            batch.refuse(row, "field.rate_missing", CURRENCY_FIELD, currency=needed[0], date=needed[1].isoformat())
        else:
            if rate is not None:
                _convert_back(batch, row, rate, filled[id(row)])
            _convert(batch, money, row, rate)


def _convert_parts(batch: Batch, money: Conversion) -> None:
    """Parts have the currency and the rate of their whole, which was converted before them."""
    for row in batch.rows:
        assert isinstance(row, PartRow)
        filled = _keep_originals(batch, money, row)
        rate = row.whole.values[RATE_COLUMN]
        _put(batch, row, CURRENCY_FIELD, row.whole.values[CURRENCY_FIELD])
        if rate is not None:  # else the whole is refused
            _convert_back(batch, row, rate, filled)
            _convert(batch, money, row, rate)


def _keep_originals(batch: Batch, money: Conversion, row: Row) -> dict[str, Decimal]:
    """Puts posted amounts beside their fields. Returns those that a lookup filled in: they are in the company's currency."""
    before = batch.blueprint.blank if batch.creating else row.old
    filled = {}
    for key in money.fields:
        value = row.values[key]
        if key not in row.posted and value is not None and value != before[key]:
            filled[key] = value
        if batch.creating or key in row.posted or key in filled:
            row.values[key] = before[key]
            row.changed = row.changed if batch.creating else row.changed - {key}
            _put(batch, row, key + ORIGINAL_SUFFIX, value)
    return filled


def _convert_back(batch: Batch, row: Row, rate: Decimal, filled: Mapping[str, Decimal]) -> None:
    for key, value in filled.items():
        original = batch.blueprint.parsers[key](value / rate)
        if isinstance(original, Bad):
            batch.refuse_value(row, key, original)
        else:
            _put(batch, row, key + ORIGINAL_SUFFIX, original)


def _is_converted_anew(batch: Batch, money: Conversion, row: Row) -> bool:
    if batch.creating:
        return True
    if any(key + ORIGINAL_SUFFIX in row.changed for key in money.fields) or CURRENCY_FIELD in row.changed:
        return True
    if _was_closed(money, row):
        return False
    return money.rate_date in row.changed or any(row.values[key] in closed for key, closed in money.closed.items())


def _was_closed(money: Conversion, row: Row) -> bool:
    return any(row.old.get(key) in closed and row.values[key] in closed for key, closed in money.closed.items())


def _own_rate(money: Conversion, row: Row) -> Decimal | None:
    """The rate of what needs none to be found: of the company's currency, of a closed record, of one without amounts."""
    if _has_no_amount(money, row):
        return None
    return ONE if row.values[CURRENCY_FIELD] == money.company else row.old.get(RATE_COLUMN)


def _has_no_amount(money: Conversion, row: Row) -> bool:
    return not (money.with_parts or money.derived) and all(
        row.values[key + ORIGINAL_SUFFIX] is None for key in money.fields
    )


def _wanted(batch: Batch, money: Conversion, row: Row) -> Wanted | None:
    """The currency and the day whose rate has to be found."""
    currency = row.values[CURRENCY_FIELD]
    if currency is None or currency == money.company or _has_no_amount(money, row):
        return None
    if _was_closed(money, row) and CURRENCY_FIELD not in row.changed and row.old[RATE_COLUMN] is not None:
        return None
    day = row.values[money.rate_date] if money.rate_date else None
    return currency, day or _today(batch)


def _today(batch: Batch) -> dt.date:
    return batch.unit.at.astimezone(zone(batch.unit.catalog.pack.time_zone)).date()


def _convert(batch: Batch, money: Conversion, row: Row, rate: Decimal | None) -> None:
    _put(batch, row, RATE_COLUMN, rate)
    for key in money.fields:
        original = row.values[key + ORIGINAL_SUFFIX]
        # A currency that is missing or wrong is refused elsewhere; what fits into the column is exact here.
        value = None if original is None or rate is None else money.checks[key](original * rate)
        if isinstance(value, Bad):
            batch.refuse_value(row, key, value)
        else:
            _put(batch, row, key, value)


def _put(batch: Batch, row: Row, column: str, value: Decimal | str | None) -> None:
    row.values[column] = value
    if not batch.creating and value != row.old[column]:
        row.changed |= {column}


def find_rates(batch: Batch, wanted: Iterable[Wanted]) -> dict[Wanted, Decimal]:
    """The rate of each currency on each day: the one of the latest `valid_from` that is not after it. One statement.

    Whoever saves may not read rates; they hold for him all the same.
    """
    asked = sorted(wanted)
    money = batch.blueprint.money
    if not asked or money is None or money.rates is None:
        return {}
    days = [day for _, day in asked]
    values = {"currencies": sorted({code for code, _ in asked}), "first": min(days), "last": max(days)}
    lines: dict[str, tuple[list[dt.date], list[Decimal]]] = {}
    for code, day, rate in batch.unit.connection.execute(_statement(batch, money.rates), values):
        line = lines.setdefault(code, ([], []))
        line[0].append(day)
        line[1].append(rate)
    found = {}
    for code, day in asked:
        starts, rates = lines.get(code, ([], []))
        place = bisect_right(starts, day)
        if place:
            found[code, day] = rates[place - 1]
    return found


def _statement(batch: Batch, entity: str) -> sa.Select[Any]:
    """Rates from the last one before `first` to `last`: made once per models."""
    kept: dict[str, sa.Select[Any]] = batch.unit.models.metadata.info.setdefault("rates", {})
    if entity not in kept:
        table = batch.unit.models.tables[entity]
        earlier = table.alias()
        first = sa.bindparam("first", type_=sa.Date)
        newest = sa.select(sa.func.max(earlier.c.valid_from)).where(
            earlier.c.currency == table.c.currency,
            earlier.c.valid_from <= first,
            earlier.c.rate > 0,
            earlier.c.deleted_at.is_(None),
        )
        kept[entity] = (
            sa.select(table.c.currency, table.c.valid_from, table.c.rate)
            .where(
                table.c.deleted_at.is_(None),
                table.c.rate > 0,
                table.c.currency.in_(sa.bindparam("currencies", expanding=True)),
                table.c.valid_from >= sa.func.coalesce(newest.scalar_subquery(), first),
                table.c.valid_from <= sa.bindparam("last", type_=sa.Date),
            )
            .order_by(table.c.currency, table.c.valid_from, table.c.id)
        )
    return kept[entity]
