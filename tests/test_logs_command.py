"""`jupyter mlops logs`: a run is followed while another process is at it, however it ends."""

from __future__ import annotations

import contextlib
import io
import json
import os
import re
import signal
import subprocess
import sys
import threading
import time
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.cli import main
from jupyter_mlops.commands.following import LogPrinter, shown
from jupyter_mlops.entities import CellStatus, LogLine, RunKind, RunStatus, Slot, SlotKind, SlotStatus
from jupyter_mlops.notebooks.output_log import LogWriter
from jupyter_mlops.scheduling.leases import Terms
from jupyter_mlops.scheduling.store import SlotStore, me
from jupyter_mlops.tracking.recorder import Recorder

pytestmark = pytest.mark.usefixtures("local")

Printed = pytest.CaptureFixture[str]
WAIT = "import pathlib, time\nwhile not pathlib.Path('go').exists():\n    time.sleep(0.05)"
NOISE = r"""# noise
import sys, os
print('--- cell 1 ---')
print('\r10%', end='', flush=True)
print('\r99%', flush=True)
print('\x1b[31mred\x1b[0m \x1b]0;title\x07', os.environ['TOKEN'], file=sys.stderr)
1 / 0"""


def start(*words: str, **environment: str) -> subprocess.Popen[str]:
    return subprocess.Popen(
        [sys.executable, "-m", "jupyter_mlops", *words],
        env={**os.environ, **environment},
        text=True,
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
    )


def until(lines: Iterator[LogLine], met: Callable[[LogLine], bool]) -> list[LogLine]:
    found = []
    for line in lines:
        found.append(line)
        if met(line):
            return found
    raise AssertionError(f"not met by any of {found}")


def begun(folder: Path) -> str:
    """The id of the run that another process has begun, once it has."""
    ends = time.monotonic() + 60
    while time.monotonic() < ends:
        for lease in folder.glob(".mlops/runs/*/lease.json"):
            return lease.parent.name
        time.sleep(0.05)
    raise AssertionError("no run was begun")


@pytest.fixture
def slow(folder: Path, write: Any, cell: Any) -> Path:
    """A notebook whose second cell waits for the file ``go``."""
    first = "# first\nprint('one', flush=True)\nprint('half', end='', flush=True)"
    return write(  # type: ignore[no-any-return]
        folder / "slow.ipynb",
        [
            cell("token = ''", "parameters"),
            cell(first),
            cell(WAIT),
            cell(NOISE.replace("os.environ['TOKEN']", "token")),
            cell("2"),
        ],
    )


def test_a_run_of_another_process_is_followed_as_it_prints_and_told_again_in_the_end(
    folder: Path, slow: Path, capsys: Printed
) -> None:
    runner = start("run", "slow.ipynb", "-p", "token", "env:TOKEN", TOKEN="s3cret-t0ken")
    run_id = begun(folder)
    lines = Project().follow("latest")
    before = until(lines, lambda line: line.name.startswith("import pathlib"))
    assert [(line.number, line.of, line.text) for line in before if line.stream == "stdout"] == [
        (2 + 1, 6, "one\n"),
        (2 + 1, 6, "half"),
    ]
    assert before[-1].status is CellStatus.RUNNING
    assert [line.status for line in before if line.name == "first"][-1] is CellStatus.OK
    (folder / "go").touch()
    after = list(lines)
    runner.communicate(timeout=60)
    assert (after[-1].ended, after[-1].exit_code, after[-1].run_id) == (RunStatus.FAILED, 1, run_id)
    noise = [line for line in after if line.name == "noise"]
    assert {line.stream for line in noise if line.text.strip()} == {"stdout", "stderr", "error", None}
    assert noise[-1].status is CellStatus.FAILED
    assert after[-2].status is CellStatus.NOT_RUN
    assert "s3cret" not in "".join(line.text for line in after)
    _told_again(folder, run_id, capsys)


def _told_again(folder: Path, run_id: str, capsys: Printed) -> None:
    assert main(["logs", run_id[:6], "--follow"]) == 1
    told = capsys.readouterr().out
    head = "[5/6] noise\n--- cell 1 ---\n99%\nred \ufffd]0;title\ufffd"
    assert head in told
    assert re.search(r"^\[3/6\] first\none\nhalf\n\[3/6\] first  \d+\.\d s ok\n", told, re.MULTILINE)
    assert "s3cret" not in told
    assert "\x1b" not in told
    assert told.splitlines()[-1].startswith(f"run {run_id[:8]} FAILED after ")
    assert main(["logs", "slow", "--lines", "2"]) == 0
    assert capsys.readouterr().out == "".join(told.splitlines(keepends=True)[-3:])
    assert main(["logs", "latest", "--json"]) == 0
    objects = [json.loads(line) for line in capsys.readouterr().out.splitlines()]
    assert (objects[-1]["ended"], objects[-1]["exit_code"]) == ("FAILED", 1)
    assert {"stderr", "stdout", "error"} == {each["stream"] for each in objects if "stream" in each}
    assert main(["logs", "latest", "--lines", "x"]) == 2
    assert main(["logs", "nothing"]) == 2
    assert "no run 'nothing'" in capsys.readouterr().err


def test_control_c_ends_the_following_and_a_kill_of_the_run_ends_it_with_killed(
    folder: Path, slow: Path
) -> None:
    runner = start("run", "slow.ipynb")
    run_id = begun(folder)
    follower = start("logs", run_id, "--follow")
    assert follower.stdout is not None
    while "one" not in follower.stdout.readline():
        assert follower.poll() is None
    follower.send_signal(signal.SIGINT)
    said = follower.communicate(timeout=60)
    assert (follower.returncode, "the run goes on" in said[1]) == (130, True)
    lines = Project().follow(run_id, lines=0)
    assert Project().runs()[0].status is RunStatus.RUNNING
    runner.kill()
    runner.communicate(timeout=60)
    end = list(lines)[-1]
    assert (end.ended, end.exit_code) == (RunStatus.KILLED, 4)
    assert end.text == "the process that held this run is gone"
    again = list(Project().follow(run_id))
    assert [line.text for line in again if line.stream == "stdout"] == ["one\n", "half"]
    states = [line.status.value for line in again if line.status is not None]
    assert states == ["ok", "running", "ok", "killed", "not run", "not run"]


def test_steps_that_go_on_at_once_are_followed_together(folder: Path, write: Any, cell: Any) -> None:
    wait = "import pathlib, time\nprint('at {0}', flush=True)\npathlib.Path('{0}').touch()\n"
    wait += "while not pathlib.Path('{1}').exists():\n    time.sleep(0.05)"
    for one, other in (("left", "right"), ("right", "left")):
        write(folder / f"{one}.ipynb", [cell(wait.format(one, other))])
    (folder / "mlops.yaml").write_text(
        "pipelines: {both: {steps: {left: {notebook: left.ipynb}, right: {notebook: right.ipynb}}}}\n"
    )
    runner = start("pipeline", "run", "both", "--workers", "2")
    begun(folder)
    lines = list(Project().follow("latest"))
    assert runner.wait(60) == 0
    assert runner.stdout is not None
    assert runner.stderr is not None
    runner.communicate(timeout=60)
    printed = {(line.step, line.text) for line in lines if line.stream}
    assert printed == {("left", "at left\n"), ("right", "at right\n")}
    assert {line.step for line in lines if line.ended is RunStatus.FINISHED} == {"left", "right", ""}
    assert lines[-1].step == ""
    told = io.StringIO()
    assert LogPrinter(told).all_of(Project().follow("latest")) == 0
    assert "left | at left\n" in told.getvalue()


def logged(project: Project, said: str) -> str:
    """A run that printed this, and has ended; its id."""
    recorder = Recorder.start(project.store, experiment="e", name="n", kind=RunKind.HEADLESS)
    (kept := project.root / said).mkdir()
    with contextlib.closing(LogWriter(kept / "output.log")) as log:
        log.write(0, "stdout", f"{said}\n")
    recorder.keep(kept)
    recorder.close(RunStatus.FINISHED, exit_code=0)
    return recorder.run_id


def test_a_schedule_stands_for_the_run_of_its_newest_slot_which_may_have_to_wait(
    folder: Path, capsys: Printed
) -> None:
    (folder / "mlops.yaml").write_text('schedules: {nightly: {notebook: a.ipynb, cron: "@daily"}}')
    project, slots = Project(), SlotStore(folder)
    assert main(["logs", "schedule:nightly"]) == 2
    assert "schedule 'nightly' has had no slot yet" in capsys.readouterr().err
    assert main(["logs", "schedule:nightyl"]) == 2
    assert "no schedule 'nightyl' (did you mean 'nightly'?)" in capsys.readouterr().err
    first, second = (
        slots.offer("nightly", key, datetime(2026, 1, day, tzinfo=UTC), SlotKind.MANUAL)
        for day, key in ((1, "a"), (2, "b"))
    )
    assert first is not None
    assert second is not None
    assert main(["logs", "schedule:nightly"]) == 0
    which = "the slot of nightly of 2026-01-02 00:00:00 UTC"
    assert capsys.readouterr().out == f"{which} waits for a scheduler: jupyter mlops scheduler start\n"
    lines = project.follow("schedule:nightly")
    assert "waits for a scheduler" in next(lines).text
    slots.register(me(), "command")
    assert "waits for its turn" in next(lines).text
    token = taken(slots, second)
    assert "is being begun by " in next(lines).text
    slots.note_run(second.id, token, logged(project, "second"))
    assert [line.text for line in lines] == ["second\n", ""]
    slots.finish(second.id, token, SlotStatus.RAN, outcome=RunStatus.FINISHED)
    third = slots.offer("nightly", "c", datetime(2026, 1, 3, tzinfo=UTC), SlotKind.MANUAL)
    assert third is not None
    slots.request_cancel(third.id, "nobody wants it")
    slots.close()
    assert main(["logs", "schedule:nightly", "--follow"]) == 0
    told = capsys.readouterr().out.splitlines()
    assert told[:3] == [
        "the slot of nightly of 2026-01-03 00:00:00 UTC ended without a run: skipped nobody wants it",
        "this is the run of the slot of 2026-01-02 00:00:00 UTC",
        "second",
    ]


def taken(slots: SlotStore, slot: Slot) -> str:
    """Claimed by this process; the token."""
    with slots.writing() as connection:
        found = slots.take(connection, slot.id, me(), Terms(0, 60.0), slots.clock.now())
    assert found is not None
    return found[1]


def test_a_run_that_nobody_here_is_at_or_that_keeps_nothing_says_so(folder: Path) -> None:
    project = Project()
    recorder = Recorder.start(project.store, experiment="e", name="n", kind=RunKind.HEADLESS)
    lines = project.follow(recorder.run_id)
    assert "no process of this machine is at it" in next(lines).text
    assert list(project.follow("n", follow=False))[1:] == []
    stop = threading.Event()
    stopped = project.follow("n", stop=stop)
    next(stopped)
    stop.set()
    assert list(stopped) == []
    recorder.close(RunStatus.FAILED, exit_code=1, error="it was so")
    (end,) = lines
    assert (end.ended, end.exit_code, end.text) == (RunStatus.FAILED, 1, "it was so")
    user = Recorder.start(project.store, experiment="e", name="u", kind=RunKind.PREDICT)
    user.close(RunStatus.FINISHED, exit_code=0)
    note, end = project.follow("u")
    assert note.text == "what a predict run prints is not kept: only its cells are told\n"
    assert end.ended is RunStatus.FINISHED


def text(told: str, run_id: str = "a" * 32, **fields: Any) -> LogLine:
    return LogLine(run_id=run_id, stream="stdout", text=told, **fields)


def test_lines_that_have_no_end_yet_are_put_together_where_they_cannot_be_rewritten() -> None:
    stream = io.StringIO()
    printer = LogPrinter(stream)
    printer.all_of(
        [
            text("\r"),
            text("10%"),
            text("\r"),
            text("50%\r"),
            text("\n"),
            text("left ", step="left"),
            text("right\n", "b" * 32, step="right"),
            text("half\n", step="left"),
            text("x\r"),
            text("y\r"),
            LogLine(
                run_id="a" * 32, status=CellStatus.OK, name="[bold]\x1b[2J\nn", number=1, of=2, duration=71.0
            ),
            text("open"),
        ]
    )
    assert stream.getvalue() == (
        "50%\nright | right\nleft | left half\ny\n[1/2] [bold]\ufffd[2J n  1 min 11 s ok\nopen\n"
    )


class Terminal(io.StringIO):
    def isatty(self) -> bool:
        return True


def test_a_terminal_gets_colours_if_it_wants_them_and_no_line_of_one_step_within_that_of_another(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.delenv("NO_COLOR", raising=False)
    stream = Terminal()
    lines = [text("\x1b[31mred", step="l"), text("r\r", "b" * 32, step="r"), text("more\n", step="l")]
    LogPrinter(stream).all_of(lines)
    left, right = "\x1b[36ml | \x1b[0m", "\x1b[36mr | \x1b[0m"
    assert stream.getvalue() == f"{left}\x1b[31mred\x1b[0m\n{right}r\r{left}more\n"
    monkeypatch.setenv("NO_COLOR", "1")
    stream = Terminal()
    LogPrinter(stream).all_of(lines)
    assert stream.getvalue() == "l | red\nr | r\rl | more\n"


def test_nothing_but_colours_passes_to_a_terminal() -> None:
    assert shown("a\x1b[1;31mb\x1b[0mc\x1b[2J\u202e\x9b5m\n", colours=True) == (
        "a\x1b[1;31mb\x1b[0mc\ufffd[2J\ufffd\ufffd5m\x1b[0m\n"
    )
    assert shown("a\x1b[1;31mb\x1b[0m\x07\n", colours=False) == "ab\ufffd\n"
    assert shown("plain\n", colours=True) == "plain\n"
