"""What the cases of `conformance.json` are about: one entity with fields of every type that expressions read, and how its
values are written in JSON.
"""

from __future__ import annotations

import datetime as dt
import json
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from decimal import Decimal
from pathlib import Path
from typing import Any
from zoneinfo import ZoneInfo

from app.definition import Catalog
from app.definition.composite import Address
from app.expression import Checked, Context, check_expression
from app.expression.types import Type
from app.orm.types import AnyId

FILE = Path(__file__).parent / "conformance.json"
OPTIONS: dict[str, Any] = {key: {} for key in ("small", "large", "constructor")}
TREE: dict[str, Any] = {
    "pack": {"label": "Test", "time_zone": "Asia/Shanghai"},
    "entities": {
        "account": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text"},
                "level": {"type": "picklist", "options": {"a": {}, "b": {}, "c": {}}},
                "credit": {"type": "money"},
            },
        },
        "deal": {
            "name_field": "name",
            "fields": {
                "name": {"type": "text", "weight": 10},
                "code": {"type": "text"},
                "amount": {"type": "money", "weight": 20},
                "discount": {"type": "percent", "scale": 3},
                "rate": {"type": "decimal", "scale": 6},
                "pieces": {"type": "integer"},
                "urgent": {"type": "boolean"},
                "starts": {"type": "date", "weight": 5},
                "ends": {"type": "date"},
                "signed": {"type": "datetime"},
                "seen": {"type": "datetime"},
                "kind": {"type": "picklist", "options": OPTIONS},
                "other_kind": {"type": "picklist", "options": OPTIONS},
                "labels": {"type": "picklist", "many": True, "options": OPTIONS, "weight": 10},
                "stage": {"type": "stage"},
                "account": {"type": "lookup", "to": "account"},
                "former": {"type": "lookup", "to": "account"},
                "partners": {"type": "lookup", "to": "account", "many": True},
                "place": {"type": "address"},
                "about": {"type": "lookup", "to": ["account", "deal"]},
            },
            "pipelines": {
                "main": {
                    "field": "stage",
                    "stages": {
                        "talk": {"probability": 10, "stale_after": "14 days"},
                        "offer": {"probability": 40, "stale_after": "1 month"},
                        "haste": {"stale_after": "36 hours"},
                        "won": {"category": "won", "probability": 100},
                        "lost": {"category": "lost", "probability": 0},
                    },
                }
            },
        },
    },
    "roles": {"sales": {}, "support": {}},
}


@dataclass(frozen=True)
class Case:
    """One line of the file: the value that an expression has for a record."""

    source: str
    record: Mapping[str, Any]
    old: Mapping[str, Any] | None
    context: Mapping[str, Any]
    expected: object

    def checked(self, catalog: Catalog) -> Checked:
        """Its expression."""
        return check_expression(catalog, "deal", self.source)


def read_cases() -> list[Case]:
    """All cases, in the order of the file. Records and contexts have names there; `expected` is as `plain_json` writes it,
    numbers with all digits of the expression's type.
    """
    found = json.loads(FILE.read_text(encoding="utf-8"))
    records, contexts = found["records"], found["contexts"]
    return [
        Case(
            each["expression"],
            records[each["record"]],
            records[each["old"]] if each["old"] else None,
            contexts[each["context"]],
            each["expected"],
        )
        for each in found["cases"]
    ]


def context_of(context: Mapping[str, Any]) -> Context:
    """A context of the file."""
    person = {"manager": None, "name": None, "email": None, "active": None, **context["user"]}
    user = {key: int(value) if key in {"id", "manager"} and value else value for key, value in person.items()}
    return Context(
        dt.datetime.fromisoformat(context["now"]), ZoneInfo(context["zone"]), user, frozenset(context["roles"])
    )


def plain_row(checked: Checked, record: Mapping[str, Any], *, old: bool = False) -> dict[str, Any]:
    """What an expression reads of a record of the file, as engines on the server take it."""
    kinds = {"old", "changed"} if old else {"field", "changed"}
    nodes = [node for node in checked.root.walk() if node.op in kinds]
    types = {node.value: node.type for node in nodes if node.op != "changed"}
    return {node.value: plain(record.get(node.value), types.get(node.value)) for node in nodes}


def plain(value: Any, type_: Type | None) -> Any:
    """A value of the file as a plain value; as it is where no type is known."""
    if value is None or type_ is None:
        return value
    return _READ.get(type_.base, lambda each, _type: each)(value, type_)


_READ: Mapping[str, Callable[[Any, Type], Any]] = {
    "number": lambda value, type_: int(value) if type_.scale == 0 else Decimal(value),
    "date": lambda value, _type: dt.date.fromisoformat(value),
    "datetime": lambda value, _type: dt.datetime.fromisoformat(value),
    "ref": lambda value, _type: int(value),
    "choices": lambda value, _type: tuple(value),
    "refs": lambda value, _type: tuple((int(each),) for each in value),
    "opaque": lambda value, _type: Address(**value) if isinstance(value, dict) else AnyId(value[0], int(value[1])),
}
