"""Values over time, as plots and in the page of a monitor."""

from __future__ import annotations

import re
from xml.etree import ElementTree

from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.drawing.monitors import champion_changes
from jupyter_mlops.drawing.pages import page
from jupyter_mlops.drawing.plots import Point, series_svg
from jupyter_mlops.drawing.series import MOST
from tests.drawing.reports import MONITOR, START

NUMBER = st.one_of(st.none(), st.floats())


def test_each_look_is_a_dot_those_beyond_the_limit_squares_and_changes_are_marked() -> None:
    points = [Point(60.0 * n, n / 10, 0.35, beyond=n > 3) for n in range(6)]
    root = ElementTree.fromstring(series_svg("age", points, [(150.0, "churn@2"), (9000.0, "churn@3")]))
    names = [each.tag.rpartition("}")[2] for each in root]
    assert (names.count("circle"), names.count("rect"), names.count("path")) == (4, 2, 2)
    told = root.attrib["aria-label"]
    assert "2 of 6 beyond what is allowed, now 0.35" in told
    assert "churn@2 since 1970-01-01 00:02" in told
    assert "churn@3" not in told  # it is none of the time that is drawn


def test_where_there_is_no_value_the_line_is_interrupted() -> None:
    points = [Point(float(n), None if n == 2 else 1.0) for n in range(5)]
    (path,) = re.findall(r'<path d="([^"]*)"', series_svg("age", points))
    assert path.count("M") == 2
    assert series_svg("age", [Point(0, None)]) == ""


@given(st.lists(st.tuples(st.floats(0, 4e9), NUMBER, NUMBER), max_size=20), st.text(max_size=20))
def test_any_values_make_a_drawing_or_none(
    rows: list[tuple[float, float | None, float | None]], name: str
) -> None:
    drawn = series_svg(name, [Point(*row) for row in rows], [(row[0], name) for row in rows])
    assert not drawn or ElementTree.fromstring(drawn).tag.endswith("svg")
    assert not re.search(r'="[^"]*(nan|inf)', re.sub(r'aria-label="[^"]*"', "", drawn))


def test_only_the_newest_are_drawn() -> None:
    assert series_svg("age", [Point(float(n), 1.0) for n in range(MOST + 9)]).count("<circle") == MOST


def test_a_monitor_shows_what_was_beyond_first_and_where_champions_changed() -> None:
    ((when, label),) = champion_changes(MONITOR)
    assert (when, label) == (MONITOR.champions["2"], "churn@2")
    made = page(MONITOR)
    order = re.findall(r"<h4><bdi>(\w+)</bdi></h4>", made)
    assert order == ["accuracy", "roc_auc", "age", "income", "prediction"]
    assert made.count("churn@2 since 2024-05-07 22:00") >= 3
    assert "a retraining was set off" in made
    assert "churn@2</bdi> (new)" in made
    early = MONITOR.model_copy(update={"champions": {"2": START}})  # by a clock that is not the looks'
    assert champion_changes(early)[0][0] == MONITOR.readings[6].when


def test_a_metric_is_beyond_its_limit_and_not_one_whose_name_begins_so() -> None:
    found = MONITOR.readings[5].model_copy(
        update={"metrics": {"roc": 0.9, "roc_auc": 0.5}, "broken": ("roc_auc >= 0.8",), "effects": {}}
    )
    drawn = re.findall(r"<svg.*?</svg>", page(MONITOR.model_copy(update={"readings": (found,)})), re.S)
    squares = [("roc_auc" in each, each.count('width="8"')) for each in drawn]
    assert squares == [(False, 0), (True, 1)]
