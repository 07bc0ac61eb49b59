"""What expressions read of other records, of the acting person and of parts is there, and costs what it must."""

from __future__ import annotations

import dataclasses
from typing import Any

import pytest
import sqlalchemy as sa

from app.access import writing
from app.expression import get_expression
from app.record.batch import Batch, Row
from app.record.facts import Needs, find_facts, needs_of
from app.record.unit import Unit
from tests.unit.judged import counted
from tests.unit.record.conftest import SEED, Company


def needs(company: Company, entity: str, *sources: str) -> Needs:
    catalog = company.store.catalog
    return needs_of(catalog, entity, (get_expression(catalog, entity, each) for each in sources))


def gathered(
    company: Company, entity: str, ids: list[int], wanted: Needs
) -> tuple[list[dict[str, Any]], dict[str, Any], int]:
    """The rows with the facts, what is known of the actor, and how many statements that took."""
    with writing(company.store, company.rep) as session:
        unit = Unit(company.store, company.rep, session, "api")
        table = company.store.models.tables[entity]
        rows = []
        for place, record in enumerate(ids):
            stored = dict(session.connection().execute(sa.select(table).where(table.c.id == record)).mappings().one())
            rows.append(Row(place, record, {}, stored, dict(stored)))
        batch = Batch(unit, unit.blueprint(entity), False, rows)
        with counted(company.store) as sent:
            find_facts(batch, wanted)
        found = [row.values for row in rows], dict(unit.person), len(sent)
        session.rollback()
    return found


def test_paths_are_facts_whoever_may_read_them_and_cost_one_statement_a_hop(company: Company) -> None:
    head = company.add("account", name="Head", kind="person")
    account = company.add("account", name="A", head=head, owner=company.boss.user_id)
    blank = company.add("account", name="B")
    deals = [company.add("opportunity", name=f"D{number}", account=account) for number in range(4)]
    deals.append(company.add("opportunity", name="E", account=blank))
    assert not company.sees(company.rep, "account", account)
    wanted = needs(
        company, "opportunity", 'account.name == "x" and account.head.kind == "firm" and account.owner.name == "y"'
    )
    rows, _, statements = gathered(company, "opportunity", deals, wanted)
    assert [row["account.name"] for row in rows] == ["A"] * 4 + ["B"]
    assert [row["account.head.kind"] for row in rows] == ["person"] * 4 + [None]
    assert rows[0]["account.owner.name"] == "Administrator"
    assert statements == 3  # the accounts; their heads; their owners
    assert gathered(company, "opportunity", deals[:1], wanted)[2] == 3


def test_nothing_is_fetched_that_no_expression_reads(company: Company) -> None:
    deal = company.add("opportunity", name="D", account=company.add("account", name="A"))
    rows, person, statements = gathered(
        company, "opportunity", [deal], needs(company, "opportunity", 'name == "x" and is_mine()')
    )
    assert statements == 0
    assert person["id"] == company.rep.user_id
    assert not any("." in key for key in rows[0])


def test_of_the_acting_person_one_statement_at_most(company: Company) -> None:
    deal = company.add("opportunity", name="D", account=company.add("account", name="A"))
    free = needs(company, "opportunity", "user.department == department")
    _, person, statements = gathered(company, "opportunity", [deal], free)
    assert (person["department"], statements) == (company.north, 0)
    more = needs(company, "opportunity", 'user.name == name and user.login != "x" and user.active')
    _, person, statements = gathered(company, "opportunity", [deal], more)
    assert (person["name"], person["login"], person["active"], statements) == ("Rep", "rep", True, 1)


def test_a_system_actor_is_nobody(company: Company) -> None:
    deal = company.add("opportunity", name="D", account=company.add("account", name="A"))
    system = dataclasses.replace(company, rep=SEED)
    _, person, statements = gathered(system, "opportunity", [deal], needs(company, "opportunity", "user.name == name"))
    assert (person["id"], person["name"], statements) == (None, None, 0)


@pytest.mark.parametrize(
    ("source", "expected"),
    [
        ("sum_of(lines.quantity) == 1", 5),
        ("count_of(lines where quantity > 2)", 1),
        ('count_of(lines where product.name == "P")', 1),
        ("max_of(lines.quantity)", 3),
        ("latest_of(lines.quantity)", 2),
        ("exists(lines)", True),
    ],
)
def test_aggregates_over_stored_records(company: Company, source: str, expected: object) -> None:
    product = company.add("product", name="P")
    lines = [{"quantity": 3, "product": product}, {"quantity": 2}]
    order = company.add("order", name="O", lines=lines)
    empty = company.add("order", name="N")
    wanted = needs(company, "order", source)
    rows, _, _ = gathered(company, "order", [order, empty], wanted)
    assert rows[0][wanted.aggregates[0].key] == expected
    assert rows[1][wanted.aggregates[0].key] in (0, None, False)
