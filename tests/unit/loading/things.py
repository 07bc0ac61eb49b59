"""One sound thing of each kind, over the entities of the sound small pack."""

from tests.unit.loading.broken_packs import Files

TASKS: Files = {
    "entities/task.yaml": (
        "label: Task\nfields: {name: {type: text, required: true, label: Name}, due: {type: date, label: Due}, "
        "status: {type: picklist, label: Status, options: {open: Open, done: Done}}}\n"
    ),
}  # fmt: skip
"""What reviews make."""

THINGS: Files = {
    "automations/x.yaml": (
        "entity: deal\n"
        "trigger: create\n"
        "when: not is_blank(account)\n"
        "actions:\n"
        "  hot: {tag: hot}\n"
        "  ask: {request_approval: x}\n"
        "  set: {set: {name: {formula: \"concat(name, '!')\"}}}\n"
        "  mail: {send_mail: {to: [owner, {role: seller}], template: x}}\n"
        "  task: {create: {entity: deal, values: {name: {en: Call, zh: 电话}, account: {formula: account}}}}\n"
        "  up: {update_related: {related: account, values: {level: a}}}\n"
    ),
    "approvals/x.yaml": (
        "label: Big deal\nentity: deal\nshow: [name, account]\nread_only: all\n"
        "steps: {boss: {label: Boss, approvers: owner.manager, within: 2 working days, escalate: {to: {role: seller}}}}\n"
    ),
    "slas/x.yaml": (
        "label: Answer\nentity: deal\nstart: is_new()\nstop: true\n"
        "targets: {big: {when: account.level == 'a', within: 4 hours}, others: {within: 1 day}}\n"
        "warn: {before: 1 hour, actions: {tell: {notify: {to: owner, template: x}}}}\n"
    ),
    "reviews/x.yaml": (
        "label: Look\nentity: account\nevery: quarter\nday: 1\nassign_to: owner\n"
        "checklist: {name: Name is right, level: {label: Level is right}}\n"
        "escalate: {after: 5 days, to: owner.manager}\n"
    ),
    "views/x.yaml": "label: Open\nentity: deal\nshow: board\nby: stage\ncard: [name]\nlimits: {open: 10}\n",
    "segments/x.yaml": "label: Best\nentity: account\nwhere: level == 'a'\ntag: best\nrefresh: {every: day, at: '03:00'}\n",
    "reports/x.yaml": (
        "label: Revenue\nentity: account\nmeasures: {all: {label: All, count: records}, sum: {label: Sum, sum: revenue}}\n"
        "rows: {level: {field: level}}\nchart: {type: bar, measure: sum}\n"
        "send: {every: month, day: last, to: [{role: seller}], as: csv}\n"
    ),
    "dashboards/x.yaml": (
        "label: Home\nroles: [seller]\n"
        "cards: {view: {view: x, show: count}, report: {report: x, measure: all, show: kpi, width: 3}}\n"
    ),
    "templates/x.yaml": (
        "for: mail\nentity: deal\nsubject: 'Won {{ record.name }}'\n"
        "body: {en: {file: x.en.html}, zh: '{{ record.name }} 已成交'}\n"
    ),
    "templates/x.en.html": "<p>{{ record.name }} is won.</p>\n",
    "forms/x.yaml": (
        "label: Contact us\nentity: account\npublic: true\nfields: {name: {required: true}, level: {}}\nset: {revenue: 0}\n"
        "limit: {per_address: 5}\n"
    ),
    "imports/x.yaml": (
        "label: Firms\nentity: account\nmode: upsert\nmatch: [name]\n"
        "fields: {name: Firma, level: {column: Klasse, values: {gut: a}}}\n"
    ),
    "conversions/x.yaml": (
        "label: To an account\nfrom: deal\nmakes: {account: {values: {name: {formula: name}}, match: [name]}}\n"
        "carry: [notes]\n"
    ),
    "tests/x.yaml": "cases: {a: {as: {role: seller}, given: {account: {acme: {name: A}}}, expect: {account.acme: {level: a}}}}\n",
    "backups.yaml": "full: {every: week, day: sunday, at: '02:00', keep: 8 copies}\nto: '${env:CRM_BACKUP_DIR}'\n",
}  # fmt: skip


def sound_things() -> Files:
    """The files of one thing of each kind."""
    return {**TASKS, **THINGS}
