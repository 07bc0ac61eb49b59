"""Extensions: what a company's own module registers, loaded only where the operator permits it."""

import sys
from pathlib import Path
from types import ModuleType
from typing import Any

import pytest
from click.testing import CliRunner

from app.cli import main
from app.definition import Catalog
from app.extension import ExtensionRefused, Registry, load_extensions, of_pack
from app.loading import load_pack
from app.loading.build import catalog_of_tree
from app.record.parsers import make_parser
from app.record.refusal import Refusal
from app.record.values import Bad
from tests.extension_example import credit_code

EXAMPLE = "tests.extension_example"
CODE = "91350100M000100Y43"  # the example of GB 32100-2015
PACK = f"language: 1\nlabel: Acme\nextensions: [{EXAMPLE}]\n"


def catalog(module: str = EXAMPLE) -> Catalog:
    fields = {"name": "text", "code": {"type": "text", "format": "credit_code"}}
    return catalog_of_tree({"pack": {"extensions": [module]}, "entities": {"firm": {"fields": fields}}})


@pytest.fixture(autouse=True)
def loaded() -> None:
    load_extensions([EXAMPLE])


@pytest.mark.parametrize("text", [CODE, CODE.lower(), f" {CODE[:8]} {CODE[8:]} "])
def test_a_format_gives_the_canonical_text(text: str) -> None:
    firm = catalog().entities["firm"]
    assert make_parser(catalog(), firm, firm.fields["code"])(text) == CODE


@pytest.mark.parametrize("text", [CODE[:-1] + "4", "x", "9" * 18])
def test_a_text_of_another_form_is_refused_in_both_languages(text: str) -> None:
    firm = catalog().entities["firm"]
    found = make_parser(catalog(), firm, firm.fields["code"])(text)
    assert isinstance(found, Bad)
    refusal = Refusal(found.code, "code", found.params, entity="firm", variant=found.variant)
    assert refusal.code == "field.format"
    assert refusal.text("en", catalog()) == "This is no credit code."
    assert refusal.text("zh", catalog()) == "统一社会信用代码不正确。"


def test_what_cannot_be_checked_is_not_saved() -> None:
    elsewhere = catalog("acme_crm.gone")
    firm = elsewhere.entities["firm"]
    found = make_parser(elsewhere, firm, firm.fields["code"])(CODE)
    assert isinstance(found, Bad)
    assert found.variant == "unloaded"


def test_a_pack_has_only_what_its_own_extensions_registered() -> None:
    assert set(of_pack(catalog().pack).formats) == {"credit_code"}
    assert of_pack(catalog_of_tree({}).pack).formats == {}


def test_a_name_that_nobody_registered_is_told(tmp_path: Path) -> None:
    (tmp_path / "entities").mkdir()
    (tmp_path / "automations").mkdir()
    (tmp_path / "pack.yaml").write_text(PACK)
    (tmp_path / "entities" / "firm.yaml").write_text(
        "label: Firm\nfields:\n  name: {type: text, label: Name, format: credit_cod}\n"
    )
    (tmp_path / "automations" / "push.yaml").write_text(
        "label: Push\nentity: firm\ntrigger: create\n"
        "actions:\n  a: {run: push_to_erp, with: {code: 1}}\n  b: {run: push_to_err}\n"
    )
    told = [one.message for one in load_pack(tmp_path).errors]
    assert told == [
        "no extension of the pack has registered the action 'push_to_err'",
        "no extension of the pack has registered the format 'credit_cod'",
    ]


def register_nothing(_registry: Registry) -> None:
    """An extension may be empty."""


def registers(**named: Any) -> ModuleType:
    module = ModuleType("tests.made_extension")
    for name, value in named.items():
        setattr(module, name, value)
    return module


@pytest.mark.parametrize(
    ("register", "reason"),
    [
        (None, "has no function"),
        (lambda registry: registry.format("Big Name", credit_code, {"en": "a", "zh": "b"}), "can't be a name"),
        (lambda registry: registry.format("code", credit_code, {"en": "a"}), "missing in zh"),
        (lambda registry: (registry.action("a", print), registry.action("a", print)), "registered twice"),
    ],
)
def test_a_module_that_registers_what_cannot_be_is_refused(
    register: Any, reason: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setitem(sys.modules, "tests.made_extension", registers(register=register))
    with pytest.raises(ExtensionRefused, match=reason):
        load_extensions(["tests.made_extension"])


@pytest.mark.parametrize("name", ["os", "acme_crm.no_such", "../evil", "a b", "__import__('os')"])
def test_only_a_module_that_registers_can_be_permitted(name: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CRM_EXTENSIONS", name)
    result = CliRunner().invoke(main, ["check", "--config", "config/standard"])
    assert result.exit_code == 1
    assert result.output.startswith("Error: CRM_EXTENSIONS")


def test_code_in_a_pack_is_never_run(tmp_path: Path) -> None:
    (tmp_path / "pack.yaml").write_text("language: 1\nlabel: Acme\nextensions: [evil]\n")
    (tmp_path / "evil.py").write_text(f"open({str(tmp_path / 'ran')!r}, 'w')\n")
    loaded = load_pack(tmp_path)
    assert {one.code for one in loaded.errors} == {"CFG210", "CFG492"}
    assert not (tmp_path / "ran").exists()
