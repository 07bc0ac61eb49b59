"""Writing one file into several folders at once. A folder that fails is left behind; the others go on."""

from __future__ import annotations

import os
from pathlib import Path
from types import TracebackType
from typing import IO, BinaryIO, Self, cast

from app.backup.refused import BackupRefused, words_of
from app.backup.seal import Head
from app.backup.shelf import ASIDE, aside_of, file_name, sync_folder


class Folders:
    """The file of one backup in each folder, aside until it is whole. Raises BackupRefused when no folder takes it."""

    def __init__(self, folders: tuple[Path, ...], head: Head) -> None:
        self._folders, self._name = folders, file_name(head)
        self._aside = f"{aside_of(head)}{ASIDE}"
        self._streams: dict[Path, IO[bytes]] = {}
        self._failures: dict[Path, OSError] = {}
        self._position = 0

    def __enter__(self) -> Self:
        return self

    def __exit__(
        self, kind: type[BaseException] | None, error: BaseException | None, trace: TracebackType | None
    ) -> None:
        for folder, stream in self._streams.items():
            stream.close()
            (folder / self._aside).unlink(missing_ok=True)
        self._streams.clear()

    @property
    def stream(self) -> BinaryIO:
        """What writes into all of them."""
        for folder in self._folders:
            try:
                folder.mkdir(parents=True, exist_ok=True, mode=0o700)
                stream = (folder / self._aside).open("xb")
                (folder / self._aside).chmod(0o600)
            except OSError as error:
                self._fail(folder, error)
            else:
                self._streams[folder] = stream
        self._need_one()
        return cast("BinaryIO", self)

    def write(self, some: bytes) -> int:
        """As a stream's."""
        for folder, stream in list(self._streams.items()):
            try:
                stream.write(some)
            except OSError as error:
                self._drop(folder, error)
        self._need_one()
        self._position += len(some)
        return len(some)

    def tell(self) -> int:
        """As a stream's."""
        return self._position

    def publish(self) -> None:
        """Brings the file to the disk and gives it its name, folder by folder."""
        for folder, stream in list(self._streams.items()):
            try:
                stream.flush()
                os.fsync(stream.fileno())
                stream.close()
                (folder / self._aside).rename(folder / self._name)
                sync_folder(folder)
            except OSError as error:
                self._drop(folder, error)
        self._need_one()
        self._streams.clear()

    def raise_failures(self) -> None:
        """Raises BackupRefused where a folder failed."""
        if self._failures:
            raise BackupRefused(
                f"{self._told('en')}. The other folders have the backup", f"{self._told('zh')}。其他目录已保存该备份"
            )

    def _drop(self, folder: Path, error: OSError) -> None:
        stream = self._streams.pop(folder)
        try:
            stream.close()
        except OSError as closing:
            error.add_note(str(closing))
        self._fail(folder, error)
        try:
            (folder / self._aside).unlink(missing_ok=True)
        except OSError as left:
            error.add_note(str(left))

    def _fail(self, folder: Path, error: OSError) -> None:
        self._failures[folder] = error

    def _need_one(self) -> None:
        if not self._streams:
            raise BackupRefused(
                f"{self._told('en')}. No backup was made; the last one stands",
                f"{self._told('zh')}。本次未生成备份，已有备份不受影响",
            )

    def _told(self, language: str) -> str:
        words = {folder: words_of(error) for folder, error in self._failures.items()}
        if language == "en":
            return "; ".join(f"{folder} can't be written: {why}" for folder, why in words.items())
        return "；".join(f"无法写入 {folder}：{why}" for folder, why in words.items())
