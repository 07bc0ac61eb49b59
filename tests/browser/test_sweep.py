"""Every type of page, at each width, in both languages and themes: nothing runs over, lies on another, is cut, moves, or asks abroad.

`make deep` sees every page at each width and in each language and theme, though not in all of their combinations; `make
screenshots` does, and leaves the pictures in `screenshots/`.
"""

from __future__ import annotations

import os
from collections.abc import Iterator, Sequence
from itertools import product
from pathlib import Path
from typing import NamedTuple

import pytest
from playwright.sync_api import Browser, Page

from tests.browser.demo import *  # noqa: F403 - its fixtures
from tests.browser.demo import Demo
from tests.browser.looking import Watch, breaks, moving, violations
from tests.browser.page_types import ALL, EVERY, EVERYTHING, FIRST, NOBODY, Opened, prepare

KEPT = os.environ.get("CRM_TEST_SCREENSHOTS")
HEIGHTS = {1280: 800, 640: 400, 390: 844, 768: 1024, 1920: 1080}
"""640 is a laptop's window at twice the size."""
PICTURES = (1280, 390, 768)
LANGUAGES = ("en", "zh")
PARTS = 4
pytestmark = pytest.mark.deep
WHOLE = """document.querySelector("dialog[open], .topbar [open]") ? innerHeight : Math.min(
    2600, Math.max(document.documentElement.scrollHeight, innerHeight + Math.max(
        0, ...[...document.querySelectorAll(".page, .page .scroll")].map((node) => node.scrollHeight - node.clientHeight))))"""
"""How high a window must be to show all of the page."""


class Look(NamedTuple):
    """One look at a page, with axe or without."""

    width: int
    theme: str
    axe: bool = False
    pictured: bool = False


# One page of each type is shown to axe in each language, of its further pages every other one.
# Layouts follow from widths and words, not from colours; contrasts follow from the theme, not from words.
COVERING = {
    "en": (
        Look(640, "light"),
        Look(1920, "light"),
        Look(768, "light"),
        Look(390, "light"),
        Look(1280, "light", axe=True),
    ),
    "zh": (Look(640, "dark"), Look(768, "dark"), Look(1280, "dark"), Look(390, "dark", axe=True)),
}
ALL_LOOKS = (
    *(Look(width, theme, axe=True, pictured=True) for width, theme in product(PICTURES, ("light", "dark"))),
    *(Look(width, "light") for width in HEIGHTS if width not in PICTURES),
)


@pytest.fixture(scope="module")
def things(demo: Demo) -> Iterator[dict[str, object]]:
    login = demo.who["sales_rep"][0]
    demo.give(login, *EVERYTHING)
    yield prepare(demo, login)
    demo.give(login, "sales_rep")


@pytest.mark.parametrize("part", range(PARTS))
@pytest.mark.parametrize("language", LANGUAGES)
def test_no_page_is_broken(browser: Browser, demo: Demo, things: dict[str, object], language: str, part: int) -> None:
    mine = sorted(EVERY[part::PARTS], key=lambda each: each.who)
    found = [told for page, each in opened(browser, demo, language, mine) for told in seen(page, demo, each, things)]
    assert not found, "\n".join(found)


def opened(browser: Browser, demo: Demo, language: str, pages: Sequence[Opened]) -> Iterator[tuple[Page, Opened]]:
    """A tab for each page, logged in as who opens it: one for all that the same person opens."""
    context, who, tab = None, None, None
    for each in pages:
        if context is None or each.who != who:
            if context is not None:
                context.close()
            who = each.who
            login = "" if who == NOBODY else demo.who["sales_rep"][0] if who == ALL else demo.who[who][-1]
            context = demo.context(browser, login, language)
            tab = context.new_page()
            tab.watch = Watch(tab, demo.address)  # type: ignore[attr-defined]
        assert tab is not None
        yield tab, each
    if context is not None:
        context.close()


def seen(page: Page, demo: Demo, opened: Opened, things: dict[str, object]) -> Iterator[str]:
    """What is wrong with a page, each with where."""
    watch: Watch = page.watch  # type: ignore[attr-defined]
    page.set_viewport_size({"width": 1280, "height": 800})
    answer = page.goto(demo.address + opened.path.format(**things))
    if answer is None or answer.status != opened.status:
        yield f"{opened.name}: answers {answer and answer.status}"
        return
    watch.rest(page)
    for each in opened.clicked:
        page.evaluate("what => document.querySelector(what).click()", each)
        watch.rest(page)
    if opened.awaited:
        page.wait_for_selector(opened.awaited)
        watch.rest(page)
    language = page.evaluate("document.documentElement.lang")
    for look in ALL_LOOKS if KEPT else COVERING[language[:2]]:
        page.emulate_media(color_scheme=look.theme)  # type: ignore[arg-type]
        page.set_viewport_size({"width": look.width, "height": HEIGHTS[look.width]})
        faults = breaks(page)
        if look.axe and (
            KEPT or opened in FIRST or EVERY.index(opened) % len(LANGUAGES) == LANGUAGES.index(language[:2])
        ):
            faults += moving(page) + violations(page)
        yield from (f"{opened.name} {language} {look.theme} {look.width}: {fault}" for fault in faults)
        if KEPT and look.pictured:
            keep(page, Path(KEPT) / f"{look.width}-{language[:2]}-{look.theme}" / f"{opened.name}.png", look.width)
    yield from (f"{opened.name} {language}: {each}" for each in watch.take())


def keep(page: Page, path: Path, width: int) -> None:
    """A picture of the whole page."""
    path.parent.mkdir(parents=True, exist_ok=True)
    page.set_viewport_size({"width": width, "height": page.evaluate(WHOLE)})
    page.screenshot(path=path)
