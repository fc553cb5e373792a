"""What a face says while it works: a live line in a terminal, plain lines elsewhere."""

from __future__ import annotations

import io
import os

import pytest

from jupyter_mlops.entities import CellRecord, CellStatus
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.reports import Progress, describe

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
        (KeyError("a"), "unexpected KeyError: 'a' (--debug shows the traceback)"),
        (ValueError("two\nlines"), "unexpected ValueError: two lines (--debug shows the traceback)"),
    ],
)
def test_an_error_is_described_in_one_line(error: Exception, text: str) -> None:
    assert describe(error) == text


def test_a_long_unexpected_error_is_cut() -> None:
    assert len(describe(ValueError("x" * 10_000))) < 400
