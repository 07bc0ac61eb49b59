"""Writes the names of today where the files of a pack still use old ones."""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from pathlib import Path

from app.diagnostics import Span, split_lines
from app.loading.aliases import with_new_names as new_names_in
from app.loading.canonical import Canonical
from app.loading.files import read_chain
from app.loading.load import merged_layers

OLD_NAME = "CFG442"
WRITE = "write "  # how the hint of the diagnostic begins, before the new name
_WORD = re.compile(r"\w+")


def old_names(folder: Path, search: Sequence[Path] = ()) -> Mapping[Path, Mapping[Span, str]]:
    """By file, the places where a pack in `folder` calls a thing, of its base or of its own, by the name that it had, with the
    new name.
    """
    found: dict[Path, dict[Span, str]] = {}
    layers = read_chain(folder, search)
    merged, problems = merged_layers(layers)
    own = Canonical(is_overlay=len(layers) > 1).tree(layers[-1].tree)
    new_names_in(merged, own, problems, layers[-1].files)
    for each in problems:
        if each.code == OLD_NAME and each.hint is not None:
            new = each.hint.removeprefix(WRITE)
            found.setdefault(Path(each.span.file).resolve(), {})[each.span] = new
    return found


def with_new_names(content: bytes, names: Mapping[Span, str]) -> bytes:
    """The content of a file with the new names at these places."""
    text = content.decode("utf-8")
    lines = text.split("\n")
    if len(lines) != len(split_lines(text)):
        return content  # lines are counted in another way there
    for span in sorted(names, reverse=True):
        line, start, end = lines[span.line - 1], span.column - 1, span.column - 1 + span.length
        lines[span.line - 1] = line[:start] + _WORD.sub(names[span], line[start:end], count=1) + line[end:]
    return "\n".join(lines).encode("utf-8")
