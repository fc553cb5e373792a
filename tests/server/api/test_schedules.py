"""Schedules over REST: looked at, added by a form, paused, run now."""

from __future__ import annotations

from collections.abc import Callable
from datetime import datetime
from typing import Any

import pytest

from jupyter_mlops.project import Project
from tests.conftest import cell, write
from tests.server.api.serving import Answer

Rest = Callable[..., Answer]
New = Callable[..., Project]
CONFIG = """\
# kept
schedules:
  nightly: {notebook: train.ipynb, cron: "0 2 * * *", timezone: Europe/Berlin}
"""


@pytest.fixture
def project(new_project: New) -> Project:
    made = new_project(CONFIG, store=False)
    write(made.root / "train.ipynb", [cell("C: float = 1.0", "parameters")])
    return made


def asked(**fields: Any) -> dict[str, Any]:
    return {"what": "train.ipynb", "when": "0 3 * * *", **fields}


def test_to_look_at_schedules_makes_nothing(rest: Rest, project: Project) -> None:
    name = project.root.name
    (state,) = rest("GET", "/schedules", project=name).told
    assert (state["name"], state["target"], state["note"]) == ("nightly", "train.ipynb", "")
    assert state["when"] == "at 02:00 every day Europe/Berlin"
    details = rest("GET", "/schedules/nightly", project=name, slots=5).told
    assert (len(details["upcoming"]), details["slots"]) == (5, [])
    notes = " ".join(rest("GET", "/scheduler", project=name).told["notes"])
    assert "jupyter mlops scheduler start" in notes
    form = rest("GET", "/schedule-form", project=name).told
    assert form["notebooks"] == ["train.ipynb"]
    assert {"Europe/Berlin", "UTC"} <= set(form["zones"])
    assert sorted(each.name for each in project.root.iterdir()) == ["mlops.yaml", "train.ipynb"]
    assert rest("GET", "/schedules/nope", project=name).status == 404


def test_when_it_would_run_is_foretold(rest: Rest) -> None:
    found = rest("GET", "/schedule-preview", mode="cron", when="0 2 * * *", timezone="Europe/Berlin").told
    assert (found["words"], found["error"]) == ("at 02:00 every day", "")
    times = [datetime.fromisoformat(moment) for moment in found["times"]]
    assert len(times) == 3
    assert times == sorted(times)
    wrong = rest("GET", "/schedule-preview", mode="cron", when="0 25 * * *")
    assert (wrong.status, wrong.told["times"]) == (200, [])
    assert "hour 25" in wrong.told["error"]


def test_a_schedule_is_added_paused_resumed_run_and_removed(rest: Rest, project: Project) -> None:
    name = project.root.name
    made = rest("POST", "/schedules", asked(parameters={"C": "0.5"}, retries=2), project=name)
    assert (made.status, made.told["name"], made.told["schedule"]["parameters"]) == (201, "train", {"C": 0.5})
    assert made.told["schedule"]["retries"] == 2
    assert "# kept" in (project.root / "mlops.yaml").read_text(encoding="utf-8")
    who = rest("GET", "/project").told["who"].partition(" (")[0]
    assert who in rest("POST", "/schedules/train/pause", project=name).told["paused"]
    assert rest("POST", "/schedules/train/resume", project=name).told["paused"] is None
    slot = rest("POST", "/schedules/train/run", {"parameters": {"C": "2"}}, project=name)
    assert slot.status == 202
    assert (slot.told["parameters"], slot.told["requester"], slot.told["status"]) == ({"C": 2.0}, who, "due")
    assert "jupyter mlops scheduler start" in slot.told["why"]
    assert rest("GET", "/schedules/train", project=name).told["state"]["waiting"] == 1
    assert rest("DELETE", "/schedules/train", project=name).status == 200
    assert [one["name"] for one in rest("GET", "/schedules", project=name).told] == ["nightly"]


def test_what_does_not_fit_is_told_by_field(rest: Rest, project: Project) -> None:
    name = project.root.name
    for body, field in (
        (asked(parameters={"C": "much"}), "C"),
        (asked(what="../other/train.ipynb"), ":what"),
        (asked(when="every day"), ":when"),
        (asked(timezone="Mars"), ":timezone"),
        (asked(name="nightly"), ":name"),
    ):
        answer = rest("POST", "/schedules", body, project=name)
        assert (answer.status, list(answer.told["wrong"])) == (400, [field])
    wrong = rest("POST", "/schedules/nightly/run", {"parameters": {"D": "1"}}, project=name)
    assert (wrong.status, list(wrong.told["wrong"])) == (400, ["D"])
    assert (project.root / "mlops.yaml").read_text(encoding="utf-8") == CONFIG


def test_a_broken_configuration_is_told_with_its_mend(rest: Rest, new_project: New) -> None:
    project = new_project('schedules:\n  a: {notebook: t.ipynb, cron: "0 99 * * *"}\n')
    for route in ("/schedules", "/scheduler", "/schedules/a"):
        answer = rest("GET", route, project=project.root.name)
        assert answer.status == 400
        assert "mlops.yaml" in answer.told["message"]
        assert answer.told["hint"]
