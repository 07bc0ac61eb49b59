"""The Catalog that is built: labels, texts with names, numbers, the system's own entities, snapshots."""

import json
import sys
from decimal import Decimal
from pathlib import Path
from typing import Any

import pytest

from app.definition import Catalog, Text
from app.definition.builtin import REQUIRED_FIELDS
from app.diagnostics import Span
from app.loading import catalog_from_snapshot, catalog_of_tree, load_pack, snapshot_of

CONFIG = Path(__file__).parents[3] / "config"
PACKS = sorted(path.name for path in CONFIG.iterdir() if (path / "pack.yaml").is_file())


def catalog(**entities: dict[str, Any]) -> Catalog:
    return catalog_of_tree({"entities": entities})


@pytest.mark.parametrize("name", PACKS)
def test_the_packs_that_come_with_the_product_are_clean(name: str) -> None:
    loaded = load_pack(CONFIG / name)
    assert loaded.diagnostics == ()
    assert loaded.catalog is not None


def test_whom_a_deal_was_lost_to_is_asked_beside_why() -> None:
    loaded = load_pack(CONFIG / "standard")
    assert loaded.catalog is not None
    layout = loaded.catalog.entities["opportunity"].layout
    sections = [section for tab in layout.tabs.values() for section in tab.sections.values()]
    assert ("lost_reason", "competitor") in [tuple(section.fields) for section in sections]


def test_the_overlay_changes_the_standard_pack() -> None:
    loaded = load_pack(CONFIG / "it_services")
    assert loaded.catalog is not None
    level = loaded.catalog.entities["account"].fields["level"]
    assert level.label.in_language("en") == "Grade"
    assert level.label.in_language("zh") == "客户级别"
    files = [Path(span.file).parts[-3:] for span in loaded.origins["entities", "account", "fields", "level"]]
    assert files == [("standard", "entities", "account.yaml"), ("it_services", "entities", "account.yaml")]


def test_the_system_gets_the_entities_that_it_needs() -> None:
    found = catalog()
    assert set(found.entities) == set(REQUIRED_FIELDS)
    for key, names in REQUIRED_FIELDS.items():
        assert set(names) <= set(found.entities[key].fields)


def test_a_field_that_the_system_needs_is_added_behind_those_of_the_pack() -> None:
    found = catalog(team={"label": "Team", "fields": {"name": {"type": "text"}}})
    assert list(found.entities["team"].fields) == ["name", "manager"]


def test_a_lookup_without_label_takes_that_of_its_target() -> None:
    found = catalog(
        account={"label": {"en": "Hospital", "zh": "医院"}, "fields": {"name": "text"}},
        deal={"fields": {"name": "text", "account": {"type": "lookup", "to": "account"}, "close_date": "date"}},
    )
    fields = found.entities["deal"].fields
    assert fields["account"].label == Text({"en": "Hospital", "zh": "医院"})
    assert fields["close_date"].label.in_language("zh") == "Close date"
    assert found.entities["deal"].label.in_language("en") == "Deal"


def test_a_plural_falls_back_to_the_label() -> None:
    found = catalog(
        account={"label": {"en": "Account", "zh": "客户"}, "plural": {"en": "Accounts"}, "fields": {"name": "text"}}
    )
    assert found.entities["account"].plural == Text({"en": "Accounts", "zh": "客户"})


def test_texts_hold_the_labels_of_entities_and_fields() -> None:
    found = catalog(
        account={
            "label": {"en": "Hospital", "zh": "医院"},
            "plural": {"en": "Hospitals"},
            "fields": {
                "name": {"type": "text", "label": {"en": "Name of the {entity:account}", "zh": "{entity:account}名称"}},
                "notes": {
                    "type": "text",
                    "help": "{plural:account}: {field:name}, {field:owner}, {field:nothing}, {x}",
                },
            },
        }
    )
    fields = found.entities["account"].fields
    assert fields["name"].label == Text({"en": "Name of the hospital", "zh": "医院名称"})
    assert fields["notes"].help.in_language("en") == "Hospitals: Name of the hospital, Owner, {field:nothing}, {x}"
    assert fields["notes"].help.in_language("zh") == "医院: 医院名称, 负责人, {field:nothing}, {x}"


def test_texts_that_name_each_other_end() -> None:
    found = catalog(
        a={"label": "{entity:a}", "fields": {"name": {"type": "text", "label": "{field:name}"}}},
    )
    assert found.entities["a"].fields["name"].label.in_language("en") == "{field:name}"


def test_a_section_without_label_takes_the_plural_of_what_it_shows() -> None:
    tabs = {"all": {"sections": {"deals": {"related": "deals"}, "more": {"fields": ["name"]}}}}
    found = catalog(
        account={"fields": {"name": "text"}, "layout": {"tabs": tabs}},
        deal={
            "plural": {"zh": "商机"},
            "fields": {"name": "text", "account": {"type": "lookup", "to": "account", "inverse": "deals"}},
        },
    )
    sections = found.entities["account"].layout.tabs["all"].sections
    assert sections["deals"].label.in_language("zh") == "商机"
    assert sections["more"].label.in_language("zh") == "More"


@pytest.mark.parametrize(
    ("kind", "given", "held"),
    [
        ("money", 5, Decimal(5)),
        ("money", "0.10", Decimal("0.10")),
        ("percent", Decimal("1.5"), Decimal("1.5")),
        ("integer", 5, 5),
        ("integer", "5", 5),
        ("date", "2026-01-01", "2026-01-01"),
    ],
)
def test_limits_are_of_the_kind_that_the_field_holds(kind: str, given: object, held: object) -> None:
    a_field = catalog(deal={"fields": {"name": "text", "x": {"type": kind, "min": given}}}).entities["deal"].fields["x"]
    assert a_field.min == held
    assert type(a_field.min) is type(held)


def test_the_order_of_fields_is_part_of_the_content() -> None:
    one = catalog(a={"fields": {"name": "text", "x": "date", "y": "date"}})
    other = catalog(a={"fields": {"name": "text", "y": "date", "x": "date"}})
    assert one.hash != other.hash
    assert one.hash == catalog(a={"fields": {"name": "text", "x": "date", "y": "date"}}).hash


def test_a_tree_that_the_language_does_not_allow_is_refused() -> None:
    with pytest.raises(ValueError, match="no attribute 'requird'"):
        catalog(a={"fields": {"name": {"type": "text", "requird": True}}})


@pytest.mark.parametrize("name", PACKS)
def test_a_snapshot_holds_the_whole_pack(name: str) -> None:
    loaded = load_pack(CONFIG / name)
    snapshot = json.loads(json.dumps(snapshot_of(loaded)))
    found = catalog_from_snapshot(snapshot)
    assert loaded.catalog is not None
    assert found == loaded.catalog
    assert found.hash == loaded.catalog.hash
    assert dict(found.origins) == loaded.origins
    assert found.origin("entities", "account", "fields", "level", "nothing") == loaded.catalog.origin(
        "entities", "account", "fields", "level"
    )
    assert set(snapshot["files"]) == set(loaded.files)


def test_decimals_and_binary_files_survive_a_snapshot(tmp_path: Path) -> None:
    (tmp_path / "entities").mkdir()
    (tmp_path / "pack.yaml").write_text("language: 1\nlabel: A\n")
    (tmp_path / "entities/deal.yaml").write_text(
        "label: D\nfields: {name: text, share: {type: percent, max: 99.90, default: 0.1}}\n"
    )
    loaded = load_pack(tmp_path)
    assert loaded.catalog is not None
    found = catalog_from_snapshot(json.loads(json.dumps(snapshot_of(loaded))))
    assert found == loaded.catalog
    assert found.hash == loaded.catalog.hash
    assert found.entities["deal"].fields["share"].max == Decimal("99.90")


def test_a_snapshot_of_a_newer_language_is_refused() -> None:
    with pytest.raises(ValueError, match="language 2"):
        catalog_from_snapshot({"language": 2, "tree": {}, "origins": {}, "files": {}})


def test_a_snapshot_needs_neither_yaml_nor_validation() -> None:
    """A large configuration starts fast because of it: the number of calls grows with the fields, and by few for each."""
    fields = {
        f"f{number}": {"type": "text", "max_length": 20, "label": {"en": "F", "zh": "字"}} for number in range(40)
    }
    entity = {"label": "E", "fields": {"name": {"type": "text", "label": "N"}, **fields}}
    calls = 0

    def count(_frame: object, event: str, _argument: object) -> None:
        nonlocal calls
        calls += event == "call"

    tree = {"entities": {f"e{number}": entity for number in range(20)}}
    catalog_of_tree(tree)
    sys.setprofile(count)
    try:
        catalog_from_snapshot({"language": 1, "tree": tree, "origins": {"files": [], "places": {}}, "files": {}})
    finally:
        sys.setprofile(None)
    assert calls < 20 * 41 * 20


def test_the_origin_of_what_nobody_wrote_is_that_of_what_it_stands_in() -> None:
    place = Span("entities/a.yaml", 1, 1)
    found = catalog_of_tree({"entities": {"a": {"fields": {"name": "text"}}}}, {("entities", "a"): (place,)})
    assert found.origin("entities", "a", "fields", "name", "label") == place
    assert found.origin("roles", "x") is None


def test_a_company_may_do_without_leads_contracts_and_approvals(tmp_path: Path) -> None:
    """What hangs on them in the standard pack goes along: lists, roles, moves, reminders."""
    folder = tmp_path / "acme"
    folder.mkdir()
    gone = "entities: [lead, contract, payment, delivery], approvals: [deal_review]"
    (folder / "pack.yaml").write_text(f"language: 1\nextends: standard\nlabel: Acme\nremove: {{{gone}}}\n", "utf-8")
    loaded = load_pack(folder, (CONFIG,))
    assert [str(each.message) for each in loaded.errors] == []
    assert loaded.catalog is not None
    moves = loaded.catalog.entities["opportunity"].pipelines["direct"].transitions
    assert moves["to_negotiation"].approval is None
    assert "delivery" not in loaded.catalog.roles["sales_rep"].grants


def test_a_misspelt_picklist_is_told_once_however_much_names_its_options(tmp_path: Path) -> None:
    folder = tmp_path / "acme"
    (folder / "entities").mkdir(parents=True)
    (folder / "pack.yaml").write_text("language: 1\nextends: standard\nlabel: Acme\n", "utf-8")
    (folder / "entities" / "account.yaml").write_text("fields: {level: {options: customer_levle}}\n", "utf-8")
    (told,) = load_pack(folder, (CONFIG,)).diagnostics
    assert (told.code, told.span.line) == ("CFG301", 1)
    assert str(told.hint).startswith("did you mean 'customer_level'?")
