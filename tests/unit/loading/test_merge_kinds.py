"""Overlays on the kinds with files of their own: choices, places, lists, files, and what goes along with a removed thing."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest

from app.loading import Loaded, load_pack
from tests.unit.loading.broken_packs import SOUND, Files
from tests.unit.loading.things import sound_things

Lay = Callable[..., Loaded]


@pytest.fixture
def lay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Lay:
    """Loads an overlay of the files given by path on a pack with one thing of each kind."""
    monkeypatch.chdir(tmp_path)

    def load(files: Files | None = None, *, pack: str = "") -> Loaded:
        base = {f"base/{name}": content for name, content in {**SOUND, **sound_things()}.items()}
        over = {f"over/{name}": content for name, content in (files or {}).items()}
        for name, content in {**base, "over/pack.yaml": f"language: 1\nextends: base\n{pack}", **over}.items():
            assert content is not None
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(content if isinstance(content, bytes) else content.encode())
        return load_pack(Path("over"))

    return load


def thing(loaded: Loaded, folder: str) -> dict[str, Any]:
    assert [f"{one.code} {one.message}" for one in loaded.errors] == []
    found: dict[str, Any] = loaded.tree[folder]["x"]
    return found


def test_a_trigger_is_replaced_whole(lay: Lay) -> None:
    first = lay({"automations/x.yaml": "trigger: {date: created_at, after: 3 days}"})
    assert thing(first, "automations")["trigger"] == {"date": "created_at", "after": ["3 days"]}
    second = lay({"automations/x.yaml": "trigger: update"})
    assert thing(second, "automations")["trigger"] == {"event": "update"}


def test_an_action_is_patched_and_keeps_its_place(lay: Lay) -> None:
    actions = thing(lay({"automations/x.yaml": "actions: {mail: {send_mail: {to: account.owner}}}"}), "automations")[
        "actions"
    ]
    assert actions["mail"] == {"send_mail": {"to": [{"path": "account.owner"}], "template": "x"}}
    assert list(actions) == ["hot", "ask", "set", "mail", "task", "up"]


def test_another_action_replaces_what_the_name_did(lay: Lay) -> None:
    actions = thing(lay({"automations/x.yaml": "actions: {mail: {tag: {remove: [cold]}}}"}), "automations")["actions"]
    assert actions["mail"] == {"tag": {"remove": ["cold"]}}


def test_values_of_an_action_merge_by_field(lay: Lay) -> None:
    patch = "actions: {task: {create: {values: {name: {formula: name}, account: null}}}}"
    create = thing(lay({"automations/x.yaml": patch}), "automations")["actions"]["task"]["create"]
    assert create == {"entity": "deal", "values": {"name": {"formula": "name"}}}


def test_whos_are_replaced_whole(lay: Lay) -> None:
    loaded = lay({"approvals/x.yaml": "steps: {boss: {approvers: [{role: seller}, owner]}}"})
    step = thing(loaded, "approvals")["steps"]["boss"]
    assert step["approvers"] == [{"role": "seller"}, {"path": "owner"}]
    assert step["within"] == "2 working days"


def test_a_list_of_whos_is_edited_by_no_name(lay: Lay) -> None:
    loaded = lay({"reports/x.yaml": "send: {to: {email: boss@acme.com}}"})
    assert thing(loaded, "reports")["send"]["to"] == [{"email": "boss@acme.com"}]


def test_actions_steps_and_cards_have_a_place(lay: Lay) -> None:
    loaded = lay(
        {
            "automations/x.yaml": "actions: {log: {tag: seen, $place: first}, up: {$place: after hot}}",
            "approvals/x.yaml": "steps: {lead: {label: Lead, approvers: owner, $place: before boss}}",
            "dashboards/x.yaml": "cards: {report: {$place: first}, more: {view: x, $place: after report}}",
        }
    )
    assert list(thing(loaded, "automations")["actions"]) == ["log", "hot", "up", "ask", "set", "mail", "task"]
    assert list(thing(loaded, "approvals")["steps"]) == ["lead", "boss"]
    assert list(thing(loaded, "dashboards")["cards"]) == ["report", "more", "view"]


def test_lists_of_names_are_edited(lay: Lay) -> None:
    loaded = lay(
        {
            "approvals/x.yaml": "show: {$add: {stage: after name}, $remove: [account]}",
            "views/x.yaml": "card: {$add: [account]}",
            "imports/x.yaml": "match: {$add: {revenue: first}}",
        }
    )
    assert thing(loaded, "approvals")["show"] == ["name", "stage"]
    assert thing(loaded, "views")["card"] == ["name", "account"]
    assert thing(loaded, "imports")["match"] == ["revenue", "name"]


def test_a_list_that_a_lone_word_stood_for_is_edited_too(lay: Lay) -> None:
    assert thing(lay({"approvals/x.yaml": "read_only: {$remove: [all], $add: [name]}"}), "approvals")["read_only"] == [
        "name"
    ]


def test_null_removes_an_action_a_step_and_a_schedule(lay: Lay) -> None:
    loaded = lay(
        {"automations/x.yaml": "actions: {mail: null}", "segments/x.yaml": "refresh: null", "backups.yaml": "to: null"}
    )
    assert "mail" not in thing(loaded, "automations")["actions"]
    assert "refresh" not in thing(loaded, "segments")
    assert "to" not in loaded.tree["backups"]


def test_a_measure_of_another_sort_replaces_the_old(lay: Lay) -> None:
    loaded = lay({"reports/x.yaml": "measures: {sum: {label: Mean, average: revenue}}"})
    assert thing(loaded, "reports")["measures"]["sum"] == {"label": {"*": "Mean"}, "average": "revenue"}


def test_a_body_in_one_language_leaves_the_others_and_a_bare_one_replaces_all(lay: Lay) -> None:
    one = lay({"templates/x.yaml": "body: {zh: {file: zh.html}}", "templates/zh.html": "赢"})
    bodies = one.catalog.templates["x"] if one.catalog else None
    assert bodies is not None
    assert (bodies.source("en"), bodies.source("zh")) == ("<p>{{ record.name }} is won.</p>\n", "赢")
    every = lay({"templates/x.yaml": "body: {file: zh.html}", "templates/zh.html": "赢"})
    assert thing(every, "templates")["body"] == {"*": {"file": "zh.html", "$content": "赢"}}


def test_a_locked_step_stays(lay: Lay) -> None:
    loaded = lay({"approvals/x.yaml": "steps: {boss: {need: all}}"})
    assert loaded.errors == ()
    locked = "label: Big deal\nentity: deal\nsteps: {boss: {label: Boss, approvers: owner, $locked: true}}\n"
    Path("base/approvals/x.yaml").write_text(locked)
    assert [one.code for one in load_pack(Path("over")).errors] == ["CFG224"]


def test_a_patch_of_what_no_base_has_is_told(lay: Lay) -> None:
    loaded = lay({"automations/y.yaml": "mode: shadow"})
    assert [one.code for one in loaded.errors] == ["CFG221"]


# Files that things name


def test_what_is_in_a_named_file_is_part_of_the_configuration(lay: Lay) -> None:
    before = lay().catalog
    Path("base/templates/x.en.html").write_text("<p>Other</p>")
    after = load_pack(Path("over")).catalog
    assert before is not None
    assert after is not None
    assert before.hash != after.hash
    assert before.templates["x"].source("en") == "<p>{{ record.name }} is won.</p>\n"
    assert after.templates["x"].source("en") == "<p>Other</p>"


def test_named_files_are_kept_with_the_pack(lay: Lay) -> None:
    loaded = lay({"logo.svg": "<svg xmlns='http://www.w3.org/2000/svg'/>"}, pack="brand: {logo: logo.svg}\n")
    assert loaded.errors == ()
    assert {"base/templates/x.en.html", "over/logo.svg"} <= set(loaded.files)
    assert loaded.catalog is not None
    assert loaded.catalog.pack.brand.logo == "logo.svg"
    assert len(loaded.catalog.pack.brand.digest) == 64


@pytest.mark.parametrize(
    ("logo", "code"),
    [
        ("none.svg", "CFG117"),
        ("../base/logo.svg", "CFG206"),
        ("/etc/passwd", "CFG206"),
        ("logo.txt", "CFG206"),
        ("link.svg", "CFG117"),
        ("dir.svg", "CFG117"),
    ],
)
def test_only_a_picture_of_the_pack_is_its_logo(lay: Lay, logo: str, code: str) -> None:
    Path("base").mkdir()
    Path("base/logo.svg").write_text("<svg/>")
    Path("over").mkdir()
    Path("over/link.svg").symlink_to(Path("base/logo.svg").resolve())
    Path("over/dir.svg").mkdir()
    loaded = lay(pack=f"brand: {{logo: {logo}}}\n")
    assert code in [one.code for one in loaded.errors]


def test_a_file_that_nothing_names_is_unknown(lay: Lay) -> None:
    loaded = lay({"templates/y.html": "hi", "pictures/a.png": b"\x89PNG"})
    found = [(one.code, one.span.file) for one in loaded.errors]
    assert ("CFG210", "over/templates/y.html") in found
    assert ("CFG210", "over/pictures") in found


def test_a_text_must_be_small_and_utf_8(lay: Lay) -> None:
    body = "body: {en: {file: a.html}, zh: {file: b.html}}"
    loaded = lay({"templates/x.yaml": body, "templates/a.html": b"\xff\xfe<p>", "templates/b.html": b"x" * 300_000})
    assert [one.code for one in loaded.errors] == ["CFG110", "CFG107"]


# What hangs on removed things


def test_a_removed_entity_takes_what_is_about_it_along(lay: Lay) -> None:
    loaded = lay(pack="remove: {entities: [deal]}\n")
    assert loaded.errors == ()
    for folder in ("automations", "approvals", "slas", "views", "conversions", "templates"):
        assert loaded.tree[folder] == {}, folder
    assert list(loaded.tree["dashboards"]["x"]["cards"]) == ["report"]
    notes = {one.message for one in loaded.diagnostics if one.code == "CFG225"}
    assert {"automation 'x' goes along", "view 'x' goes along", "card 'view' of x goes along"} <= notes


def test_a_removed_entity_takes_its_hooks_along_and_what_they_start(tmp_path: Path) -> None:
    files = {
        "base/pack.yaml": "language: 1\nlabel: Base\ninbound:\n"
        "  paid: {entity: payment, secret: '${env:ERP_SECRET}'}\n  known: {entity: account, secret: '${env:ERP_SECRET}'}\n",
        "base/entities/payment.yaml": "label: Payment\nfields: {name: {type: text, label: Name}}\n",
        "base/entities/account.yaml": "label: Account\nfields: {name: {type: text, label: Name}}\n",
        "base/automations/thank.yaml": "entity: payment\ntrigger: {inbound: paid}\nactions: {a: {set: {name: x}}}\n",
        "base/automations/greet.yaml": "entity: account\ntrigger: {inbound: known}\nactions: {a: {set: {name: x}}}\n",
        "acme/pack.yaml": "language: 1\nlabel: Acme\nextends: base\nremove: {entities: [payment]}\n",
    }
    for name, text in files.items():
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    loaded = load_pack(tmp_path / "acme", (tmp_path,))
    assert loaded.errors == ()
    assert list(loaded.tree["pack"]["inbound"]) == ["known"]
    assert list(loaded.tree["automations"]) == ["greet"]
    assert "hook 'paid' goes along" in {one.message for one in loaded.diagnostics if one.code == "CFG225"}


def test_a_removed_thing_leaves_lists_and_takes_what_needs_it(lay: Lay) -> None:
    loaded = lay(pack="remove: {templates: [x], reports: [x], roles: [seller]}\n")
    assert loaded.errors == ()
    assert "mail" not in loaded.tree["automations"]["x"]["actions"]
    assert "warn" not in loaded.tree["slas"]["x"]
    assert list(loaded.tree["dashboards"]["x"]["cards"]) == ["view"]
    assert loaded.tree["dashboards"]["x"]["roles"] == []


def test_a_removed_field_goes_from_forms_imports_views_and_reports(lay: Lay) -> None:
    loaded = lay(
        {
            "entities/account.yaml": "fields: {level: null}\nlayout: {tabs: {all: {sections: {basics: {fields: [name]}}}}}"
        }
    )
    assert "level" not in loaded.tree["forms"]["x"]["fields"]
    assert "level" not in loaded.tree["imports"]["x"]["fields"]
    assert "level" not in loaded.tree["reports"]["x"]["rows"]
    assert "up" not in loaded.tree["automations"]["x"]["actions"]


@pytest.mark.parametrize("folder", ["automations", "reviews", "segments", "forms", "imports", "tests"])
def test_every_kind_can_be_removed(lay: Lay, folder: str) -> None:
    loaded = lay(pack=f"remove: {{{folder}: [x]}}\n")
    assert loaded.errors == ()
    assert loaded.tree[folder] == {}


def test_removing_what_is_not_there_is_told(lay: Lay) -> None:
    loaded = lay(pack="remove: {views: [y]}\n")
    assert [one.code for one in loaded.errors] == ["CFG221"]
