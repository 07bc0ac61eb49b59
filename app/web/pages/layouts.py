"""How a record is laid out: the entity's layout as far as this person may see it, or a plain one where it states none."""

from __future__ import annotations

from collections.abc import Iterator
from typing import TYPE_CHECKING

from app.definition import Entity, Field, Inverse, Section
from app.frozen import dataclass
from app.insight import part_columns
from app.web.i18n import text_in

if TYPE_CHECKING:
    from app.access import FieldRights
    from app.web.pages.desk import EntityDesk

DEFAULT_TAB = "overview"
RELATED_TAB = "related"
MOST_RELATED = 6
HIGHLIGHTS = 5
PLACE_FIELDS = ("owner", "department", "team")


@dataclass(frozen=True)
class Part:
    """A section: fields, or the records of a related entity with the columns that are seen of them."""

    key: str
    label: str
    per_row: int
    fields: tuple[Field, ...] = ()
    inverse: Inverse | None = None
    columns: tuple[str, ...] = ()
    visible_when: str | None = None


@dataclass(frozen=True)
class Sheet:
    """A tab with its sections; never empty."""

    key: str
    label: str
    parts: tuple[Part, ...]


def sheets_of(view: EntityDesk) -> tuple[Sheet, ...]:
    """The tabs of a record, without what this person may not see. Parts that the layout leaves out end the first one."""
    sheets = _sheets(view)
    placed = {part.inverse for sheet in sheets for part in sheet.parts}
    own = (view.catalog.inverses(view.entity_key)[name] for name in view.catalog.parts_of(view.entity_key))
    left = (_related_part(view, Section(key=each.name, related=each.name)) for each in own if each not in placed)
    parts = tuple(part for part in left if part is not None)
    if not parts or not sheets:
        return sheets
    first = Sheet(sheets[0].key, sheets[0].label, (*sheets[0].parts, *parts))
    return (first, *sheets[1:])


def _sheets(view: EntityDesk) -> tuple[Sheet, ...]:
    layout = view.entity.layout.for_roles(view.actor.roles)
    if not layout.tabs:
        return tuple(_plain_sheets(view))
    found = []
    for tab in layout.tabs.values():
        parts = tuple(_parts(view, tab.sections.values()))
        if parts:
            label = tab.label.in_language(view.language) or parts[0].label or tab.key
            found.append(Sheet(tab.key, label, parts))
    return tuple(found) or tuple(_plain_sheets(view))


def _parts(view: EntityDesk, sections: object) -> Iterator[Part]:
    rights = view.rights(view.entity_key)
    for section in sections:  # type: ignore[attr-defined]
        if section.hidden:
            continue
        if section.related:
            part = _related_part(view, section)
            if part is not None:
                yield part
            continue
        fields = tuple(view.entity.every_field[key] for key in section.fields if rights.sees(key))
        if fields:
            label, shown = section.label.in_language(view.language), section.visible_when
            yield Part(section.key, label, section.per_row, fields, visible_when=shown)


def _related_part(view: EntityDesk, section: Section) -> Part | None:
    inverse = view.catalog.inverses(view.entity_key).get(section.related or "")
    if inverse is None or not _may_relate(view, inverse):
        return None
    rights, link = view.rights(inverse.entity), view.catalog.part_link(inverse.entity)
    if link is not None and (link.whole, link.field) != (view.entity_key, inverse.field):
        return None  # a part of something else has no page that one could go to
    label = section.label.in_language(view.language) or view.plural(inverse.entity)
    columns = tuple(key for key in section.columns if rights.sees(key))
    columns = columns or (part_columns(view.catalog, rights, link) if link else _short_columns(view, inverse, rights))
    return Part(section.key, label, 1, (), inverse, columns, section.visible_when)


def _may_relate(view: EntityDesk, inverse: Inverse) -> bool:
    """Whether the records that point here may be listed: they are read, and by this lookup in clear."""
    return view.may("read", inverse.entity) and inverse.field in view.rights(inverse.entity).clear


def _short_columns(view: EntityDesk, inverse: Inverse, rights: FieldRights) -> tuple[str, ...]:
    other = view.catalog.entities[inverse.entity]
    wanted = (other.name_field, *other.list.columns, *other.fields)
    seen = [key for key in dict.fromkeys(wanted) if key != inverse.field and rights.sees(key)]
    return tuple(seen[:5])


def _plain_sheets(view: EntityDesk) -> Iterator[Sheet]:
    """The layout of an entity that states none: all fields, then whatever points here."""
    rights, entity = view.rights(view.entity_key), view.entity
    fields = tuple(field for key, field in entity.fields.items() if rights.sees(key))
    places = tuple(entity.every_field[key] for key in PLACE_FIELDS if rights.sees(key))
    parts = []
    if fields:
        parts.append(Part("details", text_in(view.language, "record.details"), 2, fields))
    if places:
        parts.append(Part("place", view.label(view.entity_key, "owner"), 2, places))
    if parts:
        yield Sheet(DEFAULT_TAB, text_in(view.language, "record.overview"), tuple(parts))
    inverses = view.catalog.inverses(view.entity_key)
    others = [name for name in inverses if name not in view.catalog.parts_of(view.entity_key)]
    sections = (Section(key=name, related=name) for name in others[:MOST_RELATED])
    related = tuple(part for part in map(lambda each: _related_part(view, each), sections) if part)  # noqa: C417
    if related:
        yield Sheet(RELATED_TAB, text_in(view.language, "record.related"), related)


def highlights_of(entity: Entity, rights: FieldRights, roles: frozenset[str]) -> tuple[str, ...]:
    """The key figures of the header; where the layout states none: stage, money, dates and the owner."""
    stated = entity.layout.for_roles(roles).highlights
    if not stated:
        telling = [key for key, field in entity.fields.items() if field.type in {"stage", "money", "date", "percent"}]
        stated = (*telling[:4], "owner")
    return tuple(key for key in stated if rights.sees(key))[: HIGHLIGHTS + 1]
