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
            yield diagnostic("CFG443", message, old.span, path=where)
        other = first.setdefault((path[:-1], str(old.text)), old)
        if other is not old:
            message = f"two things can't both have been '{old.text}'"
            yield diagnostic("CFG443", message, old.span, path=where, hint=f"the other one says so in {other.span}")
