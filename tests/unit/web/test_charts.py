"""Where the words and lines of a chart stand."""

from __future__ import annotations

from app.web.charts import Datum, Series, lines, spark


def test_a_last_label_is_left_out_where_it_would_lie_on_the_one_before() -> None:
    quarters = [f"202{5 + place // 4}年Q{place % 4 + 1}" for place in range(1, 10)]

    def beneath(width: int) -> list[str]:
        chart = lines(
            quarters, [Series("", tuple(Datum(600) for _ in quarters))], width, lambda value: f"¥{value:.0f}万"
        )
        return [each.text for each in chart.words if each.text in quarters]

    assert beneath(340) == quarters[:-1:2]
    assert beneath(900) == quarters


def test_a_small_line_has_gaps_where_nothing_is_known() -> None:
    drawn = [each.path for each in spark([None, 4.0, 5.0, None, 3.0, None]).shapes if each.kind == "line"]
    assert [path.count("L") for path in drawn] == [1, 0]
    assert drawn[1].endswith("h0.1")
    assert [each.path for each in spark([None, None]).shapes] == []
