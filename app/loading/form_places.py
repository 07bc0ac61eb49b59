"""`$place` of a field is also its place in the form: beside the field that it names."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial

from app.diagnostics import Span
from app.loading.node import Node
from app.loading.removal import changed_at


def with_form_places(merged: Node, patch: Node) -> Node:
    """The merged tree, with fields that an overlay places after or before another put beside it in its section, unless
    they stand in a section already.
    """
    for entity, key, place, span in _places(patch):
        word, _, anchor = place.partition(" ")
        tabs = merged.find("entities", entity, "layout", "tabs")
        if word not in ("after", "before") or tabs is None:
            continue
        sections = [
            (("entities", entity, "layout", "tabs", tab, "sections", name, "fields"), fields)
            for tab, each in tabs.entries.items()
            for name, section in each.entries_at("sections").items()
            if (fields := section.find("fields")) is not None
        ]
        if any(item.value == key for _, fields in sections for item in fields.items):
            continue
        for path, fields in sections:
            names = [item.value for item in fields.items]
            if anchor.strip() in names:
                at = names.index(anchor.strip()) + (word == "after")
                items = [*fields.items[:at], Node(key, span), *fields.items[at:]]
                merged = changed_at(merged, path, partial(_with_items, items))
                break
    return merged


def _with_items(items: list[Node], node: Node) -> Node:
    return node._replace(value=items)


def _places(patch: Node) -> Iterator[tuple[str, str, str, Span]]:
    for entity, each in patch.entries_at("entities").items():
        for key, a_field in each.entries_at("fields").items():
            place = a_field.find("$place")
            if place is not None and place.text is not None:
                yield entity, key, place.text, place.span
