"""What may be opened beside the list itself: views of the pack, saved ones, boards."""

from __future__ import annotations

from typing import TYPE_CHECKING
from urllib.parse import urlencode

from app.access import FieldRights
from app.definition import Entity
from app.frozen import dataclass
from app.insight import ListedView, boards_of, calendars_of, views_of
from app.insight.saved import first_of
from app.web.pages.filtering import FILTER, OF
from app.web.pages.list_asked import Asked, besides
from app.web.pages.saved import saved_of
from app.web.pages.words import sentence_case

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk


@dataclass(frozen=True)
class Choice:
    """One of the views that may be opened; the first is the whole list. `mark` is the icon of one that was saved."""

    label: str
    href: str
    here: bool
    mark: str = ""


def views_to_choose(view: EntityDesk, asked: Asked, everything: str) -> list[Choice]:
    """The views of the list and the boards that are more than another look at it; none where there is but the list itself."""
    lists = views_of(view.catalog, view.actor, view.entity_key).values()
    boards = boards_of(view.catalog, view.actor, view.entity_key).values()
    saved = saved_of(view)
    if not lists and not boards and not saved:
        return []
    address = f"{view.address}?view=all" if first_of(saved, view.actor) else view.address
    whole = Choice(view.t("list.every", what=sentence_case(everything, view.language)), address, asked.view is None)
    here = asked.saved.saved.id if asked.saved is not None else 0
    return [
        whole,
        *(
            Choice(label_of(each, view.language), view_address(view, each), each is asked.view)
            for each in (*lists, *boards)
        ),
        *(
            Choice(
                each.name,
                f"{view.address}?view={each.id}",
                each.id == here,
                "people" if each.share != "mine" else "star",
            )
            for each in saved
        ),
    ]


def label_of(listed: ListedView, language: str) -> str:
    """What people read for a view."""
    return listed.view.label.in_language(language) or listed.view.key


def board_href(view: EntityDesk) -> str:
    """The address of the board of this list, asked what the list is asked; "" where there is none."""
    if field_of_board(view.entity, view.rights(view.entity_key)) is None:
        return ""
    kept = besides("cursor", "sort")
    return f"{view.address}board/" + (f"?{urlencode(kept)}" if kept else "")


def calendar_href(view: EntityDesk) -> str:
    """As `board_href`, of the calendar."""
    if not calendars_of(view.catalog, view.actor, view.entity_key):
        return ""
    kept = besides("cursor", "sort", "on", "per")
    return f"{view.address}calendar/" + (f"?{urlencode(kept)}" if kept else "")


def builder_href(view: EntityDesk, asked: Asked, of: str = "") -> str:
    """The address of the filter builder for this list; `of` names another page of `PLACES` that it leads back to."""
    asks = [(FILTER, asked.asking.text)] if asked.asking.active else []
    query = urlencode([*besides("cursor", FILTER, OF), *asks, *([(OF, of)] if of else [])])
    return f"{view.address}filter" + (f"?{query}" if query else "")


def field_of_board(entity: Entity, rights: FieldRights) -> str | None:
    """The field of the board that every entity with stages has: its first one that this person reads in clear."""
    return next((line.field for line in entity.pipelines.values() if line.field in rights.clear), None)


def view_address(view: EntityDesk, listed: ListedView | None) -> str:
    """The address of a view of the pack; None: of the list itself."""
    if listed is None:
        return view.address
    base = view.address if listed.view.show == "list" else f"{view.address}board/"
    return f"{base}?{urlencode({'view': listed.view.key})}"
