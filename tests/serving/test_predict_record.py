"""What was scored is on record: from the model to its predictions, and back."""

from __future__ import annotations

import os
import re
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest
from sklearn.linear_model import LogisticRegression

from jupyter_mlops.catalogue.lineage import lineage
from jupyter_mlops.catalogue.opening import open_data
from jupyter_mlops.config import Config, TrackingConfig
from jupyter_mlops.entities import Lineage, RunKind, RunStatus
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.project import Project
from jupyter_mlops.serving.batch import predict
from jupyter_mlops.serving.predicting import Wanted, prepared, score
from jupyter_mlops.serving.recording import predict_run
from jupyter_mlops.views import show
from tests.evaluation.registered import customers, python_model, register
from tests.serving.scoring import NUMBERS, loaded, people, saved
from tests.tracking.stored import ByClient

pytestmark = pytest.mark.usefixtures("local")


@pytest.fixture(scope="module")
def project(shared_project: Project) -> Project:
    """churn@1 is the champion, churn@2 the challenger; slow@1 takes its time, and says so."""
    frame = customers(400, 1)
    X, y = frame[NUMBERS], frame["churned"]
    for cost in (1e-3, 1.0):
        register(shared_project, "churn", LogisticRegression(C=cost, max_iter=1000).fit(X, y), X.head())
    client = shared_project.store.client()
    client.set_registered_model_alias("churn", "champion", "1")
    client.set_registered_model_alias("churn", "challenger", "2")
    python_model(shared_project, "slow", slowly, X.head())
    shared_project.datasets.add(people(80), name="people", key=["id"])
    return shared_project


def told(found: Lineage) -> set[tuple[str, str, str]]:
    names = {node.key: node.name if node.kind == "run" else node.key for node in found.nodes}
    return {(names[link.source], link.label, names[link.target]) for link in found.links}


def test_predictions_are_a_dataset_version_that_lineage_leads_to_and_from(
    project: Project, tmp_path: Path
) -> None:
    out = tmp_path / "scored.parquet"
    found = project.predict("churn@champion", "people", out, split={"challenger": 0.5})
    assert found.dataset == "churn-predictions@1"
    version = project.datasets.show("churn-predictions@1").version
    assert (version.rows, version.key) == (80, ("id",))
    assert version.tags["answered by"] == "churn@1, churn@2"
    pd.testing.assert_frame_equal(project.datasets.open("churn-predictions").frame(), loaded(out))

    run = project.show(str(found.run_id)).run
    assert (run.name, run.kind, run.status) == ("predict churn@1", RunKind.PREDICT, RunStatus.FINISHED)
    wanted = {"model": "churn@champion", "split": "challenger=0.5", "key": "id"}
    assert (run.parameters, run.metrics) == (wanted, {"rows": 80})
    tags = project.store.client().get_run(run.run_id).data.tags
    count = {number: int(tags[f"mlops.predicted.{number}"]) for number in "12"}
    assert count == {"1": found.answered["churn@1"], "2": found.answered["churn@2"]}
    assert tags["mlops.predicts"] == "churn"

    read = ("people@1", "read as scoring", "predict churn@1")
    answers = {(f"model:churn@{n}", f"answered {count[n]} rows", "predict churn@1") for n in "12"}
    wrote = ("predict churn@1", "wrote", "churn-predictions@1")
    for store in (project.store, ByClient(project.root, TrackingConfig())):
        assert {read, wrote, *answers} <= told(lineage(store, Config(), "churn-predictions"))
        assert {read, wrote} <= told(lineage(store, Config(), "people"))
        for number in "12":
            known = told(lineage(store, Config(), f"churn@{number}"))
            assert wrote in known
            assert {link for link in known if link[1].startswith("answered")} == {
                link for link in answers if link[0] == f"model:churn@{number}"
            }


def test_it_is_recorded_by_the_client_alike(project: Project, tmp_path: Path) -> None:
    store = ByClient(project.root, TrackingConfig())
    data = open_data(store, Config(), "people")
    wanted = Wanted(model="churn@2", output=tmp_path / "scored.csv")
    found = predict(store, Config(), wanted, data)
    known = told(lineage(project.store, Config(), str(found.dataset)))
    assert ("model:churn@2", "answered 80 rows", "predict churn@2") in known
    run = project.show(str(found.run_id)).run
    assert (run.status, run.metrics) == (RunStatus.FINISHED, {"rows": 80})


def test_the_tree_says_who_answered(
    project: Project, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    project.predict("churn@1", "people", tmp_path / "scored.parquet", split={"2": 0.5})
    show(project.datasets.lineage("churn@2"))
    assert re.search(r"answered \d+ rows in run \w{8} predict churn@1", capsys.readouterr().out)
    show(project.datasets.lineage("churn-predictions@1"))
    assert re.search(r"\d+ rows answered by model churn@2", capsys.readouterr().out)


def test_training_data_lead_to_the_predictions_of_what_was_trained(project: Project, tmp_path: Path) -> None:
    from jupyter_mlops.catalogue.linking import link
    from jupyter_mlops.tracking.recorder import Recorder

    trained = project.datasets.add(customers(50, 3), name="train")
    X = customers(400, 1)
    model = LogisticRegression(max_iter=1000).fit(X[NUMBERS], X["churned"])
    version = register(project, "late", model, X[NUMBERS].head())
    link(Recorder(project.store, str(version.run_id)), trained, "training")
    project.predict("late", people(20), tmp_path / "late.csv")
    wrote = ("predict late@1", "wrote", "late-predictions@1")
    for name in ("train", "late-predictions", "late"):
        found = told(lineage(project.store, Config(), name))
        assert wrote in found
        assert {("model:late@1", "answered 20 rows", "predict late@1")} <= found
        assert any(label == "read as training" and data == "train@1" for data, label, _ in found)


def test_the_same_predictions_are_no_new_version_and_none_are_none(project: Project, tmp_path: Path) -> None:
    labels = {project.predict("churn@2", people(30, seed=9), tmp_path / "same.csv").dataset for _ in range(2)}
    assert len(labels) == 1
    before = [version.label for version in project.datasets.list("churn-predictions")]
    empty = project.predict("churn@2", people(30).head(0), tmp_path / "none.jsonl")
    assert empty.dataset is None
    assert project.show(str(empty.run_id)).run.metrics == {"rows": 0}
    assert [version.label for version in project.datasets.list("churn-predictions")] == before


def test_a_row_that_cannot_be_scored_fails_the_run_and_what_cannot_begin_makes_none(
    project: Project, tmp_path: Path
) -> None:
    runs = len(project.runs(limit=None))
    frame = people(50).astype({"age": float})
    frame.loc[44, "age"] = np.nan
    with pytest.raises(Refused, match="missing in row 45"):
        project.predict("churn@2", frame, tmp_path / "out.csv", chunk=10)
    newest, *others = project.runs(limit=None)
    assert len(others) == runs
    assert (newest.status, newest.exit_code) == (RunStatus.FAILED, 2)
    assert "missing in row 45" in str(newest.error)
    with pytest.raises(Refused):
        project.predict("churn@2", frame, tmp_path / "out.csv", chunk=100)
    project.predict("churn@2", people(5), tmp_path / "quiet.csv", record=False)
    assert len(project.runs(limit=None)) == runs + 1


SCORE = """
import sys
from jupyter_mlops.project import Project
Project().predict("slow", sys.argv[1], sys.argv[2], chunk=100)
"""


def slowly(frame: pd.DataFrame) -> np.ndarray[Any, Any]:
    print("chunk", flush=True)
    time.sleep(0.5)
    return np.where(frame["age"] > 50, "old", "young")


def test_a_file_that_another_wrote_is_never_on_record(project: Project, tmp_path: Path) -> None:
    out = tmp_path / "out.csv"
    before = [version.label for version in project.datasets.list("churn-predictions")]
    wanted = Wanted(model="churn@2", output=out)
    batch = prepared(project.store, wanted, open_data(project.store, Config(), "people"))
    with predict_run(project.store, batch) as run:
        tally = score(batch)
        theirs = loaded(out).assign(prediction="theirs")
        saved(theirs, out)
        with pytest.raises(Refused, match=r"out\.csv was written to meanwhile"):
            run.keep(project.store, Config(), batch, tally)
    assert [version.label for version in project.datasets.list("churn-predictions")] == before


@pytest.mark.parametrize("number", [signal.SIGTERM, signal.SIGINT])
def test_a_signal_kills_the_run_and_leaves_the_old_file(
    project: Project, tmp_path: Path, number: signal.Signals
) -> None:
    data, out = saved(people(2000), tmp_path / "new.csv"), tmp_path / "out.csv"
    out.write_text("old\n")
    words = [sys.executable, "-u", "-m", "jupyter_mlops", "predict", "slow", "--chunk", "100"]
    words += ["--in", str(data), "--out", str(out)]
    process = subprocess.Popen(words, cwd=project.root, stdout=subprocess.PIPE, env=os.environ)
    assert process.stdout is not None
    assert process.stdout.readline() == b"chunk\n"
    assert process.stdout.readline() == b"chunk\n"
    process.send_signal(number)
    process.communicate(timeout=60)
    assert process.returncode == 128 + number
    run = project.runs(limit=1)[0]
    assert (run.status, run.exit_code, run.error) == (RunStatus.KILLED, 128 + number, "it was cancelled")
    assert out.read_text() == "old\n"
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.csv", "out.csv"]


def test_a_kill_leaves_the_old_file_and_the_next_run_clears_up(project: Project, tmp_path: Path) -> None:
    data, out = saved(people(2000), tmp_path / "new.csv"), tmp_path / "out.csv"
    out.write_text("old\n")
    words = [sys.executable, "-c", SCORE, str(data), str(out)]
    process = subprocess.Popen(words, cwd=project.root, stdout=subprocess.PIPE, env=os.environ)
    assert process.stdout is not None
    for _ in range(3):
        assert process.stdout.readline() == b"chunk\n"
    process.send_signal(signal.SIGKILL)
    process.wait()
    process.stdout.close()
    assert out.read_text() == "old\n"
    assert len(list(tmp_path.iterdir())) == 3  # its own half
    deadline = time.monotonic() + 60
    while project.runs(limit=1)[0].status is RunStatus.RUNNING and time.monotonic() < deadline:
        time.sleep(0.2)
    assert project.runs(limit=1)[0].status is RunStatus.KILLED
    project.predict("churn@2", str(data), out, record=False)
    assert sorted(path.name for path in tmp_path.iterdir()) == ["new.csv", "out.csv"]
    assert len(loaded(out)) == 2000
