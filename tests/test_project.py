"""`Project`: which folder it means, and that the same verbs are there in Python."""

from __future__ import annotations

import os
from pathlib import Path
from typing import Any

import pytest

import jupyter_mlops
from jupyter_mlops.exceptions import CheckFailed, NotFound
from jupyter_mlops.project import Project


def test_the_notebooks_own_project_is_meant_where_it_lies_in_one(folder: Path, tmp_path: Path) -> None:
    inner = folder / "inner"
    inner.mkdir()
    assert Project(notebook=inner / "n.ipynb").root == folder
    (inner / "mlops.yaml").touch()
    assert Project(notebook=inner / "n.ipynb").root == inner
    assert Project(folder).root == folder
    os.chdir(tmp_path)
    outside = tmp_path / "outside"
    outside.mkdir()
    assert Project(notebook=outside / "n.ipynb").root == tmp_path


def test_a_named_folder_wins_over_what_the_runner_told(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("JUPYTER_MLOPS_PROJECT", str(tmp_path))
    assert Project().root == tmp_path
    assert Project(folder).root == folder


@pytest.mark.usefixtures("local")
def test_looking_writes_nothing_into_a_folder_before_a_run(bare_folder: Path) -> None:
    folder = bare_folder
    Project().parameters(_notebook(folder))
    assert Project().runs() == []
    assert Project().models() == []
    with pytest.raises(NotFound, match="no such folder"):
        Project(folder / "missing")
    assert {path.name for path in folder.iterdir()} == {"mlops.yaml", "n.ipynb"}


def test_parameters_best_and_lazy_names(folder: Path) -> None:
    project = Project()
    assert [p.name for p in project.parameters(_notebook(folder))] == ["C"]
    with pytest.raises(NotFound):
        project.parameters("missing.ipynb")
    with pytest.raises(CheckFailed, match="no run logged the metric 'm'"):
        project.best([], "m")
    assert jupyter_mlops.Project is Project
    with pytest.raises(AttributeError, match="nonsense"):
        _ = jupyter_mlops.nonsense


def _notebook(folder: Path) -> Path:
    path = folder / "n.ipynb"
    source = '{"cell_type": "code", "metadata": {"tags": ["parameters"]}, "source": "C = 1", "outputs": []}'
    path.write_text(f'{{"nbformat": 4, "nbformat_minor": 4, "metadata": {{}}, "cells": [{source}]}}')
    return path


def test_load_model_is_public(folder: Path, monkeypatch: Any) -> None:
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    with pytest.raises(NotFound, match="no registered model 'm'"):
        jupyter_mlops.load_model("m@champion")
