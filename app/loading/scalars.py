"""Plain scalars by the core schema of YAML 1.2, and the slips that a plain scalar may hide."""

from __future__ import annotations

import re
from collections.abc import Mapping
from decimal import Decimal

from app.frozen import dataclass
from app.loading.node import Scalar

NULLS = {"", "~", "null", "Null", "NULL"}
BOOLEANS = {"true": True, "True": True, "TRUE": True, "false": False, "False": False, "FALSE": False}
_WORDS: Mapping[str, Scalar] = {**dict.fromkeys(NULLS), **BOOLEANS}
MISREAD = frozenset({"yes", "no", "on", "off"})  # read as true or false by tools of YAML 1.1
MOST_DIGITS = 40

_INTEGER = re.compile(r"[-+]?[0-9]+")
_OCTAL = re.compile(r"0o[0-7]+")
_HEXADECIMAL = re.compile(r"0x[0-9a-fA-F]+")
_DECIMAL = re.compile(r"[-+]?(\.[0-9]+|[0-9]+(\.[0-9]*)?)([eE][-+]?[0-9]+)?")
_NOT_FINITE = re.compile(r"[-+]?\.(inf|Inf|INF)|\.(nan|NaN|NAN)")
_FIRST = frozenset("0123456789+-.~")


@dataclass(frozen=True)
class Unusable:
    """A number that can't be used, and why."""

    reason: str


def resolve(text: str) -> Scalar | Unusable:
    """The value of a plain scalar. Numbers are int or Decimal, made from the source text."""
    if text in _WORDS:
        return _WORDS[text]
    if text[0] not in _FIRST:
        return text
    if _NOT_FINITE.fullmatch(text):
        return Unusable(f"{text} is not a number that can be stored")
    whole = _integer(text)
    if whole is not None:
        return whole
    if _DECIMAL.fullmatch(text):
        return _decimal(text)
    return text


def _integer(text: str) -> int | Unusable | None:
    for pattern, base in ((_INTEGER, 10), (_OCTAL, 8), (_HEXADECIMAL, 16)):
        if pattern.fullmatch(text):
            if len(text) > MOST_DIGITS:
                return Unusable(f"a number of {len(text)} characters; at most {MOST_DIGITS} can be used")
            return int(text, base)
    return None


def _decimal(text: str) -> Decimal | Unusable:
    if len(text) > MOST_DIGITS:
        return Unusable(f"a number of {len(text)} characters; at most {MOST_DIGITS} can be used")
    value = Decimal(text)
    if abs(value.adjusted()) > MOST_DIGITS:
        return Unusable(f"{text} has too great an exponent")
    return value


_OTHER_READING = re.compile(r"[0-9]+(:[0-5]?[0-9])+(\.[0-9]*)?|[0-9]{4}-[0-9]{1,2}-[0-9]{1,2}([Tt ].*)?")


def is_misread(text: str) -> bool:
    """Whether a plain scalar is a text here, and a truth value, a number of base 60 or a date for tools of YAML 1.1."""
    is_text = isinstance(resolve(text), str)
    return is_text and (text.lower() in MISREAD or _OTHER_READING.fullmatch(text) is not None)


_COLON_AFTER_KEY = re.compile(r'"?[A-Za-z_$*][A-Za-z0-9_]*"?(：)')
_QUOTE_AT_START = re.compile(r"([“”‘’「])")
_COMMA_BETWEEN_NAMES = re.compile(r"[A-Za-z0-9_](，)\s*[-A-Za-z_]")
ASCII_FOR = {"：": ":", "，": ",", "“": '"', "”": '"', "‘": "'", "’": "'", "「": '"', "（": "(", "）": ")"}


def find_full_width(text: str, *, name: bool) -> int | None:
    """Where a plain scalar holds a full-width character that was meant for YAML. `name` says that it stands where names
    stand, as a key or in a list.
    """
    if text.isascii():
        return None
    patterns = (_COLON_AFTER_KEY, _QUOTE_AT_START)
    for pattern in patterns:
        found = pattern.match(text)
        if found:
            return found.start(1)
    between = _COMMA_BETWEEN_NAMES.search(text) if name else None
    return between.start(1) if between else None
