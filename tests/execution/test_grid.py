"""Grids: one run for each combination, here or in worker processes, with the same results."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops import Project
from jupyter_mlops.execution.points import combinations


@given(st.dictionaries(st.text(min_size=1), st.lists(st.text(), min_size=1, max_size=3), max_size=3))
def test_every_combination_comes_once(grid: dict[str, list[str]]) -> None:
    found = list(combinations(grid))
    count = 1
    for values in grid.values():
        count *= len(values)
    assert len(found) == count
    assert all(point[name] in grid[name] for point in found for name in grid)


def test_workers_and_one_after_the_other_give_the_same(folder: Path, write: Any, cell: Any) -> None:
    body = "%load_ext jupyter_mlops\n%track start --no-autolog\n%track metric score=C*10"
    path = write(folder / "n.ipynb", [cell("C = 1.0", "parameters"), cell(body)])
    project = Project()
    ended: list[str] = []
    side_by_side = project.grid(path, {"C": [0.5, 2.5]}, workers=2, done=lambda run: ended.append(run.name))
    assert sorted(ended) == ["n C=0.5", "n C=2.5"]
    alone = project.grid(path, {"C": [0.5, 2.5]})
    for runs in (side_by_side, alone):
        assert [(run.parameters["C"], run.metrics["score"]) for run in runs] == [("0.5", 5.0), ("2.5", 25.0)]
    assert len(project.runs()) == 4
    assert project.best(alone, "score", "min").parameters["C"] == "0.5"


def test_values_of_a_grid_keep_their_type_and_text_is_read(folder: Path, write: Any, cell: Any) -> None:
    body = "open(f'{type(x).__name__} {ascii(x)}', 'w').close()"
    path = write(folder / "n.ipynb", [cell("x = None", "parameters"), cell(body)])
    runs = Project().grid(path, {"x": [(1,), b"a", "007", "8"]})
    assert [run.exit_code for run in runs] == [0, 0, 0, 0]
    made = {each.name for each in folder.iterdir() if " " in each.name}
    assert made == {"tuple (1,)", "bytes b'a'", "str '007'", "int 8"}
