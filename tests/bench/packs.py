"""Packs of a wanted size, written as a company would: for the starts and for the growth of the menu."""

from __future__ import annotations

from pathlib import Path

PER_GROUP = 10
LISTED = 8
_TYPES = [
    *("text", "text", "money", "date", "integer", "percent", "datetime", "boolean", "long_text", "email", "decimal"),
    *("text", "picklist", "phone"),
]
_PACK = """\
language: 1
label: {en: Bench, zh: 测试}
languages: [en, zh]
time_zone: Asia/Shanghai
region: CN
currency: {company: CNY}
"""
_ADMINISTRATOR = """\
label: {en: Administrator, zh: 管理员}
grants:
  "*": {create: true, read: all, update: all, delete: all, restore: all, export: all, assign: all, transition: all}
rights: [configure, audit]
"""


def write_pack(folder: Path, entities: int, fields: int) -> None:
    """A pack of `entities` with `fields` each, three of them lookups, all in the menu."""
    for name in ("entities", "roles"):
        (folder / name).mkdir(parents=True, exist_ok=True)
    (folder / "pack.yaml").write_text(_PACK)
    (folder / "roles" / "administrator.yaml").write_text(_ADMINISTRATOR)
    keys = [f"thing_{number:03}" for number in range(entities)]
    for number, key in enumerate(keys):
        targets = [keys[(number + step) % entities] for step in (1, 2, 3)]
        (folder / "entities" / f"{key}.yaml").write_text(_entity(key, number, fields, targets))
    groups = [keys[start : start + PER_GROUP] for start in range(0, entities, PER_GROUP)]
    lines = ["groups:"]
    for number, group in enumerate(groups):
        items = ", ".join(f"{key}: {{}}" for key in group)
        lines.append(f"  group_{number:02}: {{label: {_words('Group', '分组', number)}, items: {{{items}}}}}")
    (folder / "menu.yaml").write_text("\n".join(lines) + "\n")


def _entity(key: str, number: int, fields: int, targets: list[str]) -> str:
    lines = [
        f"label: {_words('Thing', '事项', number)}",
        f"plural: {{en: Things {number}}}",
        "name_field: name",
        "fields:",
        "  name: {type: text, required: true, max_length: 100, label: {en: Name, zh: 名称}}",
    ]
    for place, target in enumerate(targets):
        label = _words("Link", "关联", place)
        lines.append(
            f"  link_{place}: {{type: lookup, to: {target}, inverse: {key}_{place}, on_delete: clear, label: {label}}}"
        )
    names = [f"field_{place:02}" for place in range(fields - 1 - len(targets))]
    for place, name in enumerate(names):
        kind = _TYPES[place % len(_TYPES)]
        options = ", options: {a: {label: {en: A, zh: 甲}}, b: {label: {en: B, zh: 乙}}}" if kind == "picklist" else ""
        lines.append(f"  {name}: {{type: {kind}{options}, label: {_words('Field', '字段', place)}}}")
    listed = ["name", *(f"link_{place}" for place in range(len(targets))), *names][:LISTED]
    lines += ["list:", f"  columns: [{', '.join(listed)}]", "  sort: [name]", "  filters: []"]
    return "\n".join(lines) + "\n"


def _words(english: str, chinese: str, number: int) -> str:
    return f"{{en: {english} {number}, zh: {chinese} {number}}}"
