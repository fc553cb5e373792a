"""One run, written: every write names the run, so no other thread or active run can be hit by mistake."""

from __future__ import annotations

import hashlib
import json
import time
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import TYPE_CHECKING, Any, Literal

from jupyter_mlops.entities import (
    DatasetVersion,
    Provenance,
    RecordedParameter,
    Run,
    RunKind,
    RunStatus,
)
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.files import copy_tree, manifest, write_whole
from jupyter_mlops.provenance import user
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.asking import TWICE
from jupyter_mlops.tracking.contents import Contents
from jupyter_mlops.tracking.reader import to_run
from jupyter_mlops.tracking.store import Store, local_folder, plain
from jupyter_mlops.tracking.versions import to_dataset

if TYPE_CHECKING:
    from mlflow import MlflowClient

    from jupyter_mlops.tracking.points import Points

MAX_PARAMETER = 6000  # MLflow cuts longer ones without a word
MAX_TAG = 8000
_DIRECT = {RunKind.HEADLESS, RunKind.PIPELINE, RunKind.DATASET, RunKind.CHECK, RunKind.PREDICT}


class Recorder:
    """Writes to the run `run_id` of `store`."""

    def __init__(self, store: Store, run_id: str) -> None:
        self.store = store
        self.run_id = run_id
        self._points: Points | Literal[False] | None = None  # False: the store writes them at once
        self._contents: Contents | None = None
        self._logged: dict[str, str] = {}  # parameters that the run is known to have: they never change

    @classmethod
    def start(
        cls,
        store: Store,
        *,
        experiment: str,
        name: str,
        kind: RunKind,
        notebook: str | None = None,
        parent: str | None = None,
        replaces: str | None = None,
        extra: Mapping[str, str] | None = None,
    ) -> Recorder:
        """Create the run, RUNNING, before anything of it happens.

        Raises:
            MLOpsError: the store does not take it.
        """
        given: dict[str, str | None] = {
            tags.RUN_NAME: name,
            tags.KIND: kind.value,
            tags.NOTEBOOK: notebook,
            tags.SOURCE_NAME: notebook or "ipython",
            tags.SOURCE_TYPE: "NOTEBOOK" if notebook else "LOCAL",
            tags.PARENT: parent,
            tags.REPLACES: replaces,
            tags.USER: user(),
            **(extra or {}),
        }
        present = {key: cut(value, MAX_TAG) for key, value in given.items() if value is not None}
        store.writable_folder()
        identifier = store.experiment_id(experiment)
        direct = store.direct() if kind in _DIRECT else None
        if direct is not None:
            from jupyter_mlops.tracking.embedded import EmbeddedRecorder

            return EmbeddedRecorder.begin(store, direct, identifier, present)
        from mlflow.exceptions import MlflowException

        client = store.client()
        try:
            run = client.create_run(identifier, tags=present, run_name=name)
        except MlflowException as error:
            raise MLOpsError(
                f"the run could not be begun: {plain(error)}", hint="make room, or mend the store"
            ) from None
        return cls(store, run.info.run_id)

    @property
    def client(self) -> MlflowClient:
        """The store's client."""
        return self.store.client()

    def parameters(self, values: Iterable[RecordedParameter]) -> None:
        """Log parameters; ones that are logged already with the same value are passed over."""
        from mlflow.entities import Param

        wanted = {p.name: cut(p.value, MAX_PARAMETER) for p in values}
        logged = self.logged_parameters(wanted)
        fresh = {name: value for name, value in wanted.items() if name not in logged}
        if fresh:
            self.client.log_batch(self.run_id, params=[Param(name, value) for name, value in fresh.items()])
            self._logged |= fresh

    def logged_parameters(self, names: Iterable[str] | None = None) -> Mapping[str, str]:
        """Parameters of the run so far, by name; where it is known to have all `names`, it is not asked."""
        if names is None or not self._logged.keys() >= set(names):
            self._logged = dict(self.client.get_run(self.run_id).data.params)
        return self._logged

    def conflicts(self, values: Iterable[RecordedParameter]) -> list[str]:
        """Names whose logged value differs: MLflow's parameters are written once."""
        values = list(values)
        logged = self.logged_parameters([p.name for p in values])
        return [p.name for p in values if logged.get(p.name, cut(p.value, MAX_PARAMETER)) != cut(p.value)]

    def metrics(self, values: Mapping[str, float], step: int | None = None) -> None:
        """Log metric points; without `step` each follows the last of its name. They survive the death of
        this process at once; another one finds them in the store a moment later.

        Raises:
            OSError: the disk is full.
        """
        if self._points is None:
            self._points = self.store.points(self.run_id) or False
        if self._points:
            self._points.log(values, step)
            return
        from mlflow.entities import Metric

        now = int(time.time() * 1000)
        points = [
            Metric(name, value, now, step if step is not None else self._next_step(name))
            for name, value in values.items()
        ]
        self.client.log_batch(self.run_id, metrics=points)

    def _next_step(self, name: str) -> int:
        spooled = self.store.spooled()
        if spooled is not None:
            return spooled.next_step(self.run_id, name)
        history = self.client.get_metric_history(self.run_id, name)
        return max((point.step for point in history), default=-1) + 1

    def tags(self, values: Mapping[str, Any]) -> None:
        """Set tags; None values are passed over, long ones cut with a visible mark."""
        from mlflow.entities import RunTag

        present = [
            RunTag(key, cut(str(value), MAX_TAG)) for key, value in values.items() if value is not None
        ]
        if present:
            self.client.log_batch(self.run_id, tags=present)

    def dataset(self, version: DatasetVersion) -> None:
        """Log a dataset version that the run read, or made, with its full digest, row count, schema, number
        and tags."""
        from mlflow.entities import Dataset, DatasetInput, InputTag

        made = to_dataset(version)
        entity = Dataset(
            name=made.name,
            digest=made.digest,
            source_type=made.source_type,
            source=made.source,
            schema=made.schema,
            profile=made.profile,
        )
        inputs = [DatasetInput(entity, [InputTag(key, value) for key, value in made.marks.items()])]
        self._log_inputs(inputs)

    def _log_inputs(self, inputs: Sequence[Any]) -> None:
        """MLflow looks whether the experiment has the dataset, and then writes it: of runs that log a new one
        at the same time only the first gets it in, the others find it when they look again."""
        from mlflow.exceptions import MlflowException

        for left in reversed(range(3)):
            try:
                self.client.log_inputs(self.run_id, datasets=inputs)
                return
            except MlflowException as error:
                if not left or not any(word in str(error) for word in TWICE):
                    raise

    def artifact(self, path: Path, folder: str | None = None, *, ours: bool = False) -> None:
        """Upload a file, or a folder with all below it; of our own, which nobody writes to again, a link
        will do."""
        target = None
        if self.store.database is not None:  # MLflow would copy in place, and a reader meet half a file
            target = local_folder(self.client.get_run(self.run_id).info.artifact_uri or "")
        if target is not None:
            copy_tree(path, target / (folder or "") / ("" if path.is_dir() else path.name), link=ours)
        elif path.is_dir():
            self.client.log_artifacts(self.run_id, str(path), folder)
        else:
            self.client.log_artifact(self.run_id, str(path), folder)

    def keep(self, folder: Path) -> None:
        """Upload all of `folder`, which nobody writes to any more, as the run's own records, then the
        manifest that lists them: whoever finds one knows that all of it is there."""
        (folder / tags.MANIFEST).unlink(missing_ok=True)
        listed = [output.model_dump() for output in manifest(folder)]
        self.artifact(folder, tags.FOLDER, ours=True)
        write_whole(folder / tags.MANIFEST, json.dumps(listed, indent=1))
        self.artifact(folder / tags.MANIFEST, tags.FOLDER, ours=True)

    def output(self, path: str) -> None:
        """Note that the artifact at `path` is an output of the run, one that could be registered."""
        # the path is the value: a tag's name may not hold every character that a file's may
        key = hashlib.blake2b(path.encode("utf-8", "surrogatepass"), digest_size=6).hexdigest()
        self.tags({f"{tags.OUTPUT}{key}": path})

    def provenance(self, provenance: Provenance) -> None:
        """Tags for searching; the whole record is an artifact that the caller writes."""
        git = provenance.git
        gpus = f", {', '.join(provenance.hardware.gpus)}" if provenance.hardware.gpus else ""
        self.tags(
            {
                tags.NOTEBOOK_DIGEST: provenance.notebook_digest,
                tags.GIT_COMMIT: git and git.commit,
                tags.GIT_BRANCH: git and git.branch,
                tags.GIT_DIRTY: None if git is None else str(git.dirty).lower(),
                tags.PYTHON: provenance.python,
                tags.PLATFORM: provenance.platform,
                tags.HARDWARE: f"{provenance.hardware.cpu}, {provenance.hardware.cores} cores, "
                f"{provenance.hardware.memory / 2**30:.1f} GiB{gpus}",
            }
        )

    def close(
        self,
        status: RunStatus,
        *,
        exit_code: int,
        error: str | None = None,
        peak_memory: int | None = None,
        flush: bool = True,
    ) -> None:
        """End the run with its true status. The exit code is written first: a run that has one was
        closed by us, whatever its status says. With `flush` what waits for a server is sent, if that is
        soon done; without, it is left to the keeper."""
        if self._contents is not None:
            self._contents.close()
            self._contents = None
        self.tags({tags.EXIT_CODE: exit_code, tags.ERROR: error, tags.PEAK_MEMORY: peak_memory})
        self.client.set_terminated(self.run_id, status.value)
        if flush:
            self.store.flush()

    def complete(self) -> None:
        """End the run FINISHED, and say nothing: MLflow would print where a server shows it."""
        from mlflow.entities import RunStatus as MlflowStatus

        self.tags({tags.EXIT_CODE: 0})
        tracking = self.client._tracking_client.store
        tracking.update_run_info(self.run_id, MlflowStatus.FINISHED, int(time.time() * 1000), None)

    def snapshot(self) -> Run:
        """The run as the store has it, or will have it once it is reached again: never waits for a server."""
        return to_run(self.client.get_run(self.run_id), self.experiment())

    def mark(self, status: RunStatus, error: str | None) -> None:
        """Set the status of a run that goes on, and the error that gives the reason."""
        self.tags({tags.ERROR: error})
        self.client.update_run(self.run_id, status=status.value)

    def state(self) -> object:
        """Something that differs as soon as the run holds another parameter, metric, input or model."""
        database = self.store.direct()
        if database is not None:
            self.store.catch_up(self.run_id)
            if self._contents is None:
                self._contents = Contents(database, self.run_id)
            return self._contents.state()
        run = self.client.get_run(self.run_id)
        outputs = len(run.outputs.model_outputs) if run.outputs else 0
        own = sorted(item for item in run.data.tags.items() if item[0].startswith(tags.OUTPUT))
        metrics = sorted(run.data.metrics.items())
        return repr((sorted(run.data.params), metrics, len(run.inputs.dataset_inputs), outputs, own))

    def experiment(self) -> str:
        """The name of the experiment that the run belongs to."""
        identifier = self.client.get_run(self.run_id).info.experiment_id
        return str(self.client.get_experiment(identifier).name)

    def rename(self, name: str) -> None:
        """Give the run this name."""
        self.client.update_run(self.run_id, name=name)

    def reopen(self) -> None:
        """Back to RUNNING: the notebook ended the run by MLflow's own call, but goes on."""
        self.client.update_run(self.run_id, status=RunStatus.RUNNING.value)


def cut(text: str, limit: int = MAX_PARAMETER) -> str:
    """The text, at most `limit` characters, with a visible mark where it was cut."""
    mark = " …(cut)"
    return text if len(text) <= limit else text[: limit - len(mark)] + mark
