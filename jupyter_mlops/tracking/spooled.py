"""MLflow's client of a tracking server, for processes that record: what it writes goes into the spool, what
it reads of such a run is answered from there. Thus our own code, `mlflow.log_*` and autologging neither fail
nor wait where the server does.

Imported only where MLflow is.
"""

from __future__ import annotations

import os
import time
import uuid
from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Any

from mlflow.entities import Experiment, Metric, Run, RunData, RunInfo, RunStatus, RunTag
from mlflow.exceptions import MlflowException
from mlflow.protos.databricks_pb2 import INVALID_PARAMETER_VALUE, TEMPORARILY_UNAVAILABLE
from mlflow.protos.service_pb2 import LogInputs
from mlflow.store.entities.paged_list import PagedList
from mlflow.store.tracking.rest_store import RestStore
from mlflow.tracking._tracking_service import utils
from mlflow.utils.credentials import get_default_host_creds
from mlflow.utils.name_utils import _generate_random_name
from mlflow.utils.validation import (
    _validate_batch_log_data,
    _validate_batch_log_limits,
    _validate_dataset_inputs,
    _validate_param_keys_unique,
    _validate_run_id,
)

from jupyter_mlops.config import PROJECT_VARIABLE, STATE_FOLDER
from jupyter_mlops.exceptions import StoreError
from jupyter_mlops.tracking import clashes, keeper, owners, sender, spool
from jupyter_mlops.tracking.artifacts import SpooledArtifacts
from jupyter_mlops.tracking.reaching import reach
from jupyter_mlops.tracking.rest import ShortStore, final, reason
from jupyter_mlops.tracking.spool import Operation, Spool
from jupyter_mlops.tracking.tags import RUN_NAME, RUN_VARIABLE, TICKET
from jupyter_mlops.tracking.view import RunView, batch, pack, unpack_run

REACH = 1.0  # seconds that a new run waits for the server before it begins without
_KEEPER_CHECK = 2.0  # seconds between two looks whether the keeper lives
_folder: Path | None = None  # the spool of the project that this process records for


def register() -> None:
    """From now on MLflow's clients of tracking servers in this process are `SpooledStore`."""
    registry = utils._tracking_store_registry
    if owners.supported() and registry._registry.get("http") is not _build:
        for scheme in ("http", "https"):
            registry.register(scheme, _build)
        type(registry)._get_store_with_resolved_uri.cache_clear()


def use(folder: Path) -> None:
    """Runs that begin from now on belong to the project with this spool."""
    global _folder
    _folder = folder


def spool_folder() -> Path | None:
    """The spool of the project that this process, or the notebook that started it, records for."""
    if _folder is not None:
        return _folder
    root = os.environ.get(PROJECT_VARIABLE)
    return Path(root) / STATE_FOLDER / spool.FOLDER if root else None


def _build(store_uri: str, **_: Any) -> SpooledStore:
    return SpooledStore(store_uri)


class SpooledStore(RestStore):
    """A tracking server behind a spool."""

    def __init__(self, uri: str) -> None:
        super().__init__(partial(get_default_host_creds, uri))
        self.uri = uri
        self._short = ShortStore(uri)
        self._views: dict[str, RunView] = {}
        self._experiments: dict[str, Experiment] = {}
        self._keeper_seen = 0.0

    # -- runs

    def create_run(
        self, experiment_id: str, user_id: str, start_time: int, tags: list[RunTag], run_name: str | None
    ) -> Run:
        """A new run: the server's; or, where that is away, one that it will be told of."""
        folder = spool_folder()
        if folder is None:
            return super().create_run(experiment_id, user_id, start_time, tags, run_name)
        # by its ticket the sender finds a run that the server made, but whose answer was lost
        ticket = uuid.uuid4().hex
        marks = [*tags, RunTag(TICKET, ticket)]
        try:
            if why := spool.away(folder, self.uri):  # the keeper looks for it, so that no cell has to wait
                raise MlflowException(why, TEMPORARILY_UNAVAILABLE)
            self._reach(folder)
            known = spool.names(folder)
            sent = [RunTag(tag.key, known.get(tag.value, tag.value)) for tag in marks]
            run = self._short.create_run(experiment_id, user_id, start_time, sent, run_name)
        except MlflowException as error:
            if final(error):
                self._experiments.clear()  # the experiment may be gone
                raise
            return self._begin_without(folder, ticket, experiment_id, user_id, start_time, marks, run_name)
        view = self._keep(folder, run)
        view.spool.open_folder()
        return run

    def _begin_without(
        self,
        folder: Path,
        ticket: str,
        experiment_id: str,
        user_id: str,
        start_time: int,
        marks: list[RunTag],
        run_name: str | None,
    ) -> Run:
        name = run_name or {tag.key: tag.value for tag in marks}.get(RUN_NAME) or _generate_random_name()
        info = RunInfo(
            run_id=ticket,
            experiment_id=experiment_id,
            user_id=user_id,
            status=RunStatus.to_string(RunStatus.RUNNING),
            start_time=start_time,
            end_time=None,
            lifecycle_stage="active",
            run_name=name,
        )
        view = self._keep(folder, Run(info, RunData(tags=[*marks, RunTag(RUN_NAME, name)])))
        create = {"op": "create", "experiment_id": experiment_id, "user_id": user_id, "name": name}
        pairs = [[tag.key, tag.value] for tag in marks]
        self._append(view, {**create, "start_time": start_time, "tags": pairs})
        return view.run()

    def get_run(self, run_id: str) -> Run:
        """The run as it will be once the server has all that waits."""
        view = self._view(run_id)
        if view is None:
            return super().get_run(self._real(run_id))
        if not view.spool.folder.exists():  # the server has all: it may know more by now
            try:
                view.rebase(self._short.get_run(self._real(run_id)))
            except MlflowException as error:
                if final(error):
                    raise
        return view.run()

    def update_run_info(
        self, run_id: str, run_status: Any, end_time: int | None, run_name: str | None
    ) -> RunInfo:
        """Status, end and name."""
        view = self._open(run_id)
        if view is None:
            return super().update_run_info(run_id, run_status, end_time, run_name)
        status = None if run_status is None else RunStatus.to_string(run_status)
        self._append(view, {"op": "update", "status": status, "end_time": end_time, "name": run_name})
        return view.run().info

    # -- what is logged

    def log_batch(self, run_id: str, metrics: Any, params: Any, tags: Any) -> None:
        """Metric points, parameters and tags.

        Raises:
            MlflowException: a name or value that MLflow does not allow, or another value of a parameter.
        """
        view = self._open(run_id)
        if view is None:
            super().log_batch(run_id, metrics, params, tags)
            return
        metrics, params, tags = _validate_batch_log_data(metrics, params, tags)
        _validate_batch_log_limits(metrics, params, tags)
        _validate_param_keys_unique(params)
        for param in params:
            known = view.params.get(param.key, param.value)
            if known != param.value:
                clashes.note(run_id, [param.key])
                raise MlflowException(
                    f"Changing param values is not allowed. Param with key={param.key!r} was already logged "
                    f"with value={known!r} for run ID={run_id!r}. Attempted logging new value "
                    f"{param.value!r}.",
                    INVALID_PARAMETER_VALUE,
                )
        if metrics or params or tags:
            self._append(view, batch(metrics, params, tags))

    def log_metric(self, run_id: str, metric: Metric) -> None:
        """One metric point."""
        self.log_batch(run_id, [metric], [], [])

    def log_param(self, run_id: str, param: Any) -> None:
        """One parameter."""
        self.log_batch(run_id, [], [param], [])

    def set_tag(self, run_id: str, tag: RunTag) -> None:
        """One tag."""
        self.log_batch(run_id, [], [], [tag])

    def delete_tag(self, run_id: str, key: str) -> None:
        """Take a tag off."""
        view = self._open(run_id)
        if view is None:
            super().delete_tag(run_id, key)
            return
        if key not in view.tags:
            raise MlflowException(f"No tag with name: {key} in run with id {run_id}", INVALID_PARAMETER_VALUE)
        self._append(view, {"op": "untag", "key": key})

    def log_inputs(self, run_id: str, datasets: Any = None, models: Any = None) -> None:
        """Datasets, and models that a run reads."""
        view = self._open(run_id)
        if view is None:
            super().log_inputs(run_id, datasets, models)
            return
        _validate_dataset_inputs(datasets or [])
        message = LogInputs(
            datasets=[each.to_proto() for each in datasets or []],
            models=[each.to_proto() for each in models or []],
        )
        self._append(view, {"op": "inputs", "inputs": pack(message)})

    def log_outputs(self, run_id: str, models: Any) -> None:
        """Models that a run made."""
        view = self._open(run_id)
        if view is None:
            super().log_outputs(run_id, models)
            return
        self._append(view, {"op": "outputs", "models": [[each.model_id, each.step] for each in models]})

    def artifact(self, view: RunView, path: Path, folder: str | None) -> None:
        """A file, or a folder with all below it, as it is now."""
        copied = view.spool.copy(path)
        file = f"{copied.name}/{path.name}"
        operation = {"op": "artifact", "file": file, "folder": folder, "tree": path.is_dir()}
        self._append(view, operation, copied)

    def create_logged_model(
        self, experiment_id: str, name: str | None = None, *rest: Any, **more: Any
    ) -> Any:
        """A model is logged to the server itself, which must be there."""
        folder = spool_folder()
        if folder is not None:
            self._reach(folder)
            self.catch_up()
            if more.get("source_run_id"):
                more["source_run_id"] = self._real(more["source_run_id"])
        return super().create_logged_model(experiment_id, name, *rest, **more)

    # -- what is read

    def next_step(self, run_id: str, metric: str) -> int:
        """The step after the highest one logged under that name."""
        view = self._open(run_id)
        if view is None:
            return max((point.step for point in self.get_metric_history(run_id, metric)), default=-1) + 1
        return view.next_step(metric)

    def get_metric_history(
        self, run_id: str, metric_key: str, max_results: int | None = None, page_token: str | None = None
    ) -> Any:
        """All points of that name: the server's, and those that wait."""
        view = self._view(run_id)
        if view is None or not view.spool.waits:
            return super().get_metric_history(self._real(run_id), metric_key, max_results, page_token)
        here = [*view.points(metric_key)]
        try:
            there = list(self._short.get_metric_history(self._real(run_id), metric_key))
        except MlflowException:
            there = []
        return PagedList(list(dict.fromkeys([*there, *here])), None)

    def _search_runs(self, *arguments: Any, **more: Any) -> Any:
        self.catch_up()  # one finds what one has logged
        return super()._search_runs(*arguments, **more)

    def get_experiment(self, experiment_id: str) -> Experiment:
        """The experiment, asked for once."""
        return self._experiment(
            str(experiment_id), lambda: super(SpooledStore, self).get_experiment(experiment_id)
        )

    def get_experiment_by_name(self, experiment_name: str) -> Experiment | None:
        """The experiment of that name, asked for once; None where there is none."""
        for known in self._known_experiments():
            if known.name == experiment_name:
                return known
        found: Experiment | None = super().get_experiment_by_name(experiment_name)
        if found is not None:
            self._experiments[found.experiment_id] = found
        return found

    def delete_experiment(self, experiment_id: str) -> None:
        """Delete it, and forget what was known of it."""
        self._experiments.clear()
        super().delete_experiment(experiment_id)

    def restore_experiment(self, experiment_id: str) -> None:
        """Restore it, and forget what was known of it."""
        self._experiments.clear()
        super().restore_experiment(experiment_id)

    def rename_experiment(self, experiment_id: str, new_name: str) -> None:
        """Rename it, and forget what was known of it."""
        self._experiments.clear()
        super().rename_experiment(experiment_id, new_name)

    def artifact_uri(self, view: RunView) -> str:
        """Where the server keeps the run's artifacts."""
        if not view.artifact_uri:  # it began without the server
            view.artifact_uri = self._short.get_run(self._real(view.spool.run_id)).info.artifact_uri
        return str(view.artifact_uri)

    def catch_up(self) -> None:
        """Send what waits, if the server was there when last tried."""
        folder = spool_folder()
        if folder is not None and spool.waiting_spools(folder) and not spool.away(folder, self.uri):
            sender.flush(folder, patience=3.0)

    # -- spools

    def _view(self, run_id: str) -> RunView | None:
        """What is known here of a run that is spooled; None of any other."""
        if run_id in self._views:
            return self._views[run_id]
        folder = spool_folder()
        _validate_run_id(run_id)  # it becomes the name of a folder
        about = Spool(folder / run_id).about if folder is not None else {}
        if folder is None or about.get("uri") != self.uri:
            return None
        if "experiment" in about:
            self._experiments.setdefault(
                about["experiment"]["experiment_id"], Experiment(**about["experiment"])
            )
        return self._keep(folder, unpack_run(about["run"]), run_id)

    def _open(self, run_id: str) -> RunView | None:
        """The run's view, made of what the server tells where nothing was spooled yet; None where this
        process records for no project."""
        folder = spool_folder()
        if folder is None:
            return None
        view = self._view(run_id) or self._keep(folder, super().get_run(self._real(run_id)), run_id)
        view.refresh()
        return view

    def _keep(self, folder: Path, run: Run, run_id: str | None = None) -> RunView:
        run_id = run_id or run.info.run_id
        each = Spool(folder / run_id)
        view = RunView(each, run)
        each.describe = partial(self._about, view)
        self._views[run_id] = view
        utils._artifact_repos_cache[run_id] = SpooledArtifacts(self, view)
        return view

    def _about(self, view: RunView) -> dict[str, Any]:
        """What a spool keeps of its run, for other processes and for times without the server."""
        about: dict[str, Any] = {"uri": self.uri, "run": pack(view.run().to_proto())}
        experiment = self._experiments.get(view.experiment_id)
        if experiment is not None:
            about["experiment"] = {
                "experiment_id": experiment.experiment_id,
                "name": experiment.name,
                "artifact_location": experiment.artifact_location,
                "lifecycle_stage": experiment.lifecycle_stage,
            }
        return about

    def _append(self, view: RunView, operation: Operation, copied: Path | None = None) -> None:
        view.spool.append(operation, copied)
        now = time.monotonic()
        if now - self._keeper_seen > _KEEPER_CHECK:
            self._keeper_seen = now
            keeper.ensure(view.spool.folder.parent.parent)

    def _real(self, run_id: str) -> str:
        folder = spool_folder()
        return spool.names(folder).get(run_id, run_id) if folder is not None else run_id

    def _reach(self, folder: Path) -> None:
        try:
            reach(self.uri, REACH)
        except StoreError as error:
            spool.note_away(folder, self.uri, reason(error))
            raise MlflowException(str(error), TEMPORARILY_UNAVAILABLE) from None

    def _experiment(self, identifier: str, ask: Callable[[], Experiment]) -> Experiment:
        for known in self._known_experiments():
            if known.experiment_id == identifier:
                return known
        self._experiments[identifier] = ask()
        return self._experiments[identifier]

    def _known_experiments(self) -> list[Experiment]:
        joined = os.environ.get(RUN_VARIABLE)
        if joined and joined not in self._views:
            self._view(joined)  # the runner has told there which experiment it is
        return list(self._experiments.values())
