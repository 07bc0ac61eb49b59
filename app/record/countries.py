"""Countries by the codes of ISO 3166-1."""

from __future__ import annotations

from collections.abc import Mapping
from functools import lru_cache

from babel import Locale


@lru_cache(maxsize=8)
def country_names(language: str) -> Mapping[str, str]:
    """The codes of countries and territories with their names in a language."""
    names = Locale.parse("zh_Hans" if language == "zh" else language).territories
    return {code: str(name) for code, name in names.items() if len(code) == 2 and code not in {"ZZ", "EU", "UN", "EZ"}}


def country_code(text: str) -> str | None:
    """The code that a text is, or that it names in English or Chinese; None for no country."""
    return _codes().get(text.casefold())


@lru_cache(maxsize=1)
def _codes() -> Mapping[str, str]:
    names = {name.casefold(): code for language in ("en", "zh") for code, name in country_names(language).items()}
    usual = {"中华人民共和国": "CN", "usa": "US", "uk": "GB"}
    return {**names, **usual, **{code.casefold(): code for code in country_names("en")}}
