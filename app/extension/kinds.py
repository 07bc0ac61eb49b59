"""The kinds of things that an extension registers."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any, Literal

from app.definition import Catalog, Text
from app.frozen import dataclass


@dataclass(frozen=True)
class Format:
    """How a text must be written, for fields with `format: name`.

    `read` takes a trimmed text that is not empty and returns it in its canonical form, or None when it is none.
    `message` is shown to staff when it is none; it has both languages.
    """

    name: str
    read: Callable[[str], str | None]
    message: Text


@dataclass(frozen=True)
class Finding:
    """What a check says. `path` leads to the place in the pack that is marked: ("entities", "account", "fields", "name")."""

    message: str
    path: tuple[str, ...] = ()
    severity: Literal["error", "warning"] = "error"
    hint: str | None = None


@dataclass(frozen=True)
class Check:
    """A check of packs, run by `crm check`, `plan` and `apply` beside the program's own."""

    name: str
    run: Callable[[Catalog], Iterable[Finding]]


@dataclass(frozen=True)
class Action:
    """What an automation does by `run: name`. `run` takes the values of `with:` by name, as JSON has them, and a key that names
    the act: it is the same at each attempt, and another one for each record and occasion. It is called outside of any
    transaction, at least once: again later where it raises, for three days.
    """

    name: str
    run: Callable[[Mapping[str, Any], str], None]
