"""Why a backup could not be made, read or restored."""

from __future__ import annotations

import os
import sqlite3
from collections.abc import Iterator
from contextlib import contextmanager

import psycopg

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


def words_of(error: OSError) -> str:
    """What the system says, without numbers."""
    return os.strerror(error.errno) if error.errno else str(error)


@contextmanager
def in_words() -> Iterator[None]:
    """What disks and databases refuse becomes BackupRefused: whoever makes or restores a backup reads words."""
    try:
        yield
    except OSError as error:
        where = f"{error.filename}: " if error.filename is not None else ""
        raise BackupRefused(where + words_of(error), where + words_of(error)) from error
    except (sqlite3.Error, psycopg.Error) as error:
        words = str(error).strip()
        raise BackupRefused(f"the database refused: {words}", f"数据库拒绝了操作：{words}") from error
