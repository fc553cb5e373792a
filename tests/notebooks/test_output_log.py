"""What cells print, and which cell it was, read while it is being written: nothing lost, nothing mistaken."""

from __future__ import annotations

import contextlib
import tempfile
import tracemalloc
from itertools import groupby
from pathlib import Path

from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.notebooks.output_log import LogReader, LogWriter, Piece

texts = st.text(max_size=30) | st.sampled_from(
    [
        "--- cell 1 ---\n",
        "\n--- cell 2 ---\n",
        "50%\r",
        "\r",
        "\r\n",
        "é\n",
        "\n",
        "120 136 2 stdout\n",
        "\ud800",
    ]
)
writes = st.lists(
    st.tuples(st.integers(0, 3), st.sampled_from(["stdout", "stderr", "error"]), texts), max_size=20
)


def joined(pieces: list[tuple[int | None, str, str]]) -> list[tuple[int | None, str, str]]:
    """Neighbours of one cell and stream as one."""
    groups = groupby(pieces, key=lambda piece: piece[:2])
    return [(*key, "".join(piece[2] for piece in group)) for key, group in groups]


def visible(text: str) -> str:
    """As a file holds it; returns are looked at elsewhere: of those before a newline one is left out."""
    return text.encode("utf-8", "backslashreplace").decode().replace("\r", "")


@settings(max_examples=100)
@given(writes, st.sets(st.integers(0, 19)))
def test_whatever_is_printed_is_read_as_what_it_is_however_far_it_was_written(
    printed: list[tuple[int, str, str]], looks: set[int]
) -> None:
    with tempfile.TemporaryDirectory() as folder, contextlib.ExitStack() as stack:
        writer = stack.enter_context(contextlib.closing(LogWriter(Path(folder) / "output.log")))
        reader = stack.enter_context(contextlib.closing(LogReader()))
        reader.open(Path(folder) / "output.log")
        pieces: list[Piece] = []
        for place, write in enumerate(printed):
            writer.write(*write)
            if place in looks:
                writer.flush()
                pieces += reader.read()
        writer.flush()
        pieces += reader.read(final=True)
    read = joined([(piece.cell, piece.stream, piece.text) for piece in pieces])
    given_ = joined([write for write in printed if write[2]])
    assert [(*key, visible(text)) for *key, text in read] == [(*key, visible(text)) for *key, text in given_]
    assert all("\n" not in piece.text[:-1] for piece in pieces)


def test_a_log_without_an_index_is_read_by_its_heads(tmp_path: Path) -> None:
    log = tmp_path / "output.log"
    log.write_text("--- cell 2 ---\none\n--- cell 4 ---\ntwo", encoding="utf-8")
    with contextlib.closing(LogReader()) as reader:
        reader.open(log)
        assert list(reader.read(final=True)) == [Piece(1, "stdout", "one\n"), Piece(3, "stdout", "two")]


def test_an_index_that_holds_something_else_harms_nothing(tmp_path: Path) -> None:
    log = tmp_path / "output.log"
    with contextlib.closing(LogWriter(log)) as writer:
        writer.write(0, "stdout", "one\n")
    with log.with_suffix(".index").open("a", encoding="utf-8") as index:
        index.write("x y z stdout\n1 2\n99 -1 0 stdout\n5 5 0 other\n\xff\n7")
    with contextlib.closing(LogReader()) as reader:
        reader.open(log)
        assert [piece.text for piece in reader.read(final=True)] == ["one\n"]


def test_a_log_takes_the_memory_of_a_block_however_long_it_and_its_lines_are(tmp_path: Path) -> None:
    log = tmp_path / "output.log"
    with contextlib.closing(LogWriter(log)) as writer:
        for _ in range(100):
            writer.write(0, "stdout", "x" * 100_000)
        for number in range(20_000):
            writer.write(1, "stdout", f"line {number}\n" * 5)
    with contextlib.closing(LogReader()) as reader:
        reader.open(log)
        tracemalloc.start()
        length = sum(len(piece.text) for piece in reader.read(final=True))
        peak = tracemalloc.get_traced_memory()[1]
        tracemalloc.stop()
    assert length == 10_000_000 + sum(5 * len(f"line {number}\n") for number in range(20_000))
    assert peak < 2_000_000
