"""A masked value is revealed to who sees its mask and may ask for it, and to nobody else."""

import pytest

from tests.security.company import ASKING, POSITIONS
from tests.security.site import Site, hear

FIELDS = ("phone", "bilby", "numbat", "name")


@pytest.mark.parametrize("asker", ASKING)
def test_a_value_is_revealed_to_who_may_ask_for_it(site: Site, asker: str) -> None:
    person, program, page = site.people[asker], site.program(asker), site.page(asker)
    for position in POSITIONS:
        thing = site.company.thing("account", position, asker)
        reads = site.oracle.allowed(person, "read", "account", thing.id) == "yes"
        for field in FIELDS:
            masked = reads and site.oracle.sight(person, "account", field) == "masked"
            may = masked and site.oracle.reveals(person, "account", field)
            value = thing.canaries[field] if may else ""
            answer = program.post(f"/api/v1/account/{thing.id}/reveal/{field}", json={"reason": "called back"})
            assert answer.status_code == (200 if may else 403 if masked else 404), (position, field)
            assert value in answer.text
            assert site.leaks(asker, hear(answer), sent=value) == [], (position, field)
            form = {":field": field, ":reason": "called back"}
            shown = page.post(f"/account/{thing.id}/reveal", data=form)
            assert (shown.status_code == 200) == may, (position, field)
            assert site.leaks(asker, hear(shown), sent=value + value.removeprefix("+86")) == [], (position, field)


@pytest.mark.parametrize("asker", ASKING)
def test_without_a_reason_nothing_is_revealed(site: Site, asker: str) -> None:
    thing = site.company.thing("account", "mine", asker)
    for reason in ("", " ", None, "x" * 501):
        answer = site.program(asker).post(f"/api/v1/account/{thing.id}/reveal/phone", json={"reason": reason})
        assert answer.status_code in {404, 403, 422}
        assert site.leaks(asker, hear(answer)) == []
