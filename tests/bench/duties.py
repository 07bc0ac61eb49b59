"""How long it takes to raise a thousand reviews: for each a task through the write path, its row, a name in someone's language."""

from __future__ import annotations

import datetime as dt
import time

import sqlalchemy as sa

from app.access import system_actor
from app.automation.reviews import raise_review
from app.loading import load_pack
from app.orm.engine import open_engine
from app.orm.framework import review
from app.plan import first_apply, open_store
from app.record import Refused, create
from app.settings import product_folder
from tests.bench.contenders import Database
from tests.bench.fill import NotWritten

REVIEWS = 1_000
PEOPLE = 20
KEY = "data_quality"  # of the standard pack: accounts of which much is not known


def measure_reviews(database: Database) -> float:
    """Seconds for a thousand of them, in a period of its own each time: the middle one of three runs."""
    loaded = load_pack(product_folder("config") / "standard")
    engine = open_engine(database.new("reviews"))
    first_apply(engine, loaded)
    store = open_store(engine)
    seed = system_actor("system:seed")
    people = [
        {"name": f"Person {number}", "login": f"p{number}", "locale": "zh" if number % 2 else "en"}
        for number in range(PEOPLE)
    ]
    try:
        owners = create(store, seed, "user", people, door="import")
        if isinstance(owners, Refused):
            raise NotWritten(str(owners.refusals[:3]))
        accounts = [
            {
                "name": f"第{number}有限公司",
                "kind": "enterprise",
                "region": "overseas",
                "industry": "internet",
                "size_class": "small",
                "contact_phone": f"+86138{number:08}",
                "owner": str(owners.ids[number % PEOPLE]),
            }
            for number in range(REVIEWS)
        ]
        made = create(store, seed, "account", accounts, door="import")
        if isinstance(made, Refused):
            raise NotWritten(str(made.refusals[:3]))
        moment, spent = store.clock(), []
        for quarter in range(3):
            began = time.perf_counter()
            raise_review(store, KEY, moment + dt.timedelta(days=100 * quarter))
            spent.append(time.perf_counter() - began)
        with store.system_reading() as connection:
            raised = connection.execute(sa.select(sa.func.count()).select_from(review)).scalar()
        if raised != 3 * REVIEWS:
            raise NotWritten(f"{raised} reviews")
    finally:
        engine.dispose()
    return sorted(spent)[1]
