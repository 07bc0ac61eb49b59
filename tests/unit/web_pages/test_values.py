import datetime as dt
import re
from decimal import Decimal

import pytest
from hypothesis import given
from hypothesis import strategies as st

from app.web.i18n import text_in
from app.web.pages.brand import accent_css, contrast, parse_hex
from app.web.pages.cards import change_from
from app.web.pages.cells import initials_of, spaced_phone, tone_of
from app.web.pages.export import FORMULA, guarded
from app.web.pages.formats import formats_for
from app.web.pages.words import sentence_case

EN, ZH = formats_for("en", "Asia/Shanghai", "CNY"), formats_for("zh", "Asia/Shanghai", "CNY")
NOON = dt.datetime(2026, 11, 18, 4, 0, tzinfo=dt.UTC)  # noon in Shanghai


@pytest.mark.parametrize(
    ("amount", "written"),
    [("1860000", "¥1,860,000"), ("12.5", "¥12.50"), ("-3", "−¥3"), ("0", "¥0"), ("0.05", "¥0.05")],
)
def test_amounts_show_a_fraction_only_where_there_is_one(amount: str, written: str) -> None:
    assert EN.money(Decimal(amount)) == written == ZH.money(Decimal(amount))


def test_dollars_and_currencies_without_a_sign_have_their_marks() -> None:
    assert formats_for("en", "UTC", "USD").money(Decimal(5)) == "$5"
    assert formats_for("en", "UTC", "CHF").money(Decimal(5)).endswith("5")
    assert formats_for("zh", "UTC", "JPY").money(Decimal("5.4")) == "¥5"


def test_days_are_as_short_as_they_can_be() -> None:
    today = dt.date(2026, 6, 1)
    assert EN.day(dt.date(2026, 11, 15), today) == "15 Nov"
    assert EN.day(dt.date(2025, 11, 15), today) == "15 Nov 2025"
    assert ZH.day(dt.date(2026, 11, 15), today) == "11月15日"
    assert ZH.day(dt.date(2025, 1, 5), today) == "2025年1月5日"


def test_values_call_the_days_around_today_by_their_names() -> None:
    today = dt.date(2026, 11, 18)
    around = [today + dt.timedelta(days=days) for days in (-2, -1, 0, 1, 2)]
    assert [EN.near_day(each, today) for each in around] == ["16 Nov", "Yesterday", "Today", "Tomorrow", "20 Nov"]
    assert [ZH.near_day(each, today) for each in around] == ["11月16日", "昨天", "今天", "明天", "11月20日"]
    assert EN.near_moment(NOON, NOON) == "Today 12:00"
    assert ZH.near_moment(NOON + dt.timedelta(days=1), NOON) == "明天 12:00"
    assert EN.near_moment(NOON - dt.timedelta(days=2), NOON) == "16 Nov 12:00"


def test_moments_stand_on_the_clock_of_the_person() -> None:
    assert EN.moment(NOON, NOON) == "12:00"
    assert EN.moment(NOON - dt.timedelta(days=1), NOON) == "17 Nov 12:00"
    assert EN.exact(NOON) == "2026-11-18 12:00"
    assert formats_for("en", "Europe/Berlin", "EUR").exact(NOON) == "2026-11-18 05:00"


def test_a_zone_that_does_not_exist_counts_as_utc() -> None:
    assert formats_for("en", "Nowhere/Land", "EUR").exact(NOON) == "2026-11-18 04:00"


@pytest.mark.parametrize(
    ("name", "letters"), [("海纳精工", "海"), ("Li Wen", "LW"), ("rita", "R"), ("", "?"), ("  ", "?"), ("(x) y", "Y")]
)
def test_initials(name: str, letters: str) -> None:
    assert initials_of(name) == letters


@given(st.text(max_size=40))
def test_any_name_has_initials_and_a_tone(name: str) -> None:
    assert initials_of(name)
    assert 1 <= tone_of(name) <= 5


@pytest.mark.parametrize(
    ("then", "now", "said"),
    [
        (100, 150, "50% more than March"),
        (100, 1099, "999% more than March"),
        (100, 1100, "About 11 times as much as March"),
        (100, 2521, "About 25 times as much as March"),
        (1, 123456, "About 123,456 times as much as March"),
        (-100, 2421, "2521% more than March"),  # of what was owed there is no multiple
        (100, 50, "50% less than March"),
        (100, 100, "As much as March"),
    ],
)
def test_what_grew_many_times_is_said_as_a_factor(then: float, now: float, said: str) -> None:
    way, key, words = change_from(then, now)
    assert text_in("en", key, **words, period="March") == said
    assert way == ("up" if now > then else "down" if now < then else "")


def test_telephone_numbers_are_spaced() -> None:
    assert spaced_phone("+8613800001234") == "138 0000 1234"
    assert spaced_phone("+4930123456") == "+49 30 123456"
    assert spaced_phone("+442079460958") == "+44 20 7946 0958"
    assert spaced_phone("+14155550132") == "+1 415-555-0132"
    assert spaced_phone("+861082001234") == "+86 10 8200 1234"


@pytest.mark.parametrize("text", ["", "+", "+999123", "+49****56", "030 123456", "+49 30 123456", "+4930123456;ext=1"])
def test_what_is_no_number_in_full_stays_as_it_is(text: str) -> None:
    assert spaced_phone(text) == text


@given(st.text(max_size=30))
def test_no_text_of_a_file_is_read_as_a_formula(text: str) -> None:
    assert not guarded(text).startswith(FORMULA)


def test_labels_inside_of_a_sentence_begin_small() -> None:
    assert sentence_case("Account", "en") == "account"
    assert sentence_case("VIP list", "en") == "VIP list"
    assert sentence_case("客户", "zh") == "客户"


@given(st.integers(0, 0xFFFFFF))
def test_any_brand_colour_gives_readable_pairs(number: int) -> None:
    css = accent_css(f"#{number:06x}")
    pairs = {
        name: (parse_hex(light), parse_hex(dark))
        for name, light, dark in re.findall(r"--([\w-]+): light-dark\((#\w+), (#\w+)\)", css)
    }
    for theme in (0, 1):
        accent, on, soft, text = (pairs[name][theme] for name in ("accent", "on-accent", "accent-soft", "accent-text"))
        assert contrast(accent, on) >= 4.45
        assert contrast(text, soft) >= 4.45
