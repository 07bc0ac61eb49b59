"""Steps of renames: what gets another name, what named it by the old one, and how many rows hold it."""

from __future__ import annotations

from collections import Counter
from collections.abc import Collection, Iterator, Mapping
from typing import Any

from app.loading.aliases import in_new_words
from app.loading.node import Path
from app.loading.wording import THINGS
from app.plan.pair import Pair, counted
from app.plan.question import Held
from app.plan.renames import Renamed, Renaming
from app.plan.step import Block, Kind, Step

KINDS = {
    "entities": Kind.RENAME_ENTITY, "fields": Kind.RENAME_FIELD, "link_fields": Kind.RENAME_FIELD,
    "options": Kind.RENAME_OPTION,
}  # fmt: skip
_WITHIN_ENTITY = {
    "rules": "rule", "layout": "layout", "list": "list", "duplicates": "duplicate rule", "keys": "key",
    "pipelines": "pipeline", "fields": "field",
}  # fmt: skip
_SHARED_STAGE = Block(
    "PLN535",
    "another pipeline of the field has a stage of the old name, too",
    "rename it there in the same way, or keep the key and change the label",
)


_KEPT = Block(
    "PLN536", "what had this name was removed and is kept", "take another name, or `crm purge` what was removed"
)


def rename_steps(renaming: Renaming, removed: Collection[str] = ()) -> Iterator[Step]:
    """A step for each rename. `removed` are the names of tombstones, `entity` and `entity.field`."""
    pair = Pair(renaming.applied.catalog, renaming.after)
    for each in renaming.found:
        kind = KINDS.get(each.place[-1], Kind.RENAME_STAGE)
        place = ".".join(part for number, part in enumerate(each.place) if number % 2)
        target = f"{place}.{each.old}" if place else each.old
        holders = renaming.holders(each)
        check = Held(tuple(tuple(one.split(".")) for one in holders), each.old, each.new) if holders else None
        yield pair.step(
            kind, f"{target} → {each.new}", *each.path, "renamed_from", detail="renamed_from",
            check=check, impact=used(renaming.tree, each), blocks=_block(renaming, each, removed),
        )  # fmt: skip


def _block(renaming: Renaming, renamed: Renamed, removed: Collection[str]) -> Block | None:
    if _is_ambiguous(renaming, renamed):
        return _SHARED_STAGE
    if renamed.place == ("entities",):
        return _KEPT if renamed.new in removed else None
    is_field = renamed.place[-1] in {"fields", "link_fields"}
    return _KEPT if is_field and ".".join((*renamed.place[1::2], renamed.new)) in removed else None


def _is_ambiguous(renaming: Renaming, renamed: Renamed) -> bool:
    """Whether rows that hold the old name of a stage may be in another pipeline, in which it is called otherwise."""
    if renamed.place[-1] != "stages":
        return False
    entity = renaming.after.entities[renamed.place[1]]
    field = entity.pipelines[renamed.place[3]].field
    others = [each for each in renaming.found if each.old == renamed.old and each.place[-1] == "stages"]
    said = {each.new for each in others if each.place[1] == entity.key}
    return len(said) > 1 or any(renamed.old in each.stages for each in entity.pipelines_of(field))


def used(tree: Mapping[str, Any], renamed: Renamed) -> str:
    """What names a thing in a tree in new words, and named it by its old name: `followed by 2 views, 1 rule`."""
    its_own = {renamed.path, (*renamed.place, renamed.old)}
    uses = in_new_words(tree, {renamed.place: {renamed.new: renamed.old}}).uses
    places = {_thing(path) for path in uses if path not in its_own}
    counts = sorted(Counter(word for word, _ in places).items())
    return f"followed by {', '.join(counted(number, word) for word, number in counts)}" if counts else ""


def _thing(path: Path) -> tuple[str, Path]:
    """What a path leads into: its kind in words, and where it is."""
    if path[0] == "entities" and len(path) > 3:
        return _WITHIN_ENTITY.get(path[2], "entity"), path[:3] if path[2] in ("layout", "list") else path[:4]
    return THINGS.get(path[0], path[0]), path[:2]
