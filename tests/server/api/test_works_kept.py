"""How many works go on, wait and are kept, and how often pages are told of one."""

from __future__ import annotations

import errno
import subprocess
import tempfile
import threading
import time
from collections.abc import Callable
from pathlib import Path
from typing import Any

import psutil
import pytest

from jupyter_mlops.entities import Identity
from jupyter_mlops.entities.panels import Change, DataSides, Decision, RunNotebook, Work, WorkState, WorkVerb
from jupyter_mlops.exceptions import Busy, NotFound
from jupyter_mlops.forms.telling import Misfit
from jupyter_mlops.project import Project
from jupyter_mlops.server.api import headless
from jupyter_mlops.server.api import works as module
from jupyter_mlops.server.api.places import Places
from jupyter_mlops.server.api.route import Call, Nothing
from jupyter_mlops.server.api.works import AT_ONCE, KEPT, LINE, PAUSE, Declined, Works
from jupyter_mlops.server.orders import End, News, Order
from jupyter_mlops.server.processes import Process
from tests.conftest import cell, write
from tests.waiting import until


class Held:
    """In the place of a process: does nothing until it is told what to tell."""

    def __init__(self, order: Order, heard: Callable[[News], None], log: Any) -> None:
        self.order, self.heard = order, heard
        self.asked_to_end = False

    def end(self) -> None:
        """As a process hears it."""
        self.asked_to_end = True


class Begun:
    """Works, with the processes that they have begun, and what they have published."""

    def __init__(self, root: Path, monkeypatch: pytest.MonkeyPatch) -> None:
        self.root = root
        self.processes: list[Held] = []
        self.published: list[Work] = []
        monkeypatch.setattr(module, "Process", self._process)
        self.works = Works(publish=self._publish)

    def _process(self, *words: Any) -> Held:
        self.processes.append(Held(*words))
        return self.processes[-1]

    def _publish(self, change: Change, folder: Path) -> None:
        assert folder == self.root
        assert change.work is not None
        self.published.append(change.work)

    def call(self, body: Any, who: str = "ada") -> Call:
        """A request of that person."""
        return Call(
            root=self.root,
            places=Places(self.root),
            opened=Project,
            names={},
            query=Nothing(),
            body=body,
            who=Identity(name=who, source="jupyter"),
            works=self.works,
        )

    def start(self, subject: str, verb: WorkVerb = WorkVerb.DIFF, who: str = "ada", **options: Any) -> Work:
        """One more."""
        bodies = {WorkVerb.DIFF: DataSides(left="a", right="b"), WorkVerb.RUN: RunNotebook(path="a.ipynb")}
        body = bodies.get(verb, Decision())
        return self.works.start(verb, body, self.call(body, who), subject=subject, **options)

    def finish(self, number: int, **end: Any) -> None:
        """The process of that number, from 0, tells that it has ended."""
        self.processes[number].heard(News(end=End(**end)))

    def states(self) -> list[str]:
        """Of all works, the oldest first."""
        return [work.state.value for work in reversed(self.works.known())]


@pytest.fixture
def begun(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Begun:
    """None yet."""
    return Begun(tmp_path.resolve(), monkeypatch)


def test_runs_do_not_keep_decisions_waiting(begun: Begun) -> None:
    for number in range(AT_ONCE + 2):
        begun.start(f"{number}.ipynb", WorkVerb.RUN)
    assert begun.states() == ["running"] * AT_ONCE + ["waiting"] * 2
    assert begun.start("churn@1", WorkVerb.PROMOTE).state is WorkState.RUNNING
    begun.finish(0)
    assert begun.states()[: AT_ONCE + 2] == ["done", *["running"] * AT_ONCE, "waiting"]
    assert begun.processes[-1].order.subject == f"{AT_ONCE}.ipynb"  # the one that waited longest


def test_what_waits_is_cancelled_without_a_process(begun: Begun) -> None:
    works = [begun.start(str(number)) for number in range(AT_ONCE + 1)]
    assert begun.works.cancel(works[-1].id).state is WorkState.CANCELLED
    assert len(begun.processes) == AT_ONCE
    assert begun.works.cancel(works[0].id).said == "ending"
    assert begun.processes[0].asked_to_end
    begun.processes[0].heard(News(said="cell 4 of 4"))
    assert begun.works.work(works[0].id).said == "ending"


@pytest.mark.parametrize(
    ("place", "name", "error"),
    [
        (tempfile, "TemporaryFile", OSError(errno.ENOSPC, "No space left on device")),
        (subprocess, "Popen", OSError(errno.EMFILE, "Too many open files")),
        (threading.Thread, "start", RuntimeError("can't start new thread")),
        (Order, "model_dump_json", ValueError("something nobody foresaw")),
    ],
)
def test_what_cannot_be_begun_ends_and_is_not_done_later(
    begun: Begun, monkeypatch: pytest.MonkeyPatch, place: Any, name: str, error: Exception
) -> None:
    def fail(*words: Any, **options: Any) -> Any:
        raise error

    children = psutil.Process().children()
    with monkeypatch.context() as broken:
        broken.setattr(module, "Process", Process)
        broken.setattr(place, name, fail)
        work = begun.start("churn", WorkVerb.ROLLBACK)
    assert (work.state, work.hint) == (WorkState.FAILED, "try later")
    with pytest.raises(Declined) as told:
        begun.works.begun(work.id)
    assert told.value.http_status == 503
    assert psutil.Process().children() == children
    assert begun.start("churn@1", WorkVerb.GATES).state is WorkState.RUNNING
    assert begun.states() == ["failed", "running"]


def test_a_line_that_is_too_long_is_refused(begun: Begun) -> None:
    for number in range(AT_ONCE + LINE):
        begun.start(str(number))
    with pytest.raises(Busy) as refused:
        begun.start("one more")
    assert refused.value.http_status == 429
    assert refused.value.hint


def test_the_same_twice_is_one_work_but_not_of_another_person_or_a_run(begun: Begun) -> None:
    first = begun.start("churn@1", WorkVerb.PROMOTE)
    assert begun.start("churn@1", WorkVerb.PROMOTE).id == first.id
    assert begun.start("churn@1", WorkVerb.PROMOTE, who="bob").id != first.id
    runs = {begun.start("a.ipynb", WorkVerb.RUN, again=True).id for _ in range(2)}
    assert len(runs) == 2
    begun.finish(0)
    assert begun.start("churn@1", WorkVerb.PROMOTE).id != first.id


def test_works_that_ended_long_ago_and_long_results_are_let_go(
    begun: Begun, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "RESULTS", 5000)
    first = begun.start("first")
    begun.finish(0, kind="DataDiff", result={"text": "x" * 3000})
    second = begun.start("second")
    begun.finish(1, kind="DataDiff", result={"text": "x" * 3000})
    assert begun.works.work(first.id).result is None
    assert "ask again" in begun.works.work(first.id).hint
    assert begun.works.work(second.id).result == {"text": "x" * 3000}
    for number in range(KEPT):
        begun.start(str(number))
        begun.finish(2 + number)
    assert len(begun.works.known()) == KEPT
    with pytest.raises(NotFound, match=second.id):
        begun.works.work(second.id)


def test_a_long_result_is_not_told_in_the_stream(begun: Begun) -> None:
    work = begun.start("a")
    begun.finish(0, kind="DataDiff", result={"text": "x" * module.SHORT})
    assert begun.published[-1].state is WorkState.DONE
    assert begun.published[-1].result is None
    assert begun.works.work(work.id).result is not None


def test_pages_are_told_often_enough_but_no_more(begun: Begun) -> None:
    begun.start("a", WorkVerb.RUN)
    process, before, began = begun.processes[0], len(begun.published), time.monotonic()
    for number in range(500):
        process.heard(News(said=f"cell {number}"))
    until(lambda: begun.published[-1].said == "cell 499", "the last word is told")
    allowed = 1 + (time.monotonic() - began) / PAUSE
    assert 1 <= len(begun.published) - before <= allowed
    process.heard(News(run_id="4f2a"))
    assert begun.published[-1].run_id == "4f2a"  # what a page waits for is told at once
    begun.finish(0)
    assert begun.published[-1].state is WorkState.DONE
    count = len(begun.published)
    time.sleep(2 * PAUSE)
    assert len(begun.published) == count


def test_a_run_that_is_refused_is_raised_to_who_waits_for_it(begun: Begun) -> None:
    work = begun.start("a.ipynb", WorkVerb.RUN)
    begun.finish(0, problem="no kernel", hint="install it", exit_code=2, http_status=400)
    with pytest.raises(Declined) as refused:
        begun.works.begun(work.id)
    assert (refused.value.http_status, str(refused.value), refused.value.hint) == (
        400,
        "no kernel",
        "install it",
    )
    assert begun.works.work(work.id).state is WorkState.FAILED


def test_who_waits_for_a_run_waits_no_longer_than_patience(begun: Begun) -> None:
    work = begun.start("a.ipynb", WorkVerb.RUN)
    assert begun.works.begun(work.id, patience=0.05).run_id is None
    begun.processes[0].heard(News(run_id="4f2a"))
    assert begun.works.begun(work.id).run_id == "4f2a"


def test_a_parameter_that_only_the_process_refuses_is_told_at_its_field(begun: Begun) -> None:
    (begun.root / "mlops.yaml").touch()
    write(begun.root / "a.ipynb", [cell("token: str = ''", "parameters")])
    said = "parameter token: env:TOKEN does not fit"

    def refuse() -> None:
        until(lambda: begun.processes, "the process is begun")
        begun.finish(0, problem=said, hint="set it", exit_code=2, http_status=400)

    thread = threading.Thread(target=refuse)
    thread.start()
    with pytest.raises(Misfit) as refused:
        headless.ROUTES[0].call(begun.call(RunNotebook(path="a.ipynb", parameters={"token": "env:TOKEN"})))
    thread.join()
    assert (refused.value.wrong, refused.value.hint) == ({"token": said}, "set it")
    assert begun.processes[0].order.root == str(begun.root)
