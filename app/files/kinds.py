"""What a content is, told by its first bytes: neither by its name nor by what its sender says."""

from __future__ import annotations

import codecs
import re
import zipfile
from collections.abc import Callable, Iterable
from typing import BinaryIO

from app.definition.files import FileKind
from app.frozen import dataclass

HEAD = 4_096  # bytes that are looked at
_MOST_ENTRIES = 10_000  # of an archive whose names are looked at


@dataclass(frozen=True)
class MediaType:
    """A type of content: its kind for `accept` (None: fits no `accept`), and the extensions that belong to it."""

    name: str
    kind: FileKind | None = None
    extensions: tuple[str, ...] = ()
    is_program: bool = False


def _type(name: str, kind: FileKind | None, extensions: str = "") -> MediaType:
    return MediaType(name, kind, tuple(extensions.split()))


OTHER = MediaType("application/octet-stream")
PROGRAM = MediaType("application/x-executable", is_program=True)
PNG = _type("image/png", "image", ".png")
JPEG = _type("image/jpeg", "image", ".jpg .jpeg .jpe .jfif")
GIF = _type("image/gif", "image", ".gif")
WEBP = _type("image/webp", "image", ".webp")
PDF = _type("application/pdf", "pdf", ".pdf")
ZIP = _type("application/zip", "archive")  # many formats are zip archives: their extensions stay
TEXT = _type("text/plain", "text")
CSV = _type("text/csv", "text", ".csv")
MARKUP = _type("application/xml", None)  # HTML, SVG, XML: a browser would run what stands in it
OLE = _type("application/x-ole-storage", None)
_OFFICE = "application/vnd.openxmlformats-officedocument."
_OPEN = "application/vnd.oasis.opendocument."
WORD = _type(f"{_OFFICE}wordprocessingml.document", "document", ".docx")
EXCEL = _type(f"{_OFFICE}spreadsheetml.sheet", "spreadsheet", ".xlsx")
POWERPOINT = _type(f"{_OFFICE}presentationml.presentation", "presentation", ".pptx")
MACROS = _type("application/vnd.ms-office.macro", None)
PICTURES = (PNG, JPEG, GIF, WEBP)  # that browsers draw, and this program reads

_BY_START: tuple[tuple[bytes, MediaType], ...] = (
    (b"\x89PNG\r\n\x1a\n", PNG),
    (b"\xff\xd8\xff", JPEG),
    (b"GIF87a", GIF),
    (b"GIF89a", GIF),
    (b"%PDF-", PDF),
    (b"{\\rtf", _type("application/rtf", "document", ".rtf .doc")),
    (b"II*\x00", _type("image/tiff", "image", ".tif .tiff")),
    (b"MM\x00*", _type("image/tiff", "image", ".tif .tiff")),
    (b"\x1f\x8b", _type("application/gzip", "archive", ".gz .tgz")),
    (b"7z\xbc\xaf\x27\x1c", _type("application/x-7z-compressed", "archive", ".7z")),
    (b"Rar!\x1a\x07", _type("application/vnd.rar", "archive", ".rar")),
    (b"ID3", _type("audio/mpeg", "audio", ".mp3")),
    (b"\xff\xfb", _type("audio/mpeg", "audio", ".mp3")),
    (b"\xff\xf3", _type("audio/mpeg", "audio", ".mp3")),
    (b"fLaC", _type("audio/flac", "audio", ".flac")),
    (b"OggS", _type("audio/ogg", "audio", ".ogg .oga .opus .ogv")),
    (b"#!AMR", _type("audio/amr", "audio", ".amr")),
    (b"\x1a\x45\xdf\xa3", _type("video/webm", "video", ".webm .mkv .weba")),
    (b"glTF", _type("model/gltf-binary", None, ".glb")),
    (b"MZ", PROGRAM),
    (b"\x7fELF", PROGRAM),
    (b"\xca\xfe\xba\xbe", PROGRAM),
    (b"\xcf\xfa\xed\xfe", PROGRAM),
    (b"\xce\xfa\xed\xfe", PROGRAM),
    (b"L\x00\x00\x00\x01\x14\x02\x00", PROGRAM),  # a Windows shortcut
)
_BY_BRAND: tuple[tuple[bytes, MediaType], ...] = (
    (b"heic", _type("image/heic", "image", ".heic .heif")),
    (b"heix", _type("image/heic", "image", ".heic .heif")),
    (b"mif1", _type("image/heif", "image", ".heif .heic .avif")),
    (b"avif", _type("image/avif", "image", ".avif")),
    (b"qt  ", _type("video/quicktime", "video", ".mov .qt")),
    (b"M4A", _type("audio/mp4", "audio", ".m4a")),
)
_MP4 = _type("video/mp4", "video", ".mp4 .m4v .m4a .3gp")
_BY_RIFF: dict[bytes, MediaType] = {
    b"WEBP": WEBP,
    b"WAVE": _type("audio/wav", "audio", ".wav"),
    b"AVI ": _type("video/x-msvideo", "video", ".avi"),
}
_BY_MIMETYPE: dict[bytes, MediaType] = {
    each.name.encode(): each
    for each in (
        _type(f"{_OPEN}text", "document", ".odt"),
        _type(f"{_OPEN}spreadsheet", "spreadsheet", ".ods"),
        _type(f"{_OPEN}presentation", "presentation", ".odp"),
    )
}
_BY_PART = (("word/", WORD), ("xl/", EXCEL), ("ppt/", POWERPOINT))
_OLD_OFFICE: dict[str, MediaType] = {
    ".doc": _type("application/msword", "document", ".doc .dot .wps"),
    ".xls": _type("application/vnd.ms-excel", "spreadsheet", ".xls .xlt .et"),
    ".ppt": _type("application/vnd.ms-powerpoint", "presentation", ".ppt .pps .dps"),
    ".msg": _type("application/vnd.ms-outlook", None, ".msg"),
}
_MARKUP = re.compile(rb"\s*<[!?a-zA-Z]")
_SCRIPT = re.compile(rb"#!\s*/")
_CONTROL = re.compile(r"[\x00-\x08\x0e-\x1a\x1c-\x1f]")


def media_type_of(stream: BinaryIO, extension: str = "") -> MediaType:
    """The type of a content. The extension only tells apart what its bytes do not: old Office formats, tables as text."""
    stream.seek(0)
    head = stream.read(HEAD)
    for looking in (_by_start, _by_container):
        found = looking(head)
        if found is not None:
            return found
    if head.startswith((b"PK\x03\x04", b"PK\x05\x06")):
        return _archive(stream)
    if head.startswith(b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"):
        return _by_old_name(extension)
    return _text(head, extension)


def _by_start(head: bytes) -> MediaType | None:
    return next((each for start, each in _BY_START if head.startswith(start)), None)


def _by_container(head: bytes) -> MediaType | None:
    if head[4:8] == b"ftyp":
        return next((each for brand, each in _BY_BRAND if head[8:12].startswith(brand)), _MP4)
    if head.startswith(b"RIFF"):
        return _BY_RIFF.get(head[8:12])
    if head.startswith(b"BM") and head[6:10] == bytes(4):
        return _type("image/bmp", "image", ".bmp .dib")
    return None


def _by_old_name(extension: str) -> MediaType:
    return next((each for each in _OLD_OFFICE.values() if extension in each.extensions), OLE)


def _archive(stream: BinaryIO) -> MediaType:
    """A zip archive by the names within. Nothing of it is unpacked but the few bytes that name an OpenDocument."""
    stream.seek(0)
    try:
        with zipfile.ZipFile(stream) as archive:
            entries = archive.infolist()
            if len(entries) > _MOST_ENTRIES:
                return ZIP
            first = entries[0] if entries else None
            if first is not None and first.filename == "mimetype" and first.file_size < 100:
                return _BY_MIMETYPE.get(archive.read(first).strip(), ZIP)
            return _by_parts([each.filename for each in entries])
    except (zipfile.BadZipFile, ValueError, NotImplementedError, RuntimeError, EOFError, OSError):
        return ZIP  # broken, encrypted, or packed in a way that is not known here: it is not read


def _by_parts(names: Iterable[str]) -> MediaType:
    known = list(names)
    if "[Content_Types].xml" not in known:
        return ZIP
    if any(each.endswith("vbaProject.bin") for each in known):
        return MACROS
    return next((found for part, found in _BY_PART if any(each.startswith(part) for each in known)), ZIP)


def _text(head: bytes, extension: str) -> MediaType:
    if _MARKUP.match(head.removeprefix(codecs.BOM_UTF8)):
        return MARKUP
    if _SCRIPT.match(head):
        return PROGRAM
    if not head or not _is_text(head):
        return OTHER
    return CSV if extension == ".csv" else TEXT


_DECODERS: tuple[Callable[[bytes], str], ...] = tuple(
    lambda raw, name=name: codecs.getincrementaldecoder(name)().decode(raw)  # type: ignore[misc]
    for name in ("utf-8-sig", "gb18030")
)


def _is_text(head: bytes) -> bool:
    if head.startswith((codecs.BOM_UTF16_LE, codecs.BOM_UTF16_BE)):
        return True
    for decode in _DECODERS:
        try:
            text = decode(head)
        except UnicodeDecodeError:
            continue
        return _CONTROL.search(text) is None
    return False
