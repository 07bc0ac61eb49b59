"""What stands around the rows of a list: heads, and what the buttons are decided by."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from app.access import has_right, models_of
from app.definition.field_types import FILE_TYPES
from app.definition.memory import remembered
from app.definition.waiting import tags_field
from app.frozen import dataclass
from app.insight.paging import default_sort
from app.web.pages.addresses import may_mail
from app.web.pages.heads import plain_heads
from app.web.pages.inputs import Input, InputMaker, Typed
from app.web.pages.list_asked import Asked, besides
from app.web.pages.rows import Head
from app.web.pages.words import sentence_case

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


@dataclass(frozen=True)
class Around:
    """What stands around the rows, alike for all who have the same roles and language: see `_abilities` for `can`."""

    can: Mapping[str, bool]
    heads: tuple[tuple[Head, bool], ...]  # and whether one can sort by it
    bulk_fields: Sequence[tuple[str, str]]
    owner_input: Input | None
    tag_inputs: tuple[Input, ...]  # what is added, and what is taken away


def around_list(view: EntityDesk, columns: tuple[str, ...]) -> Around:
    """What stands around the rows of a list with these columns, worked out once for all who see it alike."""
    key = ("around list", view.actor.grant_key, view.language, view.entity_key, columns)
    return remembered(view.catalog, key, lambda: _make_around(view, columns))


def _make_around(view: EntityDesk, columns: tuple[str, ...]) -> Around:
    can = _abilities(view)
    return Around(
        can=can,
        heads=tuple(plain_heads(view, columns, editable=can["update"])),
        bulk_fields=_bulk_fields(view) if can["edit"] else (),
        owner_input=_owner_input(view) if can["assign"] else None,
        tag_inputs=_tag_inputs(view) if can["tag"] else (),
    )


def _abilities(view: EntityDesk) -> Mapping[str, bool]:
    """What the buttons of the list are decided by: on some records; which ones is decided for each at the save."""
    bulk = has_right(view.catalog, view.actor, "bulk_edit") or view.can("update")
    assignable = "owner" in view.rights(view.entity_key).writable(creating=False)
    can = {
        "create": view.can("create"),
        "update": view.can("update"),
        "edit": bulk and view.can("update"),
        "assign": assignable and view.can("assign"),
        "delete": view.can("delete"),
        "export": view.can("export"),
        "bin": view.can("restore") and view.entity.soft_delete,
        "mail": may_mail(view),
    }
    can["tag"] = can["edit"] and tags_of(view) is not None
    return {**can, "pick": any(can[each] for each in ("edit", "assign", "delete", "mail", "export"))}


def tags_of(view: EntityDesk) -> str | None:
    """The field that holds the tags of records, where the actor reads and writes it."""
    key, rights = tags_field(view.entity), view.rights(view.entity_key)
    return key if key in rights.clear and key in rights.writable(creating=False) else None


def heads_of(view: EntityDesk, around: Around, asked: Asked) -> tuple[Head, ...]:
    """The heads with the order of the list as it is asked for, and links to others."""
    current = dict(
        asked.sort
        or (asked.view.sort if asked.view is not None else ())
        or default_sort(models_of(view.session), view.rights(view.entity_key))
    )
    kept = besides("cursor", "sort")

    def ordered(head: Head) -> Head:
        descends = current.get(head.key)
        order = {None: "none", False: "ascending", True: "descending"}[descends]
        sort = f"-{head.key}" if descends is False else head.key
        return head._replace(order=order, href=f"{view.address}?{urlencode([*kept, ('sort', sort)])}")

    return tuple(ordered(head) if sortable else head for head, sortable in around.heads)


def _bulk_fields(view: EntityDesk) -> list[tuple[str, str]]:
    writable = view.rights(view.entity_key).writable(creating=False)
    fields = view.entity.every_field.values()
    return [
        (each.key, view.label(view.entity_key, each.key))
        for each in fields
        if each.key in writable and each.type not in FILE_TYPES and each.consent is None  # which each says for himself
    ]


def _tag_inputs(view: EntityDesk) -> tuple[Input, ...]:
    key = tags_of(view)
    assert key is not None
    made = InputMaker(view.catalog, view.entity_key, view.formats, {}).make(view.entity.every_field[key], Typed())
    plain = replace(made, placeholder=view.t("list.tags_hint"), help="", required=False, wide=False)
    return tuple(
        replace(plain, name=name, id=f"bulk-{name}", label=view.t(key))
        for name, key in (("add", "list.tags_add"), ("remove", "list.tags_remove"))
    )


def _owner_input(view: EntityDesk) -> Input:
    people = sentence_case(view.plural("user"), view.language)
    hint = view.t("form.lookup_hint", what=people)
    label = view.t("list.new_owner")
    return Input(
        name="value",
        id="bulk-owner",
        label=label,
        kind="lookup",
        source="/user/lookup",
        placeholder=hint,
        required=True,
    )
