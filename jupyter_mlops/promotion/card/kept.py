"""What others keep of a version: reports of gates, the ledger, replays."""

from __future__ import annotations

from jupyter_mlops.entities import GateReport, LedgerEntry, ModelVersion, Replay, Run
from jupyter_mlops.tracking.store import Store


def gates(store: Store, version: ModelVersion) -> GateReport | None:
    """The last report of its gates; None where they were never judged."""
    return None


def entries(store: Store, model: str) -> tuple[LedgerEntry, ...]:
    """The model's ledger, oldest entry first."""
    return ()


def replay(store: Store, run: Run) -> Replay | None:
    """How the run went when it was last run again; None where it never was."""
    return None
