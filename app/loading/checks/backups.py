"""Backups: the folders that they are kept in take no secret of the environment along."""

from __future__ import annotations

import re
from collections.abc import Iterator

from app.delivery.variables import why_not_of_backups
from app.diagnostics import Diagnostic, diagnostic
from app.loading.checks.subject import Subject

_VARIABLE = re.compile(r"\$\{env:([A-Z][A-Z0-9_]*)\}")


def check(subject: Subject) -> Iterator[Diagnostic]:
    """Every variable that a folder of backups.yaml names."""
    path = ("backups", "to")
    for folder in subject.catalog.backups.to if subject.has(*path) else ():
        why = next(filter(None, map(why_not_of_backups, _VARIABLE.findall(folder))), None)
        if why is not None:
            hint = "name a variable of its own: `${env:CRM_BACKUP_DIR}`"
            yield diagnostic("CFG497", why, subject.place(*path), path=path, hint=hint)
