"""What checks found, as records of a run: counts as tags, the whole report as an artifact."""

from __future__ import annotations

import contextlib
from collections import Counter
from collections.abc import Iterator, Mapping

from jupyter_mlops.entities import CheckReport, CheckStatus, RunKind, RunStatus
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.tracking import leases
from jupyter_mlops.tracking.embedded import EmbeddedRecorder
from jupyter_mlops.tracking.keeping import keep_origin, keep_text
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store

ARTIFACT = "checks.json"
TAG = "mlops.check."


def counts(report: CheckReport) -> dict[str, str]:
    """``mlops.check.passed`` and the like: how many checks ended so, and what they were of."""
    found = Counter(result.status for result in report.results)
    return {f"{TAG}subject": report.subject, **{f"{TAG}{s.value}": str(found[s]) for s in CheckStatus}}


def keep_with(store: Store, report: CheckReport) -> None:
    """Put the report on its run, which has ended."""
    run_id, direct = str(report.run_id), store.direct()
    keep(Recorder(store, run_id) if direct is None else EmbeddedRecorder(store, run_id, direct), report)


def keep(recorder: Recorder, report: CheckReport) -> None:
    """Put the report on the run: tags, and the artifact ``checks.json``."""
    recorder.tags(counts(report))
    keep_text(recorder, ARTIFACT, report.model_dump_json(indent=1))


class CheckRun:
    """A run of checks that goes on; `report` is what it found, once it has."""

    def __init__(self, recorder: Recorder) -> None:
        self.recorder = recorder
        self.report: CheckReport | None = None

    def conclude(self, report: CheckReport) -> CheckReport:
        """The report as it will be recorded when the run is closed."""
        code = 0 if report.passed else 3
        self.report = report.model_copy(update={"run_id": self.recorder.run_id, "exit_code": code})
        return self.report


@contextlib.contextmanager
def check_run(store: Store, subject: str, marks: Mapping[str, str]) -> Iterator[CheckRun]:
    """A recorded run around checks of data or a model: it ends FAILED where they said no, or could not be
    made."""
    leases.reconcile(store)
    recorder = Recorder.start(
        store,
        experiment=store.default_experiment,
        name=f"check {subject}",
        kind=RunKind.CHECK,
        extra=marks,
    )
    leases.take(store, recorder.run_id)
    run = CheckRun(recorder)
    problem = None
    try:
        yield run
    except BaseException as error:
        problem = f"{error}" if isinstance(error, MLOpsError) else f"{type(error).__name__}: {error}"
        raise
    finally:
        _close(store, run, problem)
    leases.release(store, recorder.run_id)


def _close(store: Store, run: CheckRun, problem: str | None) -> None:
    recorder, report = run.recorder, run.report
    if report is not None:
        keep(recorder, report)
        problem = problem or said_no(report)
    keep_origin(store, recorder)
    status = RunStatus.FINISHED if problem is None else RunStatus.FAILED
    code = 4 if report is None else report.exit_code
    recorder.close(status, exit_code=code, error=problem)


def said_no(report: CheckReport) -> str | None:
    """The checks that did not pass, in a sentence; None where all did."""
    wrong = [r for r in report.results if r.status in {CheckStatus.FAILED, CheckStatus.ERROR}]
    if not wrong:
        return None
    told = "; ".join(f"{result.name}: {result.message}" for result in wrong)
    return f"{len(wrong)} of {len(report.results)} checks failed: {told}"
