"""Everything that only reads: lists, records, labels, lookups."""

from app.insight.boards import MOST_COLUMNS, BoardColumn, read_board
from app.insight.calendars import MOST_EVENTS, Event, read_calendar
from app.insight.labels import labels
from app.insight.lists import add_up, count_exact, list_records, pointing_filter, related, sortable_fields
from app.insight.lookups import LookupOption, lookup_options
from app.insight.overrides import Overridden, overridden, override_to_wire
from app.insight.parts import part_columns, parts_to_wire, read_parts
from app.insight.query import (
    COUNT_LIMIT,
    LARGEST_PAGE,
    OPERATORS,
    OPERATORS_OF,
    AnyLinkReference,
    AnyReference,
    BadQuery,
    Filter,
    LinkReference,
    ListQuery,
    Operator,
    Page,
    Reference,
    Row,
    parse_filter,
    parse_sort,
)
from app.insight.records import BIN_FIELDS, default_columns, get_record
from app.insight.tags import tag_suggestions
from app.insight.views import ListedView, boards_of, calendars_of, in_view, views_of
from app.insight.wire import to_wire, value_to_wire

__all__ = [
    "BIN_FIELDS", "COUNT_LIMIT", "LARGEST_PAGE", "MOST_COLUMNS", "MOST_EVENTS", "OPERATORS", "OPERATORS_OF", "AnyLinkReference",
    "AnyReference", "BadQuery", "BoardColumn", "Event", "Filter", "LinkReference", "ListQuery", "ListedView", "LookupOption",
    "Operator", "Overridden", "Page", "Reference", "Row", "add_up", "boards_of", "calendars_of", "count_exact", "default_columns",
    "get_record", "in_view", "labels", "list_records", "lookup_options", "overridden", "override_to_wire", "parse_filter",
    "parse_sort", "part_columns", "parts_to_wire", "pointing_filter", "read_board", "read_calendar", "read_parts", "related",
    "sortable_fields", "tag_suggestions", "to_wire", "value_to_wire", "views_of",
]  # fmt: skip
