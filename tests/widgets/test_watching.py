"""What is known of a run that is followed, and the widget that follows a real one."""

from __future__ import annotations

import threading
from datetime import UTC, datetime
from pathlib import Path

from jupyter_mlops.entities import CellStatus, LogLine, RunStatus
from jupyter_mlops.project import Project
from jupyter_mlops.widgets.followed import LINES, WIDEST, Followed
from jupyter_mlops.widgets.watching import WatchPanel
from tests.conftest import cell, write

SOON = 60.0  # seconds
RUN = "a" * 32


def told(**fields: object) -> LogLine:
    return LogLine.model_validate({"run_id": RUN, "index": 1, "number": 1, "of": 3, **fields})


def texts(known: Followed) -> list[str]:
    return [line["text"] for line in known.lines]


def test_each_cell_has_its_place_from_the_start() -> None:
    known = Followed()
    known.hear(told(status=CellStatus.RUNNING, name="x = 1"), 5.0)
    known.hear(told(status=CellStatus.RUNNING, name="x = 1"), 9.0)  # is told again before text
    [group] = known.groups_plain()
    assert [one["state"] for one in group["cells"]] == ["running", "not run", "not run"]
    assert group["cells"][0]["since"] == 5.0
    known.hear(told(status=CellStatus.OK, name="x = 1", duration=2.5))
    known.hear(told(number=3, index=4, status=CellStatus.FAILED, duration=0.5))
    [group] = known.groups_plain()
    assert [(one["number"], one["state"], one["seconds"]) for one in group["cells"]] == [
        (1, "ok", 2.5),
        (2, "not run", None),
        (3, "failed", 0.5),
    ]
    known.hear(LogLine(run_id=RUN, ended=RunStatus.FAILED, text="ValueError: no", exit_code=1))
    assert known.ended is not None
    assert texts(known) == []  # it is told beside the run's status


def test_a_cell_that_ran_before_anybody_watched_counts_from_its_beginning() -> None:
    known = Followed()
    known.hear(told(status=CellStatus.RUNNING, began=datetime(2026, 11, 29, 12, tzinfo=UTC)))
    [group] = known.groups_plain()
    assert group["cells"][0]["since"] == datetime(2026, 11, 29, 12, tzinfo=UTC).timestamp() * 1000


def test_steps_of_a_pipeline_have_a_strip_each() -> None:
    known = Followed()
    known.hear(told(step="prepare", status=CellStatus.OK, duration=1.0))
    known.hear(told(step="train", of=2, status=CellStatus.RUNNING))
    known.hear(LogLine(run_id="b" * 32, step="prepare", ended=RunStatus.FINISHED))
    assert [(one["step"], one["status"], len(one["cells"])) for one in known.groups_plain()] == [
        ("prepare", "finished", 3),
        ("train", "running", 2),
    ]
    assert known.ended is None
    assert known.run_id == "", "of a step it is the step's own run"


def test_a_line_is_put_together_and_one_that_returns_takes_its_place() -> None:
    known = Followed()
    for text in ("load", "ing\n", "10 %\r", "50 %\r", "100 %\n", "\x1b[31mred\x1b[0m\n"):
        known.hear(told(stream="stdout", text=text))
    assert texts(known) == ["loading", "100 %", "red"]
    known.hear(told(stream="stdout", text="a"))
    known.hear(told(stream="stderr", text="warned\n"))
    known.hear(told(stream="stdout", text="b" * (2 * WIDEST)))
    assert texts(known)[3:] == ["a", "warned", "b" * WIDEST]
    assert [line["n"] for line in known.after(4)] == [4, 5]


def test_the_log_keeps_its_last_lines() -> None:
    known = Followed()
    for number in range(LINES + 20):
        known.hear(told(stream="stdout", text=f"{number}\n"))
    assert len(known.lines) == LINES
    assert (known.lines[0]["text"], known.lines[-1]["text"]) == ("20", str(LINES + 19))


def test_a_run_is_watched_to_its_end_without_holding_anybody_up(folder: Path) -> None:
    sources = ["print('one')", "import time\nfor i in range(3):\n    print(i); time.sleep(0.1)", "1 / 0"]
    notebook = write(folder / "train.ipynb", [cell(source) for source in sources])
    began = threading.Event()
    running = threading.Thread(
        target=lambda: Project(folder).run(notebook, progress=lambda *_: began.set()), daemon=True
    )
    running.start()
    assert began.wait(SOON)
    panel = WatchPanel(folder, "latest")
    assert panel.wait(SOON)
    running.join(SOON)
    known = panel.watched
    [group] = known["groups"]
    assert [one["state"] for one in group["cells"]] == ["ok", "ok", "failed"]
    assert all(one["seconds"] is not None for one in group["cells"])
    assert known["over"]
    assert known["text"].startswith("failed after ")
    assert "ZeroDivisionError" in known["text"]
    assert [line["text"] for line in panel.tail if line["place"][2] == "stdout"] == ["one", "0", "1", "2"]
    assert any("ZeroDivisionError" in line["text"] for line in panel.tail)
    assert "3 of 3 cells" in panel._repr_mimebundle_()[0]["text/html"]
    assert "failed" in repr(panel)


def test_what_is_wrong_is_told_with_its_hint(folder: Path) -> None:
    panel = WatchPanel(folder, "nosuch")
    assert panel.wait(SOON)
    assert "nosuch" in panel.watched["problem"]
    assert (panel.watched["over"], panel.watched["text"]) == (True, "not found")
    panel.cancel()  # nothing to be cancelled is no error
    panel._receive(panel, {"type": "tail"}, [])
    panel._receive(panel, "no message of ours", [])
    assert panel.now > 0
