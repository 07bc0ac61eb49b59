"""Is the process alive, is it ready to serve? For load balancers and supervisors, without a login."""

from __future__ import annotations

import time
from threading import Lock
from typing import Any

from flask import Response, current_app
from flask_appbuilder.baseviews import BaseView
from sqlalchemy.exc import SQLAlchemyError

from app.orm.store import Store
from app.plan import applied_revision
from app.settings import Settings
from app.web.builder import route
from app.web.security.gate import public

_KEPT_SECONDS = 1.0  # a flood of questions is one statement a second
_BACKUPS_KEPT_SECONDS = 60.0  # and their folders, which may be slow, are looked into once a minute


class HealthView(BaseView):  # type: ignore[misc]  # the library publishes no types
    """`/healthz`: the process answers. `/readyz`: the database answers and has a revision."""

    route_base = ""
    default_view = "healthz"

    def __init__(self, store: Store | None = None, settings: Settings | None = None) -> None:
        super().__init__()
        self._store = store
        self._settings = settings
        self._looked = float("-inf")
        self._backups: str | None = None
        self._lock = Lock()
        self._asked = float("-inf")
        self._answer: tuple[int, str] = (503, "")

    @route("/healthz")
    @public
    def healthz(self) -> Response:
        """200 as long as the process answers."""
        return Response("ok\n", content_type="text/plain")

    @route("/readyz")
    @public
    def readyz(self) -> Response:
        """200 when the database answers and holds a revision, else 503; then how the backups stand."""
        with self._lock:
            if time.monotonic() - self._asked > _KEPT_SECONDS:
                self._answer = self._ask()
                self._asked = time.monotonic()
            status, text = self._answer
        return Response(f"{text}\n", status, content_type="text/plain")

    def _ask(self) -> tuple[int, str]:
        assert self._store is not None
        try:
            with self._store.system_reading() as connection:
                number = applied_revision(connection)
        except SQLAlchemyError:
            return 503, "database away"
        if not number:
            return 503, "no revision"
        backups = self._standing()
        return 200, f"ready\n{backups}" if backups else "ready"

    def _standing(self) -> str | None:
        assert self._store is not None
        assert self._settings is not None
        if time.monotonic() - self._looked > _BACKUPS_KEPT_SECONDS:
            from app.backup import standing

            found = standing(self._settings, self._store, self._store.clock())
            self._backups = found.text if found is not None else None
            self._looked = time.monotonic()
        return self._backups


def register(appbuilder: Any, store: Store) -> None:
    """Add the view."""
    appbuilder.add_view_no_menu(HealthView(store, current_app.extensions["tenon.settings"]))
