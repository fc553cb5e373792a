"""Drawings of pipelines: each node once, each edge, nothing on top of another, whatever the names are."""

from __future__ import annotations

import unicodedata
from datetime import UTC, datetime, timedelta
from xml.etree import ElementTree

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st
from rich.cells import cell_len

from jupyter_mlops.drawing import (
    ICONS,
    MOST,
    as_html,
    as_svg,
    as_text,
    clean,
    duration,
    fold,
    plain,
    size_text,
    summary,
    telling,
)
from jupyter_mlops.entities import PipelineRun, StepRun, StepState

NOW = datetime(2024, 5, 6, tzinfo=UTC)
SVG = "{http://www.w3.org/2000/svg}"
# which sides a line's character opens to
OPENS = {
    "│": "ud",
    "─": "lr",
    "┘": "ul",
    "└": "ur",
    "┐": "dl",
    "┌": "dr",
    "┤": "udl",
    "├": "udr",
    "┴": "ulr",
    "┬": "dlr",
    "┼": "udlr",
}
STEPS = {"u": (-1, 0), "d": (1, 0), "l": (0, -1), "r": (0, 1)}
BACK = {"u": "d", "d": "u", "l": "r", "r": "l"}


def pipeline(edges: dict[str, tuple[str, ...]], **grids: int) -> PipelineRun:
    steps = [
        StepRun(step=name, point=f"C={point}" if name in grids else "")
        for name in edges
        for point in range(grids.get(name, 1))
    ]
    return PipelineRun(pipeline="churn", steps=tuple(steps), edges=edges)


@st.composite
def graphs(draw: st.DrawFn, most: int = 9) -> dict[str, tuple[str, ...]]:
    names = [f"n{index}" for index in range(draw(st.integers(1, most)))]
    return {
        name: tuple(before for before in names[:place] if draw(st.booleans()))
        for place, name in enumerate(names)
    }


def pairs(edges: dict[str, tuple[str, ...]]) -> set[tuple[str, str]]:
    return {(before, name) for name, befores in edges.items() for before in befores}


class Read:
    """What a person reads off a drawing, following its lines."""

    def __init__(self, text: str) -> None:
        self.rows = text.splitlines()
        self.boxes = []  # name, top row, first and last column
        for row, line in enumerate(self.rows):
            parts = line.split("○ ")[1:]
            column = -1
            for part in parts:
                column = line.index("○ ", column + 1)
                self.boxes.append(
                    (part.split()[0], row - 1, self.border(row, column, -1), self.border(row, column, 1))
                )

    def at(self, row: int, column: int) -> str:
        return self.rows[row][column : column + 1] if row < len(self.rows) else ""

    def border(self, row: int, column: int, by: int) -> int:
        while self.at(row, column) != "│":
            column += by
            assert 0 <= column < len(self.rows[row]), "a name without a box"
        return column

    def edges(self) -> set[tuple[str, str]]:
        return {
            (name, end) for name, top, left, right in self.boxes for end in self.ends(top + 2, left, right)
        }

    def ends(self, row: int, left: int, right: int) -> set[str]:
        exits = [column for column in range(left, right) if self.at(row, column) == "┬"]
        assert len(exits) <= 1
        return set().union(*(self.follow(row + 1, column, "d") for column in exits))

    def follow(self, row: int, column: int, way: str) -> set[str]:
        char = self.at(row, column)
        if char == "▼":
            return {next(n for n, top, left, right in self.boxes if top == row and left <= column <= right)}
        if char == "│" and way in "lr":  # another line is crossed
            down, right = STEPS[way]
            return self.follow(row + down, column + right, way)
        assert BACK[way] in OPENS[char], f"a line is broken at row {row}, column {column}"
        onward = [side for side in OPENS[char] if side != BACK[way]]
        return set().union(*(self.follow(row + STEPS[s][0], column + STEPS[s][1], s) for s in onward))


@given(graphs())
@settings(max_examples=150, deadline=None)
def test_the_lines_of_a_drawing_lead_where_the_edges_do(edges: dict[str, tuple[str, ...]]) -> None:
    text = plain(as_text(pipeline(edges), 10_000))
    read = Read(text)
    assert sorted(name for name, *_ in read.boxes) == sorted(edges)
    assert read.edges() == pairs(edges)


@given(graphs(14))
@settings(max_examples=100, deadline=None)
def test_an_svg_has_each_node_once_and_each_edge_and_no_boxes_meet(
    edges: dict[str, tuple[str, ...]],
) -> None:
    run = pipeline(edges)
    root = ElementTree.fromstring(as_svg(run))
    nodes, places = fold(run)
    groups = root.findall(f"{SVG}g")
    assert [group.find(f"{SVG}text[@class='name']").text for group in drawn_in_order(groups)] == [  # type: ignore[union-attr]
        node.name for node in nodes
    ]
    assert sorted(path.get("data-edge", "") for path in root.findall(f"{SVG}path[@class='edge']")) == sorted(
        f"{up}-{down}" for up, down in places
    )
    boxes = [box(group) for group in groups]
    for index, one in enumerate(boxes):
        for other in boxes[:index]:
            assert apart(one, other)
    wide, high = float(root.get("width", "")), float(root.get("height", ""))
    assert all(x >= 0 and y >= 0 and x + w <= wide and y + h <= high for x, y, w, h in boxes)


def drawn_in_order(groups: list[ElementTree.Element]) -> list[ElementTree.Element]:
    return sorted(groups, key=lambda group: int(group.get("data-node", "")))


def box(group: ElementTree.Element) -> tuple[float, float, float, float]:
    rect = group.find(f"{SVG}rect")
    assert rect is not None
    x, y, wide, high = (float(rect.get(name, "")) for name in ("x", "y", "width", "height"))
    return x, y, wide, high


def apart(one: tuple[float, float, float, float], other: tuple[float, float, float, float]) -> bool:
    return (
        one[0] + one[2] < other[0]
        or other[0] + other[2] < one[0]
        or one[1] + one[3] < other[1]
        or other[1] + other[3] < one[1]
    )


@given(
    st.lists(st.text(max_size=40), min_size=1, max_size=5, unique=True), st.text(max_size=60), st.booleans()
)
@settings(max_examples=150, deadline=None)
def test_no_name_and_no_reason_breaks_a_drawing(names: list[str], why: str, ascii_only: bool) -> None:
    steps = tuple(StepRun(step=name, why=why, state=StepState.FAILED, error=why) for name in names)
    run = PipelineRun(pipeline=names[0], steps=steps, edges={name: tuple(names[:1]) for name in names[1:]})
    root = ElementTree.fromstring(as_svg(run))
    assert len(root.findall(f"{SVG}g")) == len(names)
    assert {element.tag.removeprefix(SVG) for element in root.iter()} <= {
        "svg", "title", "desc", "style", "g", "rect", "text", "path",
    }  # fmt: skip
    ElementTree.fromstring(as_html(run))
    lines = as_text(run, 100, ascii_only=ascii_only)
    for line in plain(lines).splitlines():
        assert cell_len(line) <= 100
        assert not {unicodedata.category(char) for char in line} & {"Cc", "Cf", "Cs"}
        assert line.isascii() or not ascii_only


@pytest.mark.parametrize(
    "name", ["<script>alert(1)</script>", '"><img src=x onerror=y>', "&lt;", "a\x1b[31mb", "\u202egnp", "]]>"]
)
def test_a_hostile_name_is_shown_and_does_nothing(name: str) -> None:
    run = PipelineRun(pipeline=name, steps=(StepRun(step=name, point=name, why=name, metrics={name: 1}),))
    html = as_html(run)
    assert "<script" not in html
    assert "<img" not in html
    [title] = ElementTree.fromstring(as_svg(run)).findall(f"{SVG}g/{SVG}title")
    assert clean(name, 200) in (title.text or "")
    assert "\x1b" not in plain(as_text(run, 100)) + html


def test_a_grid_is_one_node_with_its_counts() -> None:
    run = pipeline({"prepare": (), "train": ("prepare",)}, train=6)
    states = [StepState.CACHED, *[StepState.FINISHED] * 3, StepState.RUNNING, StepState.WAITING]
    steps = [
        step.model_copy(update={"state": state}) for step, state in zip(run.steps[1:], states, strict=True)
    ]
    nodes, edges = fold(run.model_copy(update={"steps": (run.steps[0], *steps)}))
    assert [node.label for node in nodes] == ["prepare", "train 4/6"]
    assert nodes[1].state is StepState.RUNNING
    assert nodes[1].told == "1 running, 1 waiting, 3 finished, 1 cached"
    assert edges == [(0, 1)]


@pytest.mark.parametrize("state", list(StepState))
def test_a_state_is_told_by_a_sign_and_in_words(state: StepState) -> None:
    run = PipelineRun(pipeline="churn", steps=(StepRun(step="prepare", state=state, why="it is so"),))
    svg = as_svg(run)
    assert ICONS[state] in svg
    assert f">{state.value}<" in svg
    assert f"prepare: {state.value} (it is so)" in svg
    assert 'role="img"' in svg
    assert plain(as_text(run, 80)).splitlines()[1] == f"│ {ICONS[state]} prepare │"


def test_a_drawing_carries_the_state_of_each_piece() -> None:
    run = PipelineRun(pipeline="churn", steps=(StepRun(step="a", state=StepState.FAILED),))
    pieces = [piece for line in as_text(run, 80) for piece in line]
    assert {state for text, state in pieces if text.strip()} == {StepState.FAILED}


def test_what_is_too_wide_becomes_a_list() -> None:
    run = pipeline({"prepare": (), "features": (), "train": ("prepare", "features")}, train=3)
    assert plain(as_text(run, 20)) == "○ prepare\n○ features\n○ train 0/3 <- prepare, features"
    assert plain(as_text(run, 20, ascii_only=True)).startswith(". prepare\n")


def test_thirty_steps_one_after_the_other_are_drawn() -> None:
    names = [f"step-{index}" for index in range(30)]
    edges = {name: tuple(names[max(place - 1, 0) : place]) for place, name in enumerate(names)}
    assert Read(plain(as_text(pipeline(edges), 80))).edges() == pairs(edges)


def test_many_steps_are_not_drawn() -> None:
    edges: dict[str, tuple[str, ...]] = {f"s{index}": () for index in range(MOST + 1)}
    run = pipeline(edges)
    assert as_svg(run) == ""
    assert len(plain(as_text(run, 200)).splitlines()) == MOST + 1
    html = as_html(run)
    assert "and 101 more" in html


def test_no_steps_are_no_drawing() -> None:
    run = PipelineRun(pipeline="churn")
    assert (as_svg(run), plain(as_text(run, 80))) == ("", "")
    assert "no steps" in as_html(run)


def test_what_matters_most_is_shown_where_not_all_fits() -> None:
    states = [StepState.FINISHED] * 50 + [StepState.FAILED, StepState.RUNNING] + [StepState.WAITING] * 50
    steps = [StepRun(step=f"s{place}", state=state) for place, state in enumerate(states)]
    assert [step.step for step in telling(steps, 3)] == ["s50", "s51", "s52"]
    assert telling(steps, 200) == steps
    assert summary(steps) == "1 failed, 1 running, 50 waiting, 50 finished"


def test_an_edge_to_a_step_that_is_not_there_is_not_drawn() -> None:
    run = PipelineRun(pipeline="churn", steps=(StepRun(step="a"),), edges={"a": ("gone",), "gone": ()})
    assert plain(as_text(run, 80)).splitlines()[1] == "│ ○ a │"


def test_how_long_it_took_is_told() -> None:
    ended = {"started": NOW, "ended": NOW + timedelta(seconds=3.21)}
    run = PipelineRun(pipeline="churn", steps=(StepRun(step="a", state=StepState.FINISHED, **ended),))
    assert "finished in 3.2 s" in as_svg(run)
    assert [duration(value) for value in (0.04, 75, 7300)] == ["0.0 s", "1 min 15 s", "2 h 1 min"]
    assert [size_text(value) for value in (0, 999, 1000, 999_999, 2_340_000)] == [
        "0 B", "999 B", "1 kB", "1 MB", "2.34 MB",
    ]  # fmt: skip
