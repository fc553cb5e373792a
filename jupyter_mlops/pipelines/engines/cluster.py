"""What is found out about a Dask cluster before anything runs on it, and the cluster that is made here.

Without Dask itself: all that comes from there is an argument.
"""

from __future__ import annotations

import contextlib
import logging
import os
from collections.abc import Iterator, Sequence
from importlib.metadata import version
from pathlib import Path
from typing import Any

from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.data.contents import Contents, LocalContents
from jupyter_mlops.data.remote import RemoteContents
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.pipelines.engines import worker
from jupyter_mlops.tracking.store import Store

CONNECT_TIME = 8.0  # seconds within which a scheduler must answer, and have a worker
ALIKE = ("Python", "distributed", "jupyter-mlops")
MEND = "install the same versions everywhere: pip install 'jupyter-mlops[dask]=={}'"


def home_of(root: Path, mark: str, store: Store, contents: Contents) -> worker.Home:
    """What workers are told of the project at `root`, in whose state folder there is a file `mark`."""
    url = contents.url if isinstance(contents, RemoteContents) else None
    folder = str(contents.folder.absolute()) if isinstance(contents, LocalContents) else ""
    apart = None
    if store.database is not None or "://" not in store.uri or store.uri.startswith("file:"):
        apart = (
            "a worker does not see the project's folder, but runs are recorded in a file there",
            "record them in a server: tracking: {uri: http://HOST:5000} in mlops.yaml",
        )
    elif url is None:
        apart = (
            "a worker does not see the project's folder, but outputs are kept in a folder there",
            "keep them where all can reach them: storage: s3://BUCKET/PREFIX in mlops.yaml",
        )
    return worker.Home(
        engine=f"jupyter-{mark}",
        root=str(root.absolute()),
        mark=mark,
        tracking=TrackingConfig(uri=store.uri, experiment=store.config.experiment),
        url=url,
        folder=folder,
        apart=apart,
    )


def check_cluster(client: Any, home: worker.Home, address: str) -> None:
    """Refuse a cluster that cannot run steps: what would fail later, and worse."""
    try:
        client.wait_for_workers(1, timeout=CONNECT_TIME)
    except (TimeoutError, OSError):
        raise Refused(
            f"the Dask scheduler at {address} has no worker", hint=f"start one: dask worker {address}"
        ) from None
    try:  # it reads tasks, too
        seen = client.run_on_scheduler(worker.look, home.model_dump_json())
    except Exception as error:
        seen = error
    _check_alike("the scheduler", seen, home)


def look_at(client: Any, home: worker.Home, addresses: Sequence[str]) -> dict[str, bool | Refused]:
    """Of each of the workers whether it sees the project's folder, or why it can run no steps."""
    found = client.run(worker.look, home.model_dump_json(), workers=list(addresses), on_error="return")
    return {
        address: _judged(address, seen, home)
        for address, seen in found.items()
        if not isinstance(seen, OSError)  # it has just died
    }


def _judged(address: str, seen: Any, home: worker.Home) -> bool | Refused:
    try:
        _check_alike(f"the worker {address}", seen, home)
    except Refused as problem:
        return problem
    if not seen["sees"] and home.apart is not None:
        return Refused(f"{home.apart[0]} ({address})", hint=home.apart[1])
    return bool(seen["sees"])


def _check_alike(where: str, seen: Any, home: worker.Home) -> None:
    if isinstance(seen, Exception):
        raise Refused(f"{where} cannot run steps: {first_line(seen)}", hint=mend())
    ours = worker.look(home.model_dump_json())
    for name in ALIKE:
        if seen[name] != ours[name]:
            raise Refused(f"{where} has {name} {seen[name]}, but here is {ours[name]}", hint=mend())


def mend() -> str:
    """How versions are made alike."""
    return MEND.format(version("jupyter-mlops"))


@contextlib.contextmanager
def local_cluster(distributed: Any, workers: int) -> Iterator[Any]:
    """Worker processes of this machine, with an equal share of what it has. Nobody else can connect: they
    speak TLS with a certificate that only they have."""
    import psutil

    from jupyter_mlops.provenance.hardware import hardware

    share = {
        "cpu": max(1.0, (os.cpu_count() or 1) / workers),
        "memory": psutil.virtual_memory().total // workers,
        "gpu": len(hardware().gpus) // workers,
    }
    try:
        cluster = distributed.LocalCluster(
            n_workers=workers,
            threads_per_worker=1,
            processes=True,
            dashboard_address=None,
            # without one it would still take port 8787 for its metrics, and warn where that is taken
            scheduler_kwargs={"dashboard_address": "127.0.0.1:0"},
            silence_logs=logging.CRITICAL,
            security=True,
            resources=share,
        )
    except (RuntimeError, OSError) as error:
        raise MLOpsError(
            f"the Dask workers could not be started: {first_line(error.__cause__ or error)}",
            hint="in a script of your own, what runs must stand under: if __name__ == '__main__':",
        ) from None
    try:
        yield cluster
    finally:
        cluster.close(timeout=CONNECT_TIME)


@contextlib.contextmanager
def quiet() -> Iterator[None]:
    """What Dask logs while it connects and lets go is told by our own errors."""
    loggers = [logging.getLogger(name) for name in ("distributed", "distributed.client", "tornado")]
    before = [logger.level for logger in loggers]
    for logger in loggers:
        logger.setLevel(logging.CRITICAL)
    try:
        yield
    finally:
        for logger, level in zip(loggers, before, strict=True):
            logger.setLevel(level)


def first_line(error: BaseException) -> str:
    """What an error of Dask's says first; it may go on for pages."""
    said = str(error).strip().split("\n")[0]
    return f"{type(error).__name__}: {said}" if said else type(error).__name__
