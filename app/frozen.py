"""Frozen dataclasses whose methods are made when one is first called.

The standard library writes and compiles six methods for each class when it is defined: a third of a millisecond, and the
program has hundreds of classes of which a command uses a few dozen. To a type checker, and in all that it does, this is
`dataclasses.dataclass`.
"""

from __future__ import annotations

import dataclasses
from typing import TYPE_CHECKING, Any

__all__ = ["dataclass"]

if TYPE_CHECKING:
    from dataclasses import dataclass
else:

    def dataclass(cls: type | None = None, /, **how: bool) -> Any:
        """As `dataclasses.dataclass`. Late is what is frozen and has no other peculiarity but `kw_only`."""
        if cls is None:
            return lambda each: dataclass(each, **how)
        if not how.get("frozen") or how.keys() - {"frozen", "kw_only"}:
            return dataclasses.dataclass(cls, **how)
        return _made_late(cls, how)


_TO_CREATE = ("__init__",)
_TO_COMPARE = ("__repr__", "__eq__", "__hash__")


def _made_late(cls: type, how: dict[str, bool]) -> type:
    written = {name: value for name, value in vars(cls).items() if name not in ("__dict__", "__weakref__")}
    has_base = any(dataclasses.is_dataclass(base) for base in cls.__bases__)
    made: Any = dataclasses.dataclass(cls, **{**how, "init": False, "repr": False, "eq": False, "frozen": has_base})
    made.__dataclass_params__.frozen = True  # which classes below it are asked for

    def make(names: tuple[str, ...]) -> None:
        """Let the standard library make the methods for a class of the same text, and take them over."""
        wanted = {**how, "repr": False, "eq": False} if names == _TO_CREATE else {**how, "init": False}
        twin: type = dataclasses.dataclass(type(cls.__name__, cls.__bases__, dict(written)), **wanted)
        for name in names:
            if name not in written:
                setattr(cls, name, vars(twin)[name])

    def late(name: str, names: tuple[str, ...]) -> Any:
        def method(self: Any, *args: Any, **named: Any) -> Any:
            make(names)
            return getattr(cls, name)(self, *args, **named)

        return method

    for names in (_TO_CREATE, _TO_COMPARE):
        for name in names:
            if name not in written:
                setattr(cls, name, late(name, names))
    made.__setattr__, made.__delattr__ = _refuse_set, _refuse_delete
    return cls


def _refuse_set(_self: object, name: str, _value: object) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot assign to field {name!r}")


def _refuse_delete(_self: object, name: str) -> None:
    raise dataclasses.FrozenInstanceError(f"cannot delete field {name!r}")
