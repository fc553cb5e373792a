"""The run of a pipeline's step, replayed: on the inputs that it had, its outputs made anew beside the old."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

from jupyter_mlops.catalogue.keeping import kept
from jupyter_mlops.config import Config
from jupyter_mlops.data.contents import Contents, content_digest
from jupyter_mlops.data.sources import is_url
from jupyter_mlops.data.versions import remote_token
from jupyter_mlops.entities import DatasetVersion, StepOutput, StepRecord
from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.notebooks.parameters import read_parameters
from jupyter_mlops.pipelines.graph import VARIABLE
from jupyter_mlops.pipelines.linking import DATASET
from jupyter_mlops.pipelines.parameters import as_places
from jupyter_mlops.pipelines.runner import contents_of
from jupyter_mlops.promotion.replaying.data import Made, short_digest
from jupyter_mlops.promotion.replaying.original import Original, regiven
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.marks import marks_of
from jupyter_mlops.tracking.steps import record_in
from jupyter_mlops.tracking.store import Store


@dataclass
class Step:
    """A step whose inputs are there as they were: `places` of those that lie in the project, `stored` those
    that are to be fetched. `told` says so of each."""

    record: StepRecord
    shown: Mapping[str, str]
    contents: Contents
    places: dict[str, str] = field(default_factory=dict)
    stored: dict[str, StepOutput] = field(default_factory=dict)
    told: list[str] = field(default_factory=list)
    made: dict[str, Path] = field(default_factory=dict)

    def given(self, original: Original, scratch: Path) -> dict[str, Any]:
        """What the request says of parameters; outputs are made in the folder `scratch`.

        Raises:
            MLOpsError: an input cannot be fetched.
        """
        places = dict(self.places)
        for name, content in self.stored.items():
            target = scratch / "inputs" / name / self._base(name)
            self.contents.fetch(content, target)
            places[name] = str(target)
        for name in self.record.ingredients.outputs:
            self.made[name] = scratch / "outputs" / name / self._base(name)
            self.made[name].parent.mkdir(parents=True)
            places[name] = str(self.made[name])
        declared = read_parameters(original.notebook) or ()
        others = [each for each in original.parameters if each.name not in places]
        values, text = regiven(declared, others)
        known = {each.name: self.shown[each.name] for each in original.parameters if each.name in places}
        return {"values": values, "text": {**text, **as_places(places)}, "shown": known}

    @property
    def declared(self) -> frozenset[str]:
        """The names of its inputs and outputs."""
        return frozenset({*self.record.ingredients.inputs, *self.record.ingredients.outputs})

    def compare(self) -> Made:
        """Its outputs."""
        found = Made()
        for name, before in self.record.outputs.items():
            path = self.made.get(name)
            try:
                now = content_digest(path)[0] if path is not None else ""
            except (NotFound, Refused):
                now = ""
            if now == before.digest:
                found.same.append(f"output {name}: the same in the replay")
            elif now:
                digests = f"digest {short_digest(now)} not {short_digest(before.digest)}"
                found.others.append(f"output {name} is another in the replay ({digests})")
            else:
                found.missing.append(f"output {name} was not made in the replay")
        return found

    def _base(self, name: str) -> str:
        return Path(self.shown.get(name) or name).name


def read_step(store: Store, config: Config, original: Original) -> Step | None:
    """The step that the run was of, its inputs looked at; None where it was of none.

    Raises:
        Refused: an input is not there as it was, or the step cannot be run alone.
    """
    marks = marks_of(store, original.root.run_id)
    if tags.STEP not in marks:
        return None
    record = record_in(marks)
    name = f"step {marks[tags.STEP]}"
    if record is None:
        raise Refused(f"{name} left no record: it did not end well", hint="run the pipeline again")
    if any(each.startswith(VARIABLE) for each in (*record.ingredients.inputs, *record.ingredients.outputs)):
        raise Refused(
            f"{name} is a part of a notebook, whose variables other parts hand on",
            hint="reproduce a run of the whole notebook",
        )
    shown = {each.name: each.value for each in original.parameters}
    step = Step(record, shown, contents_of(store, config))
    for each, digest in record.ingredients.inputs.items():
        _find(step, store, config, each, digest)
    return step


def _find(step: Step, store: Store, config: Config, name: str, digest: str) -> None:
    told = step.shown.get(name, "")
    dataset = config.datasets.get(told.removeprefix(DATASET)) if told.startswith(DATASET) else None
    place = dataset.source if dataset is not None else told
    now = _digest_now(store, place)
    if now == digest:
        step.places[name] = place if is_url(place) else str(store.root / place)
        step.told.append(f"input {name}: {place}, digest {short_digest(digest)}")
        return
    if not digest.startswith("url:") and _find_kept(step, store, name, digest):
        step.told.append(f"input {name}: kept since, digest {short_digest(digest)}")
        return
    other = f"{place} now is another (digest {short_digest(now)} not {short_digest(digest)})"
    what = other if now else f"{place} is gone"
    raise Refused(
        f"data {name} changed: {what}, and no copy of what was read is kept",
        hint="bring it back, or run the pipeline anew",
    )


def _find_kept(step: Step, store: Store, name: str, digest: str) -> bool:
    """Whether a copy is kept: of what a step made, or of a dataset."""
    for folder in (False, True):
        content = StepOutput(digest=digest, size=0, folder=folder)
        if step.contents.has(content):
            step.stored[name] = content
            return True
    copy = kept(store, DatasetVersion(name=name, digest=digest, rows=None, source=""))
    if copy is not None:
        step.places[name] = str(copy)
    return copy is not None


def _digest_now(store: Store, place: str) -> str:
    if is_url(place):
        return remote_token(place)
    try:
        return content_digest(store.root / place, store.state_folder())[0]
    except NotFound:
        return ""
