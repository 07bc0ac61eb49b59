"""The language of a request, and the texts of the screens in it."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Literal

from app.web.texts import TABLES

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
_COLUMN = {language: index for index, language in enumerate(LANGUAGES)}


def merged(tables: Iterable[Mapping[str, tuple[str, str]]]) -> dict[str, tuple[str, str]]:
    """One table of all. Raises ValueError for a key that two tables define."""
    texts: dict[str, tuple[str, str]] = {}
    for table in tables:
        twice = texts.keys() & table.keys()
        if twice:
            raise ValueError(f"defined twice: {', '.join(sorted(twice))}")
        texts.update(table)
    return texts


TEXTS = merged(TABLES)


def text_in(language: str, key: str, **params: object) -> str:
    """The text of `key` in a language, with its parameters. Raises KeyError for an unknown key or parameter."""
    text = TEXTS[key][_COLUMN.get(language, 0)]  # type: ignore[call-overload]
    return str(text.format(**params)) if params else str(text)


def t(key: str, **params: object) -> str:
    """The text of `key` in the language of the request. Raises KeyError for an unknown key or parameter."""
    from app.web import context

    return text_in(context.current().language, key, **params)


def best_language(accepted: Sequence[str], languages: Sequence[str]) -> Language:
    """Of the pack's languages the one that the browser likes best (`accepted`, best first), else the pack's first."""
    offered = [language for language in languages if language in _COLUMN] or list(LANGUAGES)
    for wish in accepted:
        primary = wish.lower().split("-", 1)[0].split("_", 1)[0]
        if primary in offered:
            return as_language(primary)
    return as_language(offered[0])


def as_language(text: str | None) -> Language:
    """The language of that code; English for an unknown one."""
    return "zh" if text == "zh" else "en"
