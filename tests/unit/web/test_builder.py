"""What Flask-AppBuilder is told about the person of the request."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any

import pytest
import sqlalchemy as sa
from flask_login import current_user

from app.web import context
from app.web.builder import TenonBuilder
from tests.unit.website import Browser, Website


@contextmanager
def request_of(website: Website, browser: Browser | None) -> Iterator[TenonBuilder]:
    """Within a request of that browser, after the gate."""
    from app.web.security import sessions

    cookie = browser.get_cookie(sessions.COOKIE) if browser else None
    headers = {"Cookie": f"{sessions.COOKIE}={cookie.value}"} if cookie else {}
    with website.app.test_request_context("/password/", headers=headers):
        website.app.preprocess_request()
        yield website.app.extensions["appbuilder"]


@pytest.mark.parametrize(
    ("permission", "view", "allowed"),
    [
        ("can_read", "account", True), ("can_create", "account", True), ("can_assign", "account", False),
        ("menu_access", "account", True), ("can_delete", "user", False), ("can_read", "nothing", False),
        ("can_fly", "account", False), ("can_this_form_post", "ResetPasswordView", False),
    ],
)  # fmt: skip
def test_permissions_are_answered_by_the_catalog(
    website: Website,
    rep: Browser,
    permission: str,
    view: str,
    allowed: bool,  # noqa: FBT001 - an expected value
) -> None:
    with request_of(website, rep) as appbuilder:
        seen: list[str] = []

        def note(*given: Any) -> None:
            seen.append(given[2])

        sa.event.listen(website.store.engine, "before_cursor_execute", note)
        assert appbuilder.sm.has_access(permission, view) is allowed
        sa.event.remove(website.store.engine, "before_cursor_execute", note)
        assert seen == [], "without a query"


def test_a_stranger_may_nothing(website: Website) -> None:
    with request_of(website, None) as appbuilder:
        assert not appbuilder.sm.has_access("can_read", "account")
        assert not appbuilder.sm.is_item_public("can_read", "account")
        assert appbuilder.sm.get_user_menu_access(["account"]) == set()
        assert not current_user.is_authenticated


def test_the_person_is_known_to_its_tools(website: Website, rep: Browser) -> None:
    with request_of(website, rep) as appbuilder:
        assert current_user.is_authenticated
        assert current_user.id == website.ids["rep"]
        assert appbuilder.sm.current_user.username == "Rita Rep"
        assert appbuilder.sm.get_user_menu_access(["account", "contact", "nothing"]) == {"account", "contact"}


def test_its_session_is_the_readers_own(website: Website, rep: Browser) -> None:
    mine, foreign = website.add("account", "rep", name="Mine"), website.add("account", "colleague", name="Foreign")
    account = website.store.models.classes["account"]
    with request_of(website, rep) as appbuilder:
        assert appbuilder.session is context.current().session
        seen = set(appbuilder.session.execute(sa.select(account.id)).scalars())
    assert mine in seen
    assert foreign not in seen


def test_a_boot_asks_the_database_nothing(website: Website) -> None:
    from app.web.app import create_app

    seen: list[str] = []

    def note(*given: Any) -> None:
        seen.append(given[2])

    sa.event.listen(website.store.engine, "before_cursor_execute", note)
    create_app(website.store, website.settings)
    sa.event.remove(website.store.engine, "before_cursor_execute", note)
    assert seen == []


def test_outside_of_a_request_there_is_no_state() -> None:
    with pytest.raises(LookupError):
        context.current()
