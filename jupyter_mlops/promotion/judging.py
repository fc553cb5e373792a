"""All gates of a version, judged, and the report kept with it."""

from __future__ import annotations

import contextlib
import importlib
import time
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, replace
from datetime import UTC, datetime
from typing import Any

from jupyter_mlops.entities import Gate, GateReport, GateResult, GateStatus
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.promotion.context import Context, Verdict
from jupyter_mlops.promotion.gate_reports import keep_report, kept_report, report_by
from jupyter_mlops.tracking.registry import CHAMPION

__all__ = ["JUDGES", "Judge", "judge_gates", "kept_report", "pending", "waiting"]

Done = Callable[[GateResult, int, int], None]
_HERE = "jupyter_mlops.promotion.judges"


@dataclass(frozen=True)
class Judge:
    """Who decides a kind of gate: ``module:function``, imported when used; `key` likewise names what gives
    the digest of all that the verdict depends on, "" where that cannot be told: then it is judged each time.
    Slow ones come last. `compares` tells that it may hold the version against the champion, or against the
    one that has the alias. One `of_now` decides by the ledger and the clock, and at once: what it said before
    does not count."""

    function: str
    key: str | None = None
    slow: bool = False
    compares: bool = False
    of_now: bool = False


JUDGES: Mapping[str, Judge] = {
    "metric": Judge(f"{_HERE}.metrics:judge_metric", compares=True),
    "clean_notebook": Judge(f"{_HERE}.state:judge_clean_notebook"),
    "clean_git": Judge(f"{_HERE}.state:judge_clean_git"),
    "signature": Judge(f"{_HERE}.state:judge_signature"),
    "approvals": Judge(f"{_HERE}.state:judge_approvals", of_now=True),
    "freeze": Judge(f"{_HERE}.state:judge_freeze", of_now=True),
    "not_rejected": Judge(f"{_HERE}.state:judge_not_rejected", of_now=True),
    "ledger": Judge(f"{_HERE}.state:judge_ledger", of_now=True),
    "size": Judge(f"{_HERE}.model:judge_size"),
    "latency": Judge(f"{_HERE}.model:judge_latency", slow=True),
    "model_checks": Judge(
        f"{_HERE}.model:judge_model_checks", key=f"{_HERE}.model:key_model_checks", slow=True, compares=True
    ),
    "data": Judge(f"{_HERE}.data:judge_data", key=f"{_HERE}.data:key_data", slow=True),
    "drift": Judge(f"{_HERE}.drift:judge_drift", key=f"{_HERE}.drift:key_drift", slow=True),
    "better": Judge(
        f"{_HERE}.better:judge_better", key=f"{_HERE}.better:key_better", slow=True, compares=True
    ),
    "fairness": Judge(f"{_HERE}.fairness:judge_fairness", key=f"{_HERE}.fairness:key_fairness", slow=True),
    "checks": Judge(
        f"{_HERE}.notebook:judge_checks", key=f"{_HERE}.notebook:key_checks", slow=True, compares=True
    ),
    "replay": Judge(f"{_HERE}.replay:judge_replay", key=f"{_HERE}.replay:key_replay", slow=True),
}
_DECIDED = frozenset({GateStatus.PASSED, GateStatus.FAILED, GateStatus.SKIPPED})


def judge_gates(
    context: Context,
    gates: Sequence[Gate],
    *,
    keep: bool = True,
    anew: bool = False,
    done: Done = lambda result, count, total: None,
) -> GateReport:
    """Judge all gates, the slow ones last; none is left out because another failed. A judge that cannot
    decide makes an `ERROR`, whatever it raised.

    Args:
        context: the version on its way.
        gates: in the order in which the results are to be.
        keep: keep the report as a run of its own and as tags of the version; nothing is written before all
            gates are judged.
        anew: judge those, too, of which a result is kept that depends on the same.
        done: told of each result, how many there are by now, and how many there will be.
    """
    context = replace(context, anew=anew)
    before = {} if anew else _by_key(context, gates)
    results: dict[int, GateResult] = {}
    order = sorted(range(len(gates)), key=lambda place: _slow(gates[place]))
    for count, place in enumerate(order, 1):
        results[place] = _judged(gates[place], context, before)
        done(results[place], count, len(gates))
    report = GateReport(
        model=context.version.name,
        version=context.version.version,
        alias=context.alias,
        champion=context.champion.version if context.champion else None,
        present=context.present.version if context.present else None,
        results=tuple(results[place] for place in range(len(gates))),
    )
    return keep_report(context.store, context.version, report) if keep else report


def pending(context: Context, gates: Sequence[Gate]) -> GateReport:
    """The gates with what was last kept of them: `WAITING` those that were not judged yet, or against another
    champion than now. What depends on the ledger and the clock only is judged anew; nothing is kept."""
    own = report_by(context.store, context.version, context.alias)
    kept = own
    if kept is None and context.alias != CHAMPION:
        kept = report_by(context.store, context.version)
    champion = context.champion.version if context.champion else None
    present = context.present.version if context.present else None
    same = own is not None and (own.champion, own.present) == (champion, present)
    known = {result.name: result for result in (kept.results if kept else ())}
    results = []
    for gate in gates:
        judge, found = JUDGES.get(gate.kind), known.get(gate.name)
        if judge is not None and judge.of_now:
            results.append(_judged(gate, context, {}))
        elif found is None or found.kind != gate.kind:
            results.append(waiting(gate))
        elif judge is not None and judge.compares and _compares(gate) and not same:
            results.append(waiting(gate, "judged against another version than now"))
        else:
            results.append(found.model_copy(update={"place": gate.place, "implied": gate.implied}))
    return GateReport(
        model=context.version.name,
        version=context.version.version,
        alias=context.alias,
        champion=champion,
        present=present,
        results=tuple(results),
        run_id=kept.run_id if kept else None,
    )


def waiting(gate: Gate, message: str = "") -> GateResult:
    """A gate that is still to be judged."""
    named = {"name": gate.name, "kind": gate.kind, "place": gate.place, "implied": gate.implied}
    return GateResult.model_validate({**named, "status": GateStatus.WAITING, "message": message})


def _compares(gate: Gate) -> bool:
    return gate.kind != "metric" or "other" in gate.options


def _slow(gate: Gate) -> bool:
    return gate.kind in JUDGES and JUDGES[gate.kind].slow


def _judged(gate: Gate, context: Context, before: Mapping[tuple[str, str], GateResult]) -> GateResult:
    began, now = time.perf_counter(), datetime.now(UTC)
    key = ""
    try:
        judge = JUDGES[gate.kind]
        if judge.key is not None:
            with contextlib.suppress(MLOpsError):  # then the judge says it, too
                key = _load(judge.key)(gate, context)
        if key and (gate.kind, key) in before:
            return _reused(gate, before[gate.kind, key], context.label)
        verdict: Verdict = _load(judge.function)(gate, context)
    except MLOpsError as error:
        told = f"{error} ({error.hint})" if error.hint else str(error)
        verdict = Verdict(GateStatus.ERROR, told)
    except Exception as error:  # a gate that cannot be judged is shut, and the others are judged still
        told = " ".join(f"{type(error).__name__}: {error}".split())
        verdict = Verdict(GateStatus.ERROR, told)
    return GateResult(
        name=gate.name,
        kind=gate.kind,
        status=verdict.status,
        message=verdict.message,
        details=verdict.details,
        evidence=verdict.evidence,
        place=gate.place,
        implied=gate.implied,
        key=key,
        judged=now,
        seconds=round(time.perf_counter() - began, 3),
    )


def _by_key(context: Context, gates: Sequence[Gate]) -> dict[tuple[str, str], GateResult]:
    """What was kept of the version by the key that it was judged by: for this alias, and for the champion's,
    where all that it depends on is the same."""
    if not any(gate.kind in JUDGES and JUDGES[gate.kind].key for gate in gates):
        return {}
    kept = [kept_report(context.store, context.version, alias) for alias in sorted({CHAMPION, context.alias})]
    results = sorted(
        (result for report in kept if report is not None for result in report.results),
        key=lambda result: result.judged or context.now,
    )
    return {(r.kind, r.key): r for r in results if r.key and r.status in _DECIDED}


def _reused(gate: Gate, found: GateResult, label: str) -> GateResult:
    message = found.message
    if found.judged is not None:
        again = "" if found.open else f"; gate judge {label} --anew judges it again"
        message = message.partition(" (as judged ")[0]
        message = f"{message} (as judged {found.judged:%Y-%m-%d %H:%M} UTC{again})"
    named = {"name": gate.name, "place": gate.place, "implied": gate.implied, "seconds": 0.0}
    return found.model_copy(update={**named, "message": message})


def _load(dotted: str) -> Any:
    module, _, function = dotted.partition(":")
    return getattr(importlib.import_module(module), function)
