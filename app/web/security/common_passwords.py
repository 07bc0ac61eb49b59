"""Passwords that are guessed first. The words are in `common_passwords.txt`; what is made of them follows rules.

People put a year or a few digits behind a common word, write @ for a, and run along the keyboard: a list of whole passwords
would hold none of these.
"""

from __future__ import annotations

import re
from functools import cache
from pathlib import Path

_LIST = Path(__file__).with_name("common_passwords.txt")
_LEET = str.maketrans("@4310!5$7", "aaeloisst")
_RUNS = ("01234567890", "qwertyuiop", "asdfghjkl", "zxcvbnm", "abcdefghijklmnopqrstuvwxyz", "1qaz2wsx3edc4rfv5tgb6yhn")
_SHORTEST_RUN = 4
_LONGEST_PIECE = 3  # again and again
_MOST_DIGITS = 4  # around a word: a year, a birthday; signs there hold nobody up either
_TAIL = re.compile(r"[\W\d_]+$")
_HEAD = re.compile(r"^[\W\d_]+")


def is_common(password: str) -> bool:
    """Whether a password is among the first that are guessed: a common one, a common word with a little around it, one that
    repeats itself, a run of keys.
    """
    low = password.lower()
    if low in _words() or len(set(low)) <= 2 or _is_repeated(low) or _is_run(low):
        return True
    return any(_is_decorated(each) for each in {low, low.translate(_LEET)})


def _is_decorated(low: str) -> bool:
    tail = _TAIL.search(low)
    core = low[: tail.start()] if tail else low
    head = _HEAD.match(core)
    core = core[head.end() :] if head else core
    around = (head.group() if head else "") + (tail.group() if tail else "")
    if not core:
        return False
    digits = "".join(each for each in around if each.isdigit())
    little = len(digits) <= _MOST_DIGITS or digits in _words() or _is_run(digits) or len(set(digits)) <= 1
    return little and (core in _words() or (_is_repeated(core) and _half(core) in _words()))


def _half(text: str) -> str:
    return next(
        (text[:size] for size in range(1, len(text) // 2 + 1) if text == text[:size] * (len(text) // size)), text
    )


def _is_repeated(text: str) -> bool:
    """Whether it is one short piece again and again."""
    piece = _half(text)
    return len(piece) < len(text) and len(piece) <= _LONGEST_PIECE


def _is_run(text: str) -> bool:
    """Whether it consists of runs of neighbours, forwards or backwards."""
    rest = text
    while len(rest) >= _SHORTEST_RUN:
        size = max((_run_at(rest, run) for each in _RUNS for run in (each, each[::-1])), default=0)
        if size < _SHORTEST_RUN:
            return False
        rest = rest[size:]
    return len(text) >= _SHORTEST_RUN and not rest


def _run_at(text: str, run: str) -> int:
    start = run.find(text[:_SHORTEST_RUN])
    if start < 0:
        return 0
    size = _SHORTEST_RUN
    while size < len(text) and run[start : start + size + 1] == text[: size + 1]:
        size += 1
    return size


@cache
def _words() -> frozenset[str]:
    lines = _LIST.read_text("utf-8").splitlines()
    return frozenset(word for line in lines if not line.startswith("#") for word in line.split())
