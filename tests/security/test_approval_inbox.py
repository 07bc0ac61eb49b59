"""Who is asked learns of a record what he may see of it, and nobody acts on the approvals of others."""

import datetime as dt

import pytest
import sqlalchemy as sa

from app.orm.framework import approval, approval_ask, deputy
from app.orm.types import now
from tests.security.company import ASKING, AWAY
from tests.security.site import ABSENT, Site, hear

SHOWN = ("name", "amount", "account", "quagga", "paper", "bilby", "serval")
STEP = {"label": {"en": "Lead"}, "when": None, "approvers": [{"role": "rep"}], "need": "any", "within": None}
TERMS = {"steps": [["review", "lead", STEP]], "show": SHOWN, "read_only": [], "figures": [], "self_approval": False,
         "confirm": {}}  # fmt: skip


def ask_about_everything(site: Site, asker: str, asked_by: str | None = None) -> list[int]:
    """An approval of each record of the company, for which this person is asked; their ids."""
    ids = []
    with site.store.housekeeping() as connection:
        for entity, record in site.company.facts:
            field = "stage" if entity == "opportunity" else None
            row = {"approval": "review", "entity": entity, "record": record, "field": field, "stage_from": "first",
                   "stage_to": "second", "state": "waiting", "step": "review.lead", "asked_at": now(), "revision": 1,
                   "asked_by": site.company.people[asked_by] if asked_by else None, "terms": TERMS,
                   "changed_seq": 1}  # fmt: skip
            made = connection.execute(sa.insert(approval).values(row).returning(approval.c.id)).scalar_one()
            each = {"approval_id": made, "step": "review.lead", "user_id": site.company.people[asker],
                    "asked_at": now(), "state": "waiting", "changed_seq": 1}  # fmt: skip
            connection.execute(sa.insert(approval_ask).values(each))
            ids.append(made)
    return ids


@pytest.mark.parametrize("asker", ASKING)
def test_an_inbox_shows_no_field_that_is_hidden_from_its_reader(site: Site, asker: str) -> None:
    """The figures of a record out of his sight are there for who is asked: those that he may see anywhere."""
    ids, person = ask_about_everything(site, asker), site.people[asker]
    page = site.page(asker).get("/approvals/").text
    refused = site.page(asker).post(f"/approvals/{ids[0]}/decide", data={"answer": "reject"}).text
    for thing in site.company.things.values():
        for field, canary in thing.canaries.items():
            if field not in SHOWN or not site.oracle.shows(person, thing.entity, field):
                assert canary not in page + refused, (thing.entity, field)
    site.put_back()


@pytest.mark.parametrize("asker", ASKING)
def test_who_asked_is_told_no_more_either(site: Site, asker: str) -> None:
    ask_about_everything(site, "administrator" if asker != "administrator" else "rep", asker)
    assert site.leaks(asker, hear(site.page(asker).get("/approvals/?tab=asked"))) == []
    site.put_back()


def test_approvals_of_others_are_not_found(site: Site) -> None:
    ids = ask_about_everything(site, "rep", "administrator")
    browser = site.page("manager")
    for act in ("decide", "recall"):
        for each in (ids[0], ids[-1], ABSENT, 0):
            answer = browser.post(f"/approvals/{each}/{act}", data={"answer": "agree"})
            assert answer.status_code == 404, (act, each)
    assert browser.get("/approvals/count").get_json() == {"text": "0"}
    without_token = site.page("rep").post(
        f"/approvals/{ids[0]}/decide", data={"answer": "agree"}, headers={"X-CSRF-Token": "x"}
    )
    assert without_token.status_code in {400, 403}
    with site.store.system_reading() as connection:
        states = connection.execute(sa.select(approval.c.state).distinct()).scalars().all()
        assert states == ["waiting"]
        assert (
            connection.execute(sa.select(deputy.c.id).where(deputy.c.user_id != site.company.people[AWAY])).all() == []
        )
    site.put_back()


def test_nobody_names_or_ends_a_deputy_of_another(site: Site) -> None:
    people = site.company.people
    day = (now() + dt.timedelta(days=1)).date().isoformat()  # today may be over where they are
    data = {"deputy": people["rep"], "first_day": day, "last_day": day, "user_id": people["administrator"]}
    assert site.page("manager").post("/profile/deputy", data=data, headers={"X-CSRF-Token": "x"}).status_code in {
        400,
        403,
    }
    assert site.page("manager").post("/profile/deputy", data=data).status_code == 303
    with site.store.system_reading() as connection:
        ((row, user),) = connection.execute(
            sa.select(deputy.c.id, deputy.c.user_id).where(deputy.c.user_id != site.company.people[AWAY])
        ).all()
    assert user == people["manager"]
    for asker in ("rep", "administrator"):
        assert site.page(asker).post(f"/profile/deputy/{row}/end").status_code == 404
    assert site.page("manager").post(f"/profile/deputy/{ABSENT}/end").status_code == 404
    assert site.page("manager").post(f"/profile/deputy/{row}/end").status_code == 303
    site.put_back()
