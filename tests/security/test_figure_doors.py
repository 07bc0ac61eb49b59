"""Calendars, reports and dashboards of the company of the matrix: figures are those of records in sight, by fields in clear.

Which of them are there for whom is asked by the doors of fields.
"""

from __future__ import annotations

import re

import pytest

from tests.security.company import ASKING, POSITIONS
from tests.security.company_figures import AIM, LED, OF
from tests.security.oracle import Person
from tests.security.site import Site, hear

ROLES = pytest.mark.parametrize("asker", ASKING)
CLEAR = {"read", "write"}


def readable(site: Site, person: Person) -> list[int]:
    """The records that he may read, not those of the bin."""
    facts = ((record, each) for (entity, record), each in site.oracle.facts.items() if entity == OF)
    return [
        record
        for record, each in facts
        if each["deleted_at"] is None and site.oracle.covers(person, "read", OF, record)
    ]


@ROLES
def test_a_report_counts_the_records_that_one_reads(site: Site, asker: str) -> None:
    person, wanted = site.people[asker], readable(site, site.people[asker])
    for path in ("/reports/by_name", "/reports/of_name", "/dashboards/every/of_name"):
        heard = hear(site.page(asker).get(path))
        assert site.leaks(asker, heard) == [], path
        if not site.oracle.reads_any(person, OF):
            assert heard.status == 404
            continue
        assert heard.status == 200, path
        if path == "/reports/by_name":
            names = {
                thing.canaries["name"]
                for position in POSITIONS
                for one in (*ASKING, None)
                if (thing := site.company.things.get((OF, position, one))) is not None and thing.id in wanted
            }
            assert {each for each in names if each in heard.body} == names
            assert len(re.findall(r'<tr><th scope="row">zq', heard.body)) == len(wanted)
        else:
            assert f">{len(wanted)}<" in heard.body, path


@ROLES
def test_a_target_and_a_dashboard_are_for_who_may_know_them(site: Site, asker: str) -> None:
    person, page = site.people[asker], site.page(asker)
    if not site.oracle.reads_any(person, OF):
        assert page.get("/dashboards/every/aimed").status_code == 404
        return
    told = re.search("Target |of the target of", page.get("/dashboards/every/aimed").text) is not None
    assert told == (site.oracle.sight(person, OF, AIM) in CLEAR)
    led = page.get("/dashboards/led/of_name")
    assert (led.status_code == 200) == (LED in person.roles)
    greys = page.get("/dashboards/every/greys")
    assert (greys.status_code == 200) == (site.oracle.sight(person, OF, "quagga") in CLEAR)
    assert site.leaks(asker, hear(greys)) == []


@ROLES
def test_reports_are_listed_as_far_as_one_reads_what_they_read(site: Site, asker: str) -> None:
    person = site.people[asker]
    listed = set(re.findall(r'href="/reports/(\w+)"', site.page(asker).get("/reports/").text))
    reads = site.oracle.reads_any(person, OF)
    clear = [key for key in site.oracle.fields(OF) if reads and site.oracle.sight(person, OF, key) in CLEAR]
    assert {each for each in listed if each.startswith("of_")} == {f"of_{key}" for key in clear}


@ROLES
def test_calendars_are_offered_of_days_that_one_reads(site: Site, asker: str) -> None:
    person, answer = site.people[asker], site.page(asker).get(f"/{OF}/calendar/")
    assert (answer.status_code == 200) == site.oracle.reads_any(person, OF)
    for key in ("since", "lapwing"):
        clear = answer.status_code == 200 and site.oracle.sight(person, OF, key) in CLEAR
        assert (f"view=on_{key}" in answer.text) == clear, key
