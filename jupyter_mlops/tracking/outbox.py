"""What waits for the tracking server, as a person wants to know it."""

from __future__ import annotations

import time
from collections.abc import Callable
from datetime import UTC, datetime

from jupyter_mlops.entities import Sync, Waiting
from jupyter_mlops.exceptions import StoreError
from jupyter_mlops.letters import without_credentials
from jupyter_mlops.tracking import sender, spool
from jupyter_mlops.tracking.reaching import reach
from jupyter_mlops.tracking.spool import Operation, Spool
from jupyter_mlops.tracking.store import Store

GLANCE = 1.0  # seconds that somebody waits for a server
TELL_EVERY = 1.0  # seconds between two words of how far it is


def waiting(store: Store) -> list[Waiting]:
    """The runs of which something waits or was refused, the oldest first."""
    found = [_waiting(each) for each in spool.spools(store.spools)]
    return [each for each in found if each.total or each.refused]


def waiting_of(store: Store, run_id: str) -> str | None:
    """What waits of one run, in a sentence; None where nothing does."""
    each = Spool(store.spools / run_id)
    return describe(_waiting(each)) if each.waits else None


def describe(found: Waiting) -> str:
    """One line: how much waits, and what to do."""
    counts = {
        "point": found.points,
        "parameter": found.parameters,
        "tag": found.tags,
        "artifact": found.artifacts,
        "other change": found.others,
    }
    parts = [f"{count} {name}{'s' * (count != 1)}" for name, count in counts.items() if count]
    verb = "waits" if found.total == 1 else "wait"
    return f"{_listed(parts)} {verb} for the server: jupyter mlops sync"


def at_hand(store: Store) -> bool:
    """Whether the store can be written to without waiting for more than a second: a server may be away."""
    if not store.is_server:
        return True
    if spool.away(store.spools, store.uri):
        return False
    try:
        reach(store.uri, GLANCE)
    except StoreError as error:
        store.spools.mkdir(mode=0o700, parents=True, exist_ok=True)
        spool.note_away(store.spools, store.uri, str(error))
        return False
    return True


def sync(store: Store, report: Callable[[str], None]) -> Sync:
    """Send what waits; what was sent and what waits still. `report` is told how far it is."""
    todo = sum(each.total for each in waiting(store))
    if not todo:
        return Sync(sent=0, runs=tuple(waiting(store)))
    outcome = sender.Outcome()
    told = time.monotonic()

    def progress(each: Spool, sent: int) -> None:
        nonlocal told
        if time.monotonic() - told >= TELL_EVERY:
            told = time.monotonic()
            report(f"run {each.run_id[:8]}: {outcome.sent} of {todo} sent")

    sender.drain(store.spools, progress=progress, outcome=outcome)
    left = waiting(store)
    sent = max(outcome.sent, todo - sum(each.total for each in left))  # the keeper may have been at it too
    return Sync(sent=sent, reason=outcome.reason, runs=tuple(left))


def _waiting(each: Spool) -> Waiting:
    about = each.about
    info = about.get("run", {}).get("info", {})
    counts = {"points": 0, "parameters": 0, "tags": 0, "artifacts": 0, "others": 0}
    for operation, _ in each.read(each.acknowledged):
        _count(operation, counts)
    return Waiting(
        run_id=each.server_id,
        name=str(info.get("run_name") or each.run_id[:8]),
        uri=without_credentials(str(about.get("uri", ""))),
        since=datetime.fromtimestamp(float(about.get("since", 0.0)), UTC),
        refused=tuple(f"{_named(operation)}: {operation.get('reason')}" for operation in each.refused()),
        **counts,
    )


def _count(operation: Operation, counts: dict[str, int]) -> None:
    if operation["op"] == "batch":
        counts["points"] += len(operation["metrics"])
        counts["parameters"] += len(operation["params"])
        counts["tags"] += len(operation["tags"])
    elif operation["op"] == "artifact":
        counts["artifacts"] += 1
    else:
        counts["others"] += 1


def _named(operation: Operation) -> str:
    """What a refused operation was about."""
    for kind, name in (("metrics", "metric"), ("params", "parameter"), ("tags", "tag")):
        if operation.get(kind):
            return f"{name} {operation[kind][0][0]}"
    if operation["op"] == "artifact":
        return f"artifact {str(operation['file']).partition('/')[2]}"
    return str(operation["op"])


def _listed(parts: list[str]) -> str:
    return " and ".join(filter(None, [", ".join(parts[:-1]), *parts[-1:]]))
