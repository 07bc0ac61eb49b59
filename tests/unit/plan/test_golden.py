"""Golden plans: `tests/plans/<name>/` holds the packs `before` and `after`, rows to begin with, and the plan as it is shown.
What is applied in between, if anything, is in `between`.

`UPDATE_PLANS=1` writes the plans anew; read the difference before committing it.
"""

import os
import re
from pathlib import Path

import pytest
import yaml
from sqlalchemy.engine import Engine

from app.loading import Loaded, load_pack
from app.plan import AppliedRevision, ApplyRefused, Plan, apply_plan, first_apply, plan_for
from app.plan.plan import saved_plan

from .conftest import insert

PLANS = Path(__file__).parents[2] / "plans"
NAMES = sorted(path.parent.name for path in PLANS.glob("*/plan.txt"))


def load(folder: Path) -> Loaded:
    loaded = load_pack(folder)
    assert loaded.errors == ()
    return loaded


def shown(plan: Plan) -> str:
    """The plan without what differs between machines and databases."""
    text = plan.render().replace(plan.database, "DATABASE")
    text = re.sub(r"until \d{4}-\d\d-\d\d", "until DATE", text)
    return re.sub(r"catalog \w+ → \w+", "catalog BEFORE → AFTER", text) + "\n"


@pytest.mark.parametrize("name", NAMES)
def test_the_plan_is_the_written_one(bare: Engine, name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    case = PLANS / name
    monkeypatch.chdir(case)  # places are shown relative to where one stands
    first_apply(bare, load(Path("before")))
    rows = case / "rows.yaml"
    for entity, values in (yaml.safe_load(rows.read_text("utf-8")) if rows.exists() else {}).items():
        insert(bare, entity, *values)
    if Path("between").exists():
        between = load(Path("between"))
        assert isinstance(apply_plan(bare, between, plan_for(bare, between), "tester"), AppliedRevision)
    after = load(Path("after"))
    plan = plan_for(bare, after)
    if "UPDATE_PLANS" in os.environ:
        (case / "plan.txt").write_text(shown(plan), "utf-8")
    assert shown(plan) == (case / "plan.txt").read_text("utf-8")
    answer = apply_plan(bare, after, plan, "tester", [step.name for step in plan.destructive])
    if plan.blocked:
        assert isinstance(answer, ApplyRefused)
    else:
        assert isinstance(answer, AppliedRevision)
        assert plan_for(bare, after).is_empty


@pytest.mark.parametrize("text", ["", "[]", "{}", '{"format": 1}', '{"format": 99}', "null", "7"])
def test_another_file_is_no_saved_plan(text: str) -> None:
    with pytest.raises(ValueError, match=r"."):
        saved_plan(text)
