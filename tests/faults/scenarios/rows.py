"""The rows of the reliability table that are provoked here, with the counts of a short and a full run."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from tests.faults.scenarios import cuts, database, deaths, full_disk, hangs, load, uploads, ways
from tests.faults.scenarios.figures import Figures
from tests.faults.scenarios.tools import Ours, Tool

LONG = bool(os.environ.get("JUPYTER_MLOPS_LONG"))
NO_STATUS = "records no run"


@dataclass(frozen=True)
class Row:
    """One fault. `short` and `full` are counts for `provoke`, `other` the one for plain Papermill; where
    the fault makes no sense for it, `other` says why."""

    key: str
    fault: str
    holds: str
    provoke: Callable[[Tool, int], Figures]
    short: int
    full: int
    other: int | str


ROWS = (
    Row(
        "F1",
        "kernel killed at a random time",
        "dead cell `killed`, later ones `not run`, output kept, noticed in 1 s",
        deaths.kernel_killed,
        3,
        100,
        50,
    ),
    Row(
        "F2",
        "runner killed (KILL, TERM) while a cell holds the GIL",
        "kernel, child and setsid grandchild gone in 1 s; told truly",
        deaths.runner_killed,
        4,
        100,
        20,
    ),
    Row(
        "F3",
        "Ctrl-C at a random time",
        "cell `cancelled`, later ones `not run`, output kept",
        deaths.interrupted,
        3,
        50,
        50,
    ),
    Row(
        "F4",
        "deadlock, GIL held, signals ignored; `input()`",
        "`timed out` within the limit + 10 s; asking fails at once",
        hangs.hung,
        1,
        5,
        3,
    ),
    Row(
        "F5",
        "killed at each system call that writes",
        "the file is the old or the new version, whole",
        cuts.killed_while_writing,
        1,
        3,
        3,
    ),
    Row(
        "F6a",
        "no space at each system call that writes",
        "the file is the old or the new version; no failure passes for success",
        cuts.full_while_writing,
        1,
        3,
        3,
    ),
    Row(
        "F6b",
        "disk full",
        "previous output intact, one clear line, exit code 4, database usable afterwards",
        full_disk.disk_full,
        4,
        20,
        20,
    ),
    Row(
        "F7",
        "parallel runs of one notebook, and a polling reader",
        "one version each, no torn read",
        load.parallel,
        6,
        50,
        50,
    ),
    Row(
        "F8",
        "2,000,000 lines (200 MB), 100,000 flushed prints, 10,000 tqdm updates",
        "runner at most 300 MB resident, nothing lost",
        load.printed,
        400_000,
        2_000_000,
        2_000_000,
    ),
    Row(
        "F10",
        "32 writers and 16 first starts on one SQLite store",
        "no point lost, none `locked`",
        database.under_load,
        8,
        32,
        "keeps no store",
    ),
    Row("F11", f"{len(ways.WAYS)} ways to die", "run and cells told truly", ways.died, 1, 20, NO_STATUS),
    Row(
        "F13",
        "runner killed while artifacts are uploaded",
        "a manifest lists only whole files; settled by the next command",
        uploads.upload_cut,
        3,
        20,
        NO_STATUS,
    ),
)


def row(key: str) -> Row:
    """The row of that name."""
    return next(row for row in ROWS if row.key == key)


def provoke(key: str, folder: Path, kind: type[Tool] = Ours) -> Figures:
    """Do the row's fault to this project, in the folder: as often as ``JUPYTER_MLOPS_LONG`` says."""
    found = row(key)
    return found.provoke(kind(folder / "project"), found.full if LONG else found.short)
