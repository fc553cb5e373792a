"""A live session is replayed from the notebook as it was saved: top to bottom, with the values it had."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.entities import ReplayVerdict, RunKind
from jupyter_mlops.project import Project
from tests.conftest import Live, cell, write

START = "%track start --no-autolog"
CELLS = [
    cell("%load_ext jupyter_mlops", identifier="l"),
    cell(START, identifier="s"),
    cell("C = 1.0\nname = 'x'", "parameters", identifier="p"),
    cell("state = C", identifier="a"),
    cell("state = state + 1", identifier="b"),
    cell("state, name", identifier="c"),
    cell("%track metric state", identifier="m"),
]


@pytest.mark.timeout(300)
def test_a_session_s_values_are_given_again_and_its_outputs_compared(
    live: Live, folder: Path, local: None
) -> None:
    write(live.path, CELLS)
    sources = {each["id"]: each["source"] for each in CELLS}
    live.run(START, "s")
    live.run("C = 2.0\nname = 'y'", "p")  # as `%params` would have set them
    for key in ("a", "b", "c", "m"):
        live.run(sources[key], key)
    save_with_output(live.path, "c", "(3.0, 'y')")
    live.run("%track stop")
    project = Project(folder)
    found = project.reproduce("work")
    assert found.verdict is ReplayVerdict.REPRODUCED, found.reason
    replayed = project.show(str(found.replayed)).run
    assert replayed.kind is RunKind.REPLAY
    assert (replayed.parameters["C"], replayed.parameters["name"]) == ("2.0", "y")
    assert replayed.metrics == {"state": 3.0}
    assert found.cells == ()  # `(3.0, 'y')` was shown again
    assert not any("without outputs" in note for note in found.notes)


@pytest.mark.timeout(300)
def test_a_state_that_no_run_from_top_to_bottom_gives_is_not_reproduced(
    live: Live, folder: Path, local: None
) -> None:
    write(live.path, CELLS)
    sources = {each["id"]: each["source"] for each in CELLS}
    live.run(START, "s")
    for key in ("p", "a", "b", "b", "b", "m"):  # one cell three times
        live.run(sources[key], key)
    live.run(sources["a"], "a")
    live.run("%track stop")
    found = Project(folder).reproduce("work")
    assert found.verdict is ReplayVerdict.DIFFERENT
    assert "state is 2, not 4" in found.reason
    assert found.cells[-1].metrics == ("state",)
    assert found.cells[-1].source == "%track metric state"
    assert any("not run from top to bottom" in note for note in found.notes)


def save_with_output(path: Path, identifier: str, text: str) -> None:
    """As JupyterLab saves what a cell has shown."""
    document: dict[str, Any] = json.loads(path.read_text(encoding="utf-8"))
    for each in document["cells"]:
        if each["id"] == identifier:
            shown = {"data": {"text/plain": text}, "metadata": {}, "execution_count": 1}
            each["outputs"] = [{"output_type": "execute_result", **shown}]
    path.write_text(json.dumps(document), encoding="utf-8")
