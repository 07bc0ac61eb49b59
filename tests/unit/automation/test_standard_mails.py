"""Mails of the standard pack: who is told that a deal was won, and that a welcome is only noted until it is turned on."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import sqlalchemy as sa

from app.access import system_actor
from app.automation.dispatch import dispatch
from app.loading import load_pack
from app.orm.engine import PLAN, UNIT, open_engine
from app.orm.framework import ab_role, ab_user_role, automation_run, delivery
from app.orm.models import build_models
from app.orm.store import Store
from app.plan.migrate import upgrade_framework
from app.record import Change, Saved, create, update

SEED = system_actor("system:seed")
STANDARD = Path(__file__).parents[3] / "config" / "standard"
PEOPLE = {"rep": ("sales_rep", "zh"), "head": ("sales_manager", "zh"), "money": ("finance", "en")}

COMPANY = {"industry": "education", "size_class": "small", "region": "overseas", "contact_phone": "+4930123456"}
MAILS = sa.select(delivery).where(delivery.c.kind == "mail").order_by(delivery.c.target)
WON = {"stage": "won", "contract_number": "HT-1", "contract_amount": "5000"}


def opened(url: str) -> Store:
    catalog = load_pack(STANDARD).catalog
    assert catalog is not None
    engine = open_engine(url)
    upgrade_framework(engine)
    models = build_models(catalog)
    with engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        models.metadata.create_all(connection)
    return Store(engine, models, 0)


def made(store: Store, entity: str, door: str = "seed", **values: Any) -> int:
    outcome = create(store, SEED, entity, [values], door=door)
    assert isinstance(outcome, Saved), outcome
    return outcome.ids[0]


def people(store: Store) -> dict[str, int]:
    team = made(store, "team", name="East")
    ids: dict[str, int] = {}
    for login, (_, locale) in reversed(PEOPLE.items()):
        values = {"name": login.title(), "login": login, "email": f"{login}@us.example", "locale": locale, "team": team}
        ids[login] = made(store, "user", **values, **({"manager": ids["head"]} if login == "rep" else {}))
    with store.housekeeping() as connection:
        connection.execute(sa.delete(ab_user_role))
        connection.execute(sa.delete(ab_role))
        for number, (login, (role, _)) in enumerate(PEOPLE.items(), start=1):
            connection.execute(sa.insert(ab_role).values(id=number, name=role))
            connection.execute(sa.insert(ab_user_role).values(id=number, user_id=ids[login], role_id=number))
    return ids


def test_finance_and_the_manager_are_told_of_a_deal_that_was_won(sqlite_url: str) -> None:
    store = opened(sqlite_url)
    ids = people(store)
    account = made(store, "account", name="Acme <1> Ltd", **COMPANY, owner=ids["rep"])
    made(store, "contact", door="api", name="Wang", account=account, email="wang@client.example", owner=ids["rep"])
    deal = made(store, "opportunity", name="Big", account=account, amount="5000", owner=ids["rep"], stage="negotiation")
    outcome = update(store, SEED, "opportunity", [Change(deal, WON)], door="api")
    assert isinstance(outcome, Saved), outcome
    while dispatch(store, store.clock()):
        pass
    with store.system_reading() as connection:
        head, money = connection.execute(MAILS).all()
        query = sa.select(automation_run.c.automation, automation_run.c.mode)
        runs = {row.automation: row.mode for row in connection.execute(query)}
    store.engine.dispose()
    assert (head.target, money.target) == ("head@us.example", "money@us.example")
    assert money.content["subject"] == "Won: Big, Acme <1> Ltd"
    assert "Rep has won <b>Big</b> of Acme &lt;1&gt; Ltd." in money.content["html"]
    assert "<p>Amount: ¥5,000<br>Contract: HT-1</p>" in money.content["html"]
    assert head.content["subject"] == "赢单：Big（Acme <1> Ltd）"
    assert (runs["deal_won"], runs["welcome"]) == ("live", "shadow")
