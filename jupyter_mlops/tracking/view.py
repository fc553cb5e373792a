"""A run as it will be once the server has all that waits: what the server last told, and what was put into
the spool since, by whichever process. Nothing is asked of the server.

Imported only where MLflow is.
"""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator
from typing import Any

from mlflow.entities import (
    DatasetInput,
    LoggedModelInput,
    LoggedModelOutput,
    Metric,
    Param,
    Run,
    RunData,
    RunInfo,
    RunInputs,
    RunTag,
)
from mlflow.entities.run_outputs import RunOutputs
from mlflow.protos.service_pb2 import LogInputs
from mlflow.protos.service_pb2 import Run as ProtoRun
from mlflow.utils.proto_json_utils import message_to_json, parse_dict

from jupyter_mlops.tracking.spool import Operation, Spool
from jupyter_mlops.tracking.tags import RUN_NAME


class RunView:
    """The run of `spool`, which was `run` before the spool's first operation."""

    def __init__(self, spool: Spool, run: Run) -> None:
        self.spool = spool
        self._mine = threading.Lock()
        self._identity = spool.identity
        self._offset = 0
        self.rebase(run)

    def rebase(self, run: Run) -> None:
        """Take over what the server tells; the id by which it is known here stays."""
        info = run.info
        self.experiment_id = info.experiment_id
        self.user = info.user_id
        self.started = info.start_time
        self.artifact_uri = info.artifact_uri
        self.stage = info.lifecycle_stage
        self.status = info.status
        self.ended = info.end_time
        self.name = info.run_name
        self.metrics: dict[str, Metric] = {metric.key: metric for metric in run.data._metric_objs}
        self.params: dict[str, str] = dict(run.data.params)
        self.tags: dict[str, str] = dict(run.data.tags)
        self.datasets: list[DatasetInput] = list(run.inputs.dataset_inputs) if run.inputs else []
        self.models: list[LoggedModelInput] = list(run.inputs.model_inputs) if run.inputs else []
        self.outputs: list[LoggedModelOutput] = list(run.outputs.model_outputs) if run.outputs else []

    def run(self) -> Run:
        """The run with all that is known here."""
        self.refresh()
        info = RunInfo(
            run_id=self.spool.run_id,
            experiment_id=self.experiment_id,
            user_id=self.user,
            status=self.status,
            start_time=self.started,
            end_time=self.ended,
            lifecycle_stage=self.stage,
            artifact_uri=self.artifact_uri,
            run_name=self.name,
        )
        data = RunData(
            metrics=list(self.metrics.values()),
            params=[Param(key, value) for key, value in self.params.items()],
            tags=[RunTag(key, value) for key, value in self.tags.items()],
        )
        return Run(
            info, data, RunInputs(list(self.datasets), list(self.models)), RunOutputs(list(self.outputs))
        )

    def refresh(self) -> None:
        """Read what was appended since the last look, by this process or another."""
        with self._mine:
            identity = self.spool.identity
            if identity != self._identity:  # tidied away; and perhaps begun anew, from where this view is
                self._identity, self._offset = identity, 0
            for operation, offset in self.spool.read(self._offset):
                self._apply(operation)
                self._offset = offset

    def next_step(self, metric: str) -> int:
        """The step after the highest one logged under that name."""
        self.refresh()
        last = self.metrics.get(metric)
        return 0 if last is None else last.step + 1

    def points(self, metric: str) -> Iterator[Metric]:
        """The points of that name that are in the spool, in order."""
        for operation, _ in self.spool.read():
            yield from (point for point in metrics(operation) if point.key == metric)

    def _apply(self, operation: Operation) -> None:
        kind = operation["op"]
        if kind == "batch":
            for point in metrics(operation):
                known = self.metrics.get(point.key)
                if known is None or (known.step, known.timestamp) <= (point.step, point.timestamp):
                    self.metrics[point.key] = point
            self.params |= dict(operation["params"])
            self._tag(dict(operation["tags"]))
        elif kind == "untag":
            self.tags.pop(operation["key"], None)
        elif kind == "update":
            self.status = operation["status"] or self.status
            self.ended = operation["end_time"]
            if operation["name"]:
                self._tag({RUN_NAME: operation["name"]})
        elif kind == "inputs":
            found: Any = parse(LogInputs(), operation["inputs"])
            self.datasets += [DatasetInput.from_proto(each) for each in found.datasets]
            self.models += [LoggedModelInput.from_proto(each) for each in found.models]
        elif kind == "outputs":
            self.outputs += [LoggedModelOutput(*each) for each in operation["models"]]

    def _tag(self, values: dict[str, str]) -> None:
        self.tags |= values
        self.name = values.get(RUN_NAME, self.name)


def metrics(operation: Operation) -> list[Metric]:
    """The metric points of an operation."""
    return [Metric(key, float(value), *rest) for key, value, *rest in operation.get("metrics", ())]


def batch(metrics: Any = (), params: Any = (), tags: Any = ()) -> Operation:
    """The operation that logs these of MLflow's entities. A value is text: JSON knows no NaN."""
    return {
        "op": "batch",
        "metrics": [
            [m.key, repr(float(m.value)), m.timestamp, m.step, m.model_id, m.dataset_name, m.dataset_digest]
            for m in metrics
        ],
        "params": [[p.key, p.value] for p in params],
        "tags": [[t.key, t.value] for t in tags],
    }


def pack(message: Any) -> dict[str, Any]:
    """A protobuf message as JSON values."""
    packed: dict[str, Any] = json.loads(message_to_json(message))
    return packed


def parse(message: Any, values: dict[str, Any]) -> Any:
    """The message that `pack` packed."""
    parse_dict(js_dict=values, message=message)
    return message


def unpack_run(values: dict[str, Any]) -> Run:
    """A run that was packed as a message."""
    return Run.from_proto(parse(ProtoRun(), values))
