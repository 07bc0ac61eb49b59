"""The list page: columns of the view, sort, quick filters, search, pages, and the actions on selected rows."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import replace
from types import MappingProxyType
from typing import TYPE_CHECKING
from urllib.parse import urlencode

from flask import jsonify, request
from werkzeug.exceptions import Forbidden, NotFound
from werkzeug.wrappers import Response

from app.access import FieldRights, has_right, models_of
from app.definition import Entity
from app.definition.field_types import FILE_TYPES
from app.definition.memory import remembered
from app.frozen import dataclass
from app.insight import BadQuery, Filter, ListedView, ListQuery, Page, boards_of, in_view, list_records, views_of
from app.insight.paging import default_sort
from app.insight.query import COUNT_LIMIT, Sort, parse_sort
from app.insight.saved import Opened, first_of
from app.insight.stages import staying
from app.insight.stale import stale_among
from app.web.pages.addresses import may_mail
from app.web.pages.cells import Cell
from app.web.pages.chips import drawn_chips
from app.web.pages.filtering import FILTER, Asking, asking_of, criteria_chips
from app.web.pages.filters import Condition, as_filters, every_condition
from app.web.pages.heads import is_column_sortable, plain_heads
from app.web.pages.inputs import Input
from app.web.pages.rows import Head, ListRow, cells_of
from app.web.pages.saved import find_opened, form, may_save, note_of, save, saved_of, to_keep_of
from app.web.pages.words import sentence_case

if TYPE_CHECKING:
    from app.web.pages.desk import EntityDesk

ROWS = 25
DENSE = 7  # from so many columns on a laptop shows avatars without names
LONGEST_SEARCH = 100
NO_VIEWS: Mapping[str, ListedView] = MappingProxyType({})


@dataclass(frozen=True)
class Asked:
    """What the query string asks of the list."""

    search: str
    sort: Sort
    cursor: str | None
    conditions: tuple[Condition, ...]
    view: ListedView | None = None
    asking: Asking = Asking()
    saved: Opened | None = None

    @property
    def filtered(self) -> bool:
        return bool(self.search) or self.asking.active or any(each.active for each in self.conditions)


def require(view: EntityDesk, verb: str) -> None:
    """Raises Forbidden unless the actor may use the verb on some records of the entity."""
    if not view.can(verb):
        raise Forbidden


def asked_of(view: EntityDesk, boards: Mapping[str, ListedView] = NO_VIEWS) -> Asked:
    """Reads the query string. What does not fit is left out. A board knows the views of lists and its own."""
    arguments = request.args
    search = arguments.get("q", "").replace("\0", "").strip()[:LONGEST_SEARCH]
    rights = view.rights(view.entity_key)
    sort = tuple(
        (key, descends)
        for key, descends in parse_sort(arguments.get("sort", "")[:200].split(","))[:3]
        if key in rights.clear and is_column_sortable(view, key)
    )
    views = {**views_of(view.catalog, view.actor, view.entity_key), **boards}
    saved = find_opened(view)
    listed = views.get(arguments.get("view", "")) if saved is None else saved.listed
    wanted = listed.filters if listed is not None else ()
    asked = tuple(every_condition(view.catalog, rights, view.entity_key, arguments, wanted))
    stated = arguments.get(FILTER)  # it stands for that of a saved view, also where it is blank
    text = (saved.condition if saved is not None else "") if stated is None else stated
    asking = asking_of(view.catalog, view.actor, view.entity_key, text)
    return Asked(search, sort, arguments.get("cursor") or None, asked, listed, asking, saved)


def columns_of(view: EntityDesk, asked: Asked) -> tuple[str, ...]:
    """The columns of the list, or of its view, that this person may see; the name comes first. Never none."""
    return columns_for(view.entity, view.rights(view.entity_key), asked.view)


def columns_for(entity: Entity, rights: FieldRights, listed: ListedView | None) -> tuple[str, ...]:
    """As `columns_of`, for whom these rights are."""
    own = listed.columns if listed is not None else ()
    wanted = own or entity.list.columns or (entity.name_field, *list(entity.fields)[:5], "owner")
    seen = tuple(dict.fromkeys(key for key in wanted if rights.sees(key)))
    if entity.name_field in seen:
        return (entity.name_field, *(key for key in seen if key != entity.name_field))
    return seen or ("id",)


def why_not_all(asked: Asked) -> str:
    """The key of the text that says why nothing is done with all rows of the list; "" where it may be: those of a view that
    is carried out in part are more than was meant.
    """
    return "saved.not_all" if asked.saved is not None and asked.saved.withheld else ""


def same_list(view: EntityDesk) -> str:
    """The address of the list that this request is about."""
    query = request.query_string.decode("ascii", "replace")
    return f"{view.address}?{query}" if query else view.address


def query_of(view: EntityDesk, asked: Asked, columns: Sequence[str]) -> ListQuery:
    """The list as insight is asked for it. An expression that can't be asked is asked as a field that nobody has: whoever
    reads the list refuses it, and no list is longer than was wanted.
    """
    filters: tuple[Filter, ...] = (*as_filters(view.catalog, view.entity_key, asked.conditions), *asked.asking.filters)
    if asked.asking.problem is not None:
        filters = (Filter("", "is_blank"),)
    query = ListQuery(
        entity=view.entity_key,
        columns=tuple(columns),
        filters=filters,
        search=asked.search,
        sort=asked.sort,
        cursor=asked.cursor,
        limit=ROWS,
        counted=True,
        where=asked.asking.where,
    )
    return query if asked.view is None else in_view(query, asked.view)


def view_form(view: EntityDesk) -> Response:
    """GET and POST /<entity>/views: keeps what the list asks as a view."""
    require(view, "read")
    asked = asked_of(view)
    sort = _written(asked.sort or (asked.view.sort if asked.view is not None else ()))
    columns = asked.view.columns if asked.view is not None else ()
    to_keep = to_keep_of(view, _conditions(asked), asked.conditions, sort, columns)
    return (save if request.method == "POST" else form)(view, to_keep, asked.saved)


def _conditions(asked: Asked) -> list[str]:
    """The texts of what the list is asked: of the pack's view that it is within, and of the filter."""
    own = asked.view.view.where if asked.view is not None else None
    return [each for each in (own, asked.asking.text if asked.asking.problem is None else "") if each]


def read_page(view: EntityDesk, query: ListQuery) -> tuple[Page, str]:
    """The page; when the query is refused, the first page without its conditions, and why."""
    try:
        return list_records(view.session, view.actor, query), ""
    except BadQuery as error:
        plain = replace(query, filters=(), where=(), sort=(), cursor=None)
        return list_records(view.session, view.actor, plain), error.text(view.language)


def problem_of(view: EntityDesk, asked: Asked, problem: str) -> str:
    """What is wrong with the query: of its expression in its own words."""
    return problem if asked.asking.problem is None else asked.asking.problem.text(view.language)


def show(view: EntityDesk) -> Response:
    """GET /<entity>/. Without a query the view that opens first for the actor, if he has one."""
    require(view, "read")
    first = first_of(saved_of(view), view.actor) if not request.args else None
    if first is not None:
        return view.go(f"{view.address}?{urlencode({'view': first.id})}")
    asked = asked_of(view)
    columns = columns_of(view, asked)
    page, problem = read_page(view, query_of(view, asked, columns))
    problem = problem_of(view, asked, problem)
    around = _around(view, columns)
    rights = around.can
    heads = _heads(view, around, asked)
    title = view.plural(view.entity_key)
    in_text = sentence_case(title, view.language)
    total = f"{COUNT_LIMIT:,}+" if page.more else "" if page.count is None else f"{page.count:,}"
    return view.page(
        "list.html",
        title=title,
        many=in_text,
        here=view.entity_key,
        one=sentence_case(view.singular(view.entity_key), view.language),
        base=view.address,
        views=views_to_choose(view, asked, title),
        board_href=board_href(view),
        view_key=asked.view.view.key if asked.view is not None else "",
        view_help=asked.view.view.help.in_language(view.language) if asked.view is not None else "",
        clear_href=_clear_href(view, asked),
        save_href=_save_href(view, asked),
        is_own=asked.saved is not None and asked.saved.saved.user == view.actor.user_id,
        left_out=note_of(view, asked.saved),
        entity_icon=view.icon,
        help=view.entity.help.in_language(view.language),
        can=rights,
        whole=not problem and not why_not_all(asked),
        heads=heads,
        dense=len(heads) >= DENSE,
        rows=_rows(view, page, columns),
        filters=drawn_chips(view, asked.conditions),
        criteria=criteria_chips(view, asked.asking),
        filter=asked.asking.text,
        builder_href=builder_href(view, asked),
        filtered=asked.filtered,
        q=asked.search,
        sort=_written(asked.sort),
        total=total,
        total_help=view.t("list.counted") if page.more else "",
        caption=view.t("list.caption", what=title, count=len(page.rows)),
        range_text=_range(view, page, total),
        stale=len(stale_among(view.session, view.entity_key, [row.id for row in page.rows])),
        previous_href=_paged(view, page.previous),
        next_href=_paged(view, page.next),
        csv_href=_csv(view),
        mail_href=_csv(view, "bulk/mail"),
        bulk_fields=around.bulk_fields,
        owner_input=around.owner_input,
        problem=problem,
    )


def builder_href(view: EntityDesk, asked: Asked) -> str:
    """The address of the filter builder for this list."""
    query = urlencode([*_kept("cursor", FILTER), *([(FILTER, asked.asking.text)] if asked.asking.active else [])])
    return f"{view.address}filter" + (f"?{query}" if query else "")


def _clear_href(view: EntityDesk, asked: Asked) -> str:
    return _view_address(view, asked.view) if asked.saved is None else f"{view.address}?view=all"


def _save_href(view: EntityDesk, asked: Asked) -> str:
    """The address that keeps what is asked as a view; "" where there is nothing to keep, or no right to."""
    if not may_save(view) or not (asked.filtered or asked.sort or asked.saved):
        return ""
    kept = _kept("cursor")
    return f"{view.address}views" + (f"?{urlencode(kept)}" if kept else "")


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
    whole = Choice(view.t("list.every", what=everything), address, asked.view is None)
    here = asked.saved.saved.id if asked.saved is not None else 0
    return [
        whole,
        *(
            Choice(label_of(each, view.language), _view_address(view, each), each is asked.view)
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
    kept = _kept("cursor", "sort")
    return f"{view.address}board/" + (f"?{urlencode(kept)}" if kept else "")


def field_of_board(entity: Entity, rights: FieldRights) -> str | None:
    """The field of the board that every entity with stages has: its first one that this person reads in clear."""
    return next((line.field for line in entity.pipelines.values() if line.field in rights.clear), None)


def _view_address(view: EntityDesk, listed: ListedView | None) -> str:
    if listed is None:
        return view.address
    base = view.address if listed.view.show == "list" else f"{view.address}board/"
    return f"{base}?{urlencode({'view': listed.view.key})}"


def count_of(view: EntityDesk) -> Response:
    """GET /<entity>/count: how many records are in a view, counted up to a thousand. For numbers in the menu."""
    require(view, "read")
    listed = views_of(view.catalog, view.actor, view.entity_key).get(request.args.get("view", ""))
    if listed is None:
        raise NotFound
    query = in_view(
        ListQuery(view.entity_key, columns=("id",), limit=1, counted=True), replace(listed, columns=(), sort=())
    )
    page = list_records(view.session, view.actor, query)
    return jsonify(text=f"{COUNT_LIMIT:,}+" if page.more else f"{page.count or 0:,}")


@dataclass(frozen=True)
class _Around:
    """What stands around the rows, alike for all who have the same roles and language: see `_abilities` for `can`."""

    can: Mapping[str, bool]
    heads: tuple[tuple[Head, bool], ...]  # and whether one can sort by it
    bulk_fields: Sequence[tuple[str, str]]
    owner_input: Input | None


def _around(view: EntityDesk, columns: tuple[str, ...]) -> _Around:
    key = ("around list", view.actor.grant_key, view.language, view.entity_key, columns)
    return remembered(view.catalog, key, lambda: _make_around(view, columns))


def _make_around(view: EntityDesk, columns: tuple[str, ...]) -> _Around:
    can = _abilities(view)
    return _Around(
        can=can,
        heads=tuple(plain_heads(view, columns, editable=can["update"])),
        bulk_fields=_bulk_fields(view) if can["edit"] else (),
        owner_input=_owner_input(view) if can["assign"] else None,
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
    return {**can, "pick": can["edit"] or can["assign"] or can["delete"] or can["mail"]}


def _heads(view: EntityDesk, around: _Around, asked: Asked) -> tuple[Head, ...]:
    """The heads with the order of the list as it is asked for, and links to others."""
    current = dict(
        asked.sort
        or (asked.view.sort if asked.view is not None else ())
        or default_sort(models_of(view.session), view.rights(view.entity_key))
    )
    kept = _kept("cursor", "sort")

    def ordered(head: Head) -> Head:
        descends = current.get(head.key)
        order = {None: "none", False: "ascending", True: "descending"}[descends]
        sort = f"-{head.key}" if descends is False else head.key
        return head._replace(order=order, href=f"{view.address}?{urlencode([*kept, ('sort', sort)])}")

    return tuple(ordered(head) if sortable else head for head, sortable in around.heads)


def _rows(view: EntityDesk, page: Page, columns: Sequence[str]) -> list[ListRow]:
    painters = [(key, view.painter(view.entity_key, key)) for key in columns]
    late = _late(view, page, columns)
    blank_name = f"#{{}} {view.singular(view.entity_key)}"
    found = []
    for row in page.rows:
        cells = cells_of(row, painters)
        for place, staying_too_long in late.items():
            if row.id in staying_too_long:
                cells[place] = cells[place]._replace(title=view.t("stage.is_late"))
        if cells[0].kind == "blank":
            cells[0] = Cell("text", blank_name.format(row.id))
        found.append(ListRow(row.id, row.version, view.t("list.pick", name=cells[0].text), tuple(cells)))
    return found


def _late(view: EntityDesk, page: Page, columns: Sequence[str]) -> dict[int, frozenset[int]]:
    """By the place of a stage's column the records that stay in their stage for too long."""
    fields, clear = view.entity.every_field, view.rights(view.entity_key).clear
    ids, now = [row.id for row in page.rows], view.store.clock()
    return {
        place: staying(view.session, view.actor, view.entity_key, key, ids, now)
        for place, key in enumerate(columns)
        if fields[key].type == "stage" and key in clear
    }


def _range(view: EntityDesk, page: Page, total: str) -> str:
    if not page.rows:
        return view.t("list.range_none")
    if page.previous is None:
        return view.t("list.range", first=1, last=len(page.rows), total=total)
    return view.t("list.range_unknown", count=len(page.rows), total=total)


def _written(sort: Sort) -> str:
    return ",".join(("-" if descends else "") + key for key, descends in sort)


def _with(view: EntityDesk, **changed: str) -> str:
    """The address of the list with these parts of its query changed; the page begins anew."""
    return f"{view.address}?{urlencode([*_kept('cursor', *changed), *changed.items()])}"


def _kept(*but: str) -> list[tuple[str, str]]:
    """What the query of this request says, without these parts."""
    return [(key, value) for key, value in request.args.items(multi=True) if key not in but and value]


def _paged(view: EntityDesk, cursor: str | None) -> str:
    return _with(view, cursor=cursor) if cursor else ""


def _csv(view: EntityDesk, where: str = "csv") -> str:
    """The address of what is made of the whole list."""
    kept = _kept("cursor")
    return f"{view.address}{where}" + (f"?{urlencode(kept)}" if kept else "")


def _bulk_fields(view: EntityDesk) -> list[tuple[str, str]]:
    writable = view.rights(view.entity_key).writable(creating=False)
    fields = view.entity.every_field.values()
    return [
        (each.key, view.label(view.entity_key, each.key))
        for each in fields
        if each.key in writable and each.type not in FILE_TYPES
    ]


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
