"""Addresses of static files that name their content: a changed file has a new address, so browsers may keep each forever.

The version is a folder of the address, so that scripts and styles find each other by plain relative names.
"""

from __future__ import annotations

import hashlib
from pathlib import Path

from flask import Flask, Response, request

STATIC = Path(__file__).parent.parent / "static"
SPRITE = "icons.svg"


def _digest_of_all() -> str:
    digest = hashlib.sha256()
    for path in sorted(each for each in STATIC.rglob("*") if each.is_file()):
        digest.update(path.relative_to(STATIC).as_posix().encode())
        digest.update(path.read_bytes())
    return digest.hexdigest()[:10]


class Assets:
    """Static files of this build; one version for all."""

    def __init__(self) -> None:
        self.folder = f"/static/{_digest_of_all()}/"

    def __call__(self, name: str) -> str:
        """The address of a static file."""
        return self.folder + name

    def install(self, app: Flask) -> None:
        """Serve the files under their versioned addresses, to be kept for a year."""
        app.add_url_rule(f"{self.folder}<path:filename>", endpoint="static", view_func=app.view_functions["static"])
        app.after_request(self._keep)

    def _keep(self, response: Response) -> Response:
        if request.path.startswith(self.folder) and response.status_code == 200:
            response.headers["Cache-Control"] = "public, max-age=31536000, immutable"
        return response
