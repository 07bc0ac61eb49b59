"""What a code of a diagnostic is."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import Literal


@dataclass(frozen=True)
class Code:
    """A kind of problem. `title` and `help` are by language (`en`, `zh`)."""

    name: str
    severity: Literal["error", "warning", "note"]
    title: Mapping[str, str]
    help: Mapping[str, str]


def error(name: str, title: tuple[str, str], help_: tuple[str, str]) -> Code:
    """A problem that keeps a pack from being used."""
    return Code(name, "error", _by_language(title), _by_language(help_))


def warning(name: str, title: tuple[str, str], help_: tuple[str, str]) -> Code:
    """A problem that a pack can be used with."""
    return Code(name, "warning", _by_language(title), _by_language(help_))


def note(name: str, title: tuple[str, str], help_: tuple[str, str]) -> Code:
    """Something that the reader ought to know."""
    return Code(name, "note", _by_language(title), _by_language(help_))


def _by_language(texts: tuple[str, str]) -> Mapping[str, str]:
    return MappingProxyType(dict(zip(("en", "zh"), texts, strict=True)))
