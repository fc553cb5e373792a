"""The main job, end to end: track, run headless with parameters, register, promote, load back, compare.

Passes against whatever ``MLFLOW_TRACKING_URI`` names; without it, in the embedded store.
"""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
import time
import urllib.error
import urllib.request
import uuid
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.cli import main
from jupyter_mlops.project import Project, load_model

TRAINING = """
from sklearn.datasets import load_iris
from sklearn.linear_model import LogisticRegression
X, y = load_iris(return_X_y=True, as_frame=True)
%track data X --context training
model = LogisticRegression(C=C, max_iter=5000).fit(X, y)
%track metric accuracy=model.score(X, y)
%track model model --name iris
"""


def test_the_main_job(folder: Path, write: Any, cell: Any, capsys: pytest.CaptureFixture[str]) -> None:
    name = f"iris-{uuid.uuid4().hex[:8]}"  # a server may hold runs of other tests
    write(
        folder / "train.ipynb",
        [
            cell("%load_ext jupyter_mlops"),
            cell("C: float = 1.0", "parameters"),
            cell(f"%track start --experiment {name}"),
            cell(TRAINING),
            cell("%track stop"),
        ],
    )
    assert (
        main(["run", "train.ipynb", "--grid", "C=0.001,1", "--select", "accuracy", "--register", name]) == 0
    )
    said = capsys.readouterr()
    assert f"registered {name} version 1" in said.err
    assert main(["runs", "--experiment", name, "--json"]) == 0
    runs = {run["parameters"]["C"]: run for run in json.loads(capsys.readouterr().out)}
    assert set(runs) == {"0.001", "1.0"}
    assert all(run["status"] == "FINISHED" for run in runs.values())
    weak, strong = runs["0.001"], runs["1.0"]
    assert strong["metrics"]["accuracy"] > 0.95 > weak["metrics"]["accuracy"]

    assert main(["promote", name, "--reason", "the better one"]) == 0
    capsys.readouterr()
    assert main(["models", name, "--json"]) == 0
    (version,) = json.loads(capsys.readouterr().out)
    assert (version["aliases"], version["run_id"]) == (["champion"], strong["run_id"])
    assert "the better one" in version["tags"]["mlops.promoted"]
    from sklearn.datasets import load_iris

    data, target = load_iris(return_X_y=True, as_frame=True)
    assert (load_model(f"{name}@champion").predict(data) == target).mean() > 0.95

    details = Project().show(strong["run_id"])
    assert {p.name: (p.value, p.type) for p in details.parameters}["C"] == ("1.0", "float")
    (dataset,) = details.datasets
    assert (dataset.name, dataset.rows, len(dataset.schema_)) == ("X", 150, 4)
    assert details.provenance is not None
    assert details.provenance.packages["scikit-learn"]
    assert [record.status.value for record in details.cells] == ["ok"] * 6

    assert main(["diff", weak["run_id"][:12], strong["run_id"], "--json"]) == 0
    diff = json.loads(capsys.readouterr().out)
    assert {"name": "C", "left": "0.001 (float)", "right": "1.0 (float)"} in diff["parameters"]
    assert diff["datasets"] == []
    assert [cell["diff"] for cell in diff["cells"]] == [
        "@@ -1,2 +1,2 @@\n # Parameters\n-C = 0.001\n+C = 1.0"
    ]


@pytest.mark.long("a minute")
@pytest.mark.timeout(600)
def test_the_main_job_passes_unchanged_against_a_tracking_server(tmp_path: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    words = ["mlflow", "server", "--host", "127.0.0.1", "--port", str(port), "--workers", "1"]
    words += ["--backend-store-uri", f"sqlite:///{tmp_path / 'server.db'}"]
    words += ["--artifacts-destination", str(tmp_path / "artifacts")]
    alone = {**os.environ, "MLFLOW_SERVER_ENABLE_JOB_EXECUTION": "false"}  # no processes for jobs
    with (tmp_path / "log").open("w") as log:
        server = subprocess.Popen(
            [sys.executable, "-m", *words],
            stdout=log,
            stderr=log,
            cwd=tmp_path,
            env=alone,
            start_new_session=True,
        )
    try:
        _await_health(f"http://127.0.0.1:{port}/health", server, tmp_path / "log")
        test = f"{Path(__file__)}::{test_the_main_job.__name__}"
        environment = {**os.environ, "MLFLOW_TRACKING_URI": f"http://127.0.0.1:{port}"}
        done = subprocess.run(
            [sys.executable, "-m", "pytest", "-q", "-p", "no:cacheprovider", test],
            env=environment,
            cwd=Path(__file__).parents[1],
            capture_output=True,
            text=True,
            check=False,
        )
        assert done.returncode == 0, done.stdout[-3000:]
        assert "1 passed" in done.stdout
    finally:
        os.killpg(server.pid, 15)
        server.wait(30)


def _await_health(url: str, server: subprocess.Popen[bytes], log: Path) -> None:
    deadline = time.monotonic() + 120
    while time.monotonic() < deadline:
        assert server.poll() is None, log.read_text()
        try:
            with urllib.request.urlopen(url, timeout=2):
                return
        except (urllib.error.URLError, OSError):
            time.sleep(0.2)
    raise AssertionError(f"the server did not come up: {log.read_text()[-2000:]}")
