"""Tests of the configuration itself."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from types import MappingProxyType
from typing import ClassVar

from app.definition.attributes import attribute, key_attribute
from app.definition.values import Value


@dataclass(frozen=True, kw_only=True)
class Acting:
    """Who acts in a test: someone with a role, or a user."""

    alternatives: ClassVar[Mapping[str, tuple[str, ...]]] = MappingProxyType({"role": (), "user": ()})
    role: str | None = attribute("Role", "Someone who has it alone.", default=None, names="role")
    user: str | None = attribute("User", "By the login.", default=None)


@dataclass(frozen=True, kw_only=True)
class Case:
    """Rows that are there, what is done, and what must be the outcome. The three are free maps."""

    key: str = key_attribute("case")
    as_: Acting | None = attribute("As", "Who does it.", default=None)
    given: Mapping[str, Value] = attribute("Given", "Rows by entity and name.", default={}, names="entity")
    do: Mapping[str, Value] = attribute("Do", "One write, such as `{update: account.acme, set: {…}}`.", default={})
    expect: Mapping[str, Value] = attribute("Expect", "Values of rows, or `denied: code`.")


@dataclass(frozen=True, kw_only=True)
class PackTest:
    """Cases that `crm test` runs in memory."""

    key: str = key_attribute("test")
    now: str | None = attribute(
        "Now", "The moment at which the cases play.", default=None,
        pattern=r"^\d{4}-\d{2}-\d{2}(T\d{2}:\d{2}(:\d{2})?)?$", example="2026-06-30T09:00",
    )  # fmt: skip
    cases: Mapping[str, Case] = attribute("Cases", "Each stands for itself.")
