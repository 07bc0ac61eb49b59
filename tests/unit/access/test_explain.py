import pytest

from app.access import Line, explain
from app.diagnostics import Span
from app.orm.store import Store
from tests.unit.company import ADMIN, LEAD, REP, actor


def test_the_first_line_is_the_decision_and_the_others_the_roles(store: Store) -> None:
    assert explain(store, actor(store, REP), "read", "account") == [
        Line("allowed: user 2 may read account records"),
        Line("role rep grants read own: records that they own"),
    ]
    assert explain(store, actor(store, REP), "create", "account") == [
        Line("allowed: user 2 may create account records"),
        Line("role rep grants create"),
    ]


def test_a_denial_says_why(store: Store) -> None:
    (line,) = explain(store, actor(store, REP), "export", "account")
    assert line.text == "denied: no role of user 2 (rep, staff) grants export on account"


def test_a_record_is_inside_or_outside_of_each_scope(store: Store) -> None:
    lead = actor(store, LEAD)
    inside = explain(store, lead, "read", "account", 1)
    assert [line.text.split(":")[0] for line in inside] == [
        "allowed",
        "role rep grants read own (records that they own)",
        "role lead grants read team (records that they own or that belong to one of their teams)",
    ]
    assert inside[1].text.endswith("is not among them")
    assert inside[2].text.endswith("is among them")
    assert explain(store, lead, "read", "account", 4)[0].text == "denied: user 3 may not read account 4"
    assert explain(store, actor(store, ADMIN), "read", "account", 99)[0].text == "denied: there is no account 99"


def test_lines_know_where_they_were_written(store: Store, monkeypatch: pytest.MonkeyPatch) -> None:
    where = Span("roles/rep.yaml", 7, 3)
    monkeypatch.setitem(store.catalog.origins, ("roles", "rep", "grants", "account", "read"), (where,))
    assert explain(store, actor(store, REP), "read", "account")[1].origin == where
