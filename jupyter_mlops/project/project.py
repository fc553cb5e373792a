"""`Project`."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Unpack

from jupyter_mlops.config import find_root, load_config, search_root
from jupyter_mlops.entities import (
    Garbage,
    ModelVersion,
    OrderFinding,
    Parameter,
    Run,
    RunDetails,
    RunDiff,
    RunOptions,
    RunRequest,
    Sync,
)
from jupyter_mlops.exceptions import CheckFailed, MLOpsError, NotFound, Refused
from jupyter_mlops.notebooks.document import read_notebook
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.project.badges import Badges
from jupyter_mlops.project.checking import Checking
from jupyter_mlops.project.comparing import Comparing
from jupyter_mlops.project.drifting import Drifting
from jupyter_mlops.project.following import Following
from jupyter_mlops.project.gating import Gating
from jupyter_mlops.project.listing import Listing
from jupyter_mlops.project.modelling import Modelling
from jupyter_mlops.project.monitoring import Monitoring
from jupyter_mlops.project.noticing import Noticing
from jupyter_mlops.project.pipelining import Pipelining
from jupyter_mlops.project.predicting import Predicting
from jupyter_mlops.project.promoting import Promoting
from jupyter_mlops.project.replaying import Replaying
from jupyter_mlops.project.restoring import Restoring
from jupyter_mlops.project.scheduler import Ticking
from jupyter_mlops.project.scheduling import Scheduling
from jupyter_mlops.project.serving import Serving
from jupyter_mlops.project.slots import RunningSlots
from jupyter_mlops.project.watching import Watching
from jupyter_mlops.tracking import leases, loading, outbox, reader, registry
from jupyter_mlops.tracking.diff import diff_runs
from jupyter_mlops.tracking.order import order_findings
from jupyter_mlops.tracking.replays import replay_of_run
from jupyter_mlops.tracking.store import Store

if TYPE_CHECKING:
    from jupyter_mlops.catalogue.named import Datasets
    from jupyter_mlops.execution.client import Progress
    from jupyter_mlops.execution.tracker import Tracker


class Project(
    RunningSlots,
    Pipelining,
    Drifting,
    Comparing,
    Checking,
    Promoting,
    Gating,
    Replaying,
    Restoring,
    Modelling,
    Predicting,
    Serving,
    Noticing,
    Ticking,
    Scheduling,
    Watching,
    Monitoring,
    Following,
    Badges,
    Listing,
):
    """The project that `folder` (default: the current one) belongs to, with its configuration and store;
    or the one that `notebook` belongs to, where it lies in one.

    Nothing is written until a run is recorded.

    Raises:
        ConfigError: ``mlops.yaml`` is broken.
    """

    def __init__(self, folder: Path | str | None = None, *, notebook: Path | None = None) -> None:
        if folder is not None:
            if not Path(folder).is_dir():
                raise NotFound(f"no such folder: {folder}", hint="name the project's folder")
            self.root = search_root(Path(folder))
        elif notebook is not None:
            self.root = find_root(notebook.absolute().parent, otherwise=Path.cwd())
        else:
            self.root = find_root(Path.cwd())
        self.config = load_config(self.root)
        self.store = Store(self.root, self.config.tracking)

    def parameters(self, notebook: Path | str) -> tuple[Parameter, ...]:
        """The declarations of the notebook's parameters cell; empty where it has none."""
        return read_parameters(read_notebook(Path(notebook))) or ()

    def run(
        self,
        notebook: Path | str | None = None,
        parameters: Mapping[str, Any] | None = None,
        *,
        register: str | None = None,
        progress: Progress | None = None,
        began: Callable[[str], None] | None = None,
        **options: Unpack[RunOptions],
    ) -> Run:
        """Run a notebook headless, recorded; the run as it ended, failed or not (`Run.status`).

        Args:
            notebook: the .ipynb file; may be left out with `resume`.
            parameters: values by name, checked against the parameters cell. A text ``env:NAME`` or
                ``file:PATH`` refers to a secret, read in the kernel only (``text:env:NAME`` is that text).
            register: register the logged model under this name (``NAME=ARTIFACT`` for an artifact).
            progress: called with (cell record, cells done, cells in all) while a cell runs, about every
                second, and when it has ended.
            began: gets the run's id as soon as there is one, before any cell.
            **options: see `entities.RunOptions`.

        Raises:
            Refused: nothing was run and nothing recorded.
            CheckFailed: it ran, but made nothing that could be registered.
        """
        from jupyter_mlops.execution.runner import execute

        begun = None if began is None else lambda recorder: began(recorder.run_id)
        run = execute(self.request(notebook, parameters, **options), self.store, progress, begun=begun)
        if register and run.exit_code == 0:
            self.register(run.run_id, register)
        return run

    def grid(
        self,
        notebook: Path | str,
        grid: Mapping[str, Sequence[Any]],
        *,
        workers: int = 1,
        progress: Progress | None = None,
        done: Callable[[Run], None] | None = None,
        **options: Unpack[RunOptions],
    ) -> list[Run]:
        """One run for each combination of the grid's values; see `run` for the rest.

        `workers` processes run side by side; `done` is called with each run as it ends.
        """
        from jupyter_mlops.execution.grid import execute_grid

        return execute_grid(
            self.request(notebook, None, **options),
            grid,
            self.store,
            workers=workers,
            progress=progress,
            done=done,
        )

    def request(
        self,
        notebook: Path | str | None,
        parameters: Mapping[str, Any] | None,
        **options: Unpack[RunOptions],
    ) -> RunRequest:
        """The request that `run` makes of its arguments."""
        if unknown := set(options) - set(RunOptions.__annotations__):
            raise TypeError(f"a run has no option {min(unknown)!r}")
        given: dict[str, Any] = {name: value for name, value in options.items() if value is not None}
        return RunRequest(
            notebook=None if notebook is None else Path(notebook), values=parameters or {}, **given
        )

    def runs(
        self,
        *,
        experiment: str | None = None,
        where: str | None = None,
        order_by: str | None = None,
        limit: int | None = 50,
    ) -> list[Run]:
        """Runs, newest first, at most `limit` or with None all; `where` and `order_by` in MLflow's words.

        Raises:
            NotFound: no such experiment.
        """
        if self.store.is_new and experiment is None and where is None:
            return []
        self.catch_up()
        return reader.list_runs(
            self.store, experiment=experiment, where=where, order_by=order_by, limit=limit
        )

    def show(self, run: str) -> RunDetails:
        """All that is known of the run named by id, first characters of its id, name, or ``latest``, or that
        made ``MODEL@VERSION`` or ``MODEL@ALIAS``.

        Raises:
            NotFound: no run, or several, answer to it.
        """
        self.catch_up()
        details = reader.details(self.store, reader.find_run(self.store, run))
        last, of = replay_of_run(self.store, details.run.run_id)
        known = {"order": tuple(self._order(details)), "replay": last, "replay_of": of}
        return details.model_copy(update=known)

    def executed(self, run: str, target: Path) -> Path:
        """Write the run's notebook with its outputs to `target`: of a run that goes on, with what its cells
        have shown so far.

        Raises:
            NotFound: no such run, or it left no notebook.
            Refused: `target` is no notebook file, or the source of the run.
        """
        found = reader.find_run(self.store, run)
        source = None if found.notebook is None else self.root / found.notebook
        if target.suffix != ".ipynb" or (source is not None and target.resolve() == source.resolve()):
            raise Refused(
                f"{target} cannot take the executed notebook",
                hint="name another file that ends in .ipynb; the source is never touched",
            )
        return reader.write_executed(self.store, found, target)

    def diff(self, left: str, right: str) -> RunDiff:
        """What separates two runs, or those that made two model versions: parameters, metrics, data,
        packages, git state, code by cell."""
        return diff_runs(self.show(left), self.show(right))

    def register(self, run: str, target: str) -> ModelVersion:
        """Register what the run made as ``NAME`` (its logged model) or ``NAME=ARTIFACT``.

        Raises:
            CheckFailed: the run made nothing, or several things, to register.
            StoreError: the tracking server is away.
        """
        self.store.check_answers()
        return registry.register(self.store, reader.find_run(self.store, run), target)

    def best(self, runs: Sequence[Run], metric: str, mode: str = "max") -> Run:
        """The run with the best `metric`.

        Raises:
            CheckFailed: none of them logged it.
        """
        found = reader.best([run for run in runs if run.exit_code == 0], metric, mode)
        if found is None:
            known = sorted({name for run in runs for name in run.metrics})
            raise CheckFailed(
                f"no run logged the metric {metric!r}", hint=f"there are: {', '.join(known) or 'none'}"
            )
        return found

    def models(self, name: str | None = None) -> list[ModelVersion]:
        """Versions of all registered models, or of one.

        Raises:
            NotFound: no model of that name.
        """
        if self.store.is_new and name is None:
            return []
        found = registry.list_models(self.store, name)
        named = {version.name for version in found} if self.store.direct() or name else set()
        settled = [self.settle(each) for each in named]
        return registry.list_models(self.store, name) if any(settled) else found

    def load_model(self, reference: str) -> Any:
        """The model behind ``NAME@ALIAS`` or ``NAME@VERSION``, in its own library's class.

        Raises:
            NotFound: no such model, version or alias; or its files are gone.
            Refused: it cannot be loaded here.
        """
        self.settle(reference)
        return loading.load(self.store, reference)

    @property
    def datasets(self) -> Datasets:
        """The datasets of the project: to add versions, list, show, tag, open and compare them."""
        from jupyter_mlops.catalogue.named import Datasets

        return Datasets(self.store, self.config)

    def cancel(self, run: str) -> Run:
        """End the run, or pipeline run, that goes on; it as it ended, with its partial notebooks.

        Raises:
            NotFound: no such run.
            Refused: it does not go on, or cannot be ended from here.
        """
        from jupyter_mlops.execution.cancel import cancel, find_running

        self.catch_up()
        found = find_running(self.store, run)
        self.cancel_slot_of(found)
        return cancel(self.store, found)

    def collect_garbage(self, keep: float, *, free: bool = False) -> list[Garbage]:
        """The kept outputs of steps, and copies of data, that were neither made nor used in the last `keep`
        seconds, nor since the beginning of a run that goes on; gone if they are to be set `free`. The copy of
        the newest version of a dataset stays.

        Raises:
            StoreError: the store, which knows who needs the copies, cannot be read.
        """
        from jupyter_mlops.pipelines.garbage import collect

        return collect(self.store, self.config, keep, free=free)

    def reconcile(self) -> list[str]:
        """Set runs whose process is gone to KILLED; their ids."""
        return leases.reconcile(self.store)

    def catch_up(self) -> None:
        """Before looking: settle what is lost, and send what waits: for the server if that is soon done, and
        for those who are to be told of something."""
        from jupyter_mlops.notices.sending import resume

        self.reconcile()
        self.store.flush()
        resume(self.root)

    def sync(self, report: Callable[[str], None] = lambda line: None) -> Sync:
        """Send what waits for the tracking server; what was sent and what waits still.

        Args:
            report: told, a line at a time, how far it is.
        """
        from jupyter_mlops.catalogue.pending import sync

        return sync(self.store, outbox.sync(self.store, report))

    def waiting(self, run_id: str) -> str | None:
        """What of a run waits for the tracking server, in a sentence; None where nothing does."""
        return outbox.waiting_of(self.store, run_id)

    def tracker(self, shell: Any) -> Tracker:
        """What `%track` does in a live IPython shell; see `execution.tracker.Tracker`."""
        from jupyter_mlops.execution.tracker import Tracker

        return Tracker(shell, self.store, self.config)

    def _order(self, details: RunDetails) -> list[OrderFinding]:
        try:
            return order_findings(self.store, details)
        except MLOpsError:  # there is nothing to tell it by
            return []


def load_model(reference: str, project: Path | str | None = None) -> Any:
    """The model behind ``NAME@ALIAS``, from the project of the current (or the given) folder."""
    return Project(project).load_model(reference)
