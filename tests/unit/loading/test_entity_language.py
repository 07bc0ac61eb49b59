"""What an entity, its picklists and its roles may say beyond fields: rules, pipelines, variants, trees, scopes."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

from app.definition import Transition, Where
from app.definition.pipeline import allows_move, start_stages
from app.loading import catalog_from_snapshot, load_pack, snapshot_of
from app.loading.load import Loaded

PACK = "language: 1\nlabel: Acme\n"
DEAL = """
label: Deal
fields:
  name: {type: text, label: Name}
  amount: {type: money, label: Amount, min: 0}
  reason: {type: text, label: Reason, visible_when: stage == "lost", clear_when_hidden: true}
  stage: {type: stage, label: Stage}
  health:
    type: integer
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
    assert deal.record_team == {"partner": "update"}
    assert deal.fields["health"].is_computed
    assert deal.pipelines["direct"].transitions["reopen"] == Transition(key="reopen", from_=("lost",), to="open")
    assert found.catalog.roles["agent"].grants["deal"].read == Where(where="is_mine()")  # type: ignore[arg-type]
    again = catalog_from_snapshot(json.loads(json.dumps(snapshot_of(found))))
    assert again.hash == found.catalog.hash
    assert again.entities["deal"].layout == deal.layout


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
