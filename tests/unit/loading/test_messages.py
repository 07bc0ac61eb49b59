# ruff: noqa: E501 - a message stands on one line, as it is shown
"""What is said of each way to write one of the kinds wrongly: enough to mend it."""

from pathlib import Path

import pytest

from app.loading import load_pack
from tests.unit.loading.test_broken_packs import write_pack
from tests.unit.loading.things import TASKS

DEAL = "entity: deal\n"
TRIGGER = DEAL + "trigger: create\n"
LABELLED = DEAL + "label: X\n"
TAG = "actions: {a: {tag: hot}}\n"

MESSAGES: list[tuple[str, str, list[str]]] = [
    ("automations", DEAL + "trigger: creat\n" + TAG, [
        "2:10 CFG204 'trigger' is one of create, update and delete, not 'creat' (did you mean 'create'?)",
    ]),
    ("automations", DEAL + "trigger: [create]\n" + TAG, [
        "2:1 CFG204 'trigger' is one of create, update and delete, not a list",
    ]),
    ("automations", DEAL + "trigger: {chnaged: name}\n" + TAG, [
        "2:11 CFG201 unknown key 'chnaged' (did you mean 'changed'?)",
    ]),
    ("automations", DEAL + "trigger: {date: name, before: 3 day}\n" + TAG, [
        "2:31 CFG206 'before' must be a duration, not '3 day' (for example 2 working days)",
    ]),
    ("automations", DEAL + "trigger: {every: weekly}\n" + TAG, [
        "2:18 CFG206 'every' must be day, week, month, quarter, year or several of them, not 'weekly' (for example 2 weeks)",
    ]),
    ("automations", DEAL + "trigger: {every: week, day: 31}\n" + TAG, [
        "2:29 CFG209 day: 31 does not go with every: week in 'trigger' (write a weekday, such as monday)",
    ]),
    ("automations", DEAL + "trigger: {every: day, at: 8:00}\n" + TAG, [
        "2:27 CFG206 'at' must be a time of day, not '8:00' (for example 08:00)",
    ]),
    ("automations", TRIGGER + "when: [x]\nmode: dry\n" + TAG, [
        "3:1 CFG203 'when' must be an expression, not a list (for example stage == \"won\")",
        "4:7 CFG204 'mode' is one of live and shadow, not 'dry'",
    ]),
    ("automations", TRIGGER, [
        "1:1 CFG202 automation 'x' needs 'actions'",
    ]),
    ("automations", TRIGGER + "actions: {}\n", [
        "3:1 CFG417 'actions' is empty",
    ]),
    ("automations", TRIGGER + "actions: [tag]\n", [
        "3:1 CFG203 'actions' must be a map of keys and values, not a list (what has attributes is a map by name: {tag: {…}, …})",
    ]),
    ("automations", TRIGGER + "actions: {a: {}}\n", [
        "3:11 CFG202 action 'a' needs one of set, create, update_related, assign, tag, notify, send_mail, send_form, webhook, request_approval, move_stage, start_review or run",
    ]),
    ("automations", TRIGGER + "actions: {A b: {tag: hot}}\n", [
        "3:11 CFG211 'A b' can't be the key of an action (write a_b)",
    ]),
    ("automations", TRIGGER + "actions: {a: {sendmail: {to: owner, template: x}}}\n", [
        "3:15 CFG201 unknown key 'sendmail' (did you mean 'send_mail'?)",
    ]),
    ("automations", TRIGGER + "actions: {a: {set: {name: x}, tag: hot}}\n", [
        "3:31 CFG209 'tag' does not go with 'set' ('set' stands alone)",
    ]),
    ("automations", TRIGGER + "actions: {a: {assign: {to: Owner, by: chance}}}\n", [
        "3:28 CFG206 'to' must be a field, or a path to one, not 'Owner' (for example owner.manager)",
        "3:39 CFG204 'by' is one of round_robin, least_open and skill, not 'chance'",
    ]),
    ("automations", TRIGGER + "actions: {a: {assign: {to: boss@acme.com}}}\n", [
        "3:28 CFG206 'to' must be a field, or a path to one, not 'boss@acme.com' (write {email: boss@acme.com})",
    ]),
    ("automations", TRIGGER + "actions: {a: {assign: {to: [owner, {rol: seller}]}}}\n", [
        "3:37 CFG201 unknown key 'rol' (did you mean 'role'?)",
    ]),
    ("automations", TRIGGER + "actions: {a: {assign: {to: {role: seller, team: east}}}}\n", [
        "3:43 CFG209 'team' does not go with 'role' ('role' stands alone)",
    ]),
    ("automations", TRIGGER + "actions: {a: {assign: {to: {}}}}\n", [
        "3:28 CFG202 'to' needs one of path, role, team, department, user, email or field",
    ]),
    ("automations", TRIGGER + "actions: {a: {assign: {to: ownr.manager}}}\n", [
        "3:28 CFG302 unknown field 'ownr' of deal (did you mean 'owner'?)",
    ]),
    ("automations", TRIGGER + "actions: {a: {create: {entity: account, values: {nam: x}}}}\n", [
        "3:50 CFG302 unknown field 'nam' of account (did you mean 'name'? (acme/entities/account.yaml:3:3))",
    ]),
    ("automations", TRIGGER + "actions: {a: {create: {entity: account, values: {name: {formula: [x]}}}}}\n", [
        "3:57 CFG203 'formula' must be an expression, not a list (for example stage == \"won\")",
    ]),
    ("automations", TRIGGER + "actions: {a: {update_related: {related: acount, values: {name: x}}}}\n", [
        "3:41 CFG305 'acount' is neither a lookup of deal nor the other side of one (did you mean 'account'?)",
    ]),
    ("automations", TRIGGER + "actions: {a: {update_related: {related: account, values: {nme: x}}}}\n", [
        "3:59 CFG302 unknown field 'nme' of account (did you mean 'name'? (acme/entities/account.yaml:3:3))",
    ]),
    ("automations", TRIGGER + "actions: {a: {move_stage: own}}\n", [
        "3:27 CFG310 no pipeline of deal has the stage 'own' (did you mean 'won'?)",
    ]),
    ("automations", TRIGGER + "actions: {a: {notify: {to: owner, template: welcom}}}\n", [
        "3:45 CFG309 unknown template 'welcom'",
    ]),
    ("automations", TRIGGER + "actions: {a: {webhook: {url: http://x, secret: abc}}}\n", [
        "3:30 CFG206 'url' has the wrong form: 'http://x' (for example https://erp.example.com/hooks/crm)",
        "3:40 CFG214 'secret' is a secret and must not stand in a file (write ${env:ERP_SECRET} and set the variable where the program runs)",
    ]),
    ("approvals", LABELLED + "steps: {m: {label: M, approvers: owner, need: most, within: 2 day}}\n", [
        "3:47 CFG204 'need' is one of any, all and a number, not 'most'",
        "3:61 CFG206 'within' must be a duration, not '2 day' (for example 2 working days)",
    ]),
    ("approvals", LABELLED + "steps: {m: {label: M, approvers: owner, need: 0, escalate: {after: 1 day}}}\n", [
        "3:47 CFG205 'need' must be at least 1, not 0",
        "3:50 CFG202 'escalate' needs 'to'",
    ]),
    ("approvals", LABELLED + "steps: [m]\n", [
        "3:1 CFG203 'steps' must be a map of keys and values, not a list (what has attributes is a map by name: {m: {…}, …})",
    ]),
    ("approvals", LABELLED + "read_only: nme\nself_approval: nein\nsteps: {m: {label: M, approvers: owner}}\n", [
        "3:12 CFG302 unknown field 'nme' of deal (did you mean 'name'? (acme/entities/deal.yaml:4:3))",
        "4:16 CFG203 'self_approval' must be true or false, not 'nein'",
    ]),
    ("slas", LABELLED + "start: is_new()\nstop: true\ntargets: {all: {within: 4 working hour}}\n", [
        "5:25 CFG206 'within' must be a duration, not '4 working hour' (for example 4 working hours)",
    ]),
    ("slas", LABELLED + "start: is_new()\ntargets: {all: 4 hours}\n", [
        "1:1 CFG202 service level 'x' needs 'stop'",
        "4:16 CFG203 target 'all' must be a map of keys and values, not '4 hours' (write a map: {within: …})",
    ]),
    ("slas", LABELLED + "start: is_new()\nstop: true\ntargets: {all: {within: 4 hours}}\nwarn: {actions: {}}\ncalendar: offce\n", [
        "6:1 CFG202 'warn' needs 'before'",
        "6:8 CFG417 'actions' is empty",
        "7:11 CFG309 unknown calendar 'offce'",
    ]),
    ("reviews", LABELLED + "every: quarterly\nassign_to: owner\n", [
        "3:8 CFG206 'every' must be day, week, month, quarter, year or several of them, not 'quarterly' (for example week)",
    ]),
    ("reviews", LABELLED + "every: quarter\nday: monday\nassign_to: owner\n", [
        "4:6 CFG209 day: monday does not go with every: quarter in review 'x' (write 1 to 31, or last)",
    ]),
    ("reviews", LABELLED + "every: week\nassign_to: owner\nchecklist: [a, b]\n", [
        "5:1 CFG203 'checklist' must be a map of keys and values, not a list (what has attributes is a map by name: {a: {…}, b: {…}, …})",
    ]),
    ("backups", "full: {every: week, keep: 8}\nincremental: daily\nencrypt: yes\n", [
        "1:27 CFG203 'keep' must be how long or how many to keep, not the number 8 (for example 30 days)",
        "2:14 CFG203 'incremental' must be a map of keys and values, not 'daily' (write a map: {every: …})",
        "3:10 CFG203 'encrypt' must be true or false, not 'yes' (write true)",
    ]),
    ("backups", "full: {every: day, day: sunday, keep: 8 copys}\nto: 5\n", [
        "1:25 CFG209 day: sunday does not go with every: day in 'full' (leave it out)",
        "1:39 CFG206 'keep' must be how long or how many to keep, not '8 copys' (for example 30 days)",
        "2:5 CFG203 'to' must be a text, not the number 5 (put a text in quotes: \"5\")",
    ]),
    ("backups", "verify: {at: '04:00'}\nfulll: {}\n", [
        "1:1 CFG202 'verify' needs 'every'",
        "2:1 CFG201 unknown key 'fulll' (did you mean 'full'?)",
    ]),
    ("views", LABELLED + "show: bord\n", [
        "3:7 CFG204 'show' is one of list, board and calendar, not 'bord' (did you mean 'board'?)",
    ]),
    ("views", LABELLED + "show: board\ncolumns: [name]\n", [
        "3:1 CFG202 view 'x', a board, needs 'by'",
        "4:1 CFG209 'columns' does not go with show: board (with show: board may stand by, card, sum, limits, sort and filters)",
    ]),
    ("views", LABELLED + "show: board\nby: stage\nlimits: {opne: 5, won: 0}\n", [
        "5:10 CFG310 the board is by 'stage', which has no stage 'opne' (did you mean 'open'?)",
        "5:24 CFG205 'won' must be at least 1, not 0",
    ]),
    ("views", LABELLED + "show: calendar\n", [
        "3:1 CFG202 view 'x', a calendar, needs 'start'",
    ]),
    ("views", LABELLED + "by: stage\ncolumns: [nme]\nsort: [-amount]\nshare: [seller]\n", [
        "3:1 CFG209 'by' does not go with show: list (with show: list may stand columns, sort and filters)",
        "4:11 CFG302 unknown field 'nme' of deal (did you mean 'name'? (acme/entities/deal.yaml:4:3))",
        "5:8 CFG302 unknown field 'amount' of deal (did you mean 'account'? (acme/entities/deal.yaml:5:3))",
        "6:1 CFG203 'share' must be a map of keys and values, not a list (write a map: {roles: …})",
    ]),
    ("segments", LABELLED + "where: true\ntag: very important\nrefresh: daily\n", [
        "4:6 CFG206 'tag' has the wrong form: 'very important' (for example champion)",
        "5:10 CFG203 'refresh' must be a map of keys and values, not 'daily' (write a map: {every: …})",
    ]),
    ("reports", LABELLED + "measures: {a: {label: A, summ: name}, b: {label: B}, c: amount}\n", [
        "3:26 CFG201 unknown key 'summ' (did you mean 'sum'?)",
        "3:39 CFG202 measure 'b' needs one of sum, average, min, max or count",
        "3:57 CFG203 measure 'c' must be a map of keys and values, not 'amount' (write a map: {sum: …})",
    ]),
    ("reports", LABELLED + "measures: {a: {label: A, sum: name, count: records}, e: {label: E, count: record}}\n", [
        "3:37 CFG209 'count' does not go with 'sum' (beside 'sum' may stand label)",
        "3:75 CFG302 unknown field 'record' of deal (did you mean 'records'?)",
    ]),
    ("reports", LABELLED + "measures: {a: {label: A, count: records}}\nrows: {r: {field: acount.name, per: monthly}, s: stage}\n", [
        "4:19 CFG302 unknown field 'acount' of deal (did you mean 'account'? (acme/entities/deal.yaml:5:3))",
        "4:37 CFG204 'per' is one of day, week, month, quarter, year, fiscal_quarter and fiscal_year, not 'monthly' (did you mean 'month'?)",
        "4:50 CFG203 's' must be a map of keys and values, not 'stage' (write a map: {field: …})",
    ]),
    ("reports", LABELLED + "measures: {a: {label: A, count: records}}\nchart: {type: donut, measure: b}\nsend: {every: month, to: owner, as: xls}\n", [
        "4:15 CFG204 'type' is one of bar, stacked_bar, line, area, pie, funnel and heat, not 'donut'",
        "5:37 CFG204 'as' is one of xlsx, csv and pdf, not 'xls' (did you mean 'xlsx'?)",
    ]),
    ("dashboards", "label: X\nroles: [sellr]\ncards: {a: {report: nope, limit: 5}, b: {show: kpi}, c: {view: nope, show: kpi, width: 13}}\n", [
        "2:9 CFG304 unknown role 'sellr' (did you mean 'seller'? (acme/roles/seller.yaml:1:1))",
        "3:21 CFG309 unknown report 'nope'",
        "3:27 CFG209 'limit' does not go with 'report' (beside 'report' may stand measure, target, compare, label, show and width)",
        "3:38 CFG202 card 'b' needs one of view, report or built_in",
        "3:64 CFG309 unknown view 'nope'",
        "3:76 CFG209 show: kpi does not go with a view (a view is shown as list or count)",
        "3:88 CFG205 'width' must be at most 12, not 13",
    ]),
    ("templates", "for: email\nbody: x\n", [
        "1:6 CFG204 'for' is one of mail, notification and document, not 'email' (did you mean 'mail'?)",
    ]),
    ("templates", "for: mail\nbody: {fr: x}\n", [
        "2:8 CFG201 unknown key 'fr' (here may stand en, zh and *)",
    ]),
    ("templates", "for: mail\nbody: x\n", [
        "1:1 CFG202 template 'x', a mail, needs 'subject'",
    ]),
    ("templates", "for: document\nbody: {file: x.html}\n", [
        "2:14 CFG117 there is no file 'x.html' (it lies beside the YAML, as acme/templates/x.html)",
    ]),
    ("templates", "for: document\nbody: {en: {file: ../pack.yaml}, zh: {text: a, file: b}}\n", [
        "2:19 CFG206 'file' must be a file of the pack, not '../pack.yaml' (for example deal_won.en.html)",
        "2:48 CFG209 'file' does not go with 'text' ('text' stands alone)",
        "2:54 CFG117 there is no file 'b' (it lies beside the YAML, as acme/templates/b)",
    ]),
    ("forms", LABELLED + "public: linked\nfields: {nme: {}, name: {requird: true}}\nset: {stag: open}\nlimit: {per: week}\n", [
        "3:9 CFG204 'public' is one of true, false and link, not 'linked' (did you mean 'link'?)",
        "4:10 CFG302 unknown field 'nme' of deal (did you mean 'name'? (acme/entities/deal.yaml:4:3))",
        "4:26 CFG201 unknown key 'requird' (did you mean 'required'?)",
        "5:7 CFG302 unknown field 'stag' of deal (did you mean 'stage'? (acme/entities/deal.yaml:6:3))",
        "6:1 CFG202 'limit' needs 'per_address'",
        "6:14 CFG204 'per' is one of minute, hour and day, not 'week'",
    ]),
    ("forms", LABELLED + "fields: [name]\nconsent: {field: name}\n", [
        "3:1 CFG203 'fields' must be a map of keys and values, not a list (what has attributes is a map by name: {name: {…}, …})",
        "4:1 CFG202 'consent' needs 'text'",
    ]),
    ("imports", LABELLED + "file: {type: xls, header_row: 0}\nmode: insert\nmatch: [nme]\nfields: {name: 5, stage: {colum: S}, x: Y}\n", [
        "3:14 CFG204 'type' is one of xlsx and csv, not 'xls' (did you mean 'xlsx'?)",
        "3:31 CFG205 'header_row' must be at least 1, not 0",
        "4:7 CFG204 'mode' is one of create, update and upsert, not 'insert' (did you mean 'upsert'?)",
        "5:9 CFG302 unknown field 'nme' of deal (did you mean 'name'? (acme/entities/deal.yaml:4:3))",
        "6:16 CFG203 field 'name' must be a text or a map of keys and values, not the number 5 (put a text in quotes: \"5\")",
        "6:19 CFG202 field 'stage' needs 'column' (is 'colum' meant to be 'column'?)",
        "6:27 CFG201 unknown key 'colum' (did you mean 'column'?)",
        "6:38 CFG302 unknown field 'x' of deal",
    ]),
    ("imports", LABELLED + "fields: {account: {column: A, find_by: nme}}\n", [
        "3:40 CFG302 unknown field 'nme' of account (did you mean 'name'? (acme/entities/account.yaml:3:3))",
    ]),
    ("conversions", "from: dela\nlabel: X\nmakes: {account: {values: {nme: x}}}\n", [
        "1:7 CFG303 unknown entity 'dela' (did you mean 'deal'? (acme/entities/deal.yaml:1:1))",
        "3:28 CFG302 unknown field 'nme' of account (did you mean 'name'? (acme/entities/account.yaml:3:3))",
    ]),
    ("conversions", "from: deal\nlabel: X\nmakes: {acount: {}}\ncarry: [notess]\n", [
        "3:9 CFG303 unknown entity 'acount' (did you mean 'account'? (acme/entities/account.yaml:1:1))",
        "4:9 CFG305 no lookup to 'deal' has the inverse 'notess' (did you mean 'notes'?)",
    ]),
    ("tests", "now: today\ncases: {a: {as: seller, given: {acount: {}}, expect: {}}}\n", [
        "1:6 CFG206 'now' has the wrong form: 'today' (for example 2026-06-30T09:00)",
        "2:17 CFG203 'as' must be a map of keys and values, not 'seller' (write a map: {role: …})",
        "2:46 CFG417 'expect' is empty",
    ]),
]  # fmt: skip


@pytest.mark.parametrize(
    ("folder", "text", "expected"), MESSAGES, ids=[f"{each[0]}-{number}" for number, each in enumerate(MESSAGES)]
)
def test_the_message_is_enough_to_mend_it(
    folder: str, text: str, expected: list[str], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    file = f"{folder}.yaml" if folder == "backups" else f"{folder}/x.yaml"
    found = load_pack(write_pack(Path(), {**TASKS, file: text})).errors
    assert [
        f"{one.span.line}:{one.span.column} {one.code} {one.message}" + (f" ({one.hint})" if one.hint else "")
        for one in found
    ] == expected
