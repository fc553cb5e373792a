"""`scheduler`: who ticks, what it says, and how it ends. Real processes, no kernels."""

from __future__ import annotations

import json
import os
import re
import shutil
import signal
import subprocess
import sys
from collections.abc import Callable, Iterator
from datetime import timedelta
from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.cli import main
from jupyter_mlops.entities import SlotKind, SlotStatus
from jupyter_mlops.scheduling.store import SlotStore
from tests.waiting import until

NEVER = "schedules:\n  yearly: {notebook: a.ipynb, cron: '@yearly'}\n"
# it takes a slot without a kernel: the notebook is not there, and the slot says so
OFTEN = "schedules:\n  often: {notebook: gone.ipynb, every: 1}\n"


def start(*words: str) -> subprocess.Popen[str]:
    command = [sys.executable, "-m", "jupyter_mlops", "scheduler", "start", *words]
    return subprocess.Popen(command, stdin=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)


@pytest.fixture
def scheduler(bare_folder: Path) -> Iterator[Callable[..., subprocess.Popen[str]]]:
    """Starts schedulers, and ends those that a test leaves behind."""
    began = []

    def begin(*words: str) -> subprocess.Popen[str]:
        began.append(start(*words))
        return began[-1]

    yield begin
    for process in began:
        process.kill()
        process.communicate()


def line(process: subprocess.Popen[str], pattern: str) -> str:
    """The first line that it says from here on that has this in it."""
    assert process.stderr is not None
    seen = []
    for text in process.stderr:
        seen.append(text)
        if re.search(pattern, text):
            return text
    raise AssertionError(f"never said {pattern!r}, but: {''.join(seen)}")


def put(text: str) -> None:
    Path("mlops.yaml").write_text(text, encoding="utf-8")


@pytest.mark.parametrize(("number", "code"), [(signal.SIGINT, 130), (signal.SIGTERM, 143)])
def test_it_says_who_it_is_and_a_signal_ends_it(
    scheduler: Callable[..., subprocess.Popen[str]], number: int, code: int
) -> None:
    put(NEVER)
    process = scheduler()
    said = line(process, "scheduler")
    assert re.search(rf":{process.pid} of .*: 1 schedule, next yearly at \d{{4}}-01-01 ", said)
    until(lambda: any(each.owner.endswith(f":{process.pid}") for each in SlotStore(Path.cwd()).schedulers()))
    process.send_signal(number)
    assert process.wait(60) == code
    assert SlotStore(Path.cwd()).schedulers() == []


def test_what_is_due_is_begun_and_its_end_is_told(scheduler: Callable[..., subprocess.Popen[str]]) -> None:
    put(OFTEN)
    process = scheduler()
    line(process, "often: began")
    line(process, "often: skipped, due .* \\(source: .*gone.ipynb")
    process.terminate()
    assert process.wait(60) == 143


def test_mlops_yaml_is_read_again_and_while_it_is_broken_nothing_begins(
    bare_folder: Path,
    scheduler: Callable[..., subprocess.Popen[str]],
) -> None:
    put(OFTEN)
    process = scheduler()
    line(process, "often: began")
    put("schedules:\n  often: {notebook: gone.ipynb, every: soon}\n")
    line(process, "mlops.yaml: line 2: schedules.often.every: .*; nothing new begins until it is mended")
    put("schedules:\n  more: {notebook: gone.ipynb, every: 1}\n")
    assert [each.status.value for each in SlotStore(bare_folder).slots("more")] == []
    before = len(SlotStore(bare_folder).slots("often", limit=1000))
    line(process, "mlops.yaml was changed: read again")
    line(process, "1 schedule no longer in mlops.yaml: often")
    line(process, "more: began")
    assert len(SlotStore(bare_folder).slots("often", limit=1000)) == before


def test_it_ends_by_itself_after_a_time_and_goes_by_a_clock_of_its_own(
    scheduler: Callable[..., subprocess.Popen[str]],
) -> None:
    put("schedules:\n  yearly: {notebook: gone.ipynb, cron: '@yearly'}\n")
    Project().schedules()  # by the system's clock
    process = scheduler("--from", "1973-12-31T23:00", "--factor", "3600", "--for", "60s")
    line(process, "^1973-12-31 .* next yearly at 1974-01-01 ")
    line(process, "^1974-01-01 .*yearly: began \\(due 1974-01-01 ")
    line(process, "yearly: skipped")
    process.kill()
    quick = scheduler("--from", "1974-02-01", "--for", "0.1s")
    line(quick, "stopped; no run of it goes on")
    assert quick.wait(60) == 0


def test_once_waits_for_what_it_began_and_its_exit_code_tells_how_that_went(
    bare_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(NEVER)
    assert main(["scheduler", "start", "--once"]) == 0
    assert "seen for the first time: yearly; what is due counts from now on" in capsys.readouterr().err
    store = SlotStore(bare_folder)
    offered = store.offer("yearly", "by hand", store.clock.now(), SlotKind.MANUAL, requester="me")
    assert offered is not None
    assert main(["scheduler", "start", "--once", "--json"]) == 2  # skipped: it could not begin
    captured = capsys.readouterr()
    assert "yearly: skipped" in captured.err
    assert "for the first time" not in captured.err
    (slot,) = json.loads(captured.out)
    assert (slot["id"], slot["status"]) == (offered.id, "skipped")


def test_once_begins_all_that_is_due_as_there_is_room(
    bare_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    names = "abc"
    lines = [f"  {name}: {{notebook: gone.ipynb, cron: '@yearly'}}\n" for name in names]
    put(f"scheduler: {{limit: 1}}\nschedules:\n{''.join(lines)}")
    store = SlotStore(bare_folder)
    now = store.clock.now()
    for name in names:
        store.offer(name, "by hand", now, SlotKind.MANUAL)
    later = store.offer("a", "later", now, SlotKind.MANUAL, not_before=now + timedelta(hours=1))
    assert main(["scheduler", "start", "--once", "--json"]) == 2
    assert [slot["schedule"] for slot in json.loads(capsys.readouterr().out)] == list(names)
    assert [slot.status for slot in store.slots(limit=9)] == [SlotStatus.DUE] + [SlotStatus.SKIPPED] * 3
    assert later is not None


def test_once_fails_where_no_worker_comes_up(bare_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put(NEVER)
    (bare_folder / ".mlops" / "workers.log").mkdir(parents=True)
    store = SlotStore(bare_folder)
    store.offer("yearly", "by hand", store.clock.now(), SlotKind.MANUAL)
    assert main(["scheduler", "start", "--once"]) == 4
    said = capsys.readouterr().err
    assert said.count("yearly: its worker could not be started") == 1
    assert said.count("yearly: skipped") == 1


def test_a_scheduler_goes_on_with_a_new_database_and_waits_while_it_cannot_be_read(
    bare_folder: Path, scheduler: Callable[..., subprocess.Popen[str]]
) -> None:
    put(OFTEN)
    process = scheduler()
    line(process, "often: began")
    shutil.rmtree(bare_folder / ".mlops", ignore_errors=True)
    line(process, "scheduler.db was taken away: schedules go on with a new one")
    line(process, "often: began")
    assert [each.alive for each in SlotStore(bare_folder).schedulers()] == [True]
    for path in (bare_folder / ".mlops").glob("scheduler.db-*"):
        path.unlink()
    (bare_folder / "noise").write_bytes(os.urandom(30_000))
    os.replace("noise", ".mlops/scheduler.db")
    line(process, "file is not a database")
    os.replace(".mlops/scheduler.db", "noise")
    assert "goes on" in line(process, "it goes on|not a database")
    line(process, "often: began")
    process.terminate()
    assert process.wait(60) == 143


def test_status_tells_that_nobody_ticks_and_what_is_late(
    bare_folder: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    put(OFTEN + "  yearly: {notebook: a.ipynb, cron: '@yearly'}\n")
    store = SlotStore(bare_folder)
    moment = store.clock.now().replace(year=2020)
    assert store.offer("often", "[bold]key", moment, SlotKind.MANUAL, why="[red]by hand") is not None
    assert main(["scheduler", "status"]) == 0
    shown = capsys.readouterr().out
    assert "nobody ticks: nothing runs by itself until jupyter mlops scheduler start" in shown
    assert re.search(r"LATE .*\n *often .*\[red\]by hand", shown)
    assert re.search(r"\d{4}-01-01 .* yearly +a.ipynb", shown)
    found = Project(bare_folder).scheduler_status()
    assert [slot.status for slot in found.late] == [SlotStatus.DUE]


def test_status_tells_who_ticks(
    scheduler: Callable[..., subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    put(NEVER)
    process = scheduler()
    line(process, "scheduler")
    status = Project().scheduler_status
    until(lambda: status().schedulers)
    (one,) = status().schedulers
    assert (one.alive, one.where, status().notes) == (True, "command", ())
    assert main(["scheduler", "status"]) == 0
    assert re.search(rf":{process.pid} .* command", capsys.readouterr().out)


def test_status_tells_at_once_that_a_scheduler_was_killed(
    scheduler: Callable[..., subprocess.Popen[str]], capsys: pytest.CaptureFixture[str]
) -> None:
    put(NEVER)
    process = scheduler()
    until(lambda: SlotStore(Path.cwd()).schedulers())
    process.kill()
    process.wait(60)
    assert main(["scheduler", "status"]) == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "nobody ticks: nothing runs by itself until" in shown
    assert f":{process.pid} is gone, or has not been heard of for long: it was killed" in shown


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (
            ["start", "--factor", "60"],
            "a clock that goes faster has to begin somewhere (add --from",
        ),
        (["status", "--once"], "scheduler status takes no such option"),
        (["start", "--remove"], "scheduler start takes no --remove"),
        (["start", "--from", "yesterday"], "argument --from: invalid time value: 'yesterday'"),
        (["start", "--from", "2026-01-01", "--factor", "-1"], "argument --factor"),
        (["start", "--for", "long"], "argument --for: invalid length of time value: 'long'"),
        (["go"], "invalid choice: 'go'"),
    ],
)
def test_words_that_will_not_do_are_refused_in_a_line(
    bare_folder: Path, capsys: pytest.CaptureFixture[str], words: list[str], problem: str
) -> None:
    assert main(["scheduler", *words]) == 2
    said = capsys.readouterr().err
    assert problem in said
    assert said.count("\n") == 1
    assert not (bare_folder / ".mlops").exists()


def test_a_broken_project_is_refused(bare_folder: Path, capsys: pytest.CaptureFixture[str]) -> None:
    put("schedules:\n  bad: {notebook: a.ipynb, cron: '99 * * * *'}\n")
    assert main(["scheduler", "start"]) == 2
    assert "line 2: schedules.bad.cron" in capsys.readouterr().err
    put("monitors:\n  bad: {model: m, performance: [accuracy]}\n")
    assert main(["scheduler", "start"]) == 2
    assert "line 2: monitors.bad.performance" in capsys.readouterr().err


def test_a_unit_is_installed_and_taken_away(
    bare_folder: Path, capsys: pytest.CaptureFixture[str], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(bare_folder / "config"))
    monkeypatch.setenv("MLFLOW_TRACKING_URI", "sqlite:///elsewhere.db")
    assert main(["scheduler", "install", "--json"]) == 0
    captured = capsys.readouterr()
    path = Path(json.loads(captured.out))
    assert path.exists()
    assert f"systemctl --user enable --now {path.name}" in captured.err
    assert "loginctl enable-linger" in captured.err
    assert "MLFLOW_TRACKING_URI is set here, and will not be there" in captured.err
    assert main(["scheduler", "install", "--remove"]) == 0
    assert not path.exists()
    assert main(["scheduler", "install", "--remove"]) == 2


IDLE = """
import sys
import psutil
from jupyter_mlops import Project
Project().start_scheduler(duration=0.5)
heavy = {"mlflow", "pandas", "numpy", "scipy", "sklearn", "pyarrow", "sqlalchemy", "papermill"}
print(sorted(heavy & set(sys.modules)), psutil.Process().memory_info().rss)
"""


def test_an_idle_scheduler_imports_nothing_heavy(bare_folder: Path) -> None:
    put(
        "pipelines: {p: {steps: {a: {notebook: a.ipynb}}}}\n"
        "schedules:\n"
        "  nightly: {pipeline: p, cron: '0 2 * * *', timezone: Europe/Berlin}\n"
        "  fresh: {pipeline: p, on: {data: 'data/*.csv'}}\n"
        "  after: {notebook: a.ipynb, on: {run: p}}\n"
        "  edited: {notebook: a.ipynb, on: {code: a.ipynb}}\n"
        "  low: {notebook: a.ipynb, on: {metric: accuracy < 0.8, of: p}}\n"
        "monitors: {m: {model: m, on_drift: {retrain: p}}}\n"
    )
    (bare_folder / "a.ipynb").write_text('{"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}')
    done = subprocess.run([sys.executable, "-c", IDLE], capture_output=True, text=True, check=True)
    heavy, _, size = done.stdout.rpartition("]")
    assert heavy == "["
    assert int(size) < 150_000_000
    assert os.path.exists(".mlops/scheduler.db")
