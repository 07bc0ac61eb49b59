"""Lists and links: no door tells of a value or a link that its reader may not see, and none writes one."""

import re
from functools import cache, partial
from typing import Any
from urllib.parse import quote

import pytest
import sqlalchemy as sa

from tests.security.company import CANARY, SOME_OF_ASKING
from tests.security.site import Heard, Site, hear

ROLES = pytest.mark.parametrize("asker", SOME_OF_ASKING)
NOWHERE = 987_654_321


def reads(site: Site, asker: str, entity: str, record: int) -> bool:
    return site.oracle.allowed(site.people[asker], "read", entity, record) == "yes"


def alive(site: Site, entity: str) -> list[int]:
    return [
        record
        for key, record in site.company.facts
        if key == entity and not site.company.facts[key, record]["deleted_at"]
    ]


def linked(site: Site) -> list[tuple[int, int, str]]:
    """Deal, account and the canary between them."""
    return [
        (deal, account, gist)
        for deal in alive(site, "opportunity")
        for account, gist in site.company.allies.get(deal, {}).items()
    ]


def api(site: Site, asker: str, path: str) -> Any:
    return site.program(asker).get(f"/api/v1/{path}").get_json()


@ROLES
def test_a_record_shows_the_links_of_which_both_ends_are_read(site: Site, asker: str) -> None:
    @cache
    def page(path: str) -> Heard:
        heard = hear(site.page(asker).get(path))
        assert site.leaks(asker, heard) == [], path
        return heard

    record = cache(partial(api, site, asker))
    for deal, account, gist in linked(site):
        seen = reads(site, asker, "opportunity", deal)
        both = seen and reads(site, asker, "account", account)
        for path in (f"/opportunity/{deal}", f"/opportunity/{deal}/edit", f"/account/{account}"):
            heard = page(path)
            if not both:
                assert gist not in heard.body, path
            facts = site.company.facts["opportunity", deal]  # a lookup in which it stands, too, is a matter of its own
            if not both and path.startswith("/opp") and account not in (facts["account"], facts["partner"]):
                assert not re.search(rf"(?<!\d){account}(?!\d)", heard.body), path
        body = record(f"opportunity/{deal}")
        if not seen:
            assert body["status"] == 404
            continue
        told = {int(each["id"]): each["gist"] for each in body["result"]["allies"]}
        assert (told.get(account) == gist) == both
        assert set(told) == {each for each in site.company.allies[deal] if reads(site, asker, "account", each)}


@ROLES
def test_a_list_and_its_file_show_no_other_link(site: Site, asker: str) -> None:
    for path in ("/opportunity/", "/opportunity/csv", "/account/csv", "/memo/", "/api/v1/opportunity/?limit=100"):
        client = site.program(asker) if path.startswith("/api") else site.page(asker)
        heard = hear(client.get(path))
        assert site.leaks(asker, heard) == [], path
        hidden = {gist for deal, _account, gist in linked(site) if not reads(site, asker, "opportunity", deal)}
        assert not hidden & set(re.findall(CANARY, heard.body)), path


@ROLES
def test_a_filter_tells_nothing_of_a_link_out_of_sight(site: Site, asker: str) -> None:
    if not site.oracle.reads_any(site.people[asker], "opportunity"):
        return
    deals = alive(site, "opportunity")
    for account in sorted({account for _deal, account, _gist in linked(site)}):
        for condition in (
            f"has_any(allies,['{account}'])",
            f"has_all(allies,['{account}'])",
            f"allies has '{account}'",
        ):
            found = api(site, asker, f"opportunity/?limit=100&count=exact&filter={quote(condition)}")
            expected = {
                deal
                for deal in deals
                if account in site.company.allies.get(deal, ())
                and reads(site, asker, "opportunity", deal)
                and reads(site, asker, "account", account)
            }
            assert {int(row["id"]) for row in found["result"]} == expected, condition
            assert found["count"] == len(expected)
    blank = api(site, asker, "opportunity/?limit=100&filter=is_blank(allies)")
    assert {int(row["id"]) for row in blank["result"]} == {
        deal
        for deal in deals
        if reads(site, asker, "opportunity", deal)
        and not any(reads(site, asker, "account", each) for each in site.company.allies.get(deal, ()))
    }


@ROLES
def test_a_link_to_what_is_out_of_sight_is_refused_as_one_to_nothing(site: Site, asker: str) -> None:
    person, far = site.people[asker], site.thing("account", "far", asker).id
    deal = site.thing("opportunity", "mine", asker).id
    if site.oracle.allowed(person, "update", "opportunity", deal) != "yes":
        return
    program = site.program(asker)
    answers = [program.patch(f"/api/v1/opportunity/{deal}", json={"allies": [each]}) for each in (far, NOWHERE)]
    if reads(site, asker, "account", far):
        assert [each.status_code for each in answers] == [200, 422]
    else:
        assert [each.status_code for each in answers] == [422, 422]
        assert answers[0].get_json() == answers[1].get_json()
        cleared = program.patch(f"/api/v1/opportunity/{deal}", json={"allies": []})
        assert (cleared.status_code, cleared.get_json()["result"]["allies"]) == (200, [])
        table = site.store.models.many["opportunity.allies"].table
        with site.store.system_reading() as connection:
            kept = connection.execute(sa.select(table.c.value).where(table.c.record == deal)).scalars().all()
        assert kept == [far]
        # What others changed of it is told to nobody who does not see it.
        assert site.leaks(asker, hear(site.page(asker).get(f"/opportunity/{deal}"))) == []
    site.put_back()


@ROLES
def test_a_history_tells_no_link_to_what_is_out_of_sight(site: Site, asker: str) -> None:
    deal, far = site.thing("opportunity", "mine", asker).id, site.thing("account", "team", "rep").id
    links = [
        *({"id": str(each)} for each in site.company.allies[deal]),
        {"id": str(far), "gist": "zqmade-for-the-history"},
    ]
    assert site.program("administrator").patch(f"/api/v1/opportunity/{deal}", json={"allies": links}).status_code == 200
    heard = hear(site.page(asker).get(f"/opportunity/{deal}"))
    both = reads(site, asker, "opportunity", deal) and reads(site, asker, "account", far)
    assert ("zqmade-for-the-history" in heard.body) == both
    assert both or str(far) not in heard.body
    site.put_back()


@ROLES
def test_tags_are_offered_of_records_in_sight(site: Site, asker: str) -> None:
    heard = hear(site.page(asker).get("/account/tags?field=tags&q=zq"))
    assert site.leaks(asker, heard) == []
    person = site.people[asker]
    known = {tag for tag, (entity, record, field) in site.company.canary_of.items()
             if field == "tags" and site.oracle.may_be_told(person, entity, record, field)
             and not site.company.facts[entity, record]["deleted_at"]}  # fmt: skip
    offered = set(re.findall(CANARY, heard.body))
    assert offered <= known
    assert len(offered) == min(len(known), 12)
    for path in (
        "/account/tags?field=name&q=zq",
        "/account/tags?field=quagga",
        "/account/tags?field=nothing",
        "/ocelot/tags",
    ):
        answer = site.page(asker).get(path)
        assert answer.status_code == 404 or answer.get_json() == {"options": []}, path


@ROLES
def test_what_points_to_several_entities_names_what_is_read(site: Site, asker: str) -> None:
    for memo in alive(site, "memo"):
        heard = hear(site.page(asker).get(f"/memo/{memo}"))
        assert site.leaks(asker, heard) == []
        body = api(site, asker, f"memo/{memo}")
        if not reads(site, asker, "memo", memo) or body["result"]["about"] is None:
            continue
        about = body["result"]["about"]
        seen = reads(site, asker, about["entity"], int(about["id"])) and site.oracle.shows(
            site.people[asker], about["entity"], "name"
        )
        assert (about["label"] is not None) == seen


@ROLES
def test_totals_are_of_the_records_and_fields_that_are_read(site: Site, asker: str) -> None:
    answer = site.page(asker).get("/account/totals")
    person, column = site.people[asker], site.store.models.tables["account"].c
    if not site.oracle.reads_any(person, "account"):
        assert answer.status_code == 404
        return
    told = {int(re.sub(r"\D", "", each["text"].partition(".")[0])) for each in answer.get_json()["totals"]}
    mine = [record for record in alive(site, "account") if reads(site, asker, "account", record)]
    with site.store.system_reading() as connection:
        amounts = {row.id: row.numbat for row in connection.execute(sa.select(column.id, column.numbat))}
    both = {sum(int(amounts[record] or 0) for record in some) for some in (mine, alive(site, "account"))}
    clear = site.oracle.sight(person, "account", "numbat") in {"read", "write"}
    assert told & both == ({sum(int(amounts[record] or 0) for record in mine)} if clear else set())
