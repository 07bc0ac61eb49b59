"""The board: a column for each stage or option, a card for each record, moved by drag and drop, by keys or by a dialog."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import replace
from decimal import Decimal
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import request
from werkzeug.exceptions import NotFound
from werkzeug.wrappers import Response

from app.definition import Catalog, Entity, Field
from app.frozen import dataclass
from app.insight import MOST_COLUMNS, BadQuery, BoardColumn, ListedView, Row, boards_of, read_board
from app.insight.query import COUNT_LIMIT
from app.insight.stages import staying
from app.web.pages.cells import Cell
from app.web.pages.chips import drawn_chips
from app.web.pages.filtering import criteria_chips
from app.web.pages.filters import PREFIX
from app.web.pages.heads import area_of
from app.web.pages.lateness import Lateness
from app.web.pages.list_asked import Asked, asked_of, columns_for, problem_of, query_of, require
from app.web.pages.list_choices import builder_href, calendar_href, field_of_board, views_to_choose
from app.web.pages.saved import note_of
from app.web.pages.words import sentence_case

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

CARDS = 20
"""Cards of a column; the list has the rest."""
_ADDED_UP = frozenset({"integer", "decimal"})


@dataclass(frozen=True)
class Card:
    """One record. `second` stands below the name, `strong` is its amount, `more` are label and value of what has no place of
    its own, `foot` a date; `late` says that it stays in its stage for too long.
    """

    id: int
    version: int
    name: str
    second: Cell | None
    strong: Cell | None
    more: tuple[tuple[str, Cell], ...]
    foot: Cell | None
    owner: Cell | None
    late: str


@dataclass(frozen=True)
class Column:
    """The cards with one value. `over` says that it holds more than it should; `more_href` leads to all of them."""

    value: str
    head: Cell
    count: str
    sum: str
    over: str
    cards: tuple[Card, ...]
    more: str
    more_href: str


@dataclass(frozen=True)
class Shape:
    """What a board is of: the field, what is added up, what its cards show, how many records a column should hold."""

    by: str
    sum: str | None
    card: tuple[str, ...]
    limits: Mapping[str, int]


def show(view: EntityDesk) -> Response:
    """GET /<entity>/board/. Raises NotFound where the entity has no board for this person."""
    require(view, "read")
    boards = boards_of(view.catalog, view.actor, view.entity_key)
    own = boards.get(request.args.get("view", ""))
    shape = _shape(view, own)
    if shape is None:
        raise NotFound
    asked = asked_of(view, boards)
    values = _values(view.catalog, view.entity, shape)
    columns, problem = _read(view, asked, shape, values)
    left = len(view.catalog.choices(view.entity_key, shape.by)) - sum(each is not None for each in values)
    late = _late(view, shape, columns)
    listed = asked.view.view if asked.view is not None else None
    title = view.plural(view.entity_key)
    field = view.entity.every_field[shape.by]
    return view.page(
        "board.html",
        title=title,
        many=sentence_case(title, view.language),
        one=sentence_case(view.singular(view.entity_key), view.language),
        here=view.entity_key,
        base=view.address,
        views=views_to_choose(view, asked, title),
        view_key=listed.key if listed is not None else "",
        view_help=listed.help.in_language(view.language) if listed is not None else "",
        entity_icon=view.icon,
        help=view.entity.help.in_language(view.language),
        is_empty=not left and all(each.count == 0 for each in columns),
        list_href=_list_href(view, own),
        calendar_href=calendar_href(view),
        can_create=view.can("create"),
        movable=_is_movable(view, field),
        by=shape.by,
        by_label=view.label(view.entity_key, shape.by),
        is_stage=field.type == "stage",
        columns=list(_drawn(view, asked, shape, columns, late)),
        total=_total(columns),
        filters=drawn_chips(view, asked.conditions),
        criteria=criteria_chips(view, asked.asking, f"{view.address}board/"),
        builder_href=builder_href(view, asked, "board"),
        filter=asked.asking.text,
        filtered=asked.filtered,
        clear_href=f"{view.address}board/" + (f"?{urlencode({'view': listed.key})}" if listed else ""),
        q=asked.search,
        left_out=note_of(view, asked.saved),
        problem=problem_of(view, asked, problem) or (view.t("board.left_out", count=left) if left else ""),
    )


def _shape(view: EntityDesk, own: ListedView | None) -> Shape | None:
    rights = view.rights(view.entity_key)
    if own is not None:
        found = own.view
        assert found.by is not None
        card = own.columns or columns_for(view.entity, rights, None)
        return Shape(found.by, found.sum if found.sum in rights.clear else None, _named(view, card), found.limits)
    by = field_of_board(view.entity, rights)
    if by is None:
        return None
    card = tuple(key for key in columns_for(view.entity, rights, None) if key != by)
    amount = next((key for key in card if view.entity.every_field[key].type == "money" and key in rights.clear), None)
    return Shape(by, amount, card[:6], {})


def _named(view: EntityDesk, card: Sequence[str]) -> tuple[str, ...]:
    """The name first, where it may be seen."""
    name = view.entity.name_field
    seen = (name,) if view.rights(view.entity_key).sees(name) else ()
    return (*seen, *(key for key in card if key != name))


def _values(catalog: Catalog, entity: Entity, shape: Shape) -> tuple[str | None, ...]:
    """The values that have a column: retired ones are among them as long as records have them."""
    field = entity.every_field[shape.by]
    choices = tuple(catalog.choices(entity.key, shape.by))[: MOST_COLUMNS - 1]
    return choices if field.required or field.type == "stage" else (*choices, None)


def _read(
    view: EntityDesk, asked: Asked, shape: Shape, values: Sequence[str | None]
) -> tuple[tuple[BoardColumn, ...], str]:
    columns = dict.fromkeys((*shape.card, *Lateness(view, view.entity_key, shape.card).needed))
    query = replace(query_of(view, asked, tuple(columns)), limit=CARDS, counted=False, cursor=None)
    try:
        return read_board(view.session, view.actor, query, shape.by, values, shape.sum), ""
    except BadQuery as error:
        plain = replace(query, filters=(), where=(), sort=())
        found = read_board(view.session, view.actor, plain, shape.by, values, shape.sum)
        return found, error.text(view.language)


def _late(view: EntityDesk, shape: Shape, columns: Sequence[BoardColumn]) -> frozenset[int]:
    if view.entity.every_field[shape.by].type != "stage":
        return frozenset()
    ids = [row.id for column in columns for row in column.rows]
    return staying(view.session, view.actor, view.entity_key, shape.by, ids, view.store.clock())


def _drawn(
    view: EntityDesk, asked: Asked, shape: Shape, columns: Sequence[BoardColumn], late: frozenset[int]
) -> Iterator[Column]:
    choices = view.catalog.choices(view.entity_key, shape.by)
    head = view.painter(view.entity_key, shape.by)
    maker = _CardMaker(view, shape, late)
    for each in columns:
        if each.count == 0 and (each.value is None or choices[each.value].retired):
            continue
        limit = shape.limits.get(each.value or "")
        over = limit is not None and (each.count is None or each.count > limit)
        rest = "" if each.count == len(each.rows) else _rest(view, each)
        yield Column(
            value=each.value or "",
            head=head(each.value) if each.value is not None else Cell("text", view.t("list.blank")),
            count=f"{COUNT_LIMIT:,}+" if each.count is None else f"{each.count:,}",
            sum="" if each.sum is None or shape.sum is None else _amount(view, shape.sum, each.sum),
            over=view.t("board.over", limit=limit) if over else "",
            cards=tuple(map(maker.make, each.rows)),
            more=rest,
            more_href=_rest_href(view, asked, shape, each.value) if rest else "",
        )


def _rest(view: EntityDesk, column: BoardColumn) -> str:
    return view.t("board.all") if column.count is None else view.t("board.more", count=column.count - len(column.rows))


def _rest_href(view: EntityDesk, asked: Asked, shape: Shape, value: str | None) -> str:
    """The list of what a column holds; of a board of its own without what only that says."""
    name = PREFIX + shape.by
    kept = [(key, each) for key, each in request.args.items(multi=True) if key not in {"cursor", "view", name} and each]
    if asked.view is not None and asked.view.view.show == "list":
        kept.append(("view", asked.view.view.key))
    return f"{view.address}?{urlencode([*kept, (name, value or '-')])}"


def _list_href(view: EntityDesk, own: ListedView | None) -> str:
    kept = [(key, value) for key, value in request.args.items(multi=True) if value and (key != "view" or own is None)]
    return view.address + (f"?{urlencode(kept)}" if kept else "")


def _amount(view: EntityDesk, key: str, value: Decimal) -> str:
    field = view.entity.every_field[key]
    return view.formats.money(value) if field.type == "money" else view.formats.number(value, field.decimals)


def _total(columns: Sequence[BoardColumn]) -> str:
    """How many records there are, where that is known."""
    if any(each.count is None for each in columns):
        return f"{COUNT_LIMIT:,}+"
    return f"{sum(each.count or 0 for each in columns):,}"


def _is_movable(view: EntityDesk, field: Field) -> bool:
    """Whether the person may give some records another value; which ones is decided at each save."""
    writable = field.key in view.rights(view.entity_key).writable(creating=False)
    return writable and view.can("transition" if field.type == "stage" else "update")


class _CardMaker:
    """Draws the records of one board: which field stands where is decided once."""

    def __init__(self, view: EntityDesk, shape: Shape, late: frozenset[int]) -> None:
        self.view, self.late = view, late
        self.due = Lateness(view, view.entity_key, shape.card)
        self.painters = {key: view.painter(view.entity_key, key) for key in shape.card}
        self.places = {place: key for key, place in area_of(view, shape.card).items() if place != "stage"}
        placed = {shape.card[0], *self.places.values()}
        self.more = [key for key in shape.card if key not in placed]
        self.name = shape.card[0] if shape.card[0] == view.entity.name_field else None
        self.nameless = f"#{{}} {view.singular(view.entity_key)}"

    def make(self, row: Row) -> Card:
        """The card of a record."""
        cells = {
            key: self.due.cell(row.values, key, paint(row.values.get(key))) for key, paint in self.painters.items()
        }
        name = cells[self.name] if self.name is not None else None
        shown = {place: cells[key] for place, key in self.places.items() if cells[key].kind != "blank"}
        more = tuple(
            (self.view.label(self.view.entity_key, key), cells[key]) for key in self.more if cells[key].kind != "blank"
        )
        return Card(
            id=row.id,
            version=row.version,
            name=self.nameless.format(row.id) if name is None or name.kind == "blank" else name.text,
            second=shown.get("acc"),
            strong=shown.get("money"),
            more=more,
            foot=shown.get("date"),
            owner=shown.get("owner"),
            late=self.view.t("stage.is_late") if row.id in self.late else "",
        )
