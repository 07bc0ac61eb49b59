"""Places in files, and what is to be said about them."""

from app.diagnostics.codes import CODES, Code
from app.diagnostics.diagnostic import Diagnostic, Severity, diagnostic, sort
from app.diagnostics.render import ReadLine, render_github, render_json, render_text, split_lines
from app.diagnostics.span import Span
from app.diagnostics.suggest import did_you_mean, nearest

__all__ = [
    "CODES", "Code", "Diagnostic", "ReadLine", "Severity", "Span", "diagnostic", "did_you_mean", "nearest", "render_github",
    "render_json", "render_text", "sort", "split_lines",
]  # fmt: skip
