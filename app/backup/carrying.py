"""The contents of files in a backup: read once, compared with their names; those that are lost do not void the rest."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import IO

import sqlalchemy as sa

from app.backup.parts import FILES, Manifest, PartWriter, chunks_of
from app.backup.refused import BackupRefused
from app.files import Contents
from app.frozen import dataclass
from app.orm import framework
from app.orm.store import Store

_SHOWN = 3
_FILE = framework.file.c


@dataclass(frozen=True)
class Lost:
    """Digests of contents that a backup can't hold: those that are not there, those that can't be read or were altered."""

    missing: frozenset[str] = frozenset()
    damaged: frozenset[str] = frozenset()

    @property
    def every(self) -> frozenset[str]:
        """All of them."""
        return self.missing | self.damaged

    def since(self, before: frozenset[str]) -> Lost:
        """Those that were not lost before."""
        return Lost(self.missing - before, self.damaged - before)

    def refuse(self, name: str) -> None:
        """Raises BackupRefused where there are any: the backup of that id stands without them."""
        if not self.every:
            return
        some = ", ".join(each[:12] for each in sorted(self.every)[:_SHOWN])
        raise BackupRefused(
            f"backup {name} was made, but {len(self.missing)} contents of files are missing and {len(self.damaged)} are "
            f"altered or can't be read ({some}): is the folder of files there? `crm doctor` names them",
            f"备份 {name} 已生成，但有 {len(self.missing)} 份文件内容缺失、{len(self.damaged)} 份被改动或无法读取（{some}）："
            "请检查文件目录是否可用，`crm doctor` 可列出这些文件",
        )


def lost_of(manifest: Manifest) -> Lost:
    """What a backup could not hold."""
    return Lost(frozenset(manifest.missing), frozenset(manifest.damaged))


def named_still(store: Store, digests: frozenset[str]) -> list[str]:
    """Those of the digests that files of records name: an increment carries what its base lacks, while somebody needs it."""
    if not digests:
        return []
    query = sa.select(_FILE.sha256, _FILE.thumbnail).where(_FILE.record.is_not(None))
    with store.system_reading() as connection:
        named = {digest for row in connection.execute(query) for digest in row}
    return sorted(digests & named)


def write_contents(writer: PartWriter, contents: Contents, digests: Iterable[str]) -> Lost:
    """Adds the contents. One that differs from its name is marked as damaged: its part is there, and is not restored."""
    missing: set[str] = set()
    damaged: set[str] = set()
    for digest in digests:
        try:
            stream = contents.open(digest)
        except FileNotFoundError:
            missing.add(digest)
        except OSError:
            damaged.add(digest)
        else:
            with stream:
                writer.add(FILES + digest, _readable(stream))
            if writer.parts[-1].sha256 != digest:
                damaged.add(digest)
    return Lost(frozenset(missing), frozenset(damaged))


def _readable(stream: IO[bytes]) -> Iterator[bytes]:
    """What can be read: a disk that fails ends the part, which then differs from its name."""
    chunks = chunks_of(stream)
    while True:
        try:
            some = next(chunks, None)
        except OSError:
            return
        if some is None:
            return
        yield some
