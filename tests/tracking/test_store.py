"""The store: made once by many, refused early when it cannot serve."""

from __future__ import annotations

import socket
import sqlite3
import subprocess
import sys
import time
from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.exceptions import StoreError
from jupyter_mlops.tracking.store import Store
from tests.conftest import MAKE_STORE

pytestmark = pytest.mark.usefixtures("local")

SIXTEEN = """
import gc, os, sys
import mlflow.store.tracking.sqlalchemy_store, sqlalchemy.dialects.sqlite
from jupyter_mlops import Project
from jupyter_mlops.entities import RunKind
from jupyter_mlops.tracking.recorder import Recorder

def first():
    recorder = Recorder.start(Project().store, experiment="race", name="first", kind=RunKind.USER)
    recorder.metrics({"m": 1.0})

gc.freeze()  # what is imported is not looked through again at the end of each process
waits, starts = os.pipe()
children = []
for _ in range(16):
    child = os.fork()
    if child == 0:
        os.close(starts)
        os.read(waits, 1)  # until the last process is there
        first()
        sys.exit()
    children.append(child)
assert not os.path.exists("mlflow.db")
os.close(starts)
print([os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) for child in children])
"""


@pytest.fixture
def folder(bare_folder: Path) -> Path:
    """These tests are about the store's beginning."""
    return bare_folder


@pytest.mark.timeout(280)
def test_sixteen_processes_that_start_at_once_on_no_store_all_succeed(folder: Path) -> None:
    # forked, so that none waits for its imports, and all sixteen do come at once
    done = subprocess.run([sys.executable, "-c", SIXTEEN], capture_output=True, text=True)
    assert done.stdout == f"{[0] * 16}\n", done.stderr
    runs = Project().runs()
    assert [(run.experiment, run.metrics) for run in runs] == [("race", {"m": 1.0})] * 16


def test_a_store_whose_making_was_killed_is_made_anew_private_and_whole(folder: Path) -> None:
    making = subprocess.Popen([sys.executable, "-c", MAKE_STORE], stderr=subprocess.DEVNULL)
    half = folder / ".mlflow.db.part"
    while not (half.exists() and half.stat().st_size) and making.poll() is None:
        time.sleep(0.001)
    making.kill()
    making.wait()
    assert half.exists()
    assert not (folder / "mlflow.db").exists()

    store = Project().store
    identifier = store.experiment_id("some/odd name")
    assert (folder / "mlflow.db").stat().st_mode & 0o777 == 0o600
    with sqlite3.connect(folder / "mlflow.db") as connection:
        assert connection.execute("PRAGMA journal_mode").fetchone() == ("wal",)
    connection.close()
    assert not half.exists()
    location = store.client().get_experiment(identifier).artifact_location
    assert location.startswith((folder / "mlruns").as_uri())
    default = store.client().get_experiment("0").artifact_location
    assert default.startswith((folder / "mlruns").as_uri())


def test_a_store_of_a_newer_mlflow_is_refused_with_the_mend(folder: Path) -> None:
    Project().store.client()
    with sqlite3.connect(folder / "mlflow.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = 'ffffffffffff'")
    connection.close()
    with pytest.raises(StoreError, match="newer MLflow") as caught:
        Project().store.client()
    assert "upgrade" in str(caught.value.hint)


def test_a_store_of_an_older_mlflow_is_kept_before_it_is_upgraded(folder: Path) -> None:
    Project().store.client()
    from jupyter_mlops.tracking.store import _schema_revisions

    known, heads = _schema_revisions()
    assert len(heads) == 1
    older = sorted(known - heads)[0]
    with sqlite3.connect(folder / "mlflow.db") as connection:
        connection.execute("UPDATE alembic_version SET version_num = ?", (older,))
    connection.close()
    Project().store.client()
    assert (folder / ".mlops" / f"mlflow-{older}.db").stat().st_mode & 0o777 == 0o600


def test_a_file_that_is_no_database_is_refused(folder: Path) -> None:
    (folder / "mlflow.db").write_text("not a database, and long enough to be read as one" * 100)
    with pytest.raises(StoreError, match="not an SQLite database"):
        Project().store.client()


def test_a_server_out_of_reach_is_refused_at_once(folder: Path) -> None:
    with socket.socket() as free:
        free.bind(("127.0.0.1", 0))
        port = free.getsockname()[1]
    store = Store(folder, TrackingConfig(uri=f"http://127.0.0.1:{port}"))
    with pytest.raises(StoreError, match="out of reach") as caught:
        store.client()
    assert "start it" in str(caught.value.hint)
    assert not (folder / "mlflow.db").exists()


def test_the_environment_wins_over_the_configuration_and_is_left_as_it_was(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    import os

    wished = f"sqlite:///{folder / 'other.db'}"
    assert Store(folder, TrackingConfig(uri=wished)).uri == wished
    Store(folder, TrackingConfig()).client()
    assert "MLFLOW_TRACKING_URI" not in os.environ
    monkeypatch.setenv("MLFLOW_TRACKING_URI", wished)
    assert Store(folder, TrackingConfig(uri="sqlite:///elsewhere.db")).uri == wished


def test_a_deleted_experiment_is_told_with_the_mend(folder: Path) -> None:
    store = Project().store
    store.client().delete_experiment(store.experiment_id("gone"))
    with pytest.raises(StoreError, match="was deleted") as caught:
        Project().store.experiment_id("gone")
    assert "restore" in str(caught.value.hint)
