"""S1 and S2: a value is data and a name is a name; neither is ever run as code."""

from __future__ import annotations

import keyword
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops import Project
from jupyter_mlops.exceptions import MLOpsError, ParameterError
from jupyter_mlops.notebooks.injection import inject
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.notebooks.values import check_request

EXAMPLES = 10_000 if os.environ.get("JUPYTER_MLOPS_LONG") else 300
long = settings(max_examples=EXAMPLES, deadline=None)

DECLARATIONS = [
    *("x = None", "x = 1", "x = 'a'", "x = True", "x = 1.5", "x: list = []", "x: dict[str, int] = {}"),
    *("x: set[int] = None", "x: float | None = 1", "x: Literal['a', 2] = 2", "x: Path = None", "x = b''"),
    *("x: datetime = None", "x: Decimal = None", "x: int | str = 1", "x = Path('a')", "x: Model = None"),
]
CODE = st.sampled_from(
    [
        "__import__('os').system('touch ran')",
        "open('ran', 'w')",
        "(lambda: open('ran', 'w'))()",
        'f\'{open("ran", "w")}\'',
        "!touch ran",
        "%run ran",
        "!!python/object/apply:os.system ['touch ran']",
        "$(touch ran)",
        "`touch ran`",
        "{open('ran', 'w')}",
    ]
)
GLUE = st.sampled_from(
    ["'", '"', "'''", '"""', "\\", "\n", "\r", "\0", "#", ";", ")", "]", "}", ",", " ", "\u2028"]
)
hostile = st.lists(st.one_of(CODE, GLUE, st.text(st.characters(), max_size=3)), max_size=6).map("".join)


def notebook(source: str) -> dict[str, Any]:
    tagged = {"cell_type": "code", "source": source, "metadata": {"tags": ["parameters"]}}
    return {"cells": [tagged], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


@pytest.fixture(scope="module", autouse=True)
def _nowhere(tmp_path_factory: pytest.TempPathFactory) -> Any:
    """A folder in which nothing may appear."""
    before, nowhere = Path.cwd(), tmp_path_factory.mktemp("nowhere")
    os.chdir(nowhere)
    yield
    os.chdir(before)
    assert not list(nowhere.iterdir())


@long
@given(st.sampled_from(DECLARATIONS), hostile)
def test_text_is_data_whatever_it_holds(declaration: str, text: str) -> None:
    try:
        checked = check_request(read_parameters(notebook(declaration)), {"x": text}, {})
        source = inject(notebook(declaration), checked)["cells"][1]["source"]
    except MLOpsError as error:
        assert "\n" not in str(error)
        return
    space: dict[str, Any] = {}
    exec(source, space)
    assert set(space) == {"x", "__builtins__"}
    assert not Path("ran").exists()


@long
@given(hostile)
def test_a_text_comes_back_verbatim_inside_of_everything(text: str) -> None:
    value = {text: [text, (text,), {text}, Path(text.replace("\0", ""))]}
    space: dict[str, Any] = {}
    exec(inject(notebook("x = None"), {"x": value})["cells"][1]["source"], space)
    assert space["x"] == value


@long
@given(
    st.one_of(
        hostile, st.text(), st.sampled_from([*keyword.kwlist, "x=1;y", "x\nimport os", "x ", "X", "ｘ"])
    )
)
def test_a_name_that_is_not_declared_is_refused(name: str) -> None:
    if name in {"x", "rate"}:
        return
    for text, values in (({name: "1"}, {}), ({}, {name: 1})):
        with pytest.raises(ParameterError, match="unknown parameter") as caught:
            check_request(read_parameters(notebook("x = 1\nrate = 0.1")), text, values)
        assert "\n" not in str(caught.value)


def test_hostile_values_and_names_run_nothing_in_a_real_kernel(folder: Path, write: Any, cell: Any) -> None:
    text = "'''\\\n__import__('os').system('touch ran')\n%run ran\n!touch ran\n\"\"\""
    path = write(folder / "n.ipynb", [cell("x = ''\ny = None", "parameters"), cell(f"assert x == {text!r}")])
    assert Project().run(path, {"y": [text]}, text={"x": text}).exit_code == 0
    with pytest.raises(ParameterError, match="unknown parameter"):
        Project().run(path, {"x = open('ran', 'w')": 1})
    assert not (folder / "ran").exists()


def test_a_name_that_is_code_is_refused_before_a_kernel_starts_under_plain_papermill(
    folder: Path, write: Any, cell: Any
) -> None:
    path = write(folder / "n.ipynb", [cell("x = 1", "parameters"), cell("open('started', 'w').close()")])
    command = [sys.executable, "-m", "papermill", str(path), "out.ipynb", "--engine", "jupyter-mlops"]
    named = subprocess.run(
        [*command, "-p", "x = open('ran', 'w'); y", "1"], capture_output=True, text=True, check=False
    )
    assert named.returncode != 0
    assert "is not a name" in named.stderr
    assert not (folder / "ran").exists()
    assert not (folder / "started").exists()
    subprocess.run([*command, "-p", "x", "2"], capture_output=True, check=True)
    assert (folder / "started").exists()
