"""The register of personal data: what is kept of people, what for, how long and who reads it, as the configuration says."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator

from app.access import Actor, FieldRight, field_rights
from app.definition import Catalog, Entity, Field
from app.definition.privacy import CATEGORIES, SENSITIVE_CATEGORIES
from app.definition.text import Text
from app.frozen import dataclass
from app.manual.lengths import length_text
from app.manual.table import JOINTS

COLUMNS: dict[str, Text] = {
    "entity": Text({"en": "Kept in", "zh": "所在实体"}),
    "field": Text({"en": "Field", "zh": "字段"}),
    "category": Text({"en": "Kind", "zh": "类别"}),
    "separate_consent": Text({"en": "Needs a consent of its own", "zh": "需单独同意"}),
    "purpose": Text({"en": "What for", "zh": "处理目的"}),
    "wording": Text({"en": "Agreed to", "zh": "同意内容"}),
    "kept": Text({"en": "How long", "zh": "保存期限"}),
    "readers": Text({"en": "Read by", "zh": "可查看的角色"}),
}
_NO_END = Text({"en": "no end is stated", "zh": "未规定期限"})
_YES = Text({"en": "yes", "zh": "是"})
_COMMAS = {"en": ", ", "zh": "，"}
_SEMICOLONS = {"en": "; ", "zh": "；"}
_ACTIONS = {
    "erase": Text({"en": "then erased", "zh": "到期删除"}),
    "anonymise": Text({"en": "then anonymised", "zh": "到期匿名化"}),
    "archive": Text({"en": "then put into the bin", "zh": "到期移入回收站"}),
}


@dataclass(frozen=True)
class Registered:
    """One field. `key` is `entity.field`; `readers` are keys of roles that read it in clear."""

    key: str
    entity: Text
    field: Text
    category: str
    separate_consent: bool
    purpose: str
    wording: Text
    kept: Text
    readers: tuple[str, ...]

    def told(self, catalog: Catalog, language: str) -> dict[str, str]:
        """Its words by column."""
        return {
            "entity": self.entity.in_language(language),
            "field": self.field.in_language(language),
            "category": CATEGORIES[self.category].in_language(language),
            "separate_consent": _YES.in_language(language) if self.separate_consent else "",
            "purpose": self.purpose,
            "wording": self.wording.in_language(language),
            "kept": self.kept.in_language(language),
            "readers": JOINTS.get(language, ", ").join(
                catalog.roles[key].label.in_language(language) or key for key in self.readers
            ),
        }


def register_of(catalog: Catalog) -> tuple[Registered, ...]:
    """Every field that the configuration marks as personal, or by which somebody agrees, in the order of the text."""
    return tuple(_every(catalog))


def register_csv(catalog: Catalog, language: str) -> str:
    """The register for spreadsheets, with a head."""
    out = io.StringIO()
    writer = csv.writer(out)
    writer.writerow(each.in_language(language) for each in COLUMNS.values())
    writer.writerows(each.told(catalog, language).values() for each in register_of(catalog))
    return out.getvalue()


def _every(catalog: Catalog) -> Iterator[Registered]:
    for entity in catalog.entities.values():
        for key, a_field in entity.fields.items():
            personal, consent = a_field.personal, a_field.consent
            if personal is None and consent is None:
                continue
            stated = "consent" if personal is None else personal.category
            category = stated if stated in CATEGORIES else "other"
            yield Registered(
                f"{entity.key}.{key}",
                entity.label,
                a_field.label,
                category,
                category in SENSITIVE_CATEGORIES,
                (personal.purpose if personal is not None else None)
                or (consent.purpose if consent is not None else ""),
                consent.text if consent is not None else Text(),
                _kept(entity, a_field),
                tuple(role for role in catalog.roles if _reads(catalog, role, entity.key, key)),
            )


def _kept(entity: Entity, a_field: Field) -> Text:
    """How long, in words: what the field says itself, then its entity, and what the law asks."""
    said: list[Text] = []
    if a_field.personal is not None and a_field.personal.retention is not None:
        said.append(_after(a_field.personal.retention, _ACTIONS["erase"]))
    if entity.retention is not None:
        said.append(_after(entity.retention.after, _ACTIONS[entity.retention.action]))
    if entity.kept_by_law:
        said.append(entity.kept_by_law)
    texts = said or [_NO_END]
    return Text({name: joint.join(each.in_language(name) for each in texts) for name, joint in _SEMICOLONS.items()})


def _after(length: str, then: Text) -> Text:
    told = length_text(length)
    return Text({name: f"{told.in_language(name)}{joint}{then.in_language(name)}" for name, joint in _COMMAS.items()})


def _reads(catalog: Catalog, role: str, entity: str, key: str) -> bool:
    somebody = Actor(0, role, frozenset({role}))
    return field_rights(catalog, somebody, entity).right(key) >= FieldRight.READ
