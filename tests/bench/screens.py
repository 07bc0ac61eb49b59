"""How pages feel in Chromium on a slow line and a slow machine: what the first visit brings, when something is seen, what jumps, and
how long after a key or a click the page shows what it came to.

The line is Lighthouse's "slow 4G" (1.6 Mbit/s, 150 ms), the data is the demonstration's. The processor is slowed until it is as
fast as a telephone, by the measure and the two marks of Chromium's own calibration (developer tools, "CPU throttling presets"):
machines that run the bench differ several times. An interaction lasts as long as the Event Timing API says: from the event to the
next paint, in steps of 8 ms.
"""

from __future__ import annotations

import json
import os
import shutil
import statistics
import sys
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Browser, BrowserContext, Page, sync_playwright

from tests.bench import processes

MBIT = 1_000_000 / 8
SLOW_LINE = {
    "offline": False, "latency": 150, "downloadThroughput": 1.6 * MBIT, "uploadThroughput": 0.75 * MBIT,
}  # fmt: skip
MIDDLE, LOW = 1000, 264
"""What telephones reach in `_INDEX`: a Pixel 5, and a Moto G Power of 2022."""
PERSON = "emma.clarke"
PAGES = {
    "start page": "/",
    "list": "/account/",
    "board": "/opportunity/board/",
    "calendar": "/activity/calendar/",
    "report": "/reports/pipeline_by_month",
    "form": "/account/new",
    "record": "",  # the first of the list
}
_INDEX = """() => {
  const lasting = (work) => {
    const start = performance.now();
    let rounds = 0;
    while (rounds % 10 || performance.now() - start < 250) work(rounds++);
    return rounds * 100 / (performance.now() - start);
  };
  const texts = lasting(() => { let text = ""; for (let each = 0; each < 10000; each++) text += "a"; return text.length; });
  const [from, to] = [Array.from({ length: 100000 }, (_, each) => each), Array.from({ length: 100000 }, (_, each) => each)];
  const lists = lasting((round) => {
    const [source, target] = round % 2 ? [to, from] : [from, to];
    for (let each = 0; each < source.length; each++) target[each] = source[each];
  });
  return (texts + lists) / 2;
}"""
"""Tens of rounds a second of two loops, one of which makes garbage: Lighthouse's BenchmarkIndex, told in its documentation of
throttling."""
_WATCH = """
window.seen = { shift: 0, events: {} };
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) if (!each.hadRecentInput) window.seen.shift += each.value;
}).observe({ type: "layout-shift", buffered: true });
new PerformanceObserver((list) => {
  for (const each of list.getEntries()) {
    if (each.interactionId) {
      window.seen.events[each.interactionId] = Math.max(window.seen.events[each.interactionId] || 0, each.duration);
    }
  }
}).observe({ type: "event", durationThreshold: 16, buffered: true });
"""
_READ = """() => {
  const sizes = performance.getEntries().map((each) => each.transferSize || 0);
  const [paint] = performance.getEntriesByName("first-contentful-paint");
  return [sizes.reduce((sum, each) => sum + each, 0), paint ? paint.startTime : null, window.seen.shift];
}"""


@dataclass(frozen=True)
class Opened:
    """A page that was opened: milliseconds to its first paint (the middle one of several), and how much of it jumped."""

    title: str
    painted: float
    shift: float


@dataclass(frozen=True)
class Felt:
    """`speed` is this machine's (`MIDDLE` is a telephone), `first_kb` what the first page brings to an empty cache; the
    interactions are milliseconds, by a middling and by a low telephone."""

    speed: float
    first_kb: float
    opened: tuple[Opened, ...]
    interactions: tuple[float, ...]
    on_low: tuple[float, ...]


def slow(interactions: tuple[float, ...]) -> float:
    """What one interaction in twenty takes at least."""
    return statistics.quantiles(interactions, n=20)[-1]


def measure_screens(folder: Path, times: int) -> Felt | None:
    """Each page so many times, and so many rounds of interactions. None where there is no Chromium."""
    program = os.environ.get("CHROME_BIN") or shutil.which("chromium")
    if program is None:
        return None
    port = processes.free_port()
    command = [sys.executable, "-m", "app.cli", "demo", "--dir", str(folder / "demo"), "--port", str(port)]
    flags = ["--disable-gpu", "--no-first-run", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with (
        processes.serving(command, port, "/readyz", {}, folder / "demo.log"),
        sync_playwright() as playwright,
    ):
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        users = json.loads((folder / "demo" / "users.json").read_text("utf-8"))
        try:
            return _felt(browser, f"http://127.0.0.1:{port}", _password(users), times)
        finally:
            browser.close()


def _password(users: list[dict[str, str]]) -> str:
    return next(each["password"] for each in users if each["name"] == PERSON)


def _felt(browser: Browser, address: str, password: str, times: int) -> Felt:
    speed = _speed(browser)
    with _slow(browser, speed / MIDDLE) as page:
        page.goto(f"{address}/login/")
        page.wait_for_load_state("networkidle")
        at_login = page.evaluate(_READ)[0]
        _log_in(page, password)
        page.wait_for_load_state("networkidle")
        first = at_login + page.evaluate(_READ)[0]
        state = page.context.storage_state()
    opened = []
    with _slow(browser, speed / MIDDLE, state) as page:
        page.goto(f"{address}/account/")
        record = page.locator("a.name").first.get_attribute("href")
        for title, path in PAGES.items():
            found = [_open(page, address + (path or str(record))) for _ in range(times)]
            opened.append(Opened(title, statistics.median(at for at, _ in found), max(shift for _, shift in found)))
    middle, low = (_interactions(browser, address, speed / wanted, state, times) for wanted in (MIDDLE, LOW))
    return Felt(speed, first / 1000, tuple(opened), middle, low)


def _speed(browser: Browser) -> float:
    """Of this machine, once its engine is warm."""
    page = browser.new_page()
    found = [float(page.evaluate(_INDEX)) for _ in range(6)]
    page.close()
    return statistics.median(found[1:])


def _interactions(browser: Browser, address: str, rate: float, state: object, times: int) -> tuple[float, ...]:
    with _slow(browser, rate, state) as page:
        return tuple(took for _ in range(times) for act in _ACTS for took in act(page, address))


@contextmanager
def _slow(browser: Browser, rate: float, state: object = None) -> Iterator[Page]:
    context: BrowserContext = browser.new_context(
        viewport={"width": 1280, "height": 800},
        locale="en-US",
        service_workers="block",
        storage_state=state,  # type: ignore[arg-type]
    )
    context.add_init_script(_WATCH)
    page = context.new_page()
    client = context.new_cdp_session(page)
    client.send("Network.enable")
    client.send("Network.emulateNetworkConditions", SLOW_LINE)
    client.send("Emulation.setCPUThrottlingRate", {"rate": max(rate, 1.0)})
    yield page
    context.close()


def _log_in(page: Page, password: str) -> None:
    page.locator("#username").fill(PERSON)
    page.locator("#password").fill(password)
    page.locator("form button.btn--main").click()
    page.wait_for_selector("html[data-ready]", state="attached")


def _open(page: Page, url: str) -> tuple[float, float]:
    _go(page, url)
    page.wait_for_load_state("networkidle")
    _, painted, shift = page.evaluate(_READ)
    return float(painted), float(shift)


def _go(page: Page, url: str) -> None:
    page.goto(url)
    page.wait_for_selector("html[data-ready]", state="attached")


def _timed(page: Page, *acts: Callable[[], object]) -> list[float]:
    """Milliseconds of each interaction that took two frames or more, and a frame for each other."""
    page.evaluate("window.seen.events = {}")
    for act in acts:
        act()
        page.wait_for_timeout(200)
    found: list[float] = page.evaluate("Object.values(window.seen.events)")
    return [*found, *([16.0] * (len(acts) - len(found)))]


def _in_a_list(page: Page, address: str) -> list[float]:
    _go(page, f"{address}/account/")
    box = page.locator("tbody input[type=checkbox]")
    return _timed(
        page,
        lambda: page.keyboard.press("Control+k"),
        *(lambda key=key: page.keyboard.press(key) for key in "acme"),
        lambda: page.keyboard.press("Escape"),
        lambda: box.nth(0).click(),
        lambda: box.nth(3).click(),
        page.locator("thead input[type=checkbox]").first.click,
    )


def _in_a_form(page: Page, address: str) -> list[float]:
    _go(page, f"{address}/opportunity/new")
    page.locator("#i-name").click()
    return _timed(
        page,
        *(lambda key=key: page.keyboard.press(key) for key in "Press line"),
        lambda: page.keyboard.press("Tab"),
        *(lambda key=key: page.keyboard.press(key) for key in "an"),
        lambda: page.keyboard.press("Tab"),
    )


def _in_menus(page: Page, address: str) -> list[float]:
    _go(page, f"{address}/opportunity/board/")
    summary = page.locator(".topbar details.drop summary")
    return _timed(
        page,
        lambda: summary.nth(0).click(),
        lambda: page.keyboard.press("Escape"),
        lambda: summary.nth(1).click(),
        lambda: page.keyboard.press("Escape"),
        page.locator("[data-move]").first.click,
        lambda: page.keyboard.press("Escape"),
    )


_ACTS: tuple[Callable[[Page, str], list[float]], ...] = (_in_a_list, _in_a_form, _in_menus)
