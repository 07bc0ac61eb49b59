"""Every door of the program: how it is tried, and what it must answer.

`DOORS` has an entry for each rule and method of the URL map: the tries of the matrix, or the test that looks at it. A route
without an entry fails the census.
"""

from __future__ import annotations

import datetime as dt
import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, replace
from zoneinfo import ZoneInfo

from werkzeug.test import TestResponse

from tests.security.company import PAPERS, PARENT, ZONE, Thing
from tests.security.oracle import Answer
from tests.security.site import ABSENT, Heard, Site, hear

NEW = "Quite another name"
STAGE = "second"
CHILD_OF = {above: below for below, above in PARENT.items() if below in {"contact", "memo"}}
NO_PAPER = "x" * 32  # as long as the id of a file
NOWHERE = "zqqqqqqqqqqqqqqq"  # as long as a canary, and none


@dataclass(frozen=True)
class Cell:
    """One try: who asks, at the record of which entity in which position (None: a record that does not exist)."""

    site: Site
    asker: str
    entity: str
    thing: Thing | None

    @property
    def id(self) -> int:
        return self.thing.id if self.thing else ABSENT

    @property
    def word(self) -> str:
        """What the record is searched by."""
        return self.thing.canaries["name"] if self.thing else NOWHERE

    @property
    def day(self) -> dt.date:
        """When the records were made, by the calendar of the company: the tries may go on past midnight."""
        made: dt.datetime = min(each["created_at"] for each in self.site.company.facts.values() if "created_at" in each)
        return made.astimezone(ZoneInfo(ZONE)).date()

    @property
    def paper(self) -> str:
        """The file that the record has."""
        return self.site.company.papers.get((self.entity, self.id), NO_PAPER)

    def page(self, method: str, path: str, **form: object) -> Heard:
        return hear(self._open(self.site.page(self.asker).open, method, path, data=form or None))

    def api(self, method: str, path: str, body: object = None) -> Heard:
        address = f"/api/v1/{path}"
        program = self.site.program(self.asker)
        return hear(
            program.open(address, method=method, json=body)
            if body is not None
            else program.open(address, method=method)
        )

    def _open(self, opener: Callable[..., TestResponse], method: str, path: str, **more: object) -> TestResponse:
        browser = self.site.page(self.asker)
        browser.delete_cookie("tenon_notice")  # what was said about the last try
        return opener(path, method=method, headers={"X-CSRF-Token": browser.csrf}, **more)


@dataclass(frozen=True)
class Try:
    """A way through a door. `expect` says what the oracle allows; `found` tells a list that shows the record."""

    name: str
    send: Callable[[Cell], Heard]
    expect: Callable[[Cell], Answer]
    ok: frozenset[int] = frozenset({200})
    denied: frozenset[int] = frozenset({403})
    changes: bool = False
    tells: bool = False  # the audit, and changes nothing else
    entities: tuple[str, ...] = ("account", "contact", "opportunity", "memo", "ocelot")
    found: Callable[[Cell, Heard], bool] | None = None
    idle: Callable[[Cell], bool] = lambda _cell: False  # what is allowed, and yet changes nothing
    whole: bool = False  # what it shows does not depend on the record


def verb(*verbs: str) -> Callable[[Cell], Answer]:
    """All verbs on the record are needed; the first refusal decides."""

    def expect(cell: Cell) -> Answer:
        record = cell.thing.id if cell.thing else None
        person, oracle = cell.site.people[cell.asker], cell.site.oracle
        if record is None:
            return "absent"
        answers = [oracle.allowed(person, each, cell.entity, record) for each in verbs]
        return next((each for each in ("absent", "deny") if each in answers), "yes")  # type: ignore[return-value]

    return expect


def named(needed: str = "read") -> Callable[[Cell], Answer]:
    """A list that is searched by the name shows the record to who reads it with its name, and may `needed`."""

    def expect(cell: Cell) -> Answer:
        person, oracle = cell.site.people[cell.asker], cell.site.oracle
        if not oracle.shows(person, cell.entity, "name"):
            return "absent"
        read = verb("read")(cell)
        return verb(needed)(cell).replace("deny", "absent") if read == "yes" else "absent"  # type: ignore[return-value]

    return expect


def called(cell: Cell) -> Answer:
    """What is asked for by its id is called by its name, or by the mask of it, to who reads it."""
    if cell.site.oracle.sight(cell.site.people[cell.asker], cell.entity, "name") not in {"read", "write", "masked"}:
        return "absent"
    return "yes" if verb("read")(cell) == "yes" else "absent"


def taken(cell: Cell) -> Answer:
    """A file of chosen records has those that one may read and export."""
    return verb("read", "export")(cell).replace("deny", "absent")  # type: ignore[return-value]


def paper(cell: Cell) -> Answer:
    """A file is read by who reads its record and sees its field; nobody is told that it is there."""
    shown = cell.site.oracle.shows(cell.site.people[cell.asker], cell.entity, "paper")
    return verb("read")(cell) if shown else "absent"


def in_bin(cell: Cell) -> Answer:
    person, oracle = cell.site.people[cell.asker], cell.site.oracle
    if cell.thing is None or not oracle.shows(person, cell.entity, "name"):
        return "absent"
    return oracle.allowed(person, "restore", cell.entity, cell.thing.id).replace("deny", "absent")  # type: ignore[return-value]


def linked(needed: str) -> Callable[[Cell], Answer]:
    """A link to the record from one below it: for who may `needed` there and reads the record."""

    def expect(cell: Cell) -> Answer:
        person, oracle = cell.site.people[cell.asker], cell.site.oracle
        child = CHILD_OF[cell.entity]
        if oracle.allowed(person, needed, child) != "yes":
            return "absent"
        return verb("read")(cell)

    return expect


def composes(cell: Cell) -> Answer:
    """What is about a record is written down by who reads the record and may make such."""
    if (read := verb("read")(cell)) != "yes":
        return read
    person, oracle = cell.site.people[cell.asker], cell.site.oracle
    return "yes" if oracle.allowed(person, "create", CHILD_OF[cell.entity]) == "yes" else "deny"


def shows_word(cell: Cell, heard: Heard) -> bool:
    return cell.word in heard.body


def has_row(_cell: Cell, heard: Heard) -> bool:
    """Whether a file has a row below its heads, masked as it may be."""
    return heard.status == 200 and len(heard.body.splitlines()) > 1


def links_there(cell: Cell, heard: Heard) -> bool:
    return f"/{cell.entity}/{cell.id}" in heard.body


def names_id(cell: Cell, heard: Heard) -> bool:
    return re.search(rf'"id": ?"{cell.id}"', heard.body) is not None


def bin_shows(cell: Cell, heard: Heard) -> bool:
    return f'value="{cell.id}"' in heard.body


def prefilled(cell: Cell, heard: Heard) -> bool:
    return f'name="{cell.entity}" value="{cell.id}"' in heard.body


def own_child(cell: Cell) -> int:
    """A record below, which the asker may change where he may change any: one of his own."""
    child = CHILD_OF[cell.entity]
    return cell.site.company.thing(child, "mine", cell.asker).id


def _child_link(cell: Cell) -> Answer:
    person, oracle = cell.site.people[cell.asker], cell.site.oracle
    mine = oracle.allowed(person, "update", CHILD_OF[cell.entity], own_child(cell))
    return verb("read")(cell) if mine == "yes" else "absent"


def is_there(cell: Cell) -> bool:
    """Whether the asker's own record below points to this one already."""
    return cell.thing is not None and cell.thing.position == "mine"


def above(cell: Cell) -> dict[str, str]:
    """What the record points to: a PUT that leaves it out takes the record out of sight."""
    pointer = PARENT.get(cell.entity)
    found = cell.site.company.facts[cell.entity, cell.id][pointer] if pointer and cell.thing else None
    return {str(pointer): str(found)} if found else {}


def mate(cell: Cell) -> int:
    """A colleague who asks nothing himself."""
    return cell.site.company.people["mate"]


def has_no_place(cell: Cell) -> bool:
    """Whether that colleague has no place on the record's team."""
    facts = cell.site.company.facts.get((cell.entity, cell.id), {})
    return mate(cell) not in dict(facts.get("places", ()))


READ, UPDATE, DELETE, RESTORE, SHARE, MOVE = (
    verb("read"), verb("update"), verb("delete"), verb("restore"), verb("share"), verb("update", "transition"),
)  # fmt: skip
SENT = frozenset({303})
STAGED = ("opportunity",)
SHARED = ("account", "opportunity")
ABOVE = tuple(CHILD_OF)


def path(cell: Cell, rest: str = "") -> str:
    return f"/{cell.entity}/{cell.id}{rest}"


def one(cell: Cell, rest: str = "") -> str:
    return f"{cell.entity}/{cell.id}{rest}"


TRIES = (
    Try("page.record", lambda c: c.page("GET", path(c)), READ),
    Try("page.related", lambda c: c.page("GET", path(c, "?tab=related")), READ),
    Try("page.edit", lambda c: c.page("GET", path(c, "/edit")), UPDATE),
    Try("page.save", lambda c: c.page("POST", path(c, "/edit"), name=NEW), UPDATE, SENT, changes=True),
    Try("page.form_state", lambda c: c.page("POST", f"/{c.entity}/form/state?record={c.id}", name=NEW), UPDATE),
    Try("page.cell", lambda c: c.page("GET", path(c, "/cell?field=name")), UPDATE, denied=frozenset({400, 403})),
    Try("page.cell_save", lambda c: c.page("POST", path(c, "/cell?field=name"), name=NEW), UPDATE,
        denied=frozenset({400, 403}), changes=True),
    Try("page.delete", lambda c: c.page("POST", path(c, "/delete")), DELETE, SENT, SENT, changes=True),
    Try("page.stage", lambda c: c.page("POST", path(c, "/stage"), field="stage", to=STAGE), MOVE, SENT, SENT,
        changes=True, entities=STAGED),
    Try("page.ask", lambda c: c.page("GET", path(c, f"/approval?field=stage&to={STAGE}")), READ, entities=STAGED),
    Try("page.ask_for", lambda c: c.page("POST", path(c, "/approval"), field="stage", to=STAGE), MOVE, SENT,
        changes=True, entities=STAGED),  # nobody need agree to it: it is made
    Try("page.bulk_edit", lambda c: c.page("POST", f"/{c.entity}/bulk/edit", id=c.id, field="name", value=NEW), UPDATE,
        SENT, frozenset({400, 403, 422}), changes=True),
    Try("page.bulk_delete", lambda c: c.page("POST", f"/{c.entity}/bulk/delete", id=c.id), DELETE,
        SENT, frozenset({403, 422}), changes=True),
    Try("page.bulk_tags", lambda c: c.page("POST", f"/{c.entity}/bulk/tags", id=c.id, add='["new"]', remove=""), UPDATE,
        SENT, frozenset({400, 403, 422}), changes=True, entities=("account",)),
    Try("page.bulk_csv", lambda c: c.page("POST", f"/{c.entity}/bulk/csv", id=c.id), taken, found=has_row,
        tells=True),
    Try("page.restore", lambda c: c.page("POST", f"/{c.entity}/bin/restore", id=c.id), RESTORE,
        SENT, frozenset({403, 422}), changes=True),
    Try("page.list", lambda c: c.page("GET", f"/{c.entity}/?q={c.word}"), named(), found=links_there),
    Try("page.board", lambda c: c.page("GET", f"/{c.entity}/board/?q={c.word}"), named(), entities=STAGED,
        found=links_there),
    Try("page.calendar", lambda c: c.page("GET", f"/{c.entity}/calendar/?per=day&on={c.day}&q={c.word}"), named(),
        entities=("account",), found=links_there),
    Try("page.csv", lambda c: c.page("GET", f"/{c.entity}/csv?q={c.word}"), named("export"), found=shows_word,
        tells=True),
    Try("page.lookup", lambda c: c.page("GET", f"/{c.entity}/lookup?q={c.word}"), named(), found=names_id),
    Try("page.search", lambda c: c.page("GET", f"/search/?q={c.word}"), named(), found=links_there),
    Try("page.palette", lambda c: c.page("GET", f"/search/options?q={c.word}"), named(), found=links_there),
    Try("page.seen", lambda c: c.page("GET", f"/search/options?seen={c.entity}/{c.id}"), called, found=links_there),
    Try("page.bin", lambda c: c.page("GET", f"/{c.entity}/bin/"), in_bin, found=bin_shows, whole=True),
    Try("page.prefill", lambda c: c.page("GET", f"/{CHILD_OF[c.entity]}/new?{c.entity}={c.id}"), linked("create"),
        entities=ABOVE, found=prefilled),
    Try("page.link", lambda c: c.page("POST", f"/{CHILD_OF[c.entity]}/new", name=NEW, **{c.entity: c.id}),
        linked("create"), SENT, changes=True, entities=ABOVE),
    Try("page.relink", lambda c: c.page("POST", f"/{CHILD_OF[c.entity]}/{own_child(c)}/cell?field={c.entity}",
        **{c.entity: c.id}), _child_link, changes=True, entities=ABOVE, idle=is_there),
    Try("page.beside", lambda c: c.page("GET", path(c, "/beside?sort=name")), READ),
    Try("page.peek", lambda c: c.page("GET", path(c, "/peek")), READ),
    Try("page.timeline", lambda c: c.page("GET", path(c, "/timeline")), READ),
    Try("page.compose", lambda c: c.page("POST", path(c, "/timeline"), **{":for": CHILD_OF[c.entity], "name": NEW}),
        composes, SENT, changes=True, entities=("account",)),
    Try("page.share", lambda c: c.page("POST", path(c, "/team"), user=mate(c), place="guest"), SHARE, SENT, SENT,
        changes=True, entities=SHARED),
    Try("page.unshare", lambda c: c.page("POST", path(c, f"/team/{mate(c)}/end")), SHARE, SENT, SENT,
        changes=True, entities=SHARED, idle=has_no_place),
    Try("api.team", lambda c: c.api("GET", one(c, "/team/")), READ, entities=SHARED),
    Try("api.share", lambda c: c.api("POST", one(c, "/team/"), {"user": str(mate(c)), "place": "guest"}), SHARE,
        frozenset({201}), changes=True, entities=SHARED),
    Try("api.unshare", lambda c: c.api("DELETE", one(c, f"/team/{mate(c)}")), SHARE, frozenset({204, 422}),
        changes=True, entities=SHARED, idle=has_no_place),
    Try("page.file", lambda c: c.page("GET", f"/files/{c.paper}"), paper, entities=PAPERS),
    Try("api.file", lambda c: hear(c.site.program(c.asker).get(f"/files/{c.paper}", headers={"Range": "bytes=0-99"})),
        paper, frozenset({206}), entities=PAPERS),
    Try("api.get", lambda c: c.api("GET", one(c)), READ),
    Try("api.put", lambda c: c.api("PUT", one(c), {"name": NEW, **above(c)}), UPDATE, changes=True),
    Try("api.patch", lambda c: c.api("PATCH", one(c), {"name": NEW}), UPDATE, changes=True),
    Try("api.delete", lambda c: c.api("DELETE", one(c)), DELETE, frozenset({204}), changes=True),
    Try("api.restore", lambda c: c.api("POST", one(c, "/restore")), RESTORE, denied=frozenset({403, 404}), changes=True),
    Try("api.transition", lambda c: c.api("POST", one(c, "/transition"), {"to": STAGE}), MOVE, changes=True,
        entities=STAGED),
    Try("api.list", lambda c: c.api("GET", f"{c.entity}/?search={c.word}"), named(), found=names_id),
    Try("api.filter", lambda c: c.api("GET", f"{c.entity}/?filter=starts_with(name,'{c.word}')&count=exact"), named(),
        found=names_id),
    Try("api.bin", lambda c: c.api("GET", f"{c.entity}/?deleted=true&limit=100"), in_bin, found=names_id,
        whole=True),
    Try("api.link", lambda c: c.api("POST", f"{CHILD_OF[c.entity]}/", {"name": NEW, c.entity: str(c.id)}),
        linked("create"), frozenset({201}), changes=True, entities=ABOVE),
    Try("api.relink", lambda c: c.api("PATCH", f"{CHILD_OF[c.entity]}/{own_child(c)}", {c.entity: str(c.id)}),
        _child_link, changes=True, entities=ABOVE, idle=is_there),
    Try("api.related", lambda c: c.api("GET", f"{CHILD_OF[c.entity]}/?filter={c.entity}=={c.id}&limit=100"),
        lambda _cell: "absent", entities=ABOVE, found=lambda _cell, _heard: False, whole=True),
)  # fmt: skip
BY_NAME: Mapping[str, Try] = {each.name: each for each in TRIES}
"""The last one only asks that nothing leaks: whose children one reads is the children's own affair."""

ENTITY, RECORD = "/<entity:entity>", "/<entity:entity>/<string:record>"
API, API_ONE = "/api/v1/<string:entity>", "/api/v1/<string:entity>/<string:id>"

DOORS: Mapping[tuple[str, str], tuple[str, ...]] = {
    # The matrix, by the names of its tries
    (f"{RECORD}", "GET"): ("page.record", "page.related"),
    (f"{RECORD}/edit", "GET"): ("page.edit",),
    (f"{RECORD}/edit", "POST"): ("page.save",),
    (f"{ENTITY}/form/state", "POST"): ("page.form_state",),
    (f"{ENTITY}/form/alike", "POST"): ("test_policies",),
    (f"{RECORD}/cell", "GET"): ("page.cell",),
    (f"{RECORD}/cell", "POST"): ("page.cell_save", "page.relink"),
    (f"{RECORD}/delete", "POST"): ("page.delete",),
    (f"{RECORD}/stage", "POST"): ("page.stage",),
    (f"{RECORD}/beside", "GET"): ("page.beside",),
    (f"{RECORD}/peek", "GET"): ("page.peek",),
    (f"{RECORD}/timeline", "GET"): ("page.timeline",),
    (f"{RECORD}/timeline", "POST"): ("page.compose",),
    (f"{RECORD}/team", "POST"): ("page.share",),
    (f"{RECORD}/team/<string:user>/end", "POST"): ("page.unshare",),
    (f"{API_ONE}/team/", "GET"): ("api.team",),
    (f"{API_ONE}/team/", "POST"): ("api.share",),
    (f"{API_ONE}/team/<string:user>", "DELETE"): ("api.unshare",),
    (f"{RECORD}/approval", "GET"): ("page.ask",),
    (f"{RECORD}/approval", "POST"): ("page.ask_for",),
    (f"{ENTITY}/bulk/edit", "POST"): ("page.bulk_edit",),
    (f"{ENTITY}/bulk/delete", "POST"): ("page.bulk_delete",),
    (f"{ENTITY}/bulk/tags", "POST"): ("page.bulk_tags",),
    (f"{ENTITY}/bulk/csv", "POST"): ("page.bulk_csv",),
    (f"{ENTITY}/bin/", "GET"): ("page.bin",),
    (f"{ENTITY}/bin/restore", "POST"): ("page.restore",),
    (f"{ENTITY}/", "GET"): ("page.list",),
    (f"{ENTITY}/board/", "GET"): ("page.board",),
    (f"{ENTITY}/calendar/", "GET"): ("page.calendar",),
    (f"{ENTITY}/csv", "GET"): ("page.csv",),
    (f"{ENTITY}/count", "GET"): ("test_views",),
    (f"{ENTITY}/totals", "GET"): ("test_lists",),
    (f"{ENTITY}/lookup", "GET"): ("page.lookup",),
    (f"{ENTITY}/filter", "GET"): ("test_built_filters",),
    (f"{ENTITY}/filter", "POST"): ("test_built_filters",),
    (f"{ENTITY}/views", "GET"): ("test_built_filters",),
    (f"{ENTITY}/views", "POST"): ("test_built_filters",),
    (f"{ENTITY}/columns", "GET"): ("test_built_filters",),
    (f"{ENTITY}/columns", "POST"): ("test_built_filters",),
    (f"{ENTITY}/tags", "GET"): ("test_lists",),
    (f"{ENTITY}/new", "GET"): ("page.prefill",),
    (f"{ENTITY}/new", "POST"): ("page.link",),
    ("/search/", "GET"): ("page.search",),
    ("/search/options", "GET"): ("page.palette", "page.seen"),
    ("/files/<string:file>", "GET"): ("page.file", "api.file"),
    (f"{API}/", "GET"): ("api.list", "api.filter", "api.bin", "api.related"),
    (f"{API}/", "POST"): ("api.link",),
    (f"{API_ONE}", "GET"): ("api.get",),
    (f"{API_ONE}", "PUT"): ("api.put",),
    (f"{API_ONE}", "PATCH"): ("api.patch", "api.relink"),
    (f"{API_ONE}", "DELETE"): ("api.delete",),
    (f"{API_ONE}/restore", "POST"): ("api.restore",),
    (f"{API_ONE}/transition", "POST"): ("api.transition",),
    # Of computed values: by the module that looks at them
    (f"{RECORD}/overrule", "POST"): ("test_computed",),
    (f"{RECORD}/reveal", "POST"): ("test_reveals",),
    (f"{API_ONE}/reveal/<string:field>", "POST"): ("test_reveals",),
    (f"{API_ONE}/<string:parts>/<string:part>/reveal/<string:field>", "POST"): ("test_reveals",),
    (f"{API_ONE}/overrides/<string:field>", "PUT"): ("test_computed",),
    (f"{API_ONE}/overrides/<string:field>", "DELETE"): ("test_computed",),
    # Of files: by the module that looks at them
    ("/files/<string:file>/small", "GET"): ("test_files",),
    (f"{API}/_files/<string:field>", "POST"): ("test_files",),
    # Of approvals: by the module that looks at them
    ("/approvals/", "GET"): ("test_approval_inbox",),
    ("/approvals/count", "GET"): ("test_approval_inbox",),
    ("/approvals/<string:approval>/decide", "POST"): ("test_approval_inbox",),
    ("/approvals/<string:approval>/recall", "POST"): ("test_approval_inbox",),
    # Of a whole entity, of all of them, or of oneself: by the module that looks at them
    (f"{ENTITY}/input", "GET"): ("test_whole",),
    (f"{API}/_info", "GET"): ("test_whole",),
    ("/api/v1/openapi.json", "GET"): ("test_whole",),
    ("/", "GET"): ("test_whole",),
    ("/user/<string:user>/roles", "POST"): ("test_whole",),
    ("/user/<string:user>/link", "POST"): ("test_whole",),
    ("/jobs/", "GET"): ("test_whole",),
    ("/jobs/run", "POST"): ("test_whole",),
    ("/help/", "GET"): ("test_whole",),
    ("/help/<string:name>", "GET"): ("test_whole",),
    ("/help/entity/<string:key>", "GET"): ("test_whole",),
    ("/help/language/<string:name>", "GET"): ("test_whole",),
    ("/help/code/<string:name>", "GET"): ("test_whole",),
    ("/_design", "GET"): ("test_whole",),
    ("/settings/", "GET"): ("test_whole",),
    ("/settings/entity/<string:key>", "GET"): ("test_whole",),
    ("/settings/views/", "GET"): ("test_built_filters",),
    ("/settings/views/<string:id>/take", "POST"): ("test_built_filters",),
    ("/settings/views/<string:id>/drop", "POST"): ("test_built_filters",),
    ("/settings/history/", "GET"): ("test_whole",),
    ("/settings/history/<string:number>", "GET"): ("test_whole",),
    ("/roles/", "GET"): ("test_whole", "test_rights"),
    ("/roles/<string:role>", "GET"): ("test_rights",),
    ("/roles/person/<string:user>", "GET"): ("test_rights",),
    ("/roles/person/<string:user>/exception", "POST"): ("test_rights",),
    ("/roles/person/<string:user>/exception/<string:row>/end", "POST"): ("test_rights",),
    ("/roles/person/<string:user>/view", "POST"): ("test_viewing",),
    ("/privacy/", "GET"): ("test_rights",),
    ("/privacy/csv", "GET"): ("test_rights",),
    ("/viewing/end", "POST"): ("test_viewing",),
    ("/automations/", "GET"): ("test_whole",),
    ("/automations/<string:key>", "GET"): ("test_whole",),
    ("/automations/again", "POST"): ("test_whole",),
    ("/audit/", "GET"): ("test_whole",),
    ("/deliveries/", "GET"): ("test_whole",),
    ("/deliveries/again", "POST"): ("test_whole",),
    ("/<entity:entity>/bulk/mail", "POST"): ("test_bulk_mails",),
    ("/bulk-mails/", "GET"): ("test_bulk_mails",),
    ("/bulk-mails/<string:id>", "GET"): ("test_bulk_mails",),
    ("/bulk-mails/<string:id>/send", "POST"): ("test_bulk_mails",),
    ("/bulk-mails/<string:id>/stop", "POST"): ("test_bulk_mails",),
    ("/api/v1/deliveries/", "GET"): ("test_whole",),
    ("/api/v1/audit/", "GET"): ("test_whole",),
    ("/api/v1/deliveries/<string:delivery>", "GET"): ("test_whole",),
    ("/api/v1/deliveries/<string:delivery>/again", "POST"): ("test_whole",),
    ("/mail-stops/", "GET"): ("test_whole",),
    ("/mail-stops/add", "POST"): ("test_whole",),
    ("/mail-stops/lift", "POST"): ("test_whole",),
    ("/backups/", "GET"): ("test_whole",),
    ("/backups/run", "POST"): ("test_whole",),
    ("/api/v1/approvals/", "GET"): ("test_approvals",),
    ("/api/v1/approvals/<string:approval>", "GET"): ("test_approvals",),
    ("/api/v1/approvals/<string:approval>/agree", "POST"): ("test_approvals",),
    ("/api/v1/approvals/<string:approval>/reject", "POST"): ("test_approvals",),
    ("/api/v1/approvals/<string:approval>/recall", "POST"): ("test_approvals",),
    (f"{RECORD}/done", "POST"): ("test_notices",),
    ("/task/<string:task>/snooze", "POST"): ("test_notices",),
    ("/task/<string:task>/handover", "POST"): ("test_notices",),
    ("/api/v1/reviews/", "GET"): ("test_reviews",),
    ("/api/v1/reviews/<string:review>", "GET"): ("test_reviews",),
    ("/api/v1/reviews/<string:review>/done", "POST"): ("test_reviews",),
    ("/api/v1/reviews/<string:review>/keep", "POST"): ("test_reviews",),
    ("/api/v1/reviews/<string:review>/skip", "POST"): ("test_reviews",),
    ("/reviews/", "GET"): ("test_reviews",),
    ("/service-levels/", "GET"): ("test_service_levels",),
    ("/reports/", "GET"): ("test_figures", "test_figure_doors"),
    ("/dashboards/<string:dashboard>/<string:card>", "GET"): ("test_figures", "test_figure_doors"),
    ("/dashboards/<string:dashboard>/arrange", "POST"): ("test_figures",),
    ("/reports/<string:report>", "GET"): ("test_figures", "test_figure_doors"),
    ("/api/v1/service-levels/", "GET"): ("test_service_levels",),
    ("/reviews/<string:review>", "GET"): ("test_reviews",),
    ("/reviews/<string:review>", "POST"): ("test_reviews",),
    ("/notices/", "GET"): ("test_notices",),
    ("/notices/count", "GET"): ("test_notices",),
    ("/notices/new", "GET"): ("test_notices",),
    ("/notices/read", "POST"): ("test_notices",),
    ("/notices/<string:notice>/read", "POST"): ("test_notices",),
    ("/profile/", "GET"): ("test_whole",),
    ("/profile/", "POST"): ("test_requests",),
    ("/profile/deputy", "POST"): ("test_approval_inbox",),
    ("/profile/deputy/<string:record>/end", "POST"): ("test_approval_inbox",),
    ("/profile/notices", "POST"): ("test_notices",),
    ("/profile/theme", "POST"): ("test_requests",),
    ("/profile/security/", "GET"): ("test_own_login",),
    ("/profile/security/session", "POST"): ("test_own_login",),
    ("/profile/security/others", "POST"): ("test_own_login",),
    ("/profile/security/factor", "GET"): ("test_own_login",),
    ("/profile/security/factor", "POST"): ("test_own_login",),
    ("/profile/security/passkeys/options", "POST"): ("test_passkeys",),
    ("/profile/security/passkeys", "POST"): ("test_passkeys",),
    ("/profile/security/passkeys/<string:passkey>/remove", "GET"): ("test_passkeys",),
    ("/profile/security/passkeys/<string:passkey>/remove", "POST"): ("test_passkeys",),
    ("/login/passkey/options", "POST"): ("public",),
    ("/login/passkey", "POST"): ("public",),
    ("/login/code/passkey/options", "POST"): ("public",),
    ("/login/code/passkey", "POST"): ("public",),
    ("/login/enrol/passkey/options", "POST"): ("public",),
    ("/login/enrol/passkey", "POST"): ("public",),
    ("/profile/security/email", "POST"): ("test_own_login",),
    ("/profile/security/codes", "POST"): ("test_own_login",),
    ("/profile/security/off", "POST"): ("test_own_login",),
    ("/profile/keys/", "GET"): ("test_own_login",),
    ("/profile/keys/", "POST"): ("test_own_login",),
    ("/profile/keys/<string:key>/end", "POST"): ("test_own_login",),
    ("/profile/calendars/", "GET"): ("test_calendar_feeds",),
    ("/profile/calendars/", "POST"): ("test_calendar_feeds",),
    ("/profile/calendars/<string:feed>/end", "POST"): ("test_calendar_feeds",),
    ("/calendar/<string:token>.ics", "GET"): ("public",),
    ("/user/<string:user>/second-factor", "POST"): ("test_own_login",),
    ("/language/", "POST"): ("test_requests",),
    ("/password/", "GET"): ("test_whole",),
    ("/password/", "POST"): ("test_requests",),
    ("/logout/", "POST"): ("test_requests",),
    ("/api/v1/security/logout", "POST"): ("test_requests",),
    # Open to anyone
    ("/login/", "GET"): ("public",),
    ("/login/", "POST"): ("public",),
    ("/login/oidc", "GET"): ("public",),
    ("/login/oidc/back", "GET"): ("public",),
    ("/login/saml", "GET"): ("public",),
    ("/login/saml/acs", "POST"): ("public",),
    ("/login/saml/back", "GET"): ("public",),
    ("/login/saml/metadata", "GET"): ("public",),
    ("/login/code", "GET"): ("test_login",),
    ("/login/code", "POST"): ("public",),
    ("/login/enrol", "GET"): ("test_login",),
    ("/login/enrol", "POST"): ("public",),
    ("/login/renew", "GET"): ("test_login",),
    ("/login/renew", "POST"): ("public",),
    ("/login/forgotten", "GET"): ("public",),
    ("/login/forgotten", "POST"): ("public",),
    ("/setup/<string:token>", "GET"): ("public",),
    ("/setup/<string:token>", "POST"): ("public",),
    ("/api/v1/security/login", "POST"): ("public",),
    ("/hooks/<string:hook>", "POST"): ("public",),
    ("/mail-links/<string:token>/seen.gif", "GET"): ("public",),
    ("/mail-links/<string:token>/go/<string:number>", "GET"): ("public",),
    ("/mail-links/<string:token>/stop", "GET"): ("public",),
    ("/mail-links/<string:token>/stop", "POST"): ("public",),
    ("/healthz", "GET"): ("public",),
    ("/readyz", "GET"): ("public",),
    ("/brand.css", "GET"): ("public",),
    ("/app.webmanifest", "GET"): ("public",),
    ("/app-icon-<int:size>.png", "GET"): ("public",),
    ("/sw.js", "GET"): ("public",),
    ("/offline", "GET"): ("public",),
    ("/static/<path:filename>", "GET"): ("public",),
}

COMMAND_TRUST: Mapping[str, str] = {
    # Whoever has a shell where it runs has the database and its key: he is the operator, and no role limits him. Two commands
    # answer as a person; both go through what decides for pages: the matrix asks `explain`, the pages' files are `export`'s.
    **dict.fromkeys(("explain", "export"), "operator, or as a person"),
    **dict.fromkeys(
        (
            "apply", "audit", "automations", "backup", "check", "demo", "diff", "docs", "doctor", "drift", "eval", "fleet", "fmt",
            "history", "init", "jobs", "keys", "plan", "purge", "recompute", "reindex", "rollback", "schema", "serve", "show",
            "subject", "test",
            "user",
        ),
        "operator",
    ),
}  # fmt: skip
"""Whom each command trusts. A command without an entry fails the census."""


def twin(cell: Cell) -> Cell:
    """The same try at a record that does not exist."""
    return replace(cell, thing=None)


_SECRET = re.compile(r'name="csrf_token" value="[^"]+"')


def normal(cell: Cell, heard: Heard) -> tuple[int, str]:
    """An answer, headers and body, without the id and the word that were asked for."""
    told = _SECRET.sub("", f"{heard.heads}\n\n{heard.body}").replace(cell.word, "WORD").replace(cell.paper, "PAPER")
    told = re.sub(r"Expires=[^;]+", "Expires=…", told)  # of a notice: a minute from now
    return heard.status, re.sub(rf"(?<!\d){cell.id}(?!\d)", "ID", told)
