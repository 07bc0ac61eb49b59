"""The standard pack's catalog, read once for all tests of a process."""

from functools import cache
from pathlib import Path

from app.definition import Catalog
from app.loading import load_pack


@cache
def standard() -> Catalog:
    found = load_pack(Path(__file__).parents[3] / "config" / "standard")
    assert found.catalog is not None
    return found.catalog
