"""Templates of plain words: what they may hold, and that filling one in ends."""

from __future__ import annotations

from decimal import Decimal

import pytest

from app.definition.plain_template import LONGEST, BadTemplate, read_template


def filled(source: str, **fields: object) -> str:
    return read_template(source).fill({"record": fields, "entity": "Deal", "today": "2026-07-01"})


def test_values_and_conditions_are_filled_in() -> None:
    source = "{{ entity }} {{ record.name | upper }}{% if record.amount > 5 %} is large{% else %} is small{% endif %} {{ today }}"
    assert filled(source, name="Acme <b>", amount=Decimal(6)) == "Deal ACME <B> is large 2026-07-01"
    assert read_template(source).fields == {"name", "amount"}


def test_paths_are_fields_behind_lookups() -> None:
    source = "{{ record.account }}\n{{ record.account.owner.name }}"
    assert dict(read_template(source).lines) == {"account": 1, "account.owner.name": 2}
    assert filled(source, **{"account": "Acme", "account.owner.name": "Wang"}) == "Acme\nWang"


def test_values_are_escaped_in_html_alone() -> None:
    template = read_template("<p>{{ record.name | upper }}</p>", is_html=True)
    assert template.fill_whole({"record": {"name": "<i>"}}, 100) == "<p>&lt;I&gt;</p>"
    assert read_template("<p>{{ record.name }}</p>").fill({"record": {"name": "<i>"}}) == "<p><i></p>"


def test_one_that_grows_too_long_is_stopped() -> None:
    template = read_template("{{ record.name }}" * 5_000)
    with pytest.raises(BadTemplate, match="grows longer"):
        template.fill_whole({"record": {"name": "x" * 20_000}}, 200_000)


def test_conditions_stand_in_each_other_as_deep_as_they_may() -> None:
    assert filled("{% if record.name %}" * 50 + "x" + "{% endif %}" * 50, name="y") == "x"


def test_fields_called_as_methods_are_fields() -> None:
    assert filled("{{ record.items }} {{ record.update }}", items="Chairs", update="yes") == "Chairs yes"


def test_what_is_filled_in_is_not_read_again() -> None:
    assert filled("{{ record.name }}", name="{{ 7 * 7 }} {% for %}") == "{{ 7 * 7 }} {% for %}"


def test_no_more_of_a_notice_is_filled_in_than_is_shown() -> None:
    assert filled("  {{ record.name }}" * 9 + "{{ record.gone }}", name="x" * 100).startswith("x" * 100 + "  x")


def test_a_text_is_never_longer_than_a_notice() -> None:
    assert filled("{{ record.name }}", name="x" * 5_000) == "x" * (LONGEST - 1) + "…"


@pytest.mark.parametrize(
    "source",
    [
        "{% for each in record.name %}x{% endfor %}",
        "{{ record.name.__class__ }}",
        "{{ record['name'] }}",
        "{{ record.name.upper() }}",
        "{{ range(9) }}",
        "{{ 'x' * 1000000000 }}",
        "{{ 9 ** 999999999 }}",
        "{{ record }}",
        "{{ owner }}",
        "{% include 'x' %}",
        "{% set entity = 'x' %}",
        "{% macro x() %}{% endmacro %}",
        "{{ record.name | attr('x') }}",
        "{{ record.name | center(1000000000) }}",
        "{{ record.name | default('x', true, 5) }}",
        "{{ record.name is callable }}",
        "{{ [1, 2] }}",
        "{{ record.name | round(-1000000000) }}",
        "{{ record.name | round(record.name) }}",
        "{{ record.a.b.c.d.e }}",
        "{{ record.__class__ }}",
        "{{ " + "~".join(["record.name"] * 60) + " }}",
        "{{ " + "(" * 3000 + "1" + ")" * 3000 + " }}",
        "{% if record.name %}" * 70 + "{% endif %}" * 70,
        "x" * 100_001,
        "{% if record.name|title == 'x' %}{% endif %}" * 101,
        "{{ record.name",
        "{% if %}",
    ],
)
def test_anything_else_is_refused_when_it_is_read(source: str) -> None:
    with pytest.raises(BadTemplate):
        read_template(source)


@pytest.mark.parametrize(
    "source", ["{{ record.missing }}", "{% if record.name > 5 %}x{% endif %}", "{{ record.name | round }}"]
)
def test_what_can_not_be_filled_in_is_told(source: str) -> None:
    with pytest.raises(BadTemplate):
        filled(source, name="Acme")


def test_the_line_is_told() -> None:
    with pytest.raises(BadTemplate) as told:
        read_template("one\ntwo {{ owner }}")
    assert told.value.line == 2
