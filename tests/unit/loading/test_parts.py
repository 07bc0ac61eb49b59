"""Parts and fills in packs: what they need, what they can't have, and what an overlay does to them."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.definition import PartLink
from app.loading import Loaded, catalog_from_snapshot, load_pack, snapshot_of

ORDER = "label: Order\nfields:\n  name: {type: text, label: Name}\n  account: {type: lookup, to: account}\n"
LINE = """\
label: Line
parent: {field: order, part: true}
fields:
  name:    {type: text, label: Name}
  order:   {type: lookup, to: order, required: true, inverse: lines}
  product: {type: lookup, to: product, fills: {name: name, price: price}}
  price:   {type: money, label: Price}
"""
PRODUCT = """\
label: Product
fields:
  name:  {type: text, label: Name}
  price: {type: money, label: Price}
  kind:  {type: picklist, options: {a: A}, label: Kind}
"""
ACCOUNT = "label: Account\nfields: {name: {type: text, label: Name}}\n"


def load(folder: Path, files: dict[str, str], over: dict[str, str] | None = None) -> Loaded:
    texts = {
        "base/pack.yaml": "language: 1\nlabel: Base\n",
        "base/entities/order.yaml": ORDER,
        "base/entities/line.yaml": LINE,
        "base/entities/product.yaml": PRODUCT,
        "base/entities/account.yaml": ACCOUNT,
        **{f"base/{name}": text for name, text in files.items()},
        **{f"over/{name}": text for name, text in (over or {}).items()},
    }
    for name, text in texts.items():
        path = folder / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text(text, "utf-8")
    return load_pack(folder / ("over" if over else "base"))


def codes(loaded: Loaded) -> list[str]:
    return [each.code for each in loaded.diagnostics]


def test_a_part_and_what_it_fills_in_are_read_and_kept(tmp_path: Path) -> None:
    loaded = load(tmp_path, {})
    assert codes(loaded) == []
    for catalog in (loaded.catalog, catalog_from_snapshot(snapshot_of(loaded))):
        assert catalog is not None
        assert catalog.part_link("line") == PartLink("order", "lines", "line", "order")
        assert catalog.parts_of("order").keys() == {"lines"}
        assert catalog.part_link("order") is None
        assert catalog.entities["line"].fields["product"].fills == {"name": "name", "price": "price"}
        assert not {"owner", "department", "team"} & catalog.entities["line"].every_field.keys()


@pytest.mark.parametrize(
    ("old", "new", "code", "said"),
    [
        ("required: true, ", "", "CFG451", "must be required"),
        ("to: order, required", "to: line, required", "CFG451", "a part itself"),
        ("fields:\n", "pipelines: {all: {field: stage, stages: {a: A}}}\nfields:\n  stage: {type: stage, label: Stage}\n",
         "CFG451", "belongs to a part"),
        ("fills: {name", "on_delete: cascade, fills: {name", "CFG451", "take a part away"),
        ("name: name,", "nome: name,", "CFG302", "unknown field 'nome' of line"),
        ("price: price}", "price: cost}", "CFG302", "unknown field 'cost' of product"),
        ("price: price}", "price: name}", "CFG452", "can't hold"),
        ("price: price}", "order: name}", "CFG452", "part of"),
        ("price: price}", "product: name}", "CFG452", "fill itself"),
    ],
)  # fmt: skip
def test_what_a_part_can_not_be_is_said(tmp_path: Path, old: str, new: str, code: str, said: str) -> None:
    assert old in LINE
    loaded = load(tmp_path, {"entities/line.yaml": LINE.replace(old, new)})
    found = [each for each in loaded.errors if each.code == code]
    assert found, loaded.diagnostics
    assert said in found[0].message
    assert found[0].span.file.endswith("line.yaml")


@pytest.mark.parametrize(
    ("files", "code"),
    [
        ({"entities/note.yaml": ACCOUNT.replace("}}", "}, line: {type: lookup, to: line}}").replace("Account", "Note")}, "CFG451"),
        ({"menu.yaml": "groups: {all: {label: All, items: {order: {}, line: {}}}}\n"}, "CFG451"),
        ({"roles/seller.yaml": "label: Seller\ngrants: {order: {read: own}, line: {update: own}}\n"}, "CFG453"),
        ({"entities/team.yaml": LINE.replace("Line", "Team")}, "CFG451"),
    ],
)  # fmt: skip
def test_a_part_does_not_stand_alone(tmp_path: Path, files: dict[str, str], code: str) -> None:
    loaded = load(tmp_path, files)
    assert code in {each.code for each in loaded.errors}, loaded.diagnostics


def test_a_role_may_say_what_of_a_part_is_seen(tmp_path: Path) -> None:
    role = "label: Seller\ngrants: {order: {read: own}, line: {fields: {price: hidden}}}\n"
    assert codes(load(tmp_path, {"roles/seller.yaml": role})) == []


def test_what_is_part_of_a_removed_entity_goes_along(tmp_path: Path) -> None:
    pack = "language: 1\nextends: base\nremove: {entities: [order]}\n"
    loaded = load(tmp_path, {}, {"pack.yaml": pack})
    assert loaded.errors == ()
    assert loaded.catalog is not None
    assert loaded.catalog.entities.keys() & {"order", "line"} == set()
    assert [each.message for each in loaded.diagnostics if each.code == "CFG225"] == [
        "'line', a part of order, goes along"
    ]


STAGES = """\
pipelines:
  way:
    field: stage
    stages:
      draft: Draft
      sent: {label: Sent, category: won, read_only: [name, lines]}
"""


def test_a_stage_may_keep_parts_by_their_name(tmp_path: Path) -> None:
    order = ORDER + "  stage: {type: stage, label: Stage}\n" + STAGES
    assert codes(load(tmp_path, {"entities/order.yaml": order})) == []
    wrong = load(tmp_path, {"entities/order.yaml": order.replace(", lines]", ", linse]")})
    assert [each.code for each in wrong.errors] == ["CFG302"]
    other = load(tmp_path, {"entities/order.yaml": order.replace(", lines]", ", accounts]")})
    assert [each.code for each in other.errors] == ["CFG302"]


def test_parts_that_go_leave_the_stages_that_kept_them(tmp_path: Path) -> None:
    files = {"entities/order.yaml": ORDER + "  stage: {type: stage, label: Stage}\n" + STAGES}
    loaded = load(tmp_path, files, {"pack.yaml": "language: 1\nextends: base\nremove: {entities: [line]}\n"})
    assert loaded.errors == ()
    assert loaded.catalog is not None
    assert loaded.catalog.entities["order"].pipelines["way"].stages["sent"].read_only == ("name",)
    told = [each.message for each in loaded.diagnostics if each.code == "CFG225"]
    assert told == ["'lines' in read_only of order goes along"]


def test_an_overlay_that_states_a_parent_replaces_it_whole(tmp_path: Path) -> None:
    over = {
        "pack.yaml": "language: 1\nextends: base\n",
        "entities/line.yaml": "parent: order\n",
    }
    catalog = load(tmp_path, {}, over).catalog
    assert catalog is not None
    assert catalog.part_link("line") is None
