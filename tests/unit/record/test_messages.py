"""What people read when something is refused."""

import string

import pytest

from app.record import Refusal
from app.record.messages import LANGUAGES, MESSAGES
from tests.unit.record.conftest import CATALOG

CONTRACT = """field.required field.type field.length field.range field.format field.option field.unique field.read_only
stage.requires transition.not_allowed transition.needs_approval record.changed record.not_found access.denied
request.malformed request.precondition request.too_many auth.required""".split()


@pytest.mark.parametrize("code", CONTRACT)
def test_every_code_of_the_contract_has_a_text(code: str) -> None:
    assert code in MESSAGES


@pytest.mark.parametrize("key", MESSAGES)
def test_a_text_exists_in_both_languages_with_the_same_places(key: str) -> None:
    texts = MESSAGES[key]
    assert set(texts) == set(LANGUAGES)
    places = [{name for _, name, _, _ in string.Formatter().parse(texts[language]) if name} for language in LANGUAGES]
    assert places[0] == places[1]
    assert any("\u4e00" <= each <= "\u9fff" for each in texts["zh"])


def test_a_text_names_the_field_by_its_label() -> None:
    refusal = Refusal("field.length", "name", {"length": 120, "limit": 100}, entity="account")
    assert refusal.text("en", CATALOG) == "Name is too long: 120 characters, at most 100 fit."
    assert refusal.text("zh", CATALOG) == "name（中）过长：共120个字符，最多100个。"


def test_braces_in_what_was_posted_are_plain_text() -> None:
    refusal = Refusal("field.option", "kind", {"value": "{label.__class__}"}, entity="account")
    assert "{label.__class__}" in refusal.text("en", CATALOG)


def test_an_unknown_code_is_shown_as_it_is() -> None:
    assert Refusal("no.such_code").text("en", CATALOG) == "no.such_code"
