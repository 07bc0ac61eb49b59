"""Sort keys: what a text is ordered by, equal on both databases and fit for keyset paging."""

from __future__ import annotations

import unicodedata
from functools import lru_cache

SORT_KEY_BYTES = 64
_FIRST_HAN, _LAST_HAN = "\u3400", "\u9fff"


def sort_key(text: str) -> str:
    """The text folded (case, accents, width), Chinese as pinyin syllables; at most 64 bytes of UTF-8."""
    if text.isascii():
        return text.casefold()[:SORT_KEY_BYTES]
    folded = unicodedata.normalize("NFKD", text).casefold()
    plain = "".join(_syllable(each) for each in folded if not unicodedata.combining(each))
    return plain.encode()[:SORT_KEY_BYTES].decode(errors="ignore")


def _syllable(character: str) -> str:
    return pinyin(character) + " " if _FIRST_HAN <= character <= _LAST_HAN else character


@lru_cache(maxsize=32_768)
def pinyin(character: str) -> str:
    """The usual reading of one Chinese character without tones; the character itself when none is known."""
    from pypinyin import Style, lazy_pinyin

    return str(lazy_pinyin(character, style=Style.NORMAL)[0])
