"""The source text behind a span."""

from __future__ import annotations

from collections.abc import Mapping

from app.diagnostics import ReadLine, Span, split_lines


def line_reader(files: Mapping[str, bytes]) -> ReadLine:
    """A function that gives a line of one of the files, or None where there is none. Each file is split once."""
    split: dict[str, list[str]] = {}

    def read_line(file: str, line: int) -> str | None:
        if file not in files:
            return None
        if file not in split:
            split[file] = split_lines(files[file].decode("utf-8", "replace").removeprefix("\ufeff"))
        lines = split[file]
        return lines[line - 1] if 0 < line <= len(lines) else None

    return read_line


def source_at(span: Span, read_line: ReadLine) -> str:
    """The text that a span marks; '' where the file is not at hand."""
    line = read_line(span.file, span.line) or ""
    return line[span.column - 1 : span.column - 1 + span.length]
