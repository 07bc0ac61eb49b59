"""Every text exists in English and Chinese, and every text that is asked for exists."""

from __future__ import annotations

import re
from pathlib import Path
from string import Formatter

import pytest

from app.web import i18n

WEB = Path(i18n.__file__).parent
CALL = re.compile(
    r"""(?<![\w.])(?:i18n\.)?(?:t|text_in)\((?:[^"'(),]+,|"en",)?\s*["']([a-z0-9_]+(?:\.[a-z0-9_]+)+)["']\s*[,)]"""
)


def parameters(text: str) -> set[str]:
    return {name for _, name, _, _ in Formatter().parse(text) if name}


def test_a_text_is_in_both_languages_with_the_same_parameters() -> None:
    assert len(i18n.TEXTS) > 1_000
    assert [key for key, texts in i18n.TEXTS.items() if not all(text.strip() for text in texts)] == []
    assert [key for key, (en, zh) in i18n.TEXTS.items() if parameters(en) != parameters(zh)] == []


def test_every_text_that_is_asked_for_exists() -> None:
    asked = {
        (path.name, key)
        for path in WEB.rglob("*")
        if path.suffix in {".py", ".html"}
        for key in CALL.findall(path.read_text("utf-8"))
    }
    assert asked
    assert sorted((name, key) for name, key in asked if key not in i18n.TEXTS) == []


@pytest.mark.parametrize(
    ("accepted", "offered", "best"),
    [
        (["zh-CN", "en"], ("en", "zh"), "zh"),
        (["zh-Hant-TW"], ("en", "zh"), "zh"),
        (["de", "fr"], ("zh", "en"), "zh"),
        (["de", "en-GB"], ("zh", "en"), "en"),
        (["zh"], ("en",), "en"),
        ([], ("en", "zh"), "en"),
    ],
)
def test_the_best_language_is_one_of_the_packs(accepted: list[str], offered: tuple[str, ...], best: str) -> None:
    assert i18n.best_language(accepted, offered) == best


def test_a_key_is_defined_once() -> None:
    with pytest.raises(ValueError, match="defined twice: a"):
        i18n.merged([{"a": ("1", "1")}, {"a": ("2", "2")}])
