"""The backups that there are: files in folders, of which each may hold a copy, with what came of verifying them beside."""

from __future__ import annotations

import datetime as dt
import json
import os
import re
from collections.abc import Iterator, Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

from app.backup.refused import BackupRefused, words_of
from app.backup.seal import Head, read_head
from app.definition import Text
from app.frozen import dataclass

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
    """One backup, with the paths of its copies, and what came of verifying each. `size` in bytes."""

    head: Head
    created: dt.datetime
    size: int
    paths: tuple[Path, ...]
    verdicts: tuple[Verdict | None, ...] = ()

    @property
    def id(self) -> str:
        return self.head.id

    @property
    def is_full(self) -> bool:
        return self.head.kind == "full"

    @property
    def verdict(self) -> Verdict | None:
        """The best of its copies: one that can be restored is enough."""
        tried = [each for each in self.verdicts if each is not None]
        return max(tried, key=lambda each: (each.well, each.at), default=None)

    @property
    def bad_copies(self) -> tuple[Path, ...]:
        """The copies that were tried and failed."""
        found = zip(self.paths, self.verdicts, strict=False)
        return tuple(path for path, verdict in found if verdict is not None and not verdict.well)

    @property
    def verified(self) -> dt.datetime | None:
        """When it was found to be restorable; None where it was not tried, or failed."""
        return self.verdict.at if self.verdict is not None and self.verdict.well else None

    @property
    def is_bad(self) -> bool:
        """Whether it was tried and no copy of it is well."""
        return self.verdict is not None and not self.verdict.well


@dataclass(frozen=True)
class Shelf:
    """Folders of backups; one that does not exist holds none. With a deployment, `every` and the newest are its own alone."""

    folders: tuple[Path, ...]
    deployment: str | None = None

    def every(self) -> list[Backup]:
        """The deployment's backups, oldest first; all of them where none is said."""
        return [each for each in self._all() if self.deployment in (None, each.head.deployment)]

    def others(self) -> list[Backup]:
        """Those of other deployments, which are never touched."""
        return [each for each in self._all() if self.deployment not in (None, each.head.deployment)]

    def _all(self) -> list[Backup]:
        """What is not there whole, as far as its ends show, is not among them."""
        found: dict[str, Backup] = {}
        for path in self._files():
            backup = _read(path)
            if backup is None:
                continue
            known = found.get(backup.id)
            found[backup.id] = (
                backup
                if known is None
                else replace(known, paths=(*known.paths, path), verdicts=(*known.verdicts, *backup.verdicts))
            )
        return sorted(found.values(), key=lambda each: (each.created, each.id))

    def broken(self) -> list[str]:
        """What is wrong with files that are named as backups are, but can't be, and with folders that can't be read."""
        wrong = [f"{folder}: {words_of(error)}" for folder, error in self._closed()]
        for path in self._files():
            try:
                read_head(path)
            except BackupRefused as refused:
                wrong.append(str(refused))
        return wrong

    def get(self, name: str) -> Backup:
        """The backup of that id, whosever it is, or the deployment's `latest`. Raises BackupRefused."""
        every = self.every()
        found = every[-1:] if name == "latest" else [each for each in self._all() if each.id == name]
        if not found:
            self._refuse_unknown(name, every)
        if name == "latest" and len({each.head.deployment for each in every}) > 1:
            raise BackupRefused(
                f"{self._named()} holds backups of several companies: name the one by its id (`crm backup list`)",
                f"{self._named()} 中有多家公司的备份：请指定备份编号（见 `crm backup list`）",
            )
        return found[0]

    def chain(self, backup: Backup) -> list[Backup]:
        """The full backup that it builds on, what lies between, and itself. Raises BackupRefused where one is missing."""
        every = {each.id: each for each in self._all()}
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
        for path in backup.paths:
            self.judge_copy(backup, path, verdict)

    def judge_copy(self, backup: Backup, path: Path, verdict: Verdict) -> None:
        """Keeps what came of verifying one copy beside it; where nothing can be written, it was said at least."""
        stated = {"at": verdict.at.isoformat(), "well": verdict.well, "words": dict(verdict.words.by_language)}
        with suppress(OSError):
            aside = path.with_name(f"{aside_of(backup.head)}{_VERDICT}{ASIDE}")
            aside.write_text(json.dumps(stated, ensure_ascii=False), "utf-8")
            aside.replace(_verdict_of(path))

    def remove(self, backups: Sequence[Backup]) -> list[str]:
        """Removes backups, what builds on others first; what is wrong with copies that can't be removed."""
        wrong: list[str] = []
        for backup in sorted(backups, key=lambda each: (each.created, each.id), reverse=True):
            for path in backup.paths:
                try:
                    path.unlink(missing_ok=True)
                    _verdict_of(path).unlink(missing_ok=True)
                except OSError as error:
                    wrong.append(f"{path}: {words_of(error)}")
        return wrong

    def sweep(self) -> int:
        """Removes what a program of the deployment wrote aside, and was ended before it was whole."""
        own = f".{self.deployment}.*{ASIDE}" if self.deployment is not None else f".*{ASIDE}"
        gone = 0
        for folder in self.folders:
            with suppress(OSError):  # one that is away or closed is found so when it is written
                for each in folder.glob(own):
                    each.unlink(missing_ok=True)
                    gone += 1
        return gone

    def _files(self) -> Iterator[Path]:
        for folder in self.folders:
            with suppress(OSError):  # told by `broken`
                yield from (path for path in _inside(folder) if _NAME.fullmatch(path.name))

    def _closed(self) -> Iterator[tuple[Path, OSError]]:
        """Folders that are there and can't be read."""
        for folder in self.folders:
            try:
                _inside(folder)
            except OSError as error:
                yield folder, error

    def _named(self) -> str:
        return ", ".join(map(str, self.folders))

    def _refuse_unknown(self, name: str, every: Sequence[Backup]) -> None:
        others = self.others()
        if others and not every:
            raise BackupRefused(
                f"{self._named()} holds backups of other companies alone: name one by its id (`crm backup list`)",
                f"{self._named()} 中只有其他公司的备份：请指定备份编号（见 `crm backup list`）",
            )
        if not every:
            raise BackupRefused(f"there is no backup in {self._named()}", f"{self._named()} 中没有备份")
        raise BackupRefused(
            f"there is no backup {name}: the newest is {every[-1].id} (`crm backup list` shows all)",
            f"没有备份 {name}：最新的是 {every[-1].id}（`crm backup list` 可列出全部）",
        )


def file_name(head: Head) -> str:
    """The name of a backup's file."""
    return f"{head.id}.{head.kind}{SUFFIX}"


def aside_of(head: Head) -> str:
    """How the names of files begin that are written aside for a backup: nobody sweeps another deployment's."""
    return f".{head.deployment}.{head.id}"


def _inside(folder: Path) -> list[Path]:
    return sorted(folder.iterdir()) if folder.is_dir() else []


def _read(path: Path) -> Backup | None:
    try:
        head = read_head(path)
        size = path.stat().st_size
    except (BackupRefused, OSError):
        return None
    if file_name(head) != path.name:
        return None
    return Backup(head, dt.datetime.fromisoformat(head.created), size, (path,), (_read_verdict(_verdict_of(path)),))


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
