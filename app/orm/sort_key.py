"""Sort keys: what a text is ordered by, equal on both databases and fit for keyset paging."""

from __future__ import annotations

import os
import unicodedata
from functools import lru_cache

SORT_KEY_BYTES = 64
_FIRST_HAN, _LAST_HAN = "\u3400", "\u9fff"


def sort_key(text: str) -> str:
    """The text folded (case, accents, width), Chinese as pinyin syllables; at most 64 bytes of UTF-8."""
    if text.isascii():
        return text.casefold()[:SORT_KEY_BYTES]
    plain = unicodedata.normalize("NFKD", text).casefold().translate(_SYLLABLES)
    return plain.encode()[:SORT_KEY_BYTES].decode(errors="ignore")


class _Syllables(dict[int, str | None]):
    """What becomes of a character, worked out when it is first met: accents go, Chinese becomes its reading."""

    def __missing__(self, code: int) -> str | None:
        character = chr(code)
        found: str | None = character
        if unicodedata.combining(character):
            found = None
        elif _FIRST_HAN <= character <= _LAST_HAN:
            found = pinyin(character) + " "
        self[code] = found
        return found


_SYLLABLES = _Syllables()


@lru_cache(maxsize=32_768)
def pinyin(character: str) -> str:
    """The usual reading of one Chinese character without tones; the character itself when none is known."""
    # Readings of phrases are of no use for one character, and take half a second and 45 MB to load.
    os.environ.setdefault("PYPINYIN_NO_PHRASES", "1")
    from pypinyin import Style, lazy_pinyin

    return str(lazy_pinyin(character, style=Style.NORMAL)[0])
