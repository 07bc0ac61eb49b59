"""The small company with what is said and done about its customers: chats, with kinds, and errands."""

from __future__ import annotations

from tests.unit.website import PACK

VISITED = """
label: {en: Chat, zh: 沟通}
plural: {en: Chats}
name_field: subject
parent: account
timeline: {at: at, kind: kind, text: content, fields: [content, contact, mood]}
fields:
  subject: {type: text, required: true, max_length: 30, label: {en: Subject, zh: 主题}}
  kind:    {type: picklist, options: chat_kind, required: true, default: call, label: {en: Kind, zh: 方式}}
  at:      {type: datetime, required: true, label: {en: When, zh: 时间}}
  account: {type: lookup, to: account, required: true, inverse: chats, on_delete: cascade, label: {en: Account, zh: 客户}}
  contact: {type: lookup, to: contact, inverse: chats, on_delete: clear, label: {en: Contact, zh: 联系人}}
  content: {type: long_text, max_length: 200, label: {en: Content, zh: 内容}}
  mood:    {type: integer, min: 1, max: 5, label: {en: Mood, zh: 气氛}}
  order:   {type: lookup, to: order, inverse: chats, on_delete: clear, label: {en: Order, zh: 订单}}
  hidden:  {type: text, restricted: true, label: {en: Hidden, zh: 隐藏}}
"""
CHATTY = PACK | {
    "picklists/chat_kind.yaml": """
label: {en: Kind, zh: 方式}
options: {call: {label: {en: Call, zh: 电话}}, note: {label: {en: Note, zh: 备注}}}
""",
    "entities/chat.yaml": VISITED,
    "entities/errand.yaml": """
label: {en: Errand, zh: 事项}
plural: {en: Errands}
timeline: {fields: [name, due]}
fields:
  name:    {type: text, required: true, label: {en: Name, zh: 名称}}
  due:     {type: date, label: {en: Due, zh: 截止}}
  account: {type: lookup, to: account, inverse: errands, on_delete: clear, label: {en: Account, zh: 客户}}
""",
    "roles/rep.yaml": PACK["roles/rep.yaml"]
    + "  chat: {create: true, read: own}\n  errand: {create: true, read: own}\n",
    "roles/manager.yaml": PACK["roles/manager.yaml"].replace("rights:", "  errand: {read: none}\nrights:"),
}
