"""Seeing the application as another person does: the banner on every page meanwhile, and its end."""

from __future__ import annotations

from werkzeug.wrappers import Response

from app.web import context
from app.web.pages.base import Desk, PageView, expose
from app.web.security import viewing
from app.web.security.gate import unviewed


class ViewingView(PageView):
    """`/viewing/`."""

    route_base = "/viewing"
    default_view = "end"

    @expose("/end", methods=["POST"])
    @unviewed
    def end(self) -> Response:
        """End it."""
        return Viewing().end()


class Viewing(Desk):
    """Works for who is logged in, whomever he looks as."""

    def end(self) -> Response:
        """POST /viewing/end: back to the rights of the person that he looked as."""
        found = context.current().web_session
        assert found is not None
        viewing.end(self.store, found, "asked", context.now())
        return self.go(f"/roles/person/{found.viewed_id}" if found.viewed_id else "/", "viewing.ended")
