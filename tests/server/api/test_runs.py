"""Runs over REST: page by page, their metrics, side by side, cancelled."""

from __future__ import annotations

import json
import time
from collections.abc import Callable

import pytest

from jupyter_mlops.entities import RunKind
from jupyter_mlops.project import Project
from jupyter_mlops.tracking import leases, owners
from jupyter_mlops.tracking.recorder import Recorder
from tests.server.api.conftest import Recorded
from tests.server.api.serving import Answer

pytestmark = pytest.mark.usefixtures("local")
Rest = Callable[..., Answer]


def test_runs_are_listed_page_by_page(rest: Rest, recorded: Recorded) -> None:
    first = rest("GET", "/runs", limit=2)
    assert (first.status, len(first.told["rows"]), first.told["total"]) == (200, 2, 3)
    second = rest("GET", "/runs", limit=2, cursor=first.told["next"])
    assert second.told["next"] is None
    seen = [row["run"]["run_id"] for page in (first, second) for row in page.told["rows"]]
    assert seen == [recorded.plain.run_id, recorded.failed.run_id, recorded.good.run_id]
    assert "plain" in first.told["experiments"]
    assert first.told["metrics"] == ["accuracy", "loss"]
    assert first.told["rows"][0]["spark"] == {
        "name": "accuracy",
        "steps": [0, 1, 2],
        "values": [0.8 + step / 100 for step in range(3)],
        "of": 3,
    }


def test_runs_are_searched_and_filtered(rest: Rest, recorded: Recorded) -> None:
    for query, expected in (
        ({"search": "TRAIN C=0.5"}, recorded.good),
        ({"status": ["FAILED", "KILLED"]}, recorded.failed),
        ({"status": "FAILED"}, recorded.failed),
        ({"kind": "user"}, recorded.plain),
        ({"experiment": "plain"}, recorded.plain),
        ({"where": "metrics.accuracy > 0.5", "order_by": "metrics.accuracy DESC"}, recorded.plain),
        ({"notebook": "train.ipynb", "status": "FINISHED"}, recorded.good),
    ):
        answer = rest("GET", "/runs", **query)
        assert answer.status == 200
        assert [row["run"]["run_id"] for row in answer.told["rows"]] == [expected.run_id]


def test_what_cannot_be_asked_is_refused_with_the_mend(rest: Rest) -> None:
    for query, status in (
        ({"cursor": "nonsense"}, 400),
        ({"status": "COMPLETED"}, 400),
        ({"limit": 201}, 400),
        ({"limit": 0}, 400),
        ({"search": "x" * 201}, 400),
        ({"experiment": "nowhere"}, 404),
        ({"where": "no such thing"}, 400),
    ):
        answer = rest("GET", "/runs", **query)
        assert answer.status == status, answer
        assert answer.told["message"]
        assert answer.told["hint"]
    for path in ("/runs/nobody", "/runs/nobody/metrics"):
        assert rest("GET", path).status == 404
    assert rest("GET", "/comparison").status == 400
    assert rest("GET", "/comparison", run=["x"] * 21).status == 400


def test_a_run_is_shown_with_its_metrics_and_compared(rest: Rest, recorded: Recorded) -> None:
    good, plain = recorded.good.run_id, recorded.plain.run_id
    assert rest("GET", f"/runs/{good}").told["run"]["run_id"] == good
    (loss,) = [each for each in rest("GET", f"/runs/{good}/metrics").told if each["name"] == "loss"]
    assert (loss["steps"], loss["of"]) == ([0, 1, 2], 3)
    (chosen,) = rest("GET", f"/runs/{good[:8]}/metrics", metric="loss").told
    assert chosen == loss
    compared = rest("GET", "/comparison", run=[plain, good]).told
    assert [run["run_id"] for run in compared["runs"]] == [plain, good]
    assert compared["parameters"]["C"] == [None, "0.5"]
    assert compared["metrics"]["accuracy"][1] is None
    assert [points["of"] for points in compared["series"]["loss"]] == [0, 3]
    differing = rest("GET", "/diff", left=good, right=recorded.failed.run_id).told
    assert {entry["name"] for entry in differing["parameters"]} == {"C", "fail"}


def test_a_run_that_has_ended_cannot_be_cancelled(rest: Rest, recorded: Recorded) -> None:
    answer = rest("POST", f"/runs/{recorded.good.run_id}/cancel")
    assert (answer.status, bool(answer.told["message"])) == (400, True)


def test_a_run_whose_process_is_gone_is_settled_soon_after_somebody_looks(
    rest: Rest, new_project: Callable[..., Project]
) -> None:
    project = new_project()
    recorder = Recorder.start(project.store, experiment="Default", name="gone", kind=RunKind.SESSION)
    leases.run_folder(project.store, recorder.run_id)
    lease = project.store.run_folder(recorder.run_id) / owners.LEASE
    owners.write_lease(lease.parent, project.store.uri)
    lease.write_text(json.dumps(json.loads(lease.read_text()) | {"pid": 2**22 + 1}), encoding="utf-8")
    deadline, status = time.monotonic() + 120, ""
    while status != "KILLED" and time.monotonic() < deadline:
        (row,) = rest("GET", "/runs", project=project.root.name).told["rows"]
        status = row["run"]["status"]
        time.sleep(0.2)
    assert (status, row["progress"]) == ("KILLED", None)


def test_a_project_without_runs_is_an_empty_page(rest: Rest, new_project: Callable[..., Project]) -> None:
    for name in (new_project().root.name, new_project(store=False).root.name):
        answer = rest("GET", "/runs", project=name, search="anything")
        assert (answer.status, answer.told["rows"], answer.told["next"]) == (200, [], None)
        assert rest("GET", "/progress", project=name).told == []
