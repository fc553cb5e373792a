"""Real models of real data in a real registry, made once for a module of tests."""

from __future__ import annotations

from typing import Any

import numpy as np
import pandas as pd

from jupyter_mlops.entities import ModelVersion
from jupyter_mlops.project import Project
from jupyter_mlops.tracking.loading import quiet


def customers(rows: int = 400, seed: int = 0) -> pd.DataFrame:
    """Customers of whom some churned: by age and tenure, with noise; region has nothing to do with it."""
    random = np.random.default_rng(seed)
    age = random.integers(18, 80, rows)
    tenure = random.exponential(5, rows)
    odds = (age - 50) / 10 - (tenure - 5) / 4 + random.normal(0, 1.5, rows)
    frame = pd.DataFrame({"age": age, "tenure": tenure, "region": random.choice(["north", "south"], rows)})
    return frame.assign(churned=np.where(odds > 0, "yes", "no"), spent=age * 2.0 + random.normal(0, 5, rows))


def register(project: Project, name: str, model: Any, example: Any = None) -> ModelVersion:
    """Log the fitted `model` in a run of its own, and register it."""
    import mlflow

    project.store.client()
    experiment = project.store.experiment_id("models")
    with mlflow.start_run(experiment_id=experiment) as run, quiet():
        signature = None
        if example is not None:
            signature = mlflow.models.infer_signature(example, model.predict(example))
        mlflow.sklearn.log_model(
            model,
            name="model",
            signature=signature,
            pip_requirements=[],
            serialization_format="cloudpickle",
        )
    return project.register(run.info.run_id, name)


def python_model(project: Project, name: str, function: Any, example: pd.DataFrame) -> ModelVersion:
    """Register a function of a frame as a model of MLflow's own kind, with a signature."""
    import mlflow

    project.store.client()
    experiment = project.store.experiment_id("models")

    with mlflow.start_run(experiment_id=experiment) as run, quiet():

        class Wrapped(mlflow.pyfunc.PythonModel):
            def predict(self, model_input: pd.DataFrame) -> Any:
                return function(model_input)

        signature = mlflow.models.infer_signature(example, function(example))
        mlflow.pyfunc.log_model(
            name="model", python_model=Wrapped(), signature=signature, pip_requirements=[]
        )
    return project.register(run.info.run_id, name)
