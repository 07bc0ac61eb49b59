"""Computed values tell nobody what they are worked out from, and only who may write them overrules them."""

import pytest

from tests.security.company import ASKING, POSITIONS
from tests.security.site import Site, hear

ROLES = pytest.mark.parametrize("asker", ASKING)
FIELDS = ("serval", "caracal", "oribi", "kudu", "wombat")


@ROLES
def test_a_computed_field_is_there_for_those_who_read_what_it_reads(site: Site, asker: str) -> None:
    person = site.people[asker]
    for position in POSITIONS:
        thing = site.company.thing("account", position, asker)
        if site.oracle.allowed(person, "read", "account", thing.id) != "yes":
            continue
        result = site.program(asker).get(f"/api/v1/account/{thing.id}").get_json()["result"]
        seen = {field for field in FIELDS if site.oracle.sight(person, "account", field) != "hidden"}
        assert seen == result.keys() & set(FIELDS), position
        if "serval" in seen:
            assert result["caracal"] == result["serval"].upper() == f"s {thing.canaries['quagga']}".upper()
        if "kudu" in seen:
            assert result["kudu"] == 16


@ROLES
def test_no_search_and_no_filter_finds_by_what_is_hidden(site: Site, asker: str) -> None:
    thing = site.company.thing("account", "mine", asker)
    person, word = site.people[asker], thing.canaries["quagga"]
    seen = site.oracle.shows(person, "account", "serval")
    found = site.program(asker).get(f"/api/v1/account/?search={word}")
    if found.status_code == 200:
        reads = site.oracle.allowed(person, "read", "account", thing.id) == "yes"
        assert [each["id"] for each in found.get_json()["result"]] == ([str(thing.id)] if seen and reads else [])
    hidden = site.program(asker).get("/api/v1/account/?filter=starts_with(serval,'s')")
    unknown = site.program(asker).get("/api/v1/account/?filter=starts_with(nothing,'s')")
    if not seen:
        assert hidden.status_code == unknown.status_code
        assert hidden.text.replace("serval", "…") == unknown.text.replace("nothing", "…")
    for path in ("/contact/", "/account/", "/account/csv", "/contact/csv", "/api/v1/openapi.json"):
        client = site.program(asker) if path.startswith("/api") else site.page(asker)
        assert site.leaks(asker, hear(client.get(path))) == [], path


@ROLES
def test_who_may_not_write_a_value_does_not_overrule_it(site: Site, asker: str) -> None:
    person = site.people[asker]
    for position in POSITIONS:
        thing = site.company.thing("account", position, asker)
        expected = site.oracle.allowed(person, "update", "account", thing.id)
        for field in ("wombat", "serval", "name", "nothing"):
            address = f"account/{thing.id}/overrides/{field}"
            for method, body in (("PUT", {"value": "x", "reason": "y", "version": 999}), ("DELETE", None)):
                if method == "DELETE" and expected == "yes":
                    continue  # it would be carried out, and change nothing
                answer = site.program(asker).open(f"/api/v1/{address}", method=method, json=body)
                wanted = {{"yes": 409, "deny": 403, "absent": 404}[expected]}
                if field != "wombat":  # nothing that can be overruled, whoever asks
                    wanted = wanted - {409} | {404}
                assert answer.status_code in wanted, (position, address, method, answer.text)
                assert site.leaks(asker, hear(answer)) == []


@ROLES
def test_the_page_overrules_for_the_same_people(site: Site, asker: str) -> None:
    person = site.people[asker]
    for position in POSITIONS:
        thing = site.company.thing("account", position, asker)
        page = site.page(asker)
        expected = site.oracle.allowed(person, "update", "account", thing.id)
        form = {":field": "wombat", ":version": "999", "wombat": "x", ":reason": "y"}
        heard = hear(page.post(f"/account/{thing.id}/overrule", data=form))
        assert heard.status in {"yes": {303}, "deny": {303, 403, 404}, "absent": {404}}[expected], position
        assert site.leaks(asker, heard) == []
        heard = hear(page.get(f"/account/{thing.id}"))
        assert site.leaks(asker, heard) == []
        assert ("overrule-wombat" in heard.body) == (expected == "yes"), position
