"""A project whose model `churn` has a champion and two versions that want to become it."""

from __future__ import annotations

from pathlib import Path

from sklearn.linear_model import LogisticRegression

from jupyter_mlops.project import Project
from tests.promotion.registered import add_version, people

SOON = 60  # seconds that no part of a test comes near
GATES = "models:\n  churn:\n    gates: [accuracy >= 0.75, accuracy >= champion.accuracy - 0.01]\n"


def build(root: Path) -> None:
    """Version 1 is the champion, version 2 passes all gates, version 3 none but that nobody rejected it."""
    (root / "mlops.yaml").write_text(GATES, encoding="utf-8")
    train = people(60, 1)
    train.to_csv(root / "customers.csv", index=False)
    project = Project(root)
    model = LogisticRegression().fit(train[["tenure"]], train["churned"])
    for number, accuracy in enumerate((0.8, 0.85, 0.7), 1):
        add_version(
            project,
            model,
            ["tenure"],
            metrics={"accuracy": accuracy, "log_loss": 1 - accuracy},
            parameters={"C": str(number)},
            cells=["C = 1.0", f"fit(C, step={number})"],
            number=number,
        )
    project.promote("churn@1")
