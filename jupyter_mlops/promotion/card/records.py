"""All that is recorded of a model version, read once. What is gone is empty, and `gone` tells why."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import UTC, datetime
from functools import cached_property
from pathlib import PurePosixPath
from typing import TypeVar

from pydantic import ValidationError

from jupyter_mlops.catalogue.lineage import lineage
from jupyter_mlops.checks.recording import ARTIFACT as CHECKS
from jupyter_mlops.checks.recording import TAG as CHECK_TAG
from jupyter_mlops.config import Config, ModelConfig
from jupyter_mlops.entities import (
    CheckReport,
    DatasetVersion,
    Entity,
    Explanation,
    GateReport,
    History,
    LedgerEntry,
    Lineage,
    ModelVersion,
    Replay,
    Run,
    RunDetails,
)
from jupyter_mlops.evaluation.keeping import TAG as EXPLANATION_TAG
from jupyter_mlops.exceptions import MLOpsError, NotFound
from jupyter_mlops.promotion import ledger
from jupyter_mlops.promotion.gate_reports import kept_report
from jupyter_mlops.promotion.replaying.keeping import kept_replay
from jupyter_mlops.promotion.standing import about
from jupyter_mlops.tracking import datasets, reader
from jupyter_mlops.tracking.described import Described, describe, told_of
from jupyter_mlops.tracking.registry import find_version
from jupyter_mlops.tracking.store import Store

PURPOSE_TAG, LIMITS_TAG = "mlops.card.purpose", "mlops.card.limits"  # of the registered model
_E = TypeVar("_E", bound=Entity)


@dataclass(frozen=True)
class Use:
    """Data and what for they were used: `context` of a run such as ``training``; ``check`` of checks."""

    version: DatasetVersion
    context: str


@dataclass
class Records:
    """What is known of `version`. `gone` maps what cannot be read to the reason."""

    store: Store
    config: Config
    version: ModelVersion
    gone: dict[str, str] = field(default_factory=dict)
    now: datetime = field(default_factory=lambda: datetime.now(UTC))

    @property
    def label(self) -> str:
        """``NAME@VERSION``."""
        return f"{self.version.name}@{self.version.version}"

    @property
    def settings(self) -> ModelConfig:
        """What ``mlops.yaml`` says of the model."""
        return self.config.models.get(self.version.name, ModelConfig())

    @cached_property
    def told(self) -> Mapping[str, str]:
        """Tags of the registered model, and its description."""
        return told_of(self.store, self.version.name)

    @property
    def purpose(self) -> str:
        """What it is for, in Markdown: as ``mlops.yaml`` says, else as was once answered, else the registered
        model's description in MLflow."""
        told = self.settings.purpose or self.told.get(PURPOSE_TAG) or self.told.get("description")
        return (told or "").strip()

    @property
    def limits(self) -> str:
        """What it is not for, in Markdown, likewise."""
        return (self.settings.limits or self.told.get(LIMITS_TAG) or "").strip()

    @cached_property
    def described(self) -> Described | None:
        """What its files say."""
        found = describe(self.store, self.version)
        if found is None:
            self.gone["files"] = f"the files of {self.label} are gone, or are those of no model"
        return found

    @cached_property
    def run(self) -> RunDetails | None:
        """The run that made it."""
        if self.version.run_id is None:
            self.gone["run"] = "no run is recorded as the one that made it"
            return None
        short = self.version.run_id[:8]
        try:
            found = reader.details(self.store, reader.find_run(self.store, self.version.run_id))
        except NotFound:
            self.gone["run"] = f"the run {short} that made it was deleted"
            return None
        except MLOpsError as error:
            self.gone["run"] = f"the run {short} that made it cannot be read: {error}"
            return None
        if not found.artifacts:
            self.gone["artifacts"] = f"the artifacts of the run {short} that made it are gone"
        return found

    @cached_property
    def data(self) -> tuple[Use, ...]:
        """What the run and its parts read, and what the version was checked on."""
        runs = [] if self.run is None else [self.run.run.run_id]
        runs += [run.run_id for run in datasets.children_of(self.store, runs)]
        links = [(link.version, link.version.context) for link in datasets.links_of_runs(self.store, runs)]
        checked = self.version.tags.get(f"{CHECK_TAG}run")
        if checked:
            linked = datasets.links_of_runs(self.store, [checked])
            links += [(link.version, link.version.context or "check") for link in linked]
        known = {(e.version.name, e.version.digest): e.version for e in datasets.entries(self.store)}
        found: dict[tuple[str, str, str], Use] = {}
        for version, context in links:
            if not version.wrote:
                named = _as_catalogued(version, known.get((version.name, version.digest)))
                found[version.name, version.digest, context or ""] = Use(named, context or "")
        return tuple(found.values())

    @cached_property
    def checks(self) -> CheckReport | None:
        """The last report of checks of it."""
        run_id = self.version.tags.get(f"{CHECK_TAG}run")
        found = None if run_id is None else self.artifact(run_id, CHECKS, CheckReport)
        if run_id is not None and found is None:
            self.gone["checks"] = f"the report of the checks of run {run_id[:8]} is gone"
        return found

    @cached_property
    def checked(self) -> Mapping[str, float]:
        """The metrics that the last checks found, on the data with the context ``check``."""
        return {} if self._check_run is None else self._check_run.metrics

    @property
    def checked_when(self) -> datetime | None:
        """When the last checks began: the champion that they name may be another one by now."""
        return None if self._check_run is None else self._check_run.started

    @cached_property
    def _check_run(self) -> Run | None:
        run_id = self.version.tags.get(f"{CHECK_TAG}run")
        return next(iter(datasets.runs_by_id(self.store, [run_id] if run_id else [])), None)

    @cached_property
    def explanation(self) -> Explanation | None:
        """The last one that was kept."""
        path = self.version.tags.get(EXPLANATION_TAG)
        if path is None or self.version.run_id is None:
            return None
        found = self.artifact(self.version.run_id, path, Explanation)
        if found is None:
            self.gone["explanation"] = f"the explanation that was kept as {path} is gone"
        return found

    @cached_property
    def gates(self) -> GateReport | None:
        """The last report of its gates."""
        return kept_report(self.store, self.version)

    @cached_property
    def history(self) -> History:
        """The model's ledger, verified."""
        try:
            return ledger.verify(self.store, self.version.name)
        except MLOpsError as error:
            self.gone["ledger"] = f"the ledger cannot be read: {error}"
            return History(model=self.version.name)

    @property
    def entries(self) -> tuple[LedgerEntry, ...]:
        """Those of the ledger, oldest first."""
        return self.history.entries

    @property
    def own_entries(self) -> tuple[LedgerEntry, ...]:
        """Those that decided something on this version, or put another in its place."""
        number, own = self.version.version, about(self.entries, self.version)
        after = [e for e in self.entries if e.moves and e.from_version == number and e.to_version != number]
        return tuple(sorted((*own, *after), key=lambda entry: entry.number))

    @cached_property
    def replay(self) -> Replay | None:
        """How its run went when it was run again."""
        return None if self.run is None else kept_replay(self.store, self.run.run.run_id)

    @cached_property
    def lineage(self) -> Lineage | None:
        """What led to it."""
        try:
            found = lineage(self.store, self.config, self.label)
        except MLOpsError:
            return None
        if not found.start.startswith("model:"):
            self.gone["lineage"] = f"a dataset is called {self.version.name}, too: its lineage is told"
            return None
        return found

    def artifact(self, run_id: str, path: str, kind: type[_E]) -> _E | None:
        """An entity that is kept as JSON among the artifacts of a run; None where it is gone or broken."""
        if PurePosixPath(path).is_absolute() or ".." in PurePosixPath(path).parts:
            return None
        try:
            with reader.local_copy(self.store, run_id, path) as file:
                return kind.model_validate_json(file.read_text(encoding="utf-8"))
        except (OSError, ValidationError, MLOpsError, ValueError):
            return None

    def why(self, *parts: str) -> str:
        """Why one of these parts is not there, where that is known."""
        return next((self.gone[part] for part in parts if part in self.gone), "")


def read_records(store: Store, config: Config, reference: str) -> Records:
    """Of ``NAME`` (its newest version), ``NAME@VERSION`` or ``NAME@ALIAS``.

    Raises:
        NotFound: no such model, version or alias.
    """
    if store.is_new:
        raise NotFound(f"no registered model {reference!r}: nothing was recorded yet", hint="register one")
    ledger.settle(store, reference.partition("@")[0])
    return Records(store, config, find_version(store, reference))


def _as_catalogued(version: DatasetVersion, known: DatasetVersion | None) -> DatasetVersion:
    """With the number and the tags that it has by now."""
    if known is None:
        return version
    changes = {"number": known.number, "tags": {**version.tags, **known.tags}, "key": known.key}
    return version.model_copy(update=changes)
