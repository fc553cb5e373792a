"""A project whose model `churn` has versions, recorded as headless runs leave them."""

from __future__ import annotations

import json
import shutil
import sqlite3
from collections.abc import Callable, Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pandas as pd

from jupyter_mlops.entities import (
    CellRecord,
    CellStatus,
    DatasetVersion,
    GitState,
    Hardware,
    ModelVersion,
    Provenance,
    RecordedParameter,
    RunKind,
    RunStatus,
)
from jupyter_mlops.files import write_whole
from jupyter_mlops.notebooks.document import cell_digest
from jupyter_mlops.notebooks.journal import Journal
from jupyter_mlops.project import Project
from jupyter_mlops.tracking import leases, tags
from jupyter_mlops.tracking.loading import quiet
from jupyter_mlops.tracking.recorder import Recorder
from tests.conftest import cell, write
from tests.evaluation.registered import customers

CONFIG = """\
models:
  churn:
    data: customers
    target: churned
datasets:
  customers: {source: customers.csv}
"""
CLEAN = GitState(commit="c0ffee" + "0" * 34, branch="main", dirty=False)
FEATURES: Mapping[int, Sequence[str]] = {1: ["tenure"], 2: ["age", "tenure"], 3: ["age", "tenure"]}
_PLACES = (
    *(("experiments", "artifact_location"), ("runs", "artifact_uri"), ("datasets", "dataset_source")),
    *(("logged_models", "artifact_location"), ("model_versions", "source"), ("tags", "value")),
    ("model_versions", "storage_location"),
)


def people(rows: int, seed: int) -> pd.DataFrame:
    """Customers with a gender, which has nothing to do with whether they churned."""
    frame = customers(rows, seed).drop(columns="spent")
    return frame.assign(gender=pd.Series(["f", "m"] * rows).sample(rows, random_state=seed).to_numpy())


def build(root: Path) -> Project:
    """``churn@1`` looks at the tenure only; ``churn@2`` and ``churn@3`` at the age, too, and are nearly the
    same. All were trained on ``train@1``; there is no champion. ``customers.csv`` has 500 other customers.
    Recorded metrics are those on them."""
    from sklearn.linear_model import LogisticRegression

    (root / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    train = people(400, 1)
    people(500, 2).to_csv(root / "customers.csv", index=False)
    train.to_csv(root / "train.csv", index=False)
    write(root / "train.ipynb", [cell("C = 1.0", "parameters"), cell("fit(C)")])
    project = Project(root)
    data = project.datasets.add(str(root / "train.csv"))
    for number, columns in FEATURES.items():
        C = 1.0 if number < 3 else 0.5
        model = LogisticRegression(C=C, max_iter=1000).fit(train[columns], train["churned"])
        add_version(project, model, columns, data=data, parameters={"C": str(C)}, number=number)
    return project


def add_rated(
    project: Project, rated: Sequence[float], fields: Callable[[int], Mapping[str, Any]] = lambda number: {}
) -> None:
    """``customers.csv``, and for each accuracy, from version 1 on, the same model registered with it, and
    with what else `fields` says of that number; see `add_version`. Version 1 is not promoted."""
    from sklearn.linear_model import LogisticRegression

    data = people(60, 1)
    data.to_csv(project.root / "customers.csv", index=False)
    model = LogisticRegression().fit(data[["tenure"]], data["churned"])
    for number, accuracy in enumerate(rated, 1):
        metrics = {"accuracy": accuracy, "log_loss": 1 - accuracy}
        known = {"metrics": metrics, "parameters": {"C": str(1 / number)}, "number": number}
        add_version(project, model, ["tenure"], **{**known, **fields(number)})


def add_file(project: Project, file: str, C: float, metrics: Mapping[str, float]) -> ModelVersion:
    """Register a file of the project as a new version of `churn`, made by a run without a notebook."""
    recorder = Recorder.start(project.store, experiment="lab", name="fit", kind=RunKind.HEADLESS)
    recorder.parameters([RecordedParameter(name="C", value=str(C), type="float")])
    recorder.metrics(metrics)
    recorder.artifact(project.root / file)
    recorder.close(RunStatus.FINISHED, exit_code=0)
    return project.register(recorder.run_id, f"churn={file}")


def add_version(
    project: Project,
    model: Any,
    columns: Sequence[str],
    *,
    name: str = "churn",
    kind: RunKind = RunKind.HEADLESS,
    number: int = 0,
    metrics: Mapping[str, float] | None = None,
    parameters: Mapping[str, str] = {},
    data: DatasetVersion | None = None,
    git: GitState | None = CLEAN,
    cells: Sequence[str] | None = None,
    signature: bool = True,
) -> ModelVersion:
    """Register the fitted `model` as a new version: made by a run of that `kind`, which read `data` for
    training and recorded `metrics`, by default those on ``customers.csv``."""
    sources = list(cells) if cells is not None else ["C = 1.0", f"fit({list(columns)}, C)"]
    recorder = Recorder.start(
        project.store,
        experiment="churn",
        name=f"train {number}" if number else "train",
        kind=kind,
        notebook="train.ipynb",
    )
    recorder.parameters(RecordedParameter(name=k, value=v, type="float") for k, v in parameters.items())
    recorder.metrics(_measured(project, model, columns) if metrics is None else metrics)
    if data is not None:
        recorder.dataset(data.model_copy(update={"context": "training"}))
    _log(project, recorder.run_id, model, project.root, columns, signature=signature)
    _keep(project, recorder, sources, parameters, git)
    recorder.close(RunStatus.FINISHED, exit_code=0)
    leases.release(project.store, recorder.run_id)
    return project.register(recorder.run_id, name)


def _measured(project: Project, model: Any, columns: Sequence[str]) -> dict[str, float]:
    from sklearn.metrics import accuracy_score, f1_score

    frame = pd.read_csv(project.root / "customers.csv")
    predicted = model.predict(frame[list(columns)])
    f1 = f1_score(frame["churned"], predicted, pos_label="yes")
    return {"accuracy": float(accuracy_score(frame["churned"], predicted)), "f1": float(f1)}


def _log(
    project: Project, run_id: str, model: Any, root: Path, columns: Sequence[str], *, signature: bool
) -> None:
    import mlflow

    project.store.client()
    example = pd.read_csv(root / "customers.csv")[list(columns)].astype("float64").head()
    with mlflow.start_run(run_id=run_id), quiet():
        mlflow.sklearn.log_model(
            model,
            name="model",
            signature=mlflow.models.infer_signature(example, model.predict(example)) if signature else None,
            pip_requirements=[],
            serialization_format="cloudpickle",
        )


def _keep(
    project: Project,
    recorder: Recorder,
    sources: Sequence[str],
    parameters: Mapping[str, str],
    git: GitState | None,
) -> None:
    folder = leases.kept_folder(project.store, recorder.run_id)
    now = datetime.now(UTC)
    journal = Journal(folder / tags.JOURNAL)
    for index, source in enumerate(sources):
        journal.start(
            CellRecord(
                index=index,
                cell_id=f"c{index}",
                source=source,
                digest=cell_digest(source),
                status=CellStatus.OK,
                execution_count=index + 1,
                started=now,
                ended=now,
            )
        )
    provenance = Provenance(
        notebook="train.ipynb",
        notebook_digest="d" * 64,
        git=git,
        python="3.13.5",
        platform="Linux",
        hardware=Hardware(cpu="a CPU", cores=2, memory=2**33),
        user="ada",
        packages={"scikit-learn": "1.7.0", "pandas": "3.0.0"},
    )
    write_whole(folder / tags.PROVENANCE, provenance.model_dump_json())
    given = [{"name": key, "value": value, "type": "float"} for key, value in parameters.items()]
    write_whole(folder / tags.PARAMETERS, json.dumps(given))
    document = [cell(source, identifier=f"c{index}") for index, source in enumerate(sources)]
    write(folder / "train.ipynb", document)
    recorder.provenance(provenance)
    recorder.keep(folder)


def copied(made: Path, root: Path) -> Project:
    """A project at `root` that is in all the one that was `made` elsewhere."""
    shutil.copytree(made, root, dirs_exist_ok=True, ignore=shutil.ignore_patterns("mlflow.db-*"))
    source, target = sqlite3.connect(made / "mlflow.db"), sqlite3.connect(root / "mlflow.db")
    with target:
        source.backup(target)
        target.execute("PRAGMA synchronous=OFF")
        for table, column in _PLACES:
            query = f"UPDATE {table} SET {column} = replace({column}, ?, ?) WHERE instr({column}, ?)"
            target.execute(query, [str(made), str(root), str(made)])
    source.close()
    target.close()
    return Project(root)
