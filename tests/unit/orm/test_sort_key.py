from hypothesis import given
from hypothesis import strategies as st

from app.orm.sort_key import SORT_KEY_BYTES, sort_key


@given(st.text())
def test_a_key_fits_its_column(text: str) -> None:
    assert len(sort_key(text).encode()) <= SORT_KEY_BYTES


@given(st.text(alphabet=st.characters(codec="ascii"), max_size=60))
def test_case_does_not_count(text: str) -> None:
    assert sort_key(text.upper()) == sort_key(text.lower())


def test_chinese_is_ordered_by_pinyin_among_latin() -> None:
    names = ["张三", "Brightwater", "海纳精工", "Évian", "ábaco", "李雯", "Ｆａｖａ"]
    assert sorted(names, key=sort_key) == ["ábaco", "Brightwater", "Évian", "Ｆａｖａ", "海纳精工", "李雯", "张三"]
