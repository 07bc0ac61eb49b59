"""The filter builder offers what its reader may ask for, and what he may not is answered as what was never there."""

import re

import pytest

from tests.security.company import ASKING
from tests.security.site import Heard, Site, hear

ROLES = pytest.mark.parametrize("asker", ASKING)
FIELDS = ("name", "quagga", "numbat")


def asked(site: Site, asker: str, text: str, page: str = "") -> Heard:
    return hear(site.page(asker).get(f"/account/{page}", query_string={"filter": text}))


@ROLES
def test_fields_are_offered_to_who_reads_them_in_clear(site: Site, asker: str) -> None:
    person = site.people[asker]
    heard = asked(site, asker, "", "filter")
    assert site.leaks(asker, heard) == []
    if not site.oracle.reads_any(person, "account"):
        assert heard.status in {403, 404}
        return
    for field in FIELDS:
        clear = site.oracle.sight(person, "account", field) in {"read", "write"}
        assert (f'<option value="{field}">' in heard.body) == clear, field


@ROLES
@pytest.mark.parametrize("page", ["", "filter", "csv"])
def test_a_field_that_one_may_not_ask_for_is_one_that_is_not_there(site: Site, asker: str, page: str) -> None:
    person = site.people[asker]
    if not site.oracle.reads_any(person, "account"):
        return
    for field in FIELDS[1:]:
        if site.oracle.sight(person, "account", field) in {"read", "write"}:
            continue
        absent = "z" * len(field)
        real, none = (asked(site, asker, f"is_blank({each})", page) for each in (field, absent))
        assert (real.status, _plain(real.body)) == (none.status, _plain(none.body.replace(absent, field)))


@ROLES
def test_what_is_built_is_written_for_who_may_ask_it(site: Site, asker: str) -> None:
    person, browser = site.people[asker], site.page(asker)
    form = {"c.1.field": "quagga", "c.1.op": "filled", "do": "show"}
    refused = browser.open("/account/filter", method="POST", data=form)
    assert refused.status_code in {400, 403}
    if site.oracle.reads_any(person, "account"):
        answer = browser.open("/account/filter", method="POST", data=form, headers={"X-CSRF-Token": browser.csrf})
        clear = site.oracle.sight(person, "account", "quagga") in {"read", "write"}
        assert answer.status_code == 303
        assert ("quagga" in answer.headers["Location"]) == clear


def _plain(body: str) -> str:
    """A page without what differs each time."""
    return re.sub(r'nonce="[^"]*"|value="[\w.-]{20,}"', "", body)


@ROLES
def test_views_are_kept_by_who_has_the_right_and_tell_nothing_more(site: Site, asker: str) -> None:
    person, browser = site.people[asker], site.page(asker)
    heard = hear(browser.get("/account/views", query_string={"filter": 'name != "x"'}))
    assert site.leaks(asker, heard) == []
    refused = browser.open("/account/views", method="POST", data={"name": "Kept"})
    assert refused.status_code in {400, 403}
    if not site.oracle.reads_any(person, "account"):
        assert heard.status in {403, 404}


@ROLES
def test_what_others_share_is_managed_by_who_configures(site: Site, asker: str) -> None:
    from app.access import actor_of_user, has_right

    with site.store.system_reading() as connection:
        person = actor_of_user(connection, site.store.models, site.company.people[asker])
    assert person is not None
    heard = hear(site.page(asker).get("/settings/views/"))
    assert site.leaks(asker, heard) == []
    assert heard.status == (200 if has_right(site.store.catalog, person, "configure") else 403)
    for what in ("take", "drop"):
        answer = site.page(asker).open(
            f"/settings/views/99/{what}", method="POST", headers={"X-CSRF-Token": site.page(asker).csrf}
        )
        assert answer.status_code == (404 if heard.status == 200 else 403)


@ROLES
def test_columns_are_chosen_among_what_one_sees(site: Site, asker: str) -> None:
    person, browser = site.people[asker], site.page(asker)
    heard = hear(browser.get("/account/columns"))
    assert site.leaks(asker, heard) == []
    chosen = {"column": list(FIELDS), "order": list(FIELDS), "do": "up:quagga"}  # keeps nothing
    refused = browser.open("/account/columns", method="POST", data=chosen)
    assert refused.status_code in {400, 403}
    if not site.oracle.reads_any(person, "account"):
        assert heard.status in {403, 404}
        return
    moved = hear(browser.open("/account/columns", method="POST", data=chosen, headers={"X-CSRF-Token": browser.csrf}))
    assert site.leaks(asker, moved) == []
    for field in FIELDS:
        seen = site.oracle.sight(person, "account", field) not in {"none", "hidden"}
        for body in (heard.body, moved.body):
            assert (f'name="column" value="{field}"' in body) == seen, field


@ROLES
def test_a_shared_view_is_carried_out_with_the_rights_of_its_reader(site: Site, asker: str) -> None:
    from app.orm.framework import saved_view
    from app.orm.types import now

    person = site.people[asker]
    row = {
        "user_id": 999_999, "entity": "account", "name": "Of somebody", "condition": 'not is_blank(quagga) and name != "x"',
        "columns": ["name", "quagga", "numbat"], "sort": ["quagga"], "share": "all", "opens_first": False, "changed_at": now(),
    }  # fmt: skip
    with site.store.housekeeping() as connection:
        made = connection.execute(saved_view.insert().values(row).returning(saved_view.c.id)).scalar_one()
    try:
        for path in ("", "csv", "board/"):
            heard = hear(site.page(asker).get(f"/account/{path}?view={made}"))
            assert site.leaks(asker, heard) == [], path
        if site.oracle.reads_any(person, "account"):
            clear = site.oracle.sight(person, "account", "quagga") in {"read", "write"}
            page = site.page(asker).get(f"/account/?view={made}").text
            assert ("Conditions that do not apply for you: 1" in page) != clear
        gone = site.page(asker).get(f"/account/?view={made + 1}")
        assert gone.status_code in {403, 404}
    finally:
        with site.store.housekeeping() as connection:
            connection.execute(saved_view.delete().where(saved_view.c.id == made))
