"""Extensions: those that a pack names are loaded, and the checks that they registered run with the program's own."""

from __future__ import annotations

from collections.abc import Iterator

from app.diagnostics import Diagnostic, diagnostic, did_you_mean, nearest
from app.extension import Finding, loaded_modules, of_pack
from app.loading.checks.subject import Subject

CODES = {"error": "CFG490", "warning": "CFG491"}


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every extension that the pack names is one that the operator permits."""
    known = loaded_modules()
    for number, each in subject.items("pack", "extensions").items():
        name = str(each.value)
        if name not in known:
            path = ("pack", "extensions", number)
            hint = did_you_mean(nearest(name, known)) or f"who runs the server permits it by CRM_EXTENSIONS={name}"
            message = f"the extension '{name}' is not loaded"
            yield diagnostic("CFG492", message, each.span, path=path, hint=hint)


def findings(subject: Subject) -> Iterator[Diagnostic]:
    """What the checks of extensions find in a pack that has no errors."""
    for name, one in of_pack(subject.catalog.pack).checks.items():
        for finding in one.run(subject.catalog):
            yield _told(subject, name, finding)


def _told(subject: Subject, name: str, finding: Finding) -> Diagnostic:
    span = subject.head(*finding.path) if finding.path else subject.head("pack")
    code = CODES[finding.severity]
    return diagnostic(code, f"{name}: {finding.message}", span, path=finding.path, hint=finding.hint)
