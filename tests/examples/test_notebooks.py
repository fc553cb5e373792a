"""The example notebooks run headless as they are shipped, and what they record is right, not only there."""

from __future__ import annotations

import shutil
import subprocess
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import nbformat
import pytest
from filelock import FileLock

from jupyter_mlops import Project
from jupyter_mlops.entities import CellStatus, RunDetails, RunKind, RunStatus
from tests.conftest import no_server

ROOT = Path(__file__).parents[2]
EXAMPLES = sorted((ROOT / "notebooks").glob("*.ipynb"))
SHIPPED = [
    *EXAMPLES,
    *sorted((ROOT / "notebooks").glob("[!.]*/*.ipynb")),
    *sorted((ROOT / "jupyter_mlops" / "demo").glob("*.ipynb")),
]


@pytest.fixture(scope="module")
def project(tmp_path_factory: pytest.TempPathFactory, worker_id: str) -> Iterator[Project]:
    """A committed project with a copy of the examples, on SQLite whatever the caller's environment says.

    The workers of pytest-xdist share it, so that each notebook runs once, whoever asks first.
    """
    base = tmp_path_factory.getbasetemp()
    root = (base if worker_id == "master" else base.parent) / "examples"
    with no_server():
        with FileLock(root.with_suffix(".lock")):
            if not root.exists():
                make_project(root)
        yield Project(root)


def make_project(root: Path) -> None:
    """The examples, committed; what runs leave behind is ignored."""
    root.mkdir()
    (root / "notebooks").mkdir()
    for path in EXAMPLES:
        shutil.copy(path, root / "notebooks")
    (root / "mlops.yaml").write_text("", encoding="utf-8")
    (root / ".gitignore").write_text("mlflow.db*\nmlruns/\n.mlops/\nran/\n", encoding="utf-8")
    git(root, "init", "--quiet", "--initial-branch=main")
    git(root, "add", "--all")
    git(root, "-c", "user.name=test", "-c", "user.email=test@localhost", "commit", "--quiet", "-m", "all")


def git(root: Path, *words: str) -> str:
    """What git prints."""
    done = subprocess.run(["git", *words], cwd=root, check=True, capture_output=True, text=True)
    return done.stdout.strip()


def run(project: Project, name: str, **how: Any) -> RunDetails:
    """All that is known of the session's one run of this example."""
    ran = project.root / "ran"
    ran.mkdir(exist_ok=True)
    told = ran / f"{name}.txt"
    with FileLock(told.with_suffix(".lock")):
        if not told.exists():
            done = project.run(project.root / "notebooks" / name, output=ran, **how)
            told.write_text(done.run_id, encoding="utf-8")
    return project.show(told.read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def session(project: Project) -> RunDetails:
    """01, with its defaults."""
    return run(project, "01_track_a_session.ipynb")


@pytest.fixture(scope="module")
def typed(project: Project) -> RunDetails:
    """02, with values as the command line gives them; its model is registered."""
    values = {"alpha": "0.5", "family": "LASSO", "columns": '["bmi", "bp", "s5"]', "shuffle": "true"}
    return run(project, "02_typed_parameters.ipynb", text=values, register="diabetes")


@pytest.fixture(scope="module")
def cells(project: Project) -> RunDetails:
    """03, in the experiment that its cells name."""
    return run(project, "03_one_cell_one_run.ipynb", experiment="digits")


@pytest.fixture(scope="module")
def plain(project: Project) -> RunDetails:
    """04, with one parameter set."""
    return run(project, "04_plain_mlflow.ipynb", text={"C": "0.3"}, register="breast-cancer")


def typed_values(details: RunDetails) -> dict[str, tuple[str, str]]:
    """Value and type of the parameters of the parameters cell; autologged ones have no type."""
    return {p.name: (p.value, p.type) for p in details.parameters if p.type}


def outputs(project: Project, details: RunDetails) -> Iterator[dict[str, Any]]:
    """What the cells of the executed notebook showed."""
    (path,) = (project.root / "ran").glob(f"*-{details.run.run_id[:8]}.ipynb")
    for cell in nbformat.read(path, as_version=4).cells:
        yield from cell.get("outputs", [])


@pytest.mark.parametrize("path", SHIPPED, ids=lambda path: path.name)
def test_a_notebook_is_shipped_clean(path: Path) -> None:
    document = nbformat.reader.reads(path.read_text(encoding="utf-8"))
    nbformat.validate(document)
    assert (document.nbformat, document.nbformat_minor) == (4, 5)
    assert document.metadata.kernelspec.name == "python3"
    identifiers = [cell["id"] for cell in document.cells]
    assert len(set(identifiers)) == len(identifiers)
    for cell in document.cells:
        if cell.cell_type == "code":
            assert cell.outputs == []
            assert cell.execution_count is None


def test_each_example_is_short_and_begins_with_its_title() -> None:
    assert [path.name[:2] for path in EXAMPLES] == ["01", "02", "03", "04"]
    for path in EXAMPLES:
        document = nbformat.read(path, as_version=4)
        assert len(document.cells) <= 14
        assert document.cells[0].source.startswith("# ")


def test_a_session_keeps_data_parameters_metrics_figure_and_model(
    project: Project, session: RunDetails
) -> None:
    assert (session.run.status, session.run.error) == (RunStatus.FINISHED, None)
    assert (session.run.experiment, session.run.kind) == ("wine", RunKind.HEADLESS)
    assert session.run.tags["audience"] == "examples"
    assert typed_values(session) == {
        "C": ("1.0", "float"),
        "solver": ("lbfgs", "str"),
        "test_share": ("0.4", "float"),
    }
    assert 0.94 <= session.run.metrics["accuracy"] < 1
    assert 0.94 <= session.run.metrics["macro_f1"] < 1
    assert session.run.metrics["training_accuracy_score"] > 0.98  # autologged
    train, test = sorted(session.datasets, key=lambda version: version.rows or 0, reverse=True)
    assert (train.name, train.context, train.rows, len(train.schema_)) == ("train", "training", 106, 14)
    assert (test.name, test.context, test.rows, len(test.schema_)) == ("test", "test", 72, 14)
    assert len(train.digest) >= 12
    assert train.digest != test.digest
    assert {"weights.png", "report.json", "mlops/01_track_a_session.ipynb"} <= set(session.artifacts)
    assert {record.status for record in session.cells} == {CellStatus.OK}
    assert any("image/png" in shown.get("data", {}) for shown in outputs(project, session))


def test_the_session_s_model_is_registered_with_its_signature_and_predicts(
    project: Project, session: RunDetails
) -> None:
    import mlflow
    from sklearn.datasets import load_wine

    version = project.register(session.run.run_id, "wine")
    assert version.run_id == session.run.run_id
    X, y = load_wine(return_X_y=True, as_frame=True)
    model = project.load_model(f"wine@{version.version}")
    assert (model.predict(X) == y).mean() > 0.95
    signature = mlflow.models.get_model_info(f"models:/wine/{version.version}").signature
    assert signature.inputs.input_names() == list(X.columns)


def test_typed_parameters_are_read_by_their_types_and_recorded(project: Project, typed: RunDetails) -> None:
    assert (typed.run.status, typed.run.error) == (RunStatus.FINISHED, None)
    assert typed.run.experiment == "diabetes"
    assert typed_values(typed) == {
        "alpha": ("0.5", "float"),
        "family": ("LASSO", "Family"),
        "degree": ("1", "int"),
        "scaler": ("standard", "str"),
        "columns": ("['bmi', 'bp', 's5']", "list"),
        "shuffle": ("True", "bool"),
        "folds": ("5", "int"),
    }
    assert 50 < typed.run.metrics["rmse"] < 60  # the mean for everybody: 77
    assert 0.4 < typed.run.metrics["r2"] < 0.55
    (patients,) = typed.datasets
    assert (patients.name, patients.rows, patients.context) == ("patients", 442, "training")
    assert len(patients.digest) >= 12
    assert [record.source for record in typed.cells if record.status is CellStatus.SKIPPED] == ["%params"]


def test_the_typed_run_s_model_is_a_lasso_of_three_columns(project: Project, typed: RunDetails) -> None:
    from sklearn.datasets import load_diabetes

    version = next(found for found in project.models("diabetes") if found.run_id == typed.run.run_id)
    model = project.load_model(f"diabetes@{version.version}")
    assert list(model.named_steps) == ["standardscaler", "polynomialfeatures", "lasso"]
    frame = load_diabetes(as_frame=True, scaled=False).frame
    predicted = model.predict(frame[["bmi", "bp", "s5"]])
    assert ((predicted - frame["target"]) ** 2).mean() ** 0.5 < 60


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("alpha", "lots"),
        ("alpha", "0"),
        ("degree", "3"),
        ("scaler", "none"),
        ("family", "OLS"),
        ("beta", "1"),
    ],
)
def test_a_value_that_does_not_fit_is_refused_and_leaves_no_run(
    project: Project, name: str, value: str
) -> None:
    from jupyter_mlops.exceptions import ParameterError

    notebook, experiment = project.root / "notebooks" / "02_typed_parameters.ipynb", f"refused {name} {value}"
    with pytest.raises(ParameterError, match=f"(?i){name}"):
        project.run(notebook, text={name: value}, experiment=experiment)
    assert experiment not in {found.experiment for found in project.runs()}


def test_each_tracked_cell_is_a_child_run_and_a_changed_one_replaces(
    project: Project, cells: RunDetails
) -> None:
    assert (cells.run.status, cells.run.error) == (RunStatus.FINISHED, None)
    children = [found for found in project.runs(experiment="digits") if found.parent == cells.run.run_id]
    assert {found.status for found in children} == {RunStatus.FINISHED}
    assert {found.kind for found in children} == {RunKind.CELL}
    assert sorted(found.name for found in children) == ["forest", "logistic", "neighbours", "neighbours"]
    newer, older = (found for found in children if found.name == "neighbours")
    assert (older.parameters, newer.parameters) == ({"k": "25"}, {"k": "3"})
    assert (older.replaces, newer.replaces) == (None, older.run_id)
    assert 0.95 < older.metrics["accuracy"] < newer.metrics["accuracy"] < 1
    logistic, forest = (next(f for f in children if f.name == name) for name in ("logistic", "forest"))
    assert (logistic.parameters, forest.parameters) == ({"C": "0.1"}, {"trees": "100"})
    assert 0.96 < logistic.metrics["accuracy"] < 0.99
    assert 0.95 < forest.metrics["accuracy"] < 0.99


def test_the_unchanged_cell_added_to_its_run(project: Project, cells: RunDetails) -> None:
    first = next(found for found in project.runs(experiment="digits") if found.parameters.get("k") == "25")
    history = project.store.client().get_metric_history(first.run_id, "accuracy")
    assert [point.step for point in history] == [0, 1]
    assert history[0].value == history[1].value


def test_plain_mlflow_becomes_one_run_with_our_provenance(project: Project, plain: RunDetails) -> None:
    (only,) = project.runs(experiment="breast-cancer")
    assert only.run_id == plain.run.run_id
    assert (only.status, only.error, only.kind) == (RunStatus.FINISHED, None, RunKind.HEADLESS)
    assert typed_values(plain) == {"C": ("0.3", "float"), "seed": ("7", "int")}
    assert 0.95 < only.metrics["accuracy"] < 1
    assert 0.9 < only.metrics["malignant_recall"] <= 1
    assert only.notebook == "notebooks/04_plain_mlflow.ipynb"
    provenance = plain.provenance
    assert provenance is not None
    assert provenance.git is not None
    assert provenance.git.commit == git(project.root, "rev-parse", "HEAD")
    assert not provenance.git.dirty
    assert provenance.notebook == only.notebook
    assert provenance.notebook_digest
    assert {"mlflow", "scikit-learn"} <= set(provenance.packages)
    assert [record.status for record in plain.cells] == [CellStatus.OK] * 5  # one of them injected
    assert "mlops/04_plain_mlflow.ipynb" in plain.artifacts


def test_the_plain_notebook_s_model_is_registered_and_predicts(project: Project, plain: RunDetails) -> None:
    from sklearn.datasets import load_breast_cancer

    (version,) = project.models("breast-cancer")
    assert (version.version, version.run_id) == ("1", plain.run.run_id)
    X, y = load_breast_cancer(return_X_y=True, as_frame=True)
    assert (project.load_model("breast-cancer@1").predict(X) == y).mean() > 0.96
