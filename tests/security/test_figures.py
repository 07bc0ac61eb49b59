"""Figures of reports and of cards: of one's own rows alone, and none over what one may not read in clear."""

from __future__ import annotations

import datetime as dt
import html
import re
from collections.abc import Iterator

import pytest
import sqlalchemy as sa

from app.orm.engine import PLAN, UNIT
from tests.unit.website import PACK, Prepared, Website, prepare, served_on_sqlite

CANARY = 7919  # what the colleague's account earns: a number that stands nowhere else
REPORTS = {
    **PACK,
    "reports/revenue.yaml": """
entity: account
label: {en: Revenue by level, zh: 按级别营收}
measures: {revenue: {sum: revenue, label: {en: Revenue, zh: 营收}}, number: {count: records, label: {en: Number, zh: 数量}}}
rows: {level: {field: level}}
chart: {type: bar}
""",
    "reports/people.yaml": """
entity: account
label: {en: Accounts by person, zh: 按负责人}
measures: {number: {count: records, label: {en: Number, zh: 数量}}}
rows: {owner: {field: owner}}
across: {since: {field: since, per: quarter}}
chart: {type: stacked_bar}
""",
    "reports/hidden.yaml": """
entity: account
label: {en: Of the secret, zh: 机密统计}
measures: {number: {count: records, label: {en: Number, zh: 数量}}}
rows: {secret: {field: secret}}
""",
    "reports/asked.yaml": """
entity: account
label: {en: Where the secret is, zh: 机密筛选}
where: not is_blank(secret)
measures: {number: {count: records, label: {en: Number, zh: 数量}}}
""",
    "dashboards/work.yaml": """
label: {en: Work, zh: 工作}
cards:
  total:   {report: revenue, show: kpi, target: {entity: account, field: revenue}, width: 3}
  quarter: {report: people, show: kpi, compare: previous_period, width: 3}
  secret:  {report: hidden, show: table}
  asked:   {report: asked, show: kpi}
  levels:  {report: revenue}
  linked:  {view: linked, show: list}
  many:    {label: {en: Many, zh: 数量}, view: linked, show: count}
  hidden:  {view: secret_ones, show: list}
""",
    "dashboards/zoo.yaml": """
label: {en: Zoo, zh: 园区}
roles: [administrator]
cards:
  all: {report: people}
""",
}
CARDS = ("total", "quarter", "levels", "linked", "many")


@pytest.fixture(scope="module")
def prepared(tmp_path_factory: pytest.TempPathFactory) -> Prepared:
    return prepare(tmp_path_factory.mktemp("figures"), REPORTS)


@pytest.fixture(scope="module")
def website(prepared: Prepared) -> Iterator[Website]:
    with served_on_sqlite(prepared) as found:
        found.add("account", "rep", name="Mine", level="a", revenue="100", since="2026-02-01", secret="s1")
        found.add("account", "rep", name="Mine, too", revenue="20", since="2026-11-01", secret="s2")
        found.add(
            "account", "colleague", name="Foreign", level="a", revenue=str(CANARY), since="2026-05-01", secret="s3"
        )
        yield found


def page(website: Website, asker: str, path: str) -> str:
    answer = website.browser(asker).get(path)
    assert answer.status_code == 200, path
    return html.unescape(answer.text)


def rows_of(text: str) -> dict[str, list[str]]:
    """The table of a report: the cells by what a row is called."""
    found = {}
    for row in re.findall(r"<tr><th scope=\"row\">.*?</tr>", text):
        name, *cells = [re.sub(r"<[^>]+>", "", each) for each in re.findall(r"<t[hd][^>]*>(.*?)</t[hd]>", row)]
        found[name] = cells
    return found


def test_figures_are_of_ones_own_rows(website: Website) -> None:
    mine = page(website, "rep", "/reports/revenue")
    assert rows_of(mine) == {"Top": ["¥100", "1"], "(none)": ["¥20", "1"], "Total": ["¥120", "2"]}
    assert "7,919" not in mine
    assert "8,019" not in mine
    theirs = page(website, "manager", "/reports/revenue")
    assert rows_of(theirs)["Total"] == ["¥120", "2"], "who leads the representative"
    assert rows_of(page(website, "administrator", "/reports/revenue"))["Total"] == ["¥8,039", "3"]


def test_a_name_or_a_period_of_others_is_nowhere(website: Website) -> None:
    assert list(rows_of(page(website, "rep", "/reports/people"))) == ["Rita Rep"]
    assert "Q2 2026" in page(website, "administrator", "/reports/people")
    columns = re.findall(r'<th scope="col"[^>]*>([^<]*)</th>', page(website, "colleague", "/reports/people"))
    assert columns == ["负责人", "2026年Q2", "合计"]


def test_reports_stand_in_the_order_of_their_names(website: Website) -> None:
    offered = re.findall(r'href="/reports/(\w+)"', page(website, "administrator", "/reports/"))
    assert offered == ["people", "hidden", "revenue", "asked"]


def test_a_report_over_a_hidden_field_is_one_that_is_not_there(website: Website) -> None:
    offered = page(website, "rep", "/reports/")
    assert "Revenue by level" in offered
    for key, label in (("hidden", "Of the secret"), ("asked", "Where the secret is")):
        assert label not in offered
        answer, nothing = (website.browser("rep").get(f"/reports/{each}") for each in (key, "nothing"))
        assert (answer.status_code, nothing.status_code) == (404, 404)
        assert label not in answer.text
        assert label in page(website, "administrator", "/reports/")
        assert page(website, "administrator", f"/reports/{key}")


def test_each_figure_opens_the_list_of_just_these_records(website: Website) -> None:
    found = page(website, "administrator", "/reports/revenue")
    href = re.search(r'<th scope="row">Top</th><td class="is-num"><a class="out" href="([^"]+)"', found)
    assert href is not None
    names = re.findall(r'<a class="cut name"[^>]*>([^<]*)</a>', page(website, "administrator", href[1]))
    assert sorted(names) == ["Foreign", "Mine"]
    blank = re.search(r'<th scope="row">\(none\)</th><td class="is-num"><a class="out" href="([^"]+)"', found)
    assert blank is not None
    assert re.findall(r'<a class="cut name"[^>]*>([^<]*)</a>', page(website, "administrator", blank[1])) == [
        "Mine, too"
    ]
    # The same address in the hands of another shows him his own rows.
    assert re.findall(r'<a class="cut name"[^>]*>([^<]*)</a>', page(website, "rep", href[1])) == ["Mine"]
    quarter = re.search(r'href="(/account/\?filter=since[^"]*)"', page(website, "administrator", "/reports/people"))
    assert quarter is not None, "the totals of the quarters"
    assert "Foreign" not in page(website, "rep", quarter[1])


def test_an_option_that_is_gone_has_a_figure_and_no_link(website: Website) -> None:
    level = website.store.models.tables["account"].c.level
    change = sa.update(level.table).where(level == "a")
    with website.store.engine.execution_options(**{UNIT: PLAN}).begin() as connection:
        connection.execute(change.values({level: "was_here"}))
    try:
        found = page(website, "administrator", "/reports/revenue")
        assert '<th scope="row">was_here</th><td class="is-num">¥8,019</td>' in found
    finally:
        with website.store.engine.execution_options(**{UNIT: PLAN}).begin() as connection:
            connection.execute(sa.update(level.table).where(level == "was_here").values({level: "a"}))


def test_what_can_be_clicked_is_named_and_nothing_has_a_style(website: Website) -> None:
    for report in ("revenue", "people"):
        found = website.browser("administrator").get(f"/reports/{report}").text
        drawing = found[found.index('<svg class="chart') :]
        drawing = drawing[: drawing.index("</svg>")]
        links = re.findall(r"<a [^>]+>", drawing)
        assert links
        assert all('aria-label="' in each for each in links)
        assert " style=" not in found


# The start page and its cards


def placed(website: Website, asker: str) -> list[str]:
    """The cards of someone's start page, in their order."""
    return re.findall(r'data-card="(\w+)"', website.browser(asker).get("/").text)


def test_cards_are_those_whose_figures_one_may_see(website: Website) -> None:
    assert placed(website, "rep") == list(CARDS)
    everything = placed(website, "administrator")
    assert {"secret", "asked", "hidden"} < set(everything)
    for card in ("secret", "asked", "hidden", "nothing"):
        assert website.browser("rep").get(f"/dashboards/work/{card}").status_code == 404
    for card in everything:
        assert page(website, "administrator", f"/dashboards/work/{card}")
    assert website.browser("rep").get("/dashboards/zoo/all").status_code == 404, "not for his roles"
    assert ">Zoo<" not in page(website, "rep", "/")
    assert ">Zoo<" in page(website, "administrator", "/")


def test_no_card_counts_a_record_of_others(website: Website) -> None:
    for card in CARDS:
        found = page(website, "rep", f"/dashboards/work/{card}")
        assert "7,919" not in found
        assert "8,0" not in found, card
        assert "Foreign" not in found
    assert "¥120" in page(website, "rep", "/dashboards/work/total")
    assert "100% of the target of ¥120" in page(website, "rep", "/dashboards/work/total")
    assert "¥8,039" in page(website, "administrator", "/dashboards/work/total")


def test_the_page_and_each_card_ask_little(website: Website) -> None:
    """Whatever the number of cards, the page asks for none of their figures."""
    seen: list[str] = []

    def note(_conn: object, _cursor: object, statement: str, *_rest: object) -> None:
        if not statement.startswith("BEGIN"):
            seen.append(statement)

    browser = website.browser("rep")
    browser.get("/")
    sa.event.listen(website.store.engine, "before_cursor_execute", note)
    try:
        counts = {}
        for path in ("/", *(f"/dashboards/work/{card}" for card in CARDS)):
            seen.clear()
            assert browser.get(path).status_code == 200
            counts[path] = len(seen)
    finally:
        sa.event.remove(website.store.engine, "before_cursor_execute", note)
    assert counts["/"] <= 3, counts
    assert max(counts.values()) <= 5, counts


def test_everybody_arranges_his_own_cards(website: Website) -> None:
    rep = website.browser("rep")
    rep.get("/")
    assert rep.post("/dashboards/work/arrange", data={"order": "many,levels"}).status_code == 204
    assert placed(website, "rep") == ["many", "levels", "total", "quarter", "linked"]
    assert placed(website, "colleague") == list(CARDS)
    for order in ("secret", "nothing", "many,nothing"):
        assert rep.post("/dashboards/work/arrange", data={"order": order}).status_code == 400, order
    assert rep.post("/dashboards/zoo/arrange", data={"order": "all"}).status_code == 404
    assert rep.post("/dashboards/work/arrange", data={"order": ""}, headers={"X-CSRF-Token": "x"}).status_code == 400
    assert rep.post("/dashboards/work/arrange", data={"order": ""}).status_code == 204
    assert placed(website, "rep") == list(CARDS)


def test_an_order_waits_for_the_one_kept_at_the_same_time(website: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    rep = website.browser("rep")
    rep.get("/")
    insert = sa.insert
    lost: list[str] = []

    def meets_another(table: sa.Table) -> sa.Insert:
        if table.name == "tenon_preference" and not lost:
            lost.append(table.name)
            raise sa.exc.IntegrityError("", {}, Exception("the key was taken in between"))
        return insert(table)

    monkeypatch.setattr(sa, "insert", meets_another)
    assert rep.post("/dashboards/work/arrange", data={"order": "many,levels"}).status_code == 204
    assert lost
    assert placed(website, "rep")[:2] == ["many", "levels"]
    assert rep.post("/dashboards/work/arrange", data={"order": ""}).status_code == 204


def test_a_card_tells_what_it_is_without(website: Website, monkeypatch: pytest.MonkeyPatch) -> None:
    boss = "administrator"
    assert "Only " not in page(website, boss, "/dashboards/zoo/all")
    for name in ("reports", "reported"):
        monkeypatch.setattr(f"app.web.pages.{name}.MOST_SERIES", 1)
    assert "The chart shows the first 1;" in page(website, boss, "/dashboards/zoo/all")
    monkeypatch.setattr("app.insight.figures.MOST_CELLS", 1)
    for card in ("work/levels", "zoo/all"):
        assert "There are too many figures to add up." in page(website, boss, f"/dashboards/{card}"), card


@pytest.mark.parametrize(
    ("asker", "day", "said"),
    [
        ("rep", "2026-05-10", "100% less than the first 40 days of Q1 2026"),
        ("rep", "2026-04-10", ""),  # the first ten days of the year had none
        ("rep", "2026-06-30", "100% less than Q1 2026"),  # it is over
        ("administrator", "2026-05-10", "As much as the first 40 days of Q1 2026"),
        ("administrator", "2026-04-15", "As much as Q1 2026"),  # its figure lies ahead
        ("colleague", "2026-07-01", ""),  # nothing on the first of April
        ("colleague", "2026-08-15", "较2026年Q2前 46 天下降100%"),
    ],
)
def test_a_period_that_has_begun_is_compared_with_as_many_days(
    website: Website, monkeypatch: pytest.MonkeyPatch, asker: str, day: str, said: str
) -> None:
    monkeypatch.setattr("app.web.pages.cards.today_of", lambda _desk: dt.date.fromisoformat(day))
    found = page(website, asker, "/dashboards/work/quarter")
    assert said in found
    assert said or "kpi__said" not in found
