"""Pieces of a page, rendered alone for scripts that put them in place."""

from __future__ import annotations

from flask import render_template
from markupsafe import Markup


def fragment(template: str, **values: object) -> Markup:
    """A template as markup, without the blank around it."""
    return Markup(render_template(template, **values).strip())  # noqa: S704 - escaped by the template
