"""The texts of the screens in the language of the request."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

from app.web import context
from app.web.languages import LANGUAGES, Language, as_language, best_language
from app.web.texts import TABLES

__all__ = ["LANGUAGES", "TEXTS", "Language", "as_language", "best_language", "merged", "t", "text_in"]

_COLUMN: Mapping[str, int] = {language: index for index, language in enumerate(LANGUAGES)}


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
    text = TEXTS[key][_COLUMN.get(language, 0)]
    return text.format(**params) if params else text


def t(key: str, **params: object) -> str:
    """The text of `key` in the language of the request. Raises KeyError for an unknown key or parameter."""
    return text_in(context.current().language, key, **params)
