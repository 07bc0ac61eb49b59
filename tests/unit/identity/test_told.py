"""Why somebody is not taken in is told in the audit in words, in both languages, whatever the reason."""

from __future__ import annotations

import ast
from collections.abc import Iterator
from pathlib import Path

import pytest

from app.identity.assertion import ASSERTION
from app.web.texts.audit import AUDIT

PROGRAM = Path(__file__).parents[3] / "app"
CODE = [*sorted((PROGRAM / "identity").glob("*.py")), *sorted((PROGRAM / "web" / "security").glob("*.py"))]
REFUSING = {"NotArrived", "refused", "_refused", "tell_refused"}


def words(detail: ast.expr) -> Iterator[str]:
    """What a detail may be: `f"status {answered.status}"` is told as `status`; what others say of an error is no word of ours."""
    match detail:
        case ast.Constant(value=str() as word):
            yield word
        case ast.IfExp(body=one, orelse=other):
            yield from (*words(one), *words(other))
        case ast.JoinedStr(values=[ast.Constant(value=str() as start), _]):
            yield start.rstrip(": ")


def told(tree: ast.Module) -> Iterator[str]:
    """All that is told of why somebody is not taken in, as the audit has it."""
    for call in (each for each in ast.walk(tree) if isinstance(each, ast.Call)):
        name = getattr(call.func, "attr", getattr(call.func, "id", ""))
        stated = ["".join(words(each)) if isinstance(each, ast.Constant) else "" for each in call.args]
        why = next((place for place, each in enumerate(stated) if each), None)
        if name in REFUSING and why is not None and why + 1 < len(call.args):
            yield from (f"{stated[why]}.{word}" for word in words(call.args[why + 1]))
        elif name == "_one" and isinstance(call.args[1], ast.JoinedStr):  # an element of an assertion
            yield from (
                f"failed.{str(each.value).lower()}" for each in call.args[1].values if isinstance(each, ast.Constant)
            )


FOUND = sorted({each for path in CODE for each in told(ast.parse(path.read_text()))})


def test_all_reasons_are_looked_at() -> None:
    samples = {
        "failed.certificate",
        "failed.signature",
        "failed.nonce",
        "failed.nameid",
        "failed.replay",
        "late.cookie",
    }
    assert {*samples, "failed.roles", "unreachable.status", "unreachable.bind", "groups.too_many"} <= set(FOUND)
    assert len(FOUND) > 40


@pytest.mark.parametrize("reason", [*FOUND, f"failed.{ASSERTION.rpartition('}')[2].lower()}"])
def test_a_reason_has_words_in_both_languages(reason: str) -> None:
    english, chinese = AUDIT[f"audit.why.{reason}"]
    assert " " in english or reason == "unknown.inactive"
    assert any("\u4e00" <= letter <= "\u9fff" for letter in chinese)
