"""A replay registers nothing and moves nothing, whichever way its notebook tries to."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlops.entities import ReplayVerdict, RunKind
from jupyter_mlops.project import Project
from tests.conftest import cell, write

pytestmark = pytest.mark.usefixtures("local")

REGISTER = """
import mlflow, sys
from mlflow import MlflowClient
from mlflow.pyfunc import PythonModel

class Model(PythonModel):
    def predict(self, context, model_input, params=None):
        return model_input

info = mlflow.pyfunc.log_model(
    name="model", python_model=Model(), pip_requirements=["mlflow"], registered_model_name="churn"
)
version = mlflow.register_model(info.model_uri, "churn")
client = MlflowClient()
client.set_registered_model_alias("churn", "champion", version.version)
client.set_model_version_tag("churn", version.version, "stage", "best")
found = client.get_model_version_by_alias("churn", "champion")
again = mlflow.pyfunc.load_model("models:/churn@champion")
new = client.create_registered_model(f"other-{version.version}")
latest = mlflow.pyfunc.load_model("models:/churn/latest")
newest = client.search_model_versions("name = 'churn'", order_by=["version_number DESC"])[0]
own = float(latest.metadata.model_id == info.model_id and newest.version == version.version)
"""


@pytest.mark.timeout(300)
def test_a_notebook_that_registers_its_model_registers_nothing_when_replayed(folder: Path) -> None:
    script = folder / "register.py"
    script.write_text(
        "import mlflow, os\n"
        "client = mlflow.MlflowClient(os.environ['MLFLOW_TRACKING_URI'])\n"
        "client.create_registered_model('by-script')\n",
        encoding="utf-8",
    )
    write(
        folder / "work.ipynb",
        [
            cell("%load_ext jupyter_mlops"),
            cell(REGISTER),
            cell("from sklearn.dummy import DummyClassifier\nfitted = DummyClassifier().fit([[1]], [1])"),
            cell("%track model fitted --name fitted --register churn"),
            cell("!{sys.executable} register.py\nsame = float(found.version == version.version)"),
            cell("import pandas as pd\nmade = pd.DataFrame({'a': [id(object())]})"),
            cell("%track data made --wrote\n%track metric same own"),
            cell("from jupyter_mlops import Project\nProject().promote('churn', to='challenger').notes"),
        ],
    )
    project = Project(folder)
    run = project.run(folder / "work.ipynb")
    assert run.error is None
    before = registry(project)
    assert sorted({name for name, *_ in before}) == ["by-script", "churn", "other-2"]
    assert [number for name, number, *_ in before if name == "churn"] == ["", "1", "2", "3"]
    entries = project.history("churn").entries
    assert len(entries) == 1
    found = project.reproduce(run.run_id)
    assert found.verdict is ReplayVerdict.DIFFERENT  # for the data that it makes are others each time
    assert found.reason.startswith("made (variable made) was another in the replay"), found.reason
    assert [shown.number for shown in found.cells] == [7, 8]  # and what these cells show tells of the replay
    assert registry(project) == before
    assert project.history("churn").entries == entries
    assert [version.label for version in project.datasets.list("made")] == ["made@1"]
    replayed = project.show(str(found.replayed))
    assert replayed.run.kind is RunKind.REPLAY
    assert [(row.metric, row.replayed) for row in found.metrics] == [("own", 1.0), ("same", 1.0)]
    lines = printed(project, str(found.replayed))
    assert any("not registered: this is a replay" in line for line in lines)
    (made,) = [line for line in lines if line.startswith("made: ")]
    assert made.endswith("; not in the catalogue: this is a replay")


def registry(project: Project) -> list[tuple[str, str, str, str]]:
    """All that the registry holds."""
    client = project.store.client()
    names = [model.name for model in client.search_registered_models()]
    aliases = {name: str(client.get_registered_model(name).aliases) for name in names}
    versions = [
        (v.name, str(v.version), str(v.tags), aliases[v.name]) for v in client.search_model_versions()
    ]
    return sorted([*versions, *((name, "", "", aliases[name]) for name in names)])


def printed(project: Project, run_id: str) -> list[str]:
    """What all cells of the run printed."""
    from jupyter_mlops.tracking.reader import local_copy

    with local_copy(project.store, run_id, "mlops/output.log") as path:
        return path.read_text(encoding="utf-8").splitlines()


FOREIGN = """
import os, sys, tempfile
os.environ["JUPYTER_MLOPS_REPLAY"] = "x"
exec(open(sys.argv[1]).read() + "\\ninstall()", {"__name__": "guard"})
assert "jupyter_mlops" not in sys.modules
import mlflow
uri = "sqlite:///" + os.path.join(tempfile.mkdtemp(dir=sys.argv[2]), "x.db")
client = mlflow.MlflowClient(uri)
assert client.create_registered_model("a").name == "a"
assert client.get_registered_model("a").name == "a"
assert list(client.search_registered_models()) == []
assert client.get_latest_versions("a") == []
for source in ("one", "two"):
    client.create_model_version("a", source, run_id="0" * 32)
(latest,) = client.get_latest_versions("a")
assert latest.source == "two"
assert [each.source for each in client.search_model_versions("name = 'a'")] == ["two", "one"]
assert list(client.search_model_versions("name = 'b'")) == []
assert client.get_model_version_download_uri("a", latest.version) == "two"
assert client.get_model_version("a", int(latest.version) - 1).source == "one"
assert client.get_latest_versions("a", ["Production"]) == []
"""


def test_the_guard_needs_nothing_of_ours(tmp_path: Path) -> None:
    from jupyter_mlops.tracking import guard

    words = [sys.executable, "-c", FOREIGN, str(guard.__file__), str(tmp_path)]
    done = subprocess.run(words, cwd=tmp_path, capture_output=True, text=True, timeout=120, check=False)
    assert done.returncode == 0, done.stderr
