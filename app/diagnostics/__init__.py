"""Places in files, and what is to be said about them."""

from app.diagnostics.span import Span

__all__ = ["Span"]
