"""Old names: each is one that nothing has any more, and that one thing had."""

from __future__ import annotations

from collections.abc import Iterator

from app.diagnostics import Diagnostic, diagnostic
from app.loading.aliases import OLD_NAME, renamed_things
from app.loading.checks.subject import Subject
from app.loading.node import Node, Path


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every `renamed_from`."""
    first: dict[tuple[Path, str], Node] = {}
    for path, old in renamed_things(subject.tree):
        where = (*path, OLD_NAME)
        if subject.has(*path[:-1], str(old.text)):
            message = f"'{path[-1]}' can't have been '{old.text}': there still is one of that name"
            yield diagnostic("CFG443", message, old.span, path=where, hint=_in_two(subject, path, str(old.text)))
        other = first.setdefault((path[:-1], str(old.text)), old)
        if other is not old:
            message = f"two things can't both have been '{old.text}'"
            yield diagnostic("CFG443", message, old.span, path=where, hint=f"the other one says so in {other.span}")


def _in_two(subject: Subject, path: Path, old: str) -> str | None:
    """What to do where a name passes from one thing to the next, or two things swap theirs."""
    if not subject.has(*path[:-1], old, OLD_NAME):
        return None
    return (
        f"names can't be swapped or passed on in one apply: give '{old}' a free name by `{OLD_NAME}` and apply that; then "
        f"rename '{path[-1]}'"
    )
