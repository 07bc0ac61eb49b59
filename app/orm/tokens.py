"""Words that a text is found by, and the words that a query asks for.

Chinese is cut into pairs of characters (a query of two or more characters asks for its pairs, of one for any pair that
begins with it), and found by the initials of its pinyin too. Everything else is cut into words and found by their
beginnings; long numbers also by their last eight and four digits, Chinese ones also without their country code.
"""

from __future__ import annotations

import re
import unicodedata
from functools import lru_cache

from app.frozen import dataclass
from app.orm.sort_key import pinyin

_HAN = "\u3400-\u9fff"
_RUN = re.compile(rf"[{_HAN}]+|[^\W_{_HAN}]+")
_LONG_NUMBER = 7
_LONG_CHINESE = 13  # digits of a mobile in E.164 form; people type the eleven after 86
_LONGEST_NAME = 40  # characters of Chinese that are worth their pinyin: names, not prose
_LONGEST_WORD = 40


@dataclass(frozen=True)
class Word:
    """A word that a query asks for; `prefix` when longer words that begin with it count too."""

    text: str
    prefix: bool


def tokens_of(text: str) -> set[str]:
    """The words under which a text is kept: lower-case letters and digits only, so that they need no quoting."""
    found: set[str] = set()
    for run in _runs(text):
        found.update(_pairs(run) if _is_han(run) else _words(run))
        if _is_han(run) and len(run) <= _LONGEST_NAME:
            found.update(_pinyin_words(run))
    return found


def words_of_query(query: str) -> tuple[Word, ...]:
    """The words that a record must all have to be found. Empty when the query has no letter or digit."""
    found: list[Word] = []
    for run in _runs(query):
        if not _is_han(run):
            found.append(Word(run[:_LONGEST_WORD], prefix=True))
        elif len(run) == 1:
            found.append(Word(run, prefix=True))
        else:
            found.extend(Word(run[at : at + 2], prefix=False) for at in range(len(run) - 1))
    return tuple(dict.fromkeys(found))


def _runs(text: str) -> list[str]:
    folded = text.lower() if text.isascii() else unicodedata.normalize("NFKD", text).casefold().translate(_MARKS)
    return _RUN.findall(folded)


class _Marks(dict[int, int | None]):
    """Takes accents off: what becomes of a character, worked out when it is first met."""

    def __missing__(self, code: int) -> int | None:
        found = self[code] = None if unicodedata.combining(chr(code)) else code
        return found


_MARKS = _Marks()


def _is_han(run: str) -> bool:
    return "\u3400" <= run[0] <= "\u9fff"


def _pairs(run: str) -> list[str]:
    return [run[at : at + 2] for at in range(len(run))]  # the last is one character alone


def _words(run: str) -> tuple[str, ...]:
    whole = run[:_LONGEST_WORD]
    if not run.isdigit() or len(run) < _LONG_NUMBER:
        return (whole,)
    local = (run[2:],) if len(run) == _LONG_CHINESE and run.startswith("86") else ()
    return (whole, *local, run[-8:], run[-4:])


@lru_cache(maxsize=8_192)
def _pinyin_words(run: str) -> tuple[str, ...]:
    syllables = [pinyin(each) for each in run]
    initials = "".join(each[0] for each in syllables)
    return (*(initials[at:] for at in range(max(len(initials) - 1, 1))), "".join(syllables)[:_LONGEST_WORD])


def initials_of_words(text: str) -> str:
    """The first letters of the words of a text and of the pinyin of its Chinese: `客户` gives `kh`, `Service levels` `sl`."""
    return "".join(
        "".join(pinyin(each)[:1] for each in word) if word[0] > "\u2e7f" else word[0] for word in text.split()
    ).casefold()
