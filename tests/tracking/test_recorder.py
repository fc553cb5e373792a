"""Writing one run: parameters once, metrics in steps, nothing cut without a mark."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Barrier

import pytest

from jupyter_mlops.data.versions import describe
from jupyter_mlops.entities import RecordedParameter, RunKind, RunStatus
from jupyter_mlops.project import Project
from jupyter_mlops.tracking.recorder import MAX_PARAMETER, Recorder, cut

pytestmark = pytest.mark.usefixtures("local")


@pytest.fixture
def recorder(folder: Path) -> Recorder:
    return Recorder.start(Project().store, experiment="e", name="n", kind=RunKind.USER)


def test_parameters_are_written_once_and_a_clash_is_told_before(recorder: Recorder) -> None:
    recorder.parameters([RecordedParameter(name="C", value="1", type="int")])
    recorder.parameters([RecordedParameter(name="C", value="2", type="int")])
    assert recorder.logged_parameters() == {"C": "1"}
    assert recorder.conflicts([RecordedParameter(name="C", value="2", type="int")]) == ["C"]
    assert recorder.conflicts([RecordedParameter(name="C", value="1", type="int")]) == []


def test_metrics_go_up_in_steps_and_nan_is_kept(recorder: Recorder) -> None:
    for value in (1.0, 2.0, float("nan")):
        recorder.metrics({"m": value})
    recorder.metrics({"m": 5.0}, step=10)
    points = recorder.client.get_metric_history(recorder.run_id, "m")
    assert [point.step for point in points] == [0, 1, 2, 10]


def test_long_texts_are_cut_with_a_mark(recorder: Recorder) -> None:
    recorder.parameters([RecordedParameter(name="long", value="x" * 10_000, type="str")])
    kept = recorder.logged_parameters()["long"]
    assert len(kept) == MAX_PARAMETER
    assert kept.endswith("…(cut)")
    assert cut("short") == "short"


def test_a_dataset_keeps_digest_rows_schema_and_tags(recorder: Recorder) -> None:
    import pandas as pd

    frame = pd.DataFrame({"a": [1, 2], "b": ["x", "y"]})
    recorder.dataset(describe(frame, name="d", source="s.csv", context="training", tags={"pii": "yes"}))
    recorder.close(RunStatus.FINISHED, exit_code=0)
    (version,) = Project().show(recorder.run_id).datasets
    assert (version.name, version.rows, version.source, version.context) == ("d", 2, "s.csv", "training")
    assert dict(version.tags) == {"pii": "yes"}
    assert list(version.schema_) == ["a", "b"]
    assert len(version.digest) == 32


def test_state_differs_as_soon_as_something_is_recorded(recorder: Recorder) -> None:
    before = recorder.state()
    assert recorder.state() == before
    recorder.metrics({"m": 1.0})
    assert recorder.state() != before


def test_a_snapshot_is_the_run_as_the_store_has_it(recorder: Recorder) -> None:
    recorder.metrics({"m": 1.0})
    recorder.close(RunStatus.FAILED, exit_code=1, error="ValueError: no")
    run = recorder.snapshot()
    assert run == Project().runs()[0]
    assert (run.status, run.exit_code, run.error, run.experiment) == (
        RunStatus.FAILED,
        1,
        "ValueError: no",
        "e",
    )


def test_runs_that_log_the_same_new_dataset_at_once_all_have_it(folder: Path) -> None:
    store = Project().store
    recorders = [Recorder.start(store, experiment="e", name=f"n{n}", kind=RunKind.USER) for n in range(8)]
    together = Barrier(len(recorders))

    def log(recorder: Recorder) -> None:
        for number in range(5):
            version = describe([{"a": number}], name="data")
            together.wait(30)
            recorder.dataset(version)

    with ThreadPoolExecutor(len(recorders)) as pool:
        for done in [pool.submit(log, recorder) for recorder in recorders]:
            done.result()
    found = [Project().show(recorder.run_id).datasets for recorder in recorders]
    assert [len(datasets) for datasets in found] == [5] * len(recorders)
    assert len({tuple(sorted(each.digest for each in datasets)) for datasets in found}) == 1
