"""The words of SQL that differ between the databases, as one kind of element with two spellings."""

from __future__ import annotations

from typing import Any

import sqlalchemy as sa
from sqlalchemy.ext.compiler import compiles
from sqlalchemy.sql.compiler import SQLCompiler
from sqlalchemy.sql.elements import ColumnElement
from sqlalchemy.sql.functions import FunctionElement
from sqlalchemy.sql.visitors import InternalTraversal

_ICU = 'COLLATE "und-x-icu"'


def _count(most: int) -> str:
    """A count as far as a calendar reaches. A blank one goes beyond, as `least` and `greatest` pass over blanks."""
    return f"CAST(least(greatest({{1}}, -{most}), {most}) AS INTEGER)"


def _between(found: str, early: str, late: str) -> str:
    """What lies between the two, blank elsewhere. It is written once, however deep calls stand in calls."""
    return f"nullif(nullif(least(greatest({found}, {early}), {late}), {late}), {early})"


def _later_day(count: str) -> str:
    """So many days later, counted from the calendar's first: PostgreSQL's own begins and ends elsewhere."""
    first = "DATE '0001-01-01'"
    return f"({first} + " + _between(f"({{0}} - {first}) + {count}", "-1", "3652059") + ")"


def _later_moment(milliseconds: str) -> str:
    """So many milliseconds later, within the years 1 to 9999."""
    found = f"extract(epoch FROM CAST({{0}} AS TIMESTAMPTZ)) * 1000 + {milliseconds}"
    between = _between(found, "-62135596800001", "253402300800000")
    return f"CAST(TIMESTAMPTZ 'epoch' + {between} * INTERVAL '1 millisecond' AS TIMESTAMPTZ(3))"


def _later_month(moment: str, kind: str) -> str:
    """So many months later. It is reckoned ten thousand years on, where leap years are the same: PostgreSQL's calendar
    ends 47 centuries before ours begins, and must not fail there.
    """
    found = f"CAST({moment} + ({_count(120_000)} + 120000) * INTERVAL '1 month' AS {kind})"
    between = _between(found, f"{kind} '10000-12-31'", f"{kind} '20000-01-01'")
    return f"CAST({between} - INTERVAL '120000 months' AS {kind})"


_SPELLINGS: dict[str, tuple[str, str]] = {
    # Numbers of fixed scale are whole on SQLite: a digit more is ten times as much.
    "rescale": ("({0} * {1})", "{0}"),
    "add": ("({0} + {1})", "({0} + {1})"),
    "sub": ("({0} - {1})", "({0} - {1})"),
    "mul": ("({0} * {1})", "({0} * {1})"),
    "neg": ("(-{0})", "(-{0})"),
    "abs": ("abs({0})", "abs({0})"),
    "min": ("min({all})", "(SELECT CASE WHEN count(v.v) = count(*) THEN min(v.v) END FROM (VALUES {rows}) AS v(v))"),
    "max": ("max({all})", "(SELECT CASE WHEN count(v.v) = count(*) THEN max(v.v) END FROM (VALUES {rows}) AS v(v))"),
    # A coarse number against a finer one, {2} times as fine: the finer is brought down, so that nothing overflows.
    "lt": ("({0} < {1} / {2} + ({1} % {2} > 0))", "({0} < {1})"),
    "le": ("({0} <= {1} / {2} - ({1} % {2} < 0))", "({0} <= {1})"),
    "gt": ("({0} > {1} / {2} - ({1} % {2} < 0))", "({0} > {1})"),
    "ge": ("({0} >= {1} / {2} + ({1} % {2} > 0))", "({0} >= {1})"),
    "eq": ("({1} % {2} = 0 AND {0} = {1} / {2})", "({0} = {1})"),
    # Text: by code points, never by patterns.
    "contains": ("(instr({0}, {1}) > 0)", "(strpos({0}, {1}) > 0)"),
    "icontains": (
        "(instr(crm_lower({0}), crm_lower({1})) > 0)",
        f"(strpos(lower({{0}} {_ICU}), lower({{1}} {_ICU})) > 0)",
    ),
    "starts_with": ("(instr({0}, {1}) = 1)", "starts_with({0}, {1})"),
    "ends_with": ("crm_ends_with({0}, {1})", "starts_with(reverse({0}), reverse({1}))"),
    "len": ("length({0})", "char_length({0})"),
    "lower": ("crm_lower({0})", f"lower({{0}} {_ICU})"),
    "upper": ("crm_upper({0})", f"upper({{0}} {_ICU})"),
    "trim": ("crm_trim({0})", "nullif(btrim({0}, {1}), '')"),
    # Days are texts on SQLite, moments milliseconds: what a calendar knows, Python's says there.
    "day_of": ("crm_day_of({0}, {1})", "CAST({0} AT TIME ZONE {1} AS DATE)"),
    "days_between": ("crm_days_between({0}, {1})", "({1} - {0})"),
    "add_days_day": ("crm_add_days({0}, {1})", _later_day(_count(4_000_000))),
    "add_days_moment": (
        "crm_add_days({0}, {1})",
        _later_moment(f"{_count(4_000_000)} * CAST(86400000 AS BIGINT)"),
    ),
    "add_hours": (
        "crm_add_hours({0}, {1}, {2})",
        _later_moment("round(least(greatest({1}, -90000000), 90000000) * CAST(3600000 AS NUMERIC))"),
    ),
    "add_months_day": ("crm_add_months({0}, {1}, {2})", _later_month("{0}", "DATE")),
    "add_months_moment": (
        "crm_add_months({0}, {1}, {2})",
        f"({_later_month('({0} AT TIME ZONE {2})', 'TIMESTAMP')} AT TIME ZONE {{2}})",
    ),
    "truncated": ("({0} / {1})", "trunc(CAST({0} AS NUMERIC))"),  # of a blank without a type PostgreSQL knows several
    "year": ("crm_year({0})", "CAST(extract(year FROM CAST({0} AS DATE)) AS INTEGER)"),
    "month": ("crm_month({0})", "CAST(extract(month FROM CAST({0} AS DATE)) AS INTEGER)"),
    "day": ("crm_day({0})", "CAST(extract(day FROM CAST({0} AS DATE)) AS INTEGER)"),
    "weekday": ("crm_weekday({0})", "CAST(extract(isodow FROM CAST({0} AS DATE)) AS INTEGER)"),
    "start_of_month": ("crm_start_of_month({0})", "CAST(date_trunc('month', {0}) AS DATE)"),
    "end_of_month": (
        "crm_end_of_month({0})",
        "CAST(date_trunc('month', {0}) + INTERVAL '1 month' - INTERVAL '1 day' AS DATE)",
    ),
    "start_of_week": ("crm_start_of_week({0})", "CAST(date_trunc('week', {0}) AS DATE)"),
    "start_of_year": ("crm_start_of_year({0})", "CAST(date_trunc('year', {0}) AS DATE)"),
}  # fmt: skip
"""For each word how SQLite and how PostgreSQL write it; `{0}` is its first argument."""


class Word(FunctionElement[Any]):
    """A word with its arguments."""

    inherit_cache = True
    _traverse_internals = [  # noqa: RUF012 - as the class above declares it
        *FunctionElement._traverse_internals,  # noqa: SLF001 - the cache key is made of these
        ("word", InternalTraversal.dp_string),
        ("type", InternalTraversal.dp_type),
    ]

    def __init__(self, word: str, *args: ColumnElement[Any], type_: sa.types.TypeEngine[Any]) -> None:
        super().__init__(*args)
        self.word = word
        self.type = type_
        self.name = f"crm_{word}"


def truth(word: str, *args: ColumnElement[Any]) -> ColumnElement[bool]:
    """A word that is true, false or, where an operand is blank, NULL."""
    return sa.type_coerce(Word(word, *args, type_=sa.Boolean()), sa.Boolean())


@compiles(Word, "sqlite")
def _on_sqlite(element: Word, compiler: SQLCompiler, **options: Any) -> str:
    return _spelled(element, 0, compiler, options)


@compiles(Word, "postgresql")
def _on_postgresql(element: Word, compiler: SQLCompiler, **options: Any) -> str:
    return _spelled(element, 1, compiler, options)


def _spelled(element: Word, which: int, compiler: SQLCompiler, options: dict[str, Any]) -> str:
    args = [compiler.process(each, **options) for each in element.clauses]
    several = {"all": ", ".join(args), "rows": ", ".join(f"({each})" for each in args)}
    return _SPELLINGS[element.word][which].format(*args, **several)
