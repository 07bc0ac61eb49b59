"""Overlays: what a layer changes, what it leaves, and where each value comes from."""

from collections.abc import Callable
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.diagnostics import Span
from app.loading import Loaded, load_pack
from app.loading.merge import Merge
from app.loading.node import Node, node_of, plain, walk
from app.loading.shape import FOLDERS

PACK = "language: 1\nlabel: L\n"
ACCOUNT = """\
label: {en: Account, zh: 客户}
fields:
  name: {type: text, label: {en: Name, zh: 名称}, max_length: 40}
  level: {type: picklist, options: level, label: Level, default: a}
  size: {type: picklist, options: {small: Small, large: Large}, label: Size}
  city: {type: text, label: City}
layout:
  highlights: [level, city]
  tabs:
    all: {label: All, sections: {basics: {label: Basics, fields: [name, level, size, city]}}}
list: {columns: [name, level, city], sort: [name]}
"""
LEVEL = "label: Level\noptions: {a: A, b: B, c: C}\n"
ROLE = "label: Seller\ngrants: {account: {read: own, update: own, fields: {city: {mask: all}}}}\nlimits: {export_rows: 10}\n"

Load = Callable[..., Loaded]


@pytest.fixture
def overlay(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Load:
    """Loads an overlay of the files given by path on a small base."""
    monkeypatch.chdir(tmp_path)

    def load(files: dict[str, str] | None = None, *, pack: str = "", **by_name: str) -> Loaded:
        texts = {
            "base/pack.yaml": PACK,
            "base/entities/account.yaml": ACCOUNT,
            "base/picklists/level.yaml": LEVEL,
            "base/roles/seller.yaml": ROLE,
            "over/pack.yaml": f"language: 1\nextends: base\n{pack}",
            **{f"over/{name}": text for name, text in (files or {}).items()},
            **{f"over/entities/{name}.yaml": text for name, text in by_name.items()},
        }
        for name, text in texts.items():
            path = tmp_path / name
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_text(text, "utf-8")
        return load_pack(Path("over"))

    return load


def sound(loaded: Loaded) -> dict[str, Any]:
    assert loaded.errors == ()
    assert loaded.catalog is not None
    return loaded.tree["entities"]["account"]


def test_an_empty_overlay_changes_nothing_but_the_pack(overlay: Load) -> None:
    tree = overlay().tree
    base = load_pack(Path("base")).tree
    assert {key: tree[key] for key in tree if key != "pack"} == {key: base[key] for key in base if key != "pack"}
    assert tree["pack"]["extends"] == "base"


def test_maps_merge_by_key(overlay: Load) -> None:
    fields = sound(overlay(account="fields: {name: {max_length: 80}}"))["fields"]
    assert fields["name"] == {"type": "text", "label": {"en": "Name", "zh": "名称"}, "max_length": 80}
    assert list(fields) == ["name", "level", "size", "city"]


def test_a_field_whose_layer_states_its_type_replaces_the_whole(overlay: Load) -> None:
    fields = sound(overlay(account="fields: {name: {type: text, label: Title}}"))["fields"]
    assert fields["name"] == {"type": "text", "label": {"*": "Title"}}
    assert next(iter(fields)) == "name"


def test_the_short_form_of_a_field_states_its_type(overlay: Load) -> None:
    assert sound(overlay(account="fields: {name: email}"))["fields"]["name"] == {"type": "email"}


def test_a_text_in_one_language_leaves_the_others(overlay: Load) -> None:
    assert sound(overlay(account="label: {zh: 医院}"))["label"] == {"en": "Account", "zh": "医院"}


def test_a_bare_text_is_for_all_languages(overlay: Load) -> None:
    assert sound(overlay(account="label: Hospital"))["label"] == {"*": "Hospital"}


def test_options_by_name_replace_inline_ones_and_the_other_way_round(overlay: Load) -> None:
    files = {"entities/account.yaml": "fields: {size: {options: level}, level: {options: {a: One, z: Two}}}"}
    fields = sound(overlay(files))["fields"]
    assert fields["size"]["options"] == "level"
    assert list(fields["level"]["options"]) == ["a", "z"]


def test_inline_options_merge(overlay: Load) -> None:
    fields = sound(overlay(account="fields: {size: {options: {large: Big, huge: Huge}}}"))["fields"]
    assert fields["size"]["options"]["large"] == {"label": {"*": "Big"}}
    assert list(fields["size"]["options"]) == ["small", "large", "huge"]


def test_a_list_replaces_the_list(overlay: Load) -> None:
    assert sound(overlay(account="list: {columns: [city]}"))["list"] == {"columns": ["city"], "sort": ["name"]}


def test_names_are_added_to_and_removed_from_a_list(overlay: Load) -> None:
    patch = "list: {columns: {$add: {size: after name, owner: first, team: last}, $remove: [level]}}"
    assert sound(overlay(account=patch))["list"]["columns"] == ["owner", "name", "size", "city", "team"]


def test_names_are_added_at_the_end_by_a_list(overlay: Load) -> None:
    patch = "list: {columns: {$add: [size, owner]}, filters: {$add: [city]}}"
    listed = sound(overlay(account=patch))["list"]
    assert listed["columns"] == ["name", "level", "city", "size", "owner"]
    assert listed["filters"] == ["city"]


def test_entries_are_placed(overlay: Load) -> None:
    options = "options: {d: {label: D, $place: first}, e: {label: E, $place: after a}, f: {label: F, $place: before c}, b: {$place: last}}"
    loaded = overlay({"picklists/level.yaml": options})
    sound(loaded)
    assert list(loaded.tree["picklists"]["level"]["options"]) == ["d", "a", "e", "f", "c", "b"]


def test_several_with_one_place_keep_the_order_of_the_text(overlay: Load) -> None:
    places = {"x": "after a", "y": "after a", "p": "first", "q": "first"}
    options = "options: {" + ", ".join(f"{key}: {{label: L, $place: {place}}}" for key, place in places.items()) + "}"
    loaded = overlay({"picklists/level.yaml": options})
    assert list(loaded.tree["picklists"]["level"]["options"]) == ["p", "q", "a", "x", "y", "b", "c"]


def test_the_place_of_a_field_is_its_place_in_the_form(overlay: Load) -> None:
    entity = sound(overlay(account="fields: {street: {type: text, label: Street, $place: before city}}"))
    assert list(entity["fields"]) == ["name", "level", "size", "street", "city"]
    assert entity["layout"]["tabs"]["all"]["sections"]["basics"]["fields"] == [
        "name",
        "level",
        "size",
        "street",
        "city",
    ]


def test_replace_takes_the_place_of_the_whole(overlay: Load) -> None:
    entity = sound(overlay(account="list: {$replace: true, columns: [name]}"))
    assert entity["list"] == {"columns": ["name"]}


def test_null_removes_an_attribute(overlay: Load) -> None:
    assert "max_length" not in sound(overlay(account="fields: {name: {max_length: null}}"))["fields"]["name"]


def test_null_removes_a_field_with_all_that_hangs_on_it(overlay: Load) -> None:
    loaded = overlay(account="fields: {city: null}")
    entity = sound(loaded)
    assert "city" not in entity["fields"]
    assert entity["list"]["columns"] == ["name", "level"]
    assert entity["layout"]["highlights"] == ["level"]
    assert entity["layout"]["tabs"]["all"]["sections"]["basics"]["fields"] == ["name", "level", "size"]
    assert "city" not in loaded.tree["roles"]["seller"]["grants"]["account"]["fields"]
    assert {one.code for one in loaded.diagnostics} == {"CFG225"}


def test_what_the_overlay_itself_says_of_a_removed_field_is_an_error(overlay: Load) -> None:
    loaded = overlay(account="fields: {city: null}\nlist: {columns: [city]}")
    assert [one.code for one in loaded.errors] == ["CFG302"]


def test_removing_an_entity_takes_lookups_columns_menu_and_sections_along(overlay: Load) -> None:
    contact = (
        "label: Contact\nfields: {name: {type: text, label: N}, account: {type: lookup, to: account, inverse: people}}\n"
        "list: {columns: [name, account]}\nkeys: {one: {fields: [account, name]}}\n"
    )
    loaded = overlay(
        {
            "../base/entities/contact.yaml": contact,
            "../base/menu.yaml": "groups: {a: {label: A, items: {account: {}, contact: {}}}}",
        },
        pack="remove: {entities: [account]}\n",
    )
    assert loaded.errors == ()
    contact_tree = loaded.tree["entities"]["contact"]
    assert "account" not in loaded.tree["entities"]
    assert list(contact_tree["fields"]) == ["name"]
    assert contact_tree["list"]["columns"] == ["name"]
    assert contact_tree["keys"] == {}
    assert list(loaded.tree["menu"]["groups"]["a"]["items"]) == ["contact"]
    assert loaded.tree["roles"]["seller"]["grants"] == {}
    assert {one.severity for one in loaded.diagnostics} == {"note"}


def test_removing_an_entity_takes_the_sections_of_its_records_along(overlay: Load) -> None:
    deal = "label: Deal\nfields: {name: {type: text, label: N}, account: {type: lookup, to: account, inverse: deals}}\n"
    account = ACCOUNT.replace("sections: {", "sections: {deals: {related: deals, columns: [name]}, ")
    loaded = overlay(
        {"../base/entities/deal.yaml": deal, "../base/entities/account.yaml": account},
        pack="remove: {entities: [deal]}\n",
    )
    assert loaded.errors == ()
    assert list(loaded.tree["entities"]["account"]["layout"]["tabs"]["all"]["sections"]) == ["basics"]


def test_a_field_grant_is_a_choice(overlay: Load) -> None:
    loaded = overlay({"roles/seller.yaml": "grants: {account: {read: all, fields: {city: read}}}"})
    sound(loaded)
    grant = loaded.tree["roles"]["seller"]["grants"]["account"]
    assert grant == {"read": "all", "update": "own", "fields": {"city": {"access": "read"}}}


def test_a_locked_attribute_can_not_be_changed(overlay: Load) -> None:
    base = ROLE.replace("{read: own,", "{$locked: [read], read: own,")
    loaded = overlay(
        {"../base/roles/seller.yaml": base, "roles/seller.yaml": "grants: {account: {read: all, update: all}}"}
    )
    assert [(one.code, one.path) for one in loaded.errors] == [
        ("CFG224", ("roles", "seller", "grants", "account", "read"))
    ]
    assert loaded.tree["roles"]["seller"]["grants"]["account"]["update"] == "all"


@pytest.mark.parametrize(
    "patch", ["{account: {read: all}}", "{account: null}", "{account: {$replace: true, read: all}}"]
)
def test_what_is_locked_whole_stays(patch: str, overlay: Load) -> None:
    base = ROLE.replace("{read: own,", "{$locked: true, read: own,")
    loaded = overlay({"../base/roles/seller.yaml": base, "roles/seller.yaml": f"grants: {patch}"})
    assert {one.code for one in loaded.errors} == {"CFG224"}
    assert loaded.tree["roles"]["seller"]["grants"]["account"]["read"] == "own"


@pytest.mark.parametrize(
    "files",
    [
        {"roles/seller.yaml": "grants: {$replace: true, account: {read: all}}"},
        {"roles/seller.yaml": "$replace: true\nlabel: Seller\ngrants: {account: {read: all}}"},
        {"roles/seller.yaml": "grants: {account: {fields: {city: write}}}"},
        {"roles/seller.yaml": "grants: {account: {fields: {city: null}}}"},
        {"roles/seller.yaml": "grants: {account: {fields: null}}"},
        {"roles/seller.yaml": "grants: {account: {fields: {$replace: true}}}"},
        {"roles/seller.yaml": "grants: {account: {$locked: [], fields: {city: write}}}"},
        {"pack.yaml": "language: 1\nextends: base\nremove: {roles: [seller]}\n"},
    ],
    ids=["grants", "role", "right", "no right", "no fields", "fields", "lock", "removal"],
)
def test_a_locked_grant_is_widened_by_no_way_round(files: dict[str, str], overlay: Load) -> None:
    grant = "{read: own, $locked: [read, fields], fields: {city: {mask: all}}}"
    base = f"label: Seller\ngrants: {{account: {grant}}}\n"
    loaded = overlay({"../base/roles/seller.yaml": base} | files)
    assert "CFG224" in {one.code for one in loaded.errors}
    kept = loaded.tree["roles"]["seller"]["grants"]["account"]
    assert (kept["read"], kept["fields"]) == ("own", {"city": {"mask": "all"}})


def test_a_chain_of_three(overlay: Load, tmp_path: Path) -> None:
    overlay(account="fields: {name: {max_length: 50}}")
    (tmp_path / "top/entities").mkdir(parents=True)
    (tmp_path / "top/pack.yaml").write_text("language: 1\nextends: over\n")
    (tmp_path / "top/entities/account.yaml").write_text("fields: {name: {max_length: 60}}")
    loaded = load_pack(Path("top"))
    assert sound(loaded)["fields"]["name"]["max_length"] == 60
    files = [span.file for span in loaded.origins["entities", "account", "fields", "name", "max_length"]]
    assert files == [f"{pack}/entities/account.yaml" for pack in ("base", "over", "top")]


def test_every_value_knows_each_layer_that_it_overrode(overlay: Load) -> None:
    loaded = overlay(account="fields:\n  name:\n    max_length: 80\n")
    path = ("entities", "account", "fields", "name")
    assert [str(span) for span in loaded.origins[*path, "max_length"]] == [
        "base/entities/account.yaml:3:61",
        "over/entities/account.yaml:3:17",
    ]
    assert [span.file for span in loaded.origins[*path, "type"]] == ["base/entities/account.yaml"]
    assert str(loaded.origins[path][-1]) == "over/entities/account.yaml:2:3"


def test_a_base_is_found_in_the_folders_to_search(overlay: Load, tmp_path: Path) -> None:
    overlay()
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "over").rename(tmp_path / "elsewhere" / "over")
    assert {one.code for one in load_pack(tmp_path / "elsewhere/over").errors} == {"CFG307"}
    assert load_pack(tmp_path / "elsewhere/over", [tmp_path]).errors == ()


# Laws of the merge, on trees of fields

PLACE, ABOVE = Span("base", 1, 1), Span("over", 1, 1)
keys = st.sampled_from("abcdef")
fields = st.fixed_dictionaries(
    {"type": st.sampled_from(["text", "email"])}, optional={"max_length": st.integers(1, 9), "required": st.booleans()}
)
entities = st.fixed_dictionaries({"fields": st.dictionaries(keys, fields, min_size=1)})


def merged(base: dict[str, Any], patch: dict[str, Any]) -> Node:
    merge = Merge()
    result = merge.of(node_of(base, PLACE), node_of(patch, ABOVE), FOLDERS["entities"], ("entities", "x"))
    assert merge.problems == []
    return result


@given(entities)
def test_nothing_laid_on_a_tree_is_the_tree(base: dict[str, Any]) -> None:
    assert plain(merged(base, {})) == base


@given(entities)
def test_a_tree_laid_on_itself_is_the_tree(base: dict[str, Any]) -> None:
    assert plain(merged(base, base)) == base


@given(entities, entities, entities)
def test_layers_may_be_laid_from_either_end(low: dict[str, Any], middle: dict[str, Any], top: dict[str, Any]) -> None:
    from_below = merged(plain(merged(low, middle)), top)
    from_above = merged(low, plain(merged(middle, top)))
    assert plain(from_below) == plain(from_above)
    assert list(plain(from_below)["fields"]) == list(plain(from_above)["fields"])


@given(entities, entities)
def test_the_effective_place_comes_last(base: dict[str, Any], patch: dict[str, Any]) -> None:
    for path, node in walk(merged(base, patch)):
        stated = node_of(patch, ABOVE).find(*path) is not None
        assert node.span == (ABOVE if stated else PLACE)
        assert all(span == PLACE for span in node.below)
