"""Where all versions of a model stand: the gates of each, and what closes it."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime

from jupyter_mlops.config import Config
from jupyter_mlops.entities import GateReport, GateResult, GateStatus, LedgerEntry, ModelVersion
from jupyter_mlops.promotion import chain, ledger
from jupyter_mlops.promotion.context import Context
from jupyter_mlops.promotion.gate_reports import report_by
from jupyter_mlops.promotion.gates import gates_before, gates_for, parse_gates
from jupyter_mlops.promotion.judging import pending, waiting
from jupyter_mlops.promotion.standing import rejection
from jupyter_mlops.provenance.identity import identity
from jupyter_mlops.tracking import ledger as ledgers
from jupyter_mlops.tracking.registry import CHAMPION
from jupyter_mlops.tracking.store import Store

_TOLD = 3  # gates that are told of why a version is closed
_REJECTED = f'"action":{json.dumps("reject")}'  # of an entry as it is written


def reports(
    store: Store, config: Config, versions: Sequence[ModelVersion], entries: tuple[LedgerEntry, ...]
) -> dict[str, GateReport]:
    """By version what is known of its gates on the way to champion, as `pending` tells; of the champion, with
    what it became that. `entries` is the model's ledger. Nothing is judged that takes long, nothing is kept.

    Raises:
        ConfigError: a gate in ``mlops.yaml`` cannot be read.
    """
    champion = next((version for version in versions if CHAMPION in version.aliases), None)
    amiss = bool(versions) and bool(ledger.amiss(store, versions[0].name, CHAMPION))
    found = {}
    for version in versions:
        kept = report_by(store, version) if version is champion else None
        if kept is None:
            before = gates_before(store, config, version, CHAMPION) if amiss else ()
            gates = before or gates_for(store, config, version)
            who, now = identity(), datetime.now(UTC)
            context = Context(store, config, version, champion, champion, CHAMPION, entries, who, now)
            kept = pending(context, gates)
        found[version.version] = kept
    return found


def listed(config: Config, model: str, store: Store) -> GateReport:
    """What ``mlops.yaml`` lists for the model, and what nobody needs to write, not judged.

    Raises:
        ConfigError: a gate in it cannot be read.
    """
    results = tuple(waiting(gate) for gate in parse_gates(config, model, root=store.root))
    return GateReport(model=model, version="", alias=CHAMPION, results=results)


def closed(report: GateReport) -> list[GateResult]:
    """The gates that were judged and say no, or cannot be judged."""
    return [result for result in report.results if result.status in {GateStatus.FAILED, GateStatus.ERROR}]


def why_closed(report: GateReport) -> str:
    """Why the version is not open to promotion, as far as it was judged; "" where nothing says no."""
    shut = closed(report)
    said = [_told(result) for result in shut[:_TOLD]]
    if len(shut) > _TOLD:
        said.append(f"{len(shut) - _TOLD} more are closed.")
    return " ".join(said)


def _told(result: GateResult) -> str:
    says = "cannot be judged" if result.status is GateStatus.ERROR else "says no"
    message = result.message.rstrip(".")
    return f"“{result.name}” {says}" + (f": {message}." if message else ".")


def rejected(store: Store, newest: Mapping[str, ModelVersion]) -> set[str]:
    """Those of the models whose newest version somebody rejected, and nobody approved since;
    all ledgers are read at once.

    Raises:
        StoreError: the store cannot be read.
    """
    found = set()
    for model, kept in ledgers.ledgers(store):
        if model in newest and any(_REJECTED in text for text in kept.entries.values()):
            entries = chain.entries_of(kept.entries)
            if rejection(entries, newest[model]) is not None:
                found.add(model)
    return found
