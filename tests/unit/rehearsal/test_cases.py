"""Cases of packs: what is given, done and expected, and how a difference is told."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest

from app.loading import Loaded, load_pack
from app.rehearsal.run import chosen_cases, run_tests
from tests.unit.rehearsal.conftest import Run


def test_what_is_given_is_there_with_samples_for_what_it_needs(run: Run) -> None:
    """Lookups, unique and dependent values, limits; references by name in any order of the text."""
    assert run(
        """\
samples:
  given:
    deal: {big: {name: Big, client: acme, watchers: [acme, other], seller: li}, small: {}}
    client: {acme: {name: 甲公司, province: js}, other: {}}
    user: {li: {}}
  expect:
    client.acme: {name: 甲公司, city: nj, region: east, since: 2026-06-30, credit: ""}
    deal.big: {client: acme, stage: open, watchers: [acme, other], seller: li}
"""
    ) == {"samples": ()}


def test_a_stage_is_given_with_what_it_asks_for(run: Run) -> None:
    assert run("late: {given: {deal: {one: {stage: lost}}}, expect: {deal.one: {stage: lost}}}") == {"late": ()}


def test_names_of_files_stand_for_files(run: Run) -> None:
    """Of whoever writes; what its field does not take is refused, as it is from a form."""
    assert run(
        """\
given:
  given: {deal: {one: {offer: 报价.pdf, papers: [a.txt, b.csv]}}}
  expect: {deal.one: {stage: open}}
chosen:
  as: {role: rep}
  given: {client: {acme: {owner: me}}, deal: {one: {client: acme}}}
  do: {update: deal.one, set: {offer: offer.pdf}}
  expect: {deal.one: {stage: open}}
of_another_kind:
  given: {deal: {one: {}}}
  do: {update: deal.one, set: {offer: offer.txt}}
  expect: {errors: {offer: record.not_found}}
"""
    ) == {"given": (), "chosen": (), "of_another_kind": ()}


def test_approvals_are_asked_for_and_decided(run: Run) -> None:
    """By whoever acts, and by people of the test who have a role."""
    told = run(
        """\
agreed:
  as: {role: rep}
  roles: {li: boss}
  given: {user: {li: {}}, client: {acme: {owner: me}}, deal: {big: {client: acme, amount: 200}}}
  do: {ask: deal.big, to: won, comment: Please}
  then: {agreed: {agree: deal.big, by: li}}
  expect: {deal.big: {stage: won}}
rejected:
  as: {role: rep}
  roles: {li: boss}
  given: {user: {li: {}}, client: {acme: {owner: me}}, deal: {big: {client: acme, amount: 200}}}
  do: {ask: deal.big, to: won}
  then: {rejected: {reject: deal.big, by: li, comment: Too early}}
  expect: {deal.big: {stage: open}}
nobody:
  as: {role: rep}
  given: {client: {acme: {owner: me}}, deal: {big: {client: acme, amount: 200}}}
  do: {ask: deal.big, to: won}
  expect: {errors: [transition.needs_approval]}
asked:
  as: {role: rep}
  roles: {li: boss, mo: boss}
  given: {user: {li: {}, mo: {}}, client: {acme: {owner: me}}, deal: {big: {client: acme, amount: 200}}}
  do: {ask: deal.big, to: won}
  expect: {asked: {deal.big: [mo, li]}}
wrong:
  as: {role: rep}
  roles: {li: boss, mo: boss}
  given: {user: {li: {}, mo: {}}, client: {acme: {owner: me}}, deal: {big: {client: acme, amount: 200}}}
  do: {ask: deal.big, to: won}
  expect: {asked: {deal.big: li}}
recalled:
  as: {role: rep}
  roles: {li: boss}
  given: {user: {li: {}}, client: {acme: {owner: me}}, deal: {big: {client: acme, amount: 200}}}
  do: {ask: deal.big, to: won}
  then: {back: {recall: deal.big}}
  expect: {asked: {deal.big: []}, deal.big: {stage: open}}
not_needed:
  as: {role: rep}
  given: {client: {acme: {owner: me}}, deal: {small: {client: acme, amount: 100}}}
  do: {ask: deal.small, to: won}
  expect: {deal.small: {stage: won}}
not_asked:
  given: {deal: {big: {amount: 200}}}
  do: {agree: deal.big}
  expect: {deal.big: {stage: won}}
"""
    )
    assert told.pop("wrong") == ("li, mo is asked about deal.big, expected li",)
    assert told.pop("not_asked") == ("nothing is asked for of deal.big",)
    assert told == dict.fromkeys(("agreed", "rejected", "nobody", "asked", "recalled", "not_needed"), ())


def test_every_case_begins_with_nothing(run: Run) -> None:
    cases = "{given: {client: {acme: {code: 12345678}}}, expect: {client.acme: {code: '12345678'}}}"
    assert run(f"one: {cases}\ntwo: {cases}".replace("12345678}", '"12345678"}')) == {"one": (), "two": ()}


def test_what_a_role_lets_see_for_a_time_is_asked_at_the_moment_of_the_test(run: Run) -> None:
    watch = "label: Watch\ngrants: {client: {read: {where: since <= today()}, update: {where: since <= today()}}}\n"
    cases = """\
sees:
  as: {role: watch}
  given: {client: {past: {since: 2026-06-30}, coming: {since: 2026-07-01}}}
  expect: {readable: {client.past: true, client.coming: false}}
later:
  as: {role: watch}
  given: {client: {coming: {since: 2026-07-01}}}
  do: {until: 2026-07-01}
  then: {change: {update: client.coming, set: {name: Seen}}}
  expect: {readable: {client.coming: true}, client.coming: {name: Seen}}
"""
    assert run(cases, {"roles/watch.yaml": watch}) == {"sees": (), "later": ()}


def test_someone_acts_with_his_role_alone(run: Run) -> None:
    told = run(
        """\
own:
  as: {role: rep}
  given: {client: {mine: {owner: me}, foreign: {}}}
  do: {update: client.mine, set: {name: New}}
  expect:
    client.mine: {name: New}
    readable: {client.mine: true, client.foreign: false}
    visible: {client.mine: {name: true, credit: false}}
foreign:
  as: {role: rep}
  given: {client: {foreign: {}}}
  do: {update: client.foreign, set: {name: New}}
  expect: {denied: record.not_found, deleted: {client.foreign: true}}
department:
  as: {role: boss, department: north}
  given: {department: {north: {}, south: {}}, client: {one: {department: north}, two: {department: south}}}
  expect: {readable: {client.one: true, client.two: false}}
named:
  as: {user: li, roles: rep}
  given: {user: {li: {}}, client: {his: {owner: li}}}
  do: {delete: client.his}
  expect: {deleted: {client.his: true}}
"""
    )
    assert told == {"own": (), "foreign": ("client.foreign is still there",), "department": (), "named": ()}


def test_cases_in_which_the_same_person_acts_begin_with_him_alone(run: Run) -> None:
    """He is written once for neighbours, and nothing else of a case is there in the next."""
    told = run(
        """\
first:
  as: {role: rep}
  given: {client: {mine: {owner: me, code: "12345678"}}, user: {li: {login: li}}}
  expect: {readable: {client.mine: true}, user.me: {name: Me}}
second:
  as: {role: rep}
  given: {client: {mine: {owner: me, code: "12345678"}}, user: {li: {login: li}}}
  expect: {user.me: {name: Me}}
own_row:
  as: {role: rep}
  given: {user: {me: {name: Chief, login: chief}}, client: {mine: {owner: me}}}
  expect: {readable: {client.mine: true}, user.me: {name: Chief, login: chief}}
other_role:
  as: {role: boss}
  given: {client: {foreign: {}}}
  do: {create: client.new, set: {name: New}}
  expect: {denied: access.denied}
third:
  as: {role: rep}
  given: {client: {mine: {owner: me}}}
  expect: {readable: {client.mine: true}, user.me: {name: Me, login: me}}
"""
    )
    assert told == dict.fromkeys(("first", "second", "own_row", "other_role", "third"), ())


def test_several_writes_follow_each_other(run: Run) -> None:
    told = run(
        """\
way:
  as: {role: rep}
  given: {client: {acme: {owner: me}}}
  do: {create: deal.new, set: {name: New, client: acme}}
  then:
    win: {transition: deal.new, to: won, set: {amount: 5}}
    again: {transition: deal.new, to: open}
  expect: {denied: transition.not_allowed, deal.new: {stage: won, amount: 5}}
bin:
  given: {client: {acme: {}}}
  do: {delete: client.acme}
  then: {back: {restore: client.acme}}
  expect: {client.acme: {region: east}}
stopped:
  given: {client: {acme: {}}}
  do: {update: client.acme, set: {name: ""}}
  then: {away: {delete: client.acme}}
  expect: {deleted: {client.acme: true}}
"""
    )
    assert told["way"] == told["bin"] == ()
    assert told["stopped"] == ("the write is refused: field.required at name (Please fill in Name.)",)


def test_refusals_are_compared_by_code_and_field(run: Run) -> None:
    told = run(
        """\
right:
  given: {client: {acme: {}}}
  do: {update: client.acme, set: {name: "", phone: "1"}}
  expect: {errors: {name: field.required, phone: field.format}, says: {en: Please fill in Name., zh: 请填写名称}}
missing:
  given: {client: {acme: {}}}
  do: {update: client.acme, set: {name: ""}}
  expect: {errors: [field.required, field.length]}
besides:
  given: {client: {acme: {}}}
  do: {update: client.acme, set: {name: "", phone: "1"}}
  expect: {errors: field.required}
saved:
  given: {client: {acme: {}}}
  do: {update: client.acme, set: {name: New}}
  expect: {errors: {name: field.required}}
refused:
  given: {client: {acme: {}}}
  do: {update: client.acme, set: {name: ""}}
  expect: {client.acme: {region: east}}
"""
    )
    refusal = "field.required at name (Please fill in Name.)"
    assert told["right"] == ()
    assert told["missing"] == (f"field.length is expected, but it is not among the refusals: {refusal}",)
    assert told["saved"] == ("the write is saved, expected errors field.required at name",)
    assert told["refused"] == (f"the write is refused: {refusal}",)
    assert len(told["besides"]) == 1
    assert told["besides"][0].startswith("field.format is refused besides: ")


@pytest.mark.parametrize(
    ("expected", "sentence"),
    [
        ("{region: west}", 'client.acme has region "east", expected "west"'),
        ("{credit: 200}", "client.acme has credit 100.0000, expected 200.0000"),
        ("{credit: 5}", "what is expected of credit can't be: Credit can't be less than 100."),
        ("{tags: [x]}", 'client.acme has tags blank, expected ["x"]'),
    ],
)
def test_a_difference_is_a_sentence(run: Run, expected: str, sentence: str) -> None:
    told = run(f"one: {{given: {{client: {{acme: {{credit: 100}}}}}}, expect: {{client.acme: {expected}}}}}")
    assert told["one"] == (sentence,)


def test_references_are_told_by_the_names_of_the_case(run: Run) -> None:
    told = run(
        """\
one:
  given: {client: {acme: {}, other: {}}, deal: {d: {client: acme}}}
  expect: {deal.d: {client: other}, readable: {client.acme: false}}
"""
    )
    assert told["one"] == (
        "deal.d has client acme, expected other",
        "system:test may read client.acme",
    )


def test_rows_that_can_not_be_written_are_told(run: Run) -> None:
    told = run(
        """\
wrong: {given: {client: {acme: {name: ""}}}, expect: {client.acme: {region: east}}}
circle: {given: {user: {a: {manager: b}, b: {manager: a}}}, expect: {readable: {user.a: true}}}
"""
    )
    assert told["wrong"] == ("client.acme can't be written: Please fill in Name.",)
    assert told["circle"][0].startswith("these rows wait for each other: user.")


def test_a_failure_names_the_line(written: Callable[[str], Loaded]) -> None:
    loaded = written("low:\n  given: {client: {acme: {}}}\n  expect:\n    client.acme: {region: west}\n")
    assert loaded.catalog is not None
    (result,) = run_tests(loaded, chosen_cases(loaded, ["trial.low"]))
    assert str(result.failures[0]).endswith("tests/trial.yaml:6:29)")
    assert str(result.failures[0]).startswith('low: client.acme has region "east", expected "west" (')


def test_cases_are_chosen_by_name(written: Callable[[str], Loaded]) -> None:
    loaded = written(
        "one: {expect: {user.me: {name: Me}}, as: {role: rep}}\ntwo: {expect: {user.me: {name: Me}}, as: {role: rep}}\n"
    )
    assert chosen_cases(loaded, ["two"]) == [("trial", "two")]
    assert chosen_cases(loaded, ["trial"]) == chosen_cases(loaded, ()) == [("trial", "one"), ("trial", "two")]
    assert chosen_cases(loaded, ["none"]) == []


def test_a_company_runs_its_own_tests_and_on_demand_those_of_its_base(
    written: Callable[[str], Loaded], tmp_path: Path
) -> None:
    """What its base's tests name may be gone: that is no error of the company's pack."""
    written("east: {given: {client: {acme: {province: zj}}}, expect: {client.acme: {region: east}}}\n")
    for name, text in {
        "pack.yaml": "language: 1\nextends: pack\nlabel: Mine\n",
        "tests/mine.yaml": "cases: {own: {given: {client: {acme: {}}}, expect: {client.acme: {region: east}}}}\n",
        "entities/client.yaml": "fields: {province: {type: text}, city: {type: text}}\n",
    }.items():
        (tmp_path / "company" / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / "company" / name).write_text(text, "utf-8")
    loaded = load_pack(tmp_path / "company", [tmp_path])
    assert not loaded.errors, loaded.errors
    assert chosen_cases(loaded, ()) == [("mine", "own")]
    assert chosen_cases(loaded, (), inherited=True) == [("trial", "east"), ("mine", "own")]


def test_people_are_told_by_what_acts_by_itself(run: Run) -> None:
    given = "given: {user: {li: {}, mo: {}}, client: {acme: {owner: li}}}\n  roles: {li: rep, mo: rep}"
    found = run(
        f"""\
told:
  {given}
  do: {{update: client.acme, set: {{since: 2026-01-01}}}}
  expect: {{told: {{client.acme: [li]}}}}
nobody:
  {given}
  do: {{update: client.acme, set: {{share: 5}}}}
  expect: {{told: {{client.acme: []}}}}
wrong:
  {given}
  do: {{update: client.acme, set: {{since: 2026-01-01}}}}
  expect: {{told: {{client.acme: mo}}}}
"""
    )
    assert found == {"told": (), "nobody": (), "wrong": ("li is told about client.acme, expected mo",)}


def test_automations_act_after_each_write(run: Run) -> None:
    """Not on what is given; each sees what its own write changed, although the clock stands still."""
    told = run(
        """\
acts:
  given: {client: {acme: {}}, deal: {big: {name: Automatic, client: acme}}}
  do: {update: deal.big, set: {amount: 5}}
  then: {again: {update: deal.big, set: {amount: 6}}}
  expect: {deal.big: {reason: Marked}, made: {deal: [{name: Follower, client: acme}]}}
given:
  given: {deal: {big: {name: Automatic, amount: 5}}}
  do: {update: deal.big, set: {amount: 6}}
  expect: {deal.big: {reason: ""}, made: {deal: []}}
too_few:
  given: {deal: {big: {name: Other}}}
  do: {update: deal.big, set: {amount: 6}}
  expect: {made: {deal: [{name: Follower}]}}
other:
  given: {deal: {big: {name: Automatic}}}
  do: {update: deal.big, set: {amount: 6}}
  expect: {made: {deal: [{name: Somebody}]}}
"""
    )
    assert told == {
        "acts": (),
        "given": (),
        "too_few": ("0 of deal were made, expected 1",),
        "other": ('deal.made_1 has name "Follower", expected "Somebody"',),
    }
