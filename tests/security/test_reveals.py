"""A masked value is revealed to who sees its mask and may ask for it, and to nobody else."""

import pytest
import sqlalchemy as sa
from sqlalchemy.engine import RowMapping

from tests.security.company import ASKING, PART, PARTS, POSITIONS, WHOLE
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
def test_a_value_of_a_part_is_revealed_with_its_whole(site: Site, asker: str) -> None:
    person, program, page = site.people[asker], site.program(asker), site.page(asker)
    wholes = {site.company.thing(WHOLE, position, asker).id for position in POSITIONS}
    for part in (each for each in parts(site) if each[WHOLE] in wholes):
        live = site.oracle.allowed(person, "read", WHOLE, part[WHOLE]) == "yes"
        for field in ("name", "gerenuk", "dibatag"):
            masked = live and site.oracle.sight(person, PART, field) == "masked"
            may = masked and site.oracle.reveals(person, PART, field)
            value = part[field] if may else ""
            rest, why = f"{part['id']}/reveal/{field}", {"reason": "called back"}
            answer = program.post(f"/api/v1/{WHOLE}/{part[WHOLE]}/{PARTS}/{rest}", json=why)
            assert answer.status_code == (200 if may else 403 if masked else 404), (part["id"], field)
            assert value in answer.text
            assert site.leaks(asker, hear(answer), sent=value) == [], (part["id"], field)
            elsewhere = next(each for each in wholes if each != part[WHOLE])
            assert program.post(f"/api/v1/{WHOLE}/{elsewhere}/{PARTS}/{rest}", json=why).status_code == 404
            form = {":parts": PARTS, ":part": str(part["id"]), ":field": field, ":reason": "called back"}
            shown = page.post(f"/{WHOLE}/{part[WHOLE]}/reveal", data=form)
            assert (shown.status_code == 200) == may, (part["id"], field)
            assert site.leaks(asker, hear(shown), sent=value) == [], (part["id"], field)


def parts(site: Site) -> list[RowMapping]:
    """Parts that stand, as they are stored."""
    table = site.store.models.tables[PART]
    with site.store.system_reading() as connection:
        query = sa.select(table).where(table.c.deleted_at.is_(None)).order_by(table.c.id)
        return list(connection.execute(query).mappings())


@pytest.mark.parametrize("asker", ASKING)
def test_without_a_reason_nothing_is_revealed(site: Site, asker: str) -> None:
    thing = site.company.thing("account", "mine", asker)
    for reason in ("", " ", None, "x" * 501):
        answer = site.program(asker).post(f"/api/v1/account/{thing.id}/reveal/phone", json={"reason": reason})
        assert answer.status_code in {404, 403, 422}
        assert site.leaks(asker, hear(answer)) == []
