"""The main job on real data, in a fresh project folder: train, record, register, promote, load, score."""

from __future__ import annotations

import shutil
import sys
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from jupyter_mlops.exceptions import CheckFailed, MLOpsError, Refused
from jupyter_mlops.project import Project

if TYPE_CHECKING:
    import pandas

    from jupyter_mlops.entities import CellRecord, Run

MODEL = "breast-cancer"
CONFIG = """\
# all of this is optional; see the README
tracking:
  experiment: breast-cancer
datasets:
  train:
    source: data/train.csv
    tags: {owner: demo, licence: CC BY 4.0}
"""


class Report(Protocol):
    """Where the demo says what it does."""

    def line(self, text: str) -> None:
        """Say one thing."""

    def cell(self, record: CellRecord, done: int, total: int) -> None:
        """A cell has ended."""


def run_demo(folder: Path | None, report: Report) -> str:
    """Do it all in `folder` (default: a fresh ``mlops-demo``); a summary of what was made and where.

    Raises:
        Refused: the folder exists and is not empty.
        CheckFailed: a training run did not finish.
    """
    root = _fresh(folder)
    report.line(f"1/5 a project in {root}: a training notebook and the breast cancer data of scikit-learn")
    holdout = _prepare(root)
    project = Project(root)
    report.line("2/5 run train.ipynb headless with C = 0.01, 0.1, 1, two at a time")
    runs = project.grid(
        root / "train.ipynb",
        {"C": [0.01, 0.1, 1.0]},
        workers=2,
        done=lambda run: report.line(f"    {_outcome(run)}"),
    )
    for run in runs:
        if run.exit_code != 0:
            raise CheckFailed(f"{run.name} ended {run.status.value}: {run.error}", hint=f"look into {root}")
    best = project.best(runs, "cv_accuracy")
    report.line(f"3/5 register the model of {best.name}")
    version = project.register(best.run_id, MODEL)
    report.line(f"4/5 promote {MODEL} version {version.version} to champion")
    project.promote(f"{MODEL}@{version.version}", reason="best cross-validated accuracy of the demo's grid")
    report.line(f"5/5 load {MODEL}@champion and score {len(holdout)} rows it has never seen")
    accuracy = _score(project, holdout)
    return _summary(project, runs, best, accuracy)


def _fresh(folder: Path | None) -> Path:
    if folder is not None:
        if folder.exists() and (not folder.is_dir() or any(folder.iterdir())):
            raise Refused(f"{folder} exists and is not empty", hint="name another folder")
        chosen = folder
    else:
        names = ["mlops-demo", *[f"mlops-demo-{number}" for number in range(2, 1000)]]
        chosen = next(Path(name) for name in names if not Path(name).exists())
    try:
        chosen.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise Refused(f"{chosen} cannot be made: {error}", hint="name another with --folder") from None
    return chosen.resolve()


def _prepare(root: Path) -> pandas.DataFrame:
    """Write the project's files; the rows held back from training."""
    from sklearn.datasets import load_breast_cancer
    from sklearn.model_selection import train_test_split

    frame = load_breast_cancer(as_frame=True).frame
    train, holdout = train_test_split(frame, test_size=0.25, random_state=7, stratify=frame["target"])
    (root / "data").mkdir()
    train.to_csv(root / "data" / "train.csv", index=False)
    holdout.to_csv(root / "data" / "holdout.csv", index=False)
    (root / "mlops.yaml").write_text(CONFIG, encoding="utf-8")
    with resources.as_file(resources.files(__package__) / "train.ipynb") as notebook:
        shutil.copyfile(notebook, root / "train.ipynb")
    return holdout


def _score(project: Project, holdout: pandas.DataFrame) -> float:
    """Accuracy of the champion on the rows held back."""
    model = project.load_model(f"{MODEL}@champion")
    features = holdout.drop(columns="target")
    if len(features) == 0:
        raise MLOpsError("no rows were held back")
    return float((model.predict(features) == holdout["target"]).mean())


def _outcome(run: Run) -> str:
    accuracy = run.metrics.get("cv_accuracy")
    shown = "" if accuracy is None else f", cross-validated accuracy {accuracy:.4f}"
    return f"{run.name}: {run.status.value}{shown}"


def _summary(project: Project, runs: list[Run], best: Run, accuracy: float) -> str:
    lines = [
        "",
        f"{'RUN':<10}{'C':>6}  {'STATUS':<10}{'TIME':>8}  {'CV ACCURACY':>11}  {'TRAIN ACCURACY':>14}",
    ]
    for run in runs:
        mark = "  <- champion" if run.run_id == best.run_id else ""
        lines.append(
            f"{run.run_id[:8]:<10}{run.parameters['C']:>6}  {run.status.value:<10}{run.duration or 0:>6.1f} s"
            f"  {run.metrics['cv_accuracy']:>11.4f}  {run.metrics['train_accuracy']:>14.4f}{mark}"
        )
    lines += [
        "",
        f"{MODEL}@champion on held-out data: accuracy {accuracy:.4f}",
        "",
        f"project     {project.root}",
        f"store       {project.store.shown_uri}",
        f"artifacts   {project.root / 'mlruns'}",
        "",
        "look further:",
        f"  cd {project.root}",
        f"  {_command('jupyter')} mlops runs             # then: show RUN, diff RUN RUN, models",
        f"  {_command('jupyter')} lab train.ipynb        # run it by hand; %params, %runs",
        f"  {_command('mlflow')} ui --backend-store-uri sqlite:///mlflow.db",
    ]
    return "\n".join(lines)


def _command(name: str) -> str:
    """How this environment's program is called from here: by name where the shell would find it."""
    own = Path(sys.executable).parent / name
    found = shutil.which(name)
    return name if found is not None and Path(found).resolve() == own.resolve() else str(own)
