"""What a company's own Python module may add, by name: formats of texts, checks of packs, actions of automations.

The module is installed beside the program like any other package; no code is ever read from a pack or a database. The
operator names it in CRM_EXTENSIONS, which loads it when a process starts; a pack names it under `extensions:` to use what
it registers. The module has a function `register(registry)` that is handed a `Registry`.
"""

from app.extension.kinds import Action, Check, Finding, Format
from app.extension.registry import (
    ExtensionRefused,
    Registered,
    Registry,
    load_extensions,
    loaded_modules,
    of_pack,
)

__all__ = [
    "Action", "Check", "ExtensionRefused", "Finding", "Format", "Registered", "Registry", "load_extensions",
    "loaded_modules", "of_pack",
]  # fmt: skip
