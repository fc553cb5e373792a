"""The scheduler beside a Jupyter server: it is there as long as the server is, and mlops.yaml wants it."""

from __future__ import annotations

import logging
import os
import signal
import subprocess
from collections.abc import Iterator
from functools import partial
from pathlib import Path

import psutil
import pytest

from jupyter_mlops.entities import Scheduler
from jupyter_mlops.scheduling.store import SlotStore
from jupyter_mlops.server.scheduler import Host
from tests import waiting
from tests.server.jupyter import jupyter

WANTED = "scheduler: {jupyter: true}\n"
until = partial(waiting.until, seconds=90)


def schedulers(root: Path) -> list[Scheduler]:
    return SlotStore(root).schedulers()


def pid(scheduler: Scheduler) -> int:
    return int(scheduler.owner.rpartition(":")[2])


def gone(number: int) -> bool:
    return not psutil.pid_exists(number) or psutil.Process(number).status() == psutil.STATUS_ZOMBIE


@pytest.fixture
def server(tmp_path: Path, bare_folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """A Jupyter server of the project, with the extensions of this environment."""
    (bare_folder / "mlops.yaml").write_text(WANTED, encoding="utf-8")
    extension = "--ServerApp.jpserver_extensions={'jupyter_mlops': True}"
    with jupyter(bare_folder, tmp_path, extension) as (process, _):
        yield process


def test_it_ticks_beside_the_server_and_ends_with_it_though_that_is_killed(
    server: subprocess.Popen[bytes], bare_folder: Path
) -> None:
    until(lambda: bool(schedulers(bare_folder)))
    (one,) = schedulers(bare_folder)
    assert (one.where, psutil.Process(pid(one)).ppid()) == ("jupyter", server.pid)
    log = bare_folder / ".mlops" / "scheduler.log"
    assert log.stat().st_mode & 0o777 == 0o600
    assert f":{pid(one)} of " in log.read_text(encoding="utf-8")
    os.kill(pid(one), signal.SIGKILL)  # it is started again
    until(lambda: len(schedulers(bare_folder)) == 2)
    other = next(each for each in schedulers(bare_folder) if each.owner != one.owner)
    server.kill()
    until(lambda: gone(pid(other)))
    until(lambda: [each.owner for each in schedulers(bare_folder)] == [one.owner])


@pytest.fixture
def host(bare_folder: Path) -> Iterator[Host]:
    made = Host(bare_folder, logging.getLogger("test"))
    yield made
    made.end()


def test_it_comes_and_goes_as_mlops_yaml_says(host: Host, bare_folder: Path) -> None:
    path = bare_folder / "mlops.yaml"
    host.look()
    assert host.pid is None
    path.write_text(WANTED, encoding="utf-8")
    host.look()
    first = host.pid
    assert first is not None
    path.write_text("scheduler: {jupyter: maybe so}\n", encoding="utf-8")
    host.look()
    assert host.pid == first  # broken: nothing changes
    path.write_text("scheduler: {jupyter: false}\n", encoding="utf-8")
    host.look()
    assert host.pid is None
    until(lambda: gone(first))


def test_one_that_does_not_stay_is_started_again_later_each_time(
    host: Host, bare_folder: Path, caplog: pytest.LogCaptureFixture
) -> None:
    (bare_folder / "mlops.yaml").write_text(
        f"{WANTED}schedules:\n  bad: {{pipeline: none, every: 5}}\n", encoding="utf-8"
    )
    host.look()
    until(lambda: host.pid is None or gone(host.pid))
    host.look()
    assert host.pid is None
    assert "ended with 2; it is started again in 1 s" in caplog.text
    until(lambda: [host.look(), host.pid][1] is not None)
    until(lambda: host.pid is None or gone(host.pid))
    host.look()
    assert "ended with 2; it is started again in 2 s" in caplog.text
    assert "schedules.bad.pipeline" in (bare_folder / ".mlops/scheduler.log").read_text(encoding="utf-8")


def test_a_log_that_grew_long_is_begun_anew(host: Host, bare_folder: Path) -> None:
    (bare_folder / "mlops.yaml").write_text(WANTED, encoding="utf-8")
    host.look()
    log = bare_folder / ".mlops" / "scheduler.log"
    until(lambda: log.stat().st_size > 0)
    with log.open("a", encoding="utf-8") as stream:
        stream.write("x" * 6_000_000)
    host.look()
    assert log.stat().st_size < 1_000
    assert log.with_name("scheduler.log.1").stat().st_size > 6_000_000
    host.end()
    until(lambda: "stopped" in log.read_text(encoding="utf-8"))  # what it says comes at the new end
    assert log.stat().st_size < 1_000
