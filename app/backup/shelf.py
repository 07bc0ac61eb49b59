"""The backups that there are: files in folders, of which each may hold a copy, with what came of verifying them beside."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Iterator, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

from app.backup.refused import BackupRefused
from app.backup.seal import Head, read_head
from app.definition import Text

SUFFIX = ".tenon"
ASIDE = ".part"
_NAME = re.compile(r"(?P<id>\d{8}-\d{6}-[0-9a-f]{6})\.(full|incremental)\.tenon")
_VERDICT = ".verified.json"


@dataclass(frozen=True)
class Verdict:
    """What came of restoring a backup into a scratch place: whether all was well, and in words what was found."""

    at: dt.datetime
    well: bool
    words: Text


@dataclass(frozen=True)
class Backup:
    """One backup, with the paths of its copies. `size` in bytes."""

    head: Head
    created: dt.datetime
    size: int
    paths: tuple[Path, ...]
    verdict: Verdict | None = None

    @property
    def id(self) -> str:
        return self.head.id

    @property
    def is_full(self) -> bool:
        return self.head.kind == "full"

    @property
    def verified(self) -> dt.datetime | None:
        """When it was found to be restorable; None where it was not tried, or failed."""
        return self.verdict.at if self.verdict is not None and self.verdict.well else None

    @property
    def is_bad(self) -> bool:
        """Whether it was tried and failed."""
        return self.verdict is not None and not self.verdict.well


@dataclass(frozen=True)
class Shelf:
    """Folders of backups; one that does not exist holds none."""

    folders: tuple[Path, ...]

    def every(self) -> list[Backup]:
        """All backups, oldest first. What is not there whole, as far as its ends show, is not among them."""
        found: dict[str, Backup] = {}
        for path in self._files():
            backup = _read(path)
            if backup is None:
                continue
            known = found.get(backup.id)
            found[backup.id] = (
                backup
                if known is None
                else replace(known, paths=(*known.paths, path), verdict=known.verdict or backup.verdict)
            )
        return sorted(found.values(), key=lambda each: (each.created, each.id))

    def broken(self) -> list[str]:
        """What is wrong with files that are named as backups are, but can't be."""
        wrong: list[str] = []
        for path in self._files():
            try:
                read_head(path)
            except BackupRefused as refused:
                wrong.append(str(refused))
        return wrong

    def get(self, name: str) -> Backup:
        """The backup of that id, or `latest`. Raises BackupRefused."""
        every = self.every()
        found = every[-1:] if name == "latest" else [each for each in every if each.id == name]
        if not found:
            self._refuse_unknown(name, every)
        return found[0]

    def chain(self, backup: Backup) -> list[Backup]:
        """The full backup that it builds on, what lies between, and itself. Raises BackupRefused where one is missing."""
        every = {each.id: each for each in self.every()}
        found = [backup]
        while (previous := found[0].head.previous) is not None:
            if previous not in every or len(found) > len(every):
                raise BackupRefused(
                    f"{backup.id} builds on {previous}, which is not in {self._named()}",
                    f"备份 {backup.id} 依赖 {previous}，但在 {self._named()} 中找不到",
                )
            found.insert(0, every[previous])
        return found

    def judge(self, backup: Backup, verdict: Verdict) -> None:
        """Keeps what came of verifying a backup beside each of its copies."""
        stated = {"at": verdict.at.isoformat(), "well": verdict.well, "words": dict(verdict.words.by_language)}
        for path in backup.paths:
            aside = path.with_name(f".{backup.id}{_VERDICT}{ASIDE}")
            aside.write_text(json.dumps(stated, ensure_ascii=False), "utf-8")
            aside.replace(_verdict_of(path))

    def remove(self, backups: Sequence[Backup]) -> None:
        """Removes backups, what builds on others first."""
        for backup in sorted(backups, key=lambda each: (each.created, each.id), reverse=True):
            for path in backup.paths:
                path.unlink(missing_ok=True)
                _verdict_of(path).unlink(missing_ok=True)

    def sweep(self) -> int:
        """Removes what was written aside by a program that was ended before it was whole."""
        left = [each for folder in self.folders for each in folder.glob(f".*{ASIDE}")]
        for each in left:
            each.unlink(missing_ok=True)
        return len(left)

    def _files(self) -> Iterator[Path]:
        for folder in self.folders:
            if folder.is_dir():
                yield from (path for path in sorted(folder.iterdir()) if _NAME.fullmatch(path.name))

    def _named(self) -> str:
        return ", ".join(map(str, self.folders))

    def _refuse_unknown(self, name: str, every: Sequence[Backup]) -> None:
        if not every:
            raise BackupRefused(f"there is no backup in {self._named()}", f"{self._named()} 中没有备份")
        raise BackupRefused(
            f"there is no backup {name}: the newest is {every[-1].id} (`crm backup list` shows all)",
            f"没有备份 {name}：最新的是 {every[-1].id}（`crm backup list` 可列出全部）",
        )


def file_name(head: Head) -> str:
    """The name of a backup's file."""
    return f"{head.id}.{head.kind}{SUFFIX}"


def _read(path: Path) -> Backup | None:
    try:
        head = read_head(path)
        size = path.stat().st_size
    except (BackupRefused, FileNotFoundError):
        return None
    if file_name(head) != path.name:
        return None
    return Backup(head, dt.datetime.fromisoformat(head.created), size, (path,), _read_verdict(_verdict_of(path)))


def _verdict_of(path: Path) -> Path:
    return path.with_name(path.name.split(".", 1)[0] + _VERDICT)


def _read_verdict(path: Path) -> Verdict | None:
    try:
        stated = json.loads(path.read_text("utf-8"))
        return Verdict(dt.datetime.fromisoformat(stated["at"]), bool(stated["well"]), Text(stated["words"]))
    except (OSError, ValueError, KeyError, TypeError):
        return None  # it is not known, then


def sync_folder(folder: Path) -> None:
    """Brings the names in a folder to the disk."""
    descriptor = os.open(folder, os.O_RDONLY)
    try:
        os.fsync(descriptor)
    finally:
        os.close(descriptor)
