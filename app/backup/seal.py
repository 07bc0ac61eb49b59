"""The file of a backup: a head that anybody may read, then sealed frames, of which none can be altered, moved or left out.

    b"TENONBK1"  u32 length  head (JSON)  SHA-256 of all before
    frames of the body:      u32 length  sealed bytes
    frames of the manifest:  u32 length  sealed bytes
    u64 where the manifest begins  b"TENONEND"

A frame holds at most FRAME bytes before it is sealed by AES-256-GCM. Its nonce is its section, its number and whether it
is the section's last; the digest of the head is authenticated with each. The key comes from CRM_BACKUP_KEY by scrypt with
a salt of the file's own, so no nonce is used twice under one key. GCM itself does not tell a wrong key from altered
bytes: scrypt gives a few more bytes, by which the head knows its key. Without encryption the seal is a keyless digest: it
finds accidents, not forgers.
"""

from __future__ import annotations

import hashlib
import hmac
import json
import os
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import asdict, field
from pathlib import Path
from typing import Any, BinaryIO, Literal, Protocol

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from app.backup.refused import BackupRefused, WrongKey, damaged, words_of
from app.frozen import dataclass

FORMAT = 1
MAGIC, END = b"TENONBK1", b"TENONEND"
FRAME = 1024 * 1024
BODY, MANIFEST = 0, 1
SHORTEST_KEY = 16  # characters
_LONGEST_HEAD = 64 * 1024
_TAG = 16
_TRAILER = struct.Struct(">Q8s")
_SCRYPT = {"n": 2**15, "r": 8, "p": 1}
_MOST_WORK = {"n": 2**17, "r": 16, "p": 4}  # what a head may ask for: it is not to be trusted yet

Kind = Literal["full", "incremental"]


@dataclass(frozen=True)
class Head:
    """What a file says of itself before it is opened. `base` is the full backup of an increment, `previous` what it follows,
    `deployment` whose it is.
    """

    id: str
    kind: Kind
    created: str
    database: str
    program: str
    base: str | None = None
    previous: str | None = None
    format: int = FORMAT
    deployment: str | None = None
    key: Mapping[str, Any] = field(default_factory=dict)
    """How the key is made and known again; empty where it is not encrypted."""


class Seal(Protocol):
    """Closes and opens frames."""

    def close(self, nonce: bytes, plain: bytes) -> bytes:
        """The sealed bytes: the plain ones' length and _TAG more."""

    def open(self, nonce: bytes, sealed: bytes) -> bytes | None:
        """The plain bytes; None where they were altered."""


class _Encrypted:
    def __init__(self, key: bytes, head: bytes) -> None:
        self._cipher, self._head = AESGCM(key), head

    def close(self, nonce: bytes, plain: bytes) -> bytes:
        return self._cipher.encrypt(nonce, plain, self._head)

    def open(self, nonce: bytes, sealed: bytes) -> bytes | None:
        try:
            return self._cipher.decrypt(nonce, sealed, self._head)
        except InvalidTag:
            return None


class _Hashed:
    def __init__(self, head: bytes) -> None:
        self._head = head

    def close(self, nonce: bytes, plain: bytes) -> bytes:
        return plain + self._digest(nonce, plain)

    def open(self, nonce: bytes, sealed: bytes) -> bytes | None:
        plain, digest = sealed[:-_TAG], sealed[-_TAG:]
        return plain if hmac.compare_digest(digest, self._digest(nonce, plain)) else None

    def _digest(self, nonce: bytes, plain: bytes) -> bytes:
        return hashlib.blake2b(nonce + plain, key=self._head, digest_size=_TAG).digest()


class SealedWriter:
    """Writes one file: `write` the body as it comes, then `end` with the manifest."""

    def __init__(self, stream: BinaryIO, head: Head, key: str | None) -> None:
        derived, described = _new_key(key) if key is not None else (None, {})
        packed = json.dumps({**asdict(head), "key": described}, separators=(",", ":")).encode()
        start = MAGIC + struct.pack(">I", len(packed)) + packed
        digest = hashlib.sha256(start).digest()
        stream.write(start + digest)
        self._seal: Seal = _Encrypted(derived, digest) if derived is not None else _Hashed(digest)
        self._stream, self._waiting, self._number = stream, bytearray(), 0

    def write(self, some: bytes) -> None:
        """Takes more of the body."""
        self._waiting += some
        while len(self._waiting) > FRAME:  # never all of it: the last frame must be known as such
            self._frame(BODY, bytes(self._waiting[:FRAME]), last=False)
            del self._waiting[:FRAME]

    def end(self, manifest: bytes) -> None:
        """Ends the body and the file. The stream stays open."""
        self._frame(BODY, bytes(self._waiting), last=True)
        where, self._number = self._stream.tell(), 0
        parts = [manifest[at : at + FRAME] for at in range(0, len(manifest), FRAME)] or [b""]
        for number, part in enumerate(parts):
            self._frame(MANIFEST, part, last=number == len(parts) - 1)
        self._stream.write(_TRAILER.pack(where, END))

    def _frame(self, section: int, plain: bytes, *, last: bool) -> None:
        sealed = self._seal.close(_nonce(section, self._number, last=last), plain)
        self._stream.write(struct.pack(">I", len(sealed)) + sealed)
        self._number += 1


def read_head(path: Path) -> Head:
    """The head of a file that is there whole, as far as its ends show. Raises BackupRefused."""
    with _read_from(path) as stream:
        head, _digest = _read_head(stream, path.name)
        _manifest_at(stream, path.name)
    return head


class SealedReader:
    """Opens one file with its key. Raises BackupRefused where the key is not the one, or the file was altered or cut off."""

    def __init__(self, path: Path, key: str | None) -> None:
        self.path = path
        with _read_from(path) as stream:
            self.head, digest = _read_head(stream, path.name)
            self._body_at = stream.tell()
            self._manifest_at, self._end = _manifest_at(stream, path.name)
        self._seal: Seal = (
            _Encrypted(_known_key(self.head, key, path.name), digest) if self.head.key else _Hashed(digest)
        )

    def manifest(self) -> bytes:
        """The manifest."""
        return b"".join(self._frames(MANIFEST, self._manifest_at, self._end))

    def body(self) -> Iterator[bytes]:
        """The body, frame by frame, each as it was written."""
        return self._frames(BODY, self._body_at, self._manifest_at)

    def _frames(self, section: int, start: int, end: int) -> Iterator[bytes]:
        with _read_from(self.path) as stream:
            stream.seek(start)
            number, last = 0, False
            while not last:
                prefix = stream.read(4)
                length = struct.unpack(">I", prefix)[0] if len(prefix) == 4 else 0
                at = stream.tell()
                if not _TAG <= length <= FRAME + _TAG or at + length > end:
                    raise damaged(self.path.name, f"frame {number} has no right length", f"第 {number} 段长度不正确")
                last = at + length == end
                plain = self._seal.open(_nonce(section, number, last=last), stream.read(length))
                if plain is None:
                    raise damaged(
                        self.path.name,
                        f"frame {number} was altered, or what follows was cut off",
                        f"第 {number} 段内容被改动，或其后内容缺失",
                    )
                yield plain
                number += 1


@contextmanager
def _read_from(path: Path) -> Iterator[BinaryIO]:
    """A copy to be read; one that the disk does not give is as good as damaged."""
    try:
        with path.open("rb") as stream:
            yield stream
    except OSError as error:
        words = words_of(error)
        raise damaged(path.name, f"it can't be read ({words})", f"无法读取（{words}）") from error


def _nonce(section: int, number: int, *, last: bool) -> bytes:
    return struct.pack(">BQ?xx", section, number, last)


def _read_head(stream: BinaryIO, name: str) -> tuple[Head, bytes]:
    start = stream.read(len(MAGIC) + 4)
    if start[: len(MAGIC)] != MAGIC or len(start) < len(MAGIC) + 4:
        raise damaged(name, "it does not begin as a backup does", "文件开头不是备份格式")
    length = struct.unpack(">I", start[len(MAGIC) :])[0]
    packed, digest = stream.read(min(length, _LONGEST_HEAD)), stream.read(32)
    if hashlib.sha256(start + packed).digest() != digest:
        raise damaged(name, "its head was altered or cut off", "文件头被改动或不完整")
    stated = json.loads(packed)
    if stated.get("format") != FORMAT:
        raise BackupRefused(
            f"{name} has format {stated.get('format')}, this program reads {FORMAT}: restore it with the version that made it",
            f"备份 {name} 的格式为 {stated.get('format')}，当前程序只支持 {FORMAT}：请用生成它的程序版本恢复",
        )
    return Head(**{key: stated.get(key) for key in Head.__dataclass_fields__}), digest


def _manifest_at(stream: BinaryIO, name: str) -> tuple[int, int]:
    """Where the manifest begins and ends."""
    size, begun = os.fstat(stream.fileno()).st_size, stream.tell()
    stream.seek(max(0, size - _TRAILER.size))
    trailer = stream.read(_TRAILER.size)
    if len(trailer) == _TRAILER.size:
        where, mark = _TRAILER.unpack(trailer)
        if mark == END and begun < where < size - _TRAILER.size:
            return where, size - _TRAILER.size
    raise damaged(name, "its end is missing or was altered", "文件末尾缺失或被改动")


def _new_key(key: str) -> tuple[bytes, dict[str, Any]]:
    if len(key) < SHORTEST_KEY:
        raise BackupRefused(
            f"CRM_BACKUP_KEY is too short: give at least {SHORTEST_KEY} random characters (`crm backup key` makes one)",
            f"CRM_BACKUP_KEY 过短：至少需要 {SHORTEST_KEY} 个随机字符（可用 `crm backup key` 生成）",
        )
    salt = os.urandom(16)
    derived, known = _derive(key, salt, _SCRYPT)
    return derived, {"cipher": "aes-256-gcm", "kdf": "scrypt", **_SCRYPT, "salt": salt.hex(), "known": known.hex()}


def _known_key(head: Head, key: str | None, name: str) -> bytes:
    if key is None:
        raise WrongKey(
            f"{name} is encrypted: set CRM_BACKUP_KEY to the key that it was made with",
            f"备份 {name} 已加密：请将 CRM_BACKUP_KEY 设为生成它时的密钥",
        )
    work = {each: int(head.key.get(each, 0)) for each in _SCRYPT}
    if any(not 0 < work[each] <= _MOST_WORK[each] for each in work):
        raise damaged(name, "it asks for too much work to make its key", "派生密钥的参数超出允许范围")
    derived, known = _derive(key, bytes.fromhex(head.key["salt"]), work)
    if not hmac.compare_digest(known, bytes.fromhex(head.key["known"])):
        raise WrongKey(
            f"CRM_BACKUP_KEY is not the key that {name} was made with",
            f"CRM_BACKUP_KEY 不是生成备份 {name} 时使用的密钥",
        )
    return derived


def _derive(key: str, salt: bytes, work: Mapping[str, int]) -> tuple[bytes, bytes]:
    """The key, and bytes by which it is known without telling anything of it."""
    made = hashlib.scrypt(key.encode(), salt=salt, maxmem=512 * 1024 * 1024, dklen=48, **work)
    return made[:32], made[32:]
