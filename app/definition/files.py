"""Files as values of fields: what a record keeps of one, the kinds that `accept` names, and sizes."""

from __future__ import annotations

import re
from collections.abc import Iterable, Mapping
from dataclasses import field
from types import MappingProxyType
from typing import Any, Literal, Self

from app.definition.grammars import GRAMMARS, Size
from app.definition.text import Text
from app.frozen import dataclass

FileKind = Literal[
    "image", "pdf", "document", "spreadsheet", "presentation", "text", "archive", "audio", "video"
]  # fmt: skip
KIND_LABELS: Mapping[FileKind, Text] = MappingProxyType(
    {
        "image": Text({"en": "images", "zh": "图片"}),
        "pdf": Text({"en": "PDF", "zh": "PDF"}),
        "document": Text({"en": "documents", "zh": "文档"}),
        "spreadsheet": Text({"en": "spreadsheets", "zh": "表格"}),
        "presentation": Text({"en": "presentations", "zh": "演示文稿"}),
        "text": Text({"en": "texts", "zh": "文本"}),
        "archive": Text({"en": "archives", "zh": "压缩包"}),
        "audio": Text({"en": "audio", "zh": "音频"}),
        "video": Text({"en": "video", "zh": "视频"}),
    }
)
DEFAULT_SIZE = 25_000_000  # bytes
_UNITS = {"KB": 1_000, "MB": 1_000_000}


def parse_size(text: str) -> int | None:
    """Bytes: `10 MB` is 10,000,000. None for a text that is no size."""
    if re.fullmatch(GRAMMARS[Size].pattern, text) is None:
        return None
    count, unit = text.split(" ")
    return int(count) * _UNITS[unit]


def kinds_in(language: str, kinds: Iterable[FileKind]) -> str:
    """Kinds of files in words."""
    return ("、" if language == "zh" else ", ").join(KIND_LABELS[each].in_language(language) for each in kinds)


@dataclass(frozen=True, slots=True)
class StoredFile:
    """A file that a record has. Its content never changes: a new version is another file. Two are equal by their id.

    `type` is the media type that the content shows, `size` in bytes; `width` and `height` in pixels are those of pictures
    that can be drawn.
    """

    id: str
    name: str = field(default="", compare=False)
    size: int = field(default=0, compare=False)
    type: str = field(default="", compare=False)
    width: int | None = field(default=None, compare=False)
    height: int | None = field(default=None, compare=False)

    @property
    def url(self) -> str:
        """Where it is read."""
        return f"/files/{self.id}"

    @property
    def is_picture(self) -> bool:
        """Whether it has a small picture of itself."""
        return self.width is not None

    def stored(self) -> dict[str, Any]:
        """As a column keeps it: JSON."""
        found = {"id": self.id, "name": self.name, "size": self.size, "type": self.type}
        return found | ({"width": self.width, "height": self.height} if self.is_picture else {})

    @classmethod
    def of_stored(cls, kept: dict[str, Any]) -> Self:
        """The value that a column keeps."""
        return cls(**kept)

    def wire(self) -> dict[str, Any]:
        """As programs read it."""
        return {**self.stored(), "url": self.url}


Files = tuple[StoredFile, ...]


def files_of(value: object) -> Files:
    """The files of a field's value, whether it holds one, many or none."""
    if isinstance(value, StoredFile):
        return (value,)
    return tuple(each for each in value if isinstance(each, StoredFile)) if isinstance(value, tuple) else ()
