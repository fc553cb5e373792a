"""A recorded run, run again from its record: are the numbers the same?"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime

from jupyter_mlops.config import Config
from jupyter_mlops.entities import (
    CellRecord,
    CellReplay,
    Difference,
    MetricReplay,
    Replay,
    ReplayVerdict,
    Run,
    digest_of,
)
from jupyter_mlops.exceptions import Cancelled, Refused, StoreError, UsageError
from jupyter_mlops.execution.client import Progress
from jupyter_mlops.execution.modules import changed_modules
from jupyter_mlops.execution.runner import execute
from jupyter_mlops.execution.scratch import scratch_folder
from jupyter_mlops.notebooks.document import source_digest
from jupyter_mlops.pipelines.locks import steps_folder
from jupyter_mlops.promotion.replaying import data
from jupyter_mlops.promotion.replaying.comparing import (
    compare_cells,
    compare_metrics,
    has_outputs,
    same,
    verdict_of,
)
from jupyter_mlops.promotion.replaying.environment import Environment, rebuilt
from jupyter_mlops.promotion.replaying.keeping import keep, kept_replay
from jupyter_mlops.promotion.replaying.original import (
    Original,
    family,
    find_replayed,
    read_original,
)
from jupyter_mlops.promotion.replaying.step import Step, read_step
from jupyter_mlops.promotion.replaying.written import Written
from jupyter_mlops.provenance.packages import installed
from jupyter_mlops.tracking import datasets
from jupyter_mlops.tracking.guard import replaying
from jupyter_mlops.tracking.store import Store

__all__ = ["check_tolerance", "kept_replay", "replay", "replay_key", "replay_run"]

Say = Callable[[str], None]


def replay(
    store: Store,
    config: Config,
    what: str,
    *,
    tolerance: float = 0.0,
    env: bool = False,
    report: Say = lambda line: None,
    progress: Progress | None = None,
) -> Replay:
    """Run a recorded run again: the notebook that it kept, with its parameters, on the data that it read, as
    far as recorded, headless from a clean kernel, in the folder where it ran. Its metrics are compared, and
    what its cells showed. The verdict is kept with the original run (see `kept_replay`). A replay registers
    no model and moves no alias.

    Args:
        store: the project's store.
        config: its configuration.
        what: a run by id, beginning of its id, name or ``latest``; or ``MODEL@VERSION``, ``MODEL@ALIAS``.
        tolerance: how far metrics may be apart, relative or absolute, as `math.isclose` has it.
        env: run it with the packages that the run recorded, in an environment of their own.
        report: told in a line what is done.
        progress: told of cells, as by `execute`.

    Raises:
        NotFound: there is no such run or version.
        Refused: the version was made by no run, or that was deleted.
        UsageError: the tolerance is none.
        Cancelled: a signal came; nothing was kept.
    """
    check_tolerance(tolerance)
    run, label = find_replayed(store, what)
    return replay_run(
        store, config, run, label=label, tolerance=tolerance, env=env, report=report, progress=progress
    )


def replay_run(
    store: Store,
    config: Config,
    run: Run,
    *,
    label: str,
    tolerance: float = 0.0,
    env: bool = False,
    report: Say = lambda line: None,
    progress: Progress | None = None,
) -> Replay:
    """The same, of a run that was found; `label` is what a person calls it."""
    if replaying():
        raise Refused("this is a replay itself: it replays nothing", hint="leave that to whoever began it")
    doing = _Doing(store, config, run, label, tolerance, env, report)
    try:
        doing.prepare()
        made = doing.execute(progress)
    except StoreError:
        raise
    except Refused as error:  # known before anything ran
        hint = f" ({error.hint})" if error.hint else ""
        return keep(store, doing.told(ReplayVerdict.IMPOSSIBLE, reason=f"{error}{hint}"))
    if made.exit_code >= 128:
        raise Cancelled(f"the replay of {label} was cancelled", hint=f"jupyter mlops show {made.run_id[:8]}")
    return keep(store, doing.judge(made), doing.key)


def check_tolerance(tolerance: float) -> None:
    """Return if it is one.

    Raises:
        UsageError: it is not.
    """
    if not (math.isfinite(tolerance) and tolerance >= 0):
        raise UsageError(f"{tolerance} is no tolerance", hint="0 or a small number, such as 1e-6")


def replay_key(store: Store, config: Config, run: Run, *, env: bool = False) -> str:
    """A digest of all that a replay of the run depends on: its notebook and parameters, data and packages as
    they are now.

    Raises:
        Refused: its record does not suffice for one.
    """
    original = read_original(store, run)
    return _key(store, original, _look(store, config, original)[0], env)


@dataclass
class _Doing:
    store: Store
    config: Config
    run: Run
    label: str
    tolerance: float
    env: bool
    report: Say
    notes: list[str] = field(default_factory=list)
    key: str = ""
    environment: Environment | None = None
    step: Step | None = None
    outputs: tuple[list[str], list[str]] = ([], [])  # of the step: the same, and others

    def prepare(self) -> None:
        """See to it that it can be run.

        Raises:
            Refused: it cannot.
        """
        self.original = original = read_original(self.store, self.run)
        self.looked, self.step = _look(self.store, self.config, original)
        data.check(self.looked)
        if not self.looked.recorded:
            self.notes.append(data.UNRECORDED)
        self._note_origin()
        self.key = _key(self.store, original, self.looked, self.env)
        if self.env:
            self.environment = rebuilt(self.store, original.provenance, self.report)

    def execute(self, progress: Progress | None) -> Run:
        """Run the notebook."""
        self.report(f"replay of {self.label}: {self.original.root.notebook}, from a clean kernel")
        kernel = self.environment.kernel if self.environment else None
        self.written = Written.before(self.original.path.parent)
        with contextlib.ExitStack() as stack:
            if self.environment is not None:
                stack.enter_context(self.environment.found())
            given = None
            if self.step is not None:
                scratch = stack.enter_context(scratch_folder(steps_folder(self.store)))
                given = self.step.given(self.original, scratch)
            made = execute(self.original.request(kernel=kernel, given=given), self.store, progress)
            if self.step is not None:
                self.outputs = self.step.compare()
            return made

    def judge(self, made: Run) -> Replay:
        """Compare."""
        original, store = self.original, self.store
        again = read_original(store, made)
        replayed = family(store, made)
        metrics = compare_metrics(store, original.family, replayed, again.cells, self.tolerance)
        outputs = has_outputs(original.notebook) or not original.live
        if not outputs:
            self.notes.append("the notebook was saved without outputs: only metrics are compared")
        identifiers = [[run.run_id for run in side] for side in (original.family, replayed)]
        cells = compare_cells(original.notebook, again.notebook, metrics, identifiers, live=original.live)
        self.written.note(self.notes)
        verdict, reason = self._verdict(made, again, metrics, cells, outputs)
        return self.told(
            verdict,
            reason=reason,
            replayed=made.run_id,
            metrics=metrics,
            cells=cells,
            data=(*self.looked.same, *self._later(replayed), *self.outputs[0], *self.outputs[1]),
            environment=_environment(original, again),
            failed=bool(made.exit_code) and made.error != original.root.error,
        )

    def told(self, verdict: ReplayVerdict, **fields: object) -> Replay:
        """The replay as it is kept."""
        return Replay.model_validate(
            {
                "run_id": self.run.run_id,
                "label": self.label,
                "verdict": verdict,
                "tolerance": self.tolerance,
                "rebuilt": self.env,
                "when": datetime.now(UTC),
                "notes": tuple(self.notes),
                **fields,
            }
        )

    def _verdict(
        self,
        made: Run,
        again: Original,
        metrics: Sequence[MetricReplay],
        cells: Sequence[CellReplay],
        outputs: bool,
    ) -> tuple[ReplayVerdict, str]:
        if made.exit_code == 4:
            return ReplayVerdict.IMPOSSIBLE, made.error or "the machinery failed"
        if made.exit_code and made.error != self.original.root.error:
            return ReplayVerdict.DIFFERENT, f"{_failed(again.cells)}: {made.error}"
        told = outputs and (has_outputs(self.original.notebook) or cells)
        if not metrics and not told and not any(self.outputs):
            return (
                ReplayVerdict.IMPOSSIBLE,
                "nothing can be compared: no metric was logged, no output kept",
            )
        if not metrics and any(self.outputs):
            made_anew = "; ".join([*self.outputs[1], *([_why((), cells)] if cells else [])])
            return (ReplayVerdict.DIFFERENT, made_anew) if self.outputs[1] else (ReplayVerdict.REPRODUCED, "")
        verdict = verdict_of(metrics, cells, self.tolerance)
        if verdict is ReplayVerdict.REPRODUCED:
            return verdict, ""
        return verdict, _why(metrics, cells)

    def _later(self, replayed: Sequence[Run]) -> list[str]:
        """What the notebook itself made in memory."""
        links = datasets.links_of_runs(self.store, [run.run_id for run in replayed])
        return data.compared(self.looked.later, [link.version for link in links])

    def _note_origin(self) -> None:
        original = self.original
        if original.findings:
            self.notes.append(
                f"the session was not run from top to bottom, the replay is: {'; '.join(original.findings)}"
            )
        known: Mapping[str, str] = original.provenance.modules if original.provenance else {}
        changed = changed_modules(known, self.store.root)
        if changed:
            self.notes.append(f"code beside the notebook changed since: {', '.join(changed)}")


def _look(store: Store, config: Config, original: Original) -> tuple[data.Looked, Step | None]:
    """What there is of the data that it read, and the step that it was of, if it was of one.

    Raises:
        Refused: an input of the step is not there as it was.
    """
    step = read_step(store, config, original)
    if step is None:
        return data.look(store, config, original), None
    return data.Looked(same=step.told, digests=dict(step.record.ingredients.inputs)), step


def _key(store: Store, original: Original, looked: data.Looked, env: bool) -> str:
    packages = original.provenance.packages if original.provenance else {}
    now = {} if env else {name: version for name, version in installed().items() if name in packages}
    modules = original.provenance.modules if original.provenance else {}
    return digest_of(
        {
            "run": original.run.run_id,
            "source": source_digest(original.notebook),
            "parameters": [parameter.model_dump() for parameter in original.parameters],
            "data": looked.digests,
            "packages": now,
            "modules": sorted(changed_modules(modules, store.root)),
            "env": env,
        }
    )


def _environment(original: Original, again: Original) -> tuple[Difference, ...]:
    """Packages that the original imported, and the Python, where they are others now."""
    if original.provenance is None or again.provenance is None:
        return ()
    before = {"python": original.provenance.python, **original.provenance.packages}
    now = {"python": again.provenance.python, **again.provenance.installed}
    return tuple(
        Difference(name=name, left=version, right=now.get(name))
        for name, version in before.items()
        if now.get(name) != version
    )


def _failed(cells: Sequence[CellRecord]) -> str:
    """Where the replay failed: the cell, counted as a person does."""
    failed = [cell for cell in cells if cell.error]
    return f"cell {failed[-1].index + 1} failed" if failed and failed[-1].index >= 0 else "a cell failed"


def _why(metrics: Sequence[MetricReplay], cells: Sequence[CellReplay]) -> str:
    """``accuracy is 0.81, not 0.83; the first cell that differs is code cell 3: model = ...``."""
    told = []
    for row in metrics:
        if same(row):
            continue
        if row.original is None or row.replayed is None:
            side = "the replay" if row.original is None else "the original"
            told.append(f"{row.metric} was logged by {side} only")
        else:
            told.append(f"{row.metric} is {row.replayed:.6g}, not {row.original:.6g}")
    first = f"the first cell that differs is code cell {cells[0].number}: {cells[0].source}" if cells else ""
    more = [f"and {len(told) - 3} more metrics"] if len(told) > 3 else []
    return "; ".join(filter(None, [", ".join([*told[:3], *more]), first]))
