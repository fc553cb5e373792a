"""Monitors of a real champion, on what it answered: readings, breaches, what they set off."""

from __future__ import annotations

import json
import shutil
import sqlite3
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from sklearn.ensemble import RandomForestClassifier
from sklearn.linear_model import LinearRegression

from jupyter_mlops.entities import DriftReport, MonitorReading, RunStatus, SlotKind, SlotStatus
from jupyter_mlops.exceptions import ConfigError, MLOpsError, NotFound, Refused
from jupyter_mlops.project import Project
from jupyter_mlops.scheduling.store import SlotStore
from jupyter_mlops.tracking import monitors, tags
from jupyter_mlops.tracking.reader import local_copy
from tests.evaluation.registered import register
from tests.monitoring.watching import HOUR, START, declare, people, score, train, trained_on

DRIFTED = ("prediction", "probability of yes", "age")
WATCHED = "monitors: {churn: {model: churn}}\n"
WHOLE = """
pipelines: {churn: {steps: {train: {notebook: train.ipynb}}}}
monitors:
  churn:
    {model: churn, max_psi: 0.2, labels: labels.csv, key: [id], performance: ["accuracy >= 0.8"],
     on_drift: {retrain: churn, cooldown: 1d}}
notify: [{command: [cat], on: [drift]}]
"""


@pytest.fixture
def project(folder: Path, local: None) -> Project:
    """With a champion and one batch, like what it learned from."""
    made = declare(folder, WHOLE)
    train(made, people(40, 1))
    score(made, people(40, 2, first=1000))
    return made


def looks(project: Project, hours: float = 0) -> MonitorReading:
    return project.check_monitor("churn", now=START + hours * HOUR)


def told(project: Project) -> list[str]:
    return [each.notice for each in project.notices()]


def test_what_is_found_over_time_is_kept_as_metrics_and_is_found_once(project: Project) -> None:
    first = looks(project)
    assert (first.number, first.version, first.current) == (1, "1", "churn-predictions@1")
    assert (first.reference, first.rows, first.breaches) == ("customers@1", 300, ())
    assert set(first.effects) == {"age", "income"}
    assert "predictions are compared with those of the first batch that churn@1 answered" in first.notes
    assert set(first.limits.values()) == {0.2}
    assert looks(project, 1) == first.model_copy(update={"repeated": True})
    people(40, 2, first=1000)[["id", "churned"]].to_csv("labels.csv", index=False)
    second = looks(project, 2)
    assert (second.number, second.labelled) == (2, 300)
    assert second.metrics["accuracy"] > 0.8
    score(project, people(55, 3, first=2000))
    third = looks(project, 3)
    assert (third.number, third.drifted, third.broken) == (3, DRIFTED, ())
    assert third.breaches[2].startswith("age: PSI ")
    assert [each.number for each in project.monitor("churn").readings] == [1, 2, 3]

    client = project.store.client()
    run = client.get_run(str(first.run_id))
    assert client.get_experiment(run.info.experiment_id).name == tags.MONITORS
    assert run.info.status == RunStatus.FINISHED
    points = client.get_metric_history(run.info.run_id, "drift.age")
    assert [point.step for point in points] == [1, 2, 3]
    assert [point.timestamp for point in points][2] == int((START + 3 * HOUR).timestamp() * 1000)
    assert points[2].value == third.effects["age"]
    assert [point.step for point in client.get_metric_history(run.info.run_id, "accuracy")] == [2, 3]
    with local_copy(project.store, str(third.run_id), "reports/000003.json") as path:
        report = DriftReport.model_validate_json(path.read_text(encoding="utf-8"))
    assert report.columns[0].current_histogram is not None
    assert first.run_id not in [run.run_id for run in project.runs()]
    assert project.reconcile() == []


def test_a_breach_is_told_once_and_sets_off_one_retraining_in_each_cooldown(project: Project) -> None:
    looks(project)
    score(project, people(55, 3, first=2000))
    found = looks(project, 1)
    store = SlotStore(project.root)
    (slot,) = store.slots("retrain:churn")
    assert (slot.kind, slot.key, slot.status, slot.due) == (
        SlotKind.RETRAIN,
        found.retrain,
        SlotStatus.DUE,
        START + HOUR,
    )
    assert "age: PSI" in slot.why
    score(project, people(56, 4, first=3000))
    assert looks(project, 2).held == "a retraining waits since 2026-01-01 01:00 UTC"
    assert looks(project, 3).repeated
    assert len(told(project)) == 2  # of two batches; the look in between found nothing new
    _ended(store)
    held = looks(project, 4)
    assert held.held.endswith("01:00 UTC, and none is before 2026-01-02 01:00 UTC")
    late = looks(project, 26)
    assert (late.repeated, late.number, late.held) == (True, 3, "")
    assert late.retrain not in {None, found.retrain}
    assert len(store.slots("retrain:churn")) == 2
    assert looks(project, 60).retrain == late.retrain
    assert len(store.slots("retrain:churn")) == 2
    assert len(told(project)) == 2


def _ended(store: SlotStore) -> None:
    """As after its run."""
    with store.writing() as connection:
        connection.execute("UPDATE slots SET status = 'ran', started = due, ended = due")


def test_labels_that_come_late_count_and_find_no_drift_twice(project: Project) -> None:
    score(project, people(55, 3, first=2000))
    drifted = looks(project)
    assert drifted.drifted == DRIFTED
    wrong = people(55, 3, first=2000)
    wrong["churned"] = "no"
    wrong[["id", "churned"]].head(40).to_csv("labels.csv", index=False)
    worse = looks(project, 1)
    assert (worse.number, worse.labelled, worse.known) == (2, 40, False)
    assert worse.broken == ("accuracy >= 0.8",)
    assert worse.breaches[0].startswith("accuracy is 0.")
    wrong[["id", "churned"]].head(41).to_csv("labels.csv", index=False)
    again = looks(project, 2)
    assert (again.labelled, again.known, len(told(project))) == (41, False, 3)
    score(project, people(40, 4, first=3000))
    known = looks(project, 2.5)  # a batch without drift; that the model is worse was told
    assert (known.drifted, known.broken, known.known, len(told(project))) == ((), worse.broken, True, 3)
    wrong[["id", "churned"]].head(12).to_csv("labels.csv", index=False)
    few = looks(project, 3)
    assert (few.metrics, few.labelled) == ({}, 12)
    assert "performance is not judged yet: 12 rows with true values, 30 are needed" in few.notes
    pd.DataFrame({"id": [-1], "churned": ["no"]}).to_csv("labels.csv", index=False)
    none = looks(project, 4)
    assert "no true value of labels.csv is of a row that churn@1 answered, by id" in none.notes


def test_a_new_champion_is_compared_with_its_own_data(project: Project) -> None:
    looks(project)
    score(project, people(55, 3, first=2000))
    assert looks(project, 1).breaches
    train(project, people(55, 5))
    found = looks(project, 2)
    assert (found.version, found.reference, found.breaches) == ("2", "customers@2", ())
    assert "churn@2 answered too few of these rows itself: it was asked anew" in found.notes
    state = project.monitor("churn")
    assert state.champions == {"1": START, "2": START + 2 * HOUR}
    train(project, people(55, 6))
    assert project.monitor("churn").note == "the champion is version 3 now: it was not looked at yet"


def test_the_newest_rows_may_be_of_several_batches(project: Project) -> None:
    declare(project.root, "monitors: {churn: {model: churn, rows: 400}}\n")
    score(project, people(41, 3, first=2000), columns="all")
    found = Project(project.root).check_monitor("churn", now=START)
    assert (found.rows, found.current) == (400, "churn-predictions@1 to churn-predictions@2")
    assert set(found.limits.values()) == {0.1}


def test_requests_that_were_served_are_looked_at_as_batches_are(folder: Path, local: None) -> None:
    project = declare(folder, WATCHED)
    train(project, people(40, 1))
    rows = people(55, 2, 200).drop(columns="churned").to_dict("records")
    said = [{**row, "prediction": "yes", "model_version": "churn@1", "time": "2026-01-01"} for row in rows]
    path = folder / "requests.jsonl"
    for count in (100, 200):  # the file grows, and is entered again
        path.write_text("".join(f"{json.dumps(row)}\n" for row in said[:count]))
        project.datasets.add(path, name="churn-requests")
    found = project.check_monitor("churn", now=START)
    assert (found.current, found.rows) == ("churn-requests@2", 200)
    assert found.drifted == ("age",)


def test_the_reference_may_be_other_data_on_which_performance_is_compared(folder: Path, local: None) -> None:
    project = declare(folder, WATCHED)
    train(project, people(40, 1), data=False)
    people(40, 7).to_csv("held.csv", index=False)
    worse = people(40, 8)
    worse["churned"] = worse["churned"].map({"yes": "no", "no": "yes"})
    worse.to_csv("now.csv", index=False)
    with pytest.raises(Refused, match=r"the run of churn@1 tells of no training data") as refusal:
        declare(folder, "monitors: {churn: {model: churn, current: now.csv}}").check_monitor("churn")
    assert "in the monitor: reference: DATASET" in str(refusal.value.hint)
    text = "monitors: {churn: {model: churn, current: now.csv, reference: held.csv, target: churned}}"
    found = declare(folder, text).check_monitor("churn", now=START)
    assert {"accuracy", "roc_auc"} <= set(found.broken)
    assert "probability of yes" in found.effects
    assert found.drifted == ()


def test_of_numbers_only_answers_may_be_recorded(folder: Path, local: None) -> None:
    text = "monitors: {m: {model: income, labels: l.csv, key: [id], performance: ['mae <= 9', 'f1 > 0']}}"
    project = declare(folder, text)
    frame = people(40, 1)
    model = LinearRegression().fit(frame[["income"]], frame["age"])
    trained_on(project, register(project, "income", model, frame[["income"]]), frame)
    for seed in (2, 3):
        rows = people(40, seed, first=1000 * seed).drop(columns="churned")
        project.predict("income@champion", rows, "out.csv", columns="key", key=["id"], prefix="says_")
    people(40, 3, first=3000)[["id", "age"]].to_csv("l.csv", index=False)
    found = project.check_monitor("m", now=START)
    assert (found.verdict, set(found.effects)) == ("no drift in the predictions", {"prediction"})
    assert (set(found.metrics), found.labelled) == ({"mae", "rmse", "r2"}, 300)
    assert "f1 > 0 is not judged: of income@1 there are mae, rmse, r2" in found.notes
    assert found.broken == ()


def test_what_cannot_be_looked_at_is_told_in_a_line(folder: Path, local: None) -> None:
    project = declare(folder, WATCHED)
    with pytest.raises(Refused, match=r"^monitor churn: the model churn has no champion$"):
        project.check_monitor("churn")
    assert project.monitor("churn").note == "monitor churn: the model churn has no champion"
    train(project, people(40, 1), alias=False)
    with pytest.raises(Refused, match="has no champion"):
        project.check_monitor("churn")
    version = train(project, people(40, 1))
    with pytest.raises(Refused, match=r"^monitor churn: nothing that churn predicted was recorded yet$"):
        project.check_monitor("churn")
    people(40, 2)[["id", "churned"]].to_csv("other.csv", index=False)
    people(40, 2, rows=0).to_csv("empty.csv", index=False)
    problems = {
        "current: other.csv": "other.csv has no column that churn@2 takes: age, income",
        "current: empty.csv": "empty.csv has no rows",
        "current: gone.csv": "there is no gone.csv in the project",
        "current: other.csv, reference: gone.csv": "there is no gone.csv in the project",
        'current: other.csv, performance: ["no leakage"]': "line 1: monitors.churn.performance.0: 'no l",
        'current: other.csv, performance: ["acuracy > 1"]': "no metric 'acuracy'",
        "current: train1.csv, ignore: [agee]": "monitor churn ignores 'agee', which is no column",
        "current: train1.csv, labels: other.csv": "nothing tells which row a true value in other.csv is of",
        "current: train1.csv, labels: other.csv, key: [no]": "other.csv has no column 'no'",
    }
    for said, problem in problems.items():
        project = declare(folder, f"monitors: {{churn: {{model: churn, {said}}}}}\n")
        with pytest.raises(MLOpsError, match=problem) as error:
            project.check_monitor("churn")
        assert "\n" not in str(error.value)
        assert error.value.hint
    assert project.monitor("churn").readings == ()
    with pytest.raises(NotFound, match="no monitor 'chrun'"):
        project.monitor("chrun")
    with pytest.raises(ConfigError):
        declare(folder, 'monitors: {churn: {model: churn, performance: ["x"]}}').check_monitor("churn")
    declare(folder, WATCHED)
    place = project.store.client().get_model_version_download_uri("churn", version.version)
    shutil.rmtree(Path(place.removeprefix("file://")))
    with pytest.raises(Refused, match=r"^monitor churn: the files of the champion churn@2 are gone"):
        Project(folder).check_monitor("churn")


def test_a_champion_that_knows_its_training_data_by_heart_raises_no_alarm(folder: Path, local: None) -> None:
    """On these a forest says of a fifth of the rows what it says of a tenth of others."""
    project = declare(folder, WATCHED)
    frames = [rare(seed) for seed in range(4)]
    forest = RandomForestClassifier(50, random_state=0).fit(frames[0][["a", "b"]], frames[0]["target"])
    version = register(project, "churn", forest, frames[0][["a", "b"]])
    shares = [(forest.predict(frame[["a", "b"]]) == "yes").mean() for frame in frames[:2]]
    assert shares[0] > 1.8 * shares[1]
    trained_on(project, version, frames[0])
    for number, frame in enumerate(frames[1:], 1):
        project.predict("churn@champion", frame[["a", "b"]], folder / "out.parquet")
        found = project.check_monitor("churn", now=START + number * HOUR)
        assert (found.number, found.breaches) == (number, ())
    assert {"prediction", "probability of yes"} <= set(found.effects)


def rare(seed: int, rows: int = 600) -> pd.DataFrame:
    """Two numbers, and something rare that has little to do with them."""
    random = np.random.default_rng(seed)
    values = random.normal(size=(rows, 2))
    rarely = values[:, 0] + random.normal(0, 2, rows) > 2
    return pd.DataFrame({"a": values[:, 0], "b": values[:, 1], "target": np.where(rarely, "yes", "no")})


def test_of_several_that_look_at_once_one_finds_something(project: Project) -> None:
    looks(project)
    score(project, people(55, 3, first=2000))
    with ThreadPoolExecutor(4) as pool:  # each with a project, and so a lock, of its own
        found = list(pool.map(lambda _: looks(Project(project.root), 1), range(4)))
    assert [each.number for each in found] == [2] * 4
    assert sorted(each.repeated for each in found) == [False, True, True, True]
    assert len(project.monitor("churn").readings) == 2
    assert (len(SlotStore(project.root).slots("retrain:churn")), len(told(project))) == (1, 1)


def test_metrics_that_a_killed_look_did_not_log_are_logged_by_the_next(project: Project) -> None:
    looks(project)
    people(40, 2, first=1000)[["id", "churned"]].to_csv("labels.csv", index=False)
    run_id = str(looks(project, 1).run_id)
    with sqlite3.connect("mlflow.db") as connection:  # as if it had died between readings and metrics
        connection.execute("DELETE FROM metrics WHERE run_uuid = ? AND step = 2", [run_id])
        connection.execute(
            "UPDATE tags SET value = '1' WHERE run_uuid = ? AND key = ?", [run_id, monitors.LAST]
        )
    connection.close()
    score(project, people(40, 3, first=2000))
    looks(project, 2)
    points = project.store.client().get_metric_history(run_id, "rows")
    assert sorted(point.step for point in points) == [1, 2, 3]
