"""A gate report, kept with the version it is of: whole as an artifact of a run, in short as tags. One is kept
for each alias that the version was judged for."""

from __future__ import annotations

import hashlib
import re
from collections import Counter

from jupyter_mlops.entities import GateReport, GateStatus, ModelVersion, RunKind, RunStatus
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.tracking import leases
from jupyter_mlops.tracking.keeping import keep_origin, keep_text
from jupyter_mlops.tracking.model_files import MAX_TAG, tag_version
from jupyter_mlops.tracking.reader import find_run, local_copy
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.registry import CHAMPION, find_version
from jupyter_mlops.tracking.store import Store

ARTIFACT = "gates.json"
GATES = "mlops.gates"  # of a version: how many gates ended how
GATES_RUN = "mlops.gates.run"  # the run that keeps the report; for another alias than champion, and .ALIAS
GATES_DIGEST = "mlops.gates.digest"  # sha256 of the report as it was written; likewise
GATE = "mlops.gate."  # and the gate: what was decided
SUBJECT = "mlops.gates.subject"
_WORDS = {">=": "ge", "<=": "le", ">": "gt", "<": "lt", "==": "eq", "=": "is"}  # that a tag's name may hold
_LONGEST = 40  # characters of a gate in the name of a tag


def keep_report(store: Store, version: ModelVersion, report: GateReport) -> GateReport:
    """Keep the report as ``gates.json`` of a run named ``gates NAME@VERSION``, which ends FINISHED whatever
    they said, then as tags of the version; the report with that run's id. Whoever meets the version's tags
    finds all of it. What each gate said is told by tags where the alias is the champion's.

    Raises:
        MLOpsError: the store does not take it.
    """
    leases.reconcile(store)
    label = f"{version.name}@{version.version}"
    recorder = Recorder.start(
        store,
        experiment=store.default_experiment,
        name=f"gates {label}",
        kind=RunKind.CHECK,
        extra={SUBJECT: label, "mlops.gates.alias": report.alias},
    )
    leases.take(store, recorder.run_id)
    report = report.model_copy(update={"run_id": recorder.run_id})
    try:
        digest = _write(store, recorder, report)
    except BaseException as error:
        recorder.close(RunStatus.FAILED, exit_code=4, error=f"{type(error).__name__}: {error}")
        leases.release(store, recorder.run_id)
        raise
    recorder.close(RunStatus.FINISHED, exit_code=0 if report.passed else 3)
    leases.release(store, recorder.run_id)
    _tag(store, version, report, digest)
    return report


def kept_report(store: Store, version: ModelVersion, alias: str = CHAMPION) -> GateReport | None:
    """The report that was kept last of the version on its way to the alias; None where there is none, or it
    is gone, broken or not the one that was written."""
    try:
        return report_by(store, find_version(store, f"{version.name}@{version.version}"), alias)
    except NotFound:
        return None


def report_by(store: Store, version: ModelVersion, alias: str = CHAMPION) -> GateReport | None:
    """The same, of a version whose tags were read just now."""
    try:
        run_id, digest = version.tags[_of(GATES_RUN, alias)], version.tags[_of(GATES_DIGEST, alias)]
        find_run(store, run_id)
        with local_copy(store, run_id, ARTIFACT) as path:
            content = path.read_bytes()
        report = GateReport.model_validate_json(content)
    except (NotFound, KeyError, OSError, ValueError):
        return None
    meant = (report.model, report.version, report.alias) == (version.name, version.version, alias)
    return report if meant and hashlib.sha256(content).hexdigest() == digest else None


def _of(key: str, alias: str) -> str:
    return key if alias == CHAMPION else f"{key}.{alias}"


def _write(store: Store, recorder: Recorder, report: GateReport) -> str:
    """sha256 of what was written."""
    text = report.model_dump_json(indent=1)
    keep_text(recorder, ARTIFACT, text)
    keep_origin(store, recorder)
    found = Counter(result.status for result in report.results)
    counts = {f"mlops.gates.{s.value.replace(' ', '_')}": str(found[s]) for s in GateStatus if found[s]}
    recorder.tags({GATES: report.told, **counts})
    return hashlib.sha256(text.encode()).hexdigest()


def _tag(store: Store, version: ModelVersion, report: GateReport, digest: str) -> None:
    """Tags of the version: the run first, which has all, then a word on each gate; those of gates that are no
    more go."""
    values = {_of(GATES_RUN, report.alias): str(report.run_id), _of(GATES_DIGEST, report.alias): digest}
    if report.alias != CHAMPION:
        tag_version(store, version, values)
        return
    values[GATES] = report.told
    left = MAX_TAG - sum(len(key) + len(value) for key, value in values.items())
    for result in report.results:
        key, value = f"{GATE}{_slug(result.name)}", result.status.value
        left -= len(key) + len(value)
        if left > 0:
            values[key] = value
    before = find_version(store, f"{version.name}@{version.version}").tags
    tag_version(store, version, values)
    for key in before:
        if key.startswith(GATE) and key not in values:
            store.client().delete_model_version_tag(version.name, version.version, key)


def _slug(name: str) -> str:
    """A gate as a tag may be named; distinct for distinct gates."""
    worded = re.sub("[<>=]=?", lambda found: _WORDS[found[0]], name)
    plain = re.sub(r"[^A-Za-z0-9_. -]+", "-", worded).strip("-. ")[:_LONGEST].strip()
    if plain == worded:
        return plain
    return f"{plain} {hashlib.blake2b(name.encode(), digest_size=3).hexdigest()}"
