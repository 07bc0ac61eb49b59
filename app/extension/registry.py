"""Which extensions this process has loaded, and what each of them registered. Like the codecs of Python, they are known
by name in the whole process; they are loaded once, when it starts.
"""

from __future__ import annotations

import importlib
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import field
from typing import TypeVar

from app.definition import Pack, Text
from app.definition.grammars import GRAMMARS, ModuleName
from app.definition.keys import KEY_PATTERN
from app.extension.kinds import Action, Check, Finding, Format
from app.frozen import dataclass

LANGUAGES = ("en", "zh")
Thing = TypeVar("Thing", Format, Check, Action)


class ExtensionRefused(ValueError):
    """An extension that can't be loaded. Its text names the module and the reason."""


@dataclass(frozen=True)
class Registered:
    """Formats, checks and actions by name."""

    formats: Mapping[str, Format] = field(default_factory=dict)
    checks: Mapping[str, Check] = field(default_factory=dict)
    actions: Mapping[str, Action] = field(default_factory=dict)


NOTHING = Registered()


class Registry:
    """Handed to `register(registry)` of a module. Raises ExtensionRefused for a name that is none or is taken."""

    def __init__(self, module: str) -> None:
        self._module = module
        self._formats: dict[str, Format] = {}
        self._checks: dict[str, Check] = {}
        self._actions: dict[str, Action] = {}

    def format(self, name: str, read: Callable[[str], str | None], message: Mapping[str, str]) -> None:
        """A format of texts; `message` has a text in each language (`en`, `zh`)."""
        missing = [language for language in LANGUAGES if not message.get(language)]
        if missing:
            raise ExtensionRefused(f"{self._module}: the message of '{name}' is missing in {', '.join(missing)}")
        self._add(self._formats, name, Format(name, read, Text(dict(message))))

    def check(self, name: str, run: Callable[..., Sequence[Finding]]) -> None:
        """A check: a function from a Catalog to findings."""
        self._add(self._checks, name, Check(name, run))

    def action(self, name: str, run: Callable[[Mapping[str, object], str], None]) -> None:
        """An action of automations; see `Action`."""
        self._add(self._actions, name, Action(name, run))

    def registered(self) -> Registered:
        """All that was registered."""
        return Registered(dict(self._formats), dict(self._checks), dict(self._actions))

    def _add(self, known: dict[str, Thing], name: str, thing: Thing) -> None:
        if not re.fullmatch(KEY_PATTERN, name):
            raise ExtensionRefused(f"{self._module}: '{name}' can't be a name: small letters, digits and _")
        if name in known:
            raise ExtensionRefused(f"{self._module}: '{name}' is registered twice")
        known[name] = thing


_LOADED: dict[str, Registered] = {}  # by module, written when the process starts and read ever after


def load_extensions(modules: Sequence[str]) -> None:
    """Imports the modules that the operator permits and lets each register what it has. Those loaded already are left.

    Raises ExtensionRefused for a module that can't be imported, has no `register`, or registers what can't be.
    """
    for name in modules:
        if name not in _LOADED:
            _LOADED[name] = _registered_by(name)


def _registered_by(name: str) -> Registered:
    if not re.fullmatch(GRAMMARS[ModuleName].pattern, name):
        raise ExtensionRefused(f"CRM_EXTENSIONS: '{name}' is no name of a Python module")
    try:
        module = importlib.import_module(name)
    except ImportError as error:
        raise ExtensionRefused(f"CRM_EXTENSIONS: the module {name} can't be imported: {error}") from error
    register = getattr(module, "register", None)
    if not callable(register):
        raise ExtensionRefused(f"CRM_EXTENSIONS: the module {name} has no function `register(registry)`")
    registry = Registry(name)
    register(registry)
    return registry.registered()


def loaded_modules() -> tuple[str, ...]:
    """The modules that this process has loaded."""
    return tuple(_LOADED)


def of_pack(pack: Pack) -> Registered:
    """What the extensions that a pack names have registered; of two with one name the first. Those not loaded are left out."""
    found = [_LOADED[name] for name in pack.extensions if name in _LOADED]
    if not found:
        return NOTHING
    later_first = found[::-1]
    return Registered(
        {name: each for one in later_first for name, each in one.formats.items()},
        {name: each for one in later_first for name, each in one.checks.items()},
        {name: each for one in later_first for name, each in one.actions.items()},
    )
