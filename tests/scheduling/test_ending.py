"""What is told of a slot that has ended."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Any

import pytest

from jupyter_mlops.entities import RunStatus, Slot, SlotKind, SlotStatus
from jupyter_mlops.exceptions import (
    CheckFailed,
    MLOpsError,
    NotFound,
    NothingYet,
    ParameterError,
    Refused,
    StoreError,
)
from jupyter_mlops.scheduling.ending import notice_of, of_error, stopped

DUE = datetime(2026, 11, 1, 2, 0, tzinfo=UTC)


def slot(status: str = "ran", outcome: str | None = None, why: str = "", **known: Any) -> Slot:
    told = {"id": 1, "schedule": "nightly", "key": "k", "kind": SlotKind.TIME, "due": DUE, "attempt": 1}
    return Slot.model_validate({**told, "status": status, "outcome": outcome, "why": why, **known})


WELL, FAILED = slot(outcome="FINISHED"), slot(outcome="FAILED", why="boom")
MISFIT = slot("skipped", why="parameters: no C")


@pytest.mark.parametrize(
    ("now", "before", "subject"),
    [
        (WELL, None, None),
        (WELL, WELL, None),
        (WELL, FAILED, "nightly: recovered"),
        (WELL, MISFIT, "nightly: recovered"),
        (FAILED, WELL, "nightly: FAILED: boom"),
        (FAILED, FAILED, "nightly: FAILED: boom"),
        (
            slot(outcome="KILLED", why="its worker is gone", attempt=3),
            None,
            "nightly: KILLED after 3 tries: its",
        ),
        (slot(outcome="KILLED", why="cancelled"), None, None),
        (MISFIT, None, "nightly: skipped (parameters: no C)"),
        (MISFIT, MISFIT, None),
        (MISFIT, slot("skipped", why="source: no n.ipynb"), "nightly: skipped (parameters: no C)"),
        (slot("skipped", why="another run goes on"), None, None),
        (slot("due", outcome="FAILED", why="boom"), None, None),
        (slot("coalesced"), None, None),
    ],
)
def test_what_is_news_is_told(now: Slot, before: Slot | None, subject: str | None) -> None:
    notice = notice_of(now, before)
    assert (notice is None) == (subject is None)
    if notice is not None and subject is not None:
        assert notice.subject.startswith(subject)
        assert notice.facts["schedule"] == "nightly"


@pytest.mark.parametrize(
    ("error", "run_id", "status", "why", "retry"),
    [
        (ParameterError("no C", hint="add it"), None, "skipped", "parameters: no C (add it)", False),
        (NotFound("no n.ipynb"), None, "skipped", "source: no n.ipynb", False),
        (NotFound("no n.ipynb"), "r", "ran", "no n.ipynb", True),
        (NothingYet("no champion"), None, "skipped", "no champion", False),
        (StoreError("away"), None, "ran", "away", True),
        (Refused("no room"), None, "ran", "no room", True),
        (CheckFailed("no model"), "r", "ran", "no model", True),
        (MLOpsError("disk"), None, "ran", "disk", True),
        (OSError("gone\naway"), None, "ran", "OSError: gone away", True),
    ],
)
def test_only_what_must_be_mended_before_anything_can_run_is_skipped(
    error: Exception, run_id: str | None, status: str, why: str, retry: bool
) -> None:
    end = of_error(error, run_id)
    assert (end.status.value, end.why, end.retry, end.run_id) == (status, why, retry, run_id)
    assert end.outcome is (RunStatus.FAILED if end.status is SlotStatus.RAN else None)


def test_a_run_that_had_ended_before_it_was_stopped_ended_so() -> None:
    assert stopped("told", "r", RunStatus.FINISHED).outcome is RunStatus.FINISHED
    assert not stopped("told", "r", RunStatus.FINISHED).retry
    assert stopped("told", "r", RunStatus.RUNNING).outcome is RunStatus.KILLED
    assert stopped("told").outcome is RunStatus.KILLED
    assert stopped("told").retry
