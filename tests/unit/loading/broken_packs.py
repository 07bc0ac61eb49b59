"""More than a hundred packs that are broken in one way each: a sound small pack in which one file is replaced or added.

Each is (name, code that must be among the errors, files by path). Bytes are written as they are.
"""

import json

Files = dict[str, str | bytes | None]

SOUND: dict[str, str | bytes | None] = {
    "pack.yaml": "language: 1\nlabel: Acme\n",
    "entities/account.yaml": (
        "label: Account\n"
        "fields:\n"
        "  name: {type: text, label: Name, required: true}\n"
        "  level: {type: picklist, label: Level, options: level, default: a}\n"
        "  revenue: {type: money, label: Revenue, min: 0}\n"
        "  parent_account: {type: lookup, to: account, label: Head office, inverse: subsidiaries}\n"
        "layout:\n"
        "  tabs: {all: {label: All, sections: {basics: {label: Basics, fields: [name, level, revenue]}}}}\n"
        "list: {columns: [name, level], sort: [-revenue]}\n"
    ),
    "entities/deal.yaml": (
        "label: Deal\n"
        "parent: account\n"
        "fields:\n"
        "  name: {type: text, label: Name}\n"
        "  account: {type: lookup, to: account, inverse: deals}\n"
        "  stage: {type: stage, label: Stage}\n"
        "  labels: {type: tags, label: Labels}\n"
        "pipelines:\n"
        "  sales: {field: stage, stages: {open: Open, won: {label: Won, category: won}}}\n"
    ),
    "picklists/level.yaml": "label: Level\noptions: {a: A, b: B}\n",
    "roles/seller.yaml": "label: Seller\ngrants:\n  account: {read: own, update: own}\n  deal: {read: parent}\n",
    "menu.yaml": "groups: {sales: {label: Sales, items: {account: {}, deal: {}}}}\n",
}

ACCOUNT = "label: Account\nfields:\n  name: {type: text, label: Name}\n"
OVERLAY = "language: 1\nextends: base\nlabel: Acme\n"


def account(field: str) -> Files:
    """The entity account with one more field, written in flow style."""
    return {"entities/account.yaml": ACCOUNT + f"  {field}\n"}


def deal(rest: str) -> Files:
    """The entity deal with more attributes."""
    text = SOUND["entities/deal.yaml"]
    assert isinstance(text, str)
    return {"entities/deal.yaml": text + rest}


def picklist(text: str | bytes) -> Files:
    return {"picklists/level.yaml": text}


def pack(text: str) -> Files:
    return {"pack.yaml": text}


def role(text: str) -> Files:
    return {"roles/seller.yaml": "label: Seller\n" + text}


def overlay(path: str, text: str) -> Files:
    """The sound pack as the base, and an overlay with one file."""
    base = {f"../base/{name}": content for name, content in SOUND.items()}
    nothing: Files = dict.fromkeys(SOUND)
    return {**nothing, **base, "pack.yaml": OVERLAY, path: text}


def bomb(levels: int, width: int) -> str:
    lines = ["a0: &a0 x"]
    lines += [f"a{level}: &a{level} [{', '.join([f'*a{level - 1}'] * width)}]" for level in range(1, levels)]
    return "\n".join(lines) + "\n"


YAML_PACKS: list[tuple[str, str, Files]] = [
    ("tab as indentation", "CFG102", {"entities/account.yaml": "label: A\nfields:\n\tname: text\n"}),
    ("tab before a list", "CFG102", {"entities/account.yaml": "list:\n  columns:\n\t- name\n"}),
    ("duplicate field", "CFG103", {"entities/account.yaml": ACCOUNT + "  name: {type: email, label: E}\n"}),
    ("duplicate top key", "CFG103", {"entities/account.yaml": ACCOUNT + "label: Again\n"}),
    ("duplicate in flow", "CFG103", account("x: {type: text, label: X, label: Y}")),
    ("duplicate in quotes", "CFG103", account('x: {type: text, label: X, "label": Y}')),
    ("unclosed brace", "CFG101", account("x: {type: text, label: X")),
    ("unclosed bracket", "CFG101", {"entities/account.yaml": ACCOUNT + "list: {columns: [name}\n"}),
    ("unclosed quote", "CFG101", account("x: {type: text, label: 'X}")),
    ("unclosed double quote", "CFG101", account('x: {type: text, label: "X}')),
    ("second colon", "CFG101", {"entities/account.yaml": "label: Account: ours\n"}),
    ("wrong indentation", "CFG101", {"entities/account.yaml": ACCOUNT + "   y: text\n"}),
    ("list among keys", "CFG101", {"entities/account.yaml": ACCOUNT + "- x\n"}),
    ("at sign", "CFG101", {"entities/account.yaml": "label: @home\n"}),
    ("backtick", "CFG101", {"entities/account.yaml": "label: `x`\n"}),
    ("percent", "CFG101", {"entities/account.yaml": "label: %x\n"}),
    ("unknown escape", "CFG101", {"entities/account.yaml": 'label: "C:\\data"\n'}),
    ("unknown alias", "CFG101", {"entities/account.yaml": "label: *nothing\n"}),
    ("nothing behind the colon", "CFG104", {"entities/account.yaml": ACCOUNT + "plural:\n"}),
    ("nothing in flow", "CFG104", account("x: {type: , label: X}")),
    ("fields not indented", "CFG104", {"entities/account.yaml": "label: A\nfields:\nname: text\n"}),
    ("empty item", "CFG104", {"entities/account.yaml": ACCOUNT + "list:\n  columns:\n    -\n    - name\n"}),
    ("comment cuts a text", "CFG105", {"entities/account.yaml": "label: Account #1\n"}),
    ("comment cuts a color", "CFG105", pack("language: 1\nbrand:\n  color: #0B5FFF\n")),
    ("comment cuts a color in flow", "CFG105", pack("language: 1\nbrand: {color: #0B5FFF}\n")),
    ("comma cuts a text", "CFG106", account("x: {type: text, label: {en: Yes, please, zh: 好}}")),
    ("comma in a number", "CFG106", account("x: {type: integer, label: X, max: 1,000}")),
    ("billion laughs", "CFG107", {"entities/account.yaml": bomb(12, 10)}),
    ("wide bomb", "CFG107", {"entities/account.yaml": bomb(3, 2000)}),
    ("deep bomb", "CFG107", {"entities/account.yaml": bomb(30, 4)}),
    ("ten megabytes", "CFG107", {"entities/account.yaml": b"label: x\n#" + b"x" * 10_000_000}),
    ("200,000 values", "CFG107", {"entities/account.yaml": "label: [" + "x," * 200_000 + "x]\n"}),
    ("3,000 lists deep", "CFG108", {"entities/account.yaml": "label: " + "[" * 3000 + "]" * 3000}),
    ("300,000 brackets", "CFG108", {"entities/account.yaml": "[" * 300_000}),
    ("3,000 maps deep", "CFG108", {"entities/account.yaml": "{a: " * 3000 + "b" + "}" * 3000}),
    ("deep block", "CFG108", {"entities/account.yaml": "".join(f"{' ' * n}a:\n" for n in range(900))}),
    ("alias of itself", "CFG109", {"entities/account.yaml": "label: &x [*x]\n"}),
    ("alias of what holds it", "CFG109", {"entities/account.yaml": "&x\nlabel: {en: *x}\n"}),
    ("NUL", "CFG110", {"entities/account.yaml": b"label: A\0B\n"}),
    ("only NUL", "CFG110", {"entities/account.yaml": b"\0" * 100}),
    ("control character", "CFG110", {"entities/account.yaml": b"label: A\x1bB\n"}),
    ("UTF-16 with a mark", "CFG110", {"entities/account.yaml": ACCOUNT.encode("utf-16")}),
    ("UTF-16 big endian", "CFG110", {"entities/account.yaml": b"\xfe\xff" + ACCOUNT.encode("utf-16-be")}),
    ("UTF-16 without a mark", "CFG110", {"entities/account.yaml": ACCOUNT.encode("utf-16-le")}),
    ("UTF-32", "CFG110", {"entities/account.yaml": ACCOUNT.encode("utf-32")}),
    ("latin-1", "CFG110", {"entities/account.yaml": "label: Café\n".encode("latin-1")}),
    ("GB 18030", "CFG110", {"entities/account.yaml": "label: 客户\n".encode("gb18030")}),
    ("cut in a character", "CFG110", {"entities/account.yaml": "label: 客户".encode()[:-1]}),
    ("lone surrogate", "CFG110", {"entities/account.yaml": b"label: \xed\xa0\x80\n"}),
    ("picture", "CFG110", {"entities/account.yaml": b"\x89PNG\r\n\x1a\n\0\0\0\rIHDR"}),
    ("byte order mark and a tab", "CFG102", {"entities/account.yaml": b"\xef\xbb\xbflabel: A\nfields:\n\tx: text\n"}),
    ("two documents", "CFG111", {"entities/account.yaml": ACCOUNT + "---\n" + ACCOUNT}),
    ("python tag", "CFG112", {"entities/account.yaml": "label: !!python/object/apply:os.system [ls]\n"}),
    ("own tag", "CFG112", account("x: !secret {type: text, label: X}")),
    ("binary tag", "CFG112", {"entities/account.yaml": "label: !!binary aGk=\n"}),
    ("number as key", "CFG113", picklist("label: L\noptions: {1: One}\n")),
    ("boolean as key", "CFG113", picklist("label: L\noptions: {true: Yes}\n")),
    ("null as key", "CFG113", picklist("label: L\noptions: {~: None}\n")),
    ("list as key", "CFG113", picklist("label: L\noptions: {[a, b]: X}\n")),
    ("map as key", "CFG113", picklist("label: L\noptions:\n  ? {a: b}\n  : X\n")),
    ("merge key", "CFG113", account("x: {type: text, label: X, <<: {required: true}}")),
    ("endless key", "CFG113", picklist(f"label: L\noptions: {{{'k' * 300}: X}}\n")),
    ("alias as key", "CFG113", {"entities/account.yaml": "label: &l A\nfields: {*l : text}\n"}),
    ("key no", "CFG114", picklist("label: L\noptions: {no: No}\n")),
    ("key on", "CFG114", picklist("label: L\noptions:\n  on: On\n")),
    ("full-width colon", "CFG115", {"entities/account.yaml": "label：客户\nfields:\n  name: text\n"}),
    ("full-width colon in flow", "CFG115", account("x: {type：text, label: X}")),
    ("full-width comma", "CFG115", account("x: {type: text，label: X}")),
    ("full-width comma in a list", "CFG115", {"entities/account.yaml": ACCOUNT + "list: {columns: [name，owner]}\n"}),
    ("full-width quotes", "CFG115", {"entities/account.yaml": "label: “客户”\nfields:\n  name: text\n"}),
    ("5,000 digits", "CFG116", account(f"x: {{type: integer, label: X, max: {'9' * 5000}}}")),
    ("hexadecimal of 5,000 digits", "CFG116", account(f"x: {{type: integer, label: X, max: 0x{'f' * 5000}}}")),
    ("huge exponent", "CFG116", account("x: {type: money, label: X, max: 1e999999999}")),
    ("infinity", "CFG116", account("x: {type: money, label: X, max: .inf}")),
    ("not a number", "CFG116", account("x: {type: money, label: X, max: .nan}")),
    ("JSON with a trailing comma twice", "CFG101", {"picklists/x.json": '{"label": "X",, "options": {}}'}),
    ("JSON cut off", "CFG101", {"picklists/x.json": '{"label": "X", "options": {"a": '}),
    ("JSON duplicate", "CFG103", {"picklists/x.json": '{"label": "X", "label": "Y", "options": {"a": "A"}}'}),
]

SHAPE_PACKS: list[tuple[str, str, Files]] = [
    ("misspelt key of an entity", "CFG201", {"entities/account.yaml": ACCOUNT.replace("fields", "feilds")}),
    ("misspelt key of a field", "CFG201", account("x: {type: text, label: X, requierd: true}")),
    ("misspelt key of a pack", "CFG201", pack("langauge: 1\nlabel: A\n")),
    ("misspelt key of a role", "CFG201", role("grant: {}\n")),
    ("misspelt verb", "CFG201", role("grants: {account: {raed: all}}\n")),
    ("misspelt key of the menu", "CFG201", {"menu.yaml": "group: {}\n"}),
    (
        "misspelt language",
        "CFG201",
        {"entities/account.yaml": "label: {cn: 客户}\nfields: {name: {type: text, label: N}}\n"},
    ),
    ("entity without fields", "CFG202", {"entities/account.yaml": "label: Account\n"}),
    ("empty entity", "CFG202", {"entities/account.yaml": ""}),
    ("comment alone", "CFG202", {"entities/account.yaml": "# nothing yet\n"}),
    ("field without type", "CFG202", account("x: {label: X}")),
    ("lookup without target", "CFG202", account("x: {type: lookup, label: X}")),
    ("picklist without options", "CFG202", account("x: {type: picklist, label: X}")),
    ("sequence without pattern", "CFG202", account("x: {type: sequence, label: X}")),
    ("pipeline without stages", "CFG202", deal("  other: {field: stage}\n")),
    ("key without fields", "CFG202", deal("keys: {one: {message: M}}\n")),
    ("no name field", "CFG202", {"entities/x.yaml": "label: X\nfields: {title: {type: text, label: T}}\n"}),
    ("root is a list", "CFG203", {"entities/account.yaml": "- label\n- fields\n"}),
    ("root is a text", "CFG203", {"entities/account.yaml": "account\n"}),
    ("root is a number", "CFG203", {"entities/account.yaml": "5\n"}),
    ("fields is a list", "CFG203", {"entities/account.yaml": "label: A\nfields: [name]\n"}),
    ("field is a number", "CFG203", account("x: 5")),
    ("field is a list", "CFG203", account("x: [text]")),
    ("label is a number", "CFG203", account("x: {type: text, label: 2026}")),
    ("label is a list", "CFG203", account("x: {type: text, label: [X]}")),
    ("yes for a boolean", "CFG203", account("x: {type: text, label: X, required: yes}")),
    ("text for a number", "CFG203", account('x: {type: text, label: X, max_length: "10"}')),
    ("fraction for a whole number", "CFG203", account("x: {type: text, label: X, max_length: 1.5}")),
    ("text for a list", "CFG203", deal("list: {columns: name}\n")),
    ("map for a name", "CFG203", deal("icon: {a: b}\n")),
    ("layout is a list", "CFG203", deal("layout: [name]\n")),
    ("rights is a text", "CFG203", role("rights: audit\n")),
    ("grants is a list", "CFG203", role("grants: [account]\n")),
    ("menu items is a list", "CFG203", {"menu.yaml": "groups: {a: {label: A, items: [account]}}\n"}),
    ("unknown type", "CFG204", account("x: {type: txt, label: X}")),
    ("unknown type in short", "CFG204", account("x: txt")),
    ("unknown scope", "CFG204", role("grants: {account: {read: mine}}\n")),
    ("boolean for a scope", "CFG204", role("grants: {account: {read: true}}\n")),
    ("unknown right", "CFG204", role("rights: [everything]\n")),
    ("unknown color", "CFG204", picklist("label: L\noptions: {a: {label: A, color: pink}}\n")),
    ("unknown category", "CFG204", deal("  other: {field: stage, stages: {x: {label: X, category: win}}}\n")),
    ("unknown mask", "CFG204", role("grants: {account: {read: all, fields: {name: {mask: star}}}}\n")),
    ("language of the future", "CFG205", pack("language: 2\nlabel: A\n")),
    ("length of nothing", "CFG205", account("x: {type: text, label: X, max_length: 0}")),
    ("probability of 110", "CFG205", deal("  x: {field: stage, stages: {x: {label: X, probability: 110}}}\n")),
    ("wrong currency", "CFG206", pack("language: 1\ncurrency: {company: yuan}\n")),
    ("wrong color of the brand", "CFG206", pack("language: 1\nbrand: {color: blue}\n")),
    ("column twice", "CFG207", deal("list: {columns: [name, name]}\n")),
    ("length of a number", "CFG208", account("x: {type: integer, label: X, max_length: 5}")),
    ("options of a text", "CFG208", account("x: {type: text, label: X, options: level}")),
    ("target of a text", "CFG208", account("x: {type: text, label: X, to: account}")),
    ("unknown folder", "CFG210", {"entitys/x.yaml": ACCOUNT}),
    ("unknown file", "CFG210", {"menus.yaml": "groups: {}\n"}),
    ("file of another kind", "CFG210", {"entities/x.docx": b"PK\x03\x04"}),
    ("file ending in yml", "CFG210", {"entities/x.yml": ACCOUNT}),
    ("folder in a folder", "CFG210", {"entities/sales/x.yaml": ACCOUNT}),
    ("file with a capital", "CFG211", {"entities/Account2.yaml": ACCOUNT}),
    ("file with a space", "CFG211", {"entities/my account.yaml": ACCOUNT}),
    ("key of a field in Chinese", "CFG211", account("名称: {type: text, label: X}")),
    ("key of a field with a dash", "CFG211", account("close-date: {type: date, label: X}")),
    ("key of 60 characters", "CFG211", account("x" * 60 + ": {type: date, label: X}")),
    ("option with a space", "CFG211", picklist("label: L\noptions: {a: A, very good: B}\n")),
    ("reserved field", "CFG212", account("id: {type: text, label: X}")),
    ("reserved entity", "CFG212", {"entities/login.yaml": ACCOUNT}),
    (
        "YAML and JSON of one name",
        "CFG213",
        {"picklists/level.json": json.dumps({"label": "L", "options": {"a": "A"}})},
    ),
]

MEANING_PACKS: list[tuple[str, str, Files]] = [
    ("no pack.yaml", "CFG117", {"pack.yaml": None}),
    ("patch of a field that is not there", "CFG221", overlay("entities/account.yaml", "fields: {nmae: {max_length: 9}}\n")),
    ("patch of an entity that is not there", "CFG221", overlay("entities/acount.yaml", "label: X\n")),
    ("patch of a picklist that is not there", "CFG221", overlay("picklists/levels.yaml", "label: X\n")),
    ("removal of what is not there", "CFG221", overlay("entities/account.yaml", "fields: {nmae: null}\n")),
    ("removal of an unknown entity", "CFG221", overlay("pack.yaml", OVERLAY + "remove: {entities: [acount]}\n")),
    ("null without a base", "CFG222", account("x: null")),
    ("place without a base", "CFG222", account("x: {type: text, label: X, $place: first}")),
    ("change of a list without a base", "CFG222", deal("list: {columns: {$add: [stage]}}\n")),
    ("unknown place", "CFG223", overlay("entities/account.yaml", "fields: {name: {$place: above level}}\n")),
    ("place after nothing", "CFG223", overlay("entities/account.yaml", "fields: {name: {$place: after levle}}\n")),
    ("unknown instruction", "CFG223", overlay("entities/account.yaml", "fields: {name: {$plce: first}}\n")),
    ("removal from a list", "CFG223", overlay("entities/account.yaml", "list: {columns: {$remove: [nmae]}}\n")),
    ("addition of what is there", "CFG207", overlay("entities/account.yaml", "list: {columns: {$add: [name]}}\n")),
    ("pack that extends itself", "CFG226", pack("language: 1\nextends: acme\n")),
    ("overlay removes a field in use", "CFG306", overlay("picklists/level.yaml", "options: {a: null}\n")),
    ("unknown picklist", "CFG301", account("x: {type: picklist, label: X, options: levle}")),
    ("unknown column", "CFG302", deal("list: {columns: [nmae]}\n")),
    ("unknown sort", "CFG302", deal("list: {sort: [-nmae]}\n")),
    ("unknown filter", "CFG302", deal("list: {filters: [nmae]}\n")),
    ("unknown highlight", "CFG302", deal("layout: {highlights: [nmae]}\n")),
    ("unknown field in a key", "CFG302", deal("keys: {one: {fields: [nmae]}}\n")),
    ("unknown name field", "CFG302", deal("name_field: nmae\n")),
    ("unknown parent", "CFG302", {"entities/account.yaml": ACCOUNT + "parent: company\n"}),
    ("unknown field of a pipeline", "CFG302", deal("  other: {field: stag, stages: {x: X}}\n")),
    ("unknown field of a grant", "CFG302", role("grants: {account: {read: all, fields: {nmae: hidden}}}\n")),
    ("unknown entity of a lookup", "CFG303", account("x: {type: lookup, to: acount, label: X}")),
    ("unknown entity of a grant", "CFG303", role("grants: {acount: {read: all}}\n")),
    ("unknown entity of the menu", "CFG303", {"menu.yaml": "groups: {a: {label: A, items: {acount: {}}}}\n"}),
    ("unknown role included", "CFG304", role("includes: [employe]\n")),
    ("unknown role of the menu", "CFG304", {"menu.yaml": "groups: {a: {label: A, roles: [sellr], items: {}}}\n"}),
    ("unknown inverse", "CFG305", deal("layout: {tabs: {t: {label: T, sections: {s: {related: deals}}}}}\n")),
    ("unknown option as default", "CFG306", account("x: {type: picklist, label: X, options: level, default: z}")),
    ("unknown base", "CFG307", pack("language: 1\nextends: nothing_like_it\n")),
    ("base outside", "CFG307", pack("language: 1\nextends: ../../etc\n")),
    ("unknown name in a text", "CFG308", account("x: {type: text, label: '{entity:acount} name'}")),
    ("unknown kind in a text", "CFG308", account("x: {type: text, label: '{enity:account} name'}")),
    ("two lookups without inverses", "CFG403", deal("").copy() | {
        "entities/x.yaml": ACCOUNT + "  a: {type: lookup, to: deal, label: A}\n  b: {type: lookup, to: deal, label: B}\n"
    }),
    ("required field on no layout", "CFG404", {
        "entities/account.yaml": ACCOUNT
        + "  x: {type: date, label: X, required: true}\n"
        + "layout: {tabs: {t: {label: T, sections: {s: {label: S, fields: [name]}}}}}\n"
    }),
    ("stage without pipeline", "CFG405", account("x: {type: stage, label: X}")),
    ("pipeline of a text", "CFG405", deal("  other: {field: name, stages: {x: X}}\n")),
    ("stage that replaces itself", "CFG432", deal(
        "  z: {field: stage, when: name == 'x', stages: {x: {label: X, replaced_by: x}}}\n  y: {field: stage, stages: {w: W}}\n"
    )),
    ("stage replaced by one of another pipeline", "CFG310", deal(
        "  z: {field: stage, stages: {x: {label: X, retired: true, replaced_by: w}, v: V}}\n  y: {field: stage, stages: {w: W}}\n"
    )),
    ("stage replaced by none", "CFG310", deal("  z: {field: stage, stages: {x: {label: X, replaced_by: w}}}\n")),
    ("two pipelines of a field", "CFG433", deal("  other: {field: stage, stages: {x: X}}\n")),
    ("bad date", "CFG406", account("x: {type: date, label: X, default: 2026-02-30}")),
    ("date in words", "CFG406", account("x: {type: date, label: X, default: tomorrow}")),
    ("moment without zone", "CFG406", account("x: {type: datetime, label: X, default: '2026-02-03T10:00'}")),
    ("number as text", "CFG406", account("x: {type: text, label: X, default: 5}")),
    ("text as number", "CFG406", account("x: {type: integer, label: X, default: five}")),
    ("word for a boolean", "CFG406", account("x: {type: boolean, label: X, default: yes}")),
    ("default too long", "CFG406", account("x: {type: text, label: X, max_length: 2, default: abc}")),
    ("default below the smallest", "CFG406", account("x: {type: integer, label: X, min: 2, default: 1}")),
    ("default of a lookup", "CFG406", account("x: {type: lookup, to: account, inverse: xs, label: X, default: 1}")),
    ("integer beyond 64 bits", "CFG406", account("x: {type: integer, label: X, max: 99999999999999999999}")),
    ("smallest above the greatest", "CFG407", account("x: {type: money, label: X, min: 2, max: 1}")),
    ("dates the wrong way round", "CFG407", account("x: {type: date, label: X, min: 2026-02-01, max: 2026-01-01}")),
    ("lengths the wrong way round", "CFG407", account("x: {type: text, label: X, min_length: 9, max_length: 1}")),
    ("name of money", "CFG408", {"entities/account.yaml": ACCOUNT + "  x: {type: money, label: X}\nname_field: x\n"}),
    ("role that includes itself", "CFG409", role("includes: [seller]\n")),
    ("parent that is a text", "CFG410", {"entities/account.yaml": ACCOUNT + "parent: name\n"}),
    ("section with two things", "CFG411", deal("layout: {tabs: {t: {label: T, sections: {s: {related: x, fields: [name]}}}}}\n")),
    ("scope parent without one", "CFG412", role("grants: {account: {read: parent}}\n")),
    ("user without its manager", "CFG413", {"entities/user.yaml": ACCOUNT + "  manager: {type: text, label: M}\n"}),
    ("sequence that never counts", "CFG414", account("x: {type: sequence, label: X, pattern: 'A-{yyyy}'}")),
    ("sequence with an unknown part", "CFG414", account("x: {type: sequence, label: X, pattern: 'A-{week}-{seq}'}")),
    ("sequence that repeats", "CFG414", account("x: {type: sequence, label: X, pattern: 'A-{seq}', restart: year}")),
    ("mask of a number", "CFG415", role("grants: {account: {read: all, fields: {revenue: {mask: phone}}}}\n")),
    ("unknown time zone", "CFG416", pack("language: 1\ntime_zone: Mars/Olympus\n")),
    ("time zone that is a path", "CFG416", pack("language: 1\ntime_zone: ../../etc/passwd\n")),
    ("duration without unit", "CFG416", pack("language: 1\nsecurity: {session: {idle: '30'}}\n")),
    ("no language", "CFG417", pack("language: 1\nlanguages: []\n")),
    ("no options", "CFG417", picklist("label: L\noptions: {}\n")),
    ("no stages", "CFG417", deal("  other: {field: stage, stages: {}}\n")),
    ("inverse with the name of a field", "CFG419", {"entities/x.yaml": ACCOUNT + "  a: {type: lookup, to: deal, inverse: name}\n"}),
]  # fmt: skip

DEAL = "entity: deal\nlabel: X\n"
THING_PACKS: list[tuple[str, str, Files]] = [
    ("unknown action", "CFG201", {"automations/x.yaml": DEAL + "trigger: create\nactions: {a: {sendmail: {to: owner}}}\n"}),
    ("approval without approvers", "CFG202", {"approvals/x.yaml": DEAL + "steps: {a: {label: A}}\n"}),
    ("service level without an end", "CFG202", {"slas/x.yaml": DEAL + "start: true\ntargets: {a: {within: 1 day}}\n"}),
    ("review every now and then", "CFG206", {"reviews/x.yaml": DEAL + "every: sometimes\nassign_to: owner\n"}),
    ("backup for ever and a day", "CFG206", {"backups.yaml": "full: {every: day, keep: for ever}\n"}),
    ("backups that are a list", "CFG203", {"backups.yaml": "[full, incremental]\n"}),
    ("board of nothing", "CFG202", {"views/x.yaml": DEAL + "show: board\n"}),
    ("segment without a condition", "CFG202", {"segments/x.yaml": DEAL + "tag: x\n"}),
    ("report without a figure", "CFG417", {"reports/x.yaml": DEAL + "measures: {}\n"}),
    ("card of two things", "CFG209", {"dashboards/x.yaml": "label: X\ncards: {a: {view: x, report: x}}\n"}),
    ("template of a file that is not there", "CFG117", {"templates/x.yaml": "for: document\nbody: {file: x.html}\n"}),
    ("template of a file elsewhere", "CFG206", {"templates/x.yaml": "for: document\nbody: {file: ../../x.html}\n"}),
    ("template of a file with NUL", "CFG110", {"templates/x.yaml": "for: document\nbody: {file: x}\n", "templates/x": b"a\0"}),
    ("file of no template", "CFG210", {"templates/x.html": "x"}),
    ("form with an unknown field", "CFG302", {"forms/x.yaml": DEAL + "fields: {nothing: {}}\n"}),
    ("import by an unknown way", "CFG204", {"imports/x.yaml": DEAL + "mode: guess\nfields: {name: Name}\n"}),
    ("conversion to nothing known", "CFG303", {"conversions/x.yaml": "label: X\nfrom: deal\nmakes: {nothing: {}}\n"}),
    ("test that expects nothing", "CFG202", {"tests/x.yaml": "cases: {a: {given: {account: {}}}}\n"}),
    ("menu with an unknown view", "CFG309", {"menu.yaml": "groups: {a: {label: A, items: {deal: {view: nothing}}}}\n"}),
    ("logo that is not there", "CFG117", pack("language: 1\nlabel: A\nbrand: {logo: x.svg}\n")),
]  # fmt: skip

BROKEN_PACKS = [*YAML_PACKS, *SHAPE_PACKS, *MEANING_PACKS, *THING_PACKS]
