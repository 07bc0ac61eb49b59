"""Views show what their reader may read, and a condition that he may not have answered is none for him."""

import pytest

from tests.security.company import ASKING
from tests.security.site import Site, hear

ROLES = pytest.mark.parametrize("asker", ASKING)


def api(site: Site, asker: str, path: str) -> tuple[int, dict[str, object]]:
    answer = site.program(asker).get(f"/api/v1/{path}")
    assert site.leaks(asker, hear(answer)) == [], path
    return answer.status_code, answer.get_json()


@ROLES
def test_a_view_holds_no_record_out_of_sight_and_tells_no_hidden_value(site: Site, asker: str) -> None:
    person = site.people[asker]
    for path in ("/account/?view=seen", "/account/csv?view=seen", "/account/?view=greys"):
        assert site.leaks(asker, hear(site.page(asker).get(path))) == [], path
    status, body = api(site, asker, "account/?view=seen&limit=100&columns=id")
    clear = site.oracle.sight(person, "account", "numbat") in {"read", "write"}
    if not site.oracle.reads_any(person, "account"):
        assert status in {403, 404}
        return
    assert status == (200 if clear else 400)
    seen = {int(row["id"]) for row in body["result"]} if clear else set()  # type: ignore[index, attr-defined]
    assert all(site.oracle.allowed(person, "read", "account", record) == "yes" for record in seen)
    assert seen or not clear


@ROLES
def test_the_count_of_a_view_is_that_of_its_rows(site: Site, asker: str) -> None:
    status, body = api(site, asker, "account/?view=seen&limit=1")
    answer = site.page(asker).get("/account/count?view=seen")
    if status != 200:
        assert answer.status_code in {403, 404}
    else:
        assert answer.get_json() == {"text": str(body["count"])}


@ROLES
def test_a_condition_on_a_hidden_field_is_no_view(site: Site, asker: str) -> None:
    person = site.people[asker]
    clear = site.oracle.sight(person, "account", "quagga") in {"read", "write"}
    offered = "view=greys" in site.page(asker).get("/account/").text
    assert offered == (clear and site.oracle.reads_any(person, "account"))
    if not offered and site.oracle.reads_any(person, "account"):
        none = site.program(asker).get("/api/v1/account/?view=grays").text.replace("grays", "greys")
        assert site.program(asker).get("/api/v1/account/?view=greys").text == none
