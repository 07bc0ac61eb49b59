"""The reference of the language in Chinese: what its definition says in English, phrase by phrase.

The phrases stand in `zh.tsv`, beside this module: English, a tab, Chinese. A test refuses one that is missing, and one that
nothing says any more. The definition itself knows English alone: its help is that of the schemas, which editors show.
"""

from __future__ import annotations

from collections.abc import Mapping
from functools import cache
from pathlib import Path
from types import MappingProxyType

from app.definition import Text


@cache
def phrases() -> Mapping[str, str]:
    """Chinese by English, in the order of the file, whose first line says what its columns are."""
    lines = (Path(__file__).parent / "zh.tsv").read_text("utf-8").splitlines()[1:]
    return MappingProxyType({english: chinese for english, _, chinese in (line.partition("\t") for line in lines)})


def both_of(english: str) -> Text:
    """A phrase in both languages; in English alone where it is not in the file."""
    return Text({"en": english, "zh": phrases().get(english) or english}) if english else Text()
