"""The magics in a real kernel, as a notebook calls them."""

from __future__ import annotations

import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from jupyter_mlops import Project
from jupyter_mlops.magics import register


def test_the_command_line_works_inside_the_notebook(live: Any, folder: Path, write: Any, cell: Any) -> None:
    write(folder / "other.ipynb", [cell("C = 1.0", "parameters"), cell("C * 2")])
    said = live.run("%mlops run other.ipynb -p C 0.5")
    assert "FINISHED" in said
    assert Project().runs()[0].parameters == {"C": "0.5"}
    assert '"C": "0.5"' in live.run("%mlops show latest --json")
    assert "VERB" in live.run("%mlops --help")
    said = live.run("%mlops run missing.ipynb")
    assert "UsageError: no such notebook: missing.ipynb" in said
    assert "Traceback" not in said
    write(folder / "fail.ipynb", [cell("1 / 0")])
    assert "exit code 1" in live.run("%mlops run fail.ipynb")


def test_params_shows_a_form_and_its_edits_reach_kernel_and_run(
    live: Any, folder: Path, write: Any, cell: Any
) -> None:
    source = (
        "from enum import Enum\nclass Kind(Enum):\n    A = 'a'\n    B = 'b'\nC: float = 1.0\nkind = Kind.A"
    )
    assert "tagged 'parameters'" in live.run("%params")
    write(live.path, [cell(source, "parameters", identifier="p")])
    live.run(source, "p")
    live.run("%track start --no-autolog")
    assert "ParameterForm" in live.run("form = %params\nform")
    live.run(
        "tracker = get_ipython()._jupyter_mlops.tracker()\n"
        "from jupyter_mlops.notebooks.values import from_text\n"
        "p = {p.name: p for p in form.parameters} if hasattr(form, 'parameters') else None\n"
        "from jupyter_mlops import Project\n"
        "declared = {d.name: d for d in Project().parameters('work.ipynb')}\n"
        "tracker.apply({'C': from_text(declared['C'], '0.5'), 'kind': from_text(declared['kind'], 'B')})"
    )
    assert "(0.5, True)" in live.run("C, kind is Kind.B")
    live.run("%track stop")
    assert Project().runs()[0].parameters == {"C": "0.5", "kind": "B"}


def test_runs_shows_the_table_and_filters(live: Any) -> None:
    live.run("%track start first --no-autolog\n%track metric m=1\n%track stop")
    assert "first | FINISHED" in live.run("%runs")
    assert live.run("type(_).__name__, len(_.runs)").strip() == "('RunsTable', 1)"
    assert "filter" in live.run("%runs --filter 'm >'")


def test_the_help_names_every_verb(live: Any) -> None:
    said = live.run("print(get_ipython().find_line_magic('track').__doc__)")
    for verb in ("start", "stop", "status", "metric", "param", "artifact", "tag", "data", "model"):
        assert f"%track {verb}" in said


def test_loading_twice_and_reloading_keep_one_set_of_magics(live: Any) -> None:
    live.run("%track start --no-autolog")
    live.run("%load_ext jupyter_mlops\n%reload_ext jupyter_mlops")
    assert "nothing is on the record" in live.run("%track status")
    assert len(Project().runs()) == 1


def test_braces_and_dollars_name_variables_also_those_of_a_function(live: Any) -> None:
    live.run("%track start --no-autolog", "s")
    live.run("step = 'two'\ndef tell(owner):\n    %track tag owner={owner} step=$step\ntell('ana')", "t")
    live.run("values = {'a': 1}\n%track metric one=values['a'] size=len({1, 2})", "m")
    run = Project().runs()[0]
    assert run.tags == {"owner": "ana", "step": "two"}
    assert run.metrics == {"one": 1.0, "size": 2.0}


@pytest.fixture
def shell(folder: Path, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """IPython with the magics, without a kernel."""
    for name in ("ps1", "ps2", "ps3"):  # IPython sets them, and libraries take the process for interactive
        monkeypatch.setattr(sys, name, "", raising=False)
    config = Config(HistoryManager={"enabled": False})
    made = InteractiveShell(ipython_dir=str(folder / "ipython"), config=config)
    register(made)
    yield made
    made.restore_sys_module_state()


def test_drift_of_dataframes_of_the_notebook_is_shown_and_stops_nothing(
    shell: InteractiveShell, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ages = pd.DataFrame({"age": np.arange(100.0)})
    ages.to_csv("old.csv", index=False)
    shell.user_ns.update(before=ages, after=ages + 50, number=3)
    assert shell.run_line_magic("mlops", "drift --reference before --current after") is None
    assert "drift in 1 of 1 column: age" in capsys.readouterr().out
    shell.run_line_magic("mlops", "drift --reference old.csv --current before")
    assert "no drift in 1 column" in capsys.readouterr().out
    with pytest.raises(UsageError, match="number"):
        shell.run_line_magic("mlops", "drift --reference old.csv --current number")


def test_a_dataset_or_file_wins_over_a_dataframe_of_its_name(
    shell: InteractiveShell, folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    ages = pd.DataFrame({"age": np.arange(100.0)})
    Project().datasets.add(ages, name="before")
    shell.user_ns.update(before=ages + 50, after=ages)
    shell.run_line_magic("mlops", "drift --reference before --current after")
    assert "no drift in 1 column" in capsys.readouterr().out
