"""The kinds with a file of their own: what a pack of them builds, keeps and shows."""

import dataclasses
import json
from pathlib import Path
from typing import Any

import pytest

from app.definition import Catalog, Text
from app.definition.attributes import attribute_of
from app.definition.waiting import RUNNING_ACTIONS
from app.diagnostics import CODES
from app.loading import Loaded, catalog_from_snapshot, load_pack, snapshot_of
from app.loading.checks.engines import WAITING
from app.loading.shape import FILES, FOLDERS, KINDS
from app.loading.show import NotFound, show_path
from tests.unit.loading.broken_packs import Files
from tests.unit.loading.test_broken_packs import write_pack
from tests.unit.loading.things import THINGS, sound_things


@pytest.fixture
def loaded(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Loaded:
    """A pack with one thing of each kind."""
    monkeypatch.chdir(tmp_path)
    return load_pack(write_pack(tmp_path, sound_things()))


def built(loaded: Loaded) -> Catalog:
    assert loaded.errors == ()
    assert loaded.catalog is not None
    return loaded.catalog


def test_every_kind_is_in_the_catalog() -> None:
    names = {each.name for each in dataclasses.fields(Catalog)}
    assert {kind.place for kind in KINDS} <= names


def test_every_attribute_is_described() -> None:
    """A title for the manual, and a help where the title alone says little."""
    for kind in KINDS:
        for each in dataclasses.fields(kind.record.of):
            assert attribute_of(each).title


def test_a_pack_of_all_kinds_is_understood(loaded: Loaded) -> None:
    catalog = built(loaded)
    for folder in FOLDERS:
        assert set(getattr(catalog, folder)) >= {"x"} if folder in WAITING else True, folder
    assert {one.code for one in loaded.diagnostics} == {"CFG430", "CFG488"}  # a deal makes deals, of the same account


def test_what_is_not_carried_out_is_told_once_for_each_thing(loaded: Loaded) -> None:
    told = [one.path for one in loaded.diagnostics if one.code == "CFG430"]
    folders = [folder for folder in WAITING if folder != "views"]  # the one that it has is a board, which is shown
    expected = [(folder, key) for folder in folders for key in loaded.tree[folder]]
    actions = built(loaded).automations["x"].actions.values()
    waiting = [("automations", "x", "actions", each.key) for each in actions if each.name not in RUNNING_ACTIONS]
    waiting.append(("reports", "x", "send"))
    assert sorted(each for each in told if each[0] != "slas") == sorted([*expected, *waiting])
    assert CODES["CFG430"].severity == "warning"


def test_a_thing_with_an_error_is_not_said_to_be_understood(tmp_path: Path) -> None:
    files: Files = {"segments/x.yaml": "label: X\nentity: deal\nwhere: true\ntag: a b\n"}
    assert [one.code for one in load_pack(write_pack(tmp_path, files)).diagnostics] == ["CFG206"]


def test_a_snapshot_gives_the_same_catalog(loaded: Loaded) -> None:
    catalog = built(loaded)
    again = catalog_from_snapshot(json.loads(json.dumps(snapshot_of(loaded))))
    assert again == catalog
    assert again.hash == catalog.hash
    assert again.origin("automations", "x", "actions", "hot") == catalog.origin("automations", "x", "actions", "hot")


@pytest.mark.parametrize("place", [*(f"{kind.name}.x" for kind in KINDS if kind.place in WAITING), "backups"])
def test_show_prints_it_with_its_origin(loaded: Loaded, place: str) -> None:
    shown = show_path(loaded, place, with_origin=True)
    assert not isinstance(shown, NotFound)
    assert shown.startswith(f"{place}:")
    assert "acme/" in shown
    assert "$" not in shown.replace("${env:", "")


def test_short_forms_are_written_out(loaded: Loaded) -> None:
    catalog = built(loaded)
    automation = catalog.automations["x"]
    assert automation.trigger.event == "create"
    assert automation.actions["hot"].tag is not None
    assert automation.actions["hot"].tag.add == ("hot",)
    assert automation.actions["ask"].request_approval is not None
    assert automation.actions["ask"].request_approval.approval == "x"
    step = catalog.approvals["x"].steps["boss"]
    assert [who.path for who in step.approvers] == ["owner.manager"]
    assert catalog.approvals["x"].read_only == ("all",)
    assert catalog.imports["x"].fields["name"].column == "Firma"
    assert catalog.slas["x"].stop == "true"


def test_an_action_says_which_one_it_is(loaded: Loaded) -> None:
    actions = built(loaded).automations["x"].actions
    assert {key: action.name for key, action in actions.items()} == {
        "hot": "tag", "ask": "request_approval", "set": "set", "mail": "send_mail", "task": "create", "up": "update_related"
    }  # fmt: skip


def test_values_are_literals_or_formulas(loaded: Loaded) -> None:
    create = built(loaded).automations["x"].actions["task"].create
    assert create is not None
    assert create.values["name"].literal == {"en": "Call", "zh": "电话"}
    assert create.values["account"].formula == "account"


def test_a_part_without_a_label_takes_that_of_what_it_shows(loaded: Loaded) -> None:
    catalog = built(loaded)
    cards = catalog.dashboards["x"].cards
    assert cards["view"].label == catalog.views["x"].label
    assert cards["report"].label == catalog.reports["x"].label
    assert catalog.reports["x"].rows["level"].label == Text({"*": "Level"})
    assert catalog.automations["x"].label == Text({"*": "X"})


def test_texts_hold_the_labels_of_the_entity_that_is_stated(tmp_path: Path) -> None:
    text = "label: 'Open {plural:deal} by {field:stage}'\nentity: deal\nshow: list\n"
    loaded = load_pack(write_pack(tmp_path, {"views/x.yaml": text}))
    assert built(loaded).views["x"].label.in_language("en") == "Open deal by Stage"
    other = tmp_path / "other"
    other.mkdir()
    wrong = load_pack(write_pack(other, {"views/x.yaml": text.replace("stage}", "stge}")}))
    assert [one.code for one in wrong.errors] == ["CFG308"]


@pytest.mark.parametrize("folder", [folder for folder in WAITING if folder != "tests"])
def test_a_label_that_lacks_a_language_is_told(tmp_path: Path, folder: str) -> None:
    text = THINGS[f"{folder}/x.yaml"]
    assert isinstance(text, str)
    text = "\n".join(line for line in text.splitlines() if not line.startswith("label:")) + "\nlabel: {en: Only}\n"
    loaded = load_pack(write_pack(tmp_path, {**sound_things(), f"{folder}/x.yaml": text}))
    assert ("CFG402", (folder, "x", "label")) in {(one.code, one.path) for one in loaded.diagnostics}


def test_files_of_their_own_are_read_alike_as_json(tmp_path: Path) -> None:
    plan: dict[str, Any] = {"full": {"every": "day", "at": "02:00", "keep": "8 copies"}, "encrypt": False}
    loaded = load_pack(write_pack(tmp_path, {"backups.json": json.dumps(plan)}))
    backups = built(loaded).backups
    assert backups.full is not None
    assert (backups.full.every, backups.full.keep, backups.encrypt) == ("day", "8 copies", False)
    assert "backups" in FILES


def test_a_decimal_among_values_is_its_text_before_and_after_a_snapshot(tmp_path: Path) -> None:
    text = "label: X\nentity: account\nfields: {name: {}}\nset: {revenue: 0.50}\n"
    loaded = load_pack(write_pack(tmp_path, {"forms/x.yaml": text}))
    again = catalog_from_snapshot(json.loads(json.dumps(snapshot_of(loaded))))
    assert built(loaded).forms["x"].set["revenue"].literal == "0.50"
    assert again.forms == built(loaded).forms
