"""Delivers what waits in a project's spools: in order, in batches, each operation until the server has it.

One sender works on a project at a time. Every operation may be sent again without harm: MLflow takes an
equal metric point once, and of all else the last word counts.
"""

from __future__ import annotations

import contextlib
import threading
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.tracking import owners, points, spool, tags
from jupyter_mlops.tracking.spool import FILES, Operation, Spool

if TYPE_CHECKING:
    from jupyter_mlops.tracking.rest import ShortStore

LOCK = "sending.lock"
MAX_METRICS = 1000  # MLflow's limits for one request
MAX_OTHERS = 100
NO_ANSWER = "no answer in time"
LONGEST = 60.0  # seconds that a slow server is waited for; it begins with five, and doubles
GLANCE = 1.0  # seconds that `flush` waits for a server that was away a moment ago
STALLED = 6.0  # seconds without progress after which `flush` goes on

Progress = Callable[[Spool, int], None]
_stores: dict[str, ShortStore] = {}


@dataclass
class Outcome:
    """What a pass brought: things sent (see `spool.things`), and why it stopped, if it did."""

    sent: int = 0
    reason: str | None = None


def drain(
    folder: Path,
    *,
    patience: float | None = None,
    progress: Progress | None = None,
    outcome: Outcome | None = None,
) -> Outcome:
    """Send all that waits below `folder`; `progress` is told the spool and the number of things sent.

    Waits at most `patience` seconds (None: as long as it takes) for another sender to end.
    """
    outcome = outcome or Outcome()
    _settle(folder, outcome, progress)
    if not _waiting(folder):
        return outcome
    with _turn(folder / LOCK, patience) as mine:
        if not mine:
            outcome.reason = "another process is sending"
            return outcome
        away: set[str] = set()
        for each in _waiting(folder):
            uri = str(each.about.get("uri"))
            if uri in away:
                continue
            try:
                _probe(folder, uri)
                _deliver(each, _store(uri), outcome, progress)
                spool.note_away(folder, uri, None)
            except Exception as error:  # whatever a network may do: it waits for the next pass
                outcome.reason = _away(folder, uri, error)
                away.add(uri)
    return outcome


def flush(folder: Path, *, patience: float = 10.0) -> Outcome:
    """Like `drain`, but returns after `patience` seconds, or a few without progress; what is left then is
    sent in the background, or by the keeper."""
    outcome = Outcome()
    uris = {str(each.about.get("uri")) for each in _waiting(folder)}
    if uris and all(_still_away(folder, uri) for uri in uris):
        return outcome
    worker = threading.Thread(
        target=drain,
        args=(folder,),
        kwargs={"patience": patience, "outcome": outcome},
        daemon=True,
        name="flush",
    )
    try:
        worker.start()
    except RuntimeError:  # the interpreter is shutting down: no more threads
        return outcome
    end, moved, before = time.monotonic() + patience, time.monotonic(), -1
    while worker.is_alive() and time.monotonic() < min(end, moved + STALLED):
        worker.join(0.02)
        if outcome.sent != before:
            before, moved = outcome.sent, time.monotonic()
    return outcome


def _waiting(folder: Path) -> list[Spool]:
    """Those that wait for a server."""
    return [each for each in spool.waiting_spools(folder) if not points.is_local(each)]


def _settle(folder: Path, outcome: Outcome, progress: Progress | None) -> None:
    """What waits for a database of this machine."""
    try:
        outcome.sent += points.settle(folder, progress=progress)
    except Exception as error:  # the disk is full, or another process writes for very long
        outcome.reason = " ".join(str(error).split())


@contextlib.contextmanager
def _turn(lock: Path, patience: float | None) -> Iterator[bool]:
    end = None if patience is None else time.monotonic() + patience
    while (held := owners.try_lock(lock)) is None:
        if end is not None and time.monotonic() > end:
            yield False
            return
        time.sleep(0.05)
    try:
        yield True
    finally:
        owners.unlock(held)


def _store(uri: str) -> ShortStore:
    if uri not in _stores:
        from jupyter_mlops.tracking.rest import ShortStore
        from jupyter_mlops.tracking.store import calm

        calm()
        _stores[uri] = ShortStore(uri)
    return _stores[uri]


def _probe(folder: Path, uri: str) -> None:
    """Ask a server that was away whether it is back: that takes less time than an operation would."""
    from jupyter_mlops.tracking.reaching import reach
    from jupyter_mlops.tracking.rest import SHORT

    if spool.away(folder, uri):
        reach(uri, SHORT)


def _still_away(folder: Path, uri: str) -> bool:
    from jupyter_mlops.exceptions import StoreError
    from jupyter_mlops.tracking.reaching import reach

    if not spool.away(folder, uri):
        return False
    try:
        reach(uri, GLANCE)
    except StoreError:
        return True
    return False


def _away(folder: Path, uri: str, error: Exception) -> str:
    from jupyter_mlops.exceptions import StoreError
    from jupyter_mlops.tracking.rest import reason

    text = reason(error)
    # slow, perhaps, not gone: what it was sent may have arrived, and the answer is to be waited for
    if text == NO_ANSWER and not isinstance(error, StoreError):
        _stores[uri].timeout = min(_stores[uri].timeout * 2, LONGEST)
    spool.note_away(folder, uri, text)
    return text


def _deliver(each: Spool, store: ShortStore, outcome: Outcome, progress: Progress | None) -> None:
    from jupyter_mlops.tracking.rest import SHORT, final, reason

    each.sync()
    for group in _groups(each.read(each.acknowledged)):
        try:
            _send(each, store, _merged([operation for operation, _ in group]))
        except Exception as error:
            if not final(error):
                raise
            for operation, _ in group:
                for part in _parts(operation):
                    try:
                        _send(each, store, part)
                    except Exception as each_error:
                        if not final(each_error):
                            raise
                        each.refuse(part, reason(each_error))
        each.acknowledge(group[-1][1])
        sent = sum(spool.things(operation) for operation, _ in group)
        outcome.sent += sent
        store.timeout = SHORT
        if progress is not None:
            progress(each, sent)


def _groups(operations: Iterator[tuple[Operation, int]]) -> Iterator[list[tuple[Operation, int]]]:
    """Operations that go in one request; offsets stay with them."""
    group: list[tuple[Operation, int]] = []
    points = others = 0
    for operation, offset in operations:
        is_batch = operation["op"] == "batch"
        more = (
            len(operation.get("metrics", ())),
            len(operation.get("params", ())) + len(operation.get("tags", ())),
        )
        fits = points + more[0] + others + more[1] <= MAX_METRICS and others + more[1] <= MAX_OTHERS
        if group and not (is_batch and fits and group[-1][0]["op"] == "batch"):
            yield group
            group, points, others = [], 0, 0
        group.append((operation, offset))
        points, others = points + more[0], others + more[1]
    if group:
        yield group


def _merged(operations: list[Operation]) -> Operation:
    if len(operations) == 1:
        return operations[0]
    return {
        "op": "batch",
        "metrics": [point for operation in operations for point in operation["metrics"]],
        "params": [pair for operation in operations for pair in operation["params"]],
        "tags": [pair for operation in operations for pair in operation["tags"]],
    }


def _parts(operation: Operation) -> Iterator[Operation]:
    """The pieces of an operation that the server may take or refuse one by one."""
    if operation["op"] != "batch":
        yield operation
        return
    for kind in ("metrics", "params", "tags"):
        for item in operation[kind]:
            yield {"op": "batch", "metrics": [], "params": [], "tags": [], kind: [item]}


def _send(each: Spool, store: ShortStore, operation: Operation) -> None:
    kind = operation["op"]
    if kind == "create":
        _create(each, store, operation)
    elif kind == "artifact":
        _upload(each, store, operation)
    else:
        _SENDERS[kind](store, each.server_id, operation, each.folder.parent)


def _batch(store: ShortStore, run_id: str, operation: Operation, folder: Path) -> None:
    from mlflow.entities import Param, RunTag

    from jupyter_mlops.tracking.view import metrics

    store.log_batch(
        run_id,
        metrics(operation),
        # two values of one name: the server refuses that, and is then told one by one, the first in first
        [Param(*pair) for pair in dict.fromkeys(map(tuple, operation["params"]))],
        [RunTag(key, value) for key, value in _known(dict(operation["tags"]), folder).items()],
    )


def _update(store: ShortStore, run_id: str, operation: Operation, folder: Path) -> None:
    from mlflow.entities import RunStatus

    status = operation["status"]
    store.update_run_info(
        run_id, status and RunStatus.from_string(status), operation["end_time"], operation["name"]
    )


def _untag(store: ShortStore, run_id: str, operation: Operation, folder: Path) -> None:
    from mlflow.exceptions import RestException

    try:
        store.delete_tag(run_id, operation["key"])
    except RestException as error:
        if "No tag with name" not in str(error.message):  # gone already: the answer was lost
            raise


def _inputs(store: ShortStore, run_id: str, operation: Operation, folder: Path) -> None:
    import json

    from mlflow.protos.service_pb2 import LogInputs

    store._call_endpoint(LogInputs, json.dumps({**operation["inputs"], "run_id": run_id}))


def _outputs(store: ShortStore, run_id: str, operation: Operation, folder: Path) -> None:
    from mlflow.entities import LoggedModelOutput

    store.log_outputs(run_id, [LoggedModelOutput(*pair) for pair in operation["models"]])


_SENDERS: dict[str, Callable[[ShortStore, str, Operation, Path], None]] = {
    "batch": _batch,
    "update": _update,
    "untag": _untag,
    "inputs": _inputs,
    "outputs": _outputs,
}


def _create(each: Spool, store: ShortStore, operation: Operation) -> None:
    """Make a run that began without the server, once, however often this is tried."""
    from mlflow.entities import RunTag, ViewType

    if each.server_id != each.run_id:
        return
    given = _known(dict(operation["tags"]), each.folder.parent)
    where = f"tags.`{tags.TICKET}` = '{each.run_id}'"
    experiment = operation["experiment_id"]
    found, _ = store._search_runs([experiment], where, ViewType.ALL, 1, None, None)
    run: Any = (
        found[0]
        if found
        else store.create_run(
            experiment,
            operation["user_id"],
            operation["start_time"],
            [RunTag(key, value) for key, value in given.items()],
            operation["name"],
        )
    )
    each.name(run.info.run_id)


def _known(values: dict[str, str], folder: Path) -> dict[str, str]:
    """Tags, with the server's id of a run in place of the provisional one."""
    named = {tags.PARENT, tags.REPLACES}
    if not named & set(values):
        return values
    known = spool.names(folder)
    return {key: known.get(value, value) if key in named else value for key, value in values.items()}


def _upload(each: Spool, store: ShortStore, operation: Operation) -> None:
    import shutil

    from mlflow.store.artifact.artifact_repository_registry import get_artifact_repository

    # asked each time: that the server answers this quickly keeps an upload from hanging on one that is gone
    uri = store.get_run(each.server_id).info.artifact_uri
    path = each.folder / FILES / operation["file"]
    repository = get_artifact_repository(uri, tracking_uri=str(each.about["uri"]))
    if operation["tree"]:
        repository.log_artifacts(str(path), operation["folder"])
    else:
        repository.log_artifact(str(path), operation["folder"])
    shutil.rmtree(path.parent, ignore_errors=True)
