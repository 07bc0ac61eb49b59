"""The product as an app on a phone: its manifest and icons, and the worker that answers when the network does not.

The worker keeps the static files of this build and one page without any data. No page of work is ever kept by it.
"""

from __future__ import annotations

import json
from functools import lru_cache
from io import BytesIO

from flask import Response as FlaskResponse
from flask import make_response as answer_with
from flask import render_template
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.web import context
from app.web.i18n import text_in
from app.web.pages.assets import STATIC
from app.web.pages.base import PageView, expose, screens
from app.web.security.gate import public

SIZES = (180, 192, 512)
OWN_COLOR = "#11705a"
GROUND = "#f4f5f0"
OFFLINE = "/offline"
KEPT = (
    "tokens.css",
    "base.css",
    "pages.css",
    "logo.svg",
    "icons.svg",
    "js/offline.js",
    "js/drafts.js",
    "js/leaving.js",
)
"""What the page without a network is made of."""
_GRID = 24  # the mark is drawn on a square of so many units
_CUT = ((5, 7), (19, 7), (19, 11), (14.5, 11), (14.5, 17), (9.5, 17), (9.5, 11), (5, 11))
_SHARPER = 4  # drawn so many times as large, then made smaller: that smooths the edges


class InstallableView(PageView):
    """`/app.webmanifest`, `/app-icon-<size>.png`, `/sw.js` and `/offline`: the same for everybody, logged in or not."""

    route_base = ""

    @expose("/app.webmanifest")
    @public
    def show(self) -> Response:
        """What a browser needs to install the product: name, colour and icons of the company."""
        state = context.current()
        name = state.store.catalog.pack.label.in_language(state.language) or "Tenon"
        found = {
            "id": "/",
            "name": name,
            "short_name": name[:12].strip(),
            "lang": state.language,
            "start_url": "/",
            "scope": "/",
            "display": "standalone",
            "background_color": GROUND,
            "theme_color": _color(),
            "icons": [
                {"src": icon(size), "sizes": f"{size}x{size}", "type": "image/png", "purpose": "any maskable"}
                for size in SIZES
            ],
        }
        return FlaskResponse(json.dumps(found, ensure_ascii=False), content_type="application/manifest+json")

    @expose("/app-icon-<int:size>.png")
    @public
    def image(self, size: int) -> Response:
        """The mark on the company's colour. Raises NotFound for a size that is not offered."""
        if size not in SIZES:
            raise NotFound
        response = FlaskResponse(drawn(size, _color()), content_type="image/png")
        response.headers["Cache-Control"] = "public, max-age=86400"
        return response

    @expose("/sw.js")
    @public
    def worker(self) -> Response:
        """The worker, told which build it belongs to. Browsers ask for it anew each time."""
        asset = screens().asset
        kept = [asset(name) for name in KEPT] + ([screens().brand_href] if screens().brand_href else [])
        told = json.dumps({"folder": asset.folder, "offline": OFFLINE, "kept": kept})
        script = (STATIC / "js" / "worker.js").read_text("utf-8")
        response = FlaskResponse(f"self.TOLD = {told};\n{script}", content_type="text/javascript; charset=utf-8")
        response.headers["Cache-Control"] = "no-cache"
        return response

    @expose(OFFLINE)
    @public
    def offline(self) -> Response:
        """The page that stands for any other while there is no network."""
        language = context.current().language
        response: Response = answer_with(render_template("offline.html", title=text_in(language, "offline.title")))
        return response


def icon(size: int) -> str:
    """The address of an icon."""
    return f"/app-icon-{size}.png"


def _color() -> str:
    return context.current().store.catalog.pack.brand.color or OWN_COLOR


@lru_cache(maxsize=len(SIZES) * 4)
def drawn(size: int, color: str) -> bytes:
    """A PNG of the mark, within the part of it that every mask leaves."""
    from PIL import Image, ImageDraw  # takes its time, and few ask

    large = size * _SHARPER
    picture = Image.new("RGB", (large, large), color)
    scale, shift = large / _GRID * 0.8, large * 0.1
    ImageDraw.Draw(picture).polygon([(x * scale + shift, y * scale + shift) for x, y in _CUT], fill="#ffffff")
    held = BytesIO()
    picture.resize((size, size), Image.Resampling.LANCZOS).save(held, "PNG", optimize=True)
    return held.getvalue()
