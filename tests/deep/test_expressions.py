"""Whatever is written as an expression: a tree, or a problem with a place within the text."""

from hypothesis import given, settings

from tests.unit.expression.test_parser import RANDOM, stays_within


@settings(max_examples=50_000, deadline=None)
@given(RANDOM)
def test_random_texts_and_tokens(source: str) -> None:
    stays_within(source)
