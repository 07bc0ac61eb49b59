"""The pages of the configuration, and the drawing of a pipeline."""

from __future__ import annotations

import re

import pytest

from app.definition import Pipeline, Stage, Text, Transition
from app.plan.step import Kind
from app.web.i18n import TEXTS
from app.web.pages.pipeline_graph import HEIGHT, WIDTH, Graph, pipeline_graph
from app.web.pages.step_words import step_text
from tests.unit.website import Browser


def stage(key: str, category: str = "open", **more: object) -> Stage:
    return Stage(key=key, label=Text({"en": key.capitalize()}), category=category, **more)  # type: ignore[arg-type]


def line(*stages: Stage, moves: str = "forward", **transitions: Transition) -> Pipeline:
    return Pipeline(
        key="sales",
        field="stage",
        moves=moves,  # type: ignore[arg-type]
        stages={each.key: each for each in stages},
        transitions=transitions,
    )


def kinds(graph: Graph) -> list[str]:
    return [each.kind for each in graph.ways]


SALES = (stage("new"), stage("offer"), stage("talks"), stage("won", "won"), stage("lost", "lost"))


def test_open_stages_stand_in_a_row_and_closing_ones_behind() -> None:
    graph = pipeline_graph(line(*SALES), "en")
    assert [each.title for each in graph.nodes] == ["New", "Offer", "Talks", "Won", "Lost"]
    assert len({each.y for each in graph.nodes[:3]}) == 1
    assert graph.nodes[3].x == graph.nodes[4].x > graph.nodes[2].x + WIDTH
    assert graph.nodes[4].y >= graph.nodes[3].y + HEIGHT
    assert [each.is_start for each in graph.nodes] == [True, False, False, False, False]
    assert kinds(graph) == ["plain"] * 4


def test_own_moves_are_arcs_and_approvals_are_marked() -> None:
    talks = Transition(key="talks", to="talks", approval="review")
    leap = Transition(key="leap", from_=("new",), to="talks", label=Text({"en": "Straight on"}))
    back = Transition(key="back", from_=("won", "lost"), to="new")
    graph = pipeline_graph(line(*SALES, talks=talks, leap=leap, back=back), "en")
    assert kinds(graph) == ["plain", "approval", "plain", "plain", "own", "back", "back"]
    assert graph.ways[4].told == "Straight on"


def test_what_no_move_leads_to_has_no_line_and_retired_stages_are_left_out() -> None:
    graph = pipeline_graph(line(stage("one"), stage("two"), stage("old", retired=True), moves="listed"), "en")
    assert [each.title for each in graph.nodes] == ["One", "Two"]
    assert graph.ways == ()


def test_nothing_is_drawn_outside_of_the_drawing() -> None:
    back = Transition(key="back", from_=("won",), to="new")
    leap = Transition(key="leap", from_=("new",), to="talks")
    graph = pipeline_graph(line(*SALES, back=back, leap=leap), "en")
    for node in graph.nodes:
        assert 0 <= node.x <= graph.width - WIDTH
        assert 0 <= node.y <= graph.height - HEIGHT
    for way in graph.ways:
        ys = [float(each) for each in re.findall(r"-?[\d.]+", way.path)][1::2]
        # A cubic whose ends lie on a level reaches three quarters of the way to its two other points.
        top, bottom = (each(ys[0], ys[-1]) for each in (min, max))
        assert top + (min(ys) - top) * 0.75 >= 0
        assert bottom + (max(ys) - bottom) * 0.75 <= graph.height


@pytest.mark.parametrize(
    ("label", "lines"),
    [
        ("Won", ("Won",)),
        ("Waiting for the customer", ("Waiting for the", "customer")),
        ("谈判与审批", ("谈判与审批",)),
        ("合同审批与法务复核通过", ("合同审批与法务复…",)),
    ],
)
def test_labels_are_broken_and_cut(label: str, lines: tuple[str, ...]) -> None:
    only = Stage(key="one", label=Text({"*": label}))
    assert pipeline_graph(line(only), "en").nodes[0].lines == lines


@pytest.mark.parametrize(
    ("text", "said"),
    [
        ("12 fields", "12 个字段"),
        ("1 field", "1 个字段"),
        ("1,204 rows", "1,204 行"),
        ("label, help", "名称、说明"),
        ("required → optional", "必填 → 选填"),
        ("label, code", "label, code"),  # names of the configuration are told as they are
        ("length: 20 → 40", "length: 20 → 40"),
        ("", ""),
    ],
)
def test_steps_are_told_in_chinese_as_far_as_they_have_words(text: str, said: str) -> None:
    assert step_text(text, "zh") == said
    assert step_text(text, "en") == text


def test_every_kind_of_change_has_words() -> None:
    assert {f"settings.step.{kind.name.lower()}" for kind in Kind} <= set(TEXTS)


def test_administrators_read_what_the_text_says(administrator: Browser) -> None:
    overview = administrator.get("/settings/").text
    assert "/settings/entity/account" in overview
    page = administrator.get("/settings/entity/account").text
    assert "picklist" in page
    administrator.post("/language/", data={"language": "zh"})
    assert "定义位置" in administrator.get("/settings/entity/account").text
    assert administrator.get("/settings/entity/nothing").status_code == 404


def test_administrators_read_how_it_came_to_be_so(administrator: Browser) -> None:
    assert "/settings/history/1" in administrator.get("/settings/history/").text
    assert "Add entity" in administrator.get("/settings/history/1").text
    assert administrator.get("/settings/history/9").status_code == 404


def test_others_find_nothing_there(rep: Browser) -> None:
    assert [rep.get(path).status_code for path in ("/settings/", "/settings/history/1")] == [404, 404]
