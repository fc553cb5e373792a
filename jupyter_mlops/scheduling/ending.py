"""How a slot's run ended, in a slot's words, and what others are told of it."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, datetime

from jupyter_mlops.entities import Event, Notice, Run, RunStatus, Slot, SlotEnd, SlotStatus
from jupyter_mlops.exceptions import (
    ConfigError,
    KernelNotInstalled,
    MLOpsError,
    NotebookError,
    NotFound,
    NothingYet,
    ParameterError,
)

TOLD = "it was told to end"  # by a signal
CANCELLED = "cancelled"  # begins why a run ended that somebody did not want any more
PARAMETERS, SOURCE = "parameters", "source"  # begin why a slot was skipped whose run could not begin
NO_WORKER = "its worker did not come up"  # begins why one was skipped that nobody ran
_SIGNALS = 128  # exit codes beyond are those of what a signal ended
_NO_SOURCE = (NotFound, NotebookError, ConfigError, KernelNotInstalled)


def of_run(run: Run, notes: Sequence[str] = ()) -> SlotEnd:
    """The end of a slot whose run ended so; `notes` tell what was done with what it made."""
    well = run.exit_code == 0
    outcome = RunStatus.FAILED if not well and run.status is RunStatus.FINISHED else run.status
    if well:
        why = "; ".join(notes)
    else:
        why = TOLD if run.exit_code > _SIGNALS else run.error or f"exit code {run.exit_code}"
    return SlotEnd(status=SlotStatus.RAN, outcome=outcome, run_id=run.run_id, why=why, retry=not well)


def of_error(error: Exception, run_id: str | None = None) -> SlotEnd:
    """The end of a slot that this came of. Where no run was begun, what must be mended before one can be
    makes it `SKIPPED`; all else has failed, and may do better when it is tried again."""
    why = _told(error)
    if run_id is None and isinstance(error, ParameterError):
        return SlotEnd(status=SlotStatus.SKIPPED, why=f"{PARAMETERS}: {why}")
    if run_id is None and isinstance(error, NothingYet):
        return SlotEnd(status=SlotStatus.SKIPPED, why=why)
    if run_id is None and isinstance(error, _NO_SOURCE):
        return SlotEnd(status=SlotStatus.SKIPPED, why=f"{SOURCE}: {why}")
    return SlotEnd(status=SlotStatus.RAN, outcome=RunStatus.FAILED, run_id=run_id, why=why, retry=True)


def stopped(why: str, run_id: str | None = None, outcome: RunStatus | None = None) -> SlotEnd:
    """The end of a slot whose run was told to end, and ended so, or was not heard of."""
    ended = outcome if outcome not in {None, RunStatus.RUNNING} else RunStatus.KILLED
    return SlotEnd(
        status=SlotStatus.RAN, outcome=ended, run_id=run_id, why=why, retry=ended is not RunStatus.FINISHED
    )


def is_killed(end: SlotEnd) -> bool:
    """Its run was cut off."""
    return end.status is SlotStatus.RAN and end.outcome is RunStatus.KILLED


def notice_of(slot: Slot, former: Slot | None) -> Notice | None:
    """What others are told of a slot that has ended; None where it is nothing to them: it ended well, as the
    `former` one of the schedule did, or was skipped for the same reason as that."""
    if is_well(slot):
        if former is None or not is_bad(former):
            return None
        return _notice(slot, f"{slot.schedule}: recovered", "")
    if not is_bad(slot) or (_skipped(slot) and former is not None and former.why == slot.why):
        return None
    if _skipped(slot):
        return _notice(slot, f"{slot.schedule}: skipped ({slot.why})", slot.why)
    outcome = slot.outcome.value if slot.outcome is not None else "no outcome"
    tries = f" after {slot.attempt} tries" if slot.attempt > 1 else ""
    return _notice(slot, f"{slot.schedule}: {outcome}{tries}: {slot.why}", slot.why)


def is_well(end: Slot | SlotEnd) -> bool:
    """Its run ended well."""
    return end.status is SlotStatus.RAN and end.outcome is RunStatus.FINISHED


def is_bad(slot: Slot) -> bool:
    """Somebody has to look after it: its run did not end well, and was not cancelled, or could not begin."""
    failed = slot.status is SlotStatus.RAN and slot.outcome is not RunStatus.FINISHED
    return (failed and not slot.why.startswith(CANCELLED)) or _skipped(slot)


def _skipped(slot: Slot) -> bool:
    reasons = (f"{PARAMETERS}:", f"{SOURCE}:", NO_WORKER)
    return slot.status is SlotStatus.SKIPPED and slot.why.startswith(reasons)


def _notice(slot: Slot, subject: str, text: str) -> Notice:
    facts = {
        "schedule": slot.schedule,
        "slot": str(slot.id),
        "due": slot.due.isoformat(),
        "status": slot.status.value,
        "outcome": slot.outcome.value if slot.outcome is not None else "",
        "run": slot.run_id or "",
        "tries": str(slot.attempt),
    }
    told = {key: value for key, value in facts.items() if value}
    return Notice(event=Event.SCHEDULE, subject=subject, text=text, when=datetime.now(UTC), facts=told)


def _told(error: Exception) -> str:
    if not isinstance(error, MLOpsError):
        return f"{type(error).__name__}: {' '.join(str(error).split())}"
    return f"{error} ({error.hint})" if error.hint else str(error)
