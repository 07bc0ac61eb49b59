"""What a lookup copies may itself point to a record: only to one that whoever saves could choose."""

from __future__ import annotations

import copy
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from app.access import Actor, reading
from app.record import Change, Refused, create, update
from app.record.preview import foresee, looking
from tests.unit.rolling import BOTH, TREE, Rolling, done, lookup, on_database

ALL = {"create": True, "read": "all", "update": "all"}


def tree() -> dict[str, Any]:
    found = copy.deepcopy(TREE)
    found["entities"]["memo"]["fields"]["account"] = lookup("account", "memos")
    deal = found["entities"]["opportunity"]["fields"]
    deal["memo"] = lookup("memo", "deals", fills={"account": "account"})
    found["entities"]["quote"]["fields"]["account"] = lookup("account", "quotes")
    line = found["entities"]["line"]["fields"]
    line["grade"] = {"type": "text", "formula": 'concat("of ", quote.account.name)'}
    found["roles"]["rep"] = {"grants": {"memo": ALL, "opportunity": ALL, "quote": ALL, "account": {"read": "own"}}}
    return found


@pytest.fixture(params=BOTH, scope="module")
def company(request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory) -> Iterator[Rolling]:
    folder: Path = tmp_path_factory.mktemp("fills")
    with on_database(request, folder, tree()) as found:
        yield found


def a_rep(company: Rolling, login: str) -> Actor:
    return Actor(company.save("user", name="Rep", login=login), "Rep", frozenset({"rep"}))


def test_a_record_out_of_sight_is_not_copied_and_nothing_follows_from_it(company: Rolling) -> None:
    rep = a_rep(company, "one")
    secret = company.save("account", name="Secret", region=company.save("region", name="North"))
    memo = company.save("memo", name="m", account=secret)
    saved = done(create(company.store, rep, "opportunity", [{"name": "d", "memo": memo}], door="api"))
    stored = company.stored("opportunity", saved.ids[0])
    assert (stored["memo"], stored["account"], stored["rank"]) == (memo, None, "d//")
    other = company.save("opportunity", name="e")
    done(update(company.store, rep, "opportunity", [Change(other, {"memo": memo})], door="api"))
    stored = company.stored("opportunity", other)
    assert (stored["memo"], stored["account"], stored["rank"]) == (memo, None, "e//")


def test_a_record_in_sight_is_copied_and_followed(company: Rolling) -> None:
    rep = a_rep(company, "two")
    shown = company.save("account", name="Shown", owner=rep.user_id, region=company.save("region", name="North"))
    memo = company.save("memo", name="m", account=shown)
    saved = done(create(company.store, rep, "opportunity", [{"name": "d", "memo": memo}], door="api"))
    stored = company.stored("opportunity", saved.ids[0])
    assert (stored["account"], stored["rank"]) == (shown, "d/c/North")


def test_a_part_reads_nothing_through_a_lookup_of_its_whole_to_what_is_out_of_sight(company: Rolling) -> None:
    rep = a_rep(company, "three")
    shown, secret = company.save("account", name="Shown", owner=rep.user_id), company.save("account", name="Secret")
    quote = company.save("quote", name="q", account=shown, lines=[{"name": "l", "amount": "1"}])
    line = [{"name": "l", "amount": "1"}]
    for record in (None, quote):
        for account, grade in ((shown, "of Shown"), (secret, "of")):
            values = {"name": "q", "account": account, "lines": line}
            with company.store.system_reading() as connection, reading(company.store, rep) as session:
                found = foresee(looking(company.store, rep, session, connection), "quote", values, record)
            assert found is not None
            assert [each.values["grade"] for each in found.parts["lines"]] == [grade]
    refused = create(company.store, rep, "quote", [{"name": "q", "account": secret, "lines": line}], door="api")
    assert isinstance(refused, Refused)
    assert [(each.code, each.field) for each in refused.refusals] == [("record.not_found", "account")]
    saved = done(create(company.store, rep, "quote", [{"name": "q", "account": shown, "lines": line}], door="api"))
    company.change(
        "quote", saved.ids[0], account=secret
    )  # whoever may choose it: what it leads to is a fact from now on
    with company.store.system_reading() as connection, reading(company.store, rep) as session:
        found = foresee(looking(company.store, rep, session, connection), "quote", {"lines": line}, saved.ids[0])
    assert found is not None
    assert [each.values["grade"] for each in found.parts["lines"]] == ["of Secret"]
