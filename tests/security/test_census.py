"""No way in that the matrix does not know."""

import re

import pytest
from flask_appbuilder.api import BaseApi, ModelRestApi
from flask_appbuilder.baseviews import BaseView
from flask_appbuilder.views import ModelView

from tests.browser.page_types import EVERY, NO_PAGES, PAGES
from tests.security.doors import BY_NAME, DOORS
from tests.security.site import Site

SILENT = {"HEAD", "OPTIONS"}
MODULES = {
    "test_whole",
    "test_requests",
    "test_lists",
    "test_calendar_feeds",
    "test_files",
    "test_computed",
    "test_reveals",
    "test_viewing",
    "test_views",
    "test_built_filters",
    "test_notices",
    "test_approvals",
    "test_bulk_mails",
    "test_approval_inbox",
    "test_reviews",
    "test_rights",
    "test_policies",
    "test_service_levels",
    "test_figures",
    "test_figure_doors",
    "test_login",
    "test_own_login",
    "test_passkeys",
    "public",
}


def routes(site: Site) -> set[tuple[str, str]]:
    found = {(rule.rule, method) for rule in site.app.url_map.iter_rules() for method in rule.methods - SILENT}
    # Static files also stand below a number that names their content.
    return {(re.sub(r"^/static/[0-9a-f]{10}/", "/static/", rule), method) for rule, method in found}


def test_every_route_has_an_entry_and_every_entry_a_route(site: Site) -> None:
    assert routes(site) == set(DOORS)


def test_every_page_is_in_the_sweep_or_named_as_none(site: Site) -> None:
    read = {rule for rule, method in routes(site) if method == "GET" and not rule.startswith("/api/")}
    assert read == PAGES.keys() | NO_PAGES.keys()
    assert not PAGES.keys() & NO_PAGES.keys()
    assert len({each.name for each in EVERY}) == len(EVERY)


def test_every_entry_names_tries_that_exist_and_every_try_a_door() -> None:
    named = {name for names in DOORS.values() for name in names}
    assert named - MODULES == set(BY_NAME)


def test_what_is_open_to_anyone_is_what_the_table_says(site: Site) -> None:
    anyone = site.app.test_client()
    opened = set()
    for rule, method in routes(site):
        path = rule.replace("<entity:entity>", "account").replace("<string:entity>", "account")
        for name in (
            "record",
            "id",
            "user",
            "token",
            "file",
            "field",
            "notice",
            "approval",
            "task",
            "review",
            "passkey",
        ):
            path = path.replace(f"<string:{name}>", "12")
        path = path.replace("<int:size>", "192")
        answer = anyone.open(path.replace("<path:filename>", "base.css"), method=method, json={})
        sent_away = answer.status_code == 401 or (
            answer.status_code == 303 and answer.headers["Location"].startswith("/login/")
        )
        answer.close()
        if not sent_away:
            opened.add((rule, method))
    assert opened == {route for route, names in DOORS.items() if names == ("public",)}


def test_the_pages_of_the_framework_are_not_there(site: Site) -> None:
    modules = {view.__module__.split(".")[0] for view in site.app.view_functions.values()}
    assert modules <= {"app", "flask"}  # static files are Flask's own


def test_views_derive_from_the_plain_bases_alone(site: Site) -> None:
    views = site.app.appbuilder.baseviews
    assert views
    for view in views:
        assert isinstance(view, (BaseView, BaseApi))
        assert not isinstance(view, (ModelView, ModelRestApi))


STOCK = (
    "/users/list/", "/users/add", "/roles/list/", "/permissions/list/", "/viewmenus/list/", "/permissionviews/list/",
    "/registeruser/list/", "/userstatschartview/chart/", "/users/userinfo/", "/resetpassword/form", "/resetmypassword/form",
    "/userinfoeditview/form", "/lang/zh", "/back", "/menu/", "/accountview/list/", "/account/list/", "/account/show/1",
    "/account/action/delete/1", "/account/action_post", "/account/download/x", "/account/charts/", "/swagger/v1",
    "/api/v1/menu/", "/api/v1/security/users/", "/api/v1/security/roles/", "/api/v1/security/permissions/",
    "/api/v1/security/refresh", "/api/v1/security/groups/", "/api/v1/security/apikeys/", "/api/v1/_openapi",
    "/api/v1/account/related/owner", "/api/v1/account/distinct/name", "/static/appbuilder/css/ab.css",
)  # fmt: skip


@pytest.mark.parametrize("path", STOCK)
def test_an_address_of_the_framework_leads_nowhere(site: Site, path: str) -> None:
    for method in ("GET", "POST"):
        browser = site.page("administrator")
        page = browser.open(path, method=method, headers={"X-CSRF-Token": browser.csrf}, follow_redirects=True)
        program = site.program("administrator").open(path, method=method, json={}, follow_redirects=True)
        answer = program if path.startswith("/api/") else page
        # An address with the right number of parts is asked for as a record, which is not there.
        assert answer.status_code in {404, 405}, (method, path, answer.status_code)
    assert not site.changed()
