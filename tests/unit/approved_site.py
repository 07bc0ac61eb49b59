"""The small company of `website` with offers, whose stage moves by approval: of a manager, of large ones also of Ada.

Rita asks; Mona, who leads her team, and then Ada are asked. The colleague reads none of it.
"""

from tests.unit.website import PACK

OFFERED = {
    **PACK,
    "menu.yaml": PACK["menu.yaml"].replace(
        "groups:\n",
        """groups:
  work: {label: {en: My work, zh: 我的工作}, items: {offer: {}}}
""",
    ),
    "entities/offer.yaml": """
label: {en: Offer, zh: 报盘}
plural: {en: Offers}
fields:
  name:   {type: text, required: true, max_length: 60, label: {en: Name, zh: 名称}}
  amount: {type: money, label: {en: Amount, zh: 金额}}
  margin: {type: money, restricted: true, label: {en: Margin, zh: 毛利}}
  terms:  {type: text, label: {en: Terms, zh: 条款}}
  stage:  {type: stage, label: {en: Stage, zh: 阶段}}
pipelines:
  sale:
    field: stage
    moves: any
    stages:
      draft: {label: {en: Draft, zh: 草稿}, target_conversion: 60, guide: {en: Write it., zh: 编写报盘}}
      sent:  {label: {en: Sent, zh: 已发出}, required: [terms]}
      won:   {label: {en: Won, zh: 成交}, category: won}
    transitions:
      send: {from: draft, to: sent, approval: release}
list: {columns: [name, amount, stage, owner], sort: [name]}
layout:
  highlights: [stage, amount, owner]
  tabs:
    overview:
      sections:
        base: {label: {en: Basics, zh: 基本信息}, fields: [name, amount, margin, terms, stage]}
""",
    "approvals/release.yaml": """
label: {en: Release of an offer, zh: 报盘放行}
entity: offer
show: [name, amount, margin]
read_only: [amount]
steps:
  lead: {label: {en: Team lead, zh: 团队负责人}, approvers: {role: manager}, within: 2 days}
  head: {label: {en: Head office, zh: 总部}, when: amount > 1000, approvers: {role: administrator}}
""",
    "roles/rep.yaml": PACK["roles/rep.yaml"]
    + "  offer:   {create: true, read: own, update: own, delete: own, transition: own}\n",
    "roles/manager.yaml": PACK["roles/manager.yaml"].replace("  deal:", "  offer:   {read: team}\n  deal:"),
}
