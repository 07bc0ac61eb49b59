"""What fits together, where it may stand, and what is said of the rest."""

from __future__ import annotations

import pytest

from app.definition.attributes import Profile
from app.expression import BOOL, Type, check_expression, get_expression
from app.expression.types import DATE, TEXT, number
from tests.unit.expression.catalogs import company, problem_of, problems_of


@pytest.mark.parametrize(
    "source",
    [
        "amount > 10 and discount < 5.5",
        'size == "a" or size in ["b", "c"] or not size in ["a"]',
        '"a" == size',
        "is_blank(name)",
        'name == "" or name == null',
        'stage == "won"',
        'stage.category == "open" and stage.probability >= 50',
        'account.level in ["a", "b"]',
        'account.parent.parent.level == "a"',
        "account == null",
        "owner == user or owner == user.id",
        "department == user.department",
        "urgent",
        "not urgent",
        "urgent == true",
        'sizes has "a"',
        "sizes has a",
        'labels has "VIP" or "x" in labels',
        'has_any(sizes, ["a", "b"]) and has_all(labels, ["x"])',
        "contacts has account",
        "count(contacts) > 1 or is_blank(notes)",
        "closed > today() or seen_at < now()",
        "date(seen_at) == closed",
        'closed == date("2026-01-31")',
        "is_changed(notes) or is_new() or old.amount < amount",
        'changed_to(stage, "won")',
        'has_role("manager") or is_mine()',
        "count_of(mentions) > 0 and exists(mentions where amount > 5)",
        "if(urgent, amount, 0) > 5",
        'if(urgent, "a", size) == "b"',
        "coalesce(amount, 0) >= 0",
        "min(amount, 5) < max(amount, discount)",
        'account.home.city == "x"',
        'to_text(size) == "a"',
        'matches_format(name, "email")',
        "weekday(closed) in [6, 7]",
        "completeness() > 50",
        "created_at < now() and version == 1",
    ],
)
def test_sound_conditions(source: str) -> None:
    assert problems_of(source, BOOL) == ()


LISTED = "'mentions' is a list of related records: write `count_of(mentions)` or `sum_of(mentions.…)`"
INNER = "store the inner one as a formula field of that entity"
TEXTS = "the order of texts differs between languages: compare by `==`, `starts_with` or `contains`"


@pytest.mark.parametrize(
    ("source", "code", "marked", "hint"),
    [
        ("amonut > 1", "EXP102", "amonut", "did you mean 'amount'?"),
        ("Amount > 1", "EXP102", "Amount", "did you mean 'amount'?"),
        ("account.levle == 1", "EXP102", "account.levle", "did you mean 'level'?"),
        ("user.departement == department", "EXP102", "user.departement", "did you mean 'department'?"),
        ("old > 1", "EXP102", "old", "write `old.amount`"),
        ("mentions > 1", "EXP102", "mentions", LISTED),
        ("count_of(mention) > 1", "EXP102", "count_of(mention)", "did you mean 'mentions'?"),
        ("is_blnk(name)", "EXP103", "is_blnk", "did you mean 'is_blank'?"),
        ("SUM(amount) > 1", "EXP103", "SUM", None),
        ("amount == closed", "EXP104", "closed", None),
        ('amount > "5"', "EXP104", '"5"', "write the number without quotes"),
        ('closed > "2026-01-31"', "EXP104", '"2026-01-31"', 'write a day as `date("2026-01-31")`'),
        ("seen_at > closed", "EXP104", "closed", None),
        ("closed > seen_at", "EXP104", "seen_at", "take the day of the moment: `date(seen_at)`"),
        ('account == "Acme"', "EXP104", '"Acme"', "compare a field of the record behind the lookup, such as its name: `account.name == …`"),
        ("name == size", "EXP104", "size", "write `to_text(…)` around the option"),
        ('urgent == "true"', "EXP104", '"true"', "write true or false without quotes"),
        ("amount and urgent", "EXP104", "amount", "compare it, or ask `not is_blank(amount)`"),
        ("not name", "EXP104", "name", "compare it, or ask `not is_blank(name)`"),
        ('sizes == "a"', "EXP104", '"a"', 'ask `… has "x"` or `has_any(…)`'),
        ("sizes == sizes", "EXP104", "sizes == sizes", 'ask `… has "x"`, `has_any(…)`, `count(…)` or `is_blank(…)`'),
        ("notes == null", "EXP104", "notes == null", "ask `is_blank(…)`"),
        ('name + "x" == "y"', "EXP104", 'name + "x"', 'write `concat(name, "x")`'),
        ("amount in [1, null]", "EXP104", "null", "ask `is_blank(…)` besides"),
        ('name in ["a", ""]', "EXP104", '""', "ask `is_blank(…)` besides"),
        ('has_any(labels, [""])', "EXP104", '""', "ask `is_blank(…)` besides"),
        ("amount in [1, discount]", "EXP104", "discount", None),
        ("amount in discount", "EXP104", "discount", 'a list belongs there: `stage in ["won", "lost"]`'),
        ('name has "x"', "EXP104", "name", "write `contains(name, …)`"),
        ("[1] == 1", "EXP104", "[1]", 'write `stage in ["won", "lost"]`'),
        ("len(amount) > 1", "EXP104", "amount", None),
        ("year(seen_at) > 1", "EXP104", "seen_at", "take its day: `date(seen_at)`"),
        ("round(amount, discount) > 1", "EXP104", "discount", None),
        ("if(amount, 1, 2) > 1", "EXP104", "amount", "compare it, or ask `not is_blank(amount)`"),
        ("if(urgent, 1, name) == 1", "EXP104", "if(urgent, 1, name)", "what it gives must be of one kind"),
        ("is_changed(account.level)", "EXP104", "account.level", None),
        ("sum_of(mentions) > 1", "EXP104", "sum_of(mentions)", "write `sum_of(mentions.amount)`"),
        ("count_of(mentions.amount) > 1", "EXP104", "count_of(mentions.amount)", "write `count_of(mentions)`"),
        ("sum_of(mentions.name) > 1", "EXP104", "sum_of(mentions.name)", None),
        ('size == "d"', "EXP105", '"d"', "the options are a, b, c"),
        ('size in ["a", "x"]', "EXP105", '"x"', "the options are a, b, c"),
        ('stage == "Won"', "EXP105", '"Won"', "did you mean 'won'?"),
        ('stage.category == "closed"', "EXP105", '"closed"', None),
        ('sizes has "x"', "EXP105", '"x"', "the options are a, b, c"),
        ('size == if(urgent, "a", "x")', "EXP105", '"x"', "the options are a, b, c"),
        ("size == stage", "EXP105", "stage", None),
        ('has_role("managr")', "EXP105", '"managr"', "did you mean 'manager'?"),
        ('matches_format(name, "mail")', "EXP105", '"mail"', "did you mean 'email'?"),
        ("is_blank()", "EXP106", "is_blank()", "write `is_blank(any)`"),
        ("is_new(amount)", "EXP106", "is_new(amount)", "write `is_new()`"),
        ("round(1, 2, 3) > 1", "EXP106", "round(1, 2, 3)", "write `round(number, digits?)`"),
        ("account.parent.parent.parent.parent.level == null", "EXP108", "account.parent.parent.parent.parent.level", None),
        ("count_of(mentions where exists(mentions)) > 1", "EXP108", "exists(mentions)", INNER),
        ('name < "m"', "EXP112", 'name < "m"', TEXTS),
        ('size > "a"', "EXP112", 'size > "a"', None),
        ("urgent > false", "EXP112", "urgent > false", None),
        ("name.first == 1", "EXP113", "name.first", None),
        ("stage.age > now()", "EXP113", "stage.age", "it knows category, probability, since, days, is_stale, pipeline"),
        ("contacts.level == 1", "EXP113", "contacts.level", None),
        ("about.level == 1", "EXP113", "about.level", "it knows entity, name, owner"),
        ("old.about.name == name", "EXP113", "old.about.name", "write `old.about.entity`"),
        ('about.entity == "acount"', "EXP105", '"acount"', "did you mean 'account'?"),
        ("old.account.level == 1", "EXP113", "old.account.level", "write `old.account`"),
        ('date("31.1.2026") == closed', "EXP115", '"31.1.2026"', 'write it as `date("2026-01-31")`'),
    ],
)  # fmt: skip
def test_what_is_wrong_is_told_at_its_place_with_what_was_meant(
    source: str, code: str, marked: str, hint: str | None
) -> None:
    found = problem_of(source)
    assert found[:2] == (code, marked)
    assert hint is None or found[2] == hint


def test_all_that_can_be_told_at_once_is() -> None:
    assert [each.code for each in problems_of('amonut > 1 and is_blnk(name) or size == "x"')] == [
        "EXP102",
        "EXP103",
        "EXP105",
    ]


@pytest.mark.parametrize(
    ("source", "wanted", "fits"),
    [
        ("amount", BOOL, False),
        ("urgent", BOOL, True),
        ("null", BOOL, False),
        ("null", TEXT, True),
        ("size", TEXT, True),
        ("name", Type("choice", options=("a",)), False),
        ('"a"', Type("choice", options=("a",)), True),
        ('"x"', Type("choice", options=("a",)), False),
        ("size", Type("choice", options=("a", "b")), False),
        ("account", Type("ref", entities=("deal",)), False),
        ("account", Type("ref", entities=("account", "deal")), True),
        ("seen_at", DATE, False),
        ("amount * discount / 3", number(18, 2, blank=True), True),
    ],
)
def test_a_result_is_of_the_type_that_is_wanted(source: str, wanted: Type, *, fits: bool) -> None:
    assert (problems_of(source, wanted) == ()) is fits


@pytest.mark.parametrize(
    ("source", "profiles"),
    [
        ("amount > 1", "rule server filter"),
        ("account.level == null", "rule server filter"),
        ("account.parent.level == null", "server filter"),
        ("old.amount > 1", "rule server"),
        ("is_new()", "rule server"),
        ("is_changed(amount)", "rule server"),
        ("amount / 2 > 1", "rule server"),
        ("10 / 4 > amount", "rule server filter"),
        ("round(amount) > 1", "rule server"),
        ('concat(name, "x") == "x"', "rule server"),
        ("count_of(mentions) > 1", "server filter"),
        ("count_of(mentions where amount / 2 > 1) > 1", ""),
        ('account.home.city == "x"', "rule server"),
        ("amount * amount > 1", "rule server"),
        ("stars + stars + stars > 3", "rule server filter"),
        ("max(amount, discount) > 1", "rule server"),
        ("coalesce(amount, discount) > 1", "rule server"),
        ("coalesce(amount, 0) > 1", "rule server filter"),
        ("today() > closed", "rule server filter"),
        ('is_mine() or has_role("manager")', "rule server filter"),
    ],
)  # fmt: skip
def test_where_an_expression_may_stand(source: str, profiles: str) -> None:
    assert check_expression(company(), "deal", source).profiles == tuple(profiles.split())


@pytest.mark.parametrize(
    ("source", "profile", "marked"),
    [
        ("urgent and account.parent.level == null", "rule", "account.parent.level"),
        ("urgent and count_of(mentions) > 1", "rule", "count_of(mentions)"),
        ("urgent and old.amount > 1", "filter", "old.amount"),
        ("urgent and amount / 2 > 1", "filter", "amount / 2"),
        ("count_of(mentions where amount / 2 > 1) > 1", "server", "amount / 2"),
    ],
)
def test_outside_of_its_profile_the_part_is_named(source: str, profile: Profile, marked: str) -> None:
    assert problem_of(source, BOOL, profile)[:2] == ("EXP107", marked)


def test_more_digits_than_a_column_holds_are_no_filter() -> None:
    found = problem_of("round(99999999999999.9999, 5) > amount", BOOL, "filter")
    assert found[:2] == ("EXP108", "round(99999999999999.9999, 5)")


def test_what_it_reads() -> None:
    found = check_expression(
        company(),
        "deal",
        'account.level == "a" and old.amount < amount and is_changed(closed) and user.department == department '
        "and count_of(mentions where owner == user.id and closed < today()) > 0",
    )
    assert found.keys == {"account.level", "amount", "closed", "department"}
    assert found.old_keys == {"amount", "closed"}
    assert found.fields == {"account", "amount", "closed", "department"}
    assert found.paths == {"account.level"}
    assert found.user_keys == {"department", "id"}
    assert [(each.inverse, each.entity, each.lookup) for each in found.aggregates] == [("mentions", "deal", "about")]
    assert found.reads_clock
    assert found.reads_save
    assert not found.runs_in_browser


def test_what_every_record_has_is_known_behind_a_lookup_to_several_entities() -> None:
    found = check_expression(
        company(), "deal", 'about.entity == "account" and about.name == name and about.owner == user'
    )
    assert found.keys == {
        "about",
        "name",
        *(f"about:{to}.{key}" for to in ("account", "deal") for key in ("name", "owner")),
    }
    assert found.fields == {"about", "name"}
    assert set(found.profiles) == {"rule", "server", "filter"}
    assert check_expression(company(), "deal", "old.about.entity != about.entity").old_keys == {"about"}
    assert check_expression(company(), "account", 'exists(mentions where about.entity == "account")').aggregates


@pytest.mark.parametrize(
    ("source", "precision", "scale"),
    [
        ("amount + discount", None, 4),
        ("amount * discount", None, 6),
        ("amount / 3", None, 6),
        ("round(amount / 3, 1)", None, 1),
        ("stars", 1, 0),
        ("stars + 1", 2, 0),
        ("1.25 * 4", 4, 2),
    ],
)
def test_digits_are_known_beforehand(source: str, precision: int | None, scale: int) -> None:
    found = check_expression(company(), "deal", source).type
    assert found.scale == scale
    assert precision in (None, found.precision)


def test_it_is_worked_out_once_for_a_catalog() -> None:
    first = get_expression(company(), "deal", "amount > 1", BOOL, "rule")
    assert get_expression(company(), "deal", "amount > 1", BOOL, "rule") is first
