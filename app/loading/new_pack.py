"""A new company pack: the smallest that passes the checks, with what comes next in comments."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

from app.diagnostics import did_you_mean, nearest
from app.frozen import dataclass
from app.loading.files import PACK_NAME, find_pack_folder, pack_names
from app.settings import product_folder

PACK = """\
{modeline}# Who this company is. Everything else comes from the pack `{extends}`, until a file of the same path changes it here.
language: 1
extends: {extends}
label: {label}
"""
README = """\
# {name}

What makes this company differ from the pack `{extends}`.

- A file here changes the file of the same path there: `entities/account.yaml` holds only what is different.
- A new field states its `type`; `null` removes a field; `$place: after name` moves one.
- `crm check --config {folder}` finds every slip, `crm show account.fields.level --origin` says where a value comes from.
"""


@dataclass(frozen=True)
class Refusal:
    """Why no pack was made."""

    reason: str


def new_pack(folder: Path, extends: str, search: Sequence[Path] = ()) -> tuple[Path, ...] | Refusal:
    """Makes a pack in a folder that is new or empty. Returns the files written."""
    name = folder.resolve().name
    if not PACK_NAME.fullmatch(name):
        return Refusal(f"'{name}' can't be the name of a pack: small letters, digits, - and _, a letter first")
    try:
        if folder.exists() and any(folder.iterdir()):
            return Refusal(f"{folder} is not empty")
        if find_pack_folder(extends, folder, search) is None:
            hint = did_you_mean(nearest(extends, pack_names(folder, search)))
            return Refusal(f"there is no pack '{extends}'" + (f"; {hint}" if hint else ""))
        folder.mkdir(parents=True, exist_ok=True)
        label = name.replace("_", " ").replace("-", " ").capitalize()
        texts = {
            "pack.yaml": PACK.format(modeline=_modeline(folder), extends=extends, label=label),
            "README.md": README.format(name=label, extends=extends, folder=folder),
        }
        for file, text in texts.items():
            (folder / file).write_text(text, "utf-8")
    except OSError as error:
        return Refusal(f"{folder}: {error.strerror}")
    return tuple(folder / file for file in texts)


def _modeline(folder: Path) -> str:
    """The line that tells editors the schema, where the pack lies beside the schemas."""
    schemas = product_folder("schemas").resolve()
    if not folder.resolve().is_relative_to(schemas.parent) or not schemas.is_dir():
        return ""
    return f"# yaml-language-server: $schema={os.path.relpath(schemas, folder.resolve())}/pack.patch.schema.json\n"
