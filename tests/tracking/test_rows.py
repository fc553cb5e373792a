"""The project's own database read without MLflow: everything as MLflow's client tells it."""

from __future__ import annotations

import math
import subprocess
import sys
from datetime import UTC, datetime
from pathlib import Path

import pytest

from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.entities import RunKind, RunReplay, RunStatus
from jupyter_mlops.exceptions import NotFound, Refused, StoreError
from jupyter_mlops.project import Project
from jupyter_mlops.tracking import freed, tags
from jupyter_mlops.tracking.freeing import listed
from jupyter_mlops.tracking.moments import points_of
from jupyter_mlops.tracking.reader import children, details, find_run, list_runs, local_copy
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.registry import list_models
from jupyter_mlops.tracking.replays import replay_of_run
from jupyter_mlops.tracking.retention import Old
from jupyter_mlops.tracking.rows import reading
from jupyter_mlops.tracking.store import Store
from tests.tracking.stored import ByClient, stored

pytestmark = pytest.mark.usefixtures("local")


@pytest.fixture(scope="module")
def stores(tmp_path_factory: pytest.TempPathFactory) -> tuple[Store, Store]:
    """The same store, read by SQL and by MLflow's client; with artifacts, models and a prompt."""
    root: Path = tmp_path_factory.mktemp("stored")
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        store = stored(root)
        _register(store, root)
        return store, ByClient(root, TrackingConfig())


def _register(store: Store, root: Path) -> None:
    client = store.client()
    (root / "a.txt").write_text("a")
    for name in ("alpha", "Beta", "empty"):
        client.create_registered_model(name)
    runs = list_runs(store, limit=6)
    for number, run in enumerate(runs):
        client.log_artifact(run.run_id, str(root / "a.txt"), "deep/er" if number % 2 else None)
        for name in ("alpha", "Beta")[number % 2 :]:
            client.create_model_version(name, "file:///x", run.run_id, tags={"k": str(number)})
    for name, alias in (("alpha", "champion"), ("alpha", "best"), ("Beta", "champion")):
        client.set_registered_model_alias(name, alias, "2")
    client.delete_model_version("alpha", "1")
    client.delete_run(runs[4].run_id)
    for key, value in freed.mark(datetime(2026, 1, 2, tzinfo=UTC), 2_000_000, 3, "").items():
        client.set_tag(runs[5].run_id, key, value)
    client.create_model_version("Beta", "file:///x")
    client.register_prompt("prompt", "say {{x}}")


def test_models_are_those_that_mlflow_lists(stores: tuple[Store, Store]) -> None:
    ours, theirs = (list_models(store) for store in stores)
    assert repr(ours) == repr(theirs)
    assert {version.name for version in ours} == {"alpha", "Beta"}
    assert ("best", "champion") in {version.aliases for version in ours}
    assert [version.version for version in ours if not version.metrics] == [
        version.version for version in ours if version.run_id is None
    ]
    for name in ("alpha", "Beta", "empty"):
        assert repr(list_models(stores[0], name)) == repr(list_models(stores[1], name))


@pytest.mark.parametrize("name", ["alhpa", "prompt"])
def test_a_model_that_is_not_there_is_told_alike(stores: tuple[Store, Store], name: str) -> None:
    told = []
    for store in stores:
        with pytest.raises(NotFound) as caught:
            list_models(store, name)
        told.append((str(caught.value), caught.value.hint))
    assert told[0] == told[1]


def test_every_run_is_found_and_told_in_full_alike(stores: tuple[Store, Store]) -> None:
    runs = list_runs(stores[0], limit=None)
    shown = [details(stores[0], find_run(stores[0], run.run_id)) for run in runs]
    assert [repr(one) for one in shown] == [
        repr(details(stores[1], find_run(stores[1], run.run_id[:9]))) for run in runs
    ]
    assert any(len(one.datasets) == 2 and one.datasets[0].context for one in shown)
    assert {one.artifacts for one in shown} >= {("a.txt",), ("deep/er/a.txt",)}
    assert {one.freed for one in shown} == {"", "outputs freed 2026-01-02: 3 files, 2.0 MB"}


def test_what_freeing_would_free_is_told_alike(stores: tuple[Store, Store]) -> None:
    old = Old(tuple(list_runs(stores[0], limit=None)), "none is kept")
    ours, theirs = (listed(store, old) for store in stores)
    assert ours == theirs
    assert {(each.files, each.size) for each in ours} == {(1, 1)}
    assert {each.why for each in ours} == {"none is kept", "none is kept; begun before"}


@pytest.mark.parametrize("reference", ["latest", "run-1", "run-2", "nothing", "0000", "run", "", "%", "____"])
def test_a_reference_is_understood_alike(stores: tuple[Store, Store], reference: str) -> None:
    told = []
    for store in stores:
        try:
            told.append(repr(find_run(store, reference)))
        except NotFound as error:
            told.append(str(error))
    assert told[0] == told[1]


def test_a_name_may_hold_a_quote(folder: Path) -> None:
    project = Project(folder)
    Recorder.start(project.store, experiment="e", name="it's", kind=RunKind.USER)
    assert project.show("it's").run.name == "it's"


def test_points_of_metrics_and_the_marks_of_a_replay_are_told_alike(stores: tuple[Store, Store]) -> None:
    run = next(run for run in list_runs(stores[0], limit=None) if run.metrics)
    client = stores[0].client()
    for step, value in ((3, 0.5), (3, 0.25), (1, math.nan), (1, -math.inf), (1, 2.0)):
        client.log_metric(run.run_id, "points", value, step=step)
    client.set_tag(run.run_id, tags.REPLAY, "reproduced")
    client.set_tag(run.run_id, tags.REPLAY_OF, "f" * 32)
    names = [*run.metrics, "points", "none"]
    ours, theirs = (points_of(store, run.run_id, names) for store in stores)
    assert repr(ours) == repr(theirs)
    assert list(ours["points"]) == [1, 3]
    assert ours["points"][3] == (0.25, 0.5)
    assert (len(ours["points"][1]), ours["none"]) == (3, {})
    assert [replay_of_run(store, run.run_id) for store in stores] == 2 * [
        (RunReplay(verdict="reproduced"), "f" * 32)
    ]


def test_children_are_those_that_mlflow_finds(stores: tuple[Store, Store]) -> None:
    ours, theirs = (children(store, "f" * 32) for store in stores)
    assert len(ours) > 2
    assert repr(ours) == repr(theirs)


@pytest.mark.parametrize("experiment", ["first", "second", "Default"])
def test_an_experiment_is_chosen_alike(stores: tuple[Store, Store], experiment: str) -> None:
    ours, theirs = (list_runs(store, experiment=experiment) for store in stores)
    assert repr(ours) == repr(theirs)


def test_an_experiment_that_is_gone_is_told_alike(stores: tuple[Store, Store]) -> None:
    told = []
    for store in stores:
        with pytest.raises(NotFound) as caught:
            list_runs(store, experiment="gone")
        told.append((str(caught.value), caught.value.hint))
    assert told[0] == told[1]


@pytest.mark.parametrize("limit", [0, -1])
def test_a_limit_below_one_is_refused(stores: tuple[Store, Store], limit: int) -> None:
    for store in stores:
        with pytest.raises(Refused, match="max_results"):
            list_runs(store, limit=limit)


def test_files_of_a_model_logged_in_place_of_a_folder_are_listed_by_mlflow(
    stores: tuple[Store, Store], tmp_path: Path
) -> None:
    run = list_runs(stores[0], limit=1)[0]
    client = stores[0].client()
    model = client.create_logged_model(
        find_experiment(stores[0], run.experiment), name="clf", source_run_id=run.run_id
    )
    (tmp_path / "weights.bin").write_text("w")
    client.log_model_artifacts(model.model_id, str(tmp_path))
    client.log_artifact(run.run_id, str(tmp_path / "weights.bin"), "clf")
    ours, theirs = (details(store, run).artifacts for store in stores)
    assert ours == theirs
    assert ours.count("clf/weights.bin") == 2


def find_experiment(store: Store, name: str) -> str:
    """The id of the experiment of that name."""
    return store.experiment_id(name)


def test_more_than_a_page_of_runs_is_read_whole_and_in_order(folder: Path) -> None:
    project = Project(folder)
    recorder = Recorder.start(project.store, experiment="e", name="n", kind=RunKind.USER)
    recorder.close(RunStatus.FINISHED, exit_code=0)
    database = project.store.direct()
    assert database is not None
    with database.writing() as connection:
        row = connection.execute("SELECT * FROM runs").fetchone()
        marks = ", ".join("?" * len(row))
        rows = [(f"{number:032x}", *row[1:]) for number in range(2000)]
        connection.executemany(f"INSERT INTO runs VALUES ({marks})", rows)
    found = project.runs(limit=None)
    assert len(found) == 2001
    assert [run.run_id for run in found if run.run_id != recorder.run_id] == [row[0] for row in rows]
    assert len(project.runs(limit=1500)) == 1500
    with reading(database) as opened:
        assert [run.run_id for run in opened.runs([rows[7][0], "gone", rows[3][0]])] == [
            rows[7][0],
            rows[3][0],
        ]


def test_a_database_that_cannot_be_read_is_told_in_one_line(folder: Path) -> None:
    project = Project(folder)
    project.store.client()
    database = project.store.direct()
    assert database is not None
    database.path.write_bytes(b"SQLite format 3\0" + b"broken" * 1000)
    for name in ("mlflow.db-wal", "mlflow.db-shm"):
        (folder / name).unlink(missing_ok=True)
    with pytest.raises(StoreError, match="cannot be read"):
        project.runs()


def test_an_artifact_of_a_run_is_the_file_itself(stores: tuple[Store, Store]) -> None:
    run = list_runs(stores[0], where="tags.team = 'nobody'") or list_runs(stores[0], limit=1)
    for store in stores:
        with local_copy(store, run[0].run_id, "a.txt") as path:
            assert path.read_text() == "a"


VERBS = """
import sys
from jupyter_mlops.cli import main
for words in (["runs", "--limit", "all", "--filter", "metrics.m > 0.5", "--order", "metrics.m DESC"],
              ["runs", "--json"], ["show", "latest"], ["diff", "one", "two"],
              ["models"], ["models", "rules"]):
    assert main(words) == 0, words
assert "mlflow" not in sys.modules
"""


def test_no_verb_that_only_looks_imports_mlflow(folder: Path) -> None:
    project = Project(folder)
    for name in ("one", "two"):
        recorder = Recorder.start(project.store, experiment="e", name=name, kind=RunKind.HEADLESS)
        recorder.metrics({"m": 1.0})
        (folder / "a.txt").write_text(name)
        recorder.artifact(folder / "a.txt")
        recorder.close(RunStatus.FINISHED, exit_code=0)
    project.register("one", "rules=a.txt")
    done = subprocess.run([sys.executable, "-c", VERBS], cwd=folder, capture_output=True, text=True)
    assert done.returncode == 0, done.stderr
    assert "rules" in done.stdout
    assert tags.KIND not in done.stdout
