"""What runs when, what is stopped by what, what is told of it."""

from __future__ import annotations

import json
import threading
from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import RunKind, RunStatus, StepRun, StepState
from jupyter_mlops.exceptions import NotFound, Refused
from tests.pipelines.conftest import STEPS, Piped, ran, states


def test_a_pipeline_run_is_a_parent_with_a_child_for_each_step(piped: Piped) -> None:
    heard: list[StepRun] = []
    found = piped.run({"C": 2.0}, progress=heard.append)
    assert ran(found) == {"prepare", "train", "report"}
    assert piped.read("build/report.txt") == "report: 3 2.0"
    assert found.run is not None
    assert (found.run.kind, found.run.status, found.run.name) == (RunKind.PIPELINE, RunStatus.FINISHED, "p")
    project = Project(piped.root)
    runs = {run.name: run for run in project.runs(limit=None)}
    assert set(runs) == {"p", "prepare", "train", "report"}
    assert {runs[name].parent for name in ("prepare", "train", "report")} == {found.run.run_id}
    assert runs["train"].parameters == {
        "features": "build/features.txt",
        "model": "build/model.txt",
        "C": "2.0",
    }
    assert found.run.parameters == {"C": "2.0"}
    shown = project.show("p")
    assert "mlops/pipeline.json" in shown.artifacts
    assert not shown.damaged
    assert [step.state for step in heard if step.step == "train" and step.state is not StepState.RUNNING] == [
        StepState.WAITING,
        StepState.WAITING,
        StepState.FINISHED,
    ]
    modules = project.show("prepare").provenance.modules  # type: ignore[union-attr]
    assert list(modules) == ["nb/helper.py"]
    assert not list((piped.root / ".mlops/steps").iterdir()), "locks or folders were left"
    assert not list((piped.root / ".mlops/runs").iterdir()), "leases were left"


def test_a_failed_step_stops_what_comes_after_it_only(piped: Piped) -> None:
    parameters = "features = ''\nmodel = ''\nC = 1.0"
    piped.notebook("train", parameters, "1 / 0")
    piped.notebook("other", "out = ''", "open(out, 'w').write('x')")
    piped.declare(STEPS + "other: {notebook: nb/other.ipynb, outputs: {out: build/other.txt}}\n")
    found = piped.run({"C": 2.5})
    assert states(found) == {
        "prepare": "finished",
        "train": "failed",
        "report": "not run",
        "other": "finished",
    }
    assert found.exit_code == 1
    assert found.run is not None
    assert found.run.status is RunStatus.FAILED
    assert "ZeroDivisionError" in (found.step("train").error or "")
    assert found.step("report").why == "train failed"
    # mended and run again: what had finished is not run again
    piped.notebook("train", parameters, "open(model, 'w').write(str(C))")
    again = piped.run(resume=found.run.run_id)
    assert ran(again) == {"train", "report"}
    assert (again.asked, piped.read("build/model.txt")) == ({"C": "2.5"}, "2.5")
    for run in ("no-such", again.step("train").run_id):
        with pytest.raises(NotFound):
            piped.run(resume=run)


def test_an_output_that_was_not_made_fails_the_step(piped: Piped) -> None:
    piped.write("build/model.txt", "of another time")
    piped.notebook("train", "features = ''\nmodel = ''", "pass")
    found = piped.run()
    assert states(found)["train"] == "failed"
    assert "the notebook made no model" in (found.step("train").error or "")
    assert Project(piped.root).show("train").run.status is RunStatus.FAILED
    assert piped.read("build/model.txt") == "of another time"


def test_a_failed_attempt_is_followed_by_another(piped: Piped) -> None:
    piped.notebook(
        "train",
        "features = ''\nmodel = ''",
        "import pathlib\ntries = pathlib.Path('../tries')\n"
        "n = len(tries.read_text()) if tries.exists() else 0\ntries.write_text('x' * (n + 1))\n"
        "assert n >= 2\nopen(model, 'w').write(str(n))",
    )
    piped.declare(STEPS.replace("nb/train.ipynb", "nb/train.ipynb\n  retries: 3\n  backoff: 0.1s"))
    found = piped.run(only=["prepare", "train"])
    assert states(found)["train"] == "finished"
    assert found.step("train").attempt == 3
    runs = [run for run in Project(piped.root).runs() if run.name == "train"]
    assert [run.status for run in runs] == [RunStatus.FINISHED, RunStatus.FAILED, RunStatus.FAILED]
    assert [run.replaces for run in runs] == [runs[1].run_id, runs[2].run_id, None]
    assert piped.read("build/model.txt") == "2"


def test_no_more_attempts_than_declared(piped: Piped) -> None:
    piped.notebook("prepare", "raw = ''\nfeatures = ''", "1 / 0")
    piped.declare(STEPS.replace("nb/prepare.ipynb", "nb/prepare.ipynb\n  retries: 1\n  backoff: 0.1s"))
    found = piped.run()
    assert (found.step("prepare").state, found.step("prepare").attempt) == (StepState.FAILED, 2)
    assert len(Project(piped.root).runs()) == 3


def test_a_step_that_takes_too_long_fails(piped: Piped) -> None:
    piped.notebook("prepare", "raw = ''\nfeatures = ''", "import time\ntime.sleep(60)")
    piped.declare(STEPS.replace("nb/prepare.ipynb", "nb/prepare.ipynb\n  timeout: 1s"))
    found = piped.run()
    assert "limit of 1 s for the run was exceeded" in (found.step("prepare").error or "")
    assert found.exit_code == 4


TRACKED = """%load_ext jupyter_mlops
%track start
accuracy = 1 / (1 + abs(C - 2))
%track metric accuracy
open(model, 'w').write(str(C))"""

GRID = STEPS.replace("nb/train.ipynb", "nb/train.ipynb\n  grid: {C: [1.0, 2.0, 3.0]}\n  select: accuracy")


def test_the_best_point_of_a_grid_is_passed_on(piped: Piped) -> None:
    piped.notebook("train", "features = ''\nmodel = ''\nC: float = 1.0", TRACKED)
    piped.declare(GRID)
    found = piped.run()
    assert found.exit_code == 0
    chosen = found.step("train")
    assert (chosen.point, chosen.selected, chosen.metrics["accuracy"]) == ("C=2.0", True, 1.0)
    assert piped.read("build/report.txt") == "report: 2.0"
    assert found.run is not None
    assert found.run.metrics == {"train.accuracy": 1.0}
    # one more point: only that one runs, and as it is not the best, nothing after it does
    piped.declare(GRID.replace("3.0]", "3.0, 5.0]"))
    assert ran(piped.run()) == {"train C=5.0"}
    # a condition on what the best point found
    piped.declare(
        GRID.replace("nb/report.ipynb", "nb/report.ipynb\n  when: train.accuracy > 2 or train.C > 2")
    )
    found = piped.run()
    assert states(found)["report"] == "skipped"
    assert found.exit_code == 0
    piped.declare(GRID.replace("select: accuracy", "select: f1"))
    found = piped.run()
    assert "no point of its grid logged the metric 'f1'" in (found.step("train").error or "")
    assert found.exit_code == 4


def test_points_and_steps_run_side_by_side(piped: Piped) -> None:
    meet = (
        "import pathlib, time\nplace = pathlib.Path('../meet')\nplace.mkdir(exist_ok=True)\n"
        "(place / str(n)).touch()\nuntil = time.time() + 60\n"
        "while len(list(place.iterdir())) < 2:\n    assert time.time() < until\n    time.sleep(0.05)"
    )
    piped.notebook("meet", "n = 0", meet)
    piped.declare("meet: {notebook: nb/meet.ipynb, grid: {n: [1, 2]}}")
    assert ran(piped.run(workers=2)) == {"meet n=1", "meet n=2"}


def test_folders_are_outputs_too(piped: Piped) -> None:
    make = "import os\nos.makedirs(out + '/a')\nopen(out + '/a/x.txt', 'w').write('1')"
    piped.notebook("make", "out = ''", make)
    read = "assert open(folder + '/a/x.txt').read() == open(one).read()"
    piped.notebook("read", "folder = ''\none = ''", read)
    piped.declare(
        "make: {notebook: nb/make.ipynb, outputs: {out: build/all}}\n"
        "read: {notebook: nb/read.ipynb, inputs: {folder: build/all, one: build/all/a/x.txt}}\n"
    )
    assert ran(piped.run()) == {"make", "read"}
    piped.write("build/all/a/x.txt", "mine")
    piped.write("build/all/b.txt", "more")
    assert set(states(piped.run()).values()) == {"cached"}
    assert piped.read("build/all/a/x.txt") == "1"
    assert not (piped.root / "build/all/b.txt").exists()


def test_a_request_that_cannot_be_met_is_refused_at_once(piped: Piped) -> None:
    wanted = "nb/train.ipynb\n  resources: {gpu: 99, memory: 900TB}"
    piped.declare(STEPS.replace("nb/train.ipynb", wanted))
    with pytest.raises(Refused, match="step train asks for cpu 1, gpu 99"):
        piped.run()
    assert not Project(piped.root).runs()


def test_a_step_whose_upstream_left_nothing_is_refused(piped: Piped) -> None:
    with pytest.raises(Refused, match="step prepare has not run yet") as caught:
        piped.run(only=["train"])
    assert "--only prepare" in (caught.value.hint or "")


def test_an_input_that_changes_while_the_step_runs_fails_it(piped: Piped) -> None:
    change = "open(raw, 'a').write('x')\nopen(features, 'w').write('1')"
    piped.notebook("prepare", "raw = ''\nfeatures = ''", change)
    found = piped.run()
    assert "input raw changed while the step ran" in (found.step("prepare").error or "")


def test_two_drivers_run_each_step_once(piped: Piped) -> None:
    slow = "import time\ntime.sleep(1)\nopen('../count', 'a').write('x')\nopen(features, 'w').write('1')"
    piped.notebook("prepare", "raw = ''\nfeatures = ''", slow)
    found: list[object] = []

    def drive() -> None:
        found.append(states(Project(piped.root).pipeline("p").run(workers=1)))

    drivers = [threading.Thread(target=drive) for _ in range(2)]
    for driver in drivers:
        driver.start()
    for driver in drivers:
        driver.join()
    assert piped.read("count") == "x"
    assert len(found) == 2
    assert sorted(state["prepare"] for state in found) == ["cached", "finished"]  # type: ignore[index]
    assert len([run for run in Project(piped.root).runs() if run.kind is RunKind.HEADLESS]) == 3


def test_what_a_step_made_is_registered_once(piped: Piped) -> None:
    piped.notebook("train", "features = ''\nmodel = ''\nC: float = 1.0", TRACKED + "\n%track artifact model")
    piped.declare(STEPS, "register: {model: m, from: train}")
    found = piped.run(only=["prepare", "train"])
    assert (found.registered, found.exit_code) == ("m version 1", 0)
    assert piped.run(only=["train"]).registered == "m version 1"
    versions = Project(piped.root).models("m")
    assert [version.run_id for version in versions] == [found.step("train").run_id]
    assert piped.run({"C": 3.0}, only=["train"]).registered == "m version 2"


def test_what_cannot_be_registered_is_told(piped: Piped) -> None:
    piped.declare(STEPS, "register: {model: m, from: report}")
    found = piped.run()
    assert ran(found) == {"prepare", "train", "report"}
    assert found.exit_code == 3
    assert found.run is not None
    assert "logged no model" in (found.run.error or "")


def test_json_and_exit_codes(piped: Piped, capsys: pytest.CaptureFixture[str]) -> None:
    from jupyter_mlops.cli import main

    assert main(["pipeline", "run", "--json", "--project", str(piped.root)]) == 0
    told = json.loads(capsys.readouterr().out)
    assert [step["state"] for step in told["steps"]] == ["finished"] * 3
    assert main(["pipeline", "run", "p", "--dry-run", "--json"]) == 0
    told = json.loads(capsys.readouterr().out)
    assert told["run"] is None
    assert [step["state"] for step in told["steps"]] == ["cached"] * 3
    assert main(["pipeline", "list"]) == 0
    assert capsys.readouterr().out.strip() == "p"
    assert main(["gc", "--keep", "1s", "--yes", "--json"]) == 0
    Path(piped.root / "nb/train.ipynb").unlink()
    capsys.readouterr()
    assert main(["pipeline", "run", "p"]) == 2
    assert "no such notebook" in capsys.readouterr().err
