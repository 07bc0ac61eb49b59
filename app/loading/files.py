"""Finds the packs of a chain and reads their files: the folder's name says the kind, the file's name is the key."""

from __future__ import annotations

import os
import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import field
from pathlib import Path
from types import MappingProxyType

from app.diagnostics import Diagnostic, Span, diagnostic, did_you_mean, nearest
from app.frozen import dataclass
from app.loading.node import Node
from app.loading.node import Path as TreePath
from app.loading.reader import MOST_BYTES, read_document
from app.loading.shape import FILES, FOLDERS
from app.settings import product_folder

PACK_NAME = re.compile(r"[a-z][a-z0-9_-]{0,39}")
SUFFIXES = (".yaml", ".json")
LEFT_ALONE = (".md", ".txt")
MOST_PACKS = 20
NO_OTHERS: Mapping[str, Path] = MappingProxyType({})


@dataclass(frozen=True)
class Stray:
    """A file or folder that is no part of a pack by its name; a thing may still name it as its text or picture."""

    path: Path
    problem: Diagnostic


@dataclass
class Layer:
    """One pack of a chain. `tree` has the entries `pack`, `menu` and one per folder. `broken` are the paths of things whose
    file could not be read wholly, so that nothing may be concluded from what they lack. `strays` are problems only when
    nothing names them.
    """

    name: str
    folder: Path
    tree: Node
    problems: list[Diagnostic] = field(default_factory=list)
    broken: set[TreePath] = field(default_factory=set)
    files: dict[str, bytes] = field(default_factory=dict)
    extends: Node | None = None
    strays: list[Stray] = field(default_factory=list)


def shown(path: Path) -> str:
    """A path as people read it: relative to the working directory where it lies within."""
    text = path.as_posix()
    try:
        here = Path.cwd()
        for absolute in (Path(os.path.abspath(path)), path.resolve()):  # noqa: PTH100 - links are kept first
            if absolute.is_relative_to(here):
                text = absolute.relative_to(here).as_posix()
                break
    except (OSError, RuntimeError):  # no working directory, or a circle of links
        pass
    return text.encode("utf-8", "surrogateescape").decode("utf-8", "replace")


def read_chain(folder: Path, search: Sequence[Path], instead: Mapping[str, Path] = NO_OTHERS) -> list[Layer]:
    """The pack in `folder` and those that it extends, the lowest first; `instead` names folders that are taken for packs of
    these names, wherever they would be found. Problems are in the layers.
    """
    layers = [read_layer(folder)]
    seen = {folder.resolve()}
    while (extends := layers[0].extends) is not None:
        above = layers[0]
        below = instead.get(extends.text or "") or _find_pack(extends, above, search)
        if below is None:
            break
        if below.resolve() in seen or len(layers) >= MOST_PACKS:
            message = f"'{extends.value}' is extended by a pack that it extends itself"
            above.problems.append(diagnostic("CFG226", message, extends.span, path=("pack", "extends")))
            break
        seen.add(below.resolve())
        layers.insert(0, read_layer(below))
    return layers


def _find_pack(extends: Node, above: Layer, search: Sequence[Path]) -> Path | None:
    name = extends.text
    if name is None:
        return None  # the shape of pack.yaml says so
    found = find_pack_folder(name, above.folder, search)
    if found is not None:
        return found
    if name == above.folder.resolve().name:
        problem = diagnostic("CFG226", f"the pack '{name}' extends itself", extends.span, path=("pack", "extends"))
    else:
        near = did_you_mean(nearest(name, pack_names(above.folder, search)))
        hint = near or "packs are looked for beside this one, in CRM_PACKS, in the product"
        problem = diagnostic("CFG307", f"unknown pack '{name[:60]}'", extends.span, path=("pack", "extends"), hint=hint)
    above.problems.append(problem)
    return None


def find_pack_folder(name: str, above: Path, search: Sequence[Path]) -> Path | None:
    """The folder of a pack that the one in `above` extends: beside it, in the folders to search, in the product."""
    if not PACK_NAME.fullmatch(name):
        return None
    candidates = (place / name for place in _places(above, search))
    # A pack that extends one of its own name means the one further away.
    return next((each for each in candidates if each.is_dir() and each.resolve() != above.resolve()), None)


def pack_names(above: Path, search: Sequence[Path]) -> set[str]:
    """The names of all packs that could be extended."""
    folders = [each for place in _places(above, search) if place.is_dir() for each in place.iterdir()]
    return {each.name for each in folders if (each / "pack.yaml").is_file() and each.resolve() != above.resolve()}


def _places(above: Path, search: Sequence[Path]) -> list[Path]:
    return [above.resolve().parent, *search, product_folder("config")]


def read_layer(folder: Path) -> Layer:
    """Reads all files of one pack."""
    start = Span(shown(folder), 1, 1)
    layer = Layer(folder.resolve().name, folder, Node({}, start))
    found = {name: Node({}, start) for name in FOLDERS}
    if not folder.is_dir():
        layer.problems.append(
            diagnostic("CFG117", f"there is no folder {shown(folder)}", start, hint="name a pack's folder")
        )
        layer.broken.add(())
    for path in _listing(folder, layer):
        if path.is_dir():
            if path.name in FOLDERS:
                found[path.name] = _read_folder(path, layer)
            else:
                _unknown(path, layer, f"unknown folder '{path.name}'", FOLDERS)
        elif path.stem in FILES and path.suffix in SUFFIXES:
            node = _read_thing(path, (path.stem,), found.get(path.stem), layer)
            if node is not None:
                found[path.stem] = node
        elif path.suffix not in LEFT_ALONE:
            _unknown(path, layer, f"unknown file '{path.name}'", [f"{name}.yaml" for name in FILES])
    if "pack" not in found and not layer.problems:
        place = Span(shown(folder / "pack.yaml"), 1, 1)
        problem = diagnostic("CFG117", "the pack has no pack.yaml", place, hint="begin it with `language: 1`")
        layer.problems.append(problem)
    layer.tree = Node(found, start)
    layer.extends = layer.tree.find("pack", "extends")
    return layer


def _listing(folder: Path, layer: Layer) -> Iterator[Path]:
    try:
        paths = sorted(folder.iterdir()) if folder.is_dir() else []
    except OSError as error:
        layer.problems.append(diagnostic("CFG117", f"{error.strerror}", Span(shown(folder), 1, 1)))
        return
    # README and LICENSE are for readers; a dot hides what editors and version control keep.
    yield from (path for path in paths if not path.name.startswith(".") and path.name != "LICENSE")


def _read_folder(folder: Path, layer: Layer) -> Node:
    things: dict[str, Node] = {}
    for path in _listing(folder, layer):
        if path.is_dir() or path.suffix not in SUFFIXES:
            if path.is_dir() or path.suffix not in LEFT_ALONE:
                _unknown(path, layer, f"unknown {'folder' if path.is_dir() else 'file'} '{path.name}'", ())
            continue
        node = _read_thing(path, (folder.name, path.stem), things.get(path.stem), layer)
        if node is not None:
            things[path.stem] = node
    return Node(things, Span(shown(folder), 1, 1))


def _unknown(path: Path, layer: Layer, message: str, names: Sequence[str] | object) -> None:
    known = list(names) if isinstance(names, Sequence) else list(FOLDERS)
    near = nearest(path.name, known) or (nearest(path.stem, known) if known else None)
    if path.suffix in (".yml", ".YAML", ".YML", ".JSON"):
        hint: str | None = f"rename it to {path.stem}.yaml"
    elif near is not None:
        hint = did_you_mean(near)
    else:
        hint = f"a pack holds {', '.join(f'{name}.yaml' for name in FILES)} and the folders {', '.join(FOLDERS)}"
    layer.strays.append(Stray(path, diagnostic("CFG210", message, Span(shown(path), 1, 1), hint=hint)))


def _read_thing(path: Path, where: TreePath, before: Node | None, layer: Layer) -> Node | None:
    file = shown(path)
    start = Span(file, 1, 1)
    if before is not None:
        message = f"'{path.stem}' is described by two files"
        layer.problems.append(diagnostic("CFG213", message, start, hint=f"the other one is {before.span.file}"))
        return None
    content = _content(path, layer)
    if content is None:
        layer.broken.add(where)
        return None
    layer.files[file] = content
    document = read_document(content, file)
    layer.problems.extend(document.problems)
    if document.problems:
        layer.broken.add(where)
        if document.node is None:
            return None
    node = document.node or Node({}, start)
    return Node(node.value, node.span, start)


def _content(path: Path, layer: Layer) -> bytes | None:
    """The bytes of a file, one more than are allowed at most; None with a diagnostic when it can't be read."""
    try:
        if not path.is_file():
            reason = "not a file"
        else:
            with path.open("rb") as file:
                content = file.read(MOST_BYTES + 1)
            size = path.stat().st_size
            return content if len(content) <= MOST_BYTES else content.ljust(min(size, 10 * MOST_BYTES), b" ")
    except OSError as error:
        reason = os.strerror(error.errno) if error.errno else str(error)
    layer.problems.append(diagnostic("CFG117", f"the file can't be read: {reason}", Span(shown(path), 1, 1)))
    return None
