"""What comes back: removed fields and entities that stand in the configuration again, while their tombstones hold.

A plan compares with the applied catalog as if it had them still, as they last were: what has become stricter since is then
asked of their values as of any others.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import replace

from app.definition import Catalog, Entity, Field
from app.frozen import dataclass
from app.orm.many import OWN_PREFIX, own_column
from app.orm.names import many_table_name, table_name
from app.plan.pair import Pair
from app.plan.past import Then
from app.plan.retype import changes_kind
from app.plan.tombstone import Tombstone, hidden_parts

Define = Callable[[Tombstone], Then]
"""What a tombstone stands for, in the words of today."""
Fits = Callable[[Pair, str, Field, Field], bool]
"""Whether the values of one form of a field can be taken over by the next."""


@dataclass(frozen=True)
class Back:
    """The applied catalog with what comes back, the physical names for the next one, the tombstones that are lifted, and the
    names of what comes back, as the next catalog calls it.
    """

    catalog: Catalog
    names: Mapping[str, str]
    lifted: tuple[Tombstone, ...] = ()

    @property
    def keys(self) -> frozenset[str]:
        """`entity`, `entity.field` and `entity.field.own` of what comes back."""
        return frozenset(each.name for each in self.lifted)

    @property
    def parts(self) -> frozenset[str]:
        """The tables and `table.column`s that come back."""
        return hidden_parts(self.lifted)


def coming_back(before: Back, after: Catalog, tombstones: Sequence[Tombstone], then: Define, fits: Fits) -> Back:
    """What of the tombstones `after` takes up again. A field of another type under an old key is a new one, beside it."""
    names, catalog = {key: name for key, name in before.names.items() if key.count(".") < 2}, before.catalog
    for entity in catalog.entities:
        names |= _names_of_links(catalog, before.names, entity)
    lifted: list[Tombstone] = []
    for each in (one for one in tombstones if one.is_entity):
        if each.name in after.entities and each.name not in catalog.entities:
            catalog = _with_entity(catalog, then(each).entity)
            names |= _names_then(then(each))
            lifted.append(each)
    for entity, key in _new_fields(catalog, after):
        found = _fitting(catalog, after, (entity, key), tombstones, then, fits)
        names.pop(f"{entity}.{key}", None)
        if found is not None:
            each, a_field = found
            catalog = _with_field(catalog, entity, a_field)
            names[f"{entity}.{key}"] = each.place.rpartition(".")[2]
            its = then(each)
            for own in a_field.link_fields:
                names[f"{entity}.{key}.{own}"] = own_column(its.revision.names, its.entity_key, its.key, own)
            lifted.append(each)
    for entity, key, own in _new_fields_of_links(catalog, after):
        here = _fitting_own(names.get(f"{entity}.{key}"), after, (entity, key, own), tombstones, then)
        if here is not None:
            a_field = catalog.entities[entity].fields[key]
            was = replace(then(here).field.link_fields[then(here).own], key=own)
            whole = replace(a_field, link_fields={**a_field.link_fields, own: was})
            catalog = _with_entity(catalog, _with_its(catalog.entities[entity], whole))
            names[f"{entity}.{key}.{own}"] = here.place.rpartition(".")[2]
            lifted.append(here)
    taken = hidden_parts(tombstones)
    return Back(catalog, _free_names(names, after, taken), tuple(lifted))


def _new_fields(catalog: Catalog, after: Catalog) -> Iterator[tuple[str, str]]:
    for entity, now in after.entities.items():
        if entity in catalog.entities:
            yield from ((entity, key) for key in now.fields if key not in catalog.entities[entity].fields)


def _new_fields_of_links(catalog: Catalog, after: Catalog) -> Iterator[tuple[str, str, str]]:
    for entity, now in after.entities.items():
        before = catalog.entities[entity].fields if entity in catalog.entities else {}
        for key, a_field in now.fields.items():
            known = before[key].link_fields if key in before else a_field.link_fields
            yield from ((entity, key, own) for own in a_field.link_fields if own not in known)


def _fitting(
    catalog: Catalog,
    after: Catalog,
    at: tuple[str, str],
    tombstones: Iterable[Tombstone],
    then: Define,
    fits: Fits,
) -> tuple[Tombstone, Field] | None:
    """The newest tombstone of a field whose values the field of that name in `after` can take over."""
    entity, key = at
    for each in tombstones:
        if each.name != f"{entity}.{key}":
            continue
        found = then(each)
        was, old_key = found.entity, found.key
        before = replace(catalog, entities={**catalog.entities, entity: was})
        now = after.entities[entity]
        same_money = was.fields[old_key].type != "money" or (was.currency is None) == (now.currency is None)
        if same_money and fits(Pair(before, after), entity, was.fields[old_key], now.fields[key]):
            return each, replace(was.fields[old_key], key=key)
    return None


def _fitting_own(
    table: str | None, after: Catalog, at: tuple[str, str, str], tombstones: Iterable[Tombstone], then: Define
) -> Tombstone | None:
    """As `_fitting`, of an own field of links. It must be of the table in which they are, not of one that their field left."""
    entity, key, own = at
    now = after.entities[entity].fields[key].own_fields[own]
    for each in tombstones:
        if each.name == f"{entity}.{key}.{own}" and each.place.partition(".")[0] == table:
            found = then(each)
            if found.own and not changes_kind(found.field.own_fields[found.own], now):
                return each
    return None


def _names_then(then: Then) -> dict[str, str]:
    """The physical names of a removed entity and of the fields that it had when it went."""
    keys = [then.entity_key, *(f"{then.entity_key}.{each}" for each in then.entity.fields)]
    names = then.revision.names
    return {**{key: names[key] for key in keys}, **_names_of_links(then.catalog, names, then.entity_key)}


def _names_of_links(catalog: Catalog, names: Mapping[str, str], entity: str) -> dict[str, str]:
    """The physical names of the own fields of an entity's links."""
    return {
        f"{entity}.{key}.{own}": own_column(names, entity, key, own)
        for key, a_field in catalog.entities[entity].fields.items()
        for own in a_field.link_fields
    }


def _with_entity(catalog: Catalog, entity: Entity) -> Catalog:
    return replace(catalog, entities={**catalog.entities, entity.key: entity})


def _with_field(catalog: Catalog, entity: str, a_field: Field) -> Catalog:
    """The field as it was, but that records made since may lack it, and that nothing was found by it."""
    loose = replace(a_field, required=False, required_when=None, unique=False, indexed=False, searchable=False)
    return _with_entity(catalog, _with_its(catalog.entities[entity], loose))


def _with_its(entity: Entity, a_field: Field) -> Entity:
    return replace(entity, fields={**entity.fields, a_field.key: a_field})


def _free_names(names: dict[str, str], after: Catalog, taken: frozenset[str]) -> dict[str, str]:
    """Names for all that is new, none of which is in use: `fax_2` while another `fax` is kept."""
    for entity in after.entities.values():
        if all(each in names for each in _keys_of(entity)):
            continue
        if entity.key not in names:
            used = taken | set(names.values())
            names[entity.key] = _first_free(table_name(entity.key), used)
        table = names[entity.key]
        columns = {each.partition(".")[2] for each in taken if each.startswith(f"{table}.")}
        its = {key: name for key, name in names.items() if key.startswith(f"{entity.key}.")}  # also of what goes now
        columns |= {name for key, name in its.items() if key.count(".") == 1}
        for key, a_field in entity.fields.items():
            name = f"{entity.key}.{key}"
            if name in names:
                continue
            if a_field.is_list:
                names[name] = _first_free(many_table_name(table, key), taken | set(names.values()))
            else:
                names[name] = _first_free(key, columns)
                columns.add(names[name])
        for key, a_field in entity.fields.items():
            _free_names_of_links(names, f"{entity.key}.{key}", a_field, taken)
    return names


def _keys_of(entity: Entity) -> Iterator[str]:
    """By what the map of names knows an entity, its fields and those of its links."""
    yield entity.key
    for key, a_field in entity.fields.items():
        yield f"{entity.key}.{key}"
        yield from (f"{entity.key}.{key}.{own}" for own in a_field.link_fields)


def _free_names_of_links(names: dict[str, str], field: str, a_field: Field, taken: frozenset[str]) -> None:
    new = [own for own in a_field.link_fields if f"{field}.{own}" not in names]
    used = {each.partition(".")[2] for each in taken if each.startswith(f"{names[field]}.")} if new else set()
    used |= {name for key, name in names.items() if key.startswith(f"{field}.")} if new else set()
    for own in new:
        names[f"{field}.{own}"] = _first_free(OWN_PREFIX + own, used)
        used.add(names[f"{field}.{own}"])


def _first_free(name: str, used: Iterable[str]) -> str:
    number, free = 1, name
    while free in used:
        number += 1
        free = f"{name}_{number}"
    return free
