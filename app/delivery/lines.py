"""Texts that stand in one line: in a header of a mail, in a row that tells what became of something."""

from __future__ import annotations


def one_line(text: str) -> str:
    """A text as a header, a database and a page take it: what is no letter or sign is a blank."""
    return " ".join("".join(each if each.isprintable() else " " for each in text).split())


def is_one_line(text: str) -> bool:
    """Whether it holds letters and signs alone: no line break, and nothing that is not seen."""
    return text.isprintable()
