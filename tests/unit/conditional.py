"""The small company with an entity whose form follows what is typed: `from tests.unit.conditional import *` in a test module
takes the place of its pack.
"""

from __future__ import annotations

from pathlib import Path

import pytest

from tests.unit.website import PACK, prepare

__all__ = ["CONDITIONAL", "prepared_website"]

REP = PACK["roles/rep.yaml"] + "  claim: {create: true, read: own, update: own, transition: own}\n"
CONDITIONAL = {
    "roles/rep.yaml": REP,
    "entities/claim.yaml": """
label: {en: Claim, zh: 索赔}
plural: {en: Claims}
fields:
  name:     {type: text, required: true, label: {en: Name, zh: 名称}}
  stage:    {type: stage, label: {en: Stage, zh: 阶段}}
  reason:
    type: picklist
    label: {en: Reason, zh: 原因}
    visible_when: stage == "lost"
    required_when: stage == "lost"
    options:
      price: {label: {en: Price, zh: 价格}}
      rival: {label: {en: Rival, zh: 竞品}}
      large: {label: {en: Too large, zh: 过大}, allowed_when: amount > 1000}
  rival:    {type: text, required_when: reason == "rival", label: {en: Which rival, zh: 竞争对手}}
  account:  {type: lookup, to: account, label: {en: Account, zh: 客户}}
  favour:   {type: text, visible_when: account.level == "a", label: {en: Favour, zh: 优待}}
  urgent:   {type: boolean, label: {en: Urgent, zh: 加急}}
  kind:
    type: picklist
    label: {en: Kind, zh: 类型}
    options: {company: {label: {en: Company, zh: 企业}}, person: {label: {en: Person, zh: 个人}}}
  code:
    type: text
    visible_when: kind == "company"
    required_when: kind == "company"
    clear_when_hidden: true
    label: {en: Tax code, zh: 税号}
  region:
    type: picklist
    label: {en: Region, zh: 大区}
    options: {north: {label: {en: North, zh: 北}}, south: {label: {en: South, zh: 南}}}
  city:
    type: picklist
    depends_on: region
    label: {en: City, zh: 城市}
    options:
      beijing:  {parent: north, label: {en: Beijing, zh: 北京}}
      tianjin:  {parent: north, label: {en: Tianjin, zh: 天津}}
      shenzhen: {parent: south, label: {en: Shenzhen, zh: 深圳}}
  amount:   {type: money, label: {en: Amount, zh: 金额}}
  rate:     {type: percent, label: {en: Rate, zh: 税率}}
  total:    {type: money, formula: "round(amount * (100 + coalesce(rate, 0)) / 100, 2)", label: {en: With tax, zh: 含税}}
  ceiling:  {type: money, restricted: true, label: {en: Ceiling, zh: 上限}}
  consent:  {type: text, visible_when: "amount > coalesce(ceiling, 5000)", label: {en: Consent, zh: 批准}}
  fixed:    {type: text, read_only_when: stage == "review", label: {en: Agreed, zh: 约定}}
  follow:   {type: date, default: {formula: "add_days(date(\\"2026-01-31\\"), if(urgent, 1, 7))"}, label: {en: Follow up, zh: 跟进}}
  haste:    {type: text, label: {en: Why the haste, zh: 加急原因}}
  sum:      {type: money, formula: sum_of(lines.amount), label: {en: Sum, zh: 合计}}
pipelines:
  main:
    field: stage
    stages:
      open:   {label: {en: Open, zh: 进行中}}
      review: {label: {en: Review, zh: 审核}, required: [amount]}
      won:    {label: {en: Won, zh: 成交}, category: won}
      lost:   {label: {en: Lost, zh: 流失}, category: lost}
    transitions:
      again: {label: {en: Again, zh: 重开}, from: lost, to: open, roles: [manager]}
list: {columns: [name, stage, reason, fixed, amount], sort: [name]}
layout:
  highlights: [amount]
  tabs:
    overview:
      sections:
        base:
          label: {en: Basics, zh: 基本信息}
          fields:
            [name, stage, reason, rival, account, favour, urgent, kind, code, region, city, amount, rate, total, consent, fixed,
             follow, sum]
        hurry: {label: {en: Hurry, zh: 加急}, fields: [haste], visible_when: urgent}
        lines: {label: {en: Lines, zh: 明细}, related: lines, columns: [name, quantity, price, amount]}
""",
    "entities/claim_line.yaml": """
label: {en: Claim line, zh: 索赔明细}
plural: {en: Claim lines}
parent: {field: claim, part: true}
fields:
  claim:    {type: lookup, to: claim, required: true, inverse: lines, label: {en: Claim, zh: 索赔}}
  name:     {type: text, required: true, label: {en: What, zh: 内容}}
  quantity: {type: decimal, scale: 2, default: 1, label: {en: Quantity, zh: 数量}}
  price:    {type: money, required_when: quantity > 0, label: {en: Price, zh: 单价}}
  amount:   {type: money, formula: "round(quantity * price, 2)", label: {en: Amount, zh: 金额}}
""",
}


@pytest.fixture(scope="session")
def prepared_website(tmp_path_factory: pytest.TempPathFactory) -> tuple[Path, dict[str, int]]:
    """A folder with `pack/` and `crm.db`, settled once; tests copy it."""
    return prepare(tmp_path_factory.mktemp("conditional"), {**PACK, **CONDITIONAL})
