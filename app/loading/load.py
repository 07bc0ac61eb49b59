"""Loads a pack: read, canonical form, merge, validate, build, check. All problems of all files in one run."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from pathlib import Path
from typing import Any

from app.definition import Catalog
from app.diagnostics import Diagnostic, Span, sort
from app.frozen import dataclass
from app.loading.aliases import with_new_names
from app.loading.attached import read_attached, with_contents
from app.loading.build import catalog_of_tree, completed
from app.loading.canonical import Canonical
from app.loading.checks import run_checks
from app.loading.checks.subject import Subject
from app.loading.files import NO_OTHERS, Layer, read_chain
from app.loading.form_places import with_form_places
from app.loading.merge import Merge
from app.loading.modules import modules_without_base
from app.loading.node import Node, Origins, walk
from app.loading.removal import without_removed
from app.loading.validate import validated
from app.loading.values import fitted

REMOVABLE = frozenset({"fields", "options", "stages"})
TreePath = tuple[str, ...]
TORN = frozenset({"CFG105", "CFG106", "CFG112"})
"""A comment, a comma or a tag cut a value, which is told by itself."""


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


def load_pack(folder: Path, search: Sequence[Path] = (), instead: Mapping[str, Path] = NO_OTHERS) -> Loaded:
    """Loads the pack in `folder`; `search` are folders in which packs that it extends are looked for (CRM_PACKS), `instead`
    names folders that are taken for packs of these names.
    """
    layers = read_chain(folder, search, instead)
    problems = [problem for layer in layers for problem in layer.problems]
    merged, found = merged_layers(layers)
    problems += found
    sound = validated(merged)
    fitting = fitted(sound.tree)
    problems += [*sound.problems, *fitting.problems]
    origins = Origins(fitting.tree)
    files = {name: content for layer in layers for name, content in layer.files.items()}
    tree = completed(with_contents(fitting.tree, files))
    catalog = catalog_of_tree(tree, origins)
    cut = sound.cut | fitting.cut | {path for layer in layers for path in layer.broken}
    cut |= {problem.path for problem in found if problem.code == "CFG214"}
    torn = frozenset((each.span.file, each.span.line) for each in problems if each.code in TORN)
    problems += run_checks(Subject(catalog, fitting.tree, cut, files, torn, _removed(layers[1:])))
    has_errors = any(problem.severity == "error" for problem in problems)
    return Loaded(None if has_errors else catalog, sort(problems), tree, origins, files)


def _removed(overlays: Sequence[Layer]) -> dict[str, Span]:
    """The names of fields, options and stages that an overlay took away, with the place."""
    return {
        path[-1]: node.head
        for layer in overlays
        for path, node in walk(layer.tree)
        if node.value is None and len(path) > 1 and path[-2] in REMOVABLE
    }


def merged_layers(layers: Sequence[Layer]) -> tuple[Node, list[Diagnostic]]:
    """The layers in canonical form, each laid on those below it."""
    problems: list[Diagnostic] = []
    result = Node({}, layers[0].tree.span)
    for layer in layers:
        canonical = Canonical(is_overlay=layer is not layers[0])
        tree = canonical.tree(layer.tree)
        problems += [*canonical.problems, *read_attached(layer, tree)]
        if layer is layers[0]:
            result = tree
            problems += modules_without_base(tree)
            continue
        tree = with_new_names(result, tree, problems, layer.files)
        result = without_removed(result, tree, problems)
        merge = Merge()
        result = with_form_places(merge.tree(result, tree), tree)
        problems += merge.problems
    return result, problems
