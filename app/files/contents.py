"""Where contents are kept: each once, under the SHA-256 of itself, and never changed.

`Contents` is all that the program asks of a store; `FolderContents` keeps them in a folder. A content is written aside,
brought to the disk and renamed: it is there whole or not at all, before a row names it.
"""

from __future__ import annotations

import fcntl
import hashlib
import os
import re
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import BinaryIO, Protocol

CHUNK = 1024 * 1024
_DIGEST = re.compile(r"[0-9a-f]{64}")
_ASIDE = "aside"


class Contents(Protocol):
    """A store of contents. Digests are SHA-256 in hexadecimal."""

    def put(self, stream: BinaryIO) -> str:
        """Keeps what the stream holds from its start, durably; returns its digest."""

    def open(self, digest: str) -> BinaryIO:
        """The content, to be read and closed. Raises FileNotFoundError."""

    def delete(self, digest: str, before: float) -> bool:
        """Forgets a content unless it was put (again) at or after that moment, in seconds of the epoch."""

    def every(self) -> Iterator[tuple[str, float]]:
        """The digest of each content and the moment when it was put last."""


class FolderContents:
    """Contents as files of a folder, which is made when it is needed."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def put(self, stream: BinaryIO) -> str:
        """As `Contents.put`."""
        aside = self.folder / _ASIDE / secrets.token_hex(16)
        _make(aside.parent)
        stream.seek(0)
        try:
            digest = _write(stream, aside)
            path = self._path(digest)
            with self._lock(fcntl.LOCK_SH):  # a deletion that goes on must not meet a content that comes again
                if path.exists():
                    os.utime(path)
                else:
                    _make(path.parent)
                    aside.rename(path)
                    _sync_folder(path.parent)
        finally:
            aside.unlink(missing_ok=True)
        return digest

    def open(self, digest: str) -> BinaryIO:
        """As `Contents.open`."""
        return self._path(digest).open("rb")

    def delete(self, digest: str, before: float) -> bool:
        """As `Contents.delete`."""
        path = self._path(digest)
        with self._lock(fcntl.LOCK_EX):
            if not path.exists() or path.stat().st_mtime >= before:
                return False
            path.unlink()
            return True

    def every(self) -> Iterator[tuple[str, float]]:
        """As `Contents.every`."""
        for path in sorted(self.folder.glob("[0-9a-f][0-9a-f]/*")):
            if _DIGEST.fullmatch(path.name):
                yield path.name, path.stat().st_mtime

    def sweep(self, before: float) -> int:
        """Removes what was written aside before that moment and never got its name: its writer was killed."""
        left = [each for each in (self.folder / _ASIDE).glob("*") if each.stat().st_mtime < before]
        for each in left:
            each.unlink(missing_ok=True)
        return len(left)

    def _path(self, digest: str) -> Path:
        if not _DIGEST.fullmatch(digest):
            raise FileNotFoundError(digest)
        return self.folder / digest[:2] / digest

    @contextmanager
    def _lock(self, how: int) -> Iterator[None]:
        _make(self.folder)
        with (self.folder / "lock").open("a") as held:
            fcntl.flock(held, how)
            yield


def _make(folder: Path) -> None:
    """A folder that nobody else reads, nor the one around it, if it is made here."""
    folder.parent.mkdir(parents=True, exist_ok=True, mode=0o700)
    folder.mkdir(exist_ok=True, mode=0o700)


def digest_of(stream: BinaryIO) -> str:
    """The digest of what a stream holds from where it stands."""
    digest = hashlib.sha256()
    while part := stream.read(CHUNK):
        digest.update(part)
    return digest.hexdigest()


def _write(stream: BinaryIO, path: Path) -> str:
    digest = hashlib.sha256()
    with path.open("xb") as file:
        path.chmod(0o600)
        while part := stream.read(CHUNK):
            digest.update(part)
            file.write(part)
        file.flush()
        os.fsync(file.fileno())
    return digest.hexdigest()


def _sync_folder(folder: Path) -> None:
    """The new name itself is brought to the disk, and that of a new folder."""
    for each in (folder, folder.parent):
        descriptor = os.open(each, os.O_RDONLY)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
