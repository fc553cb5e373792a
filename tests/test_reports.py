"""What a face says while it works: a live line in a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import os
import re
import threading
from collections.abc import Callable
from contextlib import suppress
from datetime import UTC, datetime, timedelta
from functools import partial
from typing import Any

import pytest

from jupyter_mlops import reports
from jupyter_mlops.commands import parse
from jupyter_mlops.entities import CellRecord, CellStatus, StepRun, StepState
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.reports import Progress, describe
from tests import waiting

until = partial(waiting.until, seconds=10)

RECORD = CellRecord(index=0, cell_id=None, source="x", digest="d", status=CellStatus.OK)


def on_terminal(*steps: tuple[str, int]) -> str:
    """What a real terminal gets: ("line", _) or ("cell", done) of three."""
    reader, writer = os.openpty()
    with os.fdopen(writer, "w", encoding="utf-8") as stream, Progress(stream) as progress:
        for kind, done in steps:
            if kind == "line":
                progress.line("said")
            else:
                progress.cell(RECORD, done, 3)
    text = b""
    try:
        while part := os.read(reader, 1000):
            text += part
    except OSError:  # Linux says EIO where the other side is closed
        pass
    finally:
        os.close(reader)
    return text.decode()


def test_a_file_gets_plain_lines_at_most_one_a_second_and_always_the_last() -> None:
    stream = io.StringIO()
    with Progress(stream) as progress:
        for done in range(1, 101):
            progress.cell(RECORD, done, 100)
        progress.line("done")
    lines = stream.getvalue().splitlines()
    assert len(lines) <= 4
    assert lines[-2:] == ["cell 100/100: ok", "done"]


def test_a_terminal_gets_one_line_rewritten_and_ended() -> None:
    text = on_terminal(("cell", 3), ("cell", 3))
    assert text == "\r\x1b[Kcell 3/3: ok\r\x1b[Kcell 3/3: ok\r\n"


def test_a_terminal_gets_what_is_said_on_a_line_of_its_own() -> None:
    assert on_terminal(("line", 0), ("cell", 3), ("line", 0)) == "said\r\n\r\x1b[Kcell 3/3: ok\r\nsaid\r\n"


def test_nothing_said_is_nothing_written() -> None:
    stream = io.StringIO()
    with Progress(stream):
        pass
    assert stream.getvalue() == ""


def test_the_line_is_ended_when_the_work_ends_in_the_midst_of_it() -> None:
    assert on_terminal(("cell", 3)).endswith("ok\r\n")


@pytest.mark.parametrize(
    ("error", "text"),
    [
        (NotFound("no such run", hint="see runs"), "no such run (see runs)"),
        (NotFound("no such run"), "no such run"),
        (
            NotFound("no \x1b[31mrun", hint="see\n\x1b]0;title\x07runs"),
            "no \ufffd[31mrun (see \ufffd]0;title\ufffdruns)",
        ),
        (ValueError("a\x1b[2J"), "unexpected ValueError: a\ufffd[2J (--debug shows the traceback)"),
        (KeyError("a"), "unexpected KeyError: 'a' (--debug shows the traceback)"),
        (ValueError("two\nlines"), "unexpected ValueError: two lines (--debug shows the traceback)"),
    ],
)
def test_an_error_is_described_in_one_line(error: Exception, text: str) -> None:
    assert describe(error) == text


def test_what_is_said_steers_no_terminal() -> None:
    stream = io.StringIO()
    with Progress(stream) as report:
        report.line("gates of \x1b[31mevil\n\tare closed")
    assert stream.getvalue() == "gates of \ufffd[31mevil\n\tare closed\n"


def test_a_long_unexpected_error_is_cut() -> None:
    assert len(describe(ValueError("x" * 10_000))) < 400


START = datetime(2024, 5, 1, 10, tzinfo=UTC)


def step(name: str = "train", state: str = "waiting", **fields: Any) -> StepRun:
    return StepRun(step=name, state=StepState(state), **fields)


def ended(seconds: float) -> dict[str, Any]:
    return {"started": START, "ended": START + timedelta(seconds=seconds)}


def in_terminal(
    monkeypatch: pytest.MonkeyPatch, work: Callable[[Progress], None], *, lines: int = 24, term: str = "xterm"
) -> str:
    """What a real terminal of that size gets."""
    monkeypatch.setenv("TERM", term)
    monkeypatch.setenv("COLUMNS", "100")
    monkeypatch.setenv("LINES", str(lines))
    reader, writer = os.openpty()
    text: list[bytes] = []

    def read() -> None:
        with suppress(OSError):  # Linux says EIO where the other side is closed
            while part := os.read(reader, 10_000):
                text.append(part)

    thread = threading.Thread(target=read)
    thread.start()
    try:
        with (
            suppress(KeyboardInterrupt),
            os.fdopen(writer, "w", encoding="utf-8") as stream,
            Progress(stream) as progress,
        ):
            work(progress)
    finally:
        thread.join()
        os.close(reader)
    return b"".join(text).decode()


def last_frame(text: str) -> str:
    """The table as it stood before it was taken away, without colours."""
    plain = re.sub(r"\x1b\[[0-9;?]*[a-zA-Z]", "", text)
    return plain[plain.rindex("STEP") :]


def test_a_file_gets_a_line_where_a_steps_state_changes() -> None:
    stream = io.StringIO()
    with Progress(stream) as progress:
        progress.step(step("prepare"))
        progress.step(step(point="C=0.1"))
        progress.step(step("prepare", "cached"))
        for cell in range(50):
            progress.step(step(state="running", point="C=0.1", cell=cell, cells=50))
        progress.step(step(state="running", point="C=0.1", attempt=2, why="the kernel died"))
        progress.step(step(state="finished", point="C=0.1", attempt=2, **ended(3.21)))
        progress.line("registered churn 1")
    assert stream.getvalue().splitlines() == [
        "prepare: cached",
        "train C=0.1: running",
        "train C=0.1: running, attempt 2 (the kernel died)",
        "train C=0.1: finished in 3.2 s, attempt 2",
        "registered churn 1",
    ]


def test_a_file_gets_a_line_at_times_while_a_step_runs(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(reports, "STILL_RUNNING", 0.0)
    stream = io.StringIO()
    with Progress(stream) as progress:
        progress.step(step(state="running"))
        progress.step(step(state="running", cell=2, cells=12))
    assert stream.getvalue().splitlines() == ["train: running", "train: running, cell 3/12"]


def test_what_a_failure_says_stays_on_its_line() -> None:
    stream = io.StringIO()
    with Progress(stream) as progress:
        progress.step(step(state="failed", error="ValueError:\n\x1b[31mbad\r" + "x" * 1000, **ended(1)))
    [line] = stream.getvalue().splitlines()
    assert line.startswith("train: failed in 1.0 s (ValueError: \ufffd[31mbad x")
    assert len(line) < 400


def test_a_terminal_gets_one_table_that_is_taken_away_for_the_result(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(progress: Progress) -> None:
        progress.step(step("prepare", "finished", **ended(3.21)))
        progress.step(
            step(state="running", cell=3, cells=12, attempt=2, started=datetime.now(UTC), why="[red]")
        )

    text = in_terminal(monkeypatch, work)
    frame = last_frame(text)
    assert re.search(r"prepare +✓ finished +3.2 s", frame)
    assert re.search(r"train +▶ running, attempt 2 +3/12 +\d\.\d s +\[red\]", frame)
    assert "1 running, 1 finished" in frame
    assert text.rstrip().endswith("\x1b[2K"), "the table is taken away"
    assert "\x1b[?25h" in text, "the cursor is back"


def test_what_is_said_meanwhile_appears_above_the_table(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(progress: Progress) -> None:
        progress.step(step())
        progress.line("[bold]said")

    frames = in_terminal(monkeypatch, work).split("[bold]said")
    assert len(frames) == 2
    assert "STEP" in frames[1]


def test_an_interrupt_leaves_the_table_and_gives_the_cursor_back(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(progress: Progress) -> None:
        progress.step(step(state="running"))
        raise KeyboardInterrupt

    text = in_terminal(monkeypatch, work)
    assert text.endswith("\x1b[?25h")
    assert "running" in last_frame(text)


def test_a_thousand_steps_fit_a_small_terminal(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(progress: Progress) -> None:
        for number in range(1000):
            state = {500: "failed", 501: "running"}.get(number, "finished" if number < 500 else "waiting")
            progress.step(step(f"s{number}", state))

    frame = last_frame(in_terminal(monkeypatch, work, lines=12))
    assert len(frame.rstrip().splitlines()) <= 12
    assert "s500" in frame
    assert "s501" in frame
    assert "1 failed, 1 running, 498 waiting, 500 finished" in frame


def test_steps_come_from_many_threads(monkeypatch: pytest.MonkeyPatch) -> None:
    def work(progress: Progress) -> None:
        def tell(name: str) -> None:
            for cell in range(100):
                progress.step(step(name, "running", cell=cell, cells=100))
            progress.step(step(name, "finished"))

        threads = [threading.Thread(target=tell, args=(f"s{number}",)) for number in range(8)]
        for thread in threads:
            thread.start()
        for thread in threads:
            thread.join()

    assert last_frame(in_terminal(monkeypatch, work)).count("finished") == 9  # eight rows, and the counts


def test_a_terminal_that_cannot_go_back_gets_lines(monkeypatch: pytest.MonkeyPatch) -> None:
    text = in_terminal(monkeypatch, lambda progress: progress.step(step(state="running")), term="dumb")
    assert text == "train: running\r\n"


def test_work_without_a_word_is_told_in_a_file_by_one_line_and_then_seldom(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(Progress, "patience", 0.01)
    with Progress(stream) as progress, progress.working("compare a@1\r a@2"):
        until(lambda: stream.getvalue() != "")
        progress.line("said")
    assert stream.getvalue() == "compare a@1\ufffd a@2 ...\nsaid\n"
    monkeypatch.setattr(reports, "STILL_RUNNING", 0.02)
    with Progress(stream) as progress, progress.working("explain"):
        until(lambda: "explain ... 0 s\nexplain ... 0 s\n" in stream.getvalue())


def test_quick_work_is_not_told() -> None:
    stream = io.StringIO()
    with Progress(stream) as progress, progress.working("compare"):
        pass
    assert stream.getvalue() == ""


def test_a_terminal_counts_the_seconds_on_a_line_that_is_taken_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(Progress, "patience", 0.01)
    told = threading.Event()
    goes_on = Progress._goes_on

    def hear(self: Progress, text: str, seconds: float) -> None:
        goes_on(self, text, seconds)
        told.set()

    monkeypatch.setattr(Progress, "_goes_on", hear)

    def work(progress: Progress) -> None:
        with progress.working("compare " + "x" * 1000):
            assert told.wait(10)
            progress.line("said")
            told.clear()
            assert told.wait(10)

    text = in_terminal(monkeypatch, work)
    first, second = text.split("said\r\n")
    assert re.fullmatch(r"\r\x1b\[Kcompare x+ \.\.\. 0 s\r\x1b\[K", first)
    assert len(first) < 100
    assert re.fullmatch(r"\r\x1b\[Kcompare x+ \.\.\. 1 s\r\x1b\[K", second)


def test_where_cells_tell_how_far_it_is_nothing_else_does(monkeypatch: pytest.MonkeyPatch) -> None:
    stream = io.StringIO()
    monkeypatch.setattr(Progress, "patience", 0.01)
    monkeypatch.setattr(reports, "STILL_RUNNING", 0.01)
    with Progress(stream) as progress:
        progress.cell(RECORD, 2, 3)
        with progress.working("check nb.ipynb"):
            threading.Event().wait(0.1)
            assert stream.getvalue() == "cell 2/3: ok\n"
            progress.cell(RECORD, 3, 3)  # what comes after the last cell is work without a word again
            until(lambda: "check nb.ipynb ... 0 s\n" in stream.getvalue())


def test_a_reader_that_went_away_ends_no_work(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Progress, "patience", 0.01)
    stream = io.StringIO()
    with Progress(stream) as progress, progress.working("compare"):
        stream.close()
        threading.Event().wait(0.05)


@pytest.mark.parametrize(
    ("line", "said"),
    [
        ("compare churn@1 churn@3 --data customers@2 --slice region", "compare churn@1 churn@3 customers@2"),
        ("drift --reference customers@1 --current new.csv", "drift customers@1 new.csv"),
        ("check model@1 -p password secret", "check model@1"),
        ("dataset add https://me:secret@host/a.csv?token=secret#x", "dataset add https://host/a.csv"),
        ("run train.ipynb", ""),  # its cells are told
    ],
)
def test_what_a_verb_works_on_is_told_without_secrets(line: str, said: str) -> None:
    command, words = parse(line.split(), "test")
    assert command is not None
    assert command.doing(words) == said
