"""The command line: what a person types, sees, and gets as exit code."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.cli import main
from jupyter_mlops.reports import Progress


def mlops(*words: str) -> subprocess.CompletedProcess[str]:
    """``jupyter mlops ...`` in a process of its own, as typed."""
    jupyter = str(Path(sys.executable).with_name("jupyter"))
    return subprocess.run([jupyter, "mlops", *words], capture_output=True, text=True, check=False)


def test_jupyter_finds_the_verb_and_shows_help() -> None:
    done = mlops("--help")
    assert done.returncode == 0
    assert all(verb in done.stdout for verb in ("run", "runs", "show", "diff", "models", "promote", "demo"))
    assert mlops("--version").stdout.startswith("jupyter-mlops ")


BAD = {
    "no such notebook": (["run", "missing.ipynb"], "no such notebook: missing.ipynb"),
    "a folder": (["run", "."], "is a folder"),
    "not a notebook": (["run", "mlops.yaml"], "is not a notebook"),
    "nothing to run": (["run"], "no notebook was named"),
    "no kernel named": (["run", "nameless.ipynb"], "names no kernel"),
    "no code": (["run", "prose.ipynb"], "has no code cells"),
    "not JSON": (["run", "broken.ipynb"], "is not a notebook"),
    "no cells": (["run", "cells.ipynb"], "it has no cells"),
    "another format": (["run", "old.ipynb"], "only version 4"),
    "no length of time": (["run", "n.ipynb", "--timeout", "soon"], "length of time"),
    "a cell's odd limit": (["run", "limit.ipynb"], "cell 1: timeout"),
    "unknown placeholder": (["run", "n.ipynb", "--output", "{c}.ipynb"], "did you mean 'C'?"),
    "outside the project": (["run", "n.ipynb", "--output", "../out"], "outside the project"),
    "no such run to resume": (["run", "--resume", "nothing"], "no run 'nothing'"),
    "no such cell": (["run", "n.ipynb", "--from", "7"], "there is no cell 7"),
    "no such tag": (["run", "n.ipynb", "--only", "x"], "no cell is tagged 'x'"),
    "part of a grid": (
        ["run", "n.ipynb", "--grid", "C=1,2", "--from", "2"],
        "--from does not go with --grid",
    ),
    "one file for a grid": (["run", "n.ipynb", "--grid", "C=1,2", "--output", "o.ipynb"], "same file"),
    "secret that is not set": (["run", "plainer.ipynb", "-p", "token", "env:NO_SUCH"], "NO_SUCH"),
    "unknown verb": (["rnu", "n.ipynb"], "did you mean 'run'?"),
    "unknown option": (["run", "n.ipynb", "--nonsense"], "--nonsense"),
    "no parameters cell": (["run", "plain.ipynb", "-p", "C", "1"], "no cell is tagged 'parameters'"),
    "unknown parameter": (["run", "n.ipynb", "-p", "c", "1"], "did you mean 'C'?"),
    "ill-typed parameter": (["run", "n.ipynb", "-p", "C", "x"], "does not fit float"),
    "ill-typed grid": (["run", "n.ipynb", "--grid", "C=1,x"], "does not fit float"),
    "empty grid": (["run", "n.ipynb", "--grid", "C"], "--grid"),
    "grid without choice": (["run", "n.ipynb", "--grid", "C=1,2", "--register", "m"], "--select"),
    "missing parameter file": (["run", "n.ipynb", "-f", "none.yaml"], "parameter file none.yaml"),
    "kernel": (["run", "kernel.ipynb"], "python3"),
    "no such run": (["show", "nothing"], "no run 'nothing'"),
    "no such model": (["models", "nothing"], "no registered model 'nothing'"),
    "no such experiment": (["runs", "--experiment", "nothing"], "no experiment 'nothing'"),
    "bad filter": (["runs", "--filter", "accuracy >"], "filter"),
}


@pytest.mark.parametrize("name", BAD)
def test_bad_input_gets_one_line_and_exit_2(
    name: str, folder: Path, write: Any, cell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    words, said = BAD[name]
    write(folder / "n.ipynb", [cell("C: float = 1.0", "parameters"), cell("C")])
    write(folder / "plain.ipynb", [cell("1")])
    write(folder / "kernel.ipynb", [cell("1")], kernel="missing-kernel")
    write(folder / "plainer.ipynb", [cell("token = ''", "parameters"), cell("1")])
    write(folder / "prose.ipynb", [cell("text", kind="markdown")])
    write(folder / "limit.ipynb", [cell("1", "timeout:soon")])
    document = {"cells": [cell("1")], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    (folder / "nameless.ipynb").write_text(json.dumps(document))
    (folder / "old.ipynb").write_text(json.dumps({**document, "nbformat": 3}))
    (folder / "cells.ipynb").write_text(json.dumps({"metadata": {}, "nbformat": 4}))
    (folder / "broken.ipynb").write_text('{"cells": [')
    assert main(words) == 2
    printed = capsys.readouterr()
    assert said in printed.err
    assert printed.out == ""
    assert printed.err.count("\n") == 1, printed.err
    assert "Traceback" not in printed.err
    assert not list(folder.glob("mlruns/*/*"))


def test_broken_configuration_names_file_line_and_key(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "mlops.yaml").write_text("tracking:\n  experiment: a\n  urii: b\n", encoding="utf-8")
    assert main(["runs"]) == 2
    said = capsys.readouterr().err
    assert "mlops.yaml: line 3: tracking.urii" in said
    assert "did you mean 'uri'?" in said


def test_an_error_steers_no_terminal(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "\x1b[31mmissing.ipynb", "--debug"]) == 2
    said = capsys.readouterr().err
    assert "\ufffd[31mmissing.ipynb" in said
    assert "\x1b" not in said


def test_debug_shows_the_traceback(folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    assert main(["run", "missing.ipynb", "--debug"]) == 2
    assert "Traceback" in capsys.readouterr().err


def test_run_show_diff_and_parameter_file(
    folder: Path, write: Any, cell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(folder / "n.ipynb", [cell("C: float = 1.0\nname = 'x'", "parameters"), cell("C")])
    (folder / "values.yaml").write_text("C: 0.25\nname: '007'\n", encoding="utf-8")
    assert main(["run", "n.ipynb", "-f", "values.yaml", "-p", "C", "0.5", "--json"]) == 0
    first = json.loads(capsys.readouterr().out)
    assert first["parameters"] == {"C": "0.5", "name": "007"}
    document = json.loads(path.read_text())
    document["cells"][1]["source"] = "C + 1"
    path.write_text(json.dumps(document))
    assert main(["run", "n.ipynb"]) == 0
    capsys.readouterr()
    assert main(["show", "latest"]) == 0
    shown = capsys.readouterr().out
    assert all(
        part in shown for part in ("parameters", "C = 1.0", "environment", "journal.jsonl", "FINISHED")
    )
    assert main(["diff", first["run_id"], "latest"]) == 0
    shown = capsys.readouterr().out
    assert "-C" in shown
    assert "+C + 1" in shown
    assert "0.5 (float)" in shown


def test_a_failing_notebook_exits_1_and_a_dead_kernel_4(folder: Path, write: Any, cell: Any) -> None:
    write(folder / "fail.ipynb", [cell("1 / 0")])
    write(folder / "die.ipynb", [cell("import os\nos._exit(1)")])
    assert main(["run", "fail.ipynb"]) == 1
    assert main(["run", "die.ipynb"]) == 4


def test_nothing_to_register_exits_3_and_the_run_stays(
    folder: Path, write: Any, cell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / "n.ipynb", [cell("1")])
    assert main(["run", "n.ipynb", "--register", "m"]) == 3
    assert "logged no model" in capsys.readouterr().err
    assert main(["runs", "--json"]) == 0
    assert [run["status"] for run in json.loads(capsys.readouterr().out)] == ["FINISHED"]


def test_the_demo_refuses_a_folder_that_holds_something(
    folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main(["demo", "--folder", str(folder)]) == 2
    assert "not empty" in capsys.readouterr().err


def test_params_shows_types_and_help(
    folder: Path, write: Any, cell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / "n.ipynb", [cell("C: float = 1.0  # strength [inverse]", "parameters")])
    assert main(["params", "n.ipynb"]) == 0
    assert "strength [inverse]" in capsys.readouterr().out


def test_a_reader_that_has_seen_enough_is_no_failure(folder: Path, write: Any, cell: Any) -> None:
    source = "\n".join(f"name_{number} = {number}" for number in range(5000))
    write(folder / "n.ipynb", [cell(source, "parameters")])
    jupyter = str(Path(sys.executable).with_name("jupyter"))
    for words in (["params", "n.ipynb"], ["params", "n.ipynb", "--json"]):
        process = subprocess.Popen(
            [jupyter, "mlops", *words], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True
        )
        assert process.stdout is not None
        process.stdout.readline()
        process.stdout.close()
        assert process.stderr is not None
        assert process.stderr.read() == ""
        process.stderr.close()
        assert process.wait() == 0


def test_a_verb_over_data_says_that_it_works_and_one_that_tells_its_cells_does_not(
    folder: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setattr(Progress, "patience", 0.0)
    (folder / "ages.csv").write_text("age\n1\n2\n", encoding="utf-8")
    assert main(["dataset", "add", "ages.csv"]) == 0
    assert "dataset add ages.csv ...\n" in capsys.readouterr().err
    assert main(["runs"]) == 0
    assert "..." not in capsys.readouterr().err


@pytest.mark.parametrize(
    "words", [["schedule", "list"], ["schedule", "next"], ["notify"], ["gc"], ["runs"], ["models"]]
)
def test_where_there_is_nothing_json_is_an_empty_list(
    words: list[str], bare_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    assert main([*words, "--json"]) == 0
    assert json.loads(capsys.readouterr().out) == []
    assert main(words) == 0
    assert len(capsys.readouterr().out.splitlines()) == 1
