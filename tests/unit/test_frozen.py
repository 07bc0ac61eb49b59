"""Classes whose methods are made late do as those of the standard library."""

from __future__ import annotations

import dataclasses
from collections.abc import Mapping
from typing import Any

import pytest

from app import frozen


def _family(dataclass: Any) -> tuple[Any, Any]:
    @dataclass(frozen=True, kw_only=True)
    class Schedule:
        every: str
        at: str = "08:00"

    @dataclass(frozen=True, kw_only=True)
    class Plan(Schedule):
        keep: int = 1
        notes: Mapping[str, str] = dataclasses.field(default_factory=dict, compare=False, repr=False)

        def __post_init__(self) -> None:
            assert self.keep >= 0

    return Schedule, Plan


class Told:
    """What both kinds of classes answer."""

    def __init__(self, dataclass: Any) -> None:
        base, plan = _family(dataclass)
        one, same, other = (
            plan(every="day", keep=3, notes={"a": "b"}),
            plan(every="day", keep=3),
            plan(every="day", keep=4),
        )
        self.shown = repr(one).rpartition(".")[2], repr(base(every="week")).rpartition(".")[2]
        self.equal = one == same, one == other, one == base(every="day"), hash(one) == hash(same)
        self.replaced = dataclasses.asdict(dataclasses.replace(one, keep=7))
        self.fields = [each.name for each in dataclasses.fields(plan)]
        self.refusals = [
            _refused(lambda: setattr(one, "keep", 1)),
            _refused(lambda: delattr(one, "keep")),
            _refused(plan),
            _refused(lambda: plan("day", keep=1)),
            _refused(lambda: plan(every="day", keep=-1)),
        ]


def _refused(act: Any) -> type[Exception]:
    with pytest.raises((AssertionError, AttributeError, TypeError)) as caught:
        act()
    return caught.type


def test_what_is_made_late_does_as_the_standard_library() -> None:
    assert vars(Told(frozen.dataclass)) == vars(Told(dataclasses.dataclass))


def test_a_hash_or_a_comparison_may_come_first() -> None:
    _base, plan = _family(frozen.dataclass)
    assert {plan(every="day", keep=1)} == {plan(every="day", keep=1)}
    _base, plan = _family(frozen.dataclass)
    assert plan(every="day", keep=1) != plan(every="day", keep=2)


def test_methods_that_a_class_writes_are_its_own() -> None:
    @frozen.dataclass(frozen=True)
    class Secret:
        text: str

        def __repr__(self) -> str:
            return "Secret(…)"

    assert repr(Secret("a")) == "Secret(…)"
    assert Secret("a") == Secret("a")
