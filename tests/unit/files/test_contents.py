"""Contents in a folder: whole or not at all."""

import hashlib
import io
import os
import time
from pathlib import Path

import pytest

from app.files.contents import FolderContents, digest_of


@pytest.fixture
def contents(tmp_path: Path) -> FolderContents:
    return FolderContents(tmp_path / "files")


def everything(contents: FolderContents) -> list[Path]:
    return [each for each in contents.folder.rglob("*") if each.is_file() and each.name != "lock"]


def test_a_content_is_kept_once_under_its_digest(contents: FolderContents) -> None:
    stream = io.BytesIO(b"abc")
    stream.read()  # wherever it stands
    digest = contents.put(stream)
    assert digest == hashlib.sha256(b"abc").hexdigest()
    assert contents.put(io.BytesIO(b"abc")) == digest
    (path,) = everything(contents)
    assert path.stat().st_mode & 0o777 == 0o600
    with contents.open(digest) as file:
        assert digest_of(file) == digest
    assert [each for each, _ in contents.every()] == [digest]


@pytest.mark.parametrize(
    "digest", ["{tmp}/secret_key", "./../secret_key", "../../etc/passwd", "a" * 63, "A" * 64, "0" * 64, ""]
)
def test_what_is_no_digest_of_ours_opens_nothing(contents: FolderContents, tmp_path: Path, digest: str) -> None:
    """Nor removes anything: not even what is there."""
    secret, name = tmp_path / "secret_key", digest.format(tmp=tmp_path)
    secret.write_bytes(b"secret")
    contents.put(io.BytesIO(b"abc"))
    for use in (contents.open, lambda each: contents.delete(each, time.time() + 60) or contents.open(each)):
        with pytest.raises(FileNotFoundError):
            use(name)
    assert secret.read_bytes() == b"secret"


class Broken(io.BytesIO):
    def read(self, _size: int | None = -1, /) -> bytes:
        raise OSError("the line is dead")


def test_a_content_that_breaks_off_leaves_nothing(contents: FolderContents) -> None:
    with pytest.raises(OSError, match="dead"):
        contents.put(Broken(b"abc"))
    assert everything(contents) == []


def test_what_is_put_again_is_not_deleted(contents: FolderContents) -> None:
    digest = contents.put(io.BytesIO(b"abc"))
    (path,) = everything(contents)
    os.utime(path, (1, 1))
    contents.put(io.BytesIO(b"abc"))
    assert not contents.delete(digest, time.time() - 60)
    os.utime(path, (1, 1))
    assert contents.delete(digest, time.time() - 60)
    assert not contents.delete(digest, time.time())


def test_what_a_killed_writer_left_is_swept(contents: FolderContents) -> None:
    contents.put(io.BytesIO(b"abc"))
    left = contents.folder / "aside" / "x"
    left.write_bytes(b"half")
    assert contents.sweep(time.time() - 60) == 0
    os.utime(left, (1, 1))
    assert contents.sweep(time.time() - 60) == 1
    assert len(everything(contents)) == 1
