"""Notebooks whose cells note on disk what they do, so that what is said of them can be held against it."""

from __future__ import annotations

import itertools
import time
from collections.abc import Sequence
from pathlib import Path

from tests.conftest import cell, write
from tests.faults.scenarios.tools import Attempt, Ours, Tool

SENT = 0.5  # seconds after which a flushed print must have left the kernel
START = 120.0  # seconds until a kernel that has noted nothing is given up

_NOTES = """
import os, sys, time
marks = {marks!r}
def note(name, text=""):
    with open(f"{{marks}}/.{{name}}", "w") as file:
        file.write(str(text))
    os.replace(f"{{marks}}/.{{name}}", f"{{marks}}/{{name}}")
ticks = os.open(f"{{marks}}/ticks", os.O_WRONLY | os.O_CREAT | os.O_APPEND)
def talk(cell, seconds):
    note(f"begin-{{cell}}")
    until = time.time() + seconds
    number = 0
    while time.time() < until:
        print(f"line {{number}} of {{cell}}", flush=True)
        os.write(ticks, f"{{cell}} {{number}} {{time.time()}}\\n".encode())
        number += 1
        time.sleep(0.01)
    note(f"end-{{cell}}")
note("begin-0")
note("kernel", os.getpid())
note("end-0")
"""


class Marks:
    """What the cells of one notebook noted, in a folder of its own."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder
        folder.mkdir(parents=True)

    def await_(self, name: str, attempt: Attempt) -> str:
        """The text of a note, once it is there.

        Raises:
            RuntimeError: the runner ended, or did nothing, before that.
        """
        until = time.monotonic() + START
        while not (self.folder / name).exists():
            if attempt.process.exitcode is not None or time.monotonic() > until:
                raise RuntimeError(f"no cell noted {name!r}: {attempt.output()[-2000:]}")
            time.sleep(0.005)
        return (self.folder / name).read_text()

    def numbers(self, what: str) -> set[int]:
        """The cells that have noted their ``begin`` or ``end``."""
        return {int(path.name.partition("-")[2]) for path in self.folder.glob(f"{what}-*")}

    def printed(self, before: float) -> list[tuple[int, str]]:
        """(cell, line) of all that was printed and flushed before that time."""
        path = self.folder / "ticks"
        words = [line.split() for line in path.read_text().splitlines()] if path.exists() else []
        return [
            (int(w[0]), f"line {w[1]} of {w[0]}\n") for w in words if len(w) == 3 and float(w[2]) < before
        ]


def notebook(tool: Tool, name: str, sources: Sequence[str], *tags: str) -> tuple[Path, Marks]:
    """A notebook of these cells after one that gives them ``note`` and ``talk``, and the marks it makes;
    `tags` are those of the last cell."""
    marks = Marks(tool.folder / "marks" / name)
    made = [cell(_NOTES.format(marks=str(marks.folder)), identifier="notes")]
    for number, source in enumerate(sources, 1):
        own = tags if number == len(sources) else ()
        made.append(cell(source, *own, identifier=f"cell-{number}"))
    return write(tool.folder / f"{name}.ipynb", made), marks


def said(tool: Tool, path: Path) -> list[str]:
    """What the executed notebook says of each cell, in this project's words."""
    return [tool.says(told) for told in tool.told(path)]


def mislabelled(tool: Tool, path: Path, words: Sequence[str]) -> str | None:
    """A problem, unless notebook (and journal, where there is one) say of the cells what `words` say."""
    return _unlike(tool, path, [list(words)])


def cut_mislabelled(
    tool: Tool, path: Path, marks: Marks, word: str, *, total: int, between: bool = False
) -> str | None:
    """A problem, unless cells up to the last that began are told ok, that one or (where it had ended
    already) the next as `word` says, and all later ones not run. With `between` no cell needs to be hit."""
    last = max(marks.numbers("begin"), default=0)
    hit = [last] if last not in marks.numbers("end") else [last, last + 1]
    true = [["ok"] * at + [word] + ["not run"] * (total - at - 1) for at in hit if at < total]
    if between and len(hit) == 2:
        true.append(["ok"] * (last + 1) + ["not run"] * (total - last - 1))
    return _unlike(tool, path, true)


def lost(tool: Tool, path: Path, marks: Marks, when: float) -> str | None:
    """A problem, where a line that was printed well before `when` is in no output."""
    told = tool.told(path)
    printed = marks.printed(when - SENT)
    missing = [line for number, line in printed if number >= len(told) or line not in told[number].text]
    return f"{len(missing)} of {len(printed)} flushed lines are lost" if missing else None


def _unlike(tool: Tool, path: Path, true: list[list[str]]) -> str | None:
    told = {"notebook": said(tool, path)}
    if isinstance(tool, Ours):
        told["journal"] = [record.status.value for record in tool.cells(path)]
    for where, words in told.items():
        if not any(_all_fit(tool, words, wanted) for wanted in true):
            return f"{where} says {_listed(words)}; true is {' or else '.join(map(_listed, true))}"
    return None


def _listed(words: list[str]) -> str:
    same = [(word, len(list(found))) for word, found in itertools.groupby(words)]
    return ", ".join(f"{count} {word}" for word, count in same) or "nothing"


def _all_fit(tool: Tool, words: list[str], wanted: list[str]) -> bool:
    return len(words) == len(wanted) and all(map(tool.fits, words, wanted))
