"""Packs to the Catalog: YAML and JSON, overlays, validation, references, meaning; every problem with its place."""

from app.loading.build import catalog_of_tree
from app.loading.load import Loaded, load_pack
from app.loading.snapshot import catalog_from_snapshot, snapshot_of

__all__ = ["Loaded", "catalog_from_snapshot", "catalog_of_tree", "load_pack", "snapshot_of"]
