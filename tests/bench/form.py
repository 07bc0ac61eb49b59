"""How long a form takes to answer a keystroke in Chromium: forty fields whose visibility and requirement follow from what is
typed, by way of the page that the program serves.
"""

from __future__ import annotations

import os
import shutil
import statistics
import threading
from dataclasses import dataclass
from pathlib import Path

from playwright.sync_api import Page, sync_playwright
from werkzeug.serving import make_server

from app.orm.engine import open_engine
from app.plan import open_store
from app.settings import Settings
from app.web.app import create_app
from tests.unit.website import PACK, PASSWORD, settle, write_pack

FIELDS = 40
_FIELD = """  f{n}: {{type: text, visible_when: 'amount > {n}00 and not is_blank(name)', required_when: 'amount > {n}50 or kind == "b"'}}
"""
_ENTITY = """
label: {en: Form}
plural: {en: Forms}
fields:
  name:   {type: text, required: true}
  amount: {type: money}
  kind:   {type: picklist, options: {a: {}, b: {}}}
"""
_TYPE = """(amounts) => {
  const input = document.querySelector("#i-amount");
  const times = [];
  for (const amount of amounts) {
    input.value = amount;
    const began = performance.now();
    input.dispatchEvent(new Event("input", { bubbles: true }));
    const worked = performance.now() - began;
    document.body.offsetHeight; // lays the page out
    times.push([worked, performance.now() - began]);
  }
  return times;
}"""


@dataclass(frozen=True)
class Answered:
    """Milliseconds for a keystroke: the middle one, what one in twenty takes at least, and the middle one with the layout that
    follows.
    """

    median: float
    slow: float
    laid_out: float


def measure_form(folder: Path, keystrokes: int) -> Answered | None:
    """Each keystroke turns about half of the fields. None where there is no Chromium."""
    program = os.environ.get("CHROME_BIN") or shutil.which("chromium")
    if program is None:
        return None
    entity = _ENTITY + "".join(_FIELD.format(n=number) for number in range(FIELDS))
    pack = write_pack(folder / "pack", {**PACK, "entities/form40.yaml": entity})
    url = f"sqlite:///{folder / 'form.db'}"
    engine = open_engine(url)
    settle(engine, pack)
    app = create_app(open_store(engine), Settings(config=pack, database_url=url, data_dir=folder))
    server = make_server("127.0.0.1", 0, app, threaded=True)
    threading.Thread(target=server.serve_forever, daemon=True).start()
    try:
        times = _in_chromium(program, f"http://127.0.0.1:{server.server_port}", keystrokes)
    finally:
        server.shutdown()
        server.server_close()
        engine.dispose()
    worked = [each for each, _ in times]
    whole = statistics.median(each for _, each in times)
    return Answered(statistics.median(worked), statistics.quantiles(worked, n=20)[-1], whole)


def _in_chromium(program: str, address: str, keystrokes: int) -> list[tuple[float, float]]:
    flags = ["--disable-gpu", "--no-first-run", *(["--no-sandbox"] if os.geteuid() == 0 else [])]
    with sync_playwright() as playwright:
        browser = playwright.chromium.launch(executable_path=program, args=flags)
        page = browser.new_page()
        _log_in(page, f"{address}/form40/new")
        page.locator("#i-name").fill("Form")
        amounts = [str(number * 997 % 4000) for number in range(keystrokes)]
        page.evaluate(_TYPE, amounts[:50])  # warm
        times: list[tuple[float, float]] = page.evaluate(_TYPE, amounts)
        assert page.locator(".field[data-name^=f]:not([hidden])").count() == int(amounts[-1]) // 100 + bool(
            int(amounts[-1]) % 100
        )
        browser.close()
    return times


def _log_in(page: Page, address: str) -> None:
    page.goto(address)
    page.locator("#username").fill("administrator")
    page.locator("#password").fill(PASSWORD)
    page.locator("form button").click()
    page.wait_for_selector("html[data-ready]", state="attached")
