"""Builds the Flask application for one catalog: the frame of every request, the login, and all generated views."""

from __future__ import annotations

import importlib
import importlib.util
import json
import logging
from collections.abc import Mapping
from dataclasses import replace
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit

from flask import Flask, Response, current_app, request, url_for
from flask.sessions import SessionInterface, SessionMixin
from sqlalchemy.exc import DBAPIError, SQLAlchemyError
from werkzeug.exceptions import HTTPException, RequestEntityTooLarge, SecurityError
from werkzeug.wrappers import Response as BaseResponse

from app.files import FolderContents
from app.orm.store import ReadsOnly, StaleRevision, Store
from app.plan import applied_revision
from app.settings import Settings
from app.web import context, cookies, errors, health, i18n
from app.web.builder import TenonBuilder
from app.web.compiled import CompiledTemplates
from app.web.security import csrf, denied, gate, headers, outside, passkey_views, passkeys, viewing, visitors
from app.web.security import views as security_views
from app.web.security.gate import LAST_TRY
from app.web.templating import PageContext, PageTemplate
from app.web.uploads import LARGEST_BODY, body_limit

HERE = Path(__file__).parent
LOOPBACK = ("127.0.0.1", "localhost", "[::1]")
TOO_LARGE = "tenon.too_large"  # set by the outermost layer, which did not read the body then
AREAS = ("app.web.pages", "app.web.api")  # each has `register(appbuilder, store)`


class NoSession(dict[str, Any], SessionMixin):
    """Flask's session, empty: who one is stands in the database, and nothing is kept in a signed cookie."""

    accessed = False
    modified = False


class NoSessions(SessionInterface):
    """Opens an empty session and saves none."""

    def open_session(self, app: Flask, request: Any) -> NoSession:
        return NoSession()

    def save_session(self, app: Flask, session: Any, response: Any) -> None:
        """Nothing is kept."""


class TenonFlask(Flask):
    """Flask that lets a stale revision through to the layer which builds the application anew."""

    session_interface = NoSessions()

    def handle_exception(self, e: Exception) -> Response:
        """An unexpected exception: to the layer that takes up revisions when one has moved, else a page with a number."""
        if not request.environ.get(LAST_TRY):
            if isinstance(e, StaleRevision):
                raise e
            if isinstance(e, DBAPIError) and _has_moved(self.extensions["tenon"]):
                raise StaleRevision("a statement failed, and another revision is applied") from e
        return errors.unexpected(e)


def _has_moved(store: Store) -> bool:
    """Whether another revision is applied than the one served here. False when the database can't say."""
    try:
        with store.system_reading() as connection:
            return applied_revision(connection) != store.revision
    except SQLAlchemyError:
        return False


def create_app(store: Store, settings: Settings) -> Flask:
    """The application for the catalog of `store`. Touches no database."""
    store = replace(store, statement_seconds=settings.statement_seconds)
    app = TenonFlask("app.web", root_path=str(HERE), static_folder="static", template_folder="templates")
    app.config.from_mapping(configuration(store, settings))
    app.extensions["tenon"] = store
    app.extensions["tenon.settings"] = settings
    app.extensions[outside.EXTENSION] = outside.open_doors(settings)
    app.extensions["tenon.contents"] = FolderContents(settings.files_dir)
    app.jinja_env.trim_blocks = app.jinja_env.lstrip_blocks = True
    app.jinja_env.template_class, app.jinja_env.context_class = PageTemplate, PageContext
    app.jinja_env.bytecode_cache = CompiledTemplates(settings.templates_dir)
    app.jinja_env.globals.update(template_globals(store))
    app.before_request(_begin)
    with app.app_context():
        appbuilder = TenonBuilder(app)
        app.extensions["babel"].locale_selector = _locale
        for register in (health.register, security_views.register, *_areas()):
            register(appbuilder, store)
    app.register_error_handler(HTTPException, errors.expected)
    app.register_error_handler(ReadsOnly, lambda _error: errors.expected(errors.Told("viewing.reads_only", 403)))
    app.after_request(_finish)
    app.teardown_request(_end)
    return app


def configuration(store: Store, settings: Settings) -> Mapping[str, Any]:
    """Flask's and Flask-AppBuilder's settings."""
    return {
        "SECRET_KEY": settings.get_secret(),
        passkeys.CONFIG: settings.base_url,
        visitors.CONFIG: visitors.read_networks(settings.trusted_proxies),
        "TRUSTED_HOSTS": list(trusted_hosts(settings)),
        "MAX_CONTENT_LENGTH": LARGEST_BODY,
        "MAX_FORM_MEMORY_SIZE": LARGEST_BODY,
        "MAX_FORM_PARTS": 2_000,
        "SEND_FILE_MAX_AGE_DEFAULT": 3_600,
        "PREFERRED_URL_SCHEME": "https" if is_https(settings) else "http",
        "TEMPLATES_AUTO_RELOAD": False,
        "APP_NAME": str(store.catalog.pack.label) or store.catalog.pack.key,
        "LANGUAGES": {language: {"name": language} for language in i18n.LANGUAGES},
        "BABEL_DEFAULT_LOCALE": "en",
        "FAB_UPDATE_PERMS": False,
        "FAB_CREATE_DB": False,
        "FAB_ADD_SECURITY_VIEWS": False,
        "FAB_ADD_SECURITY_API": False,
        "FAB_ADD_MENU_API": False,
        "FAB_ADD_OPENAPI_VIEWS": False,
        "FAB_API_SHOW_STACKTRACE": False,
        "FAB_API_ALLOW_JSON_QS": False,
    }


def template_globals(store: Store) -> Mapping[str, Any]:
    """What every template may use. The pages put their own shell in the place of the last four."""
    return {
        "t": i18n.t,
        "csrf_token": csrf.token,
        "passkeys_here": lambda: passkey_views.ours() is not None,
        "csrf_field": csrf.field,
        "request_state": context.current,
        "asset": _asset,
        "theme": "light",
        "brand_css": "",
        "brand_label": str(store.catalog.pack.label) or "Tenon",
    }


def _asset(path: str) -> str:
    return url_for("static", filename=path)


def is_https(settings: Settings) -> bool:
    """Whether people reach the server by https: then cookies are for https only."""
    return (settings.base_url or "").startswith("https://")


def trusted_hosts(settings: Settings) -> tuple[str, ...]:
    """The names under which the server may be called: those stated, that of the base URL, and this machine's own."""
    own = urlsplit(settings.base_url or "").hostname
    return (*settings.trusted_hosts, *((own,) if own else ()), *LOOPBACK)


def _areas() -> list[Any]:
    found = [name for name in AREAS if importlib.util.find_spec(name) is not None]
    return [module.register for module in map(importlib.import_module, found) if hasattr(module, "register")]


def _locale() -> str:
    return "zh" if context.current().language == "zh" else "en"


def _begin() -> BaseResponse | None:
    """Before any view: the state of the request, and the gate."""
    store: Store = current_app.extensions["tenon"]
    accepted = [language for language, _quality in request.accept_languages]
    language = i18n.best_language(accepted, store.catalog.pack.languages)
    context.begin(context.RequestState(store, language))
    request.max_content_length = body_limit(store.catalog, request.environ)
    if isinstance(request.routing_exception, SecurityError):
        raise request.routing_exception
    if request.environ.get(TOO_LARGE):
        raise RequestEntityTooLarge
    return gate.enter()


def _finish(response: Response) -> Response:
    answer = viewing.keep_in(response)
    denied.note_denial(answer)
    return headers.protect(answer, is_static=request.endpoint == "static", https=cookies.is_https())


def _end(_error: BaseException | None) -> None:
    context.end()


class JsonLines(logging.Formatter):
    """One line of JSON per record: a line break in a name can't forge another line."""

    def format(self, record: logging.LogRecord) -> str:
        line: dict[str, object] = {
            "at": self.formatTime(record, "%Y-%m-%dT%H:%M:%S%z"),
            "level": record.levelname.lower(),
            "logger": record.name,
            "message": record.getMessage(),
        }
        if record.exc_info:
            line["traceback"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)
