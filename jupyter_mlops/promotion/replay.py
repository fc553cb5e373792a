"""A recorded run, run again from its record: are the numbers the same?"""

from __future__ import annotations

import contextlib
import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import UTC, datetime
from pathlib import Path

from jupyter_mlops.config import Config
from jupyter_mlops.entities import (
    CellReplay,
    Difference,
    MetricReplay,
    Provenance,
    Replay,
    ReplayVerdict,
    Run,
    RunStatus,
    digest_of,
)
from jupyter_mlops.exceptions import Cancelled, Refused, StoreError, UsageError
from jupyter_mlops.execution.client import Progress
from jupyter_mlops.execution.modules import module_digest
from jupyter_mlops.execution.runner import execute
from jupyter_mlops.execution.scratch import scratch_folder
from jupyter_mlops.notebooks.document import source_digest
from jupyter_mlops.pipelines.locks import steps_folder
from jupyter_mlops.promotion.replaying import data
from jupyter_mlops.promotion.replaying.comparing import (
    compare_cells,
    compare_metrics,
    has_outputs,
    identifiers_of,
    notes_on,
)
from jupyter_mlops.promotion.replaying.environment import Environment, rebuilt
from jupyter_mlops.promotion.replaying.keeping import keep, kept_replay, last_replay
from jupyter_mlops.promotion.replaying.original import (
    Original,
    find_replayed,
    read_original,
)
from jupyter_mlops.promotion.replaying.step import Step, read_step
from jupyter_mlops.promotion.replaying.verdict import ended_otherwise, overall, reasons
from jupyter_mlops.promotion.replaying.written import Written
from jupyter_mlops.provenance.packages import installed
from jupyter_mlops.tracking.guard import replaying
from jupyter_mlops.tracking.reader import read_provenance
from jupyter_mlops.tracking.store import Store

__all__ = ["check_tolerance", "kept_replay", "replay", "replay_key", "replay_run"]

Say = Callable[[str], None]
_COMMIT = 12  # characters of a commit that are told


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
    """A digest of all that a replay of the run depends on: its notebook and parameters, and as they are now
    its data, packages, and the code beside the notebook that the run imported, or its last replay.

    Raises:
        Refused: its record does not suffice for one.
    """
    original = read_original(store, run)
    last = last_replay(store, run.run_id)
    again = read_provenance(store, last) if last else None
    modules = _modules_now(store.root, [*_modules(original.provenance), *_modules(again)])
    return _key(original, _look(store, config, original)[0], modules, env)


@dataclass
class _Doing:
    store: Store
    config: Config
    run: Run
    label: str
    tolerance: float
    env: bool
    report: Say
    original: Original = field(init=False)  # this and what follows is known once it is prepared
    looked: data.Looked = field(init=False)
    modules: dict[str, str] = field(init=False)
    written: Written = field(init=False)
    environment: Environment | None = None
    step: Step | None = None
    notes: list[str] = field(default_factory=list)
    key: str = ""
    outputs: data.Made = field(default_factory=data.Made)  # of the step

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
        self.modules = _modules_now(self.store.root, _modules(original.provenance))
        self._note_origin()
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
        # of what it imported counts what it read, whatever became of the file meanwhile
        self.key = _key(original, self.looked, {**self.modules, **_modules(again.provenance)}, self.env)
        replayed = again.family
        metrics = compare_metrics(store, original.family, replayed, again.cells, self.tolerance)
        self.notes += notes_on(store, original.family, replayed, metrics)
        if not has_outputs(original.notebook) and original.live:
            self.notes.append("the notebook was saved without outputs: only metrics are compared")
        identifiers = [identifiers_of(side) for side in (original.family, replayed)]
        cells = compare_cells(original.notebook, again.notebook, metrics, identifiers, live=original.live)
        self._note_end(again)
        found = self.outputs + self._data(replayed)
        ended = ended_otherwise(original, made, again.cells)
        verdict, reason = self._verdict(made, ended, metrics, cells, found)
        return self.told(
            verdict,
            reason=reason,
            replayed=made.run_id,
            metrics=metrics,
            cells=cells,
            data=(*self.looked.same, *found.told),
            others=(*found.missing, *found.others),
            environment=_environment(original, again),
            failed=bool(ended or found.missing),
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
        ended: str,
        metrics: Sequence[MetricReplay],
        cells: Sequence[CellReplay],
        found: data.Made,
    ) -> tuple[ReplayVerdict, str]:
        if made.exit_code == 4:
            return ReplayVerdict.IMPOSSIBLE, made.error or "the machinery failed"
        if ended:
            return ReplayVerdict.DIFFERENT, ended
        shown = has_outputs(self.original.notebook) or (cells and not self.original.live)
        others = bool(found.others or found.missing)
        if not (metrics or shown or others or self.outputs.told):
            return (
                ReplayVerdict.IMPOSSIBLE,
                "nothing can be compared: no metric was logged, no output kept",
            )
        if found.missing:
            return ReplayVerdict.DIFFERENT, reasons(metrics, cells, found)
        judged = () if self.outputs.told and not metrics else cells  # what a step makes tells more than that
        verdict = overall(metrics, judged, others=others, tolerance=self.tolerance)
        told = verdict is not ReplayVerdict.REPRODUCED
        return verdict, reasons(metrics, cells, found) if told else ""

    def _data(self, replayed: Sequence[Run]) -> data.Made:
        """What the runs themselves recorded of data."""
        before, now = (data.linked(self.store, runs) for runs in (self.original.family, replayed))
        apart = self.step.declared if self.step is not None else ()
        return data.compared(before, now, apart=apart, live=self.original.live)

    def _note_origin(self) -> None:
        original = self.original
        if original.findings:
            self.notes.append(
                f"the session was not run from top to bottom, the replay is: {'; '.join(original.findings)}"
            )
        if original.live and original.root.status is RunStatus.FAILED:
            self.notes.append(f"the last try of a cell of the session failed: {original.root.error}")
        recorded = _modules(original.provenance)
        changed = [name for name, digest in recorded.items() if not digest or digest != self.modules[name]]
        if changed:
            self.notes.append(f"code beside the notebook changed since: {', '.join(changed)}")

    def _note_end(self, again: Original) -> None:
        self.written.note(self.notes)
        before, now = _commit(self.original), _commit(again)
        if before and before != now:
            self.notes.append(
                f"the run began at git commit {before[:_COMMIT]}, the replay "
                f"{f'at {now[:_COMMIT]}' if now else 'outside of git'}"
            )


def _look(store: Store, config: Config, original: Original) -> tuple[data.Looked, Step | None]:
    """What there is of the data that it read, and the step that it was of, if it was of one.

    Raises:
        Refused: an input of the step is not there as it was.
    """
    step = read_step(store, config, original)
    if step is None:
        return data.look(store, config, original), None
    return data.Looked(same=step.told, digests=dict(step.record.ingredients.inputs)), step


def _key(original: Original, looked: data.Looked, modules: Mapping[str, str], env: bool) -> str:
    packages = original.provenance.packages if original.provenance else {}
    now = {} if env else {name: version for name, version in installed().items() if name in packages}
    return digest_of(
        {
            "run": original.run.run_id,
            "source": source_digest(original.notebook),
            "parameters": [parameter.model_dump() for parameter in original.parameters],
            "data": looked.digests,
            "packages": now,
            "modules": dict(sorted(modules.items())),
            "env": env,
        }
    )


def _modules(provenance: Provenance | None) -> Mapping[str, str]:
    return provenance.modules if provenance else {}


def _modules_now(root: Path, names: Iterable[str]) -> dict[str, str]:
    """Digests of these files, by path in the project; that of one that is gone tells so."""
    found = {}
    for name in names:
        try:
            found[name] = module_digest(root / name)
        except OSError:
            found[name] = "gone"
    return found


def _commit(original: Original) -> str | None:
    state = original.provenance.git if original.provenance else None
    return state.commit if state else None


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
