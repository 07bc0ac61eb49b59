"""From measurements to lines of the table, with the floors and the goals that they are held against."""

from __future__ import annotations

import json
from collections.abc import Iterator
from dataclasses import dataclass

from tests.bench import applies as changes
from tests.bench.access import Listed, Permitted
from tests.bench.backups import Backed
from tests.bench.checks import Checked
from tests.bench.contenders import Database, Field
from tests.bench.events import AUTOMATIONS, Happening
from tests.bench.expressions import CHILDREN, Engine, Writing
from tests.bench.form import Answered
from tests.bench.growth import LARGE, SMALL
from tests.bench.measures import Contender, Plan, cpu_per_request
from tests.bench.moves import Moving
from tests.bench.progress import say
from tests.bench.screens import LOW, MIDDLE, Felt, slow
from tests.bench.starts import FIELDS, Start
from tests.bench.statements import StatementLog, logged
from tests.bench.table import Line
from tests.bench.visitor import Request

OURS, OWN, DJANGO, APPBUILDER = "ours", "ours, own rows", "Django", "Flask-AppBuilder"
CHECK_LIMITS = {60: 0.6, 200: 2.5}  # seconds, by entities
MOST_MEGABYTES = 150.0
TESTS_LIMIT = 3.0  # seconds
FORM_LIMIT = 4.0  # milliseconds
FIRST_VISIT_LIMIT = 450.0  # kilobytes
PAINT_LIMIT, INTERACTION_LIMIT = 1_000.0, 100.0  # milliseconds
SHIFT_LIMIT = 0.05
BACKUP_LIMIT = 8.0  # of the bare call
BACKUP_MEGABYTES = 300.0
BACKUP_WAIT = 200.0  # milliseconds
INCREMENT_LIMIT = 5.0  # percent of the full one
ADDED_LIMIT = 1.0  # seconds
REWRITE_LIMIT = 1.5  # of the bare statements
SAME_PLAN_LIMIT, OTHER_PLAN_LIMIT = 0.3, 1.5  # seconds
SCOPE_LIMIT, PERMITTED_LIMIT = 5.0, 1.0  # milliseconds
REVIEWS_LIMIT = 3  # seconds for a thousand
MOVE_LIMIT = 1.3  # of a plain update
AUTOMATED_LIMIT = 1.3  # of a save that nothing listens to
BEHIND_LIMIT = 30.0  # seconds
EFFECTS_LIMITS = {"single": 400, "batched": 2_000}  # a second
IDLE_LIMIT = 1.0  # seconds
CATALOG_LIMIT = 0.3  # seconds, for the smaller pack
START_LIMITS = {20: (1.2, 1.0), 200: (4.0, 3.0)}
USUAL_IMPORTS = 0.7  # seconds that importing the libraries took where those limits were set
BULK_LIMITS = {"SQLite": (6_000, 15_000), "PostgreSQL": (4_000, 8_000)}
USUAL_INSERTS = {"SQLite": 87_000, "PostgreSQL": 51_000}  # rows a second of bare inserts where those limits were set
DEEP_PAGES = 400
DEEP_LIMIT = 100


@dataclass(frozen=True)
class Wanted:
    """What a kind of request may cost: a part of Django's cost, statements, size."""

    title: str
    floor: float | None = None
    goal: float | None = None
    queries: int | None = None
    kilobytes: int | None = None


WANTED = {
    "rest_list": Wanted("REST list of 25, three lookups", 0.7, 0.5, queries=3),
    "list_page": Wanted("list page", 0.35, 0.25, queries=6, kilobytes=100),
    "record_page": Wanted("record page, two related lists", 0.4, 0.3, queries=10),
    "rest_create": Wanted("REST create", 1.2, 1.0),
    "search_page": Wanted("list page, search"),
}


def requests(database: Database, field: Field, plan: Plan) -> list[Line]:
    """Cost, statements and size of every kind of request; then deep pages."""
    lines: list[Line] = []
    by_name = {contender.name: contender for contender in field.contenders}
    for measure, wanted in WANTED.items():
        costs = cpu_per_request(measure, field.contenders, plan)
        say(f"{database.kind}: {measure} {costs}")
        lines += _costs(database, measure, wanted, costs)
        lines += _sizes(database, measure, wanted, by_name[OURS])
    lines.append(_deep(database, by_name[OURS], plan))
    if database.cluster is not None:
        lines += _statements(database, by_name)
    return lines


def _costs(database: Database, measure: str, wanted: Wanted, costs: dict[str, float]) -> Iterator[Line]:
    for name, title in ((OURS, wanted.title), (OWN, f"{wanted.title}, who sees his own rows")):
        # Creating is measured as the one whose scopes are narrow: that is the dearer one.
        rated = name == OURS if measure != "rest_create" else name == OWN
        yield Line(
            title,
            database.kind,
            f"{costs[name]:.2f} ms",
            f"{costs[DJANGO]:.2f} ms Django",
            costs[name] / costs[DJANGO],
            "x",
            wanted.floor if rated or name == OWN else None,
            wanted.goal if rated or name == OWN else None,
        )
    yield Line(
        f"{wanted.title}, beside stock",
        database.kind,
        f"{costs[OURS]:.2f} ms",
        f"{costs[APPBUILDER]:.2f} ms Flask-AppBuilder",
        costs[OURS] / costs[APPBUILDER],
        "x",
    )


def _sizes(database: Database, measure: str, wanted: Wanted, contender: Contender) -> Iterator[Line]:
    if wanted.kilobytes is not None:
        visitor = contender.visitor(measure)
        visitor.hang_up()
        size = len(visitor.send(contender.asks[measure](0))) / 1024
        yield Line(f"{wanted.title}, size", database.kind, f"{size:.0f} KB", "", size, "KB", wanted.kilobytes)


def _deep(database: Database, contender: Contender, plan: Plan) -> Line:
    """A page far behind, reached by its cursor, beside the first one."""
    visitor = contender.program
    visitor.hang_up()
    base = f"/api/v1/opportunity/?limit={DEEP_LIMIT}&columns=name,account,close_date"
    cursor, walked = "", 0
    for _ in range(DEEP_PAGES):
        found = json.loads(visitor.send(Request(base + (f"&cursor={cursor}" if cursor else ""))))
        if not found["next"]:
            break
        cursor, walked = found["next"], walked + DEEP_LIMIT
    asks = {
        "first": lambda _number: Request(base),
        "deep": lambda _number: Request(f"{base}&cursor={cursor}"),
    }
    costs = {}
    for name, ask in asks.items():
        alone = Contender(name, visitor, visitor, contender.processes, {"rest_page": ask})
        costs |= cpu_per_request("rest_page", [alone], plan)
    return Line(
        f"page behind row {walked:,}, by cursor",
        database.kind,
        f"{costs['deep']:.2f} ms",
        f"{costs['first']:.2f} ms first page",
        costs["deep"] / costs["first"],
        "x",
        1.2,
        1.0,
    )


def _statements(database: Database, contenders: dict[str, Contender]) -> Iterator[Line]:
    with logged(database.cluster) as log:
        for measure, wanted in WANTED.items():
            name = OWN if measure == "rest_create" else OURS
            count = _count(log, contenders[name], measure)
            rival = _count(log, contenders[DJANGO], measure)
            stock = _count(log, contenders[APPBUILDER], measure)
            told = f"{rival} Django, {stock} Flask-AppBuilder"
            yield Line(f"{wanted.title}, statements", database.kind, f"{count}", told, count, "queries", wanted.queries)


def _count(log: StatementLog, contender: Contender, measure: str) -> int:
    visitor = contender.visitor(measure)
    visitor.hang_up()
    visitor.send(contender.asks[measure](0))
    position = log.position()
    visitor.send(contender.asks[measure](1))
    return len(log.since(position))


def bulk(database: Database, field: Field) -> Iterator[Line]:
    """Rows a second through the whole write path."""
    floor, goal = BULK_LIMITS[database.kind]
    rates = field.told["rates"]
    title = "bulk create: 20 fields, key, two lookups"
    rate = rates["delivery"]
    yield Line(title, database.kind, f"{rate:,.0f} rows/s", "", rate, "rows/s", floor, goal, more_is_better=True)
    bare, usual = rates["bare"], USUAL_INSERTS[database.kind]
    told = f"{bare:,.0f} rows/s bare inserts"
    limits = (floor / usual, goal / usual)
    title += ", share"
    yield Line(title, database.kind, f"{rate:,.0f} rows/s", told, rate / bare, "x", *limits, more_is_better=True)
    for entity in ("account", "contact", "opportunity", "activity"):
        yield Line(f"bulk create: {entity}", database.kind, f"{rates[entity]:,.0f} rows/s")


def growth(database: Database, costs: tuple[float, float]) -> Iterator[Line]:
    """The list page with many entities beside the one with few."""
    small, large = costs
    yield Line(
        f"list page, {LARGE} entities in the menu",
        database.kind,
        f"{large:.2f} ms",
        f"{small:.2f} ms with {SMALL}",
        large / small,
        "x",
        1.1,
    )


def starts(database: Database, entities: int, found: Start) -> Iterator[Line]:
    """Seconds to the first answers, and what was written meanwhile."""
    floor, goal = START_LIMITS[entities]
    title = f"warm start, {entities} entities x {FIELDS} fields"
    alone = found.libraries
    yield Line(
        "importing Flask-AppBuilder and SQLAlchemy alone",
        database.kind,
        f"{alone.clock:.2f} s",
        f"{alone.processor:.2f} s of processor",
    )
    for what, spent in (("login page", found.login_page), ("list page", found.list_page)):
        yield Line(f"{title}: {what}", database.kind, f"{spent.clock:.2f} s", "", spent.clock, "s", floor, goal)
        yield Line(
            f"{title}: {what}, processor",
            database.kind,
            f"{spent.processor:.2f} s",
            f"{alone.processor:.2f} s the imports alone",
            spent.processor / alone.processor,
            "x",
            floor / USUAL_IMPORTS,
            goal / USUAL_IMPORTS,
        )
    changed = "nothing" if found.unchanged else "SOMETHING"
    yield Line(f"{title}: written", database.kind, changed, "", 0.0 if found.unchanged else 1.0, "changes", 0.0)


def check(entities: int, fields: int, found: Checked) -> Iterator[Line]:
    """Seconds and memory of `crm check`, and of a Catalog from a stored revision; no database is in it."""
    title, floor = f"{entities} entities x {fields} fields", CHECK_LIMITS[entities]
    yield Line(f"crm check, {title}", "", f"{found.command:.2f} s", "", found.command, "s", floor)
    yield Line(f"crm check, {title}: memory", "", f"{found.memory:.0f} MB", "", found.memory, "MB", MOST_MEGABYTES)
    catalog_floor = CATALOG_LIMIT if entities == min(CHECK_LIMITS) else None
    yield Line(f"catalog of a revision, {title}", "", f"{found.catalog:.2f} s", "", found.catalog, "s", catalog_floor)


def engine(found: Engine) -> Iterator[Line]:
    """Expressions by themselves: no database is in it."""
    ratio = found.rule / found.by_hand
    yield Line("rule of five terms", "", f"{found.rule:.0f} ns", f"{found.by_hand:.0f} ns by hand", ratio, "x", 3.0)
    rate = found.checked
    yield Line("parse and check", "", f"{rate:,.0f} /s", "", rate, "/s", 5_000, more_is_better=True)
    size = found.script / 1_024
    yield Line("engine of the browser, compressed", "", f"{size:.2f} KB", "", size, "KB", 6)


def writing(database: Database, found: Writing) -> Iterator[Line]:
    """Saving with rules and formulas beside saving without; a total over related records beside the bare aggregate."""
    yield Line(
        "save, 20 rules and 10 formulas",
        database.kind,
        f"{found.ruled:.2f} ms",
        f"{found.plain:.2f} ms without",
        found.ruled / found.plain,
        "x",
        1.3,
    )
    title, rate = "bulk create, 20 rules and 10 formulas", found.bulk
    yield Line(title, database.kind, f"{rate:,.0f} rows/s", "", rate, "rows/s", 2_500, more_is_better=True)
    yield Line(
        f"total over {CHILDREN:,} related records",
        database.kind,
        f"{found.total:.1f} ms",
        f"{found.bare:.1f} ms the bare sum",
        found.total / found.bare,
        "x",
        1.2,
    )


def moving(database: Database, found: Moving) -> Iterator[Line]:
    """A move between stages, with its conditions and its history, beside an update of another field."""
    shown, beside, ratio = (
        f"{found.guarded:.2f} ms",
        f"{found.plain:.2f} ms a plain update",
        found.guarded / found.plain,
    )
    yield Line("guarded move", database.kind, shown, beside, ratio, "x", MOVE_LIMIT)


def backups(database: Database, found: Backed) -> Iterator[Line]:
    """Backups beside the bare call that copies the database; what they take; what those who write meanwhile feel of them."""
    bare, kind = f"{found.bare:.2f} s the bare call", database.kind
    yield Line("full backup", kind, f"{found.full:.2f} s", bare, found.full / found.bare, "x", BACKUP_LIMIT)
    yield Line("verified backup", kind, f"{found.verify:.2f} s", bare, found.verify / found.bare, "x", BACKUP_LIMIT)
    yield Line("memory of a backup", kind, f"{found.megabytes:.0f} MB", "", found.megabytes, "MB", BACKUP_MEGABYTES)
    alone = f"{found.longest_alone:.0f} ms alone"
    yield Line("longest write beside it", kind, f"{found.longest:.0f} ms", alone, found.longest, "ms", BACKUP_WAIT)
    share = 100 * found.increment_size / found.full_size
    sizes = f"{found.full_size / 1e6:.1f} MB the full one"
    shown = f"{found.increment_size / 1e6:.2f} MB"
    yield Line("increment, 1 % changed", kind, shown, sizes, share, "%", INCREMENT_LIMIT)


def applies(database: Database, found: changes.Applied) -> Iterator[Line]:
    """Seconds of adding a field, and of changes that write every row beside the statements that do the same."""
    kind, added = database.kind, found.added
    yield Line("adding an optional field", kind, f"{added:.2f} s", "", added, "s", ADDED_LIMIT)
    for each in found.rewrites:
        shown, bare = f"{each.apply:.1f} s", f"{each.bare:.1f} s the bare statements"
        yield Line(each.title, kind, shown, bare, each.apply / each.bare, "x", REWRITE_LIMIT)


def plans(database: Database, found: changes.Planned) -> Iterator[Line]:
    """Seconds of a plan in which hardly anything, or nothing, is to be done."""
    title, kind = f"plan, {changes.ENTITIES} entities × {changes.FIELDS} fields", database.kind
    yield Line(f"{title}, same catalog", kind, f"{found.same:.2f} s", "", found.same, "s", SAME_PLAN_LIMIT)
    yield Line(f"{title}, another", kind, f"{found.other:.2f} s", "", found.other, "s", OTHER_PLAN_LIMIT)


def under_load(database: Database, found: changes.UnderLoad) -> Iterator[Line]:
    """Requests that failed while a change was applied and taken up."""
    title = f"errors of {found.asked} requests during an apply"
    shown = f"{found.wrong}, the slowest {found.slowest:.2f} s"
    yield Line(title, database.kind, shown, "", float(found.wrong), "queries", 0)


def access(database: Database, found: list[Listed], permitted: Permitted) -> Iterator[Line]:
    """What the first page of a list takes in the database, in each scope; and what a request asks of access."""
    for each in found:
        title = f"first page, {each.scope}, {each.share} in it"
        yield Line(title, database.kind, f"{each.milliseconds:.2f} ms", each.way, each.milliseconds, "ms", SCOPE_LIMIT)
    shown, asked = f"{permitted.milliseconds:.2f} ms", f"{permitted.statements} statement"
    title = "permission work of a request"
    yield Line(title, database.kind, shown, asked, permitted.milliseconds, "ms", PERMITTED_LIMIT)


def reviews(database: Database, seconds: float) -> Iterator[Line]:
    """Seconds until a thousand reviews are raised, each with its task."""
    yield Line("1,000 reviews raised", database.kind, f"{seconds:.2f} s", "", seconds, "s", REVIEWS_LIMIT)


def events(database: Database, found: Happening) -> Iterator[Line]:
    """What automations cost those who save, and how fast what follows is done."""
    kind, ratio = database.kind, found.saved / found.alone
    shown, beside = f"{found.saved:.1f} ms", f"{found.alone:.1f} ms without"
    yield Line(f"save, {AUTOMATIONS} automations, one in twenty", kind, shown, beside, ratio, "x", AUTOMATED_LIMIT)
    yield Line("last effect after the last save", kind, f"{found.behind:.1f} s", "", found.behind, "s", BEHIND_LIMIT)
    for title, rate, floor in (
        ("effects of single events", found.single, EFFECTS_LIMITS["single"]),
        ("effects of events of 100 records", found.batched, EFFECTS_LIMITS["batched"]),
    ):
        yield Line(title, kind, f"{rate:,.0f} /s", "", rate, "/s", floor, more_is_better=True)
    yield Line("from a save to its effect, idle", kind, f"{found.idle:.2f} s", "", found.idle, "s", IDLE_LIMIT)


def tests(seconds: float) -> Iterator[Line]:
    """Seconds of `crm test` over a hundred cases; its database lies in memory."""
    yield Line("crm test, 100 cases", "", f"{seconds:.2f} s", "", seconds, "s", TESTS_LIMIT)


def form(found: Answered | None) -> Iterator[Line]:
    """Milliseconds of a keystroke in a form with forty conditional fields; the layout that follows is the browser's."""
    if found is not None:
        shown = f"{found.median:.2f} ms, one in twenty {found.slow:.2f}, laid out {found.laid_out:.2f}"
        yield Line("keystroke, 40 conditional fields", "", shown, "", found.median, "ms", FORM_LIMIT)


def screens(found: Felt | None) -> Iterator[Line]:
    """Pages on a slow line, by a slow processor."""
    if found is None:
        return
    kilobytes = f"{found.first_kb:,.0f} KB"
    yield Line("first visit: login and start page", "", kilobytes, "", found.first_kb, "KB", FIRST_VISIT_LIMIT)
    for page in found.opened:
        shown = f"{page.painted:,.0f} ms"
        yield Line(f"first paint on slow 4G: {page.title}", "", shown, "", page.painted, "ms", PAINT_LIMIT)
    worst = max(found.opened, key=lambda each: each.shift)
    yield Line("layout shift, at most", "", f"{worst.shift:.3f} ({worst.title})", "", worst.shift, "", SHIFT_LIMIT)
    middle, low = slow(found.interactions), slow(found.on_low)
    shown = f"{middle:.0f} ms of {len(found.interactions)}"
    yield Line("interaction, one in twenty, telephone", "", shown, "", middle, "ms", INTERACTION_LIMIT)
    shown = f"{low:.0f} ms (this machine: {found.speed:.0f}, telephones {MIDDLE} and {LOW})"
    yield Line("interaction, one in twenty, slow telephone", "", shown, "", None, "", None)
