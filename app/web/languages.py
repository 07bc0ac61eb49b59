"""The languages of the screens, and which of them a browser likes best."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Literal

Language = Literal["en", "zh"]
LANGUAGES: tuple[Language, ...] = ("en", "zh")
LANGUAGE_NAMES: Mapping[str, str] = {"en": "English", "zh": "中文"}  # each as its own readers call it


def best_language(accepted: Sequence[str], languages: Sequence[str]) -> Language:
    """Of the pack's languages the one that the browser likes best (`accepted`, best first), else the pack's first."""
    offered = [language for language in languages if language in LANGUAGES] or list(LANGUAGES)
    for wish in accepted:
        primary = wish.lower().split("-", 1)[0].split("_", 1)[0]
        if primary in offered:
            return as_language(primary)
    return as_language(offered[0])


def as_language(text: str | None) -> Language:
    """The language of that code; English for an unknown one."""
    return "zh" if text == "zh" else "en"
