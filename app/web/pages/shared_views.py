"""`/settings/views/`: the views that people share, for who may configure: whoever shared one may have left."""

from __future__ import annotations

from typing import NamedTuple

from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from app.access import has_right
from app.insight import labels
from app.insight.saved import MOST_LISTED, SavedView, drop_view, shared_views, take_view
from app.web import context
from app.web.pages.base import Desk, PageView, expose, parse_id

HERE = "/settings/views/"


class SharedRow(NamedTuple):
    """A view in the list. `href` opens it, where it is shared with its reader, too."""

    id: int
    name: str
    href: str
    entity: str
    share: str
    owner: str
    is_own: bool


class SharedViewsView(PageView):
    """`/settings/views/`."""

    route_base = "/settings/views"

    @expose("/")
    def show(self) -> Response:
        """The views."""
        return SharedViews().show()

    @expose("/<string:id>/take", methods=["POST"])
    def take(self, id: str) -> Response:  # noqa: A002 - as addresses name it
        """Make one one's own."""
        return SharedViews().take(parse_id(id))

    @expose("/<string:id>/drop", methods=["POST"])
    def drop(self, id: str) -> Response:  # noqa: A002 - as addresses name it
        """Delete one."""
        return SharedViews().drop(parse_id(id))


class SharedViews(Desk):
    """The views that are shared. What they ask for is not told: it may name what their reader does not see."""

    def show(self) -> Response:
        """GET /settings/views/."""
        self._refuse_others()
        entities = [key for key in self.catalog.entities if self.may("read", key)]
        found = shared_views(self.session.execute, entities)
        teams = [each.team for each in found if each.share == "team" and each.team is not None]
        names = labels(self.session, {"user": [each.user for each in found], "team": teams}) if found else {}
        return self.page(
            "shared_views.html",
            title=self.t("shared_views.title"),
            here="settings",
            crumbs=((self.t("settings.title"), "/settings/"), (self.t("shared_views.title"), "")),
            rows=[self._row(each, names) for each in found],
            more=MOST_LISTED if len(found) == MOST_LISTED else 0,
        )

    def take(self, view: int) -> Response:
        """POST /settings/views/<id>/take."""
        self._refuse_others()
        context.current().close_session()
        if not take_view(self.store, self.actor, view):
            raise NotFound
        return self.go(HERE, "saved.taken")

    def drop(self, view: int) -> Response:
        """POST /settings/views/<id>/drop."""
        self._refuse_others()
        context.current().close_session()
        if not drop_view(self.store, self.actor, view):
            raise NotFound
        return self.go(HERE, "saved.dropped")

    def _refuse_others(self) -> None:
        if not has_right(self.catalog, self.actor, "configure"):
            raise Forbidden

    def _row(self, each: SavedView, names: dict[tuple[str, int], str]) -> SharedRow:
        own = each.user == self.actor.user_id
        opens = own or each.share == "all" or each.role in self.actor.roles or each.team in self.actor.teams
        return SharedRow(
            each.id,
            each.name,
            f"/{each.entity}/?view={each.id}" if opens else "",
            self.plural(each.entity),
            self._with_whom(each, names),
            names.get(("user", each.user), self.t("shared_views.nobody")),
            own,
        )

    def _with_whom(self, each: SavedView, names: dict[tuple[str, int], str]) -> str:
        if each.share == "role":
            role = self.catalog.roles.get(each.role or "")
            label = role.label.in_language(self.language) if role is not None else ""
            return self.t("saved.share.role", what=label or each.role)
        if each.share == "team":
            return self.t("shared_views.team", what=names.get(("team", each.team or 0), f"#{each.team}"))
        return self.t("saved.share.all")
