"""A mapping whose values are made when they are first asked for."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import AbstractContextManager
from typing import TypeVar

Value = TypeVar("Value")


class OnDemand(Mapping[str, Value]):
    """Known keys, and a value for each that is made once, by whichever thread asks first. Keys are told without making."""

    def __init__(self, keys: Iterable[str], make: Callable[[str], Value], lock: AbstractContextManager[object]) -> None:
        """`lock` is shared by mappings that make their values out of each other's."""
        self._keys = dict.fromkeys(keys)
        self._make = make
        self._lock = lock
        self._made: dict[str, Value] = {}

    def __getitem__(self, key: str) -> Value:
        try:
            return self._made[key]
        except KeyError:
            if key not in self._keys:
                raise
        with self._lock:
            if key not in self._made:
                self._made[key] = self._make(key)
            return self._made[key]

    def __contains__(self, key: object) -> bool:
        return key in self._keys

    def __iter__(self) -> Iterator[str]:
        return iter(self._keys)

    def __len__(self) -> int:
        return len(self._keys)

    @property
    def made(self) -> frozenset[str]:
        """The keys whose values were made so far."""
        return frozenset(self._made)
