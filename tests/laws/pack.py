"""The pack that every walk begins with, random values for its fields, and its folder."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from random import Random
from shutil import rmtree
from typing import Any

from app.definition import Catalog, Field
from app.loading import Loaded, load_pack

Tree = dict[str, Any]


def labelled(**fields: Mapping[str, Any]) -> dict[str, Any]:
    """Fields with labels."""
    return {key: {**each, "label": key.title()} for key, each in fields.items()}


def options(keys: str) -> dict[str, Any]:
    """Options with labels."""
    return {key: {"label": f"Is {key}"} for key in keys}


COMPANY = labelled(
    name={"type": "text", "required": True, "searchable": True},
    code={"type": "text", "max_length": 60},
    size={"type": "integer"},
    amount={"type": "money"},
    rate={"type": "percent"},
    ratio={"type": "decimal"},
    flag={"type": "boolean"},
    day={"type": "date"},
    at={"type": "datetime"},
    level={"type": "picklist", "options": "level"},
    kinds={"type": "picklist", "many": True, "options": options("xyz")},
    levels={"type": "picklist", "many": True, "options": "level"},
    up={"type": "lookup", "to": "company", "inverse": "below"},
    peers={"type": "lookup", "to": "company", "many": True, "inverse": "peered"},
    allies={
        "type": "lookup",
        "to": "company",
        "many": True,
        "inverse": "allied",
        "link_fields": labelled(
            since={"type": "date"},
            share={"type": "integer"},
            word={"type": "text"},
            rank={"type": "picklist", "options": options("xyz")},
            grade={"type": "picklist", "options": "level"},
        ),
    },
    about={"type": "lookup", "to": ["company", "deal"], "inverse": "abouts"},
    owner_too={"type": "user"},
    mail={"type": "email"},
    secret={"type": "text", "sensitive": {"encrypt": True}, "indexed": True},
    pin={"type": "text", "sensitive": {"encrypt": True}},
    stars={"type": "rating"},
    note={"type": "long_text", "searchable": True},
    hours={"type": "duration"},
    clock={"type": "time"},
    labels={"type": "tags"},
    twice={"type": "integer", "formula": "size * 2"},
    sold={"type": "money", "formula": "sum_of(deals.amount)"},
)
DEAL = labelled(
    name={"type": "text", "required": True},
    company={"type": "lookup", "to": "company", "inverse": "deals"},
    amount={"type": "money"},
    stage={"type": "stage"},
    reason={"type": "picklist", "options": options("pqr")},
)
LINE = labelled(
    name={"type": "text"},
    deal={"type": "lookup", "to": "deal", "inverse": "lines", "required": True},
    count={"type": "integer"},
)
STAGES = {
    "open": {"label": "Open"},
    "talk": {"label": "Talk"},
    "won": {"label": "Won", "category": "won"},
    "lost": {"label": "Lost", "category": "lost"},
}
PACK: Tree = {
    "pack": {"label": "Laws", "languages": ["en"]},
    "picklists": {"level": {"label": "Level", "options": options("abc")}},
    "entities": {
        "company": {"label": "Company", "fields": COMPANY},
        "deal": {
            "label": "Deal",
            "fields": DEAL,
            "pipelines": {"main": {"label": "Main", "field": "stage", "stages": STAGES}},
        },
        "line": {"label": "Line", "fields": LINE, "parent": {"field": "deal", "part": True}},
    },
    "roles": {
        "rep": {
            "label": "Rep",
            "grants": {"company": {"create": True, "read": "own", "update": "own"}, "deal": {"read": "all"}},
        },
    },
    "automations": {
        "daily": {
            "label": "Daily",
            "entity": "company",
            "trigger": {"every": "day", "at": "08:00"},
            "actions": {"mark": {"set": {"flag": True}}},
        }
    },
}


def pack_in(folder: Path, tree: Tree, order: Random | None = None) -> Loaded:
    """The pack as it is read from files; `order` gives them another order, and puts some into folders of their own."""
    rmtree(folder, ignore_errors=True)
    folder.mkdir(parents=True)
    files = [(f"{kind}.yaml", things) for kind, things in tree.items() if kind == "pack"]
    files += [(f"{kind}/{key}.yaml", each) for kind, of in tree.items() if kind != "pack" for key, each in of.items()]
    if order is not None:
        order.shuffle(files)
    for name, content in files:
        (folder / name).parent.mkdir(exist_ok=True)
        (folder / name).write_text(json.dumps(content), "utf-8")
    return load_pack(folder)


WORDS = ("a", "A", "b", "12", "7.25", "2024-02-29", "yes", "Is x", "x", "long" * 9, "q@b.cn", "Ünïcode 漢字")
MOMENTS = ("2024-02-29T12:30:00Z", "2025-01-01T00:00:00Z", "1999-12-31T23:59:59.500Z")


def random_value(draw: Random, catalog: Catalog, entity: str, a_field: Field, ids: Mapping[str, list[int]]) -> Any:
    """A raw value of a field, most often one that fits; None for none. `ids` are those of records, by entity."""
    if draw.random() < 0.2:
        return None
    kind = a_field.type
    if kind in {"picklist", "stage"}:
        keys = [key for key, each in catalog.choices(entity, a_field.key).items() if not each.retired]
        if not keys or kind == "stage":
            return None
        return draw.sample(keys, draw.randint(0, len(keys))) if a_field.many else draw.choice(keys)
    if kind == "lookup" and a_field.link_fields:
        return _links(draw, catalog, entity, a_field, ids)
    if kind == "lookup":
        return _reference(draw, a_field, ids)
    plain = {
        "integer": lambda: draw.choice([0, 1, 3, 7, 12, 250, -4]),
        "decimal": lambda: draw.choice(["0", "1.25", "3.10", "7", "-2.5", "12"]),
        "money": lambda: draw.choice(["0", "1.25", "99.9999", "7", "1000"]),
        "percent": lambda: draw.choice(["0", "15", "12.5", "99.99"]),
        "boolean": lambda: draw.random() < 0.5,
        "date": lambda: draw.choice(["2024-02-29", "2025-01-01", "1999-12-31"]),
        "datetime": lambda: draw.choice(MOMENTS),
        "email": lambda: draw.choice(["q@b.cn", "r@b.cn", "s@example.com"]),
        "phone": lambda: draw.choice(["+8613800000001", "+8613800000002"]),
        "url": lambda: draw.choice(["https://b.cn/", "https://example.com/x"]),
        "rating": lambda: draw.randint(1, 5),
        "duration": lambda: draw.choice(["1h", "30m", "2d"]),
        "time": lambda: draw.choice(["08:00", "23:59"]),
        "color": lambda: "#0b5fff",
        "tags": lambda: draw.sample(["red", "green", "blue"], draw.randint(0, 3)),
        "text": lambda: draw.choice(WORDS),
        "long_text": lambda: draw.choice(WORDS),
    }
    return plain[kind]() if kind in plain else None


def _links(draw: Random, catalog: Catalog, entity: str, a_field: Field, ids: Mapping[str, list[int]]) -> Any:
    """Links that say something of themselves."""
    found = []
    for each in _reference(draw, a_field, ids) or ():
        said = {}
        for key, own in a_field.own_fields.items():
            if own.type == "picklist":
                options = catalog.picklists[own.options].options if isinstance(own.options, str) else own.options or {}
                known = [name for name, option in options.items() if not option.retired]
                said[key] = draw.choice(known) if known and draw.random() < 0.8 else None
            else:
                said[key] = random_value(draw, catalog, entity, own, ids)
        at = dict(zip(("entity", "id"), each.split("/"), strict=True)) if isinstance(each, str) else {"id": each}
        found.append({**at, **said})
    return found


def _reference(draw: Random, a_field: Field, ids: Mapping[str, list[int]]) -> Any:
    target = draw.choice(a_field.targets)
    if not ids.get(target):
        return None
    if a_field.of_several:
        found: Any = f"{target}/{draw.choice(ids[target])}"
        return [found] if a_field.many else found
    if a_field.many:
        return draw.sample(ids[target], min(len(ids[target]), draw.randint(0, 3)))
    return draw.choice(ids[target])
