"""Every type of page, in both languages and themes and at three widths: nothing is broken, and screenshots are kept.

`make screenshots` looks at them all, and leaves the pictures in `screenshots/`.
"""

from __future__ import annotations

import os
import re
from collections.abc import Iterator
from pathlib import Path

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.demo import *  # noqa: F403 - its fixtures
from tests.browser.demo import Demo
from tests.browser.looking import Watch, breaks, violations
from tests.browser.page_types import ALL, EVERYTHING, NO_PAGES, NOBODY, PAGES, Opened, prepare

KEPT = os.environ.get("CRM_TEST_SCREENSHOTS")
WIDTHS = {1280: 800, 390: 844, 1920: 1080}
THEMES = ("light", "dark")
PARTS = 2  # for two processes
pytestmark = [pytest.mark.deep, pytest.mark.skipif(not KEPT, reason="takes minutes: `make screenshots` runs it")]
WHOLE = """Math.min(2600, Math.max(document.documentElement.scrollHeight, innerHeight + Math.max(
    0, ...[...document.querySelectorAll(".page, .page .scroll")].map((node) => node.scrollHeight - node.clientHeight))))"""
"""How high a window must be to show all of the page."""


def test_every_page_is_in_the_sweep(demo: Demo) -> None:
    rules = {rule.rule for rule in demo.website.app.url_map.iter_rules() if "GET" in (rule.methods or ())}
    plain = {re.sub(r"^/static/[0-9a-f]{10}/", "/static/", rule) for rule in rules if not rule.startswith("/api/")}
    assert plain == PAGES.keys() | NO_PAGES.keys()
    assert not PAGES.keys() & NO_PAGES.keys()


@pytest.fixture(scope="module")
def things(demo: Demo) -> dict[str, object]:
    demo.give(demo.who["administrator"][0], *EVERYTHING)
    return prepare(demo)


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("language", ["en", "zh"])
def test_no_page_is_broken(browser: Browser, demo: Demo, things: dict[str, object], language: str, part: int) -> None:
    every = sorted((each for pages in PAGES.values() for each in pages), key=lambda each: each.who)
    pages = opened(browser, demo, language, every[part::PARTS])
    found = [told for page, each in pages for told in seen(page, demo, each, things, language)]
    assert not found, "\n".join(found)


def opened(browser: Browser, demo: Demo, language: str, pages: list[Opened]) -> Iterator[tuple[Page, Opened]]:
    """A tab for each page, logged in as who opens it: one for all that the same person opens."""
    context, who, tab = None, None, None
    for each in pages:
        if each.who != who or context is None:
            if context is not None:
                context.close()
            who = each.who
            login = demo.who["administrator" if who == ALL else who][0] if who != NOBODY else ""
            context = demo.context(browser, login, language)
            tab = context.new_page()
            tab.watch = Watch(tab, demo.address)  # type: ignore[attr-defined]
        assert tab is not None
        yield tab, each
    if context is not None:
        context.close()


def seen(page: Page, demo: Demo, opened: Opened, things: dict[str, object], language: str) -> Iterator[str]:
    """What is wrong with a page, each with where."""
    page.set_viewport_size({"width": 1280, "height": 800})
    answer = page.goto(demo.address + opened.path.format(**things), wait_until="networkidle" if KEPT else "load")
    if answer is None or answer.status != opened.status:
        yield f"{opened.path}: answers {answer and answer.status}"
        return
    for theme in THEMES:
        page.emulate_media(color_scheme="dark" if theme == "dark" else "light")
        for width, height in WIDTHS.items():
            page.set_viewport_size({"width": width, "height": height})
            where = f"{opened.path} {language} {theme} {width}"
            # Colours do not move anything, and a wide window has nothing that a laptop's has not.
            faults = breaks(page) if theme == THEMES[0] else []
            if width != 1920:
                faults += violations(page, contrast_only=(theme, width) in {("light", 390), ("dark", 1280)})
            yield from (f"{where}: {fault}" for fault in faults)
            if KEPT:
                kept = Path(KEPT) / f"{width}-{language}-{theme}" / f"{opened.name}.png"
                kept.parent.mkdir(parents=True, exist_ok=True)
                page.set_viewport_size({"width": width, "height": page.evaluate(WHOLE)})
                page.screenshot(path=kept)
    noted: Watch = page.watch  # type: ignore[attr-defined]
    yield from (f"{opened.path} {language}: {each}" for each in noted.take())
