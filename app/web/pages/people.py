"""What a person's page has for administrators: his roles, and a link with which he chooses a password."""

from __future__ import annotations

from typing import TYPE_CHECKING, NamedTuple

import sqlalchemy as sa
from flask import request
from markupsafe import Markup
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from app.access import has_right
from app.insight import get_record
from app.orm.framework import ab_role, ab_user_role
from app.orm.store import Store
from app.record import Refused, drop_second_factor, passkeys_held, set_roles
from app.record.group_roles import groups_of_roles
from app.web import context
from app.web.pages.base import Desk, PageView, expose, parse_id
from app.web.pages.fragments import fragment
from app.web.security.links import make_link
from app.web.security.outside import links_of
from app.web.security.second_factor import find_factor

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


class RoleChoice(NamedTuple):
    """A role that may be given: its key, name, for whom it is, whether the person has it, and by which group."""

    key: str
    label: str
    help: str
    chosen: bool
    group: str


def roles_of(store: Store, user_id: int) -> frozenset[str]:
    """The roles that a person was given, without those that they include."""
    query = (
        sa.select(ab_role.c.name)
        .join_from(ab_user_role, ab_role, ab_role.c.id == ab_user_role.c.role_id)
        .where(ab_user_role.c.user_id == user_id)
    )
    with store.system_reading() as connection:
        return frozenset(connection.execute(query).scalars())


def panels(view: EntityDesk, user_id: int) -> Markup:
    """The panels for who may configure; nothing for others."""
    if not has_right(view.catalog, view.actor, "configure"):
        return Markup()
    context.current().close_session()  # one transaction at a time
    given = roles_of(view.store, user_id)
    with view.store.system_reading() as connection:
        factor = find_factor(connection, user_id)
        passkeys = passkeys_held(connection, user_id)
        by_group = groups_of_roles(connection, user_id)
        issuers = links_of(connection, user_id)
    choices = [
        RoleChoice(
            key, role.label.in_language(view.language) or key, role.help.in_language(view.language), key in given,
            by_group.get(key, ""),
        )
        for key, role in view.catalog.roles.items()
    ]  # fmt: skip
    since = view.formats.moment(factor.since, context.now()) if factor else ""
    return fragment(
        "fragments/people.html",
        choices=choices,
        issuers=issuers,
        user_id=user_id,
        factor_since=since,
        passkeys=passkeys,
        is_own=user_id == view.actor.user_id,
    )


class PeopleView(PageView):
    """`/user/<id>/roles`, `/link` and `/second-factor`: what administrators do with a person's login."""

    route_base = "/user"

    @expose("/<string:user>/roles", methods=["POST"])
    def roles(self, user: str) -> Response:
        """Give exactly these roles."""
        return PeopleDesk().give_roles(parse_id(user))

    @expose("/<string:user>/link", methods=["POST"])
    def link(self, user: str) -> Response:
        """Make a one-time link."""
        return PeopleDesk().show_link(parse_id(user))

    @expose("/<string:user>/second-factor", methods=["POST"])
    def second_factor(self, user: str) -> Response:
        """Take the second factor away."""
        return PeopleDesk().drop_factor(parse_id(user))


class PeopleDesk(Desk):
    """Works for administrators alone."""

    def _require(self, user_id: int) -> None:
        if not has_right(self.catalog, self.actor, "configure"):
            raise Forbidden
        found = get_record(self.session, self.actor, "user", user_id, ("id",))
        context.current().close_session()
        if found is None:
            raise NotFound

    def give_roles(self, user_id: int) -> Response:
        """Give exactly these roles; the person is logged out everywhere."""
        self._require(user_id)
        outcome = set_roles(self.store, self.actor, user_id, request.form.getlist("role"))
        target = f"/user/{user_id}"
        if isinstance(outcome, Refused):
            why = " ".join(refusal.text(self.language, self.catalog) for refusal in outcome.refusals)
            return self.go(target, "record.refused", "danger", why=why)
        return self.go(target, "people.roles_saved")

    def drop_factor(self, user_id: int) -> Response:
        """Take a person's second factor away; he is logged out everywhere."""
        self._require(user_id)
        outcome = drop_second_factor(self.store, self.actor, user_id)
        if isinstance(outcome, Refused):
            raise NotFound
        return self.go(f"/user/{user_id}", "people.factor_gone")

    def show_link(self, user_id: int) -> Response:
        """Make a one-time link and show it, this once. One's own password is changed by who knows it."""
        self._require(user_id)
        if user_id == self.actor.user_id:  # his session may have been left open
            return self.go(f"/user/{user_id}", "people.link_own", "danger")
        token = make_link(self.store, user_id, context.now(), by=self.actor)
        address = f"{request.host_url}setup/{token}"
        title = self.t("people.link")
        crumbs = ((self.plural("user"), "/user/"), (title, ""))
        return self.page("link.html", title=title, here="user", crumbs=crumbs, address=address, back=f"/user/{user_id}")
