"""A step in a process of its own: what it tells, how it ends, and that nothing of it is left."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import threading
from pathlib import Path

import pytest

from jupyter_mlops.entities import Resources, RunStatus, StepEvent, StepResult
from jupyter_mlops.exceptions import Cancelled, MLOpsError, Refused
from jupyter_mlops.pipelines.engines.process import StepProcess, described, rebuilt, step_environment
from tests.pipelines.engines.places import Steps, alive, await_, hang

WHOLE = "open(out, 'w').write('made'); print('loud'); import os; os.write(1, b'louder')"


def _listen(process: StepProcess) -> tuple[StepResult, list[StepEvent]]:
    heard: list[StepEvent] = []
    try:
        return process.listen(heard.append), heard
    finally:
        process.close()


def test_it_tells_of_its_run_and_cells_and_records_the_end_itself(steps: Steps) -> None:
    task = steps.task("make", WHOLE, parameters="out = ''", outputs={"out": "out.txt"})
    result, heard = _listen(StepProcess(steps.order(task)))
    assert result.run.status is RunStatus.FINISHED
    assert result.record is not None
    assert steps.run(result.run.run_id).status is RunStatus.FINISHED
    assert steps.contents.has(result.record.outputs["out"])
    assert {event.run_id for event in heard if event.run_id} == {result.run.run_id}
    assert heard[-1].cell == heard[-1].cells > 1


def test_a_notebook_that_fails_is_a_result_and_a_bad_one_is_refused(steps: Steps) -> None:
    result, _ = _listen(StepProcess(steps.order(steps.task("bad", "1 / 0"))))
    assert (result.run.status, result.run.exit_code) == (RunStatus.FAILED, 1)
    task = steps.task("odd", "1", kernel="no-such-kernel")
    with pytest.raises(Refused, match="no-such-kernel"):
        _listen(StepProcess(steps.order(task)))


def test_cancelled_its_kernel_is_gone_in_two_seconds_and_its_cells_are_kept(
    steps: Steps, tmp_path: Path
) -> None:
    task = steps.task("stuck", "print('before')", hang(tmp_path / "mark"))
    process = StepProcess(steps.order(task))
    found: list[StepResult] = []
    listening = threading.Thread(target=lambda: found.append(_listen(process)[0]))
    listening.start()
    await_(lambda: (tmp_path / "mark").exists())
    kernel = int((tmp_path / "mark").read_text())
    process.cancel(signal.SIGTERM)
    await_(lambda: not alive(kernel))
    listening.join(30)
    assert (found[0].run.status, found[0].run.exit_code) == (RunStatus.KILLED, 143)
    kept = next((steps.root / "mlruns").rglob(f"{found[0].run.run_id}/**/stuck.ipynb"))
    assert "before" in kept.read_text()


def test_killed_it_is_told_and_its_kernel_goes_with_it(steps: Steps, tmp_path: Path) -> None:
    process = StepProcess(steps.order(steps.task("hang", hang(tmp_path / "mark"))))
    threading.Thread(
        target=lambda: (await_((tmp_path / "mark").exists), os.kill(process.pid, signal.SIGKILL))
    ).start()
    with pytest.raises(MLOpsError, match="the process of step hang died"):
        _listen(process)
    kernel = int((tmp_path / "mark").read_text())
    await_(lambda: not alive(kernel))
    await_(lambda: steps.runs()[0].status is RunStatus.KILLED, 20)  # by the keeper


STARTER = """
import sys
from pathlib import Path
from jupyter_mlops.pipelines.engines.process import Order, StepProcess
process = StepProcess(Order.model_validate_json(Path(sys.argv[1]).read_text()))
print(process.pid, flush=True)
process.listen(lambda event: None)
"""


def test_when_its_starter_is_killed_it_cancels_records_and_ends(steps: Steps, tmp_path: Path) -> None:
    order = steps.order(steps.task("hang", hang(tmp_path / "mark")))
    (tmp_path / "order").write_text(order.model_dump_json())
    words = [sys.executable, "-c", STARTER, str(tmp_path / "order")]
    with subprocess.Popen(words, stdout=subprocess.PIPE, text=True) as starter:
        assert starter.stdout is not None
        step = int(starter.stdout.readline())
        await_((tmp_path / "mark").exists)
        starter.kill()
    kernel = int((tmp_path / "mark").read_text())
    await_(lambda: not alive(kernel))
    await_(lambda: not alive(step))
    run = steps.runs()[0]
    assert (run.status, run.exit_code) == (RunStatus.KILLED, 143)


def test_a_process_that_cannot_even_begin_says_why(steps: Steps, tmp_path: Path) -> None:
    (tmp_path / "jupyter_mlops").mkdir()
    (tmp_path / "jupyter_mlops" / "__init__.py").write_text("raise ImportError('half installed')")
    process = StepProcess(steps.order(steps.task("make", "1")), {"PYTHONPATH": str(tmp_path)})
    with pytest.raises(MLOpsError, match="died before it could tell.*half installed"):
        _listen(process)


def test_what_is_true_of_a_worker_only_is_not_true_of_its_steps(
    steps: Steps, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("OMP_NUM_THREADS", "1")
    monkeypatch.setenv("MLFLOW_RUN_ID", "another")
    monkeypatch.setenv("MINE", "kept")
    told = step_environment(steps.task("a", "1"), {"OMP_NUM_THREADS": 1, "MINE": "other"})
    assert "OMP_NUM_THREADS" not in told
    assert "MLFLOW_RUN_ID" not in told
    assert told["MINE"] == "kept"
    asked = steps.task("a", "1", resources=Resources(cpu=3))
    assert step_environment(asked, {"OMP_NUM_THREADS": 1})["OMP_NUM_THREADS"] == "3"


@pytest.mark.parametrize("error", [Refused("no", hint="yes"), MLOpsError("broken"), Cancelled("early")])
def test_errors_arrive_as_they_were(error: MLOpsError) -> None:
    arrived = rebuilt(described(error))
    assert (type(arrived), str(arrived), arrived.hint) == (type(error), str(error), error.hint)


def test_an_unknown_kind_of_error_is_one_of_ours() -> None:
    arrived = rebuilt({"kind": "os", "message": "odd", "hint": None})
    assert type(arrived) is MLOpsError
