"""The nouns of runs and models."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from pathlib import Path
from typing import Any, Literal, TypedDict

from pydantic import Field

from jupyter_mlops.entities.base import Entity
from jupyter_mlops.entities.data import DatasetVersion


class RunStatus(StrEnum):
    """MLflow's five."""

    SCHEDULED = "SCHEDULED"
    RUNNING = "RUNNING"
    FINISHED = "FINISHED"
    FAILED = "FAILED"
    KILLED = "KILLED"


class CellStatus(StrEnum):
    """What became of one cell. `OK` only when the kernel replied ok."""

    NOT_RUN = "not run"
    RUNNING = "running"
    OK = "ok"
    FAILED = "failed"
    KILLED = "killed"
    TIMED_OUT = "timed out"
    CANCELLED = "cancelled"
    SKIPPED = "skipped"


class RunKind(StrEnum):
    """How a run came about."""

    HEADLESS = "headless"
    SESSION = "session"
    CELL = "cell"
    PIPELINE = "pipeline"
    PREDICT = "predict"  # rows scored by a model version
    CHECK = "check"  # of a dataset or model version; of a notebook it is a headless one
    REPLAY = "replay"  # headless, of a recorded run; it is no evidence of its own
    USER = "user"  # the notebook's own mlflow.start_run()
    LEDGER = "ledger"  # no execution: what was decided of a model
    MONITOR = "monitor"  # no execution: what a monitor found over time
    DATASET = "dataset"  # no execution: a dataset version in the catalogue


class Parameter(Entity):
    """One name of a notebook's parameters cell, as declared there.

    `annotation` is the source of the declared type, or the type of the default, or None where neither
    tells. `default` is None and `default_source` tells more where the default is not a literal.
    `enums` holds the members of each ``Enum`` that the annotation names. `ge`, `gt`, `le`, `lt` are bounds.
    """

    name: str
    annotation: str | None = None
    declared: bool = False  # the annotation was written, not inferred from the default
    default: Any = None
    default_source: str = ""
    derived: bool = False  # computed from other names, e.g. ``b = a * 2``
    choices: tuple[Any, ...] | None = None
    nullable: bool = False
    ge: float | None = None
    gt: float | None = None
    le: float | None = None
    lt: float | None = None
    help: str = ""
    enums: Mapping[str, Mapping[str, Any]] = Field(default_factory=dict)


SECRET_TYPE = "secret"  # the `type` of a recorded parameter whose value is a reference


class Secret(Entity):
    """A text that travels by reference only: ``env:NAME`` or ``file:/absolute/path``."""

    reference: str


class RecordedParameter(Entity):
    """A parameter as a run used it: the value's source text and its type.

    For a secret they are its reference and ``secret``.
    """

    name: str
    value: str
    type: str


class CellRecord(Entity):
    """One execution of one cell. `index` is its place in the notebook (from 0), or -1 where unknown.

    `peak_memory` is the kernel process's high-water mark so far, `outputs_size` the size of what the
    cell showed, both in bytes. `carried_from` is the run in which the cell ran, where a resumed run took
    its state over.
    """

    index: int
    cell_id: str | None
    source: str
    digest: str
    status: CellStatus
    execution_count: int | None = None
    started: datetime | None = None
    ended: datetime | None = None
    error: str | None = None
    traceback: str | None = None
    peak_memory: int | None = None
    outputs_size: int | None = None
    carried_from: str | None = None

    @property
    def duration(self) -> float | None:
        """Seconds, or None for a cell that did not run or has not ended."""
        if self.started is None or self.ended is None:
            return None
        return (self.ended - self.started).total_seconds()


class Checkpoint(Entity):
    """The state of a run's notebook after the cell at `index`, in the file `path` with that blake2b digest.

    `digests` are those of all code cells up to it, `missing` the names that could not be kept, with why.
    """

    run_id: str
    index: int
    digests: tuple[str, ...]
    path: str
    digest: str
    missing: Mapping[str, str] = Field(default_factory=dict)


class OrderFinding(Entity):
    """Why the notebook's state could not have come from running it top to bottom."""

    kind: Literal["out of order", "edited", "deleted", "skipped over"]
    cell: str
    message: str


class GitState(Entity):
    """The working tree a run started from. `diff` is ``git diff HEAD``; `untracked` lists new files."""

    commit: str | None
    branch: str | None
    dirty: bool
    untracked: tuple[str, ...] = ()
    diff: str = ""


class Hardware(Entity):
    """The machine: CPU model, logical cores, memory in bytes, GPUs by name."""

    cpu: str
    cores: int
    memory: int
    gpus: tuple[str, ...] = ()


class Provenance(Entity):
    """Where a run came from: notebook, code, environment, machine, person.

    `notebook` is the path as a person sees it, relative to the project where it lies inside.
    `packages` maps imported distributions to versions; `installed` all of them. `modules` maps the files that
    the kernel imported from elsewhere, such as the project, to a digest of their code; "" where a file
    changed while it ran.
    """

    notebook: str | None
    notebook_digest: str | None
    git: GitState | None
    python: str
    platform: str
    hardware: Hardware
    user: str
    packages: Mapping[str, str] = Field(default_factory=dict)
    installed: Mapping[str, str] = Field(default_factory=dict)
    modules: Mapping[str, str] = Field(default_factory=dict)


class Output(Entity):
    """One file a run left behind: path below the run's artifacts, size in bytes, blake2b digest."""

    path: str
    size: int
    digest: str


class Run(Entity):
    """One execution of one notebook, session or tracked cell, as MLflow holds it.

    `run_id` is empty where it was run without being recorded. `schedule` is the one that it was a run of.
    """

    run_id: str
    name: str
    experiment: str
    status: RunStatus
    kind: RunKind
    started: datetime | None
    ended: datetime | None
    notebook: str | None = None
    parameters: Mapping[str, str] = Field(default_factory=dict)
    metrics: Mapping[str, float] = Field(default_factory=dict)
    tags: Mapping[str, str] = Field(default_factory=dict)
    parent: str | None = None
    replaces: str | None = None
    schedule: str | None = None
    error: str | None = None
    peak_memory: int | None = None
    models: tuple[str, ...] = ()
    exit_code: int = 0

    @property
    def duration(self) -> float | None:
        """Seconds from start to end, or None while it runs."""
        if self.started is None or self.ended is None:
            return None
        return (self.ended - self.started).total_seconds()


class RunReplay(Entity):
    """The last time that a run was run again from its record: the verdict, as `ReplayVerdict` has it, the run
    that it was, None where it could not be run, the tolerance, and when."""

    verdict: str
    run_id: str | None = None
    tolerance: float = 0.0
    when: datetime | None = None


class RunDetails(Entity):
    """All that is known of one run.

    `outputs` is its manifest; `damaged` tells which of those files are not there as they were listed.
    `replay` is its last one; `replay_of` the run that this one is a replay of. `freed` tells that what it
    left was freed, when, and how much it was; it is empty otherwise.
    """

    run: Run
    parameters: tuple[RecordedParameter, ...] = ()
    datasets: tuple[DatasetVersion, ...] = ()
    provenance: Provenance | None = None
    cells: tuple[CellRecord, ...] = ()
    artifacts: tuple[str, ...] = ()
    outputs: tuple[Output, ...] = ()
    damaged: tuple[str, ...] = ()
    order: tuple[OrderFinding, ...] = ()
    artifact_uri: str = ""
    replay: RunReplay | None = None
    replay_of: str | None = None
    freed: str = ""


class Difference(Entity):
    """One thing that differs between two runs; a side that lacks it is None."""

    name: str
    left: str | None
    right: str | None


class CellDifference(Entity):
    """One cell that differs: its place in either run and a unified diff of its source."""

    left_index: int | None
    right_index: int | None
    diff: str


class RunDiff(Entity):
    """What separates two runs; each part is empty where they agree.

    `code_known` is False where either run left no journal, so `cells` cannot tell. `notes` say what else
    cannot be told.
    """

    left: str
    right: str
    parameters: tuple[Difference, ...]
    metrics: tuple[Difference, ...]
    datasets: tuple[Difference, ...]
    packages: tuple[Difference, ...]
    git: tuple[Difference, ...]
    cells: tuple[CellDifference, ...]
    code_known: bool = True
    notes: tuple[str, ...] = ()


class ModelVersion(Entity):
    """One version of a registered model, with the run that made it and the aliases that point at it."""

    name: str
    version: str
    run_id: str | None
    source: str
    aliases: tuple[str, ...] = ()
    created: datetime | None = None
    metrics: Mapping[str, float] = Field(default_factory=dict)
    tags: Mapping[str, str] = Field(default_factory=dict)


class Waiting(Entity):
    """What of one run the tracking server does not have yet, and what it refused for good, with the reason.

    `others` counts status, name, datasets and the like; `since` is when the run's first operation waited.
    """

    run_id: str
    name: str
    uri: str
    since: datetime
    points: int = 0
    parameters: int = 0
    tags: int = 0
    artifacts: int = 0
    others: int = 0
    refused: tuple[str, ...] = ()

    @property
    def total(self) -> int:
        """How many things wait."""
        return self.points + self.parameters + self.tags + self.artifacts + self.others


class Sync(Entity):
    """How many things were sent to the tracking server, why that stopped if it did, and what is left."""

    sent: int
    reason: str | None = None
    runs: tuple[Waiting, ...] = ()

    @property
    def waits(self) -> bool:
        """Something still has to be sent."""
        return any(run.total for run in self.runs)


class RunOptions(TypedDict, total=False):
    """What a caller may say of a headless run.

    text: values as text, read by the declared type.
    experiment: where to record; default: the notebook's own, else the project's.
    output: receives the executed notebook: a folder, or a name that ends in ``.ipynb``, in which
        ``{notebook}``, ``{run}``, ``{experiment}``, ``{date}``, ``{time}`` and ``{PARAMETER}`` are filled in.
    kernel: the kernel to use; default: the one that the notebook names.
    cell_timeout: seconds that each cell may take; a cell's tag ``timeout:90s`` counts more.
    timeout: seconds that the whole run may take.
    checkpoint: keep the notebook's state after each cell that took longer than so many seconds.
    resume: go on from this failed or killed run, in a new run that replaces it.
    start: begin at this cell, by number, id or tag; parameters are always taken.
    only: run only cells with this tag, and parameters.
    record: False to record nothing: nothing is kept but `output`, and the run has no id.
    cold: start each kernel anew, where it could be forked from a warm process.
    """

    text: Mapping[str, str] | None
    experiment: str | None
    output: Path | str | None
    kernel: str | None
    cell_timeout: float | None
    timeout: float | None
    checkpoint: float | None
    resume: str | None
    start: str | None
    only: str | None
    record: bool
    cold: bool


class RunRequest(Entity):
    """One headless run that is asked for. `values` are checked against the parameters cell before it starts.

    `text` holds values as typed on a command line, read by the declared type; `values` typed ones.
    `register_as` is ``MODEL`` or ``MODEL=ARTIFACT``; `output` a folder that receives the executed notebook.
    `document` is the notebook where it is not to be read from the file; `shown` is what is recorded of
    parameters in place of the values that they are given, which mean nothing to anybody else; `environment`
    is added to the kernel's; `grace` is how many seconds a cell that is to stop gets to do so, after the
    interrupt and again after SIGTERM. `injected` is the source that assigns its parameters, and `recorded`
    what is recorded of them, where they are those of another run. The rest is as in `RunOptions`.
    """

    notebook: Path | None = None
    document: Mapping[str, Any] | None = None
    text: Mapping[str, str] = Field(default_factory=dict)
    values: Mapping[str, Any] = Field(default_factory=dict)
    shown: Mapping[str, str] = Field(default_factory=dict)
    injected: str | None = None
    recorded: tuple[RecordedParameter, ...] = ()
    experiment: str | None = None
    name: str | None = None
    register_as: str | None = None
    output: Path | None = None
    kernel: str | None = None
    cell_timeout: float | None = None
    timeout: float | None = None
    grace: float = 3.0
    checkpoint: float | None = None
    resume: str | None = None
    start: str | None = None
    only: str | None = None
    record: bool = True
    cold: bool = False
    parent: str | None = None
    replaces: str | None = None
    tags: Mapping[str, str] = Field(default_factory=dict)
    environment: Mapping[str, str] = Field(default_factory=dict)
