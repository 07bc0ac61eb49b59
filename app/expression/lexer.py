"""Text to tokens."""

from __future__ import annotations

import re
import unicodedata
from decimal import Decimal
from typing import Any, Literal, NamedTuple

from app.expression.problem import BadExpression, Problem

LONGEST_SOURCE = 2_000
MOST_DIGITS = 18
Kind = Literal["number", "text", "name", "sign", "end"]
WORDS = frozenset({"and", "or", "not", "in", "has", "true", "false", "null", "where"})

_TOKEN = re.compile(
    r"""[ \t\r\n\u00a0\u3000]*(?:
        (?P<number>[0-9]+(?:\.[0-9]+)?)
      | (?P<name>[A-Za-z_][A-Za-z0-9_]*)
      | (?P<quote>["'])
      | (?P<sign>==|!=|<=|>=|&&|\|\||[-+*/<>(),.\[\]!])
      | (?P<end>\Z)
    )""",
    re.VERBOSE,
)
_BLANK = re.compile(r"[ \t\r\n\u00a0\u3000]*")
_ESCAPES = {"n": "\n", "t": "\t", "\\": "\\", '"': '"', "'": "'"}
_PLAIN_TEXT = {quote: re.compile(rf"{quote}([^{quote}\\]*){quote}") for quote in ("'", '"')}
_SAME = {"&&": "and", "||": "or", "!": "not"}
_FULL_WIDTH = {
    "（": "(", "）": ")", "，": ",", "＝": "=", "“": '"', "”": '"', "‘": "'", "’": "'", "＞": ">", "＜": "<", "！": "!",
    "＋": "+", "－": "-", "＊": "*", "／": "/", "．": ".", "：": ":", "【": "[", "】": "]", "［": "[", "］": "]", "、": ",",
    "；": ";", "《": "<", "》": ">", "≥": ">=", "≤": "<=", "≠": "!=", "×": "*", "÷": "/", "。": ".",
}  # fmt: skip


class Token(NamedTuple):
    """A piece of the source. `value` is a Decimal or int, the meant text, or the name or sign itself."""

    kind: Kind
    value: Any
    start: int
    end: int

    def is_sign(self, *signs: str) -> bool:
        """Whether it is one of these signs or words."""
        return self.kind == "sign" and self.value in signs


def tokens_of(source: str) -> list[Token]:
    """The tokens of a source, with one of kind `end` behind them. Raises BadExpression."""
    if len(source) > LONGEST_SOURCE:
        message = f"an expression of {len(source):,} characters; at most {LONGEST_SOURCE:,} can be used"
        raise BadExpression(Problem("EXP108", message, 0, 1, "store a part of it as a formula field"))
    found: list[Token] = []
    at, match_at = 0, _TOKEN.match
    while True:
        match = match_at(source, at)
        if match is None:
            raise BadExpression(_unreadable(source, _BLANK.match(source, at).end()))  # type: ignore[union-attr]
        kind = match.lastgroup
        start, at = match.span(kind or 0)
        if kind == "name":
            name = match[kind]
            found.append(Token("sign" if name in WORDS else "name", name, start, at))
        elif kind == "sign":
            sign = match[kind]
            found.append(Token("sign", _SAME.get(sign, sign), start, at))
        elif kind == "number":
            found.append(Token("number", _number(match[kind], start, at), start, at))
        elif kind == "quote":
            at, text = _text(source, start)
            found.append(Token("text", text, start, at))
        else:
            found.append(Token("end", "", start, start))
            return found


def _number(text: str, start: int, end: int) -> int | Decimal:
    if len(text.replace(".", "")) > MOST_DIGITS:
        message = f"a number of {len(text.replace('.', ''))} digits; at most {MOST_DIGITS} can be used"
        raise BadExpression(Problem("EXP108", message, start, end))
    return Decimal(text) if "." in text else int(text)


def _text(source: str, start: int) -> tuple[int, str]:
    """The end of the text that begins with a quote, and what it means."""
    quote = source[start]
    plain = _PLAIN_TEXT[quote].match(source, start)
    if plain is not None:
        return plain.end(), unicodedata.normalize("NFC", plain[1])
    found: list[str] = []
    at = start + 1
    while at < len(source):
        sign = source[at]
        if sign == quote:
            return at + 1, unicodedata.normalize("NFC", "".join(found))
        if sign == "\\":
            follows = source[at + 1 : at + 2]
            if follows not in _ESCAPES or not follows:
                message = f"'\\{follows}' means nothing in a text"
                raise BadExpression(Problem("EXP101", message, at, at + 2, "write a backslash as `\\\\`"))
            found.append(_ESCAPES[follows])
            at += 2
            continue
        found.append(sign)
        at += 1
    hint = f"add {quote} behind it"
    raise BadExpression(Problem("EXP101", "a text that begins here has no end", start, len(source), hint))


def _unreadable(source: str, at: int) -> Problem:
    sign = source[at]
    if sign in _FULL_WIDTH:
        return Problem("EXP110", f"'{sign}' is a full-width sign", at, at + 1, f"write `{_FULL_WIDTH[sign]}` instead")
    hint = None
    if sign == "=":
        hint = "compare with `==`"
    elif sign in "?:":
        hint = "write `if(condition, then, otherwise)`"
    elif sign == "%":
        hint = "a percent field holds 15 for 15 %: divide by 100"
    elif sign in "{}$":
        hint = "name a field as it is written in YAML, without braces"
    elif sign.isalpha():
        hint = "put texts and option names into quotes"
    shown = sign if sign.isprintable() else f"U+{ord(sign):04X}"
    return Problem("EXP101", f"'{shown}' means nothing here", at, at + 1, hint)
