"""What a page is told as it happens, by a real Jupyter server."""

from __future__ import annotations

import contextlib
import http.client
import json
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any
from urllib.parse import urlencode

import pytest

from jupyter_mlops.entities import CellStatus, RunKind, RunStatus
from jupyter_mlops.entities.panels import Topic
from jupyter_mlops.notebooks.journal import Journal, new_record
from jupyter_mlops.project import Project
from jupyter_mlops.scheduling.store import SlotStore
from jupyter_mlops.tracking import leases, tags
from jupyter_mlops.tracking import signs as signs_module
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.signs import ServerSigns
from tests.conftest import copy_database
from tests.server.api.serving import PREFIX, Answer, Server, serving

pytestmark = pytest.mark.usefixtures("local")
PATIENCE = 30.0  # seconds, on a machine that is busy


class Stream:
    """One who listens; its events are read one after the other."""

    def __init__(self, server: Server, **query: str) -> None:
        self._connection = http.client.HTTPConnection("127.0.0.1", server.port, timeout=PATIENCE)
        path = f"{PREFIX}/events?{urlencode(query)}"
        self._connection.request("GET", path, headers={"Authorization": f"token {server.token}"})
        self._answer = self._connection.getresponse()
        self.status, self.headers = self._answer.status, self._answer.headers

    def close(self) -> None:
        self._connection.close()
        self._answer.close()

    def body(self) -> Any:
        return json.loads(self._answer.read())

    def change(self) -> dict[str, Any]:
        """The next event."""
        while True:
            line = self._answer.readline().decode().rstrip("\n")
            assert line.startswith(("data: ", ":")) or not line
            if line.startswith("data: "):
                found: dict[str, Any] = json.loads(line.removeprefix("data: "))
                return found

    def until(self, wanted: Callable[[dict[str, Any]], bool]) -> list[dict[str, Any]]:
        """All events up to the first that is wanted."""
        seen: list[dict[str, Any]] = []
        deadline = time.monotonic() + PATIENCE
        while time.monotonic() < deadline:
            seen.append(self.change())
            if wanted(seen[-1]):
                return seen
        raise AssertionError(f"it was not told: {seen}")

    def topics(self, wanted: set[str]) -> set[str]:
        """The topics told until those wanted are among them."""
        seen: set[str] = set()

        def enough(change: dict[str, Any]) -> bool:
            seen.update(change["topics"])
            return wanted <= seen

        self.until(enough)
        return seen


@contextlib.contextmanager
def listening(server: Server, project: Project | None = None) -> Iterator[Stream]:
    """One who listens to the project, which is looked at already."""
    stream = Stream(server, **({} if project is None else {"project": project.root.name}))
    try:
        assert stream.status == 200
        yield stream
    finally:
        stream.close()


def test_it_is_for_those_who_may_and_to_be_looked_at_only(
    server: Server, rest: Callable[..., Answer]
) -> None:
    assert server.ask("GET", f"{PREFIX}/events").status == 403
    for verb in ("POST", "PUT", "DELETE", "PATCH"):
        answer = rest(verb, "/events")
        assert (answer.status, answer.headers["Allow"]) == (405, "GET")
    for query in ({"token": server.token}, {"nothing": "x"}, {"project": "../.."}):
        answer = rest("GET", "/events", **query)
        assert answer.status == 400
        assert answer.told["message"]


def test_what_is_recorded_is_told_by_topic(server: Server, new_project: Callable[..., Project]) -> None:
    project = new_project()
    with listening(server, project) as stream:
        assert stream.headers["Content-Type"].startswith("text/event-stream")
        recorder = Recorder.start(project.store, experiment="mine", name="one", kind=RunKind.USER)
        assert {"models", "data", "schedules"}.isdisjoint(stream.topics({"runs", "pipelines"}))
        recorder.metrics({"accuracy": 0.5})
        project.store.catch_up()
        assert stream.topics({"runs"}) <= {"runs"}
        recorder.close(RunStatus.FINISHED, exit_code=0)
        assert "models" not in stream.topics({"runs", "pipelines"})
        client = project.store.client()
        client.create_registered_model("churn")
        version = client.create_model_version("churn", "file:///x", recorder.run_id)
        stream.topics({"models"})
        client.set_registered_model_alias("churn", "champion", version.version)
        stream.topics({"models"})
        client.create_run(project.store.experiment_id(tags.DATASETS))
        stream.topics({"data"})
        with contextlib.closing(SlotStore(project.root)) as slots:
            slots.register("somebody:1", "command")
        assert "models" not in stream.topics({"schedules"})


def test_how_far_runs_are_is_told_while_they_go_on(
    server: Server, new_project: Callable[..., Project], rest: Callable[..., Answer]
) -> None:
    project = new_project()
    name = project.root.name
    recorder = Recorder.start(project.store, experiment="mine", name="one", kind=RunKind.SESSION)
    with listening(server, project) as stream:
        leases.take(project.store, recorder.run_id)
        journal = Journal(leases.kept_folder(project.store, recorder.run_id) / tags.JOURNAL)
        cell = {"id": "a", "source": "\n# Fit the model\nfit()"}
        key = journal.start(new_record(0, cell, status=CellStatus.RUNNING))
        told = stream.until(lambda change: bool(change["progress"]) and change["progress"][0]["name"] != "")
        (progress,) = told[-1]["progress"]
        assert (progress["run_id"], progress["done"], progress["name"]) == (
            recorder.run_id,
            0,
            "Fit the model",
        )
        assert rest("GET", "/progress", project=name).told == [progress]
        (row,) = rest("GET", "/runs", project=name).told["rows"]
        assert row["progress"] == progress
        journal.write(key, new_record(0, cell, status=CellStatus.OK))
        stream.until(lambda change: bool(change["progress"]) and change["progress"][0]["done"] == 1)
        recorder.close(RunStatus.FINISHED, exit_code=0)
        leases.release(project.store, recorder.run_id)
        stream.until(lambda change: change["progress"] == [])
    assert rest("GET", "/progress", project=name).told == []


def test_a_configuration_that_is_broken_is_told_and_that_it_was_mended(
    server: Server, new_project: Callable[..., Project]
) -> None:
    project = new_project()
    with listening(server, project) as stream:
        (project.root / "mlops.yaml").write_text("tracking: [", encoding="utf-8")
        assert "mlops.yaml" in stream.until(lambda change: bool(change["problem"]))[-1]["problem"]
        (project.root / "mlops.yaml").write_text("", encoding="utf-8")
        mended = stream.until(lambda change: change["problem"] == "")[-1]
        assert set(mended["topics"]) == set(Topic)


def test_so_many_may_listen_and_the_server_ends_all_the_same(tmp_path: Path, empty_database: Path) -> None:
    root = tmp_path / "project"
    root.mkdir()
    (root / "mlops.yaml").write_text("", encoding="utf-8")
    copy_database(empty_database, root)
    (tmp_path / "jupyter").mkdir()
    with contextlib.ExitStack() as opened, serving(tmp_path / "jupyter", root) as server:
        streams = [opened.enter_context(contextlib.closing(Stream(server))) for _ in range(20)]
        assert {stream.status for stream in streams} == {200}
        with contextlib.closing(Stream(server)) as refused:
            assert (refused.status, bool(refused.body()["hint"])) == (429, True)
        for stream in streams[:3]:
            stream.close()
        deadline = time.monotonic() + PATIENCE
        while (another := opened.enter_context(contextlib.closing(Stream(server)))).status != 200:
            assert time.monotonic() < deadline, "those who left are still counted"
            time.sleep(0.1)
        Project(root).store.experiment_id("new")
        assert "runs" in another.topics({"runs"})
    assert "Traceback" not in server.log.read_text()


QUIET = """
import sys
from pathlib import Path
from jupyter_mlops.project import Project
from jupyter_mlops.entities.panels import RunQuery
project = Project(Path.cwd())
changes = project.changes()
for _ in range(3):
    changes.look()
project.page_of_runs(RunQuery(search="x"))
changes.close()
heavy = {"mlflow", "pandas", "numpy", "sqlalchemy"} & set(sys.modules)
print(sorted(heavy))
"""


def test_to_look_and_to_list_imports_nothing_heavy_and_makes_no_file(folder: Path) -> None:
    before = sorted(path.name for path in folder.rglob("*"))
    done = subprocess.run([sys.executable, "-c", QUIET], cwd=folder, capture_output=True, text=True)
    assert (done.stdout, done.stderr) == ("[]\n", "")
    assert sorted(path.name for path in folder.rglob("*") if "-" not in path.name) == before


def _until(signs: ServerSigns, wanted: Callable[[set[str]], bool]) -> set[str]:
    """The topics that were told until they are as wanted."""
    seen: set[str] = set()
    deadline = time.monotonic() + PATIENCE
    while not wanted(seen):
        assert time.monotonic() < deadline, seen
        seen.update(topic.value for topic in signs.look())
        time.sleep(0.02)
    return seen


def test_a_store_that_only_the_client_can_ask_is_asked_now_and_then(
    folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(signs_module, "ASK", 0.05)
    store = Project(folder).store
    signs = ServerSigns(store)
    _until(signs, lambda seen: bool(signs._told))
    store.client().create_run(store.experiment_id("mine"))
    assert {"runs", "pipelines"} == _until(signs, lambda seen: bool(seen))
    store.client().create_registered_model("churn")
    assert {"models"} == _until(signs, lambda seen: bool(seen))
    with monkeypatch.context() as within:
        within.setattr(signs_module, "_asked", _away)
        _until(signs, lambda seen: bool(signs.problem))
        assert "gone away" in signs.problem
    assert _until(signs, lambda seen: not signs.problem) == set()


def _away(store: object) -> dict[Any, Any]:
    raise OSError("it has gone away")


def test_a_server_that_is_away_is_told(folder: Path) -> None:
    (folder / "mlops.yaml").write_text("tracking: {uri: http://127.0.0.1:9}\n", encoding="utf-8")
    changes = Project(folder).changes()
    deadline = time.monotonic() + PATIENCE
    told = None
    while told is None and time.monotonic() < deadline:
        told = changes.look()
        time.sleep(0.05)
    changes.close()
    assert told is not None
    assert "out of reach" in (told.problem or "")
