"""What was made before, and whether it still holds: found by key, made sure of, else told why not."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

from jupyter_mlops.config import STATE_FOLDER
from jupyter_mlops.data.contents import Contents
from jupyter_mlops.entities import Run, StepRecord
from jupyter_mlops.execution.modules import changed_modules
from jupyter_mlops.pipelines.environment import changed_packages
from jupyter_mlops.tracking.steps import find_records, runs_of, step_records
from jupyter_mlops.tracking.store import Store

_FORMER = 20  # runs of a step that are compared with


@dataclass(frozen=True)
class Hit:
    """A result that holds: its run, and the record that says what was made."""

    run: Run
    record: StepRecord


@dataclass
class Look:
    """What looking for a key gave: a hit, or reasons why what was found does not hold any more."""

    hit: Hit | None = None
    reasons: list[str] = field(default_factory=list)


class Cache:
    """Looks up what the steps of a pipeline made before, by code that lies in the folder `code`, by default
    the project's. `last` is (run id, record) of the last run of each step that ended well, by its name."""

    def __init__(self, store: Store, contents: Contents, code: Path | None = None) -> None:
        self.store = store
        self.contents = contents
        self.code = code or store.root
        self.last: dict[str, tuple[str, StepRecord]] = {}
        self._former: dict[str, list[StepRecord]] = {}  # by step, newest first
        self._known: dict[str, list[tuple[str, StepRecord]]] = {}  # by key
        self._runs: dict[str, Run] = {}

    def read_all(self, pipeline: str) -> None:
        """Read the last record of every step at once: most of them hold."""
        for name, run_id, record in step_records(self.store, pipeline):
            self.last.setdefault(name, (run_id, record))
            known = self._former.setdefault(name, [])
            if len(known) < _FORMER:
                known.append(record)
        self._runs = runs_of(self.store, [run_id for run_id, _ in self.last.values()])
        for run_id, record in self.last.values():
            self._known.setdefault(record.key, []).append((run_id, record))

    def look(self, key: str, kernel: str, published: Mapping[str, Path] | None = None) -> Look:
        """What is known of the key, for a step of that kernel.

        Args:
            key: the cache key.
            kernel: its name.
            published: where its outputs are published: one that is not kept any more may be there.
        """
        look = Look()
        for run_id, record in self._found(key):
            reasons = self._stale(record, kernel, published or {})
            run = self.run(run_id) if not reasons else None
            if run is not None:
                return Look(Hit(run, record))
            look.reasons = look.reasons or reasons
        return look

    def former(self, name: str) -> Sequence[StepRecord]:
        """What the last runs of the step that ended well have kept, newest first."""
        return self._former.get(name, ())

    def made(self, digest: str) -> bool:
        """Whether a step of the pipeline has made that content lately."""
        records = (record for known in self._former.values() for record in known)
        return any(digest == output.digest for each in records for output in each.outputs.values())

    def _found(self, key: str) -> Iterator[tuple[str, StepRecord]]:
        """What is known of the key, then what the store knows besides."""
        known = list(self._known.get(key, ()))
        yield from known
        more = find_records(self.store, [key]).get(key, [])
        self._known[key] = more
        yield from (found for found in more if found not in known)

    def run(self, run_id: str) -> Run | None:
        """The run of that id; None where it is gone."""
        if run_id not in self._runs:
            self._runs |= runs_of(self.store, [run_id])
        return self._runs.get(run_id)

    def _stale(self, record: StepRecord, kernel: str, published: Mapping[str, Path]) -> list[str]:
        memo = self.store.root / STATE_FOLDER
        changed = changed_modules(record.modules, self.code, memo) if record.modules else []
        reasons = [f"helper {name} changed" for name in changed]
        reasons += [f"package {told}" for told in changed_packages(record.packages, kernel)]
        for name, output in record.outputs.items():
            if not self.contents.has(output) and not self.contents.adopt(output, published.get(name)):
                reasons.append(f"output {name} is not kept any more")
        return reasons
