"""One change of a base, seen by the packs of several companies: what of it conflicts with what each says itself.

Pure but for the reading of packs: nothing is applied, no database is written.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from app.diagnostics import Diagnostic, Span
from app.frozen import dataclass
from app.plan.pair import change_of
from app.plan.step import Step

if TYPE_CHECKING:
    from app.loading import Loaded

MEANING_CHANGED = "PLN531"
_PRESENTATION = frozenset(
    "label plural help icon placeholder color display message weight layout list renamed_from".split()
)
_WIDE = frozenset({"entities", "roles", "picklists", "pack", "menu", "backups"})
Tree = Mapping[str, Any]
Path = tuple[str, ...]


@dataclass(frozen=True)
class Conflict:
    """What a person must decide: a code, what it is, and the place in the company's pack."""

    code: str
    message: str
    place: Span | None = None
    hint: str = ""


@dataclass(frozen=True)
class CompanyPlan:
    """What a changed base means for one company."""

    name: str
    folder: str
    conflicts: tuple[Conflict, ...] = ()
    steps: tuple[Step, ...] = ()

    @property
    def is_held_up(self) -> bool:
        """Whether it can't be applied as it is."""
        return bool(self.conflicts) or any(step.blocks for step in self.steps)


def conflicts_of(
    was: Loaded | None, now: Loaded, bases: tuple[Tree, Tree] | None, own: frozenset[str]
) -> Iterator[Conflict]:
    """Errors that the pack did not have with the base as it `was`, and what it says of things whose meaning the base has
    changed. `bases` are the trees of the base before and after, `own` the names of the company's files.
    """
    known = {(each.code, each.path) for each in was.errors} if was is not None else set()
    for each in now.errors:
        if (each.code, each.path) not in known:
            yield _conflict_of(each)
    if was is not None and bases is not None:
        yield from _changed_meanings(was, bases, own)


def _conflict_of(found: Diagnostic) -> Conflict:
    return Conflict(found.code, found.message, found.span, found.hint or "")


def _changed_meanings(was: Loaded, bases: tuple[Tree, Tree], own: frozenset[str]) -> Iterator[Conflict]:
    """One conflict for each thing of the base that the company says something of."""
    said: dict[Path, list[Path]] = {}
    for path, spans in was.origins.items():
        is_leaf = not isinstance(value_at(was.tree, path), Mapping)
        if spans and spans[-1].file in own and is_leaf and len(path) > len(_thing(path)):
            said.setdefault(_thing(path), []).append(path)
    for thing, paths in sorted(said.items()):
        before, after = (value_at(base, thing) for base in bases)
        if not isinstance(before, Mapping) or not isinstance(after, Mapping):
            continue  # new with the company, or gone: that is an error of its own
        changed = [
            f"`{key}`: {change_of(before.get(key), after.get(key))}"
            for key in dict.fromkeys((*before, *after))
            if before.get(key) != after.get(key) and _concerns(thing, key, before, after, paths)
        ]
        if changed:
            place = was.origins[paths[0]][-1]
            yield Conflict(MEANING_CHANGED, f"{'.'.join(thing[1:])} means something else: {'; '.join(changed)}", place)


def _concerns(thing: Path, key: str, before: Tree, after: Tree, paths: list[Path]) -> bool:
    """Whether a change of an attribute is one for a pack that says these things of it. Of a field or another small thing any
    but presentation is; of what is wide (an entity, a role) only what the pack says itself.
    """
    depth = len(thing)
    own = [path for path in paths if path[depth] == key]
    if own and any(value_at(before, path[depth:]) != value_at(after, path[depth:]) for path in own):
        return True
    return not own and key not in _PRESENTATION and not (len(thing) < 4 and thing[0] in _WIDE)


def _thing(path: Path) -> Path:
    """The thing that a path leads into: `entities account fields level`, `roles sales_rep`, `pack`."""
    if path[0] == "entities":
        return path[:4] if len(path) > 4 else path[:2]
    return path[:1] if path[0] in {"pack", "menu", "backups"} else path[:2]


def value_at(tree: Tree, path: Path) -> Any:
    """What stands at a path of a plain tree; None where nothing does."""
    found: Any = tree
    for key in path:
        if not isinstance(found, Mapping) or key not in found:
            return None
        found = found[key]
    return found
