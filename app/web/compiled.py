"""Compiled templates, kept: in this process for each application that it builds, and on disk for the next start.

A list page needs five templates, and Jinja took a tenth of a second to compile them: at the first page of each worker, and
again at each revision that was taken up.
"""

from __future__ import annotations

import contextlib
import os
import stat
from importlib.metadata import version
from pathlib import Path
from types import CodeType

from jinja2.bccache import Bucket, BytecodeCache, FileSystemBytecodeCache

_in_process: dict[tuple[str, str], CodeType] = {}


class CompiledTemplates(BytecodeCache):
    """Jinja's cache of compiled templates over `folder`, which is made, for this user alone. Where it can't be made or another
    user may write there, nothing is kept on disk: what is read from it is run.
    """

    def __init__(self, folder: Path) -> None:
        self._disk = FileSystemBytecodeCache(str(folder), "%s") if _is_ours(folder) else None
        self._compiler = version("jinja2")

    def get_source_checksum(self, source: str) -> str:
        """As Jinja's; another release of Jinja may compile the same text to something else."""
        return super().get_source_checksum(f"{self._compiler}\n{source}")

    def load_bytecode(self, bucket: Bucket) -> None:
        bucket.code = _in_process.get((bucket.key, bucket.checksum))
        if bucket.code is not None or self._disk is None:
            return
        with contextlib.suppress(OSError):  # what can't be read is compiled
            self._disk.load_bytecode(bucket)
        _remember(bucket)

    def dump_bytecode(self, bucket: Bucket) -> None:
        _remember(bucket)
        if self._disk is not None:
            with contextlib.suppress(OSError):  # a full disk, a folder that went: the page is drawn all the same
                self._disk.dump_bytecode(bucket)


def _remember(bucket: Bucket) -> None:
    if bucket.code is not None:
        _in_process[bucket.key, bucket.checksum] = bucket.code


def _is_ours(folder: Path) -> bool:
    """Whether it is a folder that this user alone may write into; it is made where it is missing."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        found = folder.lstat()
    except OSError:
        return False
    return stat.S_ISDIR(found.st_mode) and found.st_uid == os.getuid() and not found.st_mode & 0o022
