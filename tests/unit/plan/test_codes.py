import re
from pathlib import Path

import app
from app.diagnostics import CODES
from app.plan.codes import PLAN_CODES

CODE = re.compile(r'"(PLN\d{3})\b')


def test_every_code_that_is_used_is_defined_and_the_other_way_round() -> None:
    files = [path for path in Path(app.__file__).parent.rglob("*.py") if path.name != "codes.py"]
    used = {code for path in files for code in CODE.findall(path.read_text("utf-8"))}
    assert used == set(PLAN_CODES)


def test_every_code_is_explained_in_both_languages() -> None:
    for code in PLAN_CODES.values():
        assert set(code.title) == set(code.help) == {"en", "zh"}
        assert all((*code.title.values(), *code.help.values()))
    assert not set(PLAN_CODES) & set(CODES)
