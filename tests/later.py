"""What waits for `make deep`, so that `make test` answers within minutes: second ways of what other tests ask every time.

In a browser, `make test` has the day of each person, the pages that everybody sees, and what would lose somebody's work; that a
database differs is asked there of files whose subject it is, of the rest on SQLite alone. An editor is asked later, too.
"""

from pathlib import PurePath

import pytest

IN_A_BROWSER_NOW = frozenset(
    {
        "test_a_representative_needs_few_clicks",
        "test_a_manager_agrees_and_hands_over",
        "test_an_administrator_lets_somebody_in_and_sees_it_told",
        "test_a_service_agent_solves_a_ticket",
        "test_work_goes_on_with_a_phone",
        "test_pages_are_for_everyone",
        "test_an_account_from_its_first_line_to_the_bin_and_back",
        "test_what_was_typed_outlives_the_login",
        "test_a_second_factor_from_its_picture_to_a_lost_phone",
    }
)
POSTGRESQL_LATER_IN = frozenset({"automation", "jobs", "privacy", "web_api", "web_pages"})
POSTGRESQL_LATER = frozenset(
    {
        "backup/test_make.py", "backup/test_restore.py", "cli/test_keys.py", "files/test_upkeep.py",
        "insight/test_ways.py", "orm/test_bulk.py", "orm/test_expression.py", "plan/test_encrypting.py",
        "plan/test_giving_back.py", "plan/test_golden.py", "plan/test_prepare.py", "plan/test_retype.py", "plan/test_rollback.py",
        "record/test_upward.py", "record/test_upward_laws.py", "web/test_renamed.py",
    }
)  # fmt: skip
LATER = frozenset(
    {
        "test_doors_of_fields_answer_as_the_oracle_says",
        "test_what_is_passed_over_would_have_done_nothing",
        "test_no_refused_form_runs_what_was_typed",
        "test_an_inbox_shows_no_field_that_is_hidden_from_its_reader",
        "test_a_broken_pack_ends_with_1_and_without_a_traceback",
        "test_a_file_with_other_spaces_says_the_same_and_comes_to_rest",
        "test_the_command_writes_pages_and_workbooks",
    }
)


def waits(item: pytest.Item) -> bool:
    """Whether a test is one of those."""
    name = getattr(item, "originalname", item.name)
    parts = item.path.relative_to(item.config.rootpath).parts  # of the project: it may lie in a folder of any name
    if "browser" in parts:
        return name not in IN_A_BROWSER_NOW
    on_postgresql = parts[-2] in POSTGRESQL_LATER_IN or PurePath(*parts[-2:]).as_posix() in POSTGRESQL_LATER
    return name in LATER or "editor" in parts or (on_postgresql and item.get_closest_marker("pg") is not None)
