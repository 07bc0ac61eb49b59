"""The small company behind the web with deals that conditions and rules judge."""

from __future__ import annotations

from tests.unit.website import PACK

JUDGED = {
    **PACK,
    "entities/bargain.yaml": """
label: {en: Bargain, zh: 买卖}
plural: {en: Bargains, zh: 买卖}
fields:
  name:     {type: text, required: true, label: {en: Name, zh: 名称}}
  stage:    {type: stage, label: {en: Stage, zh: 阶段}}
  amount:   {type: money, label: {en: Amount, zh: 金额}}
  discount: {type: percent, label: {en: Discount, zh: 折扣}}
  reason:   {type: text, visible_when: 'stage == "lost"', required_when: 'true', label: {en: Lost reason, zh: 输单原因}}
  approver: {type: text, required_when: amount >= 10000, label: {en: Approver, zh: 审批人}}
  code:     {type: text, read_only_when: 'stage == "lost"', label: {en: Code, zh: 编码}}
  kind:
    type: picklist
    label: {en: Kind, zh: 类型}
    options: {usual: {label: {en: Usual, zh: 普通}}, gift: {label: {en: Gift, zh: 赠送}, allowed_when: is_blank(amount)}}
  due:      {type: date, default: {formula: 'add_days(today(), 7)'}, label: {en: Due, zh: 截止日期}}
  class:
    type: picklist
    options: {low: {label: {en: Low, zh: 低}}, high: {label: {en: High, zh: 高}}}
    override: true
    formula: 'if(amount >= 1000, "high", "low")'
    label: {en: Class, zh: 分级}
pipelines:
  line:
    field: stage
    stages:
      new: {label: {en: New, zh: 新建}}
      lost: {label: {en: Lost, zh: 输单}, category: lost}
rules:
  sober:
    require: is_blank(amount) or amount < 1000000
    field: amount
    message: {en: Nobody pays that much., zh: 金额过大。}
  big_discount:
    require: is_blank(discount) or discount <= 20
    when: is_changed(discount)
    field: discount
    severity: warning
    message: {en: That is a big discount., zh: 折扣较大。}
  other_class:
    require: not is_changed(class)
    when: code == "agreed"
    severity: warning
    message: {en: The class was agreed on., zh: 分级已商定。}
list: {columns: [name, stage, amount, discount, kind], sort: [name]}
layout:
  tabs:
    overview:
      sections:
        base: {label: {en: Basics, zh: 基本信息}, fields: [name, stage, amount, discount, reason, approver, code, kind, due, class]}
""",
}
for _role in ("rep", "administrator"):
    JUDGED[f"roles/{_role}.yaml"] = JUDGED[f"roles/{_role}.yaml"].replace(
        "grants:\n",
        "grants:\n  bargain: {create: true, read: all, update: all, delete: all, restore: all, transition: all}\n",
    )
JUDGED["roles/rep.yaml"] += "rights: [bulk_edit]\n"
