"""A loaded pack as JSON and back: what a revision keeps, so that the server needs no folder and runs no validation."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping
from decimal import Decimal
from typing import TYPE_CHECKING, Any

from app.definition import Catalog
from app.diagnostics import Span
from app.loading.build import catalog_of_tree

if TYPE_CHECKING:
    from app.loading.load import Loaded

LANGUAGE = 1
SEPARATOR = "\x1f"  # between the parts of a path; no key can hold it

Path = tuple[str, ...]


def snapshot_of(loaded: Loaded) -> dict[str, Any]:
    """A JSON-able {"language", "tree", "origins", "files"}. Decimals are texts; binary files are in base 64."""
    names: dict[str, int] = {}
    places = {
        SEPARATOR.join(path): [
            [names.setdefault(span.file, len(names)), span.line, span.column, span.length] for span in spans
        ]
        for path, spans in loaded.origins.items()
    }
    return {
        "language": LANGUAGE,
        "tree": _jsonable(loaded.tree),
        "origins": {"files": list(names), "places": places},
        "files": {name: _file(content) for name, content in loaded.files.items()},
    }


def catalog_from_snapshot(snapshot: Mapping[str, Any]) -> Catalog:
    """The Catalog of a snapshot. Raises ValueError for one of a newer language."""
    language = snapshot.get("language")
    if language != LANGUAGE:
        raise ValueError(f"the snapshot is of language {language}; this program reads {LANGUAGE}")
    return catalog_of_tree(snapshot["tree"], SnapshotOrigins(snapshot["origins"]))


def loaded_from_snapshot(snapshot: Mapping[str, Any]) -> Loaded:
    """The pack that a snapshot was made of, as it was loaded then. Raises ValueError for one of a newer language."""
    from app.loading.load import Loaded

    origins = SnapshotOrigins(snapshot["origins"])
    files = {name: _content(packed) for name, packed in snapshot["files"].items()}
    return Loaded(catalog_from_snapshot(snapshot), (), snapshot["tree"], origins, files)


class SnapshotOrigins(Mapping[Path, tuple[Span, ...]]):
    """Origins that are decoded when they are asked for: a server starts with tens of thousands and looks at few."""

    def __init__(self, encoded: Mapping[str, Any]) -> None:
        self._files: list[str] = encoded["files"]
        self._places: Mapping[str, list[list[int]]] = encoded["places"]

    def __getitem__(self, path: Path) -> tuple[Span, ...]:
        places = self._places[SEPARATOR.join(path)]
        return tuple(Span(self._files[file], line, column, length) for file, line, column, length in places)

    def __iter__(self) -> Iterator[Path]:
        return (tuple(path.split(SEPARATOR)) for path in self._places)

    def __len__(self) -> int:
        return len(self._places)


def _jsonable(value: Any) -> Any:
    if isinstance(value, dict):
        return {key: _jsonable(each) for key, each in value.items()}
    if isinstance(value, list):
        return [_jsonable(each) for each in value]
    return str(value) if isinstance(value, Decimal) else value


def _file(content: bytes) -> str | dict[str, str]:
    try:
        return content.decode("utf-8")
    except UnicodeDecodeError:
        return {"base64": base64.b64encode(content).decode("ascii")}


def _content(packed: str | Mapping[str, str]) -> bytes:
    return packed.encode() if isinstance(packed, str) else base64.b64decode(packed["base64"])
