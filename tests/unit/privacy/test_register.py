"""The register says what is kept of people, what for, how long, and who reads it."""

from typing import Any

from click.testing import CliRunner

from app.cli import main
from app.definition import Catalog
from app.loading import catalog_of_tree
from app.privacy import register_csv, register_of

TREE: dict[str, Any] = {
    "pack": {"languages": ["zh", "en"]},
    "roles": {
        "sales": {"label": {"en": "Sales", "zh": "销售"}, "grants": {"person": {"read": "all"}}},
        "guest": {"grants": {"person": {"read": "all", "fields": {"mobile": {"mask": "phone"}}}}},
    },
    "entities": {
        "person": {
            "label": {"en": "Person", "zh": "人员"},
            "fields": {
                "name": {"type": "text", "personal": {"category": "identity", "purpose": "sales"}},
                "mobile": {"type": "phone", "personal": {"category": "contact", "retention": "2 years"}},
                "paper": {"type": "text", "restricted": True, "personal": {"category": "document"}},
                "odd": {"type": "text", "personal": {"category": "whatever"}},
                "news": {
                    "type": "boolean",
                    "consent": {"purpose": "marketing", "text": {"en": "Send me news.", "zh": "请发送资讯。"}},
                },
                "size": {"type": "integer"},
            },
            "retention": {"after": "5 years", "action": "anonymise"},
        },
        "bill": {
            "kept_by_law": {"en": "Tax law: ten years", "zh": "税法：十年"},
            "fields": {"name": {"type": "text", "personal": {"category": "identity", "purpose": "tax"}}},
        },
    },
}


def catalog() -> Catalog:
    return catalog_of_tree(TREE)


def test_every_marked_field_is_in_it_and_no_other() -> None:
    found = {each.key: each for each in register_of(catalog())}
    assert list(found) == ["person.name", "person.mobile", "person.paper", "person.odd", "person.news", "bill.name"]
    assert found["person.odd"].category == "other"
    assert [key for key, each in found.items() if each.separate_consent] == ["person.paper"]
    assert found["person.mobile"].kept.in_language("en") == "2 years, then erased; 5 years, then anonymised"
    assert found["person.mobile"].kept.in_language("zh") == "2年，到期删除；5年，到期匿名化"
    assert found["bill.name"].kept.in_language("zh") == "税法：十年"


def test_a_consent_is_in_it_with_its_purpose_and_wording() -> None:
    (news,) = (each for each in register_of(catalog()) if each.key == "person.news")
    told = news.told(catalog(), "zh")
    assert (told["category"], told["purpose"], told["wording"]) == ("同意记录", "marketing", "请发送资讯。")


def test_readers_are_the_roles_that_read_it_in_clear() -> None:
    found = {each.key: each.readers for each in register_of(catalog())}
    assert found["person.name"] == ("sales", "guest")
    assert found["person.mobile"] == ("sales",)
    assert found["person.paper"] == ()


def test_it_is_written_in_the_language_that_is_asked_for() -> None:
    head, first, *_ = register_csv(catalog(), "zh").splitlines()
    assert head == "所在实体,字段,类别,需单独同意,处理目的,同意内容,保存期限,可查看的角色"
    assert first.startswith("人员,Name,身份：姓名、生日,,sales,")


def test_the_command_prints_it_without_a_database() -> None:
    result = CliRunner().invoke(main, ["subject", "register", "--config", "tests/cases/CFG440/config/acme"])
    assert result.exit_code == 0, result.output
    assert result.output.endswith("1 fields hold personal data.\n")
