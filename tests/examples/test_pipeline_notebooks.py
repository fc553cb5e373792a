"""The notebooks of the example pipelines fit what its ``mlops.yaml`` declares. No kernel runs here."""

from __future__ import annotations

import itertools
from pathlib import Path

import pytest
from ruamel.yaml import YAML

from jupyter_mlops.entities.pipelines import Pipeline
from jupyter_mlops.notebooks.document import read_notebook
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.notebooks.parts import read_parts

FOLDER = Path(__file__).parents[2] / "notebooks" / "pipeline"


@pytest.fixture(scope="module")
def declared() -> dict[str, Pipeline]:
    found = YAML(typ="safe").load((FOLDER / "mlops.yaml").read_text(encoding="utf-8"))
    return {name: Pipeline.model_validate(told) for name, told in found["pipelines"].items()}


def test_by_hand_a_notebook_finds_and_puts_each_file_where_the_pipeline_does(
    declared: dict[str, Pipeline],
) -> None:
    for step in declared["digits"].steps.values():
        parameters = {p.name: p.default for p in read_parameters(read_notebook(FOLDER / step.notebook)) or ()}
        places = {**step.inputs, **step.outputs}
        assert {name: parameters[name] for name in places} == places
        assert step.grid.keys() <= parameters.keys()


def test_the_steps_hang_together_and_the_grid_is_of_six(declared: dict[str, Pipeline]) -> None:
    pipeline = declared["digits"]
    made: set[str] = set()
    for step in pipeline.steps.values():
        assert made >= set(step.inputs.values())
        made |= set(step.outputs.values())
    assert len(pipeline.steps) == 4
    assert len(list(itertools.product(*pipeline.steps["train"].grid.values()))) == 6
    assert pipeline.registration is not None
    assert pipeline.registration.step in pipeline.steps


def test_the_steps_of_one_notebook_are_found_with_what_they_pass_on(declared: dict[str, Pipeline]) -> None:
    pipeline = declared["wine"]
    assert pipeline.notebook is not None
    notebook = read_notebook(FOLDER / pipeline.notebook)
    parts = read_parts(notebook)
    assert {part.name: dict(part.reads) for part in parts} == {
        "prepare": {},
        "train": {"train": "prepare"},
        "evaluate": {"classifier": "train", "test": "prepare"},
    }
    assert pipeline.steps.keys() <= {part.name for part in parts}
    assert {p.name for p in read_parameters(notebook) or ()} >= {"C"}


def test_the_pixels_are_kept_and_strokes_added(monkeypatch: pytest.MonkeyPatch) -> None:
    from sklearn.datasets import load_digits

    monkeypatch.syspath_prepend(FOLDER)
    from features import with_strokes  # type: ignore[import-not-found]  # a module of the example

    pixels = load_digits(as_frame=True).data
    table = with_strokes(pixels)
    assert table.shape == (1797, 64 + 8 + 8 + 1)
    assert table.min(axis=None) >= 0
    assert table.max(axis=None) <= 1
    assert table["row_3"].iloc[0] == pytest.approx(pixels.iloc[0, 24:32].mean() / 16)
    assert table["column_3"].iloc[0] == pytest.approx(pixels.iloc[0, 3::8].mean() / 16)
