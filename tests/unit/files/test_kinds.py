"""What a content is, whatever its name says."""

import io
import zipfile

import pytest

from app.files.kinds import media_type_of
from tests.unit.files import samples

CASES = [
    (samples.picture(), "image/png", "image"),
    (samples.picture("JPEG"), "image/jpeg", "image"),
    (samples.picture("GIF"), "image/gif", "image"),
    (samples.picture("WEBP"), "image/webp", "image"),
    (samples.picture("BMP"), "image/bmp", "image"),
    (samples.picture("TIFF"), "image/tiff", "image"),
    (samples.PDF, "application/pdf", "pdf"),
    (samples.office("word/document.xml"), "application/vnd.openxmlformats-officedocument.wordprocessingml.document", "document"),
    (samples.office("xl/workbook.xml"), "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet", "spreadsheet"),
    (samples.zipped(mimetype="application/vnd.oasis.opendocument.text"), "application/vnd.oasis.opendocument.text", "document"),
    (samples.office("word/vbaProject.bin"), "application/vnd.ms-office.macro", None),
    (samples.zipped(a="b"), "application/zip", "archive"),
    (b"PK\x03\x04 broken", "application/zip", "archive"),
    (b"\x00\x00\x00\x20ftypisom", "video/mp4", "video"),
    (b"\x00\x00\x00\x20ftypheic", "image/heic", "image"),
    (b"RIFF\x00\x00\x00\x00WAVEfmt ", "audio/wav", "audio"),
    (b"RIFF\x00\x00\x00\x00XXXX", "application/octet-stream", None),
    ("会议纪要".encode(), "text/plain", "text"),
    ("会议纪要".encode("gb18030"), "text/plain", "text"),
    ("会议纪要".encode("utf-16"), "text/plain", "text"),
    (("字" * 2000).encode()[:4097], "text/plain", "text"),
    (samples.SVG, "application/xml", None),
    (samples.HTML, "application/xml", None),
    ("\ufeff<html>".encode(), "application/xml", None),
    (b"#!/bin/sh\nrm -rf", "application/x-executable", None),
    (b"MZ\x90\x00", "application/x-executable", None),
    (b"\x7fELF", "application/x-executable", None),
    (b"\x00\x01\x02\x03", "application/octet-stream", None),
    (b"", "application/octet-stream", None),
]  # fmt: skip


@pytest.mark.parametrize(("content", "name", "kind"), CASES)
def test_the_type_is_told_by_the_content(content: bytes, name: str, kind: str | None) -> None:
    found = media_type_of(io.BytesIO(content), ".png")
    assert (found.name, found.kind) == (name, kind)


@pytest.mark.parametrize(
    ("extension", "name"),
    [(".doc", "application/msword"), (".xls", "application/vnd.ms-excel"), (".png", "application/x-ole-storage")],
)
def test_old_office_files_are_told_apart_by_their_extension(extension: str, name: str) -> None:
    content = io.BytesIO(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + bytes(100))
    assert media_type_of(content, extension).name == name


def test_an_archive_that_grows_without_end_is_not_unpacked(monkeypatch: pytest.MonkeyPatch) -> None:
    bomb = samples.zipped(mimetype="x" * 10_000_000)
    monkeypatch.setattr(zipfile.ZipFile, "read", lambda *_: pytest.fail("unpacked"))
    assert media_type_of(io.BytesIO(bomb)).name == "application/zip"
