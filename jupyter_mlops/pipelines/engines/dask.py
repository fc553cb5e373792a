"""Steps on a Dask cluster: one here, one behind an address, or any that Python code has at hand.

The only module that imports Dask. Each attempt is one task, released once it is gathered, so that a worker
that dies takes no finished step with it; the step's own process (`process`) records what it did.
"""

from __future__ import annotations

import contextlib
import json
import os
import secrets
import signal
import socket
import threading
import time
from collections.abc import Mapping, Sequence
from concurrent.futures import CancelledError, Future, ThreadPoolExecutor
from concurrent.futures import wait as wait_for
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.data.contents import Contents
from jupyter_mlops.entities import Resources, RunStatus, StepEvent, StepResult, StepTask
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.pipelines.engines import worker
from jupyter_mlops.pipelines.engines.base import Tell
from jupyter_mlops.pipelines.engines.cluster import (
    CONNECT_TIME,
    check_cluster,
    first_line,
    home_of,
    local_cluster,
    look_at,
    mend,
    quiet,
)
from jupyter_mlops.pipelines.engines.process import KILL_AFTER, rebuilt
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store

LAST_WORDS = 6.0  # seconds that a step whose worker has died has to record its own end
GATHER_TIME = 30.0  # seconds; a result is a few kilobytes


def open_dask(
    address: str | None,
    workers: int | None = None,
    *,
    root: Path,
    store: Store,
    contents: Contents,
    cluster: Any = None,
) -> DaskEngine:
    """An engine on the scheduler at `address`, on the given `cluster` object, or else on a cluster of
    `workers` processes (by default one for each core) that is made here and lives as long as the engine.

    Raises:
        Refused: Dask is not installed; nobody answers there; versions differ; or a worker does not see the
            project's folder while store or outputs lie in it.
    """
    try:
        import distributed
    except ImportError:
        raise Refused(
            "the Dask engine needs Dask, which is not installed", hint="pip install 'jupyter-mlops[dask]'"
        ) from None
    if not hasattr(os, "killpg"):
        raise Refused("steps run on Dask on Linux and macOS only", hint="use the local engine")
    mark = store.state_folder() / f"dask-{secrets.token_hex(8)}"
    mark.touch(mode=0o600)
    home = home_of(root, mark.name, store, contents)
    with contextlib.ExitStack() as held:
        held.callback(mark.unlink, missing_ok=True)
        held.enter_context(quiet())
        if cluster is None and address is None:
            cluster = held.enter_context(local_cluster(distributed, workers or os.cpu_count() or 1))
        try:
            if isinstance(address, str):
                _knock(address)
            client = _connect(distributed.Client, cluster or address)
        except (OSError, ValueError, TypeError) as error:  # TypeError: TLS is asked for, no certificate given
            raise Refused(
                f"no Dask scheduler answers at {address or cluster}: {first_line(error)}",
                hint="check the address (tcp://HOST:8786), and that it is running",
            ) from None
        held.callback(client.close, timeout=CONNECT_TIME)
        check_cluster(client, home, str(address or cluster))
        engine = DaskEngine(client, home, store)
        engine.check()
        engine.held = held.pop_all()
        return engine


def _connect(kind: Any, where: Any) -> Any:
    """A client of `kind`. One that does not come about is closed here: left to the garbage collector it
    closes itself wherever that happens to run, and waits for ever if that is where another one starts."""
    client = kind.__new__(kind)
    try:
        client.__init__(where, timeout=CONNECT_TIME, set_as_default=False, name="jupyter-mlops")
    except BaseException:
        with contextlib.suppress(Exception):
            client.close(timeout=CONNECT_TIME)
        raise
    return client


def _knock(address: str) -> None:
    """Return if somebody listens there: a client that finds nobody goes on trying behind our back."""
    from distributed.comm import get_address_host_port, parse_address

    scheme, _ = parse_address(address)
    if scheme not in {"tcp", "tls"}:
        return
    host, port = get_address_host_port(address)
    until = time.monotonic() + CONNECT_TIME
    while True:  # it may be starting
        try:
            socket.create_connection((host, port or 8786), timeout=CONNECT_TIME).close()
            return
        except ConnectionRefusedError:
            if time.monotonic() > until:
                raise
            time.sleep(0.1)


@dataclass
class _Attempt:
    """One task that goes on: who hears of it, and what became known of each of its starts."""

    name: str
    ticket: str
    tell: Tell
    outcome: Future[StepResult] = field(default_factory=Future)
    remote: Any = None
    runs: dict[str, str] = field(default_factory=dict)  # by start, in their order; "" until it is known


class DaskEngine:
    """Runs attempts on a Dask cluster; see `open_dask`, and `base.Engine` for the rest."""

    def __init__(self, client: Any, home: worker.Home, store: Store) -> None:
        self.held = contextlib.ExitStack()  # what is given back when it closes
        self._client = client
        self._home = home
        self._store = store
        self.apart = False  # whether a worker of now does not see the project's folder
        self._seen: dict[str, bool | Refused] = {}  # by worker: whether it does, or why it can run no steps
        self._attempts: dict[str, _Attempt] = {}
        self._lock = threading.Lock()
        self._number: int | None = None  # the signal, once all was cancelled
        self._hearing = ThreadPoolExecutor(1, "dask events")
        self._settling = ThreadPoolExecutor(4, "dask lost runs")
        client.subscribe_topic(home.engine, self._heard)

    def check(self) -> None:
        """Return if every worker can run steps; one that cannot, and joins later, is passed over.

        Raises:
            Refused: one runs other versions, or could record nothing.
        """
        self._workers()
        for seen in self._seen.values():
            if isinstance(seen, Refused):
                raise seen

    def capacity(self) -> Sequence[Resources]:
        """What each worker declares, else its threads and its memory."""
        return [_resources(about) for about in self._workers()]

    def slots(self) -> int:
        """How many threads all workers have: one for each attempt."""
        return max(1, sum(int(about["nthreads"]) for about in self._workers()))

    def submit(self, task: StepTask, tell: Tell) -> Future[StepResult]:
        """Begin an attempt as soon as a worker is free, and has what it asks for.

        Raises:
            MLOpsError: the scheduler is gone.
        """
        attempt = _Attempt(task.name, secrets.token_hex(8), tell)
        attempt.outcome.set_running_or_notify_cancel()
        with self._lock:
            self._attempts[attempt.ticket] = attempt
        try:
            asked = self._asked(task.resources)
            attempt.remote = self._client.submit(
                _run,
                self._home.model_copy(update={"packed": self.apart}).model_dump_json(),
                task.model_dump_json(exclude_unset=True),
                attempt.ticket,
                key=f"{task.name}-{attempt.ticket}",
                pure=False,
                resources=asked or None,
                **self._elsewhere(),
            )
        except Exception as error:
            self._attempts.pop(attempt.ticket, None)
            raise (error if isinstance(error, MLOpsError) else _lost(task.name)) from None
        attempt.remote.add_done_callback(lambda _: self._done(attempt))
        return attempt.outcome

    def cancel(self, number: int) -> None:
        """Have every worker signal its steps; those that have not begun never do."""
        self._number = number
        threading.Thread(target=self._cancel, args=(number,), name="dask cancel", daemon=True).start()

    def close(self) -> None:
        """Cancel what goes on, and let go of the cluster; one that was made here ends."""
        outcomes = [attempt.outcome for attempt in list(self._attempts.values())]
        if outcomes:
            self.cancel(signal.SIGTERM)
            wait_for(outcomes, KILL_AFTER)
        self._settling.shutdown(wait=True)
        with contextlib.suppress(Exception):  # the scheduler may be gone
            self._client.unsubscribe_topic(self._home.engine)
        with quiet():
            self.held.close()
        self._hearing.shutdown(wait=True)

    # -- what is heard

    def _heard(self, event: tuple[float, Mapping[str, Any]]) -> None:
        with contextlib.suppress(RuntimeError):  # closed
            self._hearing.submit(self._take, event[1])

    def _take(self, said: Mapping[str, Any]) -> None:
        attempt = self._attempts.get(said["ticket"])
        if attempt is None:
            return
        start = said["start"]
        if start not in attempt.runs:
            self._begun(attempt, start, said.get("worker", ""))
        if "event" in said and start == next(reversed(attempt.runs)):
            event = StepEvent.model_validate(said["event"])
            attempt.runs[start] = event.run_id or attempt.runs[start]
            with contextlib.suppress(Exception):  # whoever listens must not stop others from hearing
                attempt.tell(event)

    def _begun(self, attempt: _Attempt, start: str, address: str) -> None:
        lost = list(attempt.runs.values())
        attempt.runs[start] = ""
        if self._number is not None:  # on a worker that was not there yet when all was cancelled
            self.cancel(self._number)
        if lost:
            self._settle(lost)
            with contextlib.suppress(Exception):
                attempt.tell(StepEvent(why=f"its worker died; begun again on {address}"))

    def _done(self, attempt: _Attempt) -> None:
        with self._lock:
            self._attempts.pop(attempt.ticket, None)
        known = {run for run in list(attempt.runs.values()) if run}  # another thread adds to them
        try:
            told = json.loads(attempt.remote.result(timeout=GATHER_TIME))
            if "error" in told:
                raise rebuilt(told["error"])
            result = StepResult.model_validate(told["result"])
        except MLOpsError as error:
            _end(attempt, error=error)
        except Exception as error:
            _end(attempt, error=self._explained(attempt, error))
        else:
            known.discard(result.run.run_id)
            _end(attempt, result=result)
        self._settle(known)
        with contextlib.suppress(Exception):
            attempt.remote.release()

    def _explained(self, attempt: _Attempt, error: Exception) -> MLOpsError:
        """What Dask's own errors mean."""
        from distributed import KilledWorker

        if isinstance(error, KilledWorker):
            return MLOpsError(
                f"step {attempt.name}: {error.allowed_failures + 1} workers died while they ran it, "
                f"the last one at {error.last_worker.address}",
                hint="was it for its memory? ask for more: resources: {memory: ...}, or use larger workers",
            )
        if isinstance(error, CancelledError | TimeoutError | OSError):
            return _lost(attempt.name)
        return MLOpsError(
            f"step {attempt.name} could not be run by its worker: {first_line(error)}",
            hint=mend() if isinstance(error, ImportError | AttributeError) else "see the worker's log",
        )

    def _settle(self, runs: Sequence[str] | set[str]) -> None:
        for run_id in runs:
            if run_id:
                with contextlib.suppress(RuntimeError):  # closed
                    self._settling.submit(_settle, self._store, run_id)

    # -- what is asked

    def _cancel(self, number: int) -> None:
        going_on = list(self._attempts.values())
        with contextlib.suppress(Exception):  # a worker, or the scheduler, may be gone
            self._client.run(worker.cancel, self._home.engine, number, on_error="ignore")
        wait_for([attempt.outcome for attempt in going_on], KILL_AFTER)
        for attempt in going_on:
            told = f"step {attempt.name} was cancelled, but its worker has not answered"
            _end(attempt, error=MLOpsError(told, hint="its run is closed by the next command"))
            with contextlib.suppress(Exception):
                attempt.remote.cancel()

    def _workers(self) -> list[Mapping[str, Any]]:
        """What Dask knows of each worker that can run steps; those that have just joined are looked at."""
        try:
            if self._client.status != "running":  # it would wait for the scheduler to come back
                raise ConnectionError
            found = self._client.scheduler_info(n_workers=-1)["workers"]
            if fresh := [address for address in found if address not in self._seen]:
                self._seen |= look_at(self._client, self._home, fresh)
        except Exception:
            raise MLOpsError(
                "the Dask scheduler is gone", hint="start it again; finished steps stay"
            ) from None
        seen = {address: self._seen.get(address) for address in found}
        self.apart = False in seen.values()
        return [about for address, about in found.items() if isinstance(seen[address], bool)]

    def _elsewhere(self) -> dict[str, Any]:
        """Words for Dask to pass over the workers that can run no steps, where there are such."""
        if not any(isinstance(seen, Refused) for seen in self._seen.values()):
            return {}
        fit = [address for address, seen in self._seen.items() if isinstance(seen, bool)]
        return {"workers": fit, "allow_other_workers": True}  # when all of those are gone

    def _asked(self, wanted: Resources) -> dict[str, float]:
        """The request in the names under which workers declare what they have."""
        spelled = {name.lower(): name for about in self._workers() for name in about["resources"]}
        asked = {"cpu": wanted.cpu, "memory": float(wanted.memory or 0), "gpu": float(wanted.gpu)}
        return {spelled[kind]: much for kind, much in asked.items() if much and kind in spelled}


def _run(home: str, task: str, ticket: str) -> str:
    """The Dask task."""
    import dask
    import distributed

    here = distributed.get_worker()
    topic = worker.Home.model_validate_json(home).engine

    def say(message: dict[str, Any]) -> None:
        here.log_event(topic, {"ticket": ticket, "worker": here.address, **message})

    set_by_nanny = dask.config.get("distributed.nanny.pre-spawn-environ", {})
    unset = {"PYTHONHASHSEED": "6640", **set_by_nanny}  # one for all its workers; notebooks want none
    return worker.run(home, task, local=Path(here.local_directory).parent, unset=unset, say=say)


def _end(attempt: _Attempt, *, result: StepResult | None = None, error: MLOpsError | None = None) -> None:
    with contextlib.suppress(Exception):  # it has ended already
        if error is not None:
            attempt.outcome.set_exception(error)
        elif result is not None:
            attempt.outcome.set_result(result)


def _settle(store: Store, run_id: str) -> None:
    """See to it that a run whose worker has died does not stay RUNNING: its process, if it lives, ends it."""
    until = time.monotonic() + LAST_WORDS
    with contextlib.suppress(Exception):  # the store is away: whoever looks at it the next time settles it
        recorder = Recorder(store, run_id)
        while recorder.snapshot().status is RunStatus.RUNNING:
            if time.monotonic() > until:
                recorder.close(RunStatus.KILLED, exit_code=4, error="the worker that ran it is gone")
                return
            time.sleep(0.25)


def _lost(name: str) -> MLOpsError:
    return MLOpsError(
        f"step {name}: the Dask scheduler is gone",
        hint="start it again and run the pipeline again: finished steps stay",
    )


def _resources(about: Mapping[str, Any]) -> Resources:
    declared = {name.lower(): much for name, much in about["resources"].items()}
    memory = int(declared.get("memory", about["memory_limit"] or 0))
    return Resources(
        cpu=float(declared.get("cpu", about["nthreads"])),
        memory=memory or None,
        gpu=int(declared.get("gpu", 0)),
    )
