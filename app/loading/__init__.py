"""Packs to the Catalog: YAML and JSON, overlays, validation, references, meaning; every problem with its place."""

from app.loading.build import catalog_of_tree

__all__ = ["catalog_of_tree"]
