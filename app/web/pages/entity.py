"""The pages of one entity, generated from the catalog, and the one door through which addresses reach them.

Each entity has a class of its own, registered with Flask-AppBuilder under the entity's key (`can_read on account`). The
addresses are registered once for all: `/<entity>/…` costs the same for two entities and for two hundred.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from flask import request
from werkzeug.routing import BaseConverter, Map, ValidationError
from werkzeug.wrappers import Response

from app.definition import VERBS, Catalog
from app.web.pages import (
    asking,
    beside,
    bins,
    boards,
    bulk,
    bulk_mails,
    calendars,
    composing,
    doing,
    export,
    filtering,
    forms,
    inline,
    list_asked,
    list_columns,
    lists,
    lookups,
    moving,
    peeks,
    record_teams,
    records,
    totals,
    worked_out,
)
from app.web.pages.base import PageView, expose, parse_id
from app.web.pages.desk import EntityDesk
from app.web.security.gate import unattended


class EntityPages(PageView):
    """The view of one entity, as Flask-AppBuilder knows it: a name and its permissions. It has no addresses of its own."""

    entity_key = ""
    include_route_methods: frozenset[str] = frozenset()


def pages_class(entity: str) -> type[EntityPages]:
    """The class of an entity's pages, with the permission names that Flask-AppBuilder knows it by."""
    name = "Crm" + "".join(part.capitalize() for part in entity.split("_")) + "Pages"
    attributes: dict[str, Any] = {
        "__module__": __name__,
        "__doc__": f"The pages of {entity}.",
        "entity_key": entity,
        "class_permission_name": entity,
        "previous_class_permission_name": name,
        "base_permissions": [f"can_{verb}" for verb in VERBS],
        "route_base": f"/{entity}",
    }
    return type(name, (EntityPages,), attributes)


class EntityConverter(BaseConverter):
    """The part of an address that is the key of an entity."""

    part_isolating = True

    def __init__(self, map: Map, known: Iterable[str] = ()) -> None:  # noqa: A002 - Werkzeug's name
        super().__init__(map)
        self.known = frozenset(known)

    def to_python(self, value: str) -> str:
        """The key. Raises ValidationError for what is no entity."""
        if value not in self.known:
            raise ValidationError
        return value


def converter_for(catalog: Catalog) -> type[EntityConverter]:
    """A converter that knows the entities of a catalog."""
    keys = frozenset(key for key in catalog.entities if catalog.part_link(key) is None)

    class Converter(EntityConverter):
        def __init__(self, map: Map) -> None:  # noqa: A002 - Werkzeug's name
            super().__init__(map, keys)

    return Converter


class EntityDoor(PageView):
    """`/<entity>/…`: finds the entity's pages and lets them answer."""

    route_base = "/<entity:entity>"
    default_view = "list"

    def __init__(self, pages: Mapping[str, EntityDesk]) -> None:
        super().__init__()
        self.pages = pages

    @expose("/")
    def list(self, entity: str) -> Response:
        """The list."""
        return lists.show(self.pages[entity])

    @expose("/board/")
    def board(self, entity: str) -> Response:
        """The board."""
        return boards.show(self.pages[entity])

    @expose("/calendar/")
    def calendar(self, entity: str) -> Response:
        """The calendar."""
        return calendars.show(self.pages[entity])

    @expose("/count")
    @unattended
    def count(self, entity: str) -> Response:
        """How many records are in a view, as JSON."""
        return lists.count_of(self.pages[entity])

    @expose("/totals")
    def totals(self, entity: str) -> Response:
        """What the figures of the list amount to, as JSON."""
        return totals.show(self.pages[entity])

    @expose("/csv")
    def csv(self, entity: str) -> Response:
        """The list as a file."""
        return export.csv_of(self.pages[entity])

    @expose("/filter", methods=["GET", "POST"])
    def filter(self, entity: str) -> Response:
        """The filter builder."""
        list_asked.require(self.pages[entity], "read")
        return (filtering.build if request.method == "POST" else filtering.show)(self.pages[entity])

    @expose("/views", methods=["GET", "POST"])
    def views(self, entity: str) -> Response:
        """Keep what the list asks as a view."""
        return lists.view_form(self.pages[entity])

    @expose("/columns", methods=["GET", "POST"])
    def columns(self, entity: str) -> Response:
        """Choose the columns of the list, and how dense its rows are."""
        return (list_columns.save if request.method == "POST" else list_columns.form)(self.pages[entity])

    @expose("/lookup")
    def lookup(self, entity: str) -> Response:
        """Records to choose from, as JSON."""
        return lookups.options(self.pages[entity])

    @expose("/tags")
    def tags(self, entity: str) -> Response:
        """Tags that were given before, as JSON."""
        return lookups.tags(self.pages[entity])

    @expose("/input")
    def input(self, entity: str) -> Response:
        """The input of one field, for the dialog that changes many records."""
        return bulk.input_of(self.pages[entity])

    @expose("/bulk/edit", methods=["POST"])
    def bulk_edit(self, entity: str) -> Response:
        """Change one field of many records."""
        return bulk.edit(self.pages[entity])

    @expose("/bulk/tags", methods=["POST"])
    def bulk_tags(self, entity: str) -> Response:
        """Add and take away tags of many records."""
        return bulk.tag(self.pages[entity])

    @expose("/bulk/csv", methods=["POST"])
    def bulk_csv(self, entity: str) -> Response:
        """The chosen records as a file."""
        return bulk.csv(self.pages[entity])

    @expose("/bulk/delete", methods=["POST"])
    def bulk_delete(self, entity: str) -> Response:
        """Delete many records."""
        return bulk.delete(self.pages[entity])

    @expose("/bulk/mail", methods=["POST"])
    def bulk_mail(self, entity: str) -> Response:
        """Begin a mail to many records."""
        return bulk_mails.begin(self.pages[entity])

    @expose("/bin/")
    def bin(self, entity: str) -> Response:
        """Deleted records."""
        return bins.show(self.pages[entity])

    @expose("/bin/restore", methods=["POST"])
    def restore(self, entity: str) -> Response:
        """Restore deleted records."""
        return bins.restore(self.pages[entity])

    @expose("/new", methods=["GET", "POST"])
    def new(self, entity: str) -> Response:
        """The form for a new record."""
        return forms.new(self.pages[entity])

    @expose("/form/state", methods=["POST"])
    def form_state(self, entity: str) -> Response:
        """What a form shows and asks for, for what is typed in it, as JSON."""
        state = composing.state if "about" in request.args else moving.state if "move" in request.args else forms.state
        return state(self.pages[entity])

    @expose("/form/alike", methods=["POST"])
    def form_alike(self, entity: str) -> Response:
        """Records that look like what is typed in a new form, as JSON."""
        return forms.alike_now(self.pages[entity])

    @expose("/<string:record>")
    def record(self, entity: str, record: str) -> Response:
        """One record."""
        return records.show(self.pages[entity], parse_id(record))

    @expose("/<string:record>/edit", methods=["GET", "POST"])
    def edit(self, entity: str, record: str) -> Response:
        """The form of a record."""
        return forms.edit(self.pages[entity], parse_id(record))

    @expose("/<string:record>/delete", methods=["POST"])
    def delete(self, entity: str, record: str) -> Response:
        """Delete a record."""
        return records.delete(self.pages[entity], parse_id(record))

    @expose("/<string:record>/done", methods=["POST"])
    def done(self, entity: str, record: str) -> Response:
        """Mark done what is to be done."""
        return doing.done(self.pages[entity], parse_id(record))

    @expose("/<string:record>/stage", methods=["POST"])
    def stage(self, entity: str, record: str) -> Response:
        """Move a record to another stage."""
        return moving.move(self.pages[entity], parse_id(record))

    @expose("/<string:record>/approval", methods=["GET", "POST"])
    def approval(self, entity: str, record: str) -> Response:
        """Ask for the approval of a move."""
        return asking.ask(self.pages[entity], parse_id(record))

    @expose("/<string:record>/overrule", methods=["POST"])
    def overrule(self, entity: str, record: str) -> Response:
        """Let another value count than the computed one, or withdraw that."""
        return worked_out.overrule(self.pages[entity], parse_id(record))

    @expose("/<string:record>/reveal", methods=["POST"])
    def reveal(self, entity: str, record: str) -> Response:
        """Show a masked value once, for a reason."""
        return records.reveal(self.pages[entity], parse_id(record))

    @expose("/<string:record>/beside")
    def beside(self, entity: str, record: str) -> Response:
        """The records next to it in a list, as JSON."""
        return beside.show(self.pages[entity], parse_id(record))

    @expose("/<string:record>/peek")
    def peek(self, entity: str, record: str) -> Response:
        """A small card about a record, for links to it."""
        return peeks.show(self.pages[entity], parse_id(record))

    @expose("/<string:record>/timeline")
    def timeline(self, entity: str, record: str) -> Response:
        """Older pages of a record's timeline, or one kind of it."""
        return composing.timeline(self.pages[entity], parse_id(record))

    @expose("/<string:record>/timeline", methods=["POST"])
    def compose(self, entity: str, record: str) -> Response:
        """Write down a call, a note or a task in the timeline of a record."""
        return composing.add(self.pages[entity], parse_id(record))

    @expose("/<string:record>/team", methods=["POST"])
    def team(self, entity: str, record: str) -> Response:
        """Give a colleague a place on a record's team."""
        return record_teams.give(self.pages[entity], parse_id(record))

    @expose("/<string:record>/team/<string:user>/end", methods=["POST"])
    def team_end(self, entity: str, record: str, user: str) -> Response:
        """Take a colleague's place on a record's team away."""
        return record_teams.take(self.pages[entity], parse_id(record), parse_id(user))

    @expose("/<string:record>/cell", methods=["GET", "POST"])
    def cell(self, entity: str, record: str) -> Response:
        """Edit one cell of a list in its place."""
        return inline.cell(self.pages[entity], parse_id(record))
