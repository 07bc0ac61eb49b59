"""Random packs under other names: the law that a rename changes names alone."""

from collections.abc import Callable, Mapping
from typing import Any

from hypothesis import strategies as st
from sqlalchemy.engine import Engine

from app.plan import AppliedRevision, apply_plan, first_apply, open_store, plan_for
from app.plan.drift import compare_schema
from tests.random_packs import every_value, insert_two, pack_of, tables_of, trees

NEW_NAMES = {"thing": "item", "code": "mark", "size": "width", "level": "rank", "up": "above", "a": "z"}
"""What an entity, its fields and an option may be called instead."""


def renamings() -> st.SearchStrategy[dict[str, str]]:
    """Some of the new names."""
    return st.sets(st.sampled_from(sorted(NEW_NAMES)), min_size=1).map(lambda old: {key: NEW_NAMES[key] for key in old})


def walks() -> st.SearchStrategy[list[dict[str, Any]]]:
    """Packs one after the other, in some of which things have other names."""
    some = st.tuples(trees(), st.one_of(st.just({}), renamings())).map(lambda both: called(*both))
    return st.tuples(trees(), st.lists(some, min_size=1, max_size=3)).map(lambda both: [both[0], *both[1]])


def called(tree: dict[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The pack with new names for what it has, each thing saying what it was called."""
    entity, name = tree["entities"]["thing"], names.get("thing", "thing")
    known = [each for each in names if each in entity["fields"]]

    def plain(text: str) -> str:
        return names[text] if text in known else text

    now: dict[str, Any] = {**entity, "fields": {}}
    if "thing" in names:
        now["renamed_from"] = "thing"
    for key, field in entity["fields"].items():
        own = {**field, "to": name} if "to" in field else dict(field)
        if key == "level" and "a" in names:
            own["options"] = {
                names.get(each, each): {**option, **({"renamed_from": each} if each in names else {})}
                for each, option in own["options"].items()
            }
        now["fields"][plain(key)] = {**own, **({"renamed_from": key} if key in known else {})}
    for place, lists in (("list", ("columns", "sort")), ("keys", ("pair",))):
        if place in entity:
            said = {key: entity[place][key] for key in lists}
            now[place] = {
                key: {"fields": [*map(plain, value["fields"])]} if place == "keys" else [*map(plain, value)]
                for key, value in said.items()
            }
    found = {**tree, "entities": {name: now}}
    for place in ("automations", "views", "reports"):
        if place in tree:
            found[place] = {key: {**each, "entity": name} for key, each in tree[place].items()}
    roles = {key: {"grants": {name: role["grants"]["thing"]}} for key, role in tree["roles"].items()}
    return {**found, "roles": roles}


def check_renames(new_database: Callable[[], Engine], tree: dict[str, Any], names: Mapping[str, str]) -> None:
    """Names change and nothing else: not the tables, not a value but that it is called otherwise. There, and back again."""
    engine, after = new_database(), called(tree, names)
    first_apply(engine, pack_of(tree))
    insert_two(engine)
    was, shape = every_value(engine), tables_of(engine)
    for wanted, back_to in ((after, None), (tree, 1)):
        plan = plan_for(engine, pack_of(wanted), back_to)
        assert {step.kind.words.split()[0] for step in plan.steps} <= {"rename", "text"}, plan.render()
        assert isinstance(apply_plan(engine, pack_of(wanted), plan, "law"), AppliedRevision)
        assert plan_for(engine, pack_of(wanted)).is_empty
        assert tables_of(engine) == shape
        assert compare_schema(engine, open_store(engine).models) == []
        assert _plainly(every_value(engine), {} if wanted is tree else names) == _plainly(was, {})
    engine.dispose()


def _plainly(values: Mapping[str, Any], names: Mapping[str, str]) -> dict[str, Any]:
    """The values of all fields under old names, in their order."""
    old = {new: key for key, new in names.items()}
    found = {}
    for entity, (fields, rows) in values.items():
        plain = [old.get(each, each) for each in fields]
        records = [dict(zip(["id", *plain], row, strict=True)) for row in rows]
        for each in records:
            if each.get("level") is not None:
                each["level"] = old.get(each["level"], each["level"])
        found[old.get(entity, entity)] = records
    return found
