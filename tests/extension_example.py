"""An example of an extension: what a company adds by a Python module of its own.

Install it beside the program, permit it with CRM_EXTENSIONS=tests.extension_example (its module's name), and name it in
pack.yaml: `extensions: [tests.extension_example]`.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from app.definition import Catalog
from app.extension import Finding, Registry

SIGNS = "0123456789ABCDEFGHJKLMNPQRTUWXY"  # of a unified social credit code: no I, O, S, V, Z
LENGTH = 18
SENT: list[dict[str, Any]] = []  # where a real one would call the other system


def credit_code(text: str) -> str | None:
    """The unified social credit code of China (GB 32100-2015): 17 signs and one that checks them."""
    code = text.replace(" ", "").upper()
    if len(code) != LENGTH or any(sign not in SIGNS for sign in code):
        return None
    total = sum(SIGNS.index(sign) * pow(3, place, 31) for place, sign in enumerate(code[:-1]))
    return code if SIGNS.index(code[-1]) == (31 - total % 31) % 31 else None


def fields_have_help(catalog: Catalog) -> Iterator[Finding]:
    """The company wants every required field to say what to write."""
    for entity in catalog.entities.values():
        for field in entity.fields.values():
            if field.required and not field.help and entity.key == "deal":
                path = ("entities", entity.key, "fields", field.key)
                severity = "error" if field.key == "name" else "warning"
                yield Finding(f"'{field.key}' is required and has no help", path, severity)  # type: ignore[arg-type]


def push_to_erp(values: Mapping[str, Any], key: str) -> None:
    """What an automation may do by `run: push_to_erp`. It may be called again: the other system knows by the key."""
    if all(each["key"] != key for each in SENT):
        SENT.append({**values, "key": key})


def register(registry: Registry) -> None:
    """Called once, when the process starts."""
    registry.format("credit_code", credit_code, {"en": "This is no credit code.", "zh": "统一社会信用代码不正确。"})
    registry.check("fields_have_help", fields_have_help)
    registry.action("push_to_erp", push_to_erp)
