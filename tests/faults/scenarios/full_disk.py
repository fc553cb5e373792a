"""F6: runs in a project whose disk is full, from the start or at some time on the way."""

from __future__ import annotations

import contextlib
import json
import os
import shutil
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path

from tests.conftest import cell, write
from tests.faults.scenarios.figures import CannotProvoke, Figures
from tests.faults.scenarios.tools import PATIENCE, Ours, Tool, start_process

SIZE = 24  # MiB of the disk
PRINTED = 300_000  # characters
# KiB; a handful from the front already meets the disk full at the start, on the way, and hardly at all
_ROOMS = (0, 1500, 200, 16, 50, 400, 700, 1000, 2000, 100)
_ROOMS += (300, 500, 600, 850, 1200, 8, 30, 70, 150, 250)


def disk_full(tool: Tool, count: int) -> Figures:
    """A good run and then one with little room left, to the same output, `count` times with another room
    each."""
    figures = Figures()
    disk = tool.folder / "disk"
    with _small_disk(disk):
        small = type(tool)(disk / "project")
        small.logs = tool.folder
        for number, room in enumerate(_ROOMS[:count]):
            figures.judge(f"{room} KiB left", _one(small, number, room))
    return figures


def _one(tool: Tool, number: int, room: int) -> list[str | None]:
    first, second = _notebook(tool, "first", number), _notebook(tool, "second", number)
    output = tool.folder / f"executed-{number}.ipynb"
    if (code := tool.start(first, output=output).wait()) != 0 or _version(output) != "first":
        raise RuntimeError(f"the run before the disk was full ended with {code}")
    filler = tool.folder / "filler"
    _fill(filler, room)
    attempt = tool.start(second, output=output)
    code = attempt.wait()
    left = _version(output)
    filler.unlink()
    problems = [
        None if left in {"first", "second"} else f"the previous output is {left}",
        f"exit code 0, but the output is the {left}" if code == 0 and left != "second" else None,
    ]
    if isinstance(tool, Ours):
        said = attempt.output()
        problems += [_told_badly(code, said), _afterwards(tool, second, code)]
        problems.append("a traceback is shown" if "Traceback" in said else None)
    _tidy(tool)
    return problems


def _notebook(tool: Tool, version: str, number: int) -> Path:
    size = PRINTED if version == "first" else 3 * PRINTED
    source = f"print('{version}')\nprint('x' * {size})"
    return write(tool.folder / f"{version}-{number}.ipynb", [cell(source, identifier="a")])


def _version(path: Path) -> str:
    """Which run the file is the output of, whole; else what is wrong with it."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return f"unreadable: {error}"
    printed = "".join(
        "".join(out.get("text", "")) for made in found["cells"] for out in made.get("outputs", [])
    )
    return printed.partition("\n")[0] or "empty"


def _told_badly(code: int | None, output: str) -> str | None:
    if code == 0:
        return None
    plain = any(word in output for word in ("No space left", "disk is full"))
    return None if code == 4 and plain else f"exit code {code}, told as: {output[-300:]}"


def _afterwards(tool: Ours, notebook: Path, code: int | None) -> str | None:
    """There is room again: the next command works and tells the truth."""
    log = tool.logs / f"runs-{notebook.stem}.log"
    process = start_process(tool.entry, ["runs", "--json"], tool.folder, log)
    process.join(PATIENCE)
    if process.exitcode != 0:
        return f"runs: exit code {process.exitcode}: {log.read_text()[-300:]}"
    found = [run for run in tool.project.runs(limit=1000) if run.notebook == notebook.name]
    statuses = [run.status.value for run in found]
    if code == 0:
        return None if statuses == ["FINISHED"] else f"exit code 0, but {statuses}"
    if len(found) > 1 or any(status in {"RUNNING", "SCHEDULED"} for status in statuses):
        return f"exit code {code}, but {statuses}"
    details = [tool.project.show(run.run_id) for run in found]
    if any(shown.run.status.value == "FINISHED" and shown.damaged for shown in details):
        return f"FINISHED, but {details[0].damaged}"
    return None


def _tidy(tool: Tool) -> None:
    for folder in ("mlruns", "out"):
        shutil.rmtree(tool.folder / folder, ignore_errors=True)


def _fill(path: Path, room: int) -> None:
    """Take all of the disk but `room` KiB."""
    found = os.statvfs(path.parent)
    with open(path, "wb") as file:
        left = found.f_bavail * found.f_frsize - room * 1024
        while left > 0:
            left -= file.write(b"\0" * min(left, 1 << 20))


@contextlib.contextmanager
def _small_disk(folder: Path) -> Iterator[None]:
    folder.mkdir()
    if not sys.platform.startswith("linux"):
        raise CannotProvoke("small disks are made with Linux's tmpfs")
    words = ["mount", "-t", "tmpfs", "-o", f"size={SIZE}m", "tmpfs", str(folder)]
    made = subprocess.run(words, capture_output=True, text=True, check=False)
    if made.returncode:
        raise CannotProvoke(f"no small disk can be mounted: {made.stderr.strip()}")
    try:
        yield
    finally:
        subprocess.run(["umount", "--lazy", str(folder)], check=True)
