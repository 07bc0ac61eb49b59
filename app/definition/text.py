"""Texts shown to people, one per language."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import field

from app.frozen import dataclass

ANY_LANGUAGE = "*"


@dataclass(frozen=True)
class Text:
    """A text by language code. The key `*` stands for every language that has no text of its own."""

    by_language: Mapping[str, str] = field(default_factory=dict)

    def in_language(self, language: str) -> str:
        """The text in `language`; else the one for all languages; else the first that exists; else ''."""
        texts = self.by_language
        found = texts.get(language) or texts.get(language.split("_")[0].split("-")[0]) or texts.get(ANY_LANGUAGE)
        return found or next(iter(texts.values()), "")

    def __bool__(self) -> bool:
        return bool(self.by_language)

    def __str__(self) -> str:
        return self.in_language("en")


def words(key: str) -> str:
    """A key as words, for a label that nobody wrote: `close_date` is "Close date"."""
    return key.replace("_", " ").capitalize()
