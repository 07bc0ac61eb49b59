"""Flask-AppBuilder without its own pages: registration, menu and permission names, decided by the catalog.

Nothing here asks the database: permissions come from `app.access`, people and roles are edited as records.
"""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, TypeVar

from flask import Blueprint, Flask, current_app
from flask_appbuilder import AppBuilder
from flask_appbuilder.api import BaseApi
from flask_appbuilder.baseviews import BaseView, expose
from flask_appbuilder.security.sqla.manager import SecurityManager
from flask_limiter import Limiter
from flask_login import LoginManager

from app.access import Allowed, decide
from app.definition.role import VERBS
from app.web import context

View = TypeVar("View", bound=Callable[..., Any])


def route(url: str, *methods: str) -> Callable[[View], View]:
    """Flask-AppBuilder's `expose`, with a type: the URL of a method of a view, for GET unless said otherwise."""
    marked: Callable[[View], View] = expose(url, methods or ("GET",))
    return marked


class ForeignBase(TypeError):
    """A view was registered that does not derive from BaseView or BaseApi alone."""


class LoggedInUser:
    """The person of the request, as Flask-AppBuilder and Flask-Login wish to see one."""

    is_authenticated = True
    is_active = True
    is_anonymous = False

    def __init__(self, user_id: int | None, username: str) -> None:
        self.id = user_id
        self.username = username

    def get_id(self) -> str:
        return str(self.id)


class TenonSecurityManager(SecurityManager):  # type: ignore[misc]  # the library publishes no types
    """Answers from the catalog and the actor of the request. Registers no page of its own and runs no query."""

    def create_login_manager(self, app: Flask) -> LoginManager:
        """A login manager that finds the person of our own session; it reads and writes no cookie."""
        manager = LoginManager()
        manager.session_protection = None
        manager.init_app(app, add_context_processor=False)
        app.after_request_funcs[None].remove(manager._update_remember_cookie)  # noqa: SLF001 - ours is the only cookie
        manager.request_loader(lambda _request: self.current_user)
        return manager

    def create_jwt_manager(self, _app: Flask) -> None:
        """None: tokens are rows that can be ended, not signed claims that can't."""

    def create_limiter(self, _app: Flask) -> Limiter:
        """A limiter that is switched off: limits are ours, by login and address."""
        return Limiter(key_func=lambda: "", enabled=False)

    @property
    def current_user(self) -> LoggedInUser | None:
        """The person of the request, or None."""
        state = context.current()
        return LoggedInUser(state.actor.user_id, state.actor.name) if state.is_logged_in else None

    @staticmethod
    def before_request() -> None:
        """Nothing: the actor is found before."""

    def register_views(self) -> None:
        """Nothing: the pages of the login are ours, people and roles are records."""

    def load_user(self, _pk: object) -> None:
        """None: nobody is identified by a signed cookie."""

    def is_item_public(self, _permission_name: str, _view_name: str) -> bool:
        """Nothing is public by permission."""
        return False

    def has_access(self, permission_name: str, view_name: str) -> bool:
        """Whether the actor may: `can_read` on `account`, and `menu_access` on what he may read."""
        state = context.current()
        if not state.is_logged_in:
            return False
        verb = "read" if permission_name == "menu_access" else permission_name.removeprefix("can_")
        catalog = state.store.catalog
        if view_name not in catalog.entities or catalog.part_link(view_name) is not None or verb not in VERBS:
            return False
        return isinstance(decide(catalog, state.actor, verb, view_name), Allowed)

    def get_user_menu_access(self, menu_names: list[str] | None = None) -> set[str]:
        """Of the menu's names those that the actor may read."""
        return {name for name in menu_names or () if self.has_access("menu_access", name)}


class TenonBuilder(AppBuilder):  # type: ignore[misc]  # the library publishes no types
    """AppBuilder that registers what it is given and nothing besides."""

    def __init__(self, app: Flask) -> None:
        super().__init__(app, None, security_manager_class=TenonSecurityManager, update_perms=False)

    @property
    def session(self) -> Any:
        """The scoped reading session of the request."""
        return context.current().session

    def _add_admin_views(self) -> None:
        """Nothing of Flask-AppBuilder's own: its pages are not ours (index, back, language, people, menu API)."""
        self._indexview = None

    def _add_global_static(self) -> None:
        """Only the name by which templates find the framework: none of its scripts and styles is served."""
        current_app.register_blueprint(Blueprint("appbuilder", "flask_appbuilder"))

    def register_blueprint(self, baseview: Any, endpoint: str | None = None, static_folder: str | None = None) -> None:
        """As AppBuilder does. Raises ForeignBase for a view with a model of Flask-AppBuilder behind it."""
        refuse_foreign_base(type(baseview))
        super().register_blueprint(baseview, endpoint=endpoint, static_folder=static_folder)


def refuse_foreign_base(view: type) -> None:
    """Raises ForeignBase unless the view comes from BaseView or BaseApi by classes of this program alone."""
    for each in view.__mro__:
        ours = each.__module__.startswith(("app.", "tests."))
        if each.__module__.startswith("flask_appbuilder.") and each not in _BASES and not ours:
            raise ForeignBase(f"{view.__name__} derives from {each.__name__}: generated views are BaseView or BaseApi")
    if not issubclass(view, (BaseView, BaseApi)):
        raise ForeignBase(f"{view.__name__} is neither a BaseView nor a BaseApi")


_BASES = {*BaseView.__mro__, *BaseApi.__mro__}
