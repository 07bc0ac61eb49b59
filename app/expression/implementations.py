"""What the functions of the table do, in Python: the normative engine. Each takes plain values, None for a blank."""

from __future__ import annotations

import calendar
import datetime as dt
import re
from collections.abc import Callable, Iterable, Mapping
from decimal import ROUND_CEILING, ROUND_FLOOR, ROUND_HALF_UP, Context, Decimal
from types import MappingProxyType
from typing import Any

from app.expression.types import DIVISION_SCALE, Type
from app.expression.working_time import WorkingTime

Number = int | Decimal
Day = dt.date
WIDE = Context(prec=150, rounding=ROUND_HALF_UP)
"""Exact for all numbers that expressions may have."""
BLANKS = (
    " \t\n\r\x0b\x0c\u0085\u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005\u2006\u2007\u2008\u2009\u200a\u2028\u2029"
    "\u202f\u205f\u3000\ufeff"
)
"""What `trim` takes away: an explicit list, for the engines differ."""
_LAST_YEAR = 9999


def divide(left: Number, right: Number) -> Decimal | None:
    """The quotient with six digits after the point; None where it divides by nothing."""
    if not right:
        return None
    return rounded(WIDE.divide(Decimal(left), Decimal(right)), DIVISION_SCALE)


def rounded(value: Number, scale: int = 0) -> Decimal:
    """To so many digits after the point, a half away from zero."""
    return Decimal(value).quantize(Decimal(1).scaleb(-scale), rounding=ROUND_HALF_UP, context=WIDE)


def fit(value: Any, wanted: Type) -> Any:
    """A result as the value of a field of this type: numbers with its scale, whole ones as int."""
    if value is None or wanted.base != "number":
        return value
    found = rounded(value, wanted.scale)
    return int(found) if wanted.scale == 0 else found


def is_blank(value: Any) -> bool:
    """None, an empty text or an empty list."""
    return value is None or value in ("", ())


def holds(many: Iterable[Any] | None, value: Any) -> bool:
    """Whether a list field holds a value. Links stand for the record that they lead to, tags are alike in any case."""
    if many is None or value is None:
        return False
    if isinstance(value, str):
        return any(each == value for each in many)
    return any((each[0] if isinstance(each, tuple) else each) == value for each in many)


def holds_tag(many: Iterable[str] | None, value: str | None) -> bool:
    """As `holds`, of tags: upper and lower case count as equal."""
    return many is not None and value is not None and value.casefold() in {each.casefold() for each in many}


def _text(found: str) -> str | None:
    return found or None


def to_text(value: Any) -> str | None:
    """A plain value as text: numbers without needless zeros."""
    if value is None or isinstance(value, str):
        return value
    if isinstance(value, bool):
        return "true" if value else "false"
    if isinstance(value, Decimal):
        text = f"{value:f}"
        text = text.rstrip("0").rstrip(".") if "." in text else text
        return "0" if text in {"-0", ""} else text
    return value.isoformat() if isinstance(value, dt.date) else str(value)


def concat(*values: Any) -> str | None:
    return _text("".join(to_text(each) or "" for each in values))


def contains(text: str | None, part: str | None) -> bool:
    return text is not None and part is not None and part in text


def icontains(text: str | None, part: str | None) -> bool:
    return text is not None and part is not None and part.lower() in text.lower()


def starts_with(text: str | None, part: str | None) -> bool:
    return text is not None and part is not None and text.startswith(part)


def ends_with(text: str | None, part: str | None) -> bool:
    return text is not None and part is not None and text.endswith(part)


def length(text: str | None) -> int:
    return 0 if text is None else len(text)


def lower(text: str | None) -> str | None:
    return None if text is None else text.lower()


def upper(text: str | None) -> str | None:
    return None if text is None else text.upper()


def trim(text: str | None) -> str | None:
    return None if text is None else _text(text.strip(BLANKS))


def left(text: str | None, count: Number | None) -> str | None:
    return None if text is None or count is None else _text(text[: max(int(count), 0)])


def right(text: str | None, count: Number | None) -> str | None:
    return None if text is None or count is None or count < 1 else _text(text[-int(count) :])


def substr(text: str | None, start: Number | None, count: Number | None) -> str | None:
    if text is None or start is None or count is None or count < 1:
        return None
    begin = max(int(start), 1) - 1
    return _text(text[begin : begin + int(count)])


def replace(text: str | None, old: str | None, new: str | None) -> str | None:
    return text if text is None or old is None else _text(text.replace(old, new or ""))


def absolute(value: Number | None) -> Number | None:
    return None if value is None else -value if value < 0 else value


def least(*values: Any) -> Any:
    return None if None in values else min(values)


def greatest(*values: Any) -> Any:
    return None if None in values else max(values)


def round_(value: Number | None, digits: int = 0) -> Decimal | None:
    return None if value is None else rounded(value, digits)


def floor(value: Number | None) -> Decimal | None:
    return None if value is None else Decimal(value).to_integral_value(rounding=ROUND_FLOOR)


def ceil(value: Number | None) -> Decimal | None:
    return None if value is None else Decimal(value).to_integral_value(rounding=ROUND_CEILING)


def day_of(value: dt.date | None, zone: dt.tzinfo) -> dt.date | None:
    """The company's day of a moment; a day is itself."""
    return value.astimezone(zone).date() if isinstance(value, dt.datetime) else value


def add_days(value: Any, count: Number | None) -> Any:
    """So many days later; blank where no calendar reaches."""
    if value is None or count is None:
        return None
    try:
        return value + dt.timedelta(days=int(count))
    except OverflowError:
        return None


def add_hours(value: dt.datetime | None, count: Number | None) -> dt.datetime | None:
    if value is None or count is None:
        return None
    try:
        return value + dt.timedelta(milliseconds=int(rounded(Decimal(count) * 3_600_000)))
    except OverflowError:
        return None


def add_months(value: Any, count: Number | None, zone: dt.tzinfo) -> Any:
    """So many months later, at most the month's last day. Of a moment the company's day moves, the time of day stays."""
    if value is None or count is None:
        return None
    if isinstance(value, dt.datetime):
        local = value.astimezone(zone)
        day = add_months(local.date(), count, zone)
        return None if day is None else dt.datetime.combine(day, local.timetz()).astimezone(dt.UTC)
    months = value.year * 12 + value.month - 1 + int(count)
    year, month = months // 12, months % 12 + 1
    if not 1 <= year <= _LAST_YEAR:
        return None
    return dt.date(year, month, min(value.day, calendar.monthrange(year, month)[1]))


def days_between(start: Any, end: Any, zone: dt.tzinfo) -> int | None:
    first, last = day_of(start, zone), day_of(end, zone)
    return None if first is None or last is None else (last - first).days


def working_days_between(start: Any, end: Any, calendar: WorkingTime) -> int | None:
    first, last = day_of(start, calendar.zone), day_of(end, calendar.zone)
    return None if first is None or last is None else calendar.days_between(first, last)


def hours_between(start: dt.datetime | None, end: dt.datetime | None) -> Decimal | None:
    if start is None or end is None:
        return None
    return rounded(WIDE.divide(Decimal((end - start) // dt.timedelta(milliseconds=1)), Decimal(3_600_000)), 2)


def start_of_month(day: Day | None) -> Day | None:
    return None if day is None else day.replace(day=1)


def end_of_month(day: Day | None) -> Day | None:
    return None if day is None else day.replace(day=calendar.monthrange(day.year, day.month)[1])


def start_of_week(day: Day | None) -> Day | None:
    """Its Monday."""
    return None if day is None else day - dt.timedelta(days=day.weekday())


def start_of_year(day: Day | None) -> Day | None:
    return None if day is None else day.replace(month=1, day=1)


def has_any(many: Iterable[Any] | None, wanted: frozenset[str]) -> bool:
    return many is not None and not wanted.isdisjoint(many)


def has_all(many: Iterable[Any] | None, wanted: frozenset[str]) -> bool:
    return many is not None and wanted <= set(many)


def count(many: Any) -> int:
    return 0 if many is None else len(many)


_USCC_SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"
_USCC_WEIGHTS = tuple(pow(3, place, 31) for place in range(17))
_ID_WEIGHTS = tuple(pow(2, 17 - place, 11) for place in range(17))
_PATTERNS = {  # compiled when they are first used: a check of a pack uses none
    "email": r"[^@\s<>\"(),:;\[\]\\]{1,64}@(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.)+[^\W\d_][\w-]{0,61}[^\W_]",
    "phone": r"\+[1-9][0-9]{6,14}",
    # 13x-19x: the segments that the numbering plan of China gives to mobile numbers.
    "mobile_cn": r"(?:\+86)?1[3-9][0-9]{9}",
    "url": r"https?://[^\s/?#<>\"]{1,253}(?:[/?#][^\s<>\"]*)?",
    "postcode_cn": r"[0-9]{6}",
    "id_card_cn": r"[1-9][0-9]{16}[0-9X]",
    "bank_card": r"[0-9]{12,19}",
    "uscc": rf"[{_USCC_SIGNS}]{{18}}",
}
LONGEST_FORMATTED = 2_000


def matches_format(text: str | None, name: str) -> bool:
    """Whether a text is written as a format says; linear in its length.

    `uscc` is checked by GB 32100-2015, `id_card_cn` by GB 11643-1999, `bank_card` by the Luhn digit of ISO/IEC 7812.
    """
    if text is None or len(text) > LONGEST_FORMATTED or re.fullmatch(_PATTERNS[name], text) is None:
        return False
    proof = _PROOFS.get(name)
    return proof is None or proof(text)


def _is_uscc(text: str) -> bool:
    total = sum(_USCC_SIGNS.index(sign) * weight for sign, weight in zip(text[:17], _USCC_WEIGHTS, strict=True))
    return _USCC_SIGNS[(31 - total % 31) % 31] == text[17]


def _is_id_card(text: str) -> bool:
    total = sum(int(sign) * weight for sign, weight in zip(text[:17], _ID_WEIGHTS, strict=True))
    return "10X98765432"[total % 11] == text[17]


def _is_bank_card(text: str) -> bool:
    doubled = [int(sign) * (2 if place % 2 else 1) for place, sign in enumerate(reversed(text))]
    return sum(each - 9 if each > 9 else each for each in doubled) % 10 == 0


_PROOFS: Mapping[str, Callable[[str], bool]] = {"uscc": _is_uscc, "id_card_cn": _is_id_card, "bank_card": _is_bank_card}


def _part(name: str) -> Callable[[Day | None], int | None]:
    return lambda day: None if day is None else getattr(day, name)


def _weekday(day: Day | None) -> int | None:
    return None if day is None else day.isoweekday()


PLAIN: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {
        "is_blank": is_blank, "contains": contains, "icontains": icontains, "starts_with": starts_with,
        "ends_with": ends_with, "len": length, "lower": lower, "upper": upper, "trim": trim, "concat": concat, "left": left,
        "right": right, "substr": substr, "replace": replace, "to_text": to_text, "matches_format": matches_format,
        "abs": absolute, "min": least, "max": greatest, "round": round_, "floor": floor, "ceil": ceil, "add_days": add_days,
        "add_hours": add_hours, "hours_between": hours_between, "year": _part("year"), "month": _part("month"),
        "day": _part("day"), "weekday": _weekday, "start_of_month": start_of_month, "end_of_month": end_of_month,
        "start_of_week": start_of_week, "start_of_year": start_of_year, "has_any": has_any, "has_all": has_all,
        "count": count,
    }
)  # fmt: skip
"""By name, those that need their arguments only."""
ZONED: Mapping[str, Callable[..., Any]] = MappingProxyType(
    {"date": day_of, "add_months": add_months, "days_between": days_between}
)
"""Those that take the company's zone as last argument."""
WORKING: Mapping[str, Callable[..., Any]] = MappingProxyType({"working_days_between": working_days_between})
"""Those that take the company's calendar as last argument."""
CLOCK = frozenset({"today", "now"})


def aggregate(name: str, rows: Iterable[Mapping[str, Any]], field: str | None) -> Any:
    """An aggregate over rows that its condition has chosen; they are in the order (created_at, id)."""
    chosen = list(rows)
    if name == "exists":
        return bool(chosen)
    if field is None:
        return len(chosen)
    values = [each[field] for each in chosen]
    filled = [each for each in values if each is not None]
    match name:
        case "sum_of":
            return sum(filled)
        case "min_of":
            return min(filled, default=None)
        case "max_of":
            return max(filled, default=None)
        case _:
            return values[-1] if values else None
