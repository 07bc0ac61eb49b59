"""Finds the name that someone meant."""

from __future__ import annotations

from collections.abc import Iterable

from app.diagnostics.span import Span


def nearest(name: str, names: Iterable[str]) -> str | None:
    """The name most like `name`, or None when none is alike."""
    known = [each for each in names if each != name]
    lower = {each.lower(): each for each in reversed(known)}
    wanted = name[:80].lower()
    if wanted in lower:
        return lower[wanted]
    import difflib  # only where a name is wrong

    found = difflib.get_close_matches(wanted, lower, n=1, cutoff=0.6)
    return lower[found[0]] if found else None


def did_you_mean(name: str | None, span: Span | None = None) -> str | None:
    """The hint that offers a name, with the place where it is defined."""
    if name is None:
        return None
    return f"did you mean '{name}'?" + (f" ({span})" if span else "")
