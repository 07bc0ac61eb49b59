"""What is to be said about a place in the configuration."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from typing import Literal

from app.diagnostics.codes import CODES
from app.diagnostics.span import Span

Severity = Literal["error", "warning", "note"]


@dataclass(frozen=True)
class Diagnostic:
    """One problem (or note) at one place. `path` names the thing in the merged tree, where it is known."""

    code: str
    severity: Severity
    message: str
    span: Span
    path: tuple[str, ...] = ()
    hint: str | None = None


def diagnostic(
    code: str, message: str, span: Span, *, path: tuple[str, ...] = (), hint: str | None = None
) -> Diagnostic:
    """A diagnostic with the severity that its code has in the catalogue. Raises KeyError for an unknown code."""
    return Diagnostic(code, CODES[code].severity, message, span, path, hint)


def sort(diagnostics: Iterable[Diagnostic]) -> tuple[Diagnostic, ...]:
    """By file and position, each once."""
    unique = dict.fromkeys(diagnostics)
    return tuple(sorted(unique, key=lambda one: (one.span.file, one.span.line, one.span.column, one.code, one.message)))
