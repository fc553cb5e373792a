"""S3 and S4: what files and names hold is data. No YAML builds objects, no template leads outside."""

from __future__ import annotations

import json
import os
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.cli import main
from jupyter_mlops.exceptions import Refused

EVIL = [
    "!!python/object/apply:os.system ['touch hacked']",
    "!!python/object/new:subprocess.Popen [['touch', 'hacked']]",
    "!!python/name:os.system",
    "!<tag:yaml.org,2002:python/object/apply:os.mkdir> ['hacked']",
]


@pytest.mark.parametrize("evil", EVIL)
@pytest.mark.parametrize("place", ["parameters", "mlops.yaml"])
def test_yaml_builds_no_objects(
    place: str, evil: str, folder: Path, write: Any, cell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / "n.ipynb", [cell("C = 'x'", "parameters"), cell("C")])
    if place == "parameters":
        (folder / "values.yaml").write_text(f"C: {evil}\n", encoding="utf-8")
        words = ["run", "n.ipynb", "-f", "values.yaml"]
    else:
        (folder / "mlops.yaml").write_text(f"tracking: {evil}\n", encoding="utf-8")
        words = ["runs"]
    assert main(words) == 2
    said = capsys.readouterr().err
    assert said.count("\n") == 1, said
    assert not (folder / "hacked").exists()


def test_a_yaml_bomb_is_no_harm(folder: Path, write: Any, cell: Any) -> None:
    write(folder / "n.ipynb", [cell("C = 'x'", "parameters"), cell("C")])
    lines = ["a0: &a0 [x, x, x, x, x, x, x, x, x, x]"]
    lines += [f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 10)}]" for n in range(1, 9)]
    (folder / "values.yaml").write_text("\n".join([*lines, "C: *a8"]), encoding="utf-8")
    assert main(["run", "n.ipynb", "-f", "values.yaml"]) == 2


VALUES = [
    "../../../../tmp/evil",
    "/etc/evil",
    "..",
    "a/../../b",
    "{C.__class__}",
    "{0}",
    "%s",
    "\\..\\x",
    "~root/x",
    "a\nb",
    "$(touch hacked)",
    "x" * 300,
]


def test_values_in_a_template_stay_in_the_folder(folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "n.ipynb", [cell("C = 'x'", "parameters"), cell("1")])
    before = set(folder.parent.iterdir())
    project = Project()
    for value in VALUES[:4]:
        project.run(path, {"C": value}, output="out/{C}-{run}.ipynb")
    from jupyter_mlops.execution.destination import render

    for value in VALUES:
        target = render(
            Path("out/{C}.ipynb"), notebook="n", experiment="e", run="0" * 32, parameters={"C": value}
        )
        assert target.parent == Path("out")
        assert len(target.name) < 100
    assert {entry.parent for entry in folder.rglob("*-*.ipynb") if "mlruns" not in entry.parts} == {
        folder / "out"
    }
    assert set(folder.parent.iterdir()) == before
    assert not (folder / "hacked").exists()


@pytest.mark.parametrize(
    "output",
    ["{x}", "{C.__class__}", "{C!r}.ipynb", "{0}.ipynb", "{}/a.ipynb", "../out", "/tmp/out", "a/../../b"],
)
def test_an_odd_output_is_refused_before_anything_runs(
    output: str, folder: Path, write: Any, cell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    ran = f"import pathlib\npathlib.Path({str(folder / 'ran')!r}).touch()"
    write(folder / "n.ipynb", [cell("C = 'x'", "parameters"), cell(ran)])
    assert main(["run", "n.ipynb", "--output", output]) == 2
    assert capsys.readouterr().err.count("\n") == 1
    assert not (folder / "ran").exists()
    assert not list(folder.glob("mlruns/*/*"))


def test_what_lies_in_the_state_folder_is_read_as_json_only(folder: Path, write: Any, cell: Any) -> None:
    """A journal, an index of a checkpoint or a lease that holds a pickle is passed over, not loaded."""
    import pickle

    class Evil:
        def __reduce__(self) -> Any:
            return os.mkdir, (str(folder / "hacked"),)

    project = Project()
    run = project.run(write(folder / "n.ipynb", [cell("1 / 0")]), checkpoint=0.1)
    state = folder / ".mlops"
    for name in (f"checkpoints/{run.run_id}/checkpoint.json", f"runs/{run.run_id}/lease.json"):
        (state / name).parent.mkdir(parents=True, exist_ok=True)
        (state / name).write_bytes(pickle.dumps(Evil()))
    (journal,) = folder.glob("mlruns/*/*/artifacts/mlops/journal.jsonl")
    journal.write_bytes(pickle.dumps(Evil()))
    details = project.show(run.run_id)
    assert details.damaged
    assert details.cells == ()
    assert project.runs()
    with pytest.raises(Refused, match="left no journal"):
        project.run(resume=run.run_id)
    assert not (folder / "hacked").exists()
    assert json.loads(details.model_dump_json())["run"]["run_id"] == run.run_id
