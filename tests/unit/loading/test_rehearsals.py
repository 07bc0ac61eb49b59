"""What tests of packs name is looked for by `crm check`."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.loading import load_pack
from tests.unit.rehearsal.conftest import PACK


@pytest.mark.parametrize(
    ("case", "code", "said"),
    [
        ("given: {client: {acme: {nam: x}}}", "CFG302", "unknown field 'nam' of client"),
        ("given: {clent: {acme: {}}}", "CFG303", "unknown entity 'clent'"),
        ("given: {client: [acme]}", "CFG203", "'client' must be a map of rows by name: {acme: {…}}, not a list"),
        ("given: {client: {acme: 3}}", "CFG203", "'acme' must be a map of fields: {name: …}, not the number 3"),
        ("given: {client: {acme: {region: est}}}", "CFG306", "client.region has no option 'est'"),
        ("given: {deal: {big: {stage: opn}}}", "CFG310", "deal.stage has no stage 'opn'"),
        ("given: {deal: {big: {client: acme}}}", "CFG309", "the case has no client 'acme'"),
        ("given: {deal: {big: {watchers: [acme]}}}", "CFG309", "the case has no client 'acme'"),
        ("given: {deal: {big: {seller: me}}}", "CFG309", "the case has no user 'me'"),
        ("do: {update: deal.big, set: {name: x}}", "CFG309", "the case has no record 'deal.big'"),
        ("do: {create: dael}", "CFG303", "unknown entity 'dael'"),
        ("do: {create: deal.d, set: {nam: x}}", "CFG302", "unknown field 'nam' of deal"),
        ("given: {deal: {d: {}}}\n  do: {transition: deal.d, to: wonn}", "CFG310", "deal has no stage 'wonn'"),
        ("given: {deal: {d: {}}}\n  do: {override: deal.d, field: x, value: 1}", "CFG302", "deal has no field 'x'"),
        ("do: {create: deal.d, confirm: {big: why}}", "CFG309", "deal has no rule 'big'"),
        ("as: {role: rep, department: north}", "CFG309", "the case has no record 'department.north'"),
        ("as: {role: repp}", "CFG304", "unknown role 'repp'"),
        ("roles: {li: rep}", "CFG309", "the case has no record 'user.li'"),
        ("given: {user: {li: {}}}\n  roles: {li: bos}", "CFG304", "there is no role 'bos'"),
        ("given: {deal: {d: {}}}\n  do: {agree: deal.d, by: li}", "CFG309", "the case has no record 'user.li'"),
        ("do: {remove: deal.d}", "CFG201", "unknown key 'remove'"),
        ("do: {delete: deal.d, set: {name: x}}", "CFG209", "'set' does not go with 'delete'"),
        ("do: {wait: 3 days, set: {name: x}}", "CFG209", "'set' does not go with 'wait'"),
        ("do: {wait: three days}", "CFG206", "'wait' must be a duration, not 'three days'"),
        ("do: {until: 2026-06-31}", "CFG206", "'2026-06-31' is no day of the calendar"),
        (
            "do: {until: 2026-07-02}\n  then: {back: {until: 2026-07-01}}",
            "CFG498",
            "'2026-07-01' is before 2026-07-02, and time goes forward",
        ),
    ],
)
def test_an_unknown_name_is_pointed_at(tmp_path: Path, case: str, code: str, said: str) -> None:
    assert (code, said) in problems(tmp_path, f"{case}\n  expect: {{errors: [field.required]}}")


@pytest.mark.parametrize(
    ("expect", "code", "said"),
    [
        ("{error: field.required}", "CFG201", "unknown key 'error'"),
        ("{client.acme: {levl: a}}", "CFG302", "unknown field 'levl' of client"),
        ("{client.acm: {name: a}}", "CFG309", "the case has no record 'client.acm'"),
        ("{visible: {client.acme: {nam: true}}}", "CFG302", "client has no field 'nam'"),
        ("{deleted: {client.acm: true}}", "CFG309", "the case has no record 'client.acm'"),
        ("{listed: {our: {client.acme: true}}}", "CFG309", "there is no view 'our'"),
        ("{mailed: {client.acme: [li]}}", "CFG309", "the case has no record 'user.li'"),
        ("{errors: {name: rule.none}}", "CFG309", "there is no rule 'none'"),
    ],
)
def test_an_expectation_of_what_is_not_there_is_pointed_at(tmp_path: Path, expect: str, code: str, said: str) -> None:
    assert problems(tmp_path, f"given: {{client: {{acme: {{}}}}}}\n  expect: {expect}") == [(code, said)]


def problems(folder: Path, case: str) -> list[tuple[str, str]]:
    for name, text in {**PACK, "tests/trial.yaml": f"cases:\n one:\n  {case}\n"}.items():
        (folder / "pack" / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / "pack" / name).write_text(text, "utf-8")
    return [(each.code, each.message) for each in load_pack(folder / "pack").errors]
