"""What an entity, its picklists and its roles may say beyond fields: rules, pipelines, variants, trees, scopes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from app.definition import Transition, Where
from app.definition.pipeline import allows_move, start_stages
from app.diagnostics import render_text
from app.loading import catalog_from_snapshot, load_pack, snapshot_of
from app.loading.load import Loaded
from app.loading.show import show_path
from app.loading.sources import line_reader

PACK = "language: 1\nlabel: Acme\n"
DEAL = """
label: Deal
fields:
  name: {type: text, label: Name}
  amount: {type: money, label: Amount, min: 0}
  reason: {type: text, label: Reason, visible_when: stage == "lost", clear_when_hidden: true}
  stage: {type: stage, label: Stage}
  health:
    type: decimal
    label: Health
    bands: {red: {below: 50, color: red}, green: {color: green}}
    points: {base: {add: 60}, big: {add: 25.5, when: amount > 100}}
rules:
  positive: {require: amount > 0, when: is_new(), field: amount, message: More than nothing., severity: warning}
pipelines:
  direct:
    field: stage
    moves: forward
    stages:
      open: {label: Open, stale_after: 14 days, target_conversion: 40}
      offer: {label: Offer, required: [amount]}
      lost: {label: Lost, category: lost, required: [reason], read_only: [amount]}
    transitions: {reopen: {from: lost, to: open}}
duplicates:
  same: {match: {name: {field: name, similar: 0.85}}, action: block}
layout:
  highlights: [stage]
  tabs:
    overview:
      label: Overview
      sections:
        basic: {label: Basics, fields: [name, amount, stage]}
        more: {label: More, fields: [reason], visible_when: stage == "lost"}
  variants:
    agents: {roles: [agent], highlights: {$add: [amount]}, tabs: {overview: {sections: {more: {hidden: true}}}}}
retention: {after: 5 years, action: erase, where: stage == "lost"}
record_team: {partner: update}
"""
AGENT = "label: Agent\ngrants: {deal: {create: true, read: {where: is_mine()}, update: own}}\n"


def pack_of(folder: Path, files: dict[str, str], name: str = "acme") -> Path:
    for path, text in files.items():
        file = folder / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return folder / name


def loaded(folder: Path, **more: str) -> Loaded:
    files = {"pack.yaml": PACK, "entities/deal.yaml": DEAL, "roles/agent.yaml": AGENT}
    return load_pack(pack_of(folder, files | {path.replace("__", "/") + ".yaml": text for path, text in more.items()}))


def test_all_of_it_is_understood_and_comes_back_from_a_snapshot(tmp_path: Path) -> None:
    found = loaded(tmp_path)
    assert found.errors == ()
    assert found.catalog is not None
    deal = found.catalog.entities["deal"]
    assert deal.rules["positive"].require == "amount > 0"
    assert str(deal.duplicates["same"].match["name"].similar) == "0.85"
    assert {key: each.may for key, each in deal.record_team.items()} == {"partner": "update"}
    assert deal.fields["health"].is_computed
    assert deal.pipelines["direct"].transitions["reopen"] == Transition(key="reopen", from_=("lost",), to="open")
    assert found.catalog.roles["agent"].grants["deal"].read == Where(where="is_mine()")  # type: ignore[arg-type]
    again = catalog_from_snapshot(json.loads(json.dumps(snapshot_of(found))))
    assert again.hash == found.catalog.hash
    assert again.entities["deal"] == deal


def test_a_variant_becomes_a_whole_layout(tmp_path: Path) -> None:
    catalog = loaded(tmp_path).catalog
    assert catalog is not None
    layout = catalog.entities["deal"].layout
    assert layout.for_roles(frozenset({"boss"})) is layout
    variant = layout.for_roles(frozenset({"agent"}))
    assert variant.highlights == ("stage", "amount")
    sections = variant.tabs["overview"].sections
    assert sections["basic"] == layout.tabs["overview"].sections["basic"]
    assert (sections["more"].hidden, sections["more"].fields) == (True, ("reason",))


def test_an_overlay_patches_a_variant_without_doing_it(tmp_path: Path) -> None:
    loaded(tmp_path)
    patch = "layout: {variants: {agents: {tabs: {overview: {sections: {basic: null}}}}}}\n"
    over = pack_of(
        tmp_path, {"pack.yaml": "language: 1\nextends: acme\nlabel: X\n", "entities/deal.yaml": patch}, "over"
    )
    found = load_pack(over)
    assert found.errors == ()
    assert found.catalog is not None
    layout = found.catalog.entities["deal"].layout
    assert list(layout.tabs["overview"].sections) == ["basic", "more"]
    assert list(layout.variants["agents"].tabs["overview"].sections) == ["more"]
    assert layout.variants["agents"].tabs["overview"].sections["more"].hidden


def test_moves(tmp_path: Path) -> None:
    catalog = loaded(tmp_path).catalog
    assert catalog is not None
    line = catalog.entities["deal"].pipelines["direct"]
    allowed = {(a, b) for a in line.stages for b in line.stages if a != b and allows_move(line, a, b)}
    assert allowed == {("open", "offer"), ("open", "lost"), ("offer", "lost"), ("lost", "open")}
    assert start_stages(line) == ("open",)


def tree_of(options: dict[str, Any]) -> str:
    return json.dumps({"label": "Places", "options": options})


def test_nested_options_stand_beside_their_parents(tmp_path: Path) -> None:
    places = tree_of({"north": {"label": "North", "options": {"city": "City", "town": "Town"}}, "south": "South"})
    found = loaded(tmp_path, picklists__place=places)
    assert found.catalog is not None
    options = found.catalog.picklists["place"].options
    assert [(key, each.parent) for key, each in options.items()] == [
        ("north", None), ("city", "north"), ("town", "north"), ("south", None),
    ]  # fmt: skip


def test_two_fields_share_the_levels_of_one_tree(tmp_path: Path) -> None:
    places = tree_of({"north": {"label": "North", "options": {"city": "City"}}, "south": "South"})
    shop = (
        "label: Shop\nfields:\n  name: {type: text, label: Name}\n"
        "  province: {type: picklist, label: Province, options: place}\n"
        "  city: {type: picklist, label: City, options: place, depends_on: province}\n"
    )
    found = loaded(tmp_path, picklists__place=places, entities__shop=shop)
    assert found.errors == ()
    assert found.catalog is not None
    assert found.catalog.needed_above("shop", "city") == {"north": None, "city": "north"}
    assert found.catalog.needed_above("shop", "province") == {"city": None}


BASE_PACK = """language: 1
label: Base
modules: {marketing: {label: Marketing, entities: [campaign], roles: [marketer], menu: [promotion]}}
"""
BASE = {
    "pack.yaml": BASE_PACK,
    "entities/campaign.yaml": "label: Campaign\nfields:\n  name: {type: text, label: Name}\n",
    "entities/deal.yaml": """
label: Deal
fields:
  name: {type: text, label: Name}
  mobile: {type: phone, label: Mobile, renamed_from: phone}
  campaign: {type: lookup, to: campaign}
  rivals: {type: lookup, to: deal, many: true, label: Rivals, link_fields: {begun: {type: date, renamed_from: since}}}
  stage: {type: stage, label: Stage}
pipelines:
  direct: {field: stage, stages: {open: Open, won: {label: Won, category: won, required: [campaign], renamed_from: gained}}}
list: {columns: [name, campaign]}
""",
    "roles/marketer.yaml": "label: Marketer\ngrants: {campaign: {read: all}}\n",
    "menu.yaml": "groups: {promotion: {label: Promotion, items: {campaign: {}}}, sales: {label: Sales, items: {deal: {}}}}\n",
}


def over(folder: Path, pack: str = "", **files: str) -> Loaded:
    pack_of(folder, BASE, "base")
    named = {path.replace("__", "/") + ".yaml": text for path, text in files.items()}
    return load_pack(pack_of(folder, {"pack.yaml": f"language: 1\nextends: base\nlabel: X\n{pack}", **named}, "over"))


def test_a_module_goes_with_what_hangs_on_it(tmp_path: Path) -> None:
    found = over(tmp_path, "modules: {marketing: false}\n")
    assert found.errors == ()
    catalog = found.catalog
    assert catalog is not None
    assert "campaign" not in catalog.entities
    assert "marketer" not in catalog.roles
    assert list(catalog.menu.groups) == ["sales"]
    deal = catalog.entities["deal"]
    assert "campaign" not in deal.fields
    assert deal.list.columns == ("name",)
    assert deal.pipelines["direct"].stages["won"].required == ()
    assert {one.code for one in found.diagnostics} == {"CFG225"}


def test_a_module_that_is_left_on_stays(tmp_path: Path) -> None:
    found = over(tmp_path, "modules: {marketing: true}\n")
    assert found.diagnostics == ()
    assert found.catalog is not None
    assert found.catalog.pack.modules["marketing"].entities == ("campaign",)  # type: ignore[union-attr]
    assert [one.code for one in over(tmp_path, "modules: {marketting: false}\n").errors] == ["CFG221"]


def test_an_old_name_still_speaks_of_the_thing(tmp_path: Path) -> None:
    patch = """
fields: {phone: {required: true}, rivals: {link_fields: {since: {label: From}}}}
list: {columns: {$add: [phone]}, sort: [-phone]}
pipelines: {direct: {stages: {gained: {color: green}}, transitions: {back: {from: gained, to: open, required: [phone]}}}}
"""
    seller = "label: Seller\ngrants: {deal: {read: all, fields: {phone: hidden}}}\n"
    found = over(tmp_path, entities__deal=patch, roles__seller=seller)
    assert found.errors == ()
    assert found.catalog is not None
    deal = found.catalog.entities["deal"]
    assert deal.fields["mobile"].required
    assert {key: str(each.label) for key, each in deal.fields["rivals"].link_fields.items()} == {"begun": "From"}
    assert deal.list.columns == ("name", "campaign", "mobile")
    assert deal.list.sort == ("-mobile",)
    line = deal.pipelines["direct"]
    assert line.stages["won"].color == "green"
    assert (line.transitions["back"].from_, line.transitions["back"].required) == (("won",), ("mobile",))
    assert list(found.catalog.roles["seller"].grants["deal"].fields) == ["mobile"]
    told = [one for one in found.diagnostics if one.code == "CFG442"]
    assert len(told) == 8


def test_an_overlay_does_not_rename_what_the_base_has(tmp_path: Path) -> None:
    patches = (
        "fields: {mobile: {renamed_from: name}}\n",
        "fields: {title: {type: text, label: Title, renamed_from: name}}\n",
    )
    for patch in patches:
        assert "CFG443" in {one.code for one in over(tmp_path, entities__deal=patch).errors}


def test_two_things_do_not_swap_their_names_at_once(tmp_path: Path) -> None:
    fields = "  name: text\n  a: {type: text, renamed_from: b}\n  b: {type: text, renamed_from: a}\n"
    found = load_pack(pack_of(tmp_path, {"pack.yaml": PACK, "entities/deal.yaml": f"label: Deal\nfields:\n{fields}"}))
    told = [each for each in found.errors if each.code == "CFG443"]
    assert [each.message for each in told] == [
        "'a' can't have been 'b': there still is one of that name",
        "'b' can't have been 'a': there still is one of that name",
    ]
    assert "give 'b' a free name by `renamed_from` and apply that; then rename 'a'" in str(told[0].hint)


def test_a_secret_is_never_kept_nor_shown(tmp_path: Path) -> None:
    base = BASE | {"pack.yaml": BASE_PACK + "inbound: {erp: {entity: deal, secret: hunter2}}\n"}
    found = over(tmp_path, "inbound: {erp: {secret: '${env:ERP}'}}\n")
    pack_of(tmp_path, base, "base")
    found = load_pack(tmp_path / "over")
    assert [one.code for one in found.errors] == ["CFG214"]
    assert found.catalog is None
    text = render_text(found.diagnostics, line_reader(found.files))
    assert "hunter2" not in text
    assert "hunter2" not in json.dumps(found.tree, default=str)
    assert "hunter2" not in str(show_path(found, "pack.inbound", with_origin=True))


@pytest.mark.parametrize(
    "patch",
    [
        "grants: {campaign: {read: all}}",
        "grants: {campaign: {fields: {name: write}}}",
        "grants: {campaign: null}",
        "grants: {$replace: true, campaign: {read: all}}",
        "{$replace: true, label: Marketer, grants: {campaign: {read: all}}}",
    ],
)
def test_a_locked_grant_is_not_widened_by_any_way(tmp_path: Path, patch: str) -> None:
    locked = BASE | {"roles/marketer.yaml": "label: Marketer\ngrants: {campaign: {read: own, $locked: true}}\n"}
    pack_of(tmp_path, locked, "base")
    files = {"pack.yaml": "language: 1\nextends: base\nlabel: X\n", "roles/marketer.yaml": f"{patch}\n"}
    found = load_pack(pack_of(tmp_path, files, "over"))
    assert [one.code for one in found.errors] == ["CFG224"]
    assert found.tree["roles"]["marketer"]["grants"]["campaign"] == {"read": "own"}


def test_a_locked_thing_does_not_go(tmp_path: Path) -> None:
    locked = BASE | {"roles/marketer.yaml": "label: Marketer\ngrants: {campaign: {read: own, $locked: true}}\n"}
    pack_of(tmp_path, locked, "base")
    files = {
        "pack.yaml": "language: 1\nextends: base\nlabel: X\nremove: {roles: [marketer]}\n",
        "roles/marketer.yaml": "label: Marketer\ngrants: {campaign: {read: all}}\n",
    }
    found = load_pack(pack_of(tmp_path, files, "over"))
    assert [one.code for one in found.errors] == ["CFG224", "CFG224"]
