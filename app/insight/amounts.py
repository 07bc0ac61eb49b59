"""How amounts are written for people: on pages, in mails and notices alike."""

from __future__ import annotations

from decimal import Decimal
from functools import lru_cache

from babel.numbers import get_currency_precision, get_currency_symbol

MINUS = "\N{MINUS SIGN}"


def write_money(value: Decimal, company: str) -> str:
    """An amount in the company's currency with its mark; its fraction only where there is one."""
    mark, digits = mark_of(company)
    return write_amount(value, mark, digits)


def write_money_in(currency: str, value: Decimal) -> str:
    """An amount in another currency than the company's, by its code: marks such as $ or ¥ stand for several."""
    return write_amount(value, f"{currency}\N{NO-BREAK SPACE}", get_currency_precision(currency))


@lru_cache(maxsize=64)
def mark_of(currency: str) -> tuple[str, int]:
    """The mark of a currency without the country before it, as the company has one alone, and the digits of its fraction."""
    symbol = str(get_currency_symbol(currency, locale="en"))
    bare = symbol.lstrip("ABCDEFGHIJKLMNOPQRSTUVWXYZ")
    return bare or f"{symbol} ", get_currency_precision(currency)


def write_amount(value: Decimal, mark: str, digits: int) -> str:
    """An amount behind a mark, with grouped thousands."""
    shown = 0 if value == value.to_integral_value() else digits
    return f"{MINUS if value < 0 else ''}{mark}{abs(value):,.{shown}f}"
