import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.access import is_mask, mask
from app.definition.role import MaskPattern

PATTERNS: tuple[MaskPattern, ...] = ("phone", "email", "name", "last4", "all")


@pytest.mark.parametrize(
    ("pattern", "value", "shown"),
    [
        ("phone", "+8613812345678", "138****5678"),
        ("phone", "+14155550123", "+14****0123"),
        ("phone", "+8612345678", "****78"),
        ("phone", "12345", "****"),
        ("email", "zhang@example.com", "z***@example.com"),
        ("email", "z@example.com", "****"),
        ("email", "no address", "****"),
        ("name", "张三", "张**"),
        ("name", "Alice Chen", "A**"),
        ("name", "张", "****"),
        ("last4", "6222021234567890", "****7890"),
        ("last4", "12345678", "****"),
        ("all", "anything", "****"),
        ("all", 5_000, "****"),
        ("all", None, None),
        ("phone", "", None),
    ],
)
def test_what_is_shown(pattern: MaskPattern, value: object, shown: str | None) -> None:
    assert mask(pattern, value) == shown


@given(st.sampled_from(PATTERNS), st.text(min_size=1, max_size=40))
def test_a_mask_never_shows_the_value_and_is_known_again(pattern: MaskPattern, value: str) -> None:
    shown = mask(pattern, value)
    assert shown is not None
    assert shown != value or "**" in value
    assert is_mask(pattern, shown, value)
    assert is_mask(pattern, shown, None)  # the form is older than the value


@given(st.sampled_from(PATTERNS), st.text(alphabet=st.characters(exclude_characters="*"), min_size=1, max_size=40))
def test_a_whole_new_value_is_no_mask(pattern: MaskPattern, value: str) -> None:
    assert not is_mask(pattern, value, "+8613800000000")
    assert not is_mask(pattern, 5, None)
    assert not is_mask(pattern, None, None)
