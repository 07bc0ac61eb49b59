"""Backups: when, how many are kept, and where they go."""

from __future__ import annotations

from app.definition.attributes import attribute
from app.definition.grammars import Keep
from app.definition.schedule import Schedule
from app.frozen import dataclass


@dataclass(frozen=True, kw_only=True)
class BackupPlan(Schedule):
    """When one kind of backup is made, and for how long it is kept."""

    keep: Keep | None = attribute("Keep", "How long, or how many; without it all.", default=None)


@dataclass(frozen=True, kw_only=True)
class Verification(Schedule):
    """When the last backup is restored into a scratch place and compared."""


@dataclass(frozen=True, kw_only=True)
class Backups:
    """backups.yaml."""

    full: BackupPlan | None = attribute("Full", "Everything.", default=None)
    incremental: BackupPlan | None = attribute("Incremental", "What changed since the last.", default=None)
    verify: Verification | None = attribute("Verify", "Whether they can be restored.", default=None)
    encrypt: bool = attribute("Encrypt", "By the key in CRM_BACKUP_KEY.", default=True)
    to: tuple[str, ...] = attribute(
        "To", "Folders; `${env:NAME}` takes one from the environment.", default=(), lone=True,
        example=["${env:CRM_BACKUP_DIR}"],
    )  # fmt: skip
