"""`jupyter mlops serve` as a person starts and ends it: what it leaves behind, and what not."""

from __future__ import annotations

import io
import signal
import tempfile
from pathlib import Path

import psutil
import pytest

from jupyter_mlops.commands import parse
from jupyter_mlops.exceptions import UsageError
from jupyter_mlops.project import Project
from jupyter_mlops.reports import Progress
from jupyter_mlops.serving.server.scoring import sweep
from tests.serving.served import ROWS, ask, command, until


@pytest.fixture
def champion(churn: Project) -> Project:
    """``churn@champion`` is version 2."""
    churn.store.client().set_registered_model_alias("churn", "champion", "2")
    return churn


def left(pid: int) -> list[Path]:
    """Temporary folders of a server."""
    return [*Path(tempfile.gettempdir()).glob(f"mlops-*-{pid}-*")]


def test_what_was_recorded_is_data_that_drift_can_be_looked_for_in(champion: Project) -> None:
    with command(champion, "churn@champion", "--port", "0", "--record", "--poll", "1s") as serving:
        url = serving.url()
        for age in range(18, 80):
            rows = [{"age": float(age), "tenure": float(tenure)} for tenure in range(4)]
            assert ask(f"{url}/invocations", {"dataframe_records": rows}).status == 200
        pid = serving.process.pid
        below = psutil.Process(pid).children(recursive=True)
        assert len(below) == 2
        assert serving.end(signal.SIGTERM) == 143
        assert not [child for child in below if child.is_running()]
        assert "churn-requests@1: 248 rows of requests until now" in serving.said
        assert "Traceback" not in serving.said
    assert left(pid) == []
    report = champion.drift("customers", "churn-requests", target="churned")
    found = {column.name: column.drifted for column in report.columns}
    assert found["tenure"] is True
    assert found["age"] is False


def test_nothing_outlives_a_kill(champion: Project) -> None:
    with command(champion, "churn@champion", "--port", "0") as serving:
        assert ask(f"{serving.url()}/invocations", ROWS).status == 200
        below = psutil.Process(serving.process.pid).children(recursive=True)
        assert len(below) == 2
        serving.end(signal.SIGKILL)
        until(lambda: not [child for child in below if child.is_running() and child.status() != "zombie"])
    sweep()  # as the next one does
    assert left(serving.process.pid) == []


def test_ctrl_c_before_it_answers_ends_it(champion: Project) -> None:
    with command(champion, "churn@champion", "--port", "0") as serving:
        pid = serving.process.pid
        until(lambda: left(pid))
        assert serving.end(signal.SIGINT) == 130
        assert "Traceback" not in serving.said
    assert left(pid) == []


def test_a_mistake_is_told_in_a_line(champion: Project) -> None:
    with command(champion, "churn@champoin") as serving:
        assert serving.process.wait(90) == 2
        assert serving.said.splitlines() == [
            "jupyter mlops: model 'churn' has no version or alias 'champoin' (did you mean 'champion'?)"
        ]


@pytest.mark.parametrize(
    ("words", "problem"),
    [
        (["--sample", "0.5"], "--sample says how much is recorded"),
        (["--record", "--sample", "0"], "invalid share value"),
        (["--record", "--sample", "nan"], "invalid share value"),
        (["--port", "65536"], "invalid port value"),
        (["--poll", "0s"], "invalid length of time value"),
    ],
)
def test_words_that_do_not_fit_are_refused(bare_folder: Path, words: list[str], problem: str) -> None:
    with pytest.raises(UsageError, match=problem):
        command, parsed = parse(["serve", "churn@champion", *words], "jupyter mlops")
        assert command is not None
        command.call(Project(), parsed, Progress(io.StringIO()))
