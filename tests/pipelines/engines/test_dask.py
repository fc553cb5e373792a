"""Steps on a real Dask cluster: one of our own, and one behind an address."""

from __future__ import annotations

import asyncio
import gc
import os
import signal
import sys
import time
from collections.abc import Callable, Coroutine, Iterator
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any, TypeVar

import pytest

from jupyter_mlops.entities import Resources, RunStatus, StepEvent, StepResult
from jupyter_mlops.exceptions import Cancelled, MLOpsError, Refused
from jupyter_mlops.pipelines.engines.base import Engine, check_capacity
from jupyter_mlops.pipelines.engines.dask import DaskEngine, open_dask
from tests.pipelines.engines.places import Dask, Steps, alive, await_, free_port, hang

T = TypeVar("T")

MEET = """
import os, pathlib, time
pathlib.Path({here!r}).touch()
while not pathlib.Path({other!r}).exists():
    time.sleep(0.02)
"""
TELL = """
import os
with open(out, "w") as file:
    print(os.environ.get("OMP_NUM_THREADS"), os.environ.get("PYTHONHASHSEED"), file=file)
"""


def _nothing(event: StepEvent) -> None:
    pass


@pytest.fixture(scope="module")
def _own(_project: Steps) -> Iterator[DaskEngine]:
    with pytest.MonkeyPatch.context() as patch:
        patch.delenv("MLFLOW_TRACKING_URI", raising=False)
        made = open_dask(None, 2, root=_project.root, store=_project.store, contents=_project.contents)
    yield made
    made.close()


@pytest.fixture
def own(_own: DaskEngine, steps: Steps) -> DaskEngine:
    return _own


@pytest.fixture(scope="module")
def dask(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Dask]:
    made = Dask(tmp_path_factory.mktemp("dask"))
    yield made
    made.close()


def _open(address: str, steps: Steps) -> DaskEngine:
    return open_dask(address, 1, root=steps.root, store=steps.store, contents=steps.contents)


def test_two_steps_run_at_once_and_are_heard_of(own: DaskEngine, steps: Steps, tmp_path: Path) -> None:
    engine: Engine = own
    here, there = str(tmp_path / "here"), str(tmp_path / "there")
    heard: dict[str, list[StepEvent]] = {"a": [], "b": []}
    futures: list[Future[StepResult]] = [
        engine.submit(steps.task("a", MEET.format(here=here, other=there)), heard["a"].append),
        engine.submit(steps.task("b", MEET.format(here=there, other=here)), heard["b"].append),
    ]
    for name, future in zip(heard, futures, strict=True):
        run = future.result(60).run
        assert run.status is RunStatus.FINISHED
        assert steps.run(run.run_id).name == name
        await_(lambda name=name: heard[name] and heard[name][-1].cell == 1)
        assert {event.run_id for event in heard[name] if event.run_id} == {run.run_id}
    assert engine.slots() == 2
    assert not engine.apart


def test_outputs_are_kept_and_failures_are_results(own: DaskEngine, steps: Steps) -> None:
    task = steps.task("made", "open(out, 'w').write('x')", parameters="out = ''", outputs={"out": "o.txt"})
    made, failed = own.submit(task, _nothing), own.submit(steps.task("bad", "1 / 0"), _nothing)
    record = made.result(60).record
    assert record is not None
    assert steps.contents.has(record.outputs["out"])
    assert failed.result(60).run.exit_code == 1
    with pytest.raises(Refused, match="no-such"):
        own.submit(steps.task("odd", "1", kernel="no-such"), _nothing).result(60)


def test_a_step_has_not_the_environment_of_a_dask_worker(
    own: DaskEngine, steps: Steps, tmp_path: Path
) -> None:
    futures = []
    for name, resources in (("free", Resources()), ("told", Resources(cpu=1))):
        task = steps.task(name, TELL, parameters="out = ''", outputs={"out": "o"}, resources=resources)
        futures.append(own.submit(task, _nothing))
    for future, expected in zip(futures, ("None None", "1 None"), strict=True):
        record = future.result(60).record
        assert record is not None
        steps.contents.fetch(record.outputs["out"], tmp_path / "told")
        assert (tmp_path / "told").read_text().strip() == expected


def test_what_no_worker_has_is_refused_at_once(own: DaskEngine) -> None:
    for wanted in (Resources(cpu=1000), Resources(gpu=50), Resources(memory=10**15)):
        with pytest.raises(Refused, match="which no worker has"):
            check_capacity("train", wanted, own.capacity())
    check_capacity("train", Resources(cpu=1, memory=10**6), own.capacity())


def test_it_works_within_a_running_event_loop(own: DaskEngine, steps: Steps) -> None:
    async def cell() -> StepResult:
        return own.submit(steps.task("loop", "1"), _nothing).result(60)

    assert _in_a_loop(cell).run.status is RunStatus.FINISHED


def test_cancelled_kernels_are_gone_in_two_seconds_and_waiting_steps_never_begin(
    steps: Steps, dask: Dask, tmp_path: Path
) -> None:
    worker = dask.worker("one", "--resources", "CPU=2 GPU=1")
    engine = _open(dask.address, steps)
    try:
        assert [(each.cpu, each.gpu) for each in engine.capacity()] == [(2, 1)]
        asked = Resources(cpu=2, gpu=1)
        going_on = engine.submit(steps.task("long", hang(tmp_path / "mark"), resources=asked), _nothing)
        waiting = engine.submit(steps.task("later", "1"), _nothing)
        await_((tmp_path / "mark").exists)
        engine.cancel(signal.SIGINT)
        await_(lambda: not alive(int((tmp_path / "mark").read_text())))
        run = going_on.result(30).run
        assert (run.status, run.exit_code) == (RunStatus.KILLED, 130)
        with pytest.raises(Cancelled):
            waiting.result(30)
    finally:
        engine.close()
        worker.terminate()
        worker.wait(30)


def test_an_engine_of_another_time_begins_anew(steps: Steps, dask: Dask) -> None:
    worker = dask.worker("two")
    engine = _in_a_loop(lambda: _open_in_a_loop(dask.address, steps))
    try:
        assert engine.submit(steps.task("anew", "1"), _nothing).result(60).run.exit_code == 0
        assert list(steps.store.state_folder().glob("dask-*")) != []
    finally:
        engine.close()
        worker.terminate()
        worker.wait(30)


def _in_a_loop(call: Callable[[], Coroutine[Any, Any, T]]) -> T:
    """In a thread of its own: in this one another test's browser may have its loop."""
    with ThreadPoolExecutor(1) as pool:
        return pool.submit(lambda: asyncio.run(call())).result()


async def _open_in_a_loop(address: str, steps: Steps) -> DaskEngine:
    """As a cell of a notebook does."""
    return _open(address, steps)


def test_nobody_there_no_worker_or_no_dask_is_refused_soon(
    steps: Steps, dask: Dask, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("jupyter_mlops.pipelines.engines.dask.CONNECT_TIME", 2.0)
    monkeypatch.setattr("jupyter_mlops.pipelines.engines.cluster.CONNECT_TIME", 2.0)
    began = time.monotonic()
    with pytest.raises(Refused, match="no Dask scheduler answers at tcp://127.0.0.1"):
        _open(f"tcp://127.0.0.1:{free_port()}", steps)
    with pytest.raises(Refused, match="has no worker") as told:
        _open(dask.address, steps)
    assert told.value.hint == f"start one: dask worker {dask.address}"
    with pytest.raises(Refused, match="no Dask scheduler answers"):
        _open("carrier-pigeon://roost", steps)
    assert time.monotonic() - began < 10
    monkeypatch.setitem(sys.modules, "distributed", None)
    with pytest.raises(Refused, match="not installed") as missing:
        _open(dask.address, steps)
    assert missing.value.hint == "pip install 'jupyter-mlops[dask]'"


def _of_another_version(folder: Path) -> str:
    """The path on which this package is found in another version."""
    info = folder / "jupyter_mlops-0.0.1.dist-info"
    info.mkdir()
    (info / "METADATA").write_text("Metadata-Version: 2.1\nName: jupyter-mlops\nVersion: 0.0.1\n")
    return os.pathsep.join([str(folder), *sys.path])


def test_a_worker_with_another_version_is_refused_or_passed_over_when_it_joins_late(
    steps: Steps, dask: Dask, tmp_path: Path
) -> None:
    workers = [dask.worker("right")]
    engine = _open(dask.address, steps)
    try:
        workers.append(dask.worker("old", PYTHONPATH=_of_another_version(tmp_path)))
        engine._client.wait_for_workers(2, timeout=30)
        assert engine.slots() == 1
        futures = [engine.submit(steps.task("a", "1"), _nothing) for _ in range(2)]
        assert [future.result(60).run.exit_code for future in futures] == [0, 0]
        with pytest.raises(Refused, match="has jupyter-mlops 0.0.1, but here is") as told:
            _open(dask.address, steps)
        assert "pip install" in (told.value.hint or "")
    finally:
        engine.close()
        for worker in workers:
            worker.terminate()
            worker.wait(30)


def test_a_cluster_object_is_used_and_left_alone(own: DaskEngine, steps: Steps) -> None:
    cluster = own._client.cluster
    assert cluster.scheduler_address.startswith("tls://")  # nobody else of this machine can connect
    engine = open_dask(None, root=steps.root, store=steps.store, contents=steps.contents, cluster=cluster)
    assert engine.submit(steps.task("object", "1"), _nothing).result(60).run.exit_code == 0
    engine.close()
    assert own.slots() == 2


def _open_clients() -> list[Any]:
    from distributed import Client

    return [one for one in gc.get_objects() if isinstance(one, Client) and one.status != "closed"]


def test_tls_is_as_dask_is_configured(steps: Steps, tmp_path: Path) -> None:
    import dask as dask_library
    from distributed import Security

    made = Security.temporary()
    (tmp_path / "both.pem").write_text(f"{made.tls_client_key}\n{made.tls_client_cert}")
    (tmp_path / "ca.pem").write_text(made.tls_ca_file)
    settings = {"ca-file": str(tmp_path / "ca.pem")}
    settings |= {f"{role}.cert": str(tmp_path / "both.pem") for role in ("scheduler", "worker", "client")}
    names = {key: "DASK_DISTRIBUTED__COMM__TLS__" + key.upper().replace(".", "__") for key in settings}
    environment = {names[key].replace("-", "_"): value for key, value in settings.items()}
    dask = Dask(tmp_path, protocol="tls", **environment)
    dask.worker("one", **environment)
    others = _open_clients()
    try:
        with pytest.raises(Refused, match="no Dask scheduler answers at tls://"):
            _open(dask.address, steps)
        assert _open_clients() == others  # one that closes itself when it is collected may block the next
        with dask_library.config.set({f"distributed.comm.tls.{key}": settings[key] for key in settings}):
            engine = _open(dask.address, steps)
            assert engine.submit(steps.task("tls", "1"), _nothing).result(60).run.exit_code == 0
            engine.close()
    finally:
        dask.close()


def test_a_lost_scheduler_is_told_in_a_line(steps: Steps, tmp_path: Path) -> None:
    dask = Dask(tmp_path)
    dask.worker("one")
    engine = _open(dask.address, steps)
    try:
        future = engine.submit(steps.task("long", hang(tmp_path / "mark")), _nothing)
        await_((tmp_path / "mark").exists)
        dask.scheduler.kill()
        with pytest.raises(MLOpsError, match="step long: the Dask scheduler is gone"):
            future.result(20)
        began = time.monotonic()
        for ask in (engine.slots, lambda: engine.submit(steps.task("next", "1"), _nothing)):
            with pytest.raises(MLOpsError, match="the Dask scheduler is gone"):
                ask()
        assert time.monotonic() - began < 2
    finally:
        engine.close()
        dask.close()
    await_(lambda: not alive(int((tmp_path / "mark").read_text())))
