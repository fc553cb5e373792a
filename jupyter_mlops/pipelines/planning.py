"""What a step needs, once those before it have given what they made: inputs, cache key, and whether that
was made before."""

from __future__ import annotations

import json
import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from pathlib import Path
from typing import Any

from jupyter_mlops.data.contents import content_digest, copy
from jupyter_mlops.data.versions import remote_token, row_count
from jupyter_mlops.entities import DatasetVersion, Run, StepInput, StepOutput, StepRecord, StepTask, step_name
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.execution.pinned import VARIABLE as KEPT
from jupyter_mlops.execution.scratch import scratch_folder
from jupyter_mlops.notebooks.document import Notebook
from jupyter_mlops.pipelines.cache import Cache, Look
from jupyter_mlops.pipelines.files import project_files
from jupyter_mlops.pipelines.graph import VARIABLE, Graph, Node, Point, Source
from jupyter_mlops.pipelines.key import cache_key, differences, ingredients
from jupyter_mlops.pipelines.linking import Inputs, output_version
from jupyter_mlops.provenance import display_path
from jupyter_mlops.tracking.reader import best


@dataclass(frozen=True)
class Made:
    """What a step gives to those after it: of a grid its best point's."""

    run: Run
    outputs: Mapping[str, StepOutput]

    @property
    def values(self) -> dict[str, Any]:
        """Its parameters and, where a name is both, metrics, for conditions."""
        return {**{name: _number(text) for name, text in self.run.parameters.items()}, **self.run.metrics}


@dataclass
class Planned:
    """One point of a step: what it would run on, and what is known of that. `why` says why it has to run.
    `versions` are outputs of other steps that an input is a part of, or has as a part."""

    node: Node
    point: Point
    inputs: Mapping[str, StepInput]
    record: StepRecord
    look: Look
    why: str = ""
    versions: Mapping[str, DatasetVersion] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Step and point."""
        return step_name(self.node.name, self.point.label)


REPLACED = "replaced"  # below the project's state folder: what lay where an output is published


class Planner:
    """Plans the steps of `graph` in the project at `root`; `cache` has read what it knows of the pipeline,
    and `linked` tells which dataset versions its inputs are."""

    def __init__(self, graph: Graph, root: Path, cache: Cache, memo: Path, linked: Inputs) -> None:
        self.graph, self.root, self.cache, self.memo, self.linked = graph, root, cache, memo, linked

    def plan(self, node: Node, made: Mapping[str, Made], *, force: bool = False) -> list[Planned]:
        """The points of the step, each looked up unless it is to run by `force`.

        Raises:
            Refused: an input cannot be read.
        """
        inputs = {name: self._input(source, made) for name, source in node.inputs.items()}
        digests = {name: found.digest for name, found in inputs.items()}
        planned = [self._point(node, point, inputs, digests, force) for point in node.points]
        versions = self._overlapping(node, made)
        for each in planned:
            each.versions = versions
        return planned

    def taken(self, node: Node) -> Made:
        """What a step that is not to run has left: what is published now, and the last run's metrics.

        Raises:
            Refused: it has left nothing.
        """
        run, record = self._last(node)
        outputs = {}
        for name, place in node.outputs.items():
            if place is not None and place.exists():
                outputs[name] = self._published(place)
            elif name in record.outputs:
                outputs[name] = record.outputs[name]
                if place is not None:
                    self.cache.contents.fetch(outputs[name], place)
            else:
                what = name if place is None else display_path(self.root, place)
                raise Refused(
                    f"{what}, which step {node.name} makes, is not there", hint=self._run_first(node)
                )
        return Made(run, outputs)

    def _last(self, node: Node) -> tuple[Run, StepRecord]:
        """The last run of the step that ended well, of a grid the best of its points' last ones."""
        found: dict[str, tuple[Run, StepRecord]] = {}
        for point in node.points:
            known = self.cache.last.get(step_name(node.name, point.label))
            run = None if known is None else self.cache.run(known[0])
            if known is not None and run is not None:
                found[run.run_id] = (run, known[1])
        best = select([run for run, _ in found.values()], node)
        if best is None:
            raise Refused(f"step {node.name} has not run yet", hint=self._run_first(node))
        return found[best.run_id]

    def _run_first(self, node: Node) -> str:
        return f"run it first: jupyter mlops pipeline run {self.graph.name} --only {node.name}"

    def publish(self, node: Node, outputs: Mapping[str, StepOutput]) -> list[str]:
        """Put the outputs where they are declared to be; in words, which were not there as they are. What
        lies there and was made by nobody that is known is set aside, never deleted.

        Raises:
            MLOpsError: one cannot be written.
        """
        written = []
        for name, place in node.outputs.items():
            if place is None:
                continue
            now = self._published(place) if os.path.lexists(place) else None
            if now is not None and now.digest == outputs[name].digest:
                continue
            aside = self._set_aside(place, now) if now is not None else ""
            self.cache.contents.fetch(outputs[name], place)
            written.append(f"{name}{aside}")
        return written

    def _set_aside(self, place: Path, now: StepOutput) -> str:
        """Where what lies at the place is kept from now on, in words; nothing where a step had made it."""
        if self.cache.made(now.digest) or self.cache.contents.has(now):
            return ""
        kept = self.memo / REPLACED / f"{datetime.now():%Y-%m-%d %H.%M.%S.%f}" / place.relative_to(self.root)
        try:
            kept.parent.mkdir(parents=True, exist_ok=True)
            os.rename(place, kept)
        except OSError as error:
            raise MLOpsError(
                f"{place} cannot be set aside: {error.strerror or error}", hint="move it away, then run again"
            ) from None
        return f" (what lay there is kept in {display_path(self.root, kept)})"

    def task(
        self, planned: Planned, *, apart: bool, parent: str, experiment: str | None, force: bool
    ) -> StepTask:
        """The first attempt at the point, for a worker that is `apart` with all that it needs."""
        node, step = planned.node, planned.node.step
        inputs = planned.inputs
        if apart:
            inputs = {name: self._stored(name, each, node) for name, each in inputs.items()}
        bases = {n: Path(place).name if place is not None else "value" for n, place in node.outputs.items()}
        return StepTask(
            name=planned.name,
            notebook=step.notebook,
            part=node.part and node.part.name,
            document=json.dumps(_without_outputs(node.notebook)),
            files=project_files(node.notebook, node.path, self.root) if apart else {},
            values=planned.point.values,
            text=planned.point.text,
            inputs=inputs,
            versions={**planned.versions, **self.linked.versions(planned.inputs, step.inputs)},
            outputs=bases,
            shown={**step.inputs, **step.outputs},
            kernel=node.kernel,
            timeout=step.timeout,
            cell_timeout=step.cell_timeout,
            resources=step.resources,
            environment={} if self.cache.code == self.root else {KEPT: str(self.cache.code)},
            experiment=experiment,
            parent=parent,
            force=force,
            record=planned.record,
        )

    def _point(
        self,
        node: Node,
        point: Point,
        inputs: Mapping[str, StepInput],
        digests: Mapping[str, str],
        force: bool,
    ) -> Planned:
        known = ingredients(node, point, digests)
        key = cache_key(known)
        record = StepRecord(
            key=key, pipeline=self.graph.name, step=node.name, point=point.label, ingredients=known
        )
        planned = Planned(node, point, inputs, record, Look())
        if force:
            planned.why = "it is to run by --force"
            return planned
        published = {name: place for name, place in node.outputs.items() if place is not None}
        planned.look = self.cache.look(key, node.kernel, published)
        if planned.look.hit is None:
            planned.why = self._why(planned)
        return planned

    def _why(self, planned: Planned) -> str:
        if planned.look.reasons:
            return "; ".join(planned.look.reasons)
        # of all that it made, what is most like what it is to make now: a branch has its own last run
        found = [self._differences(record, planned) for record in self.cache.former(planned.name)]
        if not found:
            return "it has not run before"
        closest = min(found, key=len)
        return "; ".join(closest) or "its last result is gone"

    def _differences(self, before: StepRecord, planned: Planned) -> list[str]:
        rows: dict[str, int] = {}
        for name in before.rows.keys() & planned.inputs.keys():
            if before.ingredients.inputs.get(name) != planned.inputs[name].digest:
                count = row_count(Path(planned.inputs[name].place), self.memo)
                rows |= {} if count is None else {name: count}
        return differences(before, planned.record.ingredients, planned.node, rows)

    def _input(self, source: Source, made: Mapping[str, Made]) -> StepInput:
        if source.is_remote:
            return StepInput(place=source.place, digest=remote_token(source.place))
        if source.step is None or source.below:
            digest, folder = content_digest(Path(source.place), self.memo)
            return StepInput(place=source.place, digest=digest, folder=folder)
        output = made[source.step].outputs[source.output]
        return StepInput(
            place=source.place,
            digest=output.digest,
            size=output.size,
            folder=output.folder,
            stored=source.output.startswith(VARIABLE),
        )

    def _overlapping(self, node: Node, made: Mapping[str, Made]) -> dict[str, DatasetVersion]:
        """The outputs of other steps that lie within an input, or that one lies within."""
        found = {}
        for name, source in node.inputs.items():
            steps = (source.step,) if source.step is not None and source.below else source.within
            for step in steps:
                other = self.graph.nodes[step]
                for output, place in other.outputs.items():
                    apart = place is None or step not in made or not _overlap(Path(source.place), place)
                    if not apart and output in made[step].outputs:
                        version = output_version(output, made[step].outputs[output], other.step.outputs)
                        found[f"{name}, with {version.name}"] = version
        return found

    def _stored(self, name: str, given: StepInput, node: Node) -> StepInput:
        """The input as it is kept where workers find it; one that lies here only is put there."""
        if given.stored or node.inputs[name].is_remote:
            return given
        stored = given.model_copy(update={"stored": True})
        if not self.cache.contents.has(given.content):
            with scratch_folder() as scratch:
                taken = scratch / Path(given.place).name
                copy(Path(given.place), taken)
                kept = self.cache.contents.keep(taken)
            return stored.model_copy(update={"size": kept.size, "digest": kept.digest})
        return stored

    def _published(self, place: Path) -> StepOutput:
        """What lies at the place; of what cannot be read, such as a link to nothing, no digest."""
        try:
            digest, folder = content_digest(place, self.memo)
        except Refused:
            digest, folder = "", False
        return StepOutput(digest=digest, size=0, folder=folder)


def select(runs: Sequence[Run], node: Node) -> Run | None:
    """The run of the step's best point; None where none has the metric that says so."""
    wanted = node.step.select
    if wanted is None:
        return next(iter(runs), None)
    return best(runs, wanted.metric, wanted.mode)


def _overlap(one: Path, other: Path) -> bool:
    return one.is_relative_to(other) or other.is_relative_to(one)


def _without_outputs(notebook: Notebook) -> Notebook:
    """What travels is what runs."""
    cells = [{**cell, "outputs": []} if "outputs" in cell else cell for cell in notebook["cells"]]
    return {**notebook, "cells": cells}


def _number(text: str) -> Any:
    """A recorded parameter as a condition compares it: a number where it is one, else its text."""
    for kind in (int, float):
        try:
            return kind(text)
        except ValueError:
            continue
    return {"True": True, "False": False}.get(text, text)
