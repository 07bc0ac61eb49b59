"""Small things about words."""

from __future__ import annotations


def sentence_case(label: str, language: str) -> str:
    """A label as it stands inside of a sentence: "Account" is "account" in English; "VIP" and Chinese stay."""
    if language != "en" or len(label) < 2 or not label[0].isupper() or not label[1].islower():
        return label
    return label[0].lower() + label[1:]
