"""The promise of plan and apply, on a pack with rows made for it: a plan that blocks, whose counts are those that anyone can
count, decisions written into the YAML, and every value where it belongs.

`UPDATE_PLANS=1` writes the transcript anew; read the difference before committing it.
"""

from __future__ import annotations

import datetime as dt
import os
import shutil
from pathlib import Path
from typing import Any

import sqlalchemy as sa
from sqlalchemy.engine import Engine

from app.orm.framework import ab_role, ab_user, ab_user_role
from app.plan import AppliedRevision, ApplyRefused, Plan, apply_plan, first_apply, plan_for
from app.plan.rollback import revision_before, rollback_plan
from app.plan.step import Kind

from .conftest import insert, select
from .test_golden import PLANS, load, shown

PROMISE = PLANS / "promise"
ACCOUNTS, USERS, TEAMS = 420, 6, 3
NO_NUMBERS = {17: "about 50", 88: "n/a", 301: "12 (est.)"}


def account(number: int) -> dict[str, Any]:
    employees = None if number % 84 == 0 else NO_NUMBERS.get(number, f"{number:,}" if number % 2 else str(number * 7))
    return {
        "name": f"Account {number}",
        "employees": employees,
        "industry": None if number % 7 == 0 else "it",
        "fax": f"+4930{number:06}" if number % 9 == 0 else None,
        "source": "fair" if number % 5 == 0 else "web",
        "owner": number % (USERS + 1) or None,
        "team": number % TEAMS + 1,
    }


def fill(engine: Engine) -> None:
    """People in teams, five of them sales representatives; accounts, contacts and opportunities."""
    people = range(1, USERS + 1)
    with engine.begin() as connection:
        names = [
            {
                "id": each,
                "first_name": "A",
                "last_name": "B",
                "username": f"u{each}",
                "email": f"{each}@a.test",
                "active": True,
            }
            for each in people
        ]
        connection.execute(ab_user.insert(), names)
        role = connection.execute(sa.select(ab_role.c.id).where(ab_role.c.name == "sales_rep")).scalar_one()
        connection.execute(ab_user_role.insert(), [{"user_id": each, "role_id": role} for each in people if each > 1])
    insert(engine, "team", *({"name": f"T{each}"} for each in range(1, TEAMS + 1)))
    insert(
        engine,
        "user",
        *({"name": f"U{each}", "login": f"u{each}", "active": True, "team": each % 2 + 1} for each in people),
    )
    insert(engine, "account", *(account(number) for number in range(1, ACCOUNTS + 1)))
    insert(engine, "contact", *({"name": f"C{each}", "phone": f"+8613800{each:06}"} for each in range(1, 31)))
    day = dt.date(2026, 3, 1)
    late = [{"name": f"O{each}", "opened": day, "close": day + dt.timedelta(each - 10)} for each in range(1, 61)]
    insert(engine, "opportunity", *late)


def impacts(plan: Plan) -> dict[str, str]:
    return {f"{step.kind.words} {step.target}": step.impact for step in plan.steps}


def one(engine: Engine, query: str) -> Any:
    with engine.connect() as connection:
        return connection.execute(sa.text(query)).scalar_one()


def check_counts(engine: Engine, plan: Plan) -> None:
    """What the plan says is what plain SQL counts."""
    said = impacts(plan)
    texts = [text for (text,) in select(engine, "account", "employees") if text is not None]
    good = [text for text in texts if text.replace(",", "").isdigit()]
    assert said["change type account.employees"].startswith(
        f"{len(good)} of {len(texts)} rows convert; {len(texts) - len(good)} do not: ids 17, 88, 301"
    )
    empty = one(engine, "SELECT count(*) FROM crm_account WHERE industry IS NULL")
    assert said["require account.industry"].startswith(f"{empty} of {ACCOUNTS} rows are empty: ids 7, 14, 21")
    late = one(engine, "SELECT count(*) FROM crm_opportunity WHERE close < opened")
    assert f"would refuse {late} of 60 existing rows" in said["add rule opportunity.close_after_opened"]
    assert said["retire option lead_source.fair"] == f"kept by {ACCOUNTS // 5} rows"
    filled = one(engine, "SELECT count(*) FROM crm_account WHERE fax IS NOT NULL")
    assert said["drop field account.fax"].startswith(f"{ACCOUNTS} rows, {filled} filled")
    gain = """
        SELECT count({}) FROM crm_account a JOIN crm_user u ON u.team = a.team
        JOIN ab_user_role r ON r.user_id = u.id WHERE a.owner IS NULL OR a.owner <> u.id
    """
    users, records = one(engine, gain.format("DISTINCT u.id")), one(engine, gain.format("DISTINCT a.id"))
    assert said["grant sales_rep"] == f"{users} users gain {records} records"


def test_the_promise(empty: Engine, tmp_path: Path, monkeypatch: Any) -> None:
    shutil.copytree(PROMISE, tmp_path / "promise")
    monkeypatch.chdir(tmp_path / "promise")
    first_apply(empty, load(Path("before")))
    fill(empty)
    before = select(empty, "account", "id", "name", "employees", "industry", "source")
    after = load(Path("after"))
    blocked = plan_for(empty, after)
    check_counts(empty, blocked)
    assert [step.target for step in blocked.blocked] == ["account.employees", "account.industry"]
    assert isinstance(apply_plan(empty, after, blocked, "tester"), ApplyRefused)
    assert select(empty, "account", "id", "name", "employees", "industry", "source") == before

    path = Path("after/entities/account.yaml")
    undecided = path.read_text("utf-8")
    said = undecided.replace("{type: integer,", "{type: integer, existing: blank,")
    path.write_text(said.replace("    required: true\n", "    required: true\n    backfill: other\n"), "utf-8")
    after = load(Path("after"))
    decided = plan_for(empty, after)
    check_counts(empty, decided)
    refused = apply_plan(empty, after, decided, "tester")
    assert isinstance(refused, ApplyRefused)
    assert refused.code == "PLN503"
    assert isinstance(apply_plan(empty, after, decided, "tester", ["account.employees"]), AppliedRevision)
    assert plan_for(empty, after).is_empty
    assert select(empty, "account", "id", "name", "employees", "industry", "source") == [
        (key, name, as_number(text), industry or "other", source) for key, name, text, industry, source in before
    ]
    assert select(empty, "contact", "mobile") == [(f"+8613800{each:06}",) for each in range(1, 31)]
    assert one(empty, "SELECT employees FROM crm_account WHERE id = 17") == "about 50"  # under its tombstone
    assert one(empty, "SELECT count(*) FROM crm_account WHERE fax IS NOT NULL") == ACCOUNTS // 9

    back, plan = rollback_plan(empty, revision_before(empty))
    transcript = f"{shown(blocked)}\n{shown(decided)}\n{shown(plan)}"
    if "UPDATE_PLANS" in os.environ:
        (PROMISE / "transcript.txt").write_text(transcript, "utf-8")
    assert transcript == (PROMISE / "transcript.txt").read_text("utf-8")
    given = {step.target: step.impact for step in plan.steps if step.kind is Kind.GIVE_BACK}
    assert given == {"account.industry": f"{ACCOUNTS // 7} rows get back what they held"}
    assert plan.notes == ()
    assert isinstance(
        apply_plan(empty, back, plan, "tester", [step.name for step in plan.destructive]), AppliedRevision
    )
    assert select(empty, "account", "id", "name", "employees", "industry", "source") == before  # every value is back
    assert one(empty, "SELECT count(*) FROM crm_account WHERE fax IS NOT NULL") == ACCOUNTS // 9
    assert select(empty, "contact", "phone") == [(f"+8613800{each:06}",) for each in range(1, 31)]


def as_number(text: str | None) -> int | None:
    plain = (text or "").replace(",", "")
    return int(plain) if plain.isdigit() else None
