"""A step of a pipeline is run again on the inputs that it had, and leaves what is published as it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from jupyter_mlops.entities import Replay, ReplayVerdict
from jupyter_mlops.project import Project
from tests.pipelines.conftest import Piped

STEPS = """
prepare:
  notebook: nb/prepare.ipynb
  inputs: {raw: raw.txt}
  outputs: {features: build/features.txt}
train:
  notebook: nb/train.ipynb
  inputs: {features: build/features.txt}
  outputs: {model: build/model.txt}
  parameters: {C: 0.25}
chance:
  notebook: nb/chance.ipynb
  inputs: {model: build/model.txt}
  outputs: {report: build/report.txt}
"""
CHANCE = """
import mlflow
import uuid
open(report, 'w').write(uuid.uuid4().hex)
mlflow.log_metric('files', 1)
""".strip()


@pytest.mark.timeout(300)
def test_steps_are_replayed_alone(folder: Path, local: None) -> None:
    piped = Piped(folder)
    piped.declare(STEPS)
    piped.notebook("chance", "model = ''\nreport = ''", CHANCE)
    done = piped.run()
    assert done.exit_code == 0
    runs = {step.name: step.run_id for step in done.steps}
    published = {name: piped.read(f"build/{name}.txt") for name in ("features", "model", "report")}

    train = replayed(folder, runs["train"])
    assert train.verdict is ReplayVerdict.REPRODUCED, train.reason
    assert train.data[0].startswith("input features: build/features.txt, digest ")
    assert train.data[1] == "output model: the same in the replay"
    parameters = Project(folder).show(str(train.replayed)).run.parameters
    assert parameters == {"C": "0.25", "features": "build/features.txt", "model": "build/model.txt"}

    chance = replayed(folder, runs["chance"])
    assert chance.verdict is ReplayVerdict.DIFFERENT
    assert chance.reason.startswith("output report is another in the replay (digest ")
    assert {name: piped.read(f"build/{name}.txt") for name in published} == published

    piped.write("build/features.txt", "another")  # what the step made is kept
    again = replayed(folder, runs["train"])
    assert again.verdict is ReplayVerdict.REPRODUCED, again.reason
    assert again.data[0].startswith("input features: kept since, digest ")
    assert piped.read("build/features.txt") == "another"

    piped.write("raw.txt", "four five")  # of what nobody keeps nothing is left
    prepare = replayed(folder, runs["prepare"])
    assert prepare.verdict is ReplayVerdict.IMPOSSIBLE
    assert prepare.reason.startswith("data raw changed: raw.txt now is another (digest ")
    piped.write("build/features.txt", published["features"])
    piped.write("raw.txt", "one two three")
    later = {step.name: step.state.value for step in piped.run().steps}
    assert set(later.values()) == {"cached"}  # and no replay is taken for what a step made


def replayed(folder: Path, run_id: str) -> Replay:
    return Project(folder).reproduce(run_id)
