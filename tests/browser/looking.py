"""What every page must pass: axe, and a layout in which nothing runs over, lies on another, or is cut without dots.

`look(page)` is for pages that no phone is needed for; `breaks(page)` finds what is wrong with the layout alone.
"""

from __future__ import annotations

from pathlib import Path

from axe_playwright_python.sync_playwright import Axe
from playwright.sync_api import ConsoleMessage, Page, Request, Response

RULES = {
    "runOnly": ["wcag2a", "wcag2aa", "wcag21a", "wcag21aa", "wcag22aa", "best-practice"],
    "resultTypes": ["violations"],  # what is right is not written out, which takes as long as to look
}
AXE = Axe()
MOVING = """() => [...document.querySelectorAll("*")].flatMap((node) => {
    const style = getComputedStyle(node);
    const animated = style.animationName === "none" ? "0s" : style.animationDuration;
    const longest = Math.max(...`${style.transitionDuration},${animated}`.split(",").map(parseFloat));
    return longest > 0.01 || style.scrollBehavior === "smooth" ? [`moves: ${node.outerHTML.slice(0, 120)}`] : [];
})"""
BREAKS = Path(__file__).with_name("breaks.js").read_text("utf-8")


def violations(page: Page) -> list[str]:
    """What axe finds, by rule and element."""
    found = AXE.run(page, options=RULES).response["violations"]
    return [f"{each['id']}: {node['html'][:160]}" for each in found for node in each["nodes"][:3]]


def breaks(page: Page) -> list[str]:
    """What is broken in the layout."""
    found: list[str] = page.evaluate(BREAKS)
    return found


def moving(page: Page) -> list[str]:
    """What would move though whoever looks asked for no motion."""
    found: list[str] = page.evaluate(MOVING)
    return found


def check(page: Page, where: str) -> None:
    """Nothing is wrong with the page as it stands."""
    assert [f"{where}: {each}" for each in violations(page)] == []
    wide, inner = page.evaluate("[document.documentElement.scrollWidth, innerWidth]")
    assert wide <= inner, f"{where}: {wide} px in a window of {inner}"


class Watch:
    """Notes what a page says to its console, asks of other hosts, and is refused, until it is taken."""

    def __init__(self, page: Page, address: str) -> None:
        self.address = address
        self.found: list[str] = []
        self.asked: set[Request] = set()
        page.on("requestfinished", self._came)
        page.on("requestfailed", self._came)
        page.on("pageerror", lambda error: self.found.append(f"error: {error}"))
        page.on("console", self._said)
        page.on("request", self._asked)
        page.on("response", self._answered)

    def _said(self, message: ConsoleMessage) -> None:
        # What a page itself was answered with, 404 perhaps, is told by the console too, and seen to by its test.
        # That the worker is left out is Playwright's doing.
        if "Service Worker registration blocked" in message.text:
            return
        if message.type in {"error", "warning"} and "Failed to load resource" not in message.text:
            self.found.append(f"console: {message.text}")

    def _asked(self, request: Request) -> None:
        self.asked.add(request)
        if not request.url.startswith((self.address, "data:", "about:")):
            self.found.append(f"asks another host: {request.url}")

    def _came(self, request: Request) -> None:
        self.asked.discard(request)

    def _answered(self, response: Response) -> None:
        if response.status >= 400 and not response.request.is_navigation_request():
            self.found.append(f"{response.status}: {response.url}")

    def rest(self, page: Page) -> None:
        """Wait until the page stands, and all that it asked for has come."""
        page.wait_for_load_state()
        while self.asked:
            page.wait_for_timeout(20)
        page.wait_for_timeout(40)  # what came is put into its place

    def take(self) -> list[str]:
        """What was noted since the last time."""
        found, self.found = self.found, []
        return found
