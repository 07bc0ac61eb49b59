"""Packs to the Catalog: YAML and JSON, overlays, validation, references, meaning; every problem with its place."""

from __future__ import annotations

import importlib
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from app.loading.build import catalog_of_tree as catalog_of_tree
    from app.loading.load import Loaded as Loaded
    from app.loading.load import load_pack as load_pack
    from app.loading.snapshot import catalog_from_snapshot as catalog_from_snapshot
    from app.loading.snapshot import loaded_from_snapshot as loaded_from_snapshot
    from app.loading.snapshot import snapshot_of as snapshot_of

_HOMES = {
    "Loaded": "load",
    "catalog_from_snapshot": "snapshot",
    "catalog_of_tree": "build",
    "load_pack": "load",
    "loaded_from_snapshot": "snapshot",
    "snapshot_of": "snapshot",
}


def __getattr__(name: str) -> Any:
    """A public name, from its module when it is asked for: a server reads snapshots, and no YAML."""
    if name not in _HOMES:
        raise AttributeError(f"module {__name__!r} has no attribute {name!r}")
    return getattr(importlib.import_module(f"{__name__}.{_HOMES[name]}"), name)
