"""The product as an app: a manifest with the company's name and colour, icons, a worker of this build, a page without data."""

from __future__ import annotations

import io
import json

from PIL import Image

from app.web.pages.installable import KEPT, SIZES
from tests.unit.website import Browser


def test_the_manifest_names_the_company_and_its_icons_are_there(stranger: Browser) -> None:
    answer = stranger.get("/app.webmanifest")
    assert answer.content_type == "application/manifest+json"
    told = json.loads(answer.get_data(as_text=True))
    assert (told["name"], told["display"], told["start_url"], told["scope"]) == (
        "Small Company",
        "standalone",
        "/",
        "/",
    )
    for each in told["icons"]:
        picture = Image.open(io.BytesIO(stranger.get(each["src"]).data))
        assert f"{picture.width}x{picture.height}" == each["sizes"]
    assert len(told["icons"]) == len(SIZES)
    assert stranger.get("/app-icon-1000.png").status_code == 404


def test_the_worker_is_asked_for_anew_and_keeps_files_of_this_build(stranger: Browser) -> None:
    answer = stranger.get("/sw.js")
    assert answer.headers["Cache-Control"] == "no-cache"
    assert "'unsafe" not in answer.headers["Content-Security-Policy"]
    text = answer.get_data(as_text=True)
    told = json.loads(text.partition("self.TOLD = ")[2].partition(";\n")[0])
    assert told["offline"] == "/offline"
    assert len(told["kept"]) >= len(KEPT)
    for path in told["kept"]:
        with stranger.get(path) as found:
            assert found.status_code == 200, path


def test_the_page_without_a_network_is_the_same_for_everybody(stranger: Browser, rep: Browser) -> None:
    assert stranger.get("/offline").data == rep.get("/offline").data
