"""Catalog to tables and mapped classes.

Each build has a registry and a MetaData of its own, so that two catalogs never share a class. A lookup is a column with
the id of the other record, named by the field; there are no ORM relationships: labels are read set-wise, in scope.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import field, replace
from threading import RLock
from typing import Any

import sqlalchemy as sa
from sqlalchemy.orm import InstrumentedAttribute, registry

from app.definition import Catalog, Entity, Field
from app.definition.alike import anchors_of
from app.definition.composite import COMPOSITE
from app.definition.field_types import UNORDERED_TYPES
from app.frozen import dataclass
from app.orm.companions import companion_columns
from app.orm.counters import id_sequence
from app.orm.former import NOTHING_RENAMED, Former
from app.orm.many import OWN_PREFIX, Many, Place, build_many, many_key, own_column
from app.orm.names import constraint_name, many_table_name, table_name
from app.orm.on_demand import OnDemand
from app.orm.overrides import override_columns
from app.orm.sealed import Blind, SealedText
from app.orm.stages import stage_columns
from app.orm.types import BIG_ID, BINARY_TEXT, FileValue, FixedDecimal, IdOfAny, Moment, Seconds, Stored, WallTime

SORT_SUFFIX = "__sort"
FOLD_SUFFIX = "__fold"
BLIND_SUFFIX = "__blind"  # the digest by which a sealed value is found
POSITION = "part__position"  # of a part among its siblings
ENTITY_SUFFIX = "__entity"  # beside the id of a record of one of several entities
STORAGE_COLUMNS = ("deleted_at", "deleted_by", "deletion", "changed_seq")
_REFERENCED_SYSTEM_FIELDS = {"owner": "user", "department": "department", "team": "team"}


class Record:
    """Base of the generated classes; `__entity__` is the key of the entity."""

    __entity__: str = ""


@dataclass(frozen=True)
class Models:
    """Tables and mapped classes of one catalog. `names` maps `entity`, `entity.field` and, of links, `entity.field.own`
    to physical names.

    `many` holds the tables of fields with lists by `entity.field`; they have mapped classes under these names too. `former`
    tells what things were called before.
    """

    catalog: Catalog
    metadata: sa.MetaData
    tables: Mapping[str, sa.Table]
    classes: Mapping[str, type[Any]]
    names: Mapping[str, str]
    entity_of_table: Mapping[str, str] = field(default_factory=dict)
    many: Mapping[str, Many] = field(default_factory=dict)
    former: Former = NOTHING_RENAMED

    def every_table(self) -> list[sa.Table]:
        """The tables of entities and of fields that hold lists."""
        return [*self.tables.values(), *(each.table for each in self.many.values())]

    def many_of(self, entity: str) -> list[Many]:
        """The lists of an entity, in the order of its fields."""
        fields = self.catalog.entities[entity].fields.values()
        return [self.many[many_key(entity, each.key)] for each in fields if each.is_list]

    def column(self, entity: str, name: str) -> sa.Column[Any]:
        """The column of a field, a sort key (`name__sort`) or a storage column. Raises KeyError."""
        return self.tables[entity].c[name]

    def attribute(self, entity: str, name: str) -> InstrumentedAttribute[Any]:
        """The mapped attribute of the same name. Raises AttributeError."""
        found: InstrumentedAttribute[Any] = getattr(self.classes[entity], name)
        return found


def build_models(catalog: Catalog, names: Mapping[str, str] | None = None) -> Models:
    """Tables and classes for every entity. `names` are the physical names of the revision; new things get theirs."""
    models = models_on_demand(catalog, names, bound=True)
    for key in models.classes:
        models.classes[key]
    return models


def models_on_demand(catalog: Catalog, names: Mapping[str, str] | None = None, *, bound: bool = False) -> Models:
    """As `build_models`, but a table and a class are made when they are first asked for: a server of two hundred entities
    starts at once, and most of its processes meet few of them.

    Foreign keys are made for tables that are to be `bound`: only making and comparing tables needs them, and SQLAlchemy
    follows them by name, into a table that another thread has not finished.
    """
    metadata, lock = sa.MetaData(), RLock()
    all_names = physical_names(catalog, names or {})
    a_registry = registry(metadata=metadata)
    lists = {
        many_key(entity.key, each.key): (entity.key, each)
        for entity in catalog.entities.values()
        for each in entity.fields.values()
        if each.is_list
    }

    def make_table(key: str) -> sa.Table:
        return _build_table(catalog, catalog.entities[key], metadata, all_names, bound=bound)

    def make_list(key: str) -> Many:
        entity, a_field = lists[key]
        alone = a_field.targets[0] if len(a_field.targets) == 1 else ""
        target = alone if alone in catalog.entities else None
        own = [
            sa.Column(own_column(all_names, entity, a_field.key, name), column_type(one), key=OWN_PREFIX + name)
            for name, one in a_field.own_fields.items()
        ]
        return build_many(entity, a_field, Place(metadata, all_names, target, bound=bound), own)

    def make_class(key: str) -> type[Any]:
        made = type(class_name(key), (Record,), {"__entity__": key, "__module__": "app.generated"})
        a_registry.map_imperatively(made, many[key].table if key in lists else tables[key])
        a_registry.configure()
        return made

    tables, many = OnDemand(catalog.entities, make_table, lock), OnDemand(lists, make_list, lock)
    classes = OnDemand([*catalog.entities, *lists], make_class, lock)
    return Models(catalog, metadata, tables, classes, all_names, {all_names[key]: key for key in classes}, many)


def build_tables(catalog: Catalog, names: Mapping[str, str] | None = None) -> Models:
    """As `build_models`, without mapped classes: enough to compare and to change tables, in half the time.

    A plan, its apply and the switch in it each look at the same tables, so that those of a catalog are kept beside it.
    """
    kept: Models | None = catalog.kept.get("tables")
    if kept is None or kept.names != physical_names(catalog, names or {}):
        models = models_on_demand(catalog, names, bound=True)
        kept = replace(models, tables=dict(models.tables), many=dict(models.many), classes={})
        catalog.kept["tables"] = kept
    return kept


def forget_tables(catalog: Catalog) -> None:
    """Lets the next who asks build them anew: SQLAlchemy marks the constraints of those that it has made in a database, and
    would leave them out where it makes them again.
    """
    catalog.kept.pop("tables", None)


def class_name(entity: str) -> str:
    """`sales_order` is `SalesOrder`; `sales_order.tags` is `SalesOrderTags`."""
    return "".join(part.capitalize() for part in entity.replace(".", "_").split("_"))


def physical_names(catalog: Catalog, given: Mapping[str, str]) -> dict[str, str]:
    """The names of the revision, and names for what it does not know yet."""
    names = dict(given)
    for entity in catalog.entities.values():
        names.setdefault(entity.key, table_name(entity.key))
        for key, each in entity.fields.items():
            physical = many_table_name(names[entity.key], key) if each.is_list else key
            names.setdefault(f"{entity.key}.{key}", physical)
            for own in each.link_fields:
                names.setdefault(f"{entity.key}.{key}.{own}", OWN_PREFIX + own)
    return names


def sorted_texts(entity: Entity) -> tuple[str, ...]:
    """The text fields that have a stored sort key: the name field, what the list shows or sorts by, and by what duplicates
    are found.
    """
    listed = {
        entity.name_field,
        *anchors_of(entity),
        *entity.list.columns,
        *(each.lstrip("-") for each in entity.list.sort),
    }
    return tuple(
        key
        for key, a_field in entity.fields.items()
        if key in listed and a_field.type == "text" and not a_field.encrypted
    )


def folded_texts(entity: Entity) -> tuple[str, ...]:
    """The text fields whose uniqueness ignores case: unique themselves or part of a key."""
    keyed = {name for key in entity.keys.values() for name in key.fields}
    return tuple(
        key
        for key, a_field in entity.fields.items()
        if a_field.ignore_case and not a_field.encrypted and (a_field.unique or key in keyed)
    )


def blind_texts(entity: Entity) -> tuple[str, ...]:
    """The encrypted fields that are found by their whole value: unique ones, those of a key, and what is indexed."""
    keyed = {name for key in entity.keys.values() for name in key.fields}
    return tuple(
        key
        for key, a_field in entity.fields.items()
        if a_field.encrypted and (a_field.unique or a_field.indexed or key in keyed)
    )


def column_type(a_field: Field) -> sa.types.TypeEngine[Any]:
    """The column type of a field. Texts have no length: the write path holds it, so that loosening needs no DDL."""
    types: dict[str, sa.types.TypeEngine[Any]] = {
        "text": sa.Text(),
        "integer": sa.BigInteger(),
        "decimal": FixedDecimal(a_field.field_type.precision, a_field.decimals),
        "boolean": sa.Boolean(),
        "date": sa.Date(),
        "datetime": Moment(),
        "option": sa.Text(),
        "reference": BIG_ID,
        "any": IdOfAny(),
        "time": WallTime(),
        "duration": Seconds(),
        "file": FileValue(many=a_field.many),
    }
    composite = COMPOSITE.get(a_field.type)
    return Stored(composite) if composite else types[a_field.holds]


def _build_table(
    catalog: Catalog, entity: Entity, metadata: sa.MetaData, names: Mapping[str, str], *, bound: bool
) -> sa.Table:
    name = names[entity.key]
    beside = (
        *companion_columns(catalog, entity, names),
        *override_columns(entity, names, column_type),
        *stage_columns(entity, names),
    )
    table = sa.Table(name, metadata, *_declared_columns(entity, names), *beside, *_system_columns(entity))
    for constraint in _foreign_keys(catalog, entity, table, names) if bound else ():
        table.append_constraint(constraint)
    _add_indexes(entity, table)
    return table


def _declared_columns(entity: Entity, names: Mapping[str, str]) -> Iterator[sa.Column[Any]]:
    sequence = sa.Sequence(id_sequence(names[entity.key]), data_type=sa.BigInteger)
    yield sa.Column("id", BIG_ID, sequence, primary_key=True)
    for key, a_field in entity.fields.items():
        if a_field.is_list:
            continue
        boolean = a_field.holds == "boolean"
        default = sa.text("true" if a_field.default is True else "false") if boolean else None
        physical = names[f"{entity.key}.{key}"]
        place = f"{names[entity.key]}.{physical}"
        kind = SealedText(place) if a_field.encrypted else column_type(a_field)
        yield sa.Column(physical, kind, key=key, nullable=not boolean, server_default=default)
        if a_field.holds == "any":
            yield sa.Column(physical + ENTITY_SUFFIX, sa.Text(), key=key + ENTITY_SUFFIX)
    for key in sorted_texts(entity):
        yield sa.Column(names[f"{entity.key}.{key}"] + SORT_SUFFIX, BINARY_TEXT, key=key + SORT_SUFFIX)
    for key in folded_texts(entity):
        yield sa.Column(names[f"{entity.key}.{key}"] + FOLD_SUFFIX, sa.Text(), key=key + FOLD_SUFFIX)
    for key in blind_texts(entity):
        physical = names[f"{entity.key}.{key}"]
        digest = Blind(f"{names[entity.key]}.{physical}", fold=entity.fields[key].ignore_case)
        yield sa.Column(physical + BLIND_SUFFIX, digest, key=key + BLIND_SUFFIX)


def _system_columns(entity: Entity) -> Iterator[sa.Column[Any]]:
    if entity.is_part:  # it belongs to whom its whole belongs to
        yield sa.Column(POSITION, sa.Integer(), nullable=False, server_default=sa.text("0"))
    else:
        for key in _REFERENCED_SYSTEM_FIELDS:
            yield sa.Column(key, BIG_ID)
    yield sa.Column("created_at", Moment(), nullable=False)
    yield sa.Column("created_by", BIG_ID)
    yield sa.Column("updated_at", Moment(), nullable=False)
    yield sa.Column("updated_by", BIG_ID)
    yield sa.Column("version", sa.Integer(), nullable=False, server_default=sa.text("1"))
    yield sa.Column("deleted_at", Moment())
    yield sa.Column("deleted_by", BIG_ID)
    yield sa.Column("deletion", sa.Text())
    yield sa.Column("changed_seq", sa.BigInteger(), nullable=False, server_default=sa.text("0"))


def _foreign_keys(
    catalog: Catalog, entity: Entity, table: sa.Table, names: Mapping[str, str]
) -> Iterator[sa.ForeignKeyConstraint]:
    targets = {key: a_field.target for key, a_field in entity.fields.items() if a_field.target}
    for key, target in {**targets, **({} if entity.is_part else _REFERENCED_SYSTEM_FIELDS)}.items():
        if target in catalog.entities:
            column = table.c[key]
            yield sa.ForeignKeyConstraint(
                [column], [f"{names[target]}.id"], name=constraint_name("fk", table.name, column.name)
            )


def _add_indexes(entity: Entity, table: sa.Table) -> None:
    """Indexes attach themselves to their table. Most end in the id, which breaks ties when paging."""
    order = order_columns(entity)
    single = dict.fromkeys(
        key + BLIND_SUFFIX if each.encrypted else key
        for key, each in entity.fields.items()
        if each.target or (each.indexed and not each.is_list)
    )
    if entity.name_field in sorted_texts(entity):
        single[entity.name_field + SORT_SUFFIX] = None
    single.update(dict.fromkeys(order))
    single.update(dict.fromkeys(sort_column(entity, key) for key in anchors_of(entity)))
    # Whoever reads what is his, his team's or his department's reads it in the list's order: one index answers both.
    first = () if entity.is_part else tuple(dict.fromkeys((key, *order)) for key in _REFERENCED_SYSTEM_FIELDS)
    for keys in (*first, *((key,) for key in single)):
        columns = [table.c[key] for key in keys]
        sa.Index(constraint_name("ix", table.name, *(each.name for each in columns)), *columns, table.c.id)
    for key in (key for key, each in entity.fields.items() if each.holds == "any"):
        columns = [table.c[key + ENTITY_SUFFIX], table.c[key]]
        sa.Index(constraint_name("ix", table.name, columns[1].name), *columns, table.c.id)
    sa.Index(constraint_name("ix", table.name, "changed_seq"), table.c.changed_seq)
    sa.Index(constraint_name("ix", table.name, "deletion"), table.c.deletion)
    for key, fields in unique_keys(entity).items():
        columns = [table.c[key_column(entity, each)] for each in fields]
        alive = table.c.deleted_at.is_(None)
        own = table.c[key].name if fields == (key,) else key
        name = constraint_name("uq", table.name, own)
        sa.Index(name, *columns, unique=True, sqlite_where=alive, postgresql_where=alive)


def order_columns(entity: Entity) -> tuple[str, ...]:
    """The column that the list is sorted by first, where an index can help: none for options, whose order is the text's."""
    names = [each.lstrip("-") for each in entity.list.sort[:1]]
    fields = [entity.every_field[name] for name in names]
    ordered = [
        each.key
        for each in fields
        if each.holds != "option" and each.type not in UNORDERED_TYPES and not each.encrypted
    ]
    return tuple(sort_column(entity, key) for key in ordered if key != "owner")


def unique_keys(entity: Entity) -> dict[str, tuple[str, ...]]:
    """All keys of an entity by name: those of several fields, and one for each unique field."""
    keys = {key: (key,) for key, a_field in entity.fields.items() if a_field.unique or a_field.type == "sequence"}
    return {**keys, **{key.key: key.fields for key in entity.keys.values()}}


def key_column(entity: Entity, name: str) -> str:
    """The column that a key compares for a field: its folded form where case is ignored, its digest where it is encrypted."""
    if name in blind_texts(entity):
        return name + BLIND_SUFFIX
    return name + FOLD_SUFFIX if name in folded_texts(entity) else name


def sort_column(entity: Entity, name: str) -> str:
    """The column that a list sorts by for a field: its sort key where it has one."""
    return name + SORT_SUFFIX if name in sorted_texts(entity) else name
