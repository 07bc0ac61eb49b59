"""What a list is asked for and what it answers, as values."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import field
from types import MappingProxyType
from typing import Literal, get_args

from app.definition import Field, Text
from app.expression import Checked
from app.frozen import dataclass

Operator = Literal[
    "equals", "not_equals", "in", "not_in", "contains", "starts_with", "less", "at_most", "greater", "at_least",
    "between", "has_any", "has_all", "is_blank", "is_not_blank",
]  # fmt: skip
OPERATORS: tuple[Operator, ...] = get_args(Operator)

_SAME = ("equals", "not_equals", "in", "not_in")
_ORDER = ("less", "at_most", "greater", "at_least", "between")
_HAS = ("has_any", "has_all")
_BLANK = ("is_blank", "is_not_blank")
OPERATORS_OF: Mapping[str, tuple[str, ...]] = MappingProxyType(
    {
        "text": (*_SAME, "contains", "starts_with", *_BLANK),
        "integer": (*_SAME, *_ORDER, *_BLANK),
        "decimal": (*_SAME, *_ORDER, *_BLANK),
        "boolean": ("equals", "not_equals"),
        "date": (*_SAME, *_ORDER, *_BLANK),
        "datetime": ("equals", "not_equals", *_ORDER, *_BLANK),
        "option": (*_SAME, *_BLANK),
        "reference": (*_SAME, *_BLANK),
        "any": (*_SAME, *_BLANK),
        "options": (*_HAS, *_BLANK),
        "references": (*_HAS, *_BLANK),
        "tags": (*_HAS, *_BLANK),
        "time": (*_SAME, *_ORDER, *_BLANK),
        "duration": (*_SAME, *_ORDER, *_BLANK),
        "location": _BLANK,
        "json": _BLANK,
        "address": ("contains", *_BLANK),
        "file": _BLANK,
    }
)
"""The operators that fit what a field holds."""


def operators_of(field: Field) -> tuple[str, ...]:
    """The operators that fit a field. Of rich text only whether there is any: its words are found by the search; of what is
    encrypted, too, unless it is kept in an index by which its whole value is found.
    """
    if field.encrypted and (field.unique or field.indexed):
        return ("equals", "in", *_BLANK)
    return _BLANK if field.type == "rich_text" or field.encrypted else OPERATORS_OF[field.holds]


COUNT_LIMIT = 1_000
LARGEST_PAGE = 1_000
MOST_FILTERS = 50
MOST_VALUES = 500
MOST_WANTED = 20  # values that a list must have all of: each is a condition of its own

_REASONS: Mapping[str, Text] = MappingProxyType(
    {
        # One text whether the field does not exist, is hidden or is masked: the answer must not tell which.
        "field": Text({"en": "There is no field “{name}” to ask for.", "zh": "没有可用的字段“{name}”。"}),
        "operator": Text({"en": "“{name}” can't be compared like this.", "zh": "“{name}”不支持这种比较方式。"}),
        "value": Text({"en": "“{name}” can't be compared with this value.", "zh": "“{name}”不能与该值比较。"}),
        "sort": Text({"en": "The list can't be sorted by “{name}”.", "zh": "列表不能按“{name}”排序。"}),
        "cursor": Text({"en": "The page mark does not fit this list.", "zh": "分页标记与当前列表不符。"}),
        "limit": Text({"en": "The list is asked for too much at once.", "zh": "一次请求的内容过多。"}),
        "aggregates": Text(
            {"en": "At most {name} aggregates can be asked for at once.", "zh": "一次最多可使用 {name} 个聚合条件。"}
        ),
        "where": Text({"en": "The list can't be asked this.", "zh": "列表不支持该条件。"}),
        "search": Text({"en": "The search text is not valid.", "zh": "搜索内容无效。"}),
    }
)


class BadQuery(ValueError):
    """A list was asked for something that it can't answer. Tells nothing of what the actor may not read."""

    code = "request.malformed"

    def __init__(self, reason: str, name: str = "") -> None:
        self.reason = reason
        self.name = name
        self.message = self.text("en")
        super().__init__(self.message)

    def text(self, language: str) -> str:
        """The message in a language."""
        return _REASONS[self.reason].in_language(language).format(name=self.name[:60])


@dataclass(frozen=True)
class Filter:
    """A condition on one field. Values are texts as in a query string, or typed; `between` includes both ends.

    A day stands for the whole of it where the field holds moments. `me` is the actor where a field holds a person.
    """

    field: str
    operator: str
    values: tuple[object, ...] = ()


Sort = tuple[tuple[str, bool], ...]


@dataclass(frozen=True)
class ListQuery:
    """What a list is asked for. No columns or no sort: those of the entity's list that the actor may see.

    `sort` holds pairs of field and whether it descends; blanks come last either way. `cursor` comes from a page of the
    same list with the same sort. `deleted` asks for the bin, as far as the actor may restore. `counted` says whether
    the count is wanted; None: on the first page. `where` are conditions that the actor may have answered (see
    `access.reads_in_clear`), as their checked expressions.
    """

    entity: str
    columns: tuple[str, ...] = ()
    filters: tuple[Filter, ...] = ()
    search: str = ""
    sort: Sort = ()
    cursor: str | None = None
    limit: int = 25
    deleted: bool = False
    counted: bool | None = None
    where: tuple[Checked, ...] = ()


@dataclass(frozen=True)
class Reference:
    """Points to a record. `label` is None when the actor may not see it, or its name, or when it is in the bin."""

    entity: str
    id: int
    label: str | None


@dataclass(frozen=True)
class AnyReference(Reference):
    """Points to a record of one of several entities."""

    @property
    def path(self) -> str:
        """`account/12`, as it is posted and compared."""
        return f"{self.entity}/{self.id}"


@dataclass(frozen=True)
class LinkReference(Reference):
    """One of many records that a field points to, with the fields of the link itself."""

    own: Mapping[str, object] = field(default_factory=dict)


@dataclass(frozen=True)
class AnyLinkReference(LinkReference):
    """One of many records, each of one of several entities."""

    @property
    def path(self) -> str:
        """`account/12`, as it is posted and compared."""
        return f"{self.entity}/{self.id}"


@dataclass(frozen=True)
class Row:
    """A record as the actor may see it: fields to values, masked ones as their masks, references as `Reference`.

    A field that holds a list has a tuple, of links only those to records that the actor may read. `overruled` are those of
    its fields that a person overrules, as far as the actor reads them in clear.
    """

    id: int
    values: Mapping[str, object]
    version: int
    overruled: frozenset[str] = frozenset()


@dataclass(frozen=True)
class Page:
    """Records in their order, and the cursors of the pages around them (None: there is none).

    `count` is the number of all records that fit; None when it was not asked for, or `more` of them than COUNT_LIMIT.
    """

    rows: tuple[Row, ...]
    next: str | None = None
    previous: str | None = None
    count: int | None = None
    more: bool = False


def parse_filter(field: str, operator: str, texts: Sequence[str]) -> Filter:
    """A filter from the parts of a query string. Raises BadQuery for an unknown operator or a wrong number of values."""
    if operator not in OPERATORS:
        raise BadQuery("operator", field)
    wanted: tuple[int, int] = {
        "is_blank": (0, 0), "is_not_blank": (0, 0), "between": (2, 2), "in": (1, MOST_VALUES), "not_in": (1, MOST_VALUES),
        "has_any": (1, MOST_VALUES), "has_all": (1, MOST_WANTED),
    }.get(operator, (1, 1))  # fmt: skip
    if not wanted[0] <= len(texts) <= wanted[1]:
        raise BadQuery("value", field)
    return Filter(field, operator, tuple(texts))


def parse_sort(texts: Sequence[str]) -> Sort:
    """A sort from names of fields; one that begins with `-` descends."""
    return tuple((each.removeprefix("-"), each.startswith("-")) for each in texts if each)
