"""A company with boards: of stages, of a picklist, and of a field that not all may see. `from tests.unit.boards_site import *`."""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.web_pages.judging import JUDGED
from tests.unit.website import Website, prepare

__all__ = ["bargains", "prepared_website"]

BOARDS = {
    **JUDGED,
    "views/kinds.yaml": """
entity: bargain
label: {en: By kind, zh: 按类型}
show: board
by: kind
card: [name, due, owner]
sum: discount
limits: {usual: 1}
where: is_blank(code)
""",
    "views/large.yaml": """
entity: bargain
label: {en: Large, zh: 大额}
where: amount >= 500
""",
    "roles/administrator.yaml": JUDGED["roles/administrator.yaml"].replace(
        "product: {create: true, read: all, update: all, delete: all, fields: {",
        "product: {create: true, read: all, fields: {unit: read, ",
    ),
    "views/secrets.yaml": """
entity: product
label: {en: By cost, zh: 按成本}
show: board
by: unit
sum: cost
""",
    "entities/product.yaml": """
label: {en: Product, zh: 产品}
plural: {en: Products}
fields:
  name: {type: text, required: true, searchable: true, label: {en: Name, zh: 名称}}
  unit: {type: picklist, options: {piece: Piece, hour: Hour}, restricted: true, label: {en: Unit, zh: 单位}}
  price: {type: money, label: {en: Price, zh: 价格}}
  cost: {type: money, restricted: true, label: {en: Cost, zh: 成本}}
""",
}


@pytest.fixture(scope="module")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    return prepare(tmp_path_factory.mktemp("boards"), BOARDS)


@pytest.fixture
def bargains(website: Website) -> dict[str, int]:
    rows = {
        "Ample": {"amount": "900", "kind": "usual"},
        "Brief": {"amount": "100.50", "kind": "usual", "discount": "4"},
        "Crisp": {"amount": "700", "discount": "10"},
        "Done": {"amount": "50", "stage": "lost", "reason": "no", "kind": "usual", "code": "old"},
    }
    return {name: website.add("bargain", "rep", name=name, **values) for name, values in rows.items()}
