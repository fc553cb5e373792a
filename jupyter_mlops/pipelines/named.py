"""A pipeline of a project, by name: what Python callers, the command line and the magics run."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from typing import Any

from jupyter_mlops.config import Config
from jupyter_mlops.entities import PipelineRun
from jupyter_mlops.exceptions import NotFound, Refused, did_you_mean
from jupyter_mlops.pipelines.declared import declared
from jupyter_mlops.pipelines.driver import Watch
from jupyter_mlops.pipelines.recalled import recall
from jupyter_mlops.pipelines.runner import Asked, Began, OpenEngine, look_at, run_pipeline
from jupyter_mlops.tracking import leases
from jupyter_mlops.tracking.pipelines import last_runs
from jupyter_mlops.tracking.reader import find_run
from jupyter_mlops.tracking.store import Store

Values = Mapping[str, Any]


class NamedPipeline:
    """The pipeline `name` of the project whose `store` and `config` these are.

    Raises:
        NotFound: there is none of that name.
    """

    def __init__(self, name: str, store: Store, config: Config) -> None:
        declared(config, name, store.root)
        self.name, self._store, self._config = name, store, config

    def show(self, parameters: Values | None = None, *, text: Mapping[str, str] | None = None) -> PipelineRun:
        """The steps as they are now: cached, or stale with the reason. Nothing is run.

        Args:
            parameters: values for every step whose notebook has a parameter of that name, or for one,
                as ``STEP.NAME``.
            text: the same as text, read by the declared types.

        Raises:
            Refused: the pipeline or a parameter will not do.
        """
        return look_at(self.name, self._store, self._config, Asked(text or {}, parameters or {}))

    def last(self) -> PipelineRun | None:
        """Its newest run, with the steps as they are while it goes on, whichever process is at it, else as
        they ended; None where it has not run."""
        leases.have_settled(self._store)
        run = last_runs(self._store, [self.name]).get(self.name)
        return None if run is None else recall(self._store, run)

    def run(
        self,
        parameters: Values | None = None,
        *,
        text: Mapping[str, str] | None = None,
        resume: str | None = None,
        only: Sequence[str] = (),
        start: str | None = None,
        force: bool = False,
        dry_run: bool = False,
        workers: int | None = None,
        engine: Any = "local",
        address: str | None = None,
        progress: Watch | None = None,
        began: Began | None = None,
        begun: Callable[[str], None] = lambda run_id: None,
    ) -> PipelineRun:
        """Run what is stale; the pipeline run as it ended, failed or not (`PipelineRun.exit_code`).

        Args:
            parameters: see `show`.
            text: see `show`.
            resume: a run of this pipeline, as `Project.show` takes it: the parameters that it was asked for
                are given again, but for those given here. What it finished is cached.
            only: names of steps: run these and no others.
            start: name of a step: run it and all after it.
            force: run also what is cached.
            dry_run: run nothing, see `show`.
            workers: how many steps may run at once; default: as declared, else one for each core.
            engine: ``local``, ``dask``, or a cluster object of dask.distributed.
            address: of a running Dask scheduler; without it a cluster is started on this machine.
            progress: called with each step as it changes, from one thread.
            began: called once before, with the pipeline's name and, for each step, those it comes after.
            begun: gets the id of its run as soon as there is one, before any step.

        Raises:
            NotFound: there is no such run to resume.
            Refused: nothing was run and nothing recorded.
            MLOpsError: the end of the run could not be recorded.
        """
        if workers is not None and workers < 1:
            raise Refused(f"{workers} workers run nothing", hint="give 1 or more")
        again = {} if resume is None else self._asked_by(resume)
        asked = Asked(
            {**again, **(text or {})},
            parameters or {},
            only=only,
            start=start,
            force=force,
            workers=workers,
            engine=_opener(engine, address, workers),
            begun=begun,
        )
        if dry_run:
            return look_at(self.name, self._store, self._config, asked)
        told: dict[str, Any] = {"watch": progress, "began": began}
        told = {name: call for name, call in told.items() if call is not None}
        return run_pipeline(self.name, self._store, self._config, asked, **told)

    def _asked_by(self, reference: str) -> Mapping[str, str]:
        """The parameters that this run was asked for."""
        found = recall(self._store, find_run(self._store, reference))
        if found.pipeline != self.name:
            raise NotFound(f"{reference} is a run of {found.pipeline}", hint="name that pipeline")
        return found.asked


def _opener(engine: Any, address: str | None, workers: int | None) -> OpenEngine | None:
    """What opens the engine that is asked for; None for the local one."""
    if engine == "local":
        if address is not None:
            raise Refused("the local engine has no address", hint="add --engine dask")
        return None
    if isinstance(engine, str) and engine != "dask":
        raise Refused(f"there is no engine {engine!r}", hint=did_you_mean(engine, ("local", "dask")))
    from jupyter_mlops.pipelines.engines.dask import open_dask

    cluster = None if engine == "dask" else engine
    return lambda store, contents: open_dask(
        address, workers, root=store.root, store=store, contents=contents, cluster=cluster
    )
