"""What a gate says of a report of checks."""

from __future__ import annotations

from jupyter_mlops.entities import CheckReport, CheckResult, CheckStatus, GateStatus
from jupyter_mlops.promotion.context import Verdict
from jupyter_mlops.promotion.judges.opened import short

SHOWN = 20  # checks that did not pass and are told


def verdict_of(report: CheckReport, *, may_skip_all: bool = False, **evidence: str) -> Verdict:
    """`PASSED` where each check that could be made said yes, and one at least could; `FAILED` where one said
    no; `ERROR` where one could not be decided or the run ended early. Where all were skipped it depends on
    `may_skip_all`."""
    failed = [result for result in report.results if result.status is CheckStatus.FAILED]
    undecided = [result for result in report.results if result.status is CheckStatus.ERROR]
    passed = [result for result in report.results if result.status is CheckStatus.PASSED]
    wrong = [*failed, *undecided]
    details = [*(_told(result) for result in wrong[:SHOWN]), *report.notes]
    if failed:
        status, message = GateStatus.FAILED, _first(failed, len(report.results), "failed")
    elif undecided:
        status, message = GateStatus.ERROR, _first(undecided, len(report.results), "could not be decided")
    elif report.exit_code:
        status, message = GateStatus.ERROR, "; ".join(report.notes) or "the run ended early"
    elif passed:
        status, message = GateStatus.PASSED, _passed(len(passed), len(report.results))
    else:
        status = GateStatus.SKIPPED if may_skip_all else GateStatus.ERROR
        message = _none(report.results)
    kept = {"run": str(report.run_id), "subject": report.subject, **evidence}
    return Verdict(status, message, tuple(details), kept)


def _first(wrong: list[CheckResult], many: int, what: str) -> str:
    said = f"{len(wrong)} of {many} check{'s' if many > 1 else ''} {what}, first: {short(wrong[0].name)}"
    return f"{said}: {wrong[0].message}" if wrong[0].message else said


def _passed(passed: int, many: int) -> str:
    skipped = f"; {many - passed} skipped" if passed < many else ""
    return f"{passed} check{'s' if passed > 1 else ''} passed{skipped}"


def _none(results: tuple[CheckResult, ...]) -> str:
    if not results:
        return "there is no check to be made"
    return f"no check was made: {short(results[0].name)}: {results[0].message or 'skipped'}"


def _told(result: CheckResult) -> str:
    return f"{short(result.name)}: {result.status.value}: {result.message}"
