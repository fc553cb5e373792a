"""What the cells of one run came to, and what was heard of the one in work."""

from __future__ import annotations

from dataclasses import dataclass, field
from typing import Any

from jupyter_mlops.entities import CellRecord, RunStatus
from jupyter_mlops.execution.kernels import Message
from jupyter_mlops.execution.limits import Escalation
from jupyter_mlops.notebooks.document import INJECTED_TAG, Cell, Notebook, tags

IDLE_TIME = 30.0  # seconds of silence after its reply until a kernel that never says `idle` is believed

LONGEST = 200  # characters of each failed check's error in that of the run


@dataclass
class Outcome:
    """What became of the whole notebook: exit codes are those of the CLI."""

    status: RunStatus = RunStatus.FINISHED
    exit_code: int = 0
    error: str | None = None
    traceback: str | None = None
    failed_index: int | None = None
    peak_memory: int | None = None
    environment: dict[str, Any] = field(default_factory=dict)
    records: list[CellRecord] = field(default_factory=list)
    metadata: dict[str, Any] = field(default_factory=dict)  # for the saved notebook
    said_no: list[CellRecord] = field(default_factory=list)  # cells tagged `check` that failed
    checks: int = 0  # cells tagged `check` that ended

    def judge_checks(self) -> None:
        """All cells that could run have: checks that said no are told now, so that none was left out."""
        if self.said_no and self.error is None:
            told = "; ".join(f"cell {record.index + 1}: {_short(record.error)}" for record in self.said_no)
            self.status, self.exit_code = RunStatus.FAILED, 3
            self.error = f"{len(self.said_no)} of {self.checks} checks failed: {told}"
            self.traceback = self.said_no[0].traceback


def has_code(cell: Cell) -> bool:
    """Whether the cell is one that is run."""
    return bool(cell["cell_type"] == "code" and cell["source"].strip())


def own_numbers(notebook: Notebook) -> dict[int, int]:
    """The number, from 1, of each cell that is run in the notebook as its author knows it, by its index:
    that of the injected parameters is the number of the cell before, whose values they replace."""
    found, number = {}, 0
    for index, cell in enumerate(notebook["cells"]):
        number += INJECTED_TAG not in tags(cell)
        if has_code(cell):
            found[index] = max(number, 1)
    return found


def _short(error: str | None) -> str:
    """In one line: the cell's record has all of it."""
    text = " ".join(str(error).split())
    return text if len(text) <= LONGEST else text[: LONGEST - 1] + "…"


@dataclass
class Request:
    """One execution that the kernel was asked for, and what was heard of it so far."""

    identifier: str
    stop: Escalation
    limit: float | None  # seconds
    deadline: float  # monotonic seconds
    late: str = ""  # which limit was exceeded, once one was
    reply: Message | None = None
    idle: bool = False
    heard: float = 0.0  # when the last of its messages came
    times: dict[str, str] = field(default_factory=dict)

    def ended(self, now: float) -> bool:
        return self.reply is not None and (self.idle or now > self.heard + IDLE_TIME)
