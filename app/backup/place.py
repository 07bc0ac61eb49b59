"""Where the backups of a deployment are kept, and by which key: what the pack and the environment say together."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

from app.backup.refused import BackupRefused
from app.definition import Catalog
from app.definition.backup import Backups
from app.delivery.variables import why_not_of_backups
from app.frozen import dataclass
from app.settings import Settings

_VARIABLE = re.compile(r"\$\{env:([A-Z][A-Z0-9_]*)\}")
_OWN_VARIABLE = "CRM_BACKUP_DIR"
SCRATCH = "backup-scratch"


@dataclass(frozen=True)
class BackupPlace:
    """The folders, the first of which is written first; the plan of the pack; the settings with the key and the data folder."""

    folders: tuple[Path, ...]
    plan: Backups
    settings: Settings

    @property
    def scratch(self) -> Path:
        """Where copies lie while a backup is made or tried: beside the data, readable to nobody else."""
        return self.settings.data_dir / SCRATCH

    def get_key(self) -> str | None:
        """The key to make backups with; None where the plan does not encrypt them. Raises BackupRefused without one."""
        if not self.plan.encrypt:
            return None
        key = self.settings.find_backup_key()
        if key is None:
            raise BackupRefused(
                "CRM_BACKUP_KEY is not set, and backups are to be encrypted: `crm backup key` makes a key. "
                "Keep it apart from the backups: without it nobody can restore them",
                "尚未设置 CRM_BACKUP_KEY，无法加密备份：请用 `crm backup key` 生成密钥，并与备份分开保管；没有密钥将无法恢复",
            )
        return key


def place_of(settings: Settings, catalog: Catalog | None) -> BackupPlace:
    """The place of a deployment; without a catalog, for nothing is applied, what the environment alone says.

    Raises BackupRefused where the pack names a variable that is not set.
    """
    plan = catalog.backups if catalog is not None else Backups()
    folders = dict.fromkeys(_folders(settings, plan))
    return BackupPlace(tuple(folders), plan, settings)


def _folders(settings: Settings, plan: Backups) -> Iterator[Path]:
    if not plan.to:
        yield settings.backups_dir
    for stated in plan.to:
        if stated == f"${{env:{_OWN_VARIABLE}}}":
            yield settings.backups_dir
        else:
            yield Path(_VARIABLE.sub(_value, stated))


def _value(found: re.Match[str]) -> str:
    name = found[1]
    why = why_not_of_backups(name)
    if why is not None:  # of a revision that was applied before this was checked
        raise BackupRefused(why, f"备份目录不允许引用环境变量 {name}：其中可能是密钥")
    value = os.environ.get(name)
    if not value:
        raise BackupRefused(
            f"{name} is not set: backups.yaml keeps backups in the folder that it names",
            f"尚未设置环境变量 {name}：backups.yaml 用它指定备份目录",
        )
    return value
