"""The order of things and names: `$place` for entries of a map, `$add` and `$remove` for lists of names."""

from __future__ import annotations

from collections.abc import Sequence

from app.diagnostics import Diagnostic, diagnostic, did_you_mean, nearest
from app.loading.node import Node, Path

FORMS = "first, last, after x or before x"


def placed(
    entries: dict[str, Node], places: Sequence[tuple[str, Node]], path: Path, problems: list[Diagnostic]
) -> dict[str, Node]:
    """The entries with those that have a `$place` moved there. Several with the same place keep the order of the text."""
    order = list(entries)
    behind: dict[str, str] = {}  # what was put last behind or at a place
    for key, place in places:
        order.remove(key)
        index = _index(order, place, behind, key, (*path, key), problems)
        order.insert(len(order) if index is None else index, key)
    return {key: entries[key] for key in order}


def _index(
    order: list[str], place: Node, behind: dict[str, str], key: str, path: Path, problems: list[Diagnostic]
) -> int | None:
    text = place.text or ""
    word, _, anchor = text.partition(" ")
    anchor = anchor.strip()
    if text == "last":
        return None
    if text == "first" or (word in ("after", "before") and anchor in order):
        last = behind.get(text)
        behind[text] = key
        if text == "first":
            return order.index(last) + 1 if last in order else 0
        if word == "before":
            return order.index(anchor)
        return order.index(last if last in order else anchor) + 1
    if word in ("after", "before") and anchor:
        message, hint = f"there is no '{anchor}' to be placed {word}", did_you_mean(nearest(anchor, order))
    else:
        message, hint = f"$place is {FORMS}", None
    problems.append(diagnostic("CFG223", message, place.span, path=path, hint=hint))
    return None


def edited(base: Node | None, patch: Node, path: Path, problems: list[Diagnostic]) -> Node:
    """The list below with names removed and added."""
    items = list(base.items) if base is not None else []
    removed = patch.entries.get("$remove")
    for each in removed.items if removed is not None else ():
        at = next((number for number, item in enumerate(items) if item.value == each.value), None)
        if at is None:
            hint = did_you_mean(nearest(str(each.value), [str(item.value) for item in items]))
            problems.append(diagnostic("CFG223", f"the list has no '{each.value}'", each.span, path=path, hint=hint))
        else:
            del items[at]
    items = _added(items, patch.entries.get("$add"), path, problems)
    for key, each in patch.entries.items():
        if key not in ("$add", "$remove"):
            hint = "a list is changed by {$add: {x: after y}, $remove: [z]}"
            problems.append(diagnostic("CFG223", f"'{key}' says nothing to a list", each.head, path=path, hint=hint))
    result = Node(items, patch.span, patch.key)
    return result if base is None else result._replace(below=(*base.below, base.origin))


def _added(items: list[Node], added: Node | None, path: Path, problems: list[Diagnostic]) -> list[Node]:
    if added is None:
        return items
    by_name = {str(item.value): item for item in items}
    places: list[tuple[str, Node]] = []
    if isinstance(added.value, dict):
        wanted = [(key, Node(key, place.head), place) for key, place in added.value.items()]
    else:
        wanted = [(str(item.value), item, Node("last", item.span)) for item in added.items]
    for name, item, place in wanted:
        if name in by_name:
            problems.append(diagnostic("CFG207", f"'{name}' is in the list already", item.span, path=path))
            continue
        by_name[name] = item
        places.append((name, place))
    return list(placed(by_name, places, path, problems).values())
