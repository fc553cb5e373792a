"""The version's run is run again: are the numbers the same?"""

from __future__ import annotations

from jupyter_mlops.entities import CellRecord, CellStatus, Gate, Replay, ReplayVerdict, Run, digest_of
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.promotion.context import Context, Verdict, decided
from jupyter_mlops.promotion.replay import check_tolerance, replay_key, replay_run
from jupyter_mlops.promotion.replaying.keeping import kept_with_key
from jupyter_mlops.promotion.replaying.original import find_replayed
from jupyter_mlops.promotion.replaying.verdict import overall

_OPEN = frozenset({ReplayVerdict.REPRODUCED, ReplayVerdict.WITHIN})
_LINES = 10  # cells that are named


def judge_replay(gate: Gate, context: Context) -> Verdict:
    """Whether the run is reproduced within ``tolerance``; with ``env`` in an environment rebuilt from its
    record. The last replay counts as long as all that is known to matter is as it was (see `replay_key`), and
    nobody asks for a new one: it may have been made by hand, and with another tolerance. What is worth a note
    of the replay is in the details.

    Raises:
        Refused: the version was made by no run, or that was deleted, or it cannot be run again.
        UsageError: the tolerance is none.
    """
    tolerance, env = _options(gate)
    run = _run(context)
    kept, key = (None, "") if context.anew else kept_with_key(context.store, run.run_id)
    found = None
    if kept is not None and _holds(kept) and key == replay_key(context.store, context.config, run, env=env):
        found = _judged_anew(kept, tolerance)
    if found is None:
        found = replay_run(
            context.store,
            context.config,
            run,
            label=context.label,
            tolerance=tolerance,
            env=env,
            report=context.tell,
            progress=lambda record, done, total: _tell(context, record, done, total),
        )
    if found.verdict is ReplayVerdict.IMPOSSIBLE:
        raise Refused(f"{context.label} can't be replayed: {found.reason}")
    told = f"{found.verdict.value}{f': {found.reason}' if found.reason else ''}"
    cells = tuple(f"code cell {cell.number} differs: {cell.source}" for cell in found.cells[:_LINES])
    return decided(
        found.verdict in _OPEN,
        told,
        (*cells, *(f"note: {note}" for note in found.notes)),
        run=run.run_id,
        replay=found.replayed or "",
        verdict=found.verdict,
    )


def key_replay(gate: Gate, context: Context) -> str:
    """A digest of all that the verdict depends on.

    Raises:
        Refused: the record of the version's run does not suffice for one.
    """
    tolerance, env = _options(gate)
    depends = replay_key(context.store, context.config, _run(context), env=env)
    return digest_of({"tolerance": tolerance, "depends": depends})


def _options(gate: Gate) -> tuple[float, bool]:
    tolerance = float(gate.options.get("tolerance", 0.0))
    check_tolerance(tolerance)
    return tolerance, bool(gate.options.get("env", False))


def _run(context: Context) -> Run:
    return find_replayed(context.store, context.label)[0]


def _holds(kept: Replay) -> bool:
    """It says something of the version: one that could not be run may be run by now."""
    return kept.verdict is not ReplayVerdict.IMPOSSIBLE


def _judged_anew(kept: Replay, tolerance: float) -> Replay:
    """The kept replay by this tolerance."""
    if kept.tolerance == tolerance or not kept.metrics or kept.failed:
        return kept
    verdict = overall(kept.metrics, kept.cells, others=bool(kept.others), tolerance=tolerance)
    return kept.model_copy(update={"verdict": verdict, "tolerance": tolerance})


def _tell(context: Context, record: CellRecord, done: int, total: int) -> None:
    """Of cells that have ended: a gate's progress is told by lines."""
    if record.status is not CellStatus.RUNNING:
        context.tell(f"replay: cell {done}/{total}: {record.status.value}")
