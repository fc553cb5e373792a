"""Points of the project's own database: each is kept at once, and comes into the database once, as MLflow
would have written it."""

from __future__ import annotations

import contextlib
import json
import math
import os
import sqlite3
import subprocess
import sys
import uuid
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from jupyter_mlops import Project
from jupyter_mlops.entities import RunKind
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.tracking import points
from jupyter_mlops.tracking.points import Points
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.spool import OPERATIONS, STATE, Spool

pytestmark = pytest.mark.usefixtures("local")

names = st.sampled_from(["loss", "f 1", "a/b", "päß"])
values = st.floats() | st.integers(-5, 5).map(float)
stamps = st.integers(1, 3) | st.integers(0, 2**40)
logged = st.lists(st.tuples(names, values, stamps, st.integers(-3, 3) | st.integers(-(2**62), 2**62)))

LOG = """
import sys
from pathlib import Path
from jupyter_mlops.tracking.points import Points
each = Points(Path(sys.argv[1]), sys.argv[2])
for number in range(int(sys.argv[3])):
    each.log({"m": float(number)})
"""


@pytest.fixture
def recorder(folder: Path) -> Recorder:
    return Recorder.start(Project().store, experiment="lab", name="r", kind=RunKind.USER)


def mine(recorder: Recorder) -> Points:
    found = recorder.store.points(recorder.run_id)
    assert found is not None
    return found


def rows(recorder: Recorder, run_id: str, table: str = "metrics") -> list[Any]:
    """All points of a run, straight from the database."""
    connection = sqlite3.connect(recorder.store.database or "")
    try:
        columns = "key, value, timestamp, step, is_nan"
        return sorted(connection.execute(f"SELECT {columns} FROM {table} WHERE run_uuid = ?", (run_id,)))
    finally:
        connection.close()


def test_any_points_are_written_as_mlflow_writes_them(recorder: Recorder) -> None:
    from mlflow.entities import Metric
    from mlflow.store.tracking.sqlalchemy_store import SqlAlchemyStore

    store = SqlAlchemyStore(recorder.store.uri, "unused")

    @settings(max_examples=60, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
    @given(logged, st.integers(0, 5))
    def check(given: list[tuple[str, float, int, int]], cut: int) -> None:
        ours = Recorder.start(recorder.store, experiment="lab", name="o", kind=RunKind.USER)
        theirs = Recorder.start(recorder.store, experiment="lab", name="t", kind=RunKind.USER)
        for part in (given[:cut], given[cut:]):
            if part:
                mine(ours).append(part)
                ours.store.catch_up()
                metrics = [Metric(name, value, stamp, step) for name, value, stamp, step in part]
                store.log_batch(theirs.run_id, metrics, [], [])
        for table in ("metrics", "latest_metrics"):
            assert rows(ours, ours.run_id, table) == rows(theirs, theirs.run_id, table)

    check()


def test_a_point_sent_again_changes_nothing(recorder: Recorder) -> None:
    each = mine(recorder)
    for number in range(100):
        each.log({"m": number * 0.5, "n": math.nan})
    recorder.store.catch_up()
    before = [rows(recorder, recorder.run_id, table) for table in ("metrics", "latest_metrics")]
    assert len(before[0]) == 200
    for _ in range(2):
        (each.spool.folder / STATE).unlink()
        assert points.settle(recorder.store.spools) == 200
        assert [rows(recorder, recorder.run_id, table) for table in ("metrics", "latest_metrics")] == before


def test_steps_follow_the_last_also_where_other_processes_log(recorder: Recorder) -> None:
    each = mine(recorder)
    each.log({"m": 0.0, "n": 0.0})
    each.log({"m": 0.0}, step=7)
    words = [sys.executable, "-c", LOG, str(each.spool.folder), each.uri, "5"]
    subprocess.run(words, check=True)
    each.log({"m": 0.0, "n": 0.0})
    recorder.store.catch_up()
    steps = {key: [row[3] for row in rows(recorder, recorder.run_id) if row[0] == key] for key in "mn"}
    assert sorted(steps["m"]) == [0, 7, 8, 9, 10, 11, 12, 13]
    assert sorted(steps["n"]) == [0, 1]


def test_many_processes_and_a_fork_log_to_one_run_and_nothing_is_lost(recorder: Recorder) -> None:
    each = mine(recorder)
    each.log({"parent": 0.0})
    words = [sys.executable, "-c", LOG, str(each.spool.folder), each.uri, "300"]
    processes = [subprocess.Popen(words) for _ in range(3)]
    child = os.fork()
    for number in range(300):
        each.append([("child" if child == 0 else "parent", number + 0.5, 1, number)])
    if child == 0:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    assert [process.wait() for process in processes] == [0] * 3
    waiting = [point for operation, _ in each.spool.read() for point in operation["metrics"]]
    assert len([point for point in waiting if point[0] == "m"]) == 900
    recorder.store.catch_up()
    found = rows(recorder, recorder.run_id)
    assert [row[3] for row in found if row[0] == "child"] == list(range(300))
    assert len([row for row in found if row[0] == "parent"]) == 301


def test_a_full_disk_is_told_and_leaves_no_half_point(recorder: Recorder) -> None:
    each = mine(recorder)
    code = (
        "import resource, signal, sys\nfrom pathlib import Path\n"
        "from jupyter_mlops.tracking.points import Points\n"
        "each = Points(Path(sys.argv[1]), sys.argv[2])\neach.log({'m': 0.0}, step=0)\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n    for number in range(1, 1000): each.log({'m': 0.0}, step=number)\n"
        "except OSError as error: print(number)"
    )
    words = [sys.executable, "-c", code, str(each.spool.folder), each.uri]
    done = subprocess.run(words, capture_output=True, text=True, check=True)
    each.append([("m", 0.0, 1, 5000)])
    recorder.store.catch_up()
    steps = sorted(row[3] for row in rows(recorder, recorder.run_id))
    assert steps == [*range(int(done.stdout)), 5000]


def test_a_line_that_somebody_left_half_spoils_no_other(recorder: Recorder) -> None:
    each = mine(recorder)
    each.log({"m": 1.0})
    with open(each.spool.folder / OPERATIONS, "ab") as file:
        file.write(b'{"op":"batch","metrics":[["m","9.0"')
    each.log({"m": 2.0})
    recorder.store.catch_up()
    assert [row[1] for row in rows(recorder, recorder.run_id)] == [1.0, 2.0]


def test_a_line_that_the_database_cannot_take_is_set_aside(recorder: Recorder) -> None:
    each = mine(recorder)
    with pytest.raises(Refused, match="too large"):
        each.log({"m": 1.0}, step=2**63)
    with pytest.raises(Refused, match="too large"):
        each.append([("m", 1.0, 1, -(2**64))])
    each.log({"m": 1.0}, step=2**63 - 1)
    for point in (f'["m","1.0",1,{2**70}]', '["m","x",1,1]', '["m"]', "3"):
        with open(each.spool.folder / OPERATIONS, "a") as file:
            file.write(f'{{"op":"batch","metrics":[{point}],"params":[],"tags":[]}}\n')
    each.log({"n": 2.0})
    recorder.store.catch_up()
    assert [row[1] for row in rows(recorder, recorder.run_id)] == [1.0, 2.0]
    assert len(each.spool.refused()) == 4


def test_a_long_runs_spool_is_begun_anew_and_loses_nothing(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(points, "_ROOM", 5000)
    monkeypatch.setattr(points, "SYNC_EVERY", 0)
    each = mine(recorder)
    for number in range(2000):
        each.append([("m", number * 0.5, number, number)])
    assert each.spool.size < 20_000
    recorder.store.catch_up()
    assert len(rows(recorder, recorder.run_id)) == 2000


@settings(max_examples=500, deadline=None)
@example("\n")
@example("loss\n")
@given(st.text(max_size=12) | st.from_regex(r"[\w./: -]{0,12}", fullmatch=True) | st.just("a" * 251))
def test_a_name_is_taken_where_mlflow_takes_it(name: str) -> None:
    from mlflow.exceptions import MlflowException
    from mlflow.utils.validation import _validate_metric

    def taken(check: Any) -> bool:
        try:
            check()
        except (Refused, MlflowException):
            return False
        return True

    assert taken(lambda: points.check_name(name)) == taken(lambda: _validate_metric(name, 1.0, 1, 1))


def test_points_of_a_deleted_run_are_set_aside_and_block_nothing(recorder: Recorder) -> None:
    other = Recorder.start(recorder.store, experiment="lab", name="other", kind=RunKind.USER)
    gone = mine(recorder)
    gone.log({"m": 1.0})
    with recorder.store.direct().writing() as connection:  # type: ignore[union-attr]
        connection.execute(
            "UPDATE runs SET lifecycle_stage = 'deleted' WHERE run_uuid = ?", (recorder.run_id,)
        )
    mine(other).log({"m": 1.0})
    recorder.store.catch_up()
    assert len(rows(other, other.run_id)) == 1
    assert [each["reason"] for each in gone.spool.refused()] == ["the run was deleted"]
    assert not gone.spool.waits


def test_what_another_process_settles_meanwhile_stands_in_nobodys_way(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    mine(recorder).log({"m": 1.0})
    there = points.owners.locked

    @contextlib.contextmanager
    def late(path: Path) -> Iterator[None]:
        """The run ends, in another process, while this one waits for the lock."""
        monkeypatch.setattr(points.owners, "locked", there)
        points.end(recorder.store.spools, recorder.run_id)
        with there(path):
            yield

    monkeypatch.setattr(points.owners, "locked", late)
    recorder.store.catch_up()
    assert len(rows(recorder, recorder.run_id)) == 1


def test_a_schema_that_is_not_known_any_more_is_left_to_mlflow(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    from jupyter_mlops.tracking import database

    each = mine(recorder)
    each.log({"m": 1.0})
    monkeypatch.setattr(database, "REVISIONS", frozenset())
    recorder.store.catch_up()
    assert [row[1] for row in rows(recorder, recorder.run_id)] == [1.0]
    assert points.local_uri(recorder.store.uri) is None


def test_what_waits_is_private_and_gone_once_the_run_has_ended(recorder: Recorder) -> None:
    each = mine(recorder)
    each.log({"m": 1.0})
    path = each.spool.folder / OPERATIONS
    assert path.stat().st_mode & 0o777 == 0o600
    assert each.spool.folder.stat().st_mode & 0o777 == 0o700
    assert json.loads(path.read_text().strip())["metrics"][0][:2] == ["m", "1.0"]
    points.end(recorder.store.spools, recorder.run_id)
    assert not each.spool.folder.exists()
    assert len(rows(recorder, recorder.run_id)) == 1


def test_a_run_without_points_costs_nothing_to_end(tmp_path: Path) -> None:
    points.end(tmp_path, uuid.uuid4().hex)
    assert points.settle(tmp_path) == 0
    assert list(tmp_path.iterdir()) == []
    assert not Spool(tmp_path / "x").waits


def test_points_that_cannot_be_written_keep_no_others_waiting(folder: Path) -> None:
    import sqlite3

    project = Project()
    recorder = Recorder.start(project.store, experiment="e", name="n", kind=RunKind.SESSION)
    found = project.store.points(recorder.run_id)
    assert found is not None
    found.log({"m": 1.0})
    lost = points.points_of(project.store.spools, "0" * 32, f"sqlite:///{folder / 'gone.db'}")
    lost.log({"m": 2.0}, 0)
    with pytest.raises(sqlite3.Error, match="is not there"):
        points.settle(project.store.spools)
    assert project.runs()[0].metrics == {"m": 1.0}
    found.log({"m": 3.0})
    assert project.store.client().get_run(recorder.run_id).data.metrics == {"m": 3.0}


def test_a_lock_is_free_once_its_block_has_ended_whoever_was_forked_meanwhile(tmp_path: Path) -> None:
    import os
    import signal

    from jupyter_mlops.tracking import owners

    with owners.locked(tmp_path / "lock"):
        child = os.fork()
        if child == 0:
            signal.pause()
    try:
        held = owners.try_lock(tmp_path / "lock")
        assert held is not None
        owners.unlock(held)
    finally:
        os.kill(child, signal.SIGKILL)
        os.waitpid(child, 0)
