"""Constants that stand in the text of a statement."""

import sqlalchemy as sa

from app.orm.fixed import fixed_number, fixed_text


def test_keys_and_numbers_are_written_and_all_else_is_a_parameter() -> None:
    written = [fixed_text("account"), fixed_text("+"), fixed_text(""), fixed_number(1_000)]
    assert [str(each) for each in written] == ["'account'", "'+'", "''", "1000"]
    for text in ("it's", "a\\", "%", "客户", "crm_account", "CRM_x", "a\n"):
        assert isinstance(fixed_text(text), sa.BindParameter), text
