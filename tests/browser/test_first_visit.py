"""What the first visit brings, and that no page jumps under the pointer: neither hangs on how fast the machine is."""

from __future__ import annotations

import pytest
from playwright.sync_api import Browser

from tests.browser.demo import *  # noqa: F403 - its fixtures
from tests.browser.demo import Demo
from tests.browser.live import ready

MOST_BYTES = 450_000
MOST_SHIFT = 0.05
WATCH = """
window.shift = 0;
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.shift += each.value;
}).observe({ type: "layout-shift", buffered: true });
"""
BYTES = "performance.getEntries().reduce((sum, each) => sum + (each.transferSize || 0), 0)"


def test_the_first_visit_is_light(browser: Browser, demo: Demo) -> None:
    context = demo.context(browser, "emma.clarke")
    page = context.new_page()
    for path in ("/", "/account/"):
        page.goto(demo.address + path)
        ready(page)
        page.wait_for_load_state("networkidle")
        assert 10_000 < page.evaluate(BYTES) <= MOST_BYTES
    assert page.evaluate(BYTES) <= 100_000, "what the pages share is kept"
    context.close()


@pytest.mark.parametrize("width", [1280, 390])
@pytest.mark.parametrize(
    "path", ["/", "/account/", "/account/1", "/account/new", "/opportunity/board/", "/activity/calendar/"]
)
def test_nothing_jumps(browser: Browser, demo: Demo, path: str, width: int) -> None:
    context = demo.context(browser, "chen.li", width=width)
    page = context.new_page()
    page.add_init_script(WATCH)
    answer = page.goto(demo.address + path)
    assert answer is not None
    assert answer.ok
    ready(page)
    page.wait_for_load_state("networkidle")
    assert page.evaluate("window.shift") < MOST_SHIFT
    context.close()
