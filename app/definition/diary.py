"""The entity `activity` of a pack, in which it stands what was said and when: what mails that come in are filed as. Pure."""

from __future__ import annotations

from app.definition.catalog import Catalog

ACTIVITY = "activity"
AT, KIND, CONTENT, MAIL = "at", "kind", "content", "mail"


def keeps_mails(catalog: Catalog) -> bool:
    """Whether mails can be filed: as an activity with a text for its name, a moment `at`, a long text `content`, and lookups."""
    entity = catalog.entities.get(ACTIVITY)
    if entity is None:
        return False
    name, at, content = (entity.fields.get(key) for key in (entity.name_field, AT, CONTENT))
    return (
        name is not None and name.type == "text" and not name.is_computed
        and at is not None and at.type == "datetime"
        and content is not None and content.type == "long_text"
        and bool(lookups_of(catalog))
    )  # fmt: skip


def is_mail_kind(catalog: Catalog) -> bool:
    """Whether an activity can say that it was a mail."""
    field = catalog.entities[ACTIVITY].fields.get(KIND)
    return field is not None and field.type == "picklist" and MAIL in catalog.choices(ACTIVITY, KIND)


def lookups_of(catalog: Catalog) -> dict[str, str]:
    """What an activity is about: its lookups to one entity each, but people, by the key of the field."""
    fields = catalog.entities[ACTIVITY].fields.values()
    return {
        each.key: each.targets[0]
        for each in fields
        if each.type == "lookup" and len(each.targets) == 1 and not each.is_list and each.targets[0] != "user"
    }
