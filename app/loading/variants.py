"""Variants of a layout: each is written as a patch of the layout and becomes a whole one."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from app.definition import Layout
from app.diagnostics import Diagnostic, Span
from app.loading.merge import Merge
from app.loading.node import Node, Path, node_of, plain
from app.loading.shape import Record

OF_ITS_OWN = ("roles", "$place", "$replace", "$locked")  # what a variant says of itself and not of the layout
NOWHERE = Span("", 1, 1)


def resolved(layout: Node, variant: Node, path: Path) -> tuple[Node, list[Diagnostic]]:
    """The layout with a variant laid on it, and what of the variant can't be done."""
    base = layout.with_entries({key: each for key, each in layout.entries.items() if key != "variants"})
    patch = variant.with_entries({key: each for key, each in variant.entries.items() if key not in OF_ITS_OWN})
    merge = Merge()
    return merge.of(base, patch, Record(Layout, None), path), merge.problems


def with_whole_variants(layout: Mapping[str, Any]) -> Mapping[str, Any]:
    """A plain layout whose variants are whole layouts."""
    variants = layout.get("variants")
    if not variants:
        return layout
    base = node_of(dict(layout), NOWHERE)
    return {**layout, "variants": {key: _whole(base, each) for key, each in variants.items()}}


def _whole(layout: Node, variant: Mapping[str, Any]) -> dict[str, Any]:
    whole: dict[str, Any] = plain(resolved(layout, node_of(variant, NOWHERE), ())[0])
    tabs = {key: {"sections": {}, **tab} for key, tab in whole.get("tabs", {}).items()}
    return {**whole, "tabs": tabs, "roles": variant["roles"]}
