"""What all pages share: the frame, the notices, the answers.

Every view of this package derives from `PageView` and holds addresses alone; what it does is done at a `Desk`, which
reads the state of the request (Flask-AppBuilder looks at every attribute of a view when there is no request yet).
"""

from __future__ import annotations

import hashlib
from collections.abc import Callable, Sequence
from typing import Any, NamedTuple, TypeVar
from zoneinfo import ZoneInfo

from flask import current_app, redirect, render_template, request
from flask import make_response as answer_with
from flask_appbuilder.baseviews import BaseView
from flask_appbuilder.baseviews import expose as fab_expose
from markupsafe import Markup
from sqlalchemy.orm import Session
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.access import Actor, FieldRights, field_rights
from app.definition import Catalog
from app.orm.store import Store
from app.web import context
from app.web.cookies import read_cookie
from app.web.i18n import text_in
from app.web.languages import LANGUAGE_NAMES
from app.web.pages import drawing, notices
from app.web.pages.assets import SPRITE, Assets
from app.web.pages.brand import accent_css
from app.web.pages.cells import Cell, Painter, initials_of, tone_of
from app.web.pages.formats import Formats, formats_for
from app.web.pages.notices import Notice
from app.web.pages.painters import Painters
from app.web.pages.shell import Frame, build_frame, may
from app.web.security import csrf
from app.web.templating import escaped

THEMES = ("light", "dark", "system")
THEME_COOKIE = "tenon_theme"
LARGEST_ID = 2**63 - 1
MOST_CHIPS = 10_000  # a kilobyte each
MOST_DRAWN = 300  # frames: some ten kilobytes each where there are many entities

View = TypeVar("View", bound=Callable[..., Any])


def expose(address: str, methods: Sequence[str] = ("GET",)) -> Callable[[View], View]:
    """Flask-AppBuilder's `expose`, with the type of the view kept."""
    exposed: Callable[[View], View] = fab_expose(address, methods=methods)
    return exposed


class DrawnFrame(NamedTuple):
    """What of the frame grows with the number of entities, as HTML."""

    navigation: Markup
    new_menu: Markup
    new_sheet: Markup


class Screens:
    """What the pages of one catalog share and need to work out once: painters, frames, addresses of static files."""

    def __init__(self, catalog: Catalog) -> None:
        self.catalog = catalog
        self.painters = Painters(catalog)
        self.asset = Assets()
        color = catalog.pack.brand.color
        self.brand_css = accent_css(color) if color else ""
        version = hashlib.sha256(self.brand_css.encode()).hexdigest()[:10]
        self.brand_href = f"/brand.css?v={version}" if color else ""
        self._frames: dict[object, Frame] = {}
        self._drawn: dict[object, DrawnFrame] = {}
        self._chips: dict[object, Markup] = {}

    def frame(self, actor: Actor, language: str) -> Frame:
        """The navigation for the roles of an actor, built once for each set of roles."""
        key = (actor.grant_key, language)
        found = self._frames.get(key)
        if found is None:
            if len(self._frames) > 1_000:
                self._frames.clear()
            found = self._frames[key] = build_frame(self.catalog, actor, language)
        return found

    def drawn(self, actor: Actor, language: str, here: str) -> DrawnFrame:
        """The navigation with the page of the entity `here` marked: drawn once for each set of roles and entity."""
        key = (actor.grant_key, language, here)
        found = self._drawn.get(key)
        if found is None:
            if len(self._drawn) > MOST_DRAWN:
                self._drawn.clear()
            macros: Any = current_app.jinja_env.get_template("macros/frame.html").module
            frame = self.frame(actor, language)
            found = self._drawn[key] = DrawnFrame(
                macros.navigation(frame.menu, here),
                macros.choices(frame.creatable, "menu__item menu__item--s"),
                macros.choices(frame.creatable, "menu__item"),
            )
        return found

    def chip(self, key: object, draw: Callable[[], Markup]) -> Markup:
        """What `draw` gives, drawn once for each key; the key names all that it is made of."""
        found = self._chips.get(key)
        if found is None:
            if len(self._chips) > MOST_CHIPS:
                self._chips.clear()
            found = self._chips[key] = draw()
        return found


def screens() -> Screens:
    """The shared part of the application that answers this request."""
    found: Screens = current_app.extensions["tenon.screens"]
    return found


def theme() -> str:
    """The theme that this browser asked for."""
    chosen = read_cookie(request, THEME_COOKIE)
    return chosen if chosen in THEMES else "system"


def csrf_field() -> Markup:
    """The hidden field that every form of a page carries."""
    return Markup(f'<input type="hidden" name="csrf_token" value="{escaped(csrf.token())}">')  # noqa: S704 - escaped here


def template_names() -> dict[str, object]:
    """What every template may use: joined to the context of each rendering."""
    shared = screens()
    state = context.current()
    return {
        "theme": theme(),
        "language": state.language,
        "brand_label": shared.catalog.pack.label.in_language(state.language) or "Tenon",
        "brand_css": shared.brand_href,
        "looking_as": _banner(state),
    }


class Banner(NamedTuple):
    """What stands above every page of who looks as another person, in his own language."""

    text: str
    end: str
    language: str


def _banner(state: context.RequestState) -> Banner | None:
    found, viewer = state.web_session, state.viewer
    if found is None or viewer is None or found.viewed_until is None:
        return None
    until = found.viewed_until.astimezone(ZoneInfo(viewer.time_zone)).strftime("%H:%M")
    text = text_in(viewer.language, "viewing.banner", name=found.actor.name, time=until)
    return Banner(text, text_in(viewer.language, "viewing.end"), viewer.language)


def install(app: Any, catalog: Catalog) -> Screens:
    """Give an application its screens and its templates their names."""
    made = Screens(catalog)
    app.extensions["tenon.screens"] = made
    made.asset.install(app)
    sprite = made.asset(SPRITE)
    app.jinja_env.globals.update(asset=made.asset, sprite=sprite, csrf_field=csrf_field, **drawing.install(sprite))
    app.context_processor(template_names)
    return made


class PageView(BaseView):  # type: ignore[misc]  # the library publishes no types
    """The base of every page's view: its addresses, as Flask-AppBuilder registers them."""

    default_view = "show"


class Desk:
    """Where a request is worked on: who asks, in which language, with which rights; and the answers to it."""

    @property
    def store(self) -> Store:
        return context.current().store

    @property
    def catalog(self) -> Catalog:
        return context.current().store.catalog

    @property
    def actor(self) -> Actor:
        return context.current().actor

    @property
    def language(self) -> str:
        return context.current().language

    @property
    def session(self) -> Session:
        """The reading session of the request."""
        return context.current().session

    @property
    def formats(self) -> Formats:
        """How this person reads numbers and moments."""
        return formats_for(self.language, context.current().time_zone, self.catalog.pack.currency.company)

    def t(self, key: str, **params: object) -> str:
        """The text of `key` in the language of the request."""
        return text_in(self.language, key, **params)

    def may(self, verb: str, entity: str) -> bool:
        """Whether the actor may use the verb on some records of the entity."""
        return may(self.catalog, self.actor, verb, entity)

    def rights(self, entity: str) -> FieldRights:
        """What the actor may do with the fields of the entity."""
        return field_rights(self.catalog, self.actor, entity)

    def painter(self, entity: str, key: str) -> Painter:
        """The painter of a field for this person, masked where he sees only the mask."""
        masked = key in self.rights(entity).masks
        return screens().painters.get(entity, key, self.language, context.current().time_zone, masked=masked)

    def clear_painter(self, entity: str, key: str) -> Painter:
        """The painter of a value that is shown in clear this once."""
        return screens().painters.get(entity, key, self.language, context.current().time_zone, masked=False)

    def singular(self, entity: str) -> str:
        return self.catalog.entities[entity].label.in_language(self.language) or entity

    def plural(self, entity: str) -> str:
        found = self.catalog.entities[entity]
        return found.plural.in_language(self.language) or self.singular(entity)

    def label(self, entity: str, field: str) -> str:
        """What people call a field."""
        return self.catalog.get_field(entity, field).label.in_language(self.language) or field

    def page(
        self,
        template: str,
        *,
        title: str,
        here: str = "",
        crumbs: Sequence[tuple[str, str]] = (),
        status: int = 200,
        problem: str = "",
        **values: object,
    ) -> Response:
        """A page inside of the frame. `here` is the entity that is current; crumbs are (label, address or "").

        `problem` is shown as a notice, as is what the page before has sent along.
        """
        actor, language = self.actor, self.language
        frame = screens().frame(actor, language)
        notice = notices.find_notice(request)
        shown: dict[str, object] = {
            "title": title,
            "here": here,
            "here_url": request.full_path.rstrip("?") if request.method == "GET" else "/",
            "crumbs": crumbs or ((title, ""),),
            "drawn": screens().drawn(actor, language, here),
            "creatable": frame.creatable,
            "peeked": frame.peeked,
            "shortcuts": frame.shortcuts,
            "me": self.me(),
            "languages": [(code, LANGUAGE_NAMES.get(code, code)) for code in self.catalog.pack.languages],
            "find": "",
            "notices": [
                *([("danger", problem)] if problem else []),
                *([(notice.tone, notice.text(language))] if notice else []),
            ],
            **values,
        }
        response: Response = answer_with(render_template(template, **shown), status)
        if notice is not None:
            notices.take(response)
        return response

    def me(self) -> Cell:
        """The actor, as he is shown at the top right: name, roles, avatar."""
        actor = self.actor
        roles = [self.catalog.roles[key].label.in_language(self.language) for key in sorted(actor.roles)]
        href = f"/user/{actor.user_id}"
        return Cell(
            "person", actor.name, " · ".join(filter(None, roles)), href, tone_of(actor.name), initials_of(actor.name)
        )

    def go(self, target: str, key: str = "", tone: str = "done", **params: str) -> Response:
        """To another page (303), with a notice for it."""
        response = redirect(target, 303)
        if key:
            notices.give(response, Notice(key, params, tone))
        return response


def parse_id(text: str) -> int:
    """The id in an address. Raises NotFound for what can't be one: ids are opaque to people."""
    if not text.isascii() or not text.isdigit() or len(text) > 19 or text.startswith("0"):
        raise NotFound
    number = int(text)
    if number > LARGEST_ID:
        raise NotFound
    return number
