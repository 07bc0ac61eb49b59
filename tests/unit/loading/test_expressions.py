"""Expressions in packs: checked for their place, told at their characters, with the names of today."""

import tempfile
from pathlib import Path

import pytest
from click.testing import CliRunner
from hypothesis import given, settings
from hypothesis import strategies as st

from app.cli import main
from app.diagnostics import Diagnostic, split_lines
from app.loading import Loaded, load_pack
from app.loading.expressions import expression_keys
from app.loading.shape import KINDS, Plain, ValueShape, places_below
from tests.unit.expression.test_parser import RANDOM

PACK = "language: 1\nlabel: Acme\n"
ACCOUNT = """label: Account
fields:
  name: {type: text, required: true, label: Name}
  level: {type: picklist, label: Level, options: {a: A, b: B}}
  parent: {type: lookup, to: account, inverse: children, label: Parent}
"""
DEAL = """label: Deal
fields:
  name: {type: text, required: true, label: Name}
  amount: {type: money, label: Amount}
  closed: {type: date, label: Closed}
  account: {type: lookup, to: account, inverse: deals, label: Account}
  stage: {type: stage, label: Stage}
pipelines: {main: {field: stage, stages: {open: Open, won: {label: Won, category: won}}}}
"""


def pack_of(folder: Path, files: dict[str, str], name: str) -> Path:
    for path, text in files.items():
        file = folder / name / path
        file.parent.mkdir(parents=True, exist_ok=True)
        file.write_text(text, "utf-8")
    return folder / name


def check(folder: Path, **files: str) -> Loaded:
    named = {path.replace("__", "/") + ".yaml": text for path, text in files.items()}
    base = {"pack.yaml": PACK, "entities/account.yaml": ACCOUNT, "entities/deal.yaml": DEAL}
    return load_pack(pack_of(folder, base | named, "acme"))


def told(loaded: Loaded) -> list[Diagnostic]:
    return [one for one in loaded.diagnostics if one.code not in ("CFG401", "CFG402", "CFG404", "CFG430")]


def rule(expression: str) -> str:
    return f"{DEAL}rules:\n  sensible:\n    message: No.\n    require: {expression}\n"


ACTS = "label: X\nentity: deal\ntrigger: create\nactions: "
RELATED = "label: X\nentity: account\ntrigger: create\nactions: {a: {update_related: {related: deals, "
LINE = rule("").count("\n")


@pytest.mark.parametrize(
    ("written", "line", "column", "length"),
    [
        ("nme == 1", 0, 14, 3),
        ("'name == \"it''s\" and nme == 1'", 0, 35, 3),
        ('"name == \\"\\u4e00\\\\n\\" and nme == 1"', 0, 41, 3),
        ('name == "😀甲" and nme == 1', 0, 31, 3),
        ('name != "x"\n      and nme == 1', 1, 11, 3),
        ('name != "x"\n\n\n      and nme == 1', 3, 11, 3),
        ('"name != \\"x\\"\n      and nme == 1"', 1, 11, 3),
        ('>\n      name != "x"\n      and nme == 1', 2, 11, 3),
        ('>-\n      name != "x"\n\n        and\n      nme == 1', 4, 7, 3),
        ('|\n      name != "x"\n        and nme == 1', 2, 13, 3),
        ('|+\n\n      name != "x"\n\n      and nme == 1\n', 4, 11, 3),
        ("&anchor nme == 1", 0, 22, 3),
        ("nme == 1 # why", 0, 14, 3),
        ("name ==", 0, 21, 1),
        ("amount == 1 and (closed ==\n      null or stage == 1)", 1, 24, 1),
    ],
)
def test_the_place_is_that_of_the_characters(tmp_path: Path, written: str, line: int, column: int, length: int) -> None:
    (problem,) = told(check(tmp_path, entities__deal=rule(written)))
    span = problem.span
    assert (span.line - LINE, span.column, span.length) == (line, column, length)
    assert problem.path == ("entities", "deal", "rules", "sensible", "require")


def test_json_is_read_alike(tmp_path: Path) -> None:
    folder = pack_of(tmp_path, {"pack.yaml": PACK}, "acme")
    (folder / "entities").mkdir()
    text = '{"label": "Deal", "fields": {"name": {"type": "text", "label": "Name", "required_when": "nme == \\"x\\""}}}'
    (folder / "entities" / "deal.json").write_text(text)
    (problem,) = told(load_pack(folder))
    assert text[problem.span.column - 1 :][: problem.span.length] == "nme"


@pytest.mark.parametrize(
    ("files", "code", "word"),
    [
        ({"entities__deal": DEAL + "retention: {after: 1 day, action: erase, where: is_new()}\n"}, "EXP107", "is_new"),
        ({"entities__deal": DEAL.replace("label: Amount", "label: Amount, formula: closed")}, "EXP109", "closed"),
        ({"entities__deal": DEAL.replace("label: Amount", "label: A, default: {formula: closed}")}, "EXP109", "closed"),
        ({"entities__deal": DEAL.replace("label: Amount", "label: A, required_when: amount")}, "EXP109", "amount"),
        ({"entities__deal": DEAL.replace("label: Amount", "label: A, visible_when: count_of(parts) > 0")}, "EXP102", "count_of(parts)"),
        ({"entities__deal": DEAL.replace("label: Amount", "label: A, backfill: {formula: name}")}, "EXP109", "name"),
        ({"roles__seller": "label: Seller\ngrants: {deal: {read: {where: amount / 2 > 1}}}\n"}, "EXP107", "amount / 2"),
        ({"roles__seller": 'label: Seller\ngrants: {"*": {read: {where: amount > 1}}}\n'}, "EXP102", "amount"),
        ({"views__big": "label: Big\nentity: deal\nwhere: amonut > 1\n"}, "EXP102", "amonut"),
        ({"segments__big": "label: Big\nentity: deal\ntag: big\nrefresh: {every: day}\nwhere: amount\n"}, "EXP109", "amount"),
        ({"picklists__size": "label: Size\noptions: {s: {label: S, allowed_when: amount > closed}}\n",
          "entities__deal": DEAL.replace("  stage:", "  size: {type: picklist, options: size}\n  stage:")}, "EXP104", "closed"),
        ({"automations__x": "label: X\nentity: deal\ntrigger: {becomes: amount}\nactions: {a: {set: {name: N}}}\n"}, "EXP109", "amount"),
        ({"automations__x": ACTS + "{a: {set: {closed: {formula: name}}}}\n"}, "EXP109", "name"),
        ({"automations__x": ACTS + "{a: {create: {entity: account, values: {name: {formula: level}}}}}\n"}, "EXP102", "level"),
        ({"automations__x": RELATED + "where: level == 1, values: {name: N}}}}\n"}, "EXP102", "level"),
        ({"conversions__x": "label: X\nfrom: deal\nmakes: {account: {values: {name: {formula: level}}}}\n"}, "EXP102", "level"),
        ({"reviews__x": "label: X\nentity: deal\nwhere: old.amount > 1\nevery: day\nassign_to: owner\n"}, "EXP107", "old.amount"),
        ({"slas__x": "label: X\nentity: deal\nstart: is_new()\nstop: closed\ntargets: {a: {within: 1 day}}\n"}, "EXP109", "closed"),
        ({"approvals__x": "label: X\nentity: deal\nsteps: {a: {when: amount > name, approvers: owner}}\n"}, "EXP104", "name"),
    ],
)  # fmt: skip
def test_every_place_has_its_records_its_type_and_its_profile(
    tmp_path: Path, files: dict[str, str], code: str, word: str
) -> None:
    loaded = check(tmp_path, **files)
    problem = next(one for one in told(loaded) if one.code.startswith("EXP"))
    assert problem.code == code, problem
    line = loaded.files[problem.span.file].decode().splitlines()[problem.span.line - 1]
    assert line[problem.span.column - 1 :].startswith(word)


def test_where_is_a_filter_everywhere() -> None:
    below = [each for kind in KINDS for each in places_below(kind.record)]
    assert all(place.attribute.profile == "filter" for key, place in below if key == "where")
    conditions = {key for key, place in below if isinstance(place.shape, Plain) and place.shape.is_expression}
    assert conditions <= expression_keys()
    assert all(place.attribute.profile == "server" for key, place in below if key == "formula")
    assert any(isinstance(place.shape, ValueShape) for _, place in below)


@pytest.mark.parametrize("value", ["false", "true", "'false'", "null == 1"])
def test_constants_are_expressions(tmp_path: Path, value: str) -> None:
    assert told(check(tmp_path, entities__deal=f"{DEAL}rules: {{a: {{require: name != 'x', when: {value}}}}}\n")) == []


def test_a_number_is_the_formula_of_a_number(tmp_path: Path) -> None:
    text = DEAL.replace("label: Amount", "label: A, default: {formula: 5}, backfill: {formula: 1.5}")
    loaded = check(tmp_path, entities__deal=text)
    assert told(loaded) == []
    assert loaded.catalog is not None
    assert loaded.catalog.entities["deal"].fields["amount"].default_formula == "5"


@pytest.mark.parametrize(
    ("written", "code", "hint"),
    [
        ("no", "EXP101", "write an expression, for example `false`"),
        ("Yes", "EXP101", "write an expression, for example `true`"),
        ("!closed", "CFG112", "write `not`, or put the expression in single quotes, or write it below `|`"),
        ('"x" == name', "CFG101", "put the expression in single quotes, or write it below `|`"),
        ('name == "a: b"', "CFG101", "put the expression in single quotes, or write it below `|`"),
        ('name == "a #b"', "CFG105", "put the expression in single quotes, or write it below `|`"),
        (
            'name == "a # b"',
            "EXP101",
            "in YAML ` #` begins a comment: put the expression in single quotes, or write it below `|`",
        ),
        ("is_blank（name）", "EXP110", "write `(` instead"),
        ("`name` == 1", "CFG101", "put the expression in single quotes, or write it below `|`"),
    ],
)
def test_a_slip_of_yaml_says_how_to_write_an_expression(tmp_path: Path, written: str, code: str, hint: str) -> None:
    problem = next(one for one in told(check(tmp_path, entities__deal=rule(written))) if one.code == code)
    assert (problem.code, problem.hint) == (code, hint)


def test_a_comma_in_braces_is_told_once(tmp_path: Path) -> None:
    text = DEAL.replace("label: Amount", "label: A, formula: round(amount, 2)")
    problems = told(check(tmp_path, entities__deal=text))
    assert [one.code for one in problems] == ["CFG106"]
    assert problems[0].hint == "put the expression in single quotes, or write it below `|`"


def test_nothing_is_said_of_what_hangs_on_another_error(tmp_path: Path) -> None:
    broken = ACCOUNT.replace("type: picklist", "type: picklst")
    problems = told(check(tmp_path, entities__account=broken, entities__deal=rule('account.level == "c"')))
    assert [one.code for one in problems] == ["CFG204"]


@pytest.mark.parametrize(
    ("require", "blank"),
    [
        ("closed >= today()", "closed"),
        ("amount > 0 and closed >= today()", "amount"),
        ("not (amount < 5 or closed > today())", None),
        ("is_blank(closed) or closed >= today()", None),
        ("not is_blank(closed) and closed >= today()", None),
        ("coalesce(amount, 0) >= 0", None),
        ("amount == 5", None),
        ("created_at < now()", None),
        ("amount * 2 <= 10", "amount"),
    ],
)
def test_a_rule_that_refuses_blanks_unawares_is_warned_of(tmp_path: Path, require: str, blank: str | None) -> None:
    problems = told(check(tmp_path, entities__deal=rule(require)))
    assert [one.code for one in problems] == (["EXP117"] if blank else [])
    assert all(f"'{blank}'" in one.message for one in problems)


@pytest.mark.parametrize(
    "require", ["false", "1 > 2", "amount > 0 and not true", "amount < null", "not (name == name or true)"]
)
def test_a_rule_that_never_holds_is_an_error(tmp_path: Path, require: str) -> None:
    assert [one.code for one in told(check(tmp_path, entities__deal=rule(require)))] == ["EXP118"]


def test_formulas_in_a_circle_over_entities_are_told(tmp_path: Path) -> None:
    account = ACCOUNT + "  total: {type: money, label: Total, formula: sum_of(deals.share)}\n"
    deal = DEAL.replace(
        "label: Amount}", "label: Amount}\n  share: {type: money, label: Share, formula: account.total / 2}"
    )
    problems = told(check(tmp_path, entities__account=account, entities__deal=deal))
    assert [one.code for one in problems] == ["EXP116"]
    assert "account.total" in problems[0].message


NEW_ACCOUNT = ACCOUNT.replace("level:", "grade:").replace("label: Level", "label: L, renamed_from: level")
NEW_DEAL = DEAL.replace("amount:", "value:").replace("label: Amount", "label: Value, renamed_from: amount")
RENAMED = {
    "entities/account.yaml": NEW_ACCOUNT.replace("a: A", "top: {label: A, renamed_from: a}"),
    "entities/deal.yaml": NEW_DEAL.replace("won: {", "gained: {renamed_from: won, "),
}


def test_old_names_in_the_expressions_of_an_overlay_are_followed(tmp_path: Path) -> None:
    pack_of(tmp_path, {"pack.yaml": PACK, **RENAMED}, "base")
    patch = """
fields:
  name: {required_when: 'account.level == "a" and (amount > 1 or old.amount > 2)'}
rules:
  one:
    message: No.
    require: |
      stage in ["open", "won"] and is_changed(amount)
      or not changed_to(stage, 'won')
"""
    account = """
fields:
  total: {type: money, label: T, formula: sum_of(deals.amount where stage == "won" and account.level == "b")}
"""
    view = 'label: V\nentity: deal\nwhere: amount > 1 and account.parent.level != "a"\n'
    files = {"pack.yaml": "language: 1\nextends: base\nlabel: X\n", "entities/deal.yaml": patch, "views/v.yaml": view}
    loaded = load_pack(pack_of(tmp_path, {**files, "entities/account.yaml": account}, "over"))
    assert loaded.errors == ()
    assert loaded.catalog is not None
    deal = loaded.catalog.entities["deal"]
    assert deal.fields["name"].required_when == 'account.grade == "top" and (value > 1 or old.value > 2)'
    assert deal.rules["one"].require == (
        'stage in ["open", "gained"] and is_changed(value)\nor not changed_to(stage, \'gained\')\n'
    )
    assert loaded.catalog.views["v"].where == 'value > 1 and account.parent.grade != "top"'
    formula = loaded.catalog.entities["account"].fields["total"].formula
    assert formula == 'sum_of(deals.value where stage == "gained" and account.grade == "b")'
    problems = [one for one in loaded.diagnostics if one.code == "CFG442"]
    assert len(problems) == 13
    for one in problems:
        line = loaded.files[one.span.file].decode().splitlines()[one.span.line - 1]
        assert line[one.span.column - 1 :][: one.span.length] in ("amount", "level", "won", "a")


def test_a_base_that_still_uses_an_old_name_is_told_the_new_one(tmp_path: Path) -> None:
    text = RENAMED["entities/deal.yaml"] + "rules: {one: {require: amount == 1, message: No.}}\n"
    (problem,) = told(check(tmp_path, entities__deal=text))
    assert (problem.code, problem.hint) == ("EXP102", "it is called 'value' now")


def test_what_an_overlay_removes_is_named_where_the_base_still_uses_it(tmp_path: Path) -> None:
    base = rule('is_blank(account.name) or amount == 1 or stage == "won"')
    pack_of(tmp_path, {"pack.yaml": PACK, "entities/account.yaml": ACCOUNT, "entities/deal.yaml": base}, "base")
    over = {"pack.yaml": "language: 1\nextends: base\nlabel: X\n", "entities/deal.yaml": "fields: {amount: null}\n"}
    loaded = load_pack(pack_of(tmp_path, over, "over"))
    (problem,) = loaded.errors
    assert problem.code == "EXP102"
    assert problem.span.file.endswith("base/entities/deal.yaml")
    assert str(problem.hint).startswith("'amount' was removed in ")
    assert str(problem.hint).endswith("over/entities/deal.yaml:1:10")


def test_fmt_writes_the_names_of_today(tmp_path: Path) -> None:
    pack_of(tmp_path, {"pack.yaml": PACK, **RENAMED}, "base")
    patch = """# kept
fields:
  name: {required_when: 'account.level == "a" and amount > 1'}
list: {columns: [name, amount], sort: [-amount]}
"""
    pack = pack_of(
        tmp_path, {"pack.yaml": "language: 1\nextends: base\nlabel: X\n", "entities/deal.yaml": patch}, "over"
    )
    file = pack / "entities" / "deal.yaml"
    assert CliRunner().invoke(main, ["fmt", "--check", str(pack)]).exit_code == 1
    assert CliRunner().invoke(main, ["fmt", str(pack)]).exit_code == 0
    assert (
        file.read_text()
        == """# kept
fields:
  name: {required_when: 'account.grade == "top" and value > 1'}
list: {columns: [name, value], sort: [-value]}
"""
    )
    assert CliRunner().invoke(main, ["fmt", "--check", str(pack)]).exit_code == 0
    assert [one for one in load_pack(pack).diagnostics if one.code == "CFG442"] == []


def test_fmt_writes_the_names_of_today_where_a_pack_renames_its_own(tmp_path: Path) -> None:
    rule = "rules: {one: {require: 'amount == 1 or stage == \"won\"', field: amount, message: No.}}\n"
    view = 'label: V\nentity: deal\nwhere: amount > 1 and account.level == "a"\ncolumns: [name, amount]\n'
    files = {**RENAMED, "entities/deal.yaml": RENAMED["entities/deal.yaml"] + rule, "views/v.yaml": view}
    pack = pack_of(tmp_path, {"pack.yaml": PACK, **files}, "own")
    assert load_pack(pack).errors != ()
    assert CliRunner().invoke(main, ["fmt", str(pack)]).exit_code == 0
    loaded = load_pack(pack)
    assert loaded.errors == ()
    assert loaded.catalog is not None
    assert loaded.catalog.views["v"].where == 'value > 1 and account.grade == "top"'
    assert loaded.catalog.views["v"].columns == ("name", "value")
    assert loaded.catalog.entities["deal"].rules["one"].require == 'value == 1 or stage == "gained"'


@settings(max_examples=40, deadline=None)
@given(RANDOM, st.sampled_from(["{}", '"{}"', "'{}'", "|\n      {}", ">-\n      {}\n      {}"]))
def test_whatever_stands_there_is_told_within_its_file(source: str, style: str) -> None:
    with tempfile.TemporaryDirectory() as folder:
        loaded = check(Path(folder), entities__deal=rule(style.replace("{}", source)))
        assert (loaded.catalog is None) == bool(loaded.errors)
        for one in loaded.diagnostics:
            lines = split_lines(loaded.files[one.span.file].decode("utf-8", "replace"))
            assert one.span.column - 1 <= len(lines[one.span.line - 1])
            assert one.span.column - 1 + one.span.length <= len(lines[one.span.line - 1]) + 1


def linked(formula: str) -> str:
    own = f"{{weight: {{type: integer}}, share: {{type: decimal, backfill: {{formula: '{formula}'}}}}}}"
    return f"{DEAL.partition('pipelines')[0]}  partners: {{type: lookup, to: account, many: true, link_fields: {own}}}\n{WITH_STAGES}"


WITH_STAGES = f"pipelines{DEAL.partition('pipelines')[2]}"


@pytest.mark.parametrize(
    ("formula", "code", "hint"),
    [
        ("weight * record.amount", None, None),
        ('if(target.level == "a", share, 1.5)', None, None),
        ("weigth * 2", "EXP102", "did you mean 'weight'?"),
        ("amount", "EXP102", None),
        ("record.amuont", "EXP102", "did you mean 'amount'?"),
        ("target.name", "EXP109", None),
        ("created_at", "EXP102", None),
        ("if(is_new(), 1, 2)", "EXP107", "write names of `link_fields`, `record.…` of the record that holds the link, or `target.…`"),
        ("old.weight", "EXP107", "write names of `link_fields`, `record.…` of the record that holds the link, or `target.…`"),
    ],
)  # fmt: skip
def test_a_formula_of_links_knows_the_link_and_its_ends(
    tmp_path: Path, formula: str, code: str | None, hint: str | None
) -> None:
    found = told(check(tmp_path, entities__deal=linked(formula)))
    assert [each.code for each in found] == ([code] if code else []), found
    if hint is not None:
        assert found[0].hint == hint
        assert found[0].path[-3:] == ("share", "backfill", "formula")
