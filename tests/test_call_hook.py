"""What a call of a webhook leads to, and which calls lead to nothing though they are signed."""

from __future__ import annotations

import gc
import json
import os
import time
from collections.abc import Iterator
from contextlib import closing
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.entities import Slot
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.notices.channels import signature
from jupyter_mlops.project import Project
from jupyter_mlops.scheduling.store import SlotStore
from jupyter_mlops.scheduling.triggers import Window

SECRET = "for the test only"
CONFIG = """
schedules:
  called: {notebook: a.ipynb, on: {webhook: {secret: env:HOOK_SECRET}}}
  other: {notebook: a.ipynb, on: {webhook: {secret: env:HOOK_SECRET}}}
  over: {notebook: a.ipynb, on: {webhook: {secret: env:HOOK_SECRET}}, end: 2020-01-01}
  later: {notebook: a.ipynb, on: {webhook: {secret: env:HOOK_SECRET}}, start: 2100-01-01}
"""


@pytest.fixture
def project(bare_folder: Path, monkeypatch: pytest.MonkeyPatch) -> Project:
    monkeypatch.setenv("HOOK_SECRET", SECRET)
    (bare_folder / "mlops.yaml").write_text(CONFIG)
    return Project(bare_folder)


def call(
    project: Project, name: str = "called", letter: str = "msg_1", secret: str = SECRET, **given: Any
) -> Slot:
    """Call the webhook, with these parameters."""
    body, sent = json.dumps({"parameters": given}).encode(), int(time.time())
    headers = {
        "webhook-id": letter,
        "webhook-timestamp": str(sent),
        "webhook-signature": signature(secret, letter, sent, body),
    }
    return project.call_hook(name, headers, body)


def slots(project: Project, name: str) -> list[Slot]:
    with closing(SlotStore(project.root)) as store:
        return store.slots(name, limit=100)


@pytest.mark.parametrize(
    ("name", "said"), [("over", "over is over since 2020-01-01"), ("later", "later begins at 2100-01-01")]
)
def test_a_schedule_that_is_over_or_has_not_begun_takes_no_calls(
    project: Project, name: str, said: str
) -> None:
    with pytest.raises(MLOpsError, match=said) as caught:
        call(project, name)
    assert caught.value.http_status == 409
    assert slots(project, name) == []


def test_only_who_knows_the_secret_is_told_that_a_schedule_is_over(project: Project) -> None:
    with pytest.raises(MLOpsError) as caught:
        call(project, "over", secret="guessed")
    assert caught.value.http_status == 401


def test_a_call_that_was_made_to_another_webhook_of_the_same_secret_is_refused(project: Project) -> None:
    call(project, "called")
    with pytest.raises(MLOpsError, match="was made to called") as caught:
        call(project, "other")
    assert caught.value.http_status == 409
    assert slots(project, "other") == []
    assert call(project, "other", "msg_2").schedule == "other"


def test_the_same_call_with_other_parameters_is_told_that_they_are_not_taken(project: Project) -> None:
    made = call(project, C=0.5)
    assert call(project, C=0.5) == made
    with pytest.raises(MLOpsError, match="carried other parameters") as caught:
        call(project, C=0.7)
    assert caught.value.http_status == 409
    assert [slot.parameters for slot in slots(project, "called")] == [{"C": 0.5}]


@pytest.fixture
def no_collection() -> Iterator[None]:
    gc.disable()
    yield
    gc.enable()


def opened(project: Project) -> list[str]:
    """The files of the slots' database that this process has open."""
    found = []
    for each in Path("/proc/self/fd").iterdir():
        try:
            found.append(os.readlink(each))
        except FileNotFoundError:  # that of the folder itself
            continue
    return [path for path in found if path.startswith(str(project.root / ".mlops"))]


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system does not tell what is open")
@pytest.mark.usefixtures("no_collection")
def test_neither_calls_nor_looks_leave_the_database_open(project: Project) -> None:
    for number in range(3):
        call(project, letter=f"msg_{number}")
        with pytest.raises(MLOpsError):
            call(project, "over")
    events = project.looks().events
    window = events.runs("schedule", "called", None)
    assert window is not None
    assert list(window.happened) == []
    assert opened(project) == []


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system does not tell what is open")
@pytest.mark.usefixtures("no_collection")
def test_who_asks_what_the_schedulers_do_leaves_the_database_closed(project: Project) -> None:
    call(project)
    assert project.scheduler_status().late == ()
    assert opened(project) == []


@pytest.mark.skipif(not Path("/proc/self/fd").is_dir(), reason="the system does not tell what is open")
@pytest.mark.usefixtures("no_collection")
def test_looks_share_the_store_that_a_scheduler_has_open(project: Project) -> None:
    call(project)
    with closing(SlotStore(project.root)) as store:
        events = project.looks(slots=store).events
        assert [events.runs("schedule", "called", None) for _ in range(2)] == [Window(0.0, [])] * 2
        assert len([path for path in opened(project) if path.endswith("scheduler.db")]) == 1
