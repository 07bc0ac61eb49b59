"""A small pack whose tests are run."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from pathlib import Path
from textwrap import indent
from types import MappingProxyType

import pytest

from app.loading import Loaded, load_pack
from app.rehearsal.run import Result, chosen_cases, run_tests

PACK: Mapping[str, str] = {
    "pack.yaml": "language: 1\nlabel: Trial\nlanguages: [en, zh]\ntime_zone: Asia/Shanghai\nregion: CN\n",
    "roles/rep.yaml": """\
label: Rep
grants:
  client: {create: true, read: own, update: own, delete: own, fields: {credit: hidden}}
  deal: {create: true, read: parent, update: parent, transition: parent}
""",
    "roles/boss.yaml": "label: Boss\ngrants: {'*': {read: subtree, update: subtree}}\n",
    "automations/follow.yaml": """\
entity: deal
trigger: {changed: [amount]}
when: is_blank(old.amount) and name == "Automatic"
actions:
  mark: {set: {reason: Marked}}
  more: {create: {entity: deal, values: {name: Follower, client: {formula: client}}}}
""",
    "automations/tell.yaml": """\
entity: client
trigger: {changed: [since]}
actions: {tell: {notify: {to: owner, template: since}}}
""",
    "templates/since.yaml": "for: notification\nentity: client\nbody: '{{ record.name }}'\n",
    "picklists/region.yaml": "label: Region\noptions: {east: {label: East}, west: {label: West}}\n",
    "entities/client.yaml": """\
label: Client
name_field: name
fields:
  name: {type: text, required: true, max_length: 40, label: {en: Name, zh: 名称}}
  code: {type: text, required: true, unique: true, min_length: 8}
  phone: {type: phone, required: true}
  mail: {type: email, required: true}
  since: {type: date, required: true}
  region: {type: picklist, options: region, required: true}
  province: {type: picklist, options: {zj: {label: ZJ}, js: {label: JS}}, required: true}
  city: {type: picklist, depends_on: province, required: true, options: {nj: {label: NJ, parent: js}, hz: {label: HZ, parent: zj}}}
  credit: {type: money, min: 100}
  share: {type: percent, max: 50}
  tags: {type: tags}
""",
    "entities/deal.yaml": """\
label: Deal
name_field: name
parent: client
fields:
  name: {type: text, required: true}
  client: {type: lookup, to: client, required: true, inverse: deals}
  seller: {type: user}
  amount: {type: money}
  reason: {type: text}
  offer: {type: file, accept: [pdf]}
  papers: {type: file, many: true}
  stage: {type: stage}
  watchers: {type: lookup, to: client, many: true, inverse: watched}
pipelines:
  sales:
    field: stage
    moves: forward
    stages:
      open: {label: Open}
      won: {label: Won, category: won}
      lost: {label: Lost, category: lost, required: [reason]}
    transitions:
      win: {to: won, approval: review}
""",
    "approvals/review.yaml": """label: Review
entity: deal
steps:
  first: {label: First, when: amount > 100, approvers: {role: boss}}
""",
}

Run = Callable[..., dict[str, tuple[str, ...]]]


@pytest.fixture
def written(tmp_path: Path) -> Callable[..., Loaded]:
    """Loads the pack with these cases: the text below `cases:`; and with more files, or others."""

    def write(cases: str, more: Mapping[str, str] = MappingProxyType({})) -> Loaded:
        folder = tmp_path / "pack"
        for name, text in {
            **PACK,
            **more,
            "tests/trial.yaml": f"now: 2026-06-30T09:00\ncases:\n{indent(cases, '  ')}",
        }.items():
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_text(text, "utf-8")
        loaded = load_pack(folder)
        assert not loaded.errors, loaded.errors
        return loaded

    return write


@pytest.fixture
def run(written: Callable[..., Loaded]) -> Run:
    """Runs cases: the sentences of each, none for one that passed."""

    def play(cases: str, more: Mapping[str, str] = MappingProxyType({})) -> dict[str, tuple[str, ...]]:
        loaded = written(cases, more)
        assert loaded.catalog is not None
        results: list[Result] = list(run_tests(loaded, chosen_cases(loaded, ())))
        return {each.case: tuple(told.text for told in each.failures) for each in results}

    return play
