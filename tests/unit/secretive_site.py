"""A company that keeps values from some of its people: masked, encrypted, both."""

from __future__ import annotations

from tests.unit.website import PACK

PHONE, PASSPORT, SCRIPT, MAIL = "+8613812345678", "E12345678", "the secret heart", "wang@example.com"
SECRETIVE = {
    **PACK,
    "backups.yaml": 'full: {every: week, day: sunday, at: "02:00", keep: 8 copies}\nencrypt: false\n',
    "entities/patient.yaml": """
label: {en: Patient, zh: 患者}
plural: {en: Patients, zh: 患者}
fields:
  name:     {type: text, required: true, searchable: true, label: {en: Name, zh: 姓名}}
  mobile:   {type: phone, indexed: true, sensitive: {mask: phone, encrypt: true}, label: {en: Mobile, zh: 手机}}
  passport: {type: text, unique: true, ignore_case: true, sensitive: {mask: last4, encrypt: true}, label: {en: Passport, zh: 护照}}
  illness: {type: long_text, restricted: true, sensitive: {encrypt: true}, label: {en: Case history, zh: 病史}}
  mail:     {type: email, sensitive: {encrypt: true}, label: {en: E-mail, zh: 邮箱}}
  plain:    {type: phone, searchable: true, label: {en: Other phone, zh: 其他电话}}
  fee:      {type: money, sensitive: {}, label: {en: Fee, zh: 费用}}
list: {columns: [name, mobile, passport, plain, fee]}
""",
    "entities/dose.yaml": """
label: {en: Dose, zh: 用药}
plural: {en: Doses}
parent: {field: patient, part: true}
fields:
  patient: {type: lookup, to: patient, required: true, inverse: doses, label: {en: Patient, zh: 患者}}
  name:    {type: text, required: true, label: {en: Name, zh: 名称}}
  batch:   {type: text, sensitive: {mask: last4, encrypt: true}, label: {en: Batch, zh: 批号}}
  price:   {type: text, sensitive: {mask: all}, label: {en: Price, zh: 价格}}
""",
    "roles/rep.yaml": PACK["roles/rep.yaml"].replace(
        "grants:",
        "limits: {reveals: 3}\ngrants:\n  patient: {create: true, read: all, update: all, export: all, "
        "fields: {plain: {mask: phone}, mobile: {reveal: true}}}"
        "\n  dose: {fields: {batch: {reveal: true}}}",
        1,
    ),
    "roles/administrator.yaml": PACK["roles/administrator.yaml"].replace(
        "grants:",
        "grants:\n  patient: {create: true, read: all, update: all, delete: all, export: all, "
        "fields: {mobile: write, passport: write, illness: write, fee: write}}",
        1,
    ),
}
