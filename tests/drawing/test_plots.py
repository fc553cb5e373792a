"""Plots: what they show is where it belongs, whatever the numbers and names are."""

from __future__ import annotations

import math
import re
from itertools import pairwise
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.drawing.plots import (
    Interval,
    categories_svg,
    histograms_svg,
    importances_svg,
    intervals_svg,
    sparkline_svg,
)
from jupyter_mlops.drawing.scales import linear, moment, percent, probability, short, signed, times
from jupyter_mlops.entities import Histogram
from tests.drawing.reports import DAYS, bell

SVG = "{http://www.w3.org/2000/svg}"
numbers = st.floats() | st.integers(-(10**6), 10**6).map(float)


def read(drawn: str) -> ElementTree.Element:
    """The drawing, which has a title, words for those who do not see it, and numbers that are numbers."""
    root = ElementTree.fromstring(drawn)
    assert root.tag == f"{SVG}svg"
    assert root.get("role") == "img"
    assert root.get("aria-label")
    assert root.findtext(f"{SVG}title")
    assert "nan" not in re.sub(r"<(title|text).*?</\1>|aria-label=\"[^\"]*\"", "", drawn)
    assert "inf" not in re.sub(r"<(title|text).*?</\1>|aria-label=\"[^\"]*\"", "", drawn)
    _, _, across, down = map(float, (root.get("viewBox") or "").split())
    for rectangle in root.iter(f"{SVG}rect"):
        x, y, wide, high = (float(rectangle.get(name) or "nan") for name in ("x", "y", "width", "height"))
        assert 0 <= x <= x + wide <= across + 1
        assert -1 <= y <= y + high <= down + 1
    return root


def words(root: ElementTree.Element) -> list[str]:
    return ["".join(node.itertext()) for node in root.iter(f"{SVG}text")]


def outline(path: ElementTree.Element) -> list[tuple[float, float]]:
    """The corners of a histogram."""
    x, corners = 0.0, []
    for command, value in re.findall(r"([HVM])([\d.]+)", path.get("d") or ""):
        x = float(value) if command in "HM" else x
        corners += [(x, float(value))] if command == "V" else []
    return corners


def test_two_sides_share_the_axes_and_the_larger_share_is_higher() -> None:
    left = Histogram(edges=(0, 1, 2), counts=(10, 30))
    right = Histogram(edges=(0, 1, 2), counts=(300, 100))
    root = read(histograms_svg("age", left, right))
    first, second = (outline(path)[:2] for path in root.iter(f"{SVG}path"))
    assert [x for x, _ in first] == [x for x, _ in second]
    assert first[0][1] == second[1][1] > first[1][1] == second[0][1], "a quarter and three, in turn"
    assert {"reference", "current", "age", "share of values", "60 %", "0.5"} <= set(words(root))
    assert "40 values from 0 to 2, most between 1 and 2" in (root.get("aria-label") or "")


def test_sides_with_other_edges_are_drawn_by_density() -> None:
    wide = Histogram(edges=(0, 10), counts=(100,))
    narrow = Histogram(edges=(0, 5, 10), counts=(50, 50))
    root = read(histograms_svg("age", wide, narrow))
    heights = {y for path in root.iter(f"{SVG}path") for _, y in outline(path)[:1]}
    assert len(heights) == 1, "the same density"
    assert "density" in words(root)


def test_time_is_told_as_time() -> None:
    said = words(read(histograms_svg("signup", bell(DAYS[5], 1e7, DAYS, 900), None, time=True)))
    assert {"signup (UTC)", "2024-07"} <= set(said)
    assert "current" not in said, "there is nothing of it"


@pytest.mark.parametrize(
    "edges",
    [
        (-math.inf, 0.0, 1.0, math.inf),
        (-math.inf, math.inf),
        (5.0, 5.0),
        (0.0, 0.0, 0.0, 3.0),
        (1e300, 1.5e300),
    ],
)
def test_open_and_empty_bins_are_drawn_or_left_out(edges: tuple[float, ...]) -> None:
    drawn = histograms_svg("x", Histogram(edges=edges, counts=(3,) * (len(edges) - 1)), None)
    assert drawn == "" or read(drawn) is not None
    assert bool(drawn) is any(map(math.isfinite, edges))


@pytest.mark.parametrize("edges", [(math.nan, 1.0), (2.0, 1.0), (1.0,), (0.0, 1.0, 2.0, 3.0)])
def test_what_is_no_histogram_is_not_drawn(edges: tuple[float, ...]) -> None:
    assert histograms_svg("x", None, Histogram(edges=edges, counts=(1,))) == ""
    assert histograms_svg("x", None, None) == ""


@given(st.lists(numbers, min_size=2, max_size=30), st.data())
@settings(max_examples=80, deadline=None)
def test_any_histogram_is_well_formed(edges: list[float], data: st.DataObject) -> None:
    ordered = tuple(sorted(edge for edge in edges if not math.isnan(edge)))
    counts = tuple(data.draw(st.integers(0, 10**12)) for _ in pairwise(ordered))
    one = Histogram(edges=ordered, counts=counts)
    for time in (False, True):
        drawn = histograms_svg("x", one, Histogram(edges=(0.0, 1.0), counts=(1,)), time=time)
        for path in read(drawn).iter(f"{SVG}path"):
            assert all(52 <= x <= 546 and 30 <= y <= 186 for x, y in outline(path))


def test_categories_are_ranked_and_what_is_left_is_told() -> None:
    left, right = {"a": 10, "b": 70}, {"b": 5, "new": 95}
    root = read(categories_svg("city", left, right, totals=(100, 100)))
    said = words(root)
    assert [word for word in said if word in {"a", "b", "new", "all others"}] == [
        "new",
        "b",
        "a",
        "all others",
    ]
    assert said.count("20 %") == 1, "20 of the 100 on the left are not counted"
    assert "b: 70 % and 5.0 %" in (root.get("aria-label") or "")
    many = {f"v{number:03}": 1000 - number for number in range(500)}
    assert "all others" in words(read(categories_svg("city", many, many)))
    assert categories_svg("city", {}, {}) == ""
    read(categories_svg("city", {"a": 0}, {"a": 0}))


def test_an_interval_is_drawn_around_zero() -> None:
    rows = [
        Interval("better", 2.0, 1.0, 3.0, better=True),
        Interval("unclear", -1.0, -2.0, 0.5),
        Interval("unknown", math.nan, 0.0, 1.0),
        Interval("nothing", None),
        Interval("open", 0.5, -math.inf, math.inf),
    ]
    root = read(intervals_svg("Differences", rows, axis="right less left"))
    said = words(root)
    assert {"better", "+2", "unclear", "−1", "open", "right less left"} <= set(said)
    assert not {"unknown", "nothing"} & set(said)
    assert len(list(root.iter(f"{SVG}path"))) == 2, "no whisker without both ends"
    assert "better +2, 95 % interval +1 to +3" in (root.get("aria-label") or "")
    assert intervals_svg("Differences", rows[2:4]) == ""


@given(st.lists(st.tuples(numbers, numbers, numbers), min_size=1, max_size=5), st.booleans())
@settings(max_examples=80, deadline=None)
def test_any_interval_and_importance_is_well_formed(
    rows: list[tuple[float, float, float]], zero: bool
) -> None:
    drawn = intervals_svg("x", [Interval("a", *row) for row in rows], around_zero=zero)
    bars = importances_svg("x", [("a", value, std) for value, std, _ in rows])
    assert bool(drawn) is bool(bars) is any(math.isfinite(row[0]) for row in rows)
    for one in filter(None, (drawn, bars)):
        read(one)


def test_importances_go_to_either_side() -> None:
    root = read(importances_svg("Importance", [("up", 4.0, 1.0), ("down", -2.0, None)]))
    up, down = root.iter(f"{SVG}rect")
    assert float(up.get("x") or 0) == pytest.approx(
        float(down.get("x") or 0) + float(down.get("width") or 0), abs=0.2
    )
    assert up.get("fill") != down.get("fill")


def test_a_sparkline_fits_a_row() -> None:
    root = read(sparkline_svg("age", [1, 0, 5]))
    assert (root.get("width"), root.get("height")) == ("120", "24")
    assert len(list(root.iter(f"{SVG}rect"))) == 2
    assert sparkline_svg("age", [0, 0]) == sparkline_svg("age", []) == ""


@given(numbers.filter(lambda x: not math.isnan(x)), numbers.filter(lambda x: not math.isnan(x)))
@settings(max_examples=200, deadline=None)
def test_ticks_lie_on_the_axis_in_order(one: float, other: float) -> None:
    for scale in (linear(*sorted((one, other))), times(*sorted((one, other)))):
        values = [value for value, _ in scale.ticks]
        assert scale.low < scale.high
        assert values == sorted(values)
        assert len(values) <= 25
        room = (scale.high - scale.low) * 1e-6
        assert all(scale.low - room <= value <= scale.high + room for value in values)
        assert 0 <= scale.at(one) <= 1


@pytest.mark.parametrize(
    ("span", "labels"),
    [
        (20, ["10:00:00", "10:00:05"]),
        (7200, ["10:00", "10:30"]),
        (86400 * 3, ["2024-05-02", "2024-05-03"]),
        (86400 * 300, ["2024-07", "2024-10"]),
        (86400 * 3000, ["2026", "2028"]),
    ],
)
def test_moments_have_ticks_that_a_calendar_has(span: float, labels: list[str]) -> None:
    start = 1714557600.0  # 2024-05-01 10:00 UTC
    assert [text for _, text in times(start, start + span).ticks][:2] == labels


def test_numbers_are_short() -> None:
    values = [None, math.nan, -math.inf, 0.1 + 0.2, 1234567.0, -0.00001234, 1234567.8, 0.5]
    assert [short(value) for value in values] == (
        ["", "NaN", "−∞", "0.3", "1,234,567", "−1.23e−05", "1.23e+06", "0.5"]
    )
    assert [signed(0.5), signed(-0.5), signed(0.0)] == ["+0.5", "−0.5", "0"]
    assert [percent(0.001234), percent(0.05), percent(1.0), percent(math.nan)] == [
        "0.1 %",
        "5.0 %",
        "100 %",
        "",
    ]
    assert [probability(0.0001), probability(0.04), probability(math.nan)] == ["< 0.001", "0.040", ""]
    assert moment(1714557600.0) == "2024-05-01 10:00"
    assert moment(1e300) == "1e+300"
