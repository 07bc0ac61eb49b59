"""Texts and pictures that a thing names: `file: deal_won.en.html`, a logo. They lie beside the YAML and belong to the pack.

Their bytes are among the pack's files, so that a revision holds them; a text stands in the tree besides (as `$content`), of
a picture its digest (`$digest`): what is in the file is part of the configuration, and a change of it is one.
"""

from __future__ import annotations

import hashlib
import os
import re
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import Any

from app.definition.grammars import GRAMMARS, FileName
from app.diagnostics import Diagnostic, Span, diagnostic, did_you_mean, nearest
from app.frozen import dataclass
from app.loading.files import Layer, shown
from app.loading.node import Node, plain
from app.loading.node import Path as TreePath
from app.loading.shape import ListOf, MapOf, NameOr, Record, Shape, places_below, shape_of_place

MOST_BYTES = 200_000
NAME = re.compile(GRAMMARS[FileName].pattern)
PICTURES = (".svg", ".png", ".jpg", ".jpeg", ".webp")
TEXT, PICTURE = "file", "image"  # what `Attribute.names` says of such a name


@dataclass(frozen=True)
class Attached:
    """A name of a file as it is written: the value, its path, and whether a text or a picture is meant."""

    node: Node
    path: TreePath
    word: str

    @property
    def place(self) -> Path:
        """Where the file lies: beside the file that names it."""
        return Path(self.node.span.file).parent / str(self.node.value)


def read_attached(layer: Layer, tree: Node) -> Iterator[Diagnostic]:
    """Reads what the canonical tree of a layer names into the layer's files; problems are those of reading, and files that
    nothing names.
    """
    named: set[str] = set()
    for each in _attached(tree):
        named.add(shown(each.place))
        problem = _read(layer, each)
        if problem is not None:
            yield problem
    for stray in layer.strays:
        if shown(stray.path) not in named and not _holds_only(stray.path, named):
            yield stray.problem


def with_contents(tree: Node, files: Mapping[str, bytes]) -> dict[str, Any]:
    """The plain tree, with the text or the digest beside each name of a file that was read."""
    result: dict[str, Any] = plain(tree)
    for each in _attached(tree):
        content = files.get(shown(each.place))
        if content is None:
            continue
        beside: Any = result
        for part in each.path[:-1]:
            beside = beside[int(part)] if isinstance(beside, list) else beside[part]
        if each.word == TEXT:
            beside["$content"] = content.decode("utf-8-sig")
        else:
            beside["$digest"] = hashlib.sha256(content).hexdigest()
    return result


def _attached(tree: Node) -> Iterator[Attached]:
    for place, node in tree.entries.items():
        if not node.entries:
            continue
        yield from _below(node, shape_of_place(place), (place,))


def _below(node: Node, shape: Shape, path: TreePath) -> Iterator[Attached]:
    if isinstance(shape, NameOr):
        shape = shape.map
    if not _may_name_files(shape):
        return
    if isinstance(shape, Record):
        for key, each in node.entries.items():
            place = shape.attributes.get(key)
            if place is None:
                continue
            word = place.attribute.names
            if word in (TEXT, PICTURE) and each.text is not None:
                yield Attached(each, (*path, key), word)
            else:
                yield from _below(each, place.shape, (*path, key))
    elif isinstance(shape, MapOf):
        for key, each in node.entries.items():
            yield from _below(each, shape.value, (*path, key))
    elif isinstance(shape, ListOf) and isinstance(shape.item, Record):
        for number, each in enumerate(node.items):
            yield from _below(each, shape.item, (*path, str(number)))


@cache
def _may_name_files(shape: Shape) -> bool:
    """Whether something below a shape may name a file: most of a pack does not."""
    return any(place.attribute.names in (TEXT, PICTURE) for _, place in places_below(shape))


def _read(layer: Layer, attached: Attached) -> Diagnostic | None:
    """Puts the file among those of the layer; the diagnostic when it can't be."""
    name, span = str(attached.node.value), attached.node.span
    if not NAME.fullmatch(name):
        return None  # its shape is told by the schema
    if attached.word == PICTURE and Path(name).suffix not in PICTURES:
        return _problem("CFG206", f"'{name}' is no picture", attached, f"its name ends in {' '.join(PICTURES)}")
    place = attached.place
    try:
        if not place.is_file() or not place.resolve().is_relative_to(layer.folder.resolve()):
            return _missing(attached)
        with place.open("rb") as file:
            content = file.read(MOST_BYTES + 1)
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
        return _problem("CFG117", f"the file '{name}' can't be read: {reason}", attached)
    if len(content) > MOST_BYTES:
        return _problem("CFG107", f"'{name}' is too large", attached, f"at most {MOST_BYTES // 1000} KB")
    if attached.word == TEXT and not _is_text(content):
        return diagnostic("CFG110", "the file is not UTF-8 text", Span(shown(place), 1, 1), path=attached.path,
                          hint=f"it is named in {span}")  # fmt: skip
    layer.files[shown(place)] = content
    return None


def _problem(code: str, message: str, attached: Attached, hint: str | None = None) -> Diagnostic:
    return diagnostic(code, message, attached.node.span, path=attached.path, hint=hint)


def _missing(attached: Attached) -> Diagnostic:
    folder = attached.place.parent
    beside = (
        [each.name for each in folder.iterdir() if each.suffix not in (".yaml", ".json")] if folder.is_dir() else []
    )
    hint = did_you_mean(nearest(attached.place.name, beside)) or f"it lies beside the YAML, as {shown(attached.place)}"
    return _problem("CFG117", f"there is no file '{attached.node.value}'", attached, hint)


def _is_text(content: bytes) -> bool:
    try:
        return "\0" not in content.decode("utf-8")
    except UnicodeDecodeError:
        return False


def _holds_only(path: Path, named: set[str]) -> bool:
    """Whether a folder holds files that are named, and no other."""
    files = [each for each in path.rglob("*") if not each.is_dir() and not each.name.startswith(".")]
    return bool(files) and all(shown(each) in named for each in files)
