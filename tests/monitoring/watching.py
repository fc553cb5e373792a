"""A registered champion, batches that it answered, and monitors that watch it: for tests."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from sklearn.linear_model import LogisticRegression
from sklearn.pipeline import make_pipeline
from sklearn.preprocessing import StandardScaler

from jupyter_mlops.catalogue.adding import add
from jupyter_mlops.catalogue.linking import link
from jupyter_mlops.catalogue.sources import given
from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.project import Project
from jupyter_mlops.tracking.recorder import Recorder
from tests.evaluation.registered import register

START = datetime(2026, 1, 1, tzinfo=UTC)
HOUR = timedelta(hours=1)
FEATURES = ["age", "income"]


def people(age: float, seed: int, rows: int = 300, first: int = 0) -> pd.DataFrame:
    """Who churned; the older, the likelier."""
    random = np.random.default_rng(seed)
    ages, incomes = random.normal(age, 10, rows), random.normal(size=rows)
    churned = ages + random.normal(0, 4, rows) > 40
    ids = np.arange(first, first + rows)
    return pd.DataFrame(
        {"id": ids, "age": ages, "income": incomes, "churned": np.where(churned, "yes", "no")}
    )


def train(project: Project, frame: pd.DataFrame, *, data: bool = True, alias: bool = True) -> ModelVersion:
    """A version of the model ``churn``, fitted on the frame, whose run says so."""
    model = make_pipeline(StandardScaler(), LogisticRegression()).fit(frame[FEATURES], frame["churned"])
    version = register(project, "churn", model, frame[FEATURES])
    return trained_on(project, version, frame, data=data, alias=alias)


def trained_on(
    project: Project, version: ModelVersion, frame: pd.DataFrame, *, data: bool = True, alias: bool = True
) -> ModelVersion:
    """The version, whose run read the data, as the champion."""
    if data:
        path = project.root / f"train{version.version}.csv"
        frame.to_csv(path, index=False)
        added = add(project.store, given(project.store, project.config, path, name="customers"))
        assert version.run_id is not None
        link(Recorder(project.store, version.run_id), added.version, "training")
    if alias:
        project.store.client().set_registered_model_alias(version.name, "champion", version.version)
    return version


def score(project: Project, frame: pd.DataFrame, **options: Any) -> None:
    """Have the champion answer the rows, recorded."""
    rows = frame.drop(columns="churned", errors="ignore")
    project.predict("churn@champion", rows, project.root / "scored.csv", **options)


def declare(folder: Path, text: str) -> Project:
    """The project, whose ``mlops.yaml`` says so."""
    (folder / "mlops.yaml").write_text(text, encoding="utf-8")
    return Project(folder)
