"""Loads a pack: read, canonical form, merge, validate, build, check. All problems of all files in one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from app.definition import Catalog
from app.diagnostics import Diagnostic, Span, sort
from app.loading.build import catalog_of_tree, completed
from app.loading.canonical import Canonical
from app.loading.files import Layer, read_chain
from app.loading.merge import Merge
from app.loading.node import Node, plain, walk

TreePath = tuple[str, ...]


@dataclass(frozen=True)
class Loaded:
    """What was read of a pack. `catalog` is None when there are errors. `tree` is the merged plain tree, `origins` says for
    each of its paths where it was written, the effective place last. `files` are the files read, by the name in the spans.
    """

    catalog: Catalog | None
    diagnostics: tuple[Diagnostic, ...]
    tree: dict[str, Any]
    origins: Mapping[TreePath, tuple[Span, ...]]
    files: Mapping[str, bytes] = field(repr=False)

    @property
    def errors(self) -> tuple[Diagnostic, ...]:
        """The diagnostics that keep the pack from being used."""
        return tuple(one for one in self.diagnostics if one.severity == "error")


def load_pack(folder: Path, search: Sequence[Path] = ()) -> Loaded:
    """Loads the pack in `folder`; `search` are folders in which packs that it extends are looked for (CRM_PACKS)."""
    layers = read_chain(folder, search)
    problems: list[Diagnostic] = []
    merged, found = merged_layers(layers)
    problems += found
    for layer in layers:
        problems += layer.problems
    origins = {path: (*node.below, node.origin) for path, node in walk(merged) if path}
    tree = completed(plain(merged))
    catalog = catalog_of_tree(tree, origins)
    files = {name: content for layer in layers for name, content in layer.files.items()}
    return Loaded(catalog, sort(problems), tree, origins, files)


def merged_layers(layers: Sequence[Layer]) -> tuple[Node, list[Diagnostic]]:
    """The layers in canonical form, each laid on those below it."""
    problems: list[Diagnostic] = []
    result: Node | None = None
    for layer in layers:
        canonical = Canonical(is_overlay=layer is not layers[0])
        tree = canonical.tree(layer.tree)
        problems += canonical.problems
        if result is None:
            result = tree
            continue
        merge = Merge()
        result = merge.tree(result, tree)
        problems += merge.problems
    assert result is not None
    return result, problems
