"""Kinds of edits about what is done with values: stages, rules, formulas, roles, jobs, what people see."""

from __future__ import annotations

from tests.laws.edits import Pack, Unfit, edit, renamed, toggled


@edit
def add_stage(pack: Pack) -> None:
    found = pack.stages()
    changed = {pack.new_key(): {"label": "New"}, **found} if pack.draw.random() < 0.5 else dict(found)
    changed[pack.new_key()] = {"label": "Last", "category": pack.draw.choice(["lost", "open"])}
    found.clear()
    found |= changed


@edit
def rename_stage(pack: Pack) -> None:
    found = pack.stages()
    old = pack.draw.choice(list(found))
    found[old]["renamed_from"] = old
    changed = renamed(found, old, pack.new_key())
    found.clear()
    found |= changed


@edit
def remove_stage(pack: Pack) -> None:
    found = pack.stages()
    del found[pack.draw.choice(list(found))]


@edit
def merge_stage(pack: Pack) -> None:
    found = pack.stages()
    if len(found) > 1:
        one, other = pack.draw.sample(list(found), 2)
        found[one] |= {"retired": True, "replaced_by": other}


@edit
def change_stage(pack: Pack) -> None:
    found = pack.stages()
    each = found[pack.draw.choice(list(found))]
    some = {
        "retired": True,
        "probability": 30,
        "category": "done",
        "start": True,
        "replaced_by": pack.draw.choice(list(found)),
    }
    name = pack.draw.choice(list(some))
    each[name] = some[name]


@edit
def change_moves(pack: Pack) -> None:
    entity = pack.tree["entities"].get("deal") or pack._none()
    line = entity.get("pipelines", {}).get("main") or pack._none()
    line["moves"] = pack.draw.choice(["forward", "any"])
    line["transitions"] = {"close": {"to": pack.draw.choice(list(line["stages"])), "when": 'name != "x"'}}


@edit
def add_pipeline(pack: Pack) -> None:
    key, whole = pack.entity()
    if whole.get("pipelines") or "parent" in whole:
        raise Unfit
    name = pack.new_key()
    whole["fields"][name] = {"type": "stage", "label": "Stage"}
    whole["pipelines"] = {
        "main": {
            "label": key,
            "field": name,
            "stages": {"new": {"label": "N"}, "old": {"label": "O", "category": "done"}},
        }
    }


@edit
def change_rule(pack: Pack) -> None:
    _, whole = pack.entity()
    rules = whole.setdefault("rules", {})
    if rules and pack.draw.random() < 0.3:
        rules.popitem()
        return
    key = pack.draw.choice([*rules, pack.new_key()])
    condition = pack.draw.choice(['name != "a"', "id < 7", "not is_blank(name)", "len(name) < 5", 'name != "x"'])
    rules[key] = {"require": condition, "message": "No"}
    said = pack.draw.choice([None, "grandfather", "grandfather", "fail"])
    rules[key] |= {"existing": said} if said else {"severity": "warning"} if pack.draw.random() < 0.3 else {}


@edit
def change_condition(pack: Pack) -> None:
    _, _, found = pack.field(where=lambda each: "formula" not in each and not each.get("required"))
    name = pack.draw.choice(["required_when", "visible_when", "read_only_when"])
    if found.pop(name, None) is None:
        found[name] = pack.draw.choice(['name == "b"', "id > 4"])
        pack.decide(found)


@edit
def add_formula(pack: Pack) -> None:
    _, whole = pack.entity()
    kind, formula = pack.draw.choice(
        [("integer", "len(name)"), ("text", 'concat(name, "!")'), ("boolean", 'name == "a"'), ("integer", "id * 2")]
    )
    whole["fields"][pack.new_key()] = {"type": kind, "formula": formula, "label": "Computed"}


@edit
def change_formula(pack: Pack) -> None:
    _, _, found = pack.field("integer", "text", where=lambda each: "formula" in each)
    found["formula"] = {"integer": "len(name) + 1", "text": "upper(name)"}[found["type"]]


@edit
def compute_or_not(pack: Pack) -> None:
    _, _, found = pack.field("integer", "text")
    if found.pop("formula", None) is None:
        found["formula"] = {"integer": "id + 3", "text": 'concat("No ", name)'}[found["type"]]
        for each in ("default", "required", "existing", "backfill"):
            found.pop(each, None)
    else:
        found.pop("override", None)


@edit
def overrule_or_not(pack: Pack) -> None:
    _, _, found = pack.field(where=lambda each: "formula" in each)
    toggled(found, "override")


@edit
def change_role(pack: Pack) -> None:
    roles = pack.tree["roles"]
    if len(roles) > 1 and pack.draw.random() < 0.2:
        roles.popitem()
        return
    key = pack.draw.choice([*roles, pack.new_key()])
    role = roles.setdefault(key, {"label": key, "grants": {}})
    entity, whole = pack.entity()
    scopes = ["none", "own", "team", "all", {"where": 'name != "a"'}]
    grant = {verb: pack.draw.choice(scopes) for verb in ("read", "update", "delete") if pack.draw.random() < 0.6}
    if pack.draw.random() < 0.4:
        grant["fields"] = {pack.draw.choice(list(whole["fields"])): pack.draw.choice(["hidden", "read", "write"])}
    role["grants"][entity] = grant


@edit
def change_job(pack: Pack) -> None:
    jobs = pack.tree["automations"]
    if jobs and pack.draw.random() < 0.3:
        jobs.popitem()
        return
    key = pack.draw.choice([*jobs, pack.new_key()])
    trigger = pack.draw.choice(
        [{"every": "day", "at": "09:00"}, {"event": "create"}, {"every": "month", "at": "07:00"}]
    )
    actions = {"one": {"set": {"name": "set"}}}
    jobs[key] = {"label": key, "entity": pack.entity()[0], "trigger": trigger, "actions": actions}


@edit
def change_labels(pack: Pack) -> None:
    _, _, found = pack.field()
    found["label"] = pack.new_key()
    found["help"] = pack.draw.choice(["", "Help"])


@edit
def change_order(pack: Pack) -> None:
    _, whole = pack.entity()
    fields = list(whole["fields"].items())
    pack.draw.shuffle(fields)
    whole["fields"] = dict(fields)


@edit
def change_list(pack: Pack) -> None:
    _, whole = pack.entity()
    some = pack.draw.sample(list(whole["fields"]), min(3, len(whole["fields"])))
    whole["list"] = {"columns": some, "sort": some[:1]}


@edit
def change_layout(pack: Pack) -> None:
    _, whole = pack.entity()
    sections = {"basics": {"label": "Basics", "fields": list(whole["fields"])}}
    whole["layout"] = {"tabs": {"main": {"label": pack.new_key(), "sections": sections}}}


@edit
def change_settings(pack: Pack) -> None:
    some = {"tombstones": f"{pack.draw.choice([30, 60, 90])} days", "label": pack.new_key(), "languages": ["en", "zh"]}
    name = pack.draw.choice(["tombstones", "label"])
    pack.tree["pack"][name] = some[name]


@edit
def change_attributes(pack: Pack) -> None:
    _, _, found = pack.field()
    toggled(found, pack.draw.choice(["restricted", "clear_when_hidden", "dimension"]))


@edit
def add_currencies(pack: Pack) -> None:
    pack.tree["pack"]["currency"] = {"company": "CNY", "others": ["USD"]}
    _, whole = pack.entity()
    whole["currency"] = {}


@edit
def forget_decisions(pack: Pack) -> None:
    """What was said of a change that is over."""
    for whole in pack.tree["entities"].values():
        for each in whole["fields"].values():
            each.pop("existing", None)
            each.pop("backfill", None)
