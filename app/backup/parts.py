"""What a backup holds: named parts, one after the other, compressed as one stream. The manifest says of each its size and
SHA-256, so that what is read is what was written, whatever reads it.
"""

from __future__ import annotations

import hashlib
import json
import re
import struct
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import asdict, field
from typing import IO, Any, cast

import zstandard

from app.backup.refused import damaged
from app.backup.seal import FRAME, SealedReader, SealedWriter
from app.frozen import dataclass

CHUNK = 256 * 1024
DATABASE, SECRET, FILES, ROWS, KEPT = "database", "secret_key", "files/", "rows/", "kept/"
_NAMES = re.compile(r"database|secret_key|files/[0-9a-f]{64}|(rows|kept)/[a-z][a-z0-9_]{0,62}")
_LEVEL = 3
_LONGEST_CHUNK = 4 * 1024 * 1024


@dataclass(frozen=True)
class Part:
    """A part as the manifest lists it; `size` in bytes before it was compressed."""

    name: str
    size: int
    sha256: str


@dataclass(frozen=True)
class Marks:
    """Up to where the database was read: all rows that bear a smaller or equal mark, or were journalled by then, are in."""

    changed_seq: int
    ids: Mapping[str, int]
    at: str
    """The moment, ISO in UTC."""


@dataclass(frozen=True)
class Witness:
    """The last line of the audit that was there: a database that does not have it is another, or an earlier one."""

    id: int
    digest: str


@dataclass(frozen=True)
class Manifest:
    """What a backup holds. `tables` gives for each table its count and a sum over keys and marks of all its rows, as they
    are once this backup is restored; `columns` those of the rows of an increment; `missing` contents that were lost
    before, `damaged` those that were not what their names say: neither is restored.
    """

    revision: int
    shape: str
    marks: Marks
    witness: Witness
    tables: Mapping[str, list[int]]
    parts: tuple[Part, ...]
    columns: Mapping[str, list[str]] = field(default_factory=dict)
    sequences: Mapping[str, int] = field(default_factory=dict)
    missing: tuple[str, ...] = ()
    damaged: tuple[str, ...] = ()

    def packed(self) -> bytes:
        """As it is kept."""
        return zstandard.compress(json.dumps(asdict(self), separators=(",", ":")).encode())


def read_manifest(reader: SealedReader) -> Manifest:
    """The manifest of a backup. Raises BackupRefused."""
    stated: dict[str, Any] = json.loads(zstandard.decompress(reader.manifest()))
    stated["marks"] = Marks(**stated["marks"])
    stated["witness"] = Witness(**stated["witness"])
    stated["parts"] = tuple(Part(**each) for each in stated["parts"])
    stated["missing"], stated["damaged"] = tuple(stated["missing"]), tuple(stated.get("damaged", ()))
    return Manifest(**stated)


class PartWriter:
    """Writes parts into the body of a backup."""

    def __init__(self, target: SealedWriter) -> None:
        self._target = target
        self._compress = zstandard.ZstdCompressor(level=_LEVEL).compressobj()
        self.parts: list[Part] = []

    def add(self, name: str, content: Iterable[bytes]) -> None:
        """Adds a part."""
        digest, size = hashlib.sha256(), 0
        encoded = name.encode()
        self._put(struct.pack(">H", len(encoded)) + encoded)
        for some in content:
            for at in range(0, len(some), _LONGEST_CHUNK):
                each = some[at : at + _LONGEST_CHUNK]
                self._put(struct.pack(">I", len(each)))
                self._put(each)
                digest.update(each)
                size += len(each)
        self._put(struct.pack(">I", 0))
        self.parts.append(Part(name, size, digest.hexdigest()))

    def end(self) -> None:
        """Ends the body: no part comes any more."""
        self._put(struct.pack(">H", 0))
        self._target.write(self._compress.flush())

    def _put(self, some: bytes) -> None:
        compressed = self._compress.compress(some)
        if compressed:
            self._target.write(compressed)


def read_parts(reader: SealedReader, manifest: Manifest) -> Iterator[tuple[str, Iterator[bytes]]]:
    """Each part with its content, which is to be read to its end before the next. Raises BackupRefused for anything that is
    not as the manifest says.
    """
    stream, name = _Plain(reader), reader.path.name
    for part in manifest.parts:
        length = stream.number(">H")
        found = stream.take(length).decode("utf-8", "replace")
        if found != part.name or not _NAMES.fullmatch(found):
            raise damaged(name, f"it holds a part {found!r} that its manifest does not name here", "所含内容与清单不符")
        yield part.name, _content(stream, part, name)
    if stream.number(">H") != 0:
        raise damaged(name, "it holds more than its manifest names", "所含内容多于清单")


def _content(stream: _Plain, part: Part, name: str) -> Iterator[bytes]:
    digest, size = hashlib.sha256(), 0
    while length := stream.number(">I"):
        if length > _LONGEST_CHUNK or size + length > part.size:
            raise damaged(name, f"{part.name} is longer than its manifest says", f"{part.name} 的长度与清单不符")
        some = stream.take(length)
        digest.update(some)
        size += length
        yield some
    if size != part.size or digest.hexdigest() != part.sha256:
        raise damaged(name, f"{part.name} is not what its manifest says", f"{part.name} 的内容与清单不符")


class _Plain:
    """The decompressed body, taken by lengths: never more of it is held than is asked for, whatever a frame expands to."""

    def __init__(self, reader: SealedReader) -> None:
        self._name = reader.path.name
        self._stream = zstandard.ZstdDecompressor().stream_reader(
            cast("IO[bytes]", _Frames(reader.body())), read_size=FRAME
        )

    def number(self, form: str) -> int:
        found: int = struct.unpack(form, self.take(struct.calcsize(form)))[0]
        return found

    def take(self, length: int) -> bytes:
        taken: list[bytes] = []
        while length:
            try:
                some = self._stream.read(length)
            except zstandard.ZstdError as error:
                raise damaged(self._name, "its content can't be decompressed", "内容无法解压") from error
            if not some:
                raise damaged(self._name, "its content ends too early", "内容提前结束")
            taken.append(some)
            length -= len(some)
        return taken[0] if len(taken) == 1 else b"".join(taken)


class _Frames:
    """Frames as a stream that is read one at a time."""

    def __init__(self, frames: Iterator[bytes]) -> None:
        self._frames = frames

    def read(self, _size: int = -1) -> bytes:
        return next(self._frames, b"")


def chunks_of(stream: IO[bytes]) -> Iterator[bytes]:
    """What a stream holds, in pieces."""
    while some := stream.read(CHUNK):
        yield some
