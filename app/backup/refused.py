"""Why a backup could not be made, read or restored."""

from __future__ import annotations

from app.definition import Text


class BackupRefused(RuntimeError):
    """What stands in the way, with the remedy, in both languages. Its text as an exception is the English one."""

    def __init__(self, en: str, zh: str) -> None:
        super().__init__(en)
        self.text = Text({"en": en, "zh": zh})


class WrongKey(BackupRefused):
    """The key that was given is not the one: the backup may be sound."""


def damaged(name: str, en: str, zh: str) -> BackupRefused:
    """A file that is not what was written."""
    return BackupRefused(
        f"{name} is damaged: {en}. Use another copy or an earlier backup.",
        f"备份 {name} 已损坏：{zh}。请使用其他副本或更早的备份。",
    )
