"""Workers, schedulers and drivers that die in mid-run; and workers that share nothing with the project."""

from __future__ import annotations

import json
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

from jupyter_mlops.data.contents import LocalContents, open_contents
from jupyter_mlops.entities import RunStatus, StepEvent, StepInput
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.pipelines.engines.dask import open_dask
from tests.pipelines.engines.places import (
    Bucket,
    Dask,
    Steps,
    _object_store,
    alive,
    await_,
    bucket,
    hang,
    new_project,
)

__all__ = ["_object_store", "bucket"]


def _nothing(event: StepEvent) -> None:
    pass


@pytest.fixture(scope="module")
def _project(tmp_path_factory: pytest.TempPathFactory) -> Steps:
    return new_project(tmp_path_factory.mktemp("steps"))


@pytest.fixture
def steps(_project: Steps, local: None, monkeypatch: pytest.MonkeyPatch) -> Steps:
    monkeypatch.chdir(_project.root)
    return _project


@pytest.fixture
def dask(tmp_path: Path) -> Iterator[Dask]:
    made = Dask(tmp_path)
    yield made
    made.close()


ONCE_HANG = """
import os, time
if not os.path.exists({mark!r}):
    open({mark!r} + ".part", "w").write(str(os.getpid()))
    os.replace({mark!r} + ".part", {mark!r})
    time.sleep(600)
"""


def test_a_killed_worker_costs_its_attempt_and_no_other(steps: Steps, dask: Dask, tmp_path: Path) -> None:
    workers = [dask.worker("one"), dask.worker("two")]
    engine = open_dask(dask.address, root=steps.root, store=steps.store, contents=steps.contents)
    try:
        count = str(tmp_path / "count")
        counted = f"with open({count!r}, 'a') as f: f.write('x')"
        first = engine.submit(steps.task("first", counted), _nothing).result(60)
        heard: list[StepEvent] = []
        task = steps.task("second", ONCE_HANG.format(mark=str(tmp_path / "mark")))
        second = engine.submit(task, heard.append)
        await_((tmp_path / "mark").exists)
        await_(lambda: any(event.run_id for event in heard))
        lost = next(event.run_id for event in heard if event.run_id)
        kernel = int((tmp_path / "mark").read_text())
        victim = next(worker for worker in workers if _is_above(worker.pid, kernel))
        victim.kill()
        await_(lambda: not alive(kernel))
        result = second.result(60)
        assert result.run.status is RunStatus.FINISHED
        assert result.run.run_id != lost
        await_(lambda: steps.run(lost).status is RunStatus.KILLED, 15)
        assert any("its worker died" in event.why for event in heard)
        assert Path(count).read_text() == "x"
        assert steps.run(first.run.run_id).status is RunStatus.FINISHED
    finally:
        engine.close()


def _is_above(pid: int, kernel: int) -> bool:
    import psutil

    return pid in {parent.pid for parent in psutil.Process(kernel).parents()}


def test_workers_that_die_again_and_again_are_told_in_a_line(steps: Steps, tmp_path: Path) -> None:
    dask = Dask(tmp_path, DASK_DISTRIBUTED__SCHEDULER__ALLOWED_FAILURES="0")
    dask.worker("one")
    try:
        engine = open_dask(dask.address, root=steps.root, store=steps.store, contents=steps.contents)
        deadly = (
            "import os, psutil\n[p.kill() for p in psutil.Process().parents() if 'worker' in p.cmdline()]"
        )
        future = engine.submit(steps.task("deadly", deadly), _nothing)
        with pytest.raises(MLOpsError, match="step deadly: 1 workers died while they ran it") as told:
            future.result(60)
        assert "memory" in (told.value.hint or "")
        engine.close()
    finally:
        dask.close()


DRIVER = """
import sys
from pathlib import Path
from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.data.contents import LocalContents
from jupyter_mlops.entities import StepTask
from jupyter_mlops.pipelines.engines.dask import open_dask
from jupyter_mlops.tracking.store import Store

if __name__ == "__main__":
    root = Path(sys.argv[1])
    store = Store(root, TrackingConfig())
    address = sys.argv[3] if len(sys.argv) > 3 else None
    contents = LocalContents(store.state_folder() / "outputs")
    engine = open_dask(address, 1, root=root, store=store, contents=contents)
    engine.submit(StepTask.model_validate_json(Path(sys.argv[2]).read_text()), lambda event: None).result()
"""


def _drive_and_kill(steps: Steps, place: Path, *cells: str, address: str | None = None) -> int:
    """Kill the driver when its step's kernel, whose number this is, is at work."""
    task = steps.task("long", *cells)
    (place / "task").write_text(task.model_dump_json())
    (place / "driver.py").write_text(DRIVER)
    words = [sys.executable, str(place / "driver.py"), str(steps.root), str(place / "task")]
    with (place / "driver.log").open("wb") as log:
        driver = subprocess.Popen([*words, *([address] if address else [])], stdout=log, stderr=log)
    try:
        await_((place / "mark").exists)
    finally:
        driver.kill()
        driver.wait()
    return int((place / "mark").read_text())


def test_when_the_driver_is_killed_its_own_cluster_and_its_steps_end(steps: Steps, tmp_path: Path) -> None:
    kernel = _drive_and_kill(steps, tmp_path, hang(tmp_path / "mark"))
    await_(lambda: not alive(kernel), 10)
    await_(lambda: steps.runs()[0].status is RunStatus.KILLED, 15)


def test_when_the_driver_is_killed_steps_elsewhere_finish(steps: Steps, dask: Dask, tmp_path: Path) -> None:
    dask.worker("one")
    mark, go = str(tmp_path / "mark"), str(tmp_path / "go")
    begin = f"import os, time\nopen({mark!r}, 'w').write(str(os.getpid()))"
    wait = f"while not os.path.exists({go!r}): time.sleep(.02)"
    _drive_and_kill(steps, tmp_path, begin, wait, address=dask.address)
    Path(go).touch()
    await_(lambda: steps.runs()[0].status is RunStatus.FINISHED, 30)


# -- workers that share nothing

HERE = Path(
    "/proc/self/cwd"
)  # to each process its own current folder: a path that elsewhere is another place
apart = pytest.mark.skipif(not HERE.exists(), reason="needs /proc")


@pytest.fixture
def far(folder: Path, server: int, monkeypatch: pytest.MonkeyPatch) -> Steps:
    """A project that no worker in another folder can see, which records in a server."""
    monkeypatch.delenv("MLFLOW_TRACKING_URI", raising=False)
    return Steps(HERE, f"http://127.0.0.1:{server}")


@apart
def test_a_chain_runs_on_workers_that_share_only_storage_and_server(
    far: Steps, folder: Path, bucket: Bucket, dask: Dask
) -> None:
    for name in ("one", "two"):
        dask.worker(name)
    contents = open_contents(f"{bucket.url}/project", Path())
    engine = open_dask(dask.address, root=far.root, store=far.store, contents=contents)
    try:
        assert engine.apart
        first = far.task(
            "prepare",
            "import helper, json, os\njson.dump([helper.SIX, os.getcwd()], open(out, 'w'))",
            parameters="out = ''",
            outputs={"out": "numbers.json"},
            files={"helper.py": "SIX = 6"},
        )
        made = engine.submit(first, _nothing).result(60)
        assert made.run.status is RunStatus.FINISHED, made.run.error
        assert made.record is not None
        output = made.record.outputs["out"]
        given = StepInput(place="build/numbers.json", digest=output.digest, size=output.size, stored=True)
        second = far.task(
            "train",
            "import json, os\nsix, where = json.load(open(numbers))\nos.mkdir(model)\n"
            "json.dump([six * 7, where], open(model + '/answer', 'w'))",
            parameters="numbers = ''\nmodel = ''",
            inputs={"numbers": given},
            outputs={"model": "model"},
        )
        trained = engine.submit(second, _nothing).result(60)
        assert trained.run.status is RunStatus.FINISHED, trained.run.error
        assert trained.record is not None
        contents.fetch(trained.record.outputs["model"], folder / "back")
        answer, where = json.loads((folder / "back" / "answer").read_text())
        assert answer == 42
        assert Path(where).is_relative_to(dask.folder)
        assert {far.run(each.run.run_id).status for each in (made, trained)} == {RunStatus.FINISHED}
        assert not (folder / ".mlops" / "runs").exists()
        raw = first.model_copy(update={"inputs": {"raw": StepInput(place="data/raw.csv", digest="xxh:0")}})
        with pytest.raises(Refused, match="is not in the project's storage"):
            engine.submit(raw, _nothing).result(60)
        out = first.model_copy(update={"files": {"../outside.py": ""}})
        with pytest.raises(Refused, match="is no place for a file"):
            engine.submit(out, _nothing).result(60)
    finally:
        engine.close()


@apart
def test_what_workers_elsewhere_cannot_reach_is_refused_at_once(far: Steps, folder: Path, dask: Dask) -> None:
    dask.worker("one")
    with pytest.raises(Refused, match="outputs are kept in a folder there") as told:
        open_dask(dask.address, root=far.root, store=far.store, contents=LocalContents(folder / "out"))
    assert "storage:" in (told.value.hint or "")
    here = Steps(HERE)
    with pytest.raises(Refused, match="runs are recorded in a file there") as told:
        open_dask(dask.address, root=HERE, store=here.store, contents=here.contents)
    assert "tracking:" in (told.value.hint or "")
    assert list((folder / ".mlops").glob("dask-*")) == []
