"""What the write path has to know of an entity, worked out once per catalog: parsers, blanks, keys, references."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from operator import attrgetter
from typing import Any

from app.definition import ASSIGNABLE_FIELDS, Catalog, Entity, Field
from app.definition.memory import remembered
from app.definition.pipeline import start_stages
from app.frozen import dataclass
from app.orm.companions import companion_keys, text_columns
from app.orm.models import (
    BLIND_SUFFIX,
    ENTITY_SUFFIX,
    FOLD_SUFFIX,
    POSITION,
    SORT_SUFFIX,
    STORAGE_COLUMNS,
    blind_texts,
    folded_texts,
    key_column,
    sorted_texts,
    unique_keys,
)
from app.orm.overrides import OverrideColumns, overrides_of
from app.orm.search import searched_columns
from app.orm.sort_key import sort_key
from app.orm.stages import since_columns
from app.record.compound import Compound, Conversion, compounds_of, conversion_of, parser_of
from app.record.lists import make_list_parser
from app.record.parsers import make_parser
from app.record.values import Bad, Parser, bad

LONGEST_LOGIN = 128  # of Flask-AppBuilder's user table


@dataclass(frozen=True)
class Copy:
    """A stored column that is computed from a field: sort key or folded form of a text, entity of what it points to."""

    column: str
    source: str
    make: Callable[[Any], str]


@dataclass(frozen=True)
class Key:
    """Fields that together are unique, and the columns that are compared (of a text that ignores case: its fold)."""

    name: str
    fields: tuple[str, ...]
    columns: tuple[str, ...]

    def of(self, values: Mapping[str, Any]) -> tuple[Any, ...] | None:
        """The compared values; None when one is blank, for then nothing collides."""
        found = tuple(values[column] for column in self.columns)
        return None if None in found else found


@dataclass(frozen=True)
class Tree:
    """A picklist field whose options depend on the value of the field `above`: `needed` by option, as in the Catalog."""

    above: str | None
    needed: Mapping[str, str | None]


@dataclass(frozen=True)
class Blueprint:
    """Everything about one entity that a save reads, by field. `blank` is a new row with every column and list.

    `limits` hold what computed values must fit, `overrides` the columns beside those that people may overrule. `columns`
    are those of its table, `blinds` the encrypted fields with a digest beside them. `lists` are the fields that hold many,
    `link_blanks` what a new link begins with, `anys` the fields that point to one of several entities.
    """

    entity: Entity
    parsers: Mapping[str, Parser]
    blank: Mapping[str, Any]
    required: tuple[str, ...]
    moments: frozenset[str]
    references: Mapping[str, str]
    retired: Mapping[str, frozenset[str]]
    trees: Mapping[str, Tree]
    stages: Mapping[str, str]
    starts: Mapping[str, tuple[str, ...]]
    since: Mapping[str, str]  # by stage field the column of since when the record is in its stage
    computed: frozenset[str]
    limits: Mapping[str, Parser]
    overrides: Mapping[str, OverrideColumns]
    sequences: tuple[str, ...]
    keys: tuple[Key, ...]
    copies: tuple[Copy, ...]
    blinds: tuple[str, ...]
    search: Mapping[str, tuple[str, ...]]
    searched: frozenset[str]
    fills: Mapping[str, Mapping[str, str]]
    compounds: Mapping[str, Compound]
    texts: Mapping[str, Mapping[str, str]]
    money: Conversion | None
    columns: tuple[str, ...]
    lists: Mapping[str, Field]
    link_blanks: Mapping[str, Mapping[str, Any]]
    anys: Mapping[str, tuple[str, ...]]
    files: Mapping[str, bool]  # whether it holds many

    @property
    def is_person(self) -> bool:
        """Whether its records are people: their logins are kept beside them."""
        return self.entity.key == "user"


def blueprint_of(catalog: Catalog, entity: str) -> Blueprint:
    """The blueprint of an entity. Raises KeyError for an unknown one."""
    return remembered(catalog, ("blueprint", entity), lambda: _draw(catalog, catalog.get_entity(entity)))


def _draw(catalog: Catalog, entity: Entity) -> Blueprint:
    fields = {key: each for key, each in entity.every_field.items() if not each.system or key in ASSIGNABLE_FIELDS}
    parsers = {key: _parser(catalog, entity, each) for key, each in fields.items()}
    copies = tuple(_copies(entity))
    by_audience = searched_columns(catalog, entity.key)
    whole = entity.parent_field if entity.is_part else None  # set by the write path, not by people
    sequences = tuple(key for key, each in fields.items() if each.type == "sequence")
    blank = _blank(catalog, entity, parsers, copies)
    lists = {key: each for key, each in fields.items() if each.is_list}
    starts = _first_stages(entity)
    return Blueprint(
        entity=entity,
        parsers=parsers,
        blank=blank,
        required=tuple(
            key for key, each in fields.items() if each.required and each.holds != "boolean" and key != whole
        ),
        moments=frozenset(key for key, each in fields.items() if each.type == "datetime"),
        references={
            key: each.target
            for key, each in fields.items()
            if each.target in catalog.entities and each.target and key != whole
        },
        retired=_retired(catalog, entity),
        trees={
            key: Tree(each.depends_on, needed)
            for key, each in entity.fields.items()
            if (needed := catalog.needed_above(entity.key, key))
        },
        stages={key: stages[0] for key, stages in starts.items()},
        starts=starts,
        since=since_columns(entity),
        computed=frozenset(key for key, each in fields.items() if each.is_computed),
        limits={key: make_parser(catalog, entity, each) for key, each in fields.items() if each.is_computed},
        overrides=overrides_of(entity),
        sequences=sequences,
        keys=tuple(
            Key(name, key_fields, tuple(key_column(entity, each) for each in key_fields))
            for name, key_fields in unique_keys(entity).items()
            if name not in sequences  # given by us, and never twice
        ),
        copies=copies,
        blinds=blind_texts(entity),
        search=by_audience,
        searched=frozenset(field for group in by_audience.values() for field in group),
        fills={key: each.fills for key, each in fields.items() if each.fills},
        compounds=compounds_of(catalog, entity),
        texts={key: text_columns(catalog, each) for key, each in fields.items() if each.translated},
        money=conversion_of(catalog, entity),
        columns=tuple(key for key in blank if key not in lists),
        lists=lists,
        link_blanks={
            key: _blank_link(catalog, entity, each) for key, each in lists.items() if each.holds == "references"
        },
        anys={key: each.targets for key, each in fields.items() if each.holds == "any"},
        files={key: each.many for key, each in fields.items() if each.holds == "file"},
    )


def _parser(catalog: Catalog, entity: Entity, a_field: Field) -> Parser:
    parse = make_list_parser(catalog, entity, a_field) or parser_of(catalog, entity, a_field)
    if (entity.key, a_field.key) != ("user", "login"):
        return parse

    def parse_login(raw: object) -> Any:
        found = parse(raw)
        if isinstance(found, str) and len(found) > LONGEST_LOGIN:
            return bad("field.length", length=len(found), limit=LONGEST_LOGIN)
        return found

    return parse_login


def _copies(entity: Entity) -> list[Copy]:
    sorts = [Copy(key + SORT_SUFFIX, key, sort_key) for key in sorted_texts(entity)]
    entities = [
        Copy(key + ENTITY_SUFFIX, key, attrgetter("entity"))
        for key, each in entity.fields.items()
        if each.holds == "any"
    ]
    return [*sorts, *entities, *(Copy(key + FOLD_SUFFIX, key, str.casefold) for key in folded_texts(entity))]


def _blank_link(catalog: Catalog, entity: Entity, a_field: Field) -> dict[str, Any]:
    """The own fields of a new link."""
    found: dict[str, Any] = {}
    for key, each in a_field.own_fields.items():
        value = make_parser(catalog, entity, each)(each.default)
        found[key] = None if isinstance(value, Bad) else value
    return found


def _blank(catalog: Catalog, entity: Entity, parsers: Mapping[str, Parser], copies: tuple[Copy, ...]) -> dict[str, Any]:
    row: dict[str, Any] = dict.fromkeys((*entity.every_field, *companion_keys(catalog, entity)))
    row.update(dict.fromkeys(column for each in overrides_of(entity).values() for column in each.every))
    row.update(dict.fromkeys(since_columns(entity).values()))
    row.update(dict.fromkeys(key + BLIND_SUFFIX for key in blind_texts(entity)))
    row.update(dict.fromkeys(STORAGE_COLUMNS), **{each.column: None for each in copies})
    if entity.is_part:
        row[POSITION] = 0
    for key, a_field in entity.fields.items():
        if a_field.default is not None or a_field.holds == "boolean":
            value = parsers[key](a_field.default)
            if isinstance(value, Mapping):  # a translated text: its default is in the company's first language
                value = value.get(None)
            row[key] = None if isinstance(value, Bad) else value
    for copy in copies:
        row[copy.column] = None if row[copy.source] is None else copy.make(row[copy.source])
    return row


def _retired(catalog: Catalog, entity: Entity) -> dict[str, frozenset[str]]:
    found = {}
    for key in entity.fields:
        gone = frozenset(option.key for option in catalog.choices(entity.key, key).values() if option.retired)
        if gone:
            found[key] = gone
    return found


def _first_stages(entity: Entity) -> dict[str, tuple[str, ...]]:
    """Where a new record may begin without the right to move it on, by field; the stage where it does begin first."""
    fields = [key for key, each in entity.fields.items() if each.type == "stage"]
    lines = {key: entity.pipelines_of(key) for key in fields}  # new records follow the one for all, which stands last
    found = {
        key: tuple(dict.fromkeys(each for line in reversed(lines[key]) for each in start_stages(line)))
        for key in fields
    }
    return {key: stages for key, stages in found.items() if stages}
