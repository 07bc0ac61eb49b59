"""Addresses of static files that name their content: a changed file has a new address, so browsers may keep each forever."""

from __future__ import annotations

import hashlib
from pathlib import Path

STATIC = Path(__file__).parent.parent / "static"
SPRITE = "icons.svg"


def _digest_of_all() -> str:
    digest = hashlib.sha256()
    for path in sorted(each for each in STATIC.rglob("*") if each.is_file()):
        digest.update(path.relative_to(STATIC).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


class Assets:
    """Static files of this build. One version for all: scripts import each other by plain names."""

    def __init__(self) -> None:
        self.version = _digest_of_all()

    def __call__(self, name: str) -> str:
        """The address of a static file."""
        return f"/static/{name}?v={self.version}"
