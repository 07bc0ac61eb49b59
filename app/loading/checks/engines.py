"""What is written and well understood, but not carried out by this version: each such thing is told once."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject
from app.loading.wording import named

WAITING = {
    "automations": "it does not run yet",
    "approvals": "nobody is asked yet",
    "slas": "its clock does not run yet",
    "reviews": "it makes no tasks yet",
    "views": "it is not shown yet",
    "segments": "it leaves no tags yet",
    "reports": "it is not shown yet",
    "dashboards": "it is not shown yet",
    "templates": "nothing uses it yet",
    "forms": "it is not served yet",
    "imports": "it can't be chosen yet",
    "conversions": "it can't be started yet",
    "tests": "it does not run yet",
}
"""Kinds whose engine is not there, with what that means. With an engine its row goes."""


def check(subject: Subject, problems: Iterable[Diagnostic]) -> Iterator[Diagnostic]:
    """One warning for each thing of a kind that waits for its engine, and that has none of the problems."""
    wrong = {path[:2] for path in subject.cut}
    wrong.update(problem.path[:2] for problem in problems if problem.severity == "error")
    for folder, meaning in WAITING.items():
        for key, node in subject.tree.entries_at(folder).items():
            path = (folder, key)
            if path in wrong:
                continue
            yield diagnostic("CFG430", f"{named(path)} is understood, but {meaning}", node.head, path=path)
    backups = subject.tree.find("backups")
    if backups is not None and backups.entries:
        message = "backups.yaml is understood, but no backup is made by it yet"
        yield diagnostic("CFG430", message, backups.head, path=("backups",))
