"""What a monitor is to look at: the champion, and its data, named and told apart, but not read yet."""

from __future__ import annotations

import hashlib
import json
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass

from jupyter_mlops.catalogue.opening import Data, open_located
from jupyter_mlops.catalogue.training import open_trained, trained_on
from jupyter_mlops.config import Config
from jupyter_mlops.entities import ModelVersion, Monitor
from jupyter_mlops.exceptions import NotFound, NothingYet, Refused
from jupyter_mlops.monitoring.recorded import batches
from jupyter_mlops.tracking.datasets import Entry
from jupyter_mlops.tracking.model_content import check_complete
from jupyter_mlops.tracking.registry import CHAMPION, find_version
from jupyter_mlops.tracking.store import Store

HERE = "in the monitor: reference: DATASET"


@dataclass(frozen=True)
class Condition:
    """What is demanded of a metric, as it was written: that `compare` of it and the limit is true."""

    text: str
    metric: str
    compare: Callable[[float, float], bool]
    limit: float

    def holds(self, value: float) -> bool:
        """Whether that value of the metric will do."""
        return self.compare(value, self.limit)


@dataclass(frozen=True)
class Watched:
    """The champion `version`; the `reference` and whether the champion was `trained` on it; the `current`
    data, or what was `recorded` of the model, newest first; true values in `labels`, where there are some
    yet, or a note that there are none."""

    name: str
    monitor: Monitor
    version: ModelVersion
    reference: Data
    trained: bool
    current: Data | None
    recorded: tuple[Entry, ...]
    labels: Data | None
    conditions: tuple[Condition, ...]
    notes: tuple[str, ...] = ()

    @property
    def model(self) -> str:
        """``NAME@VERSION`` of the champion."""
        return f"{self.version.name}@{self.version.version}"

    @property
    def seen(self) -> str:
        """A digest over all that a look depends on: with the same one it would find the same again."""
        created = self.version.created
        parts = [
            self.model,
            None if created is None else created.isoformat(),
            self.reference.version.digest,
            None if self.current is None else self.current.version.digest,
            [entry.version.digest for entry in self.recorded],
            None if self.labels is None else self.labels.version.digest,
            self.monitor.model_dump(mode="json", exclude={"on_drift", "every", "cron", "timezone"}),
        ]
        return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def champion_of(store: Store, name: str, model: str) -> ModelVersion:
    """The champion that the monitor watches.

    Raises:
        NothingYet: the model has none.
    """
    hint = f"make one: jupyter mlops promote {shlex.quote(model)}"
    try:
        if store.is_new:
            raise NotFound("there is no model")
        return find_version(store, f"{model}@{CHAMPION}")
    except NotFound:
        raise NothingYet(f"monitor {name}: the model {model} has no {CHAMPION}", hint=hint) from None


def watched(store: Store, config: Config, name: str, conditions: Sequence[Condition] = ()) -> Watched:
    """What the monitor of that name in ``mlops.yaml`` looks at now.

    Raises:
        NotFound: it names data that are not there.
        NothingYet: there is no champion, or nothing was recorded.
        Refused: the champion's files are gone, nothing tells of a reference, or data cannot be read.
    """
    monitor = config.monitors[name]
    version = champion_of(store, name, monitor.model)
    _check_files(store, name, version)
    recorded: tuple[Entry, ...] = ()
    if monitor.current is None:
        recorded = tuple(batches(store, monitor.model))
        if not recorded:
            model = shlex.quote(f"{monitor.model}@{CHAMPION}")
            raise NothingYet(
                f"monitor {name}: nothing that {monitor.model} predicted was recorded yet",
                hint=f"jupyter mlops predict {model} --in DATA --out FILE, serve --record, or current: DATA",
            )
    labels, notes = _labels(store, config, monitor)
    if monitor.reference is None:
        reference, trained = open_trained(store, config, version, otherwise=HERE), True
    else:
        reference = open_located(store, config, _plain(monitor.reference))
        learned = trained_on(store, version.run_id).versions
        trained = reference.version.digest in {each.digest for each in learned}
    return Watched(
        name=name,
        monitor=monitor,
        version=version,
        reference=reference,
        trained=trained,
        current=None if monitor.current is None else open_located(store, config, _plain(monitor.current)),
        recorded=recorded,
        labels=labels,
        conditions=tuple(conditions),
        notes=notes,
    )


def _labels(store: Store, config: Config, monitor: Monitor) -> tuple[Data | None, tuple[str, ...]]:
    """The true values, or that there are none yet: they come late."""
    if monitor.labels is None:
        return None, ()
    try:
        return open_located(store, config, _plain(monitor.labels)), ()
    except NotFound as error:
        return None, (f"no true values yet: {error}",)


def _plain(what: str) -> str:
    """A dataset as `on: {data: ...}` names it, too."""
    return what.removeprefix("dataset:")


def _check_files(store: Store, name: str, version: ModelVersion) -> None:
    try:
        check_complete(store, version)
    except NotFound as error:
        raise Refused(
            f"monitor {name}: the files of the champion {version.name}@{version.version} are gone: {error}",
            hint="restore them, or promote another version: jupyter mlops models",
        ) from None
