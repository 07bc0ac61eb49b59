"""Random histories of the rolling company."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any

import sqlalchemy as sa
from hypothesis import strategies as st

from app.orm.many import many_key
from app.record.recompute import computed_places, find_drift
from tests.unit.rolling import Rolling

Step = tuple[str, int, dict[str, Any]]
"""What is done: the act, which record (counted among those that there are), values."""
NAMES = st.sampled_from(["a", "b", "李"])
PLACE = st.integers(0, 3)  # 3: nothing
REGION = st.fixed_dictionaries({}, optional={"name": NAMES, "weight": st.sampled_from([None, 1, 9])})
ACCOUNT = st.fixed_dictionaries({}, optional={"name": NAMES, "region": PLACE})
DEAL = st.fixed_dictionaries(
    {},
    optional={
        "name": NAMES,
        "account": PLACE,
        "amount": st.sampled_from([None, "0", "99.99", "150", "600000"]),
        "closed": st.sampled_from([None, "2026-01-31", "2026-03-01"]),
        "stage": st.sampled_from(["open", "won", "lost"]),
        "people": st.lists(st.integers(0, 2), max_size=2, unique=True),
        "leader": PLACE,
    },
)
QUOTE = st.fixed_dictionaries(
    {},
    optional={
        "name": NAMES,
        "lines": st.lists(st.sampled_from([{"amount": "5"}, {"amount": "15"}, {"amount": None}]), max_size=3),
    },
)
REMARK = st.fixed_dictionaries(
    {}, optional={"name": NAMES, "about": st.tuples(st.sampled_from(["account", "opportunity"]), PLACE)}
)
CONTACT = st.fixed_dictionaries({}, optional={"name": NAMES})
ENTITIES = {
    "remark": REMARK,
    "contact": CONTACT,
    "region": REGION,
    "account": ACCOUNT,
    "opportunity": DEAL,
    "quote": QUOTE,
}


def _steps_of(entity: str, values: st.SearchStrategy[dict[str, Any]]) -> st.SearchStrategy[Step]:
    number = st.integers(0, 9)
    acts = [st.tuples(st.just(f"{act} {entity}"), number, values) for act in ("create", "update", "update")]
    gone = [st.tuples(st.just(f"{act} {entity}"), number, st.just({})) for act in ("delete", "restore")]
    return st.one_of(*acts, *gone)


STEPS = st.lists(
    st.one_of(
        *(
            _steps_of(entity, values)
            for entity, values in ENTITIES.items()
            for _ in range(1 + (entity == "opportunity"))
        )
    ),
    min_size=3,
    max_size=14,
)


def carry_out(company: Rolling, steps: list[Step]) -> None:
    """Begins with two regions, accounts and deals of its own."""
    mine: dict[str, list[int]] = {
        "contact": list(company.save_all("contact", [{"name": "x"}, {"name": "y"}, {"name": "z"}])),
        "region": list(company.save_all("region", [{"name": "r", "weight": 9}, {"name": "s"}])),
        "quote": [],
        "remark": [],
    }
    mine["account"] = list(
        company.save_all("account", [{"name": "k", "region": mine["region"][0]}, {"name": "l"}, {"name": "m"}])
    )
    mine["opportunity"] = list(
        company.save_all(
            "opportunity", [{"name": "d", "account": mine["account"][0], "amount": "600000", "stage": "won"}]
        )
    )
    for act, number, values in steps:
        verb, entity = act.split()
        _act(company, mine, (verb, entity), number, _resolved(company, mine, values))


def _act(
    company: Rolling, mine: dict[str, list[int]], act: tuple[str, str], number: int, values: dict[str, Any]
) -> None:
    verb, entity = act
    if verb == "create":
        mine[entity].append(company.save(entity, **values))
        return
    records = [each for each in mine[entity] if _is_gone(company, entity, each) is (verb == "restore")]
    if not records:
        return
    record = records[number % len(records)]
    if verb == "update":
        company.change(entity, record, **values)
    elif verb == "delete":
        company.delete(entity, record)
    elif not _hangs(company, entity, record):
        company.restore(entity, record)


def _resolved(company: Rolling, mine: dict[str, list[int]], values: dict[str, Any]) -> dict[str, Any]:
    """Places among the records that there are to their ids."""
    found = dict(values)
    for key, target in (("region", "region"), ("account", "account"), ("leader", "contact")):
        if key in found:
            alive = [each for each in mine[target] if not _is_gone(company, target, each)]
            found[key] = alive[found[key]] if found[key] < min(len(alive), 3) else None
    if "about" in found:
        entity, place = found["about"]
        alive = [each for each in mine[entity] if not _is_gone(company, entity, each)]
        found["about"] = {"entity": entity, "id": alive[place]} if place < len(alive) else None
    if "people" in found:
        alive = [each for each in mine["contact"] if not _is_gone(company, "contact", each)]
        found["people"] = [alive[place] for place in found["people"] if place < len(alive)]
    return found


def _is_gone(company: Rolling, entity: str, record: int) -> bool:
    return company.stored(entity, record)["deleted_at"] is not None


def _hangs(company: Rolling, entity: str, record: int) -> bool:
    """Whether it went with something else, that is not back: restoring it would be refused where it points there."""
    row = company.stored(entity, record)
    account = row.get("account")
    return entity == "opportunity" and account is not None and _is_gone(company, "account", account)


def check_all(company: Rolling) -> None:
    """Compares every computed field of all records that are not deleted with plain totals, and with the engine."""
    assert find_drift(company.store, computed_places(company.store.catalog)) == []
    account, deal = company.store.models.tables["account"], company.store.models.tables["opportunity"]
    with company.store.system_reading() as connection:
        accounts = connection.execute(sa.select(account).where(account.c.deleted_at.is_(None))).mappings().all()
        deals = connection.execute(sa.select(deal).where(deal.c.deleted_at.is_(None))).mappings().all()
    _check_remarks(company, {"account": accounts, "opportunity": deals})
    links, living = _links(company)
    for one in deals:
        mine = [each for record, each in links if record == one["id"] and each in living]
        assert one["size"] == len(mine)
        assert one["leads"] is (one["leader"] in mine)
    for one in accounts:
        mine = [each for each in deals if each["account"] == one["id"]]
        won = sum(each["amount"] or 0 for each in mine if each["stage"] == "won")
        assert one["total_won"] == won
        assert one["level"] == ("a" if won >= 500_000 else "b" if won >= 100_000 else "c")
        assert one["crowded"] == sum(each["size"] > 1 for each in mine)
        assert one["leaderless"] == sum(each["leader"] is None for each in mine)
        assert one["busy"] is any(each["stage"] == "open" for each in mine)
        assert one["newest"] == (max(mine, key=lambda each: (each["created_at"], each["id"]))["name"] if mine else None)
        assert one["least"] == min((each["amount"] for each in mine if each["amount"] is not None), default=None)


def _check_remarks(company: Rolling, told: dict[str, Sequence[Any]]) -> None:
    remark = company.store.models.tables["remark"]
    with company.store.system_reading() as connection:
        remarks = connection.execute(sa.select(remark).where(remark.c.deleted_at.is_(None))).mappings().all()
    names = {(entity, each["id"]): each["name"] for entity, rows in told.items() for each in rows}
    for one in remarks:
        entity = one["about__entity"]
        assert one["topic"] == f"{entity or ''}:{names[entity, one['about']] or '' if entity else ''}"
    for account in told["account"]:
        mine = [each for each in remarks if (each["about__entity"], each["about"]) == ("account", account["id"])]
        assert account["remarked"] == sum(each["name"] == account["name"] for each in mine)


def _links(company: Rolling) -> tuple[list[tuple[int, int]], set[int]]:
    """Who stands in which deal, and who is not in the bin."""
    models = company.store.models
    many, contact = models.many[many_key("opportunity", "people")].table, models.tables["contact"]
    with company.store.system_reading() as connection:
        links = [(record, linked) for record, linked in connection.execute(sa.select(many.c.record, many.c.value))]
        return links, set(connection.execute(sa.select(contact.c.id).where(contact.c.deleted_at.is_(None))).scalars())
