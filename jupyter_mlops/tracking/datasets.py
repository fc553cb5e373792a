"""The catalogue of dataset versions in MLflow: an experiment of its own with one run for each version.

A version is there once its run is FINISHED, which is written last: whoever dies before leaves none. Numbers
are given under a lock of the project; on a store that several projects share two may still get the same one,
and then the later takes the next that is free.
"""

from __future__ import annotations

import tempfile
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING

from pydantic import ValidationError

from jupyter_mlops.entities import DatasetVersion, Profile, Run, RunKind
from jupyter_mlops.tracking import owners, tags
from jupyter_mlops.tracking.marks import to_row
from jupyter_mlops.tracking.reader import experiment_names, local_copy, search_runs, to_run
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.rows import Dataset, reading
from jupyter_mlops.tracking.store import Store
from jupyter_mlops.tracking.versions import to_version

if TYPE_CHECKING:
    from mlflow.entities import Run as MlflowRun

LOCK = "datasets.lock"
OURS = ("mlops.", "mlflow.")  # begin the names of tags that are not the user's
_Record = tuple[str, Mapping[str, str], Sequence[Dataset]]  # id, tags and inputs of a run
_QUERY = 50  # values in one question to a server


@dataclass(frozen=True)
class Entry:
    """One version in the catalogue, and the run that is its record."""

    run_id: str
    version: DatasetVersion


@dataclass(frozen=True)
class Link:
    """A version that a run read or made."""

    run_id: str
    version: DatasetVersion


def entries(store: Store, name: str | None = None) -> list[Entry]:
    """The versions of all datasets, or of one, by name and number.

    Raises:
        StoreError: the store cannot be read.
    """
    return settled(_read(store, name))


def settled(found: Iterable[Entry]) -> list[Entry]:
    """The entries as everybody sees them: of equal content the first one only, no number twice."""
    by_name: dict[str, list[Entry]] = {}
    for entry in sorted(found, key=_rank):
        by_name.setdefault(entry.version.name, []).append(entry)
    return [entry for name in sorted(by_name) for entry in _numbered(by_name[name])]


def _numbered(ranked: Sequence[Entry]) -> list[Entry]:
    first: dict[str, Entry] = {}
    for entry in ranked:
        first.setdefault(entry.version.digest, entry)
    kept, taken, late = [], set(), []
    for entry in first.values():
        if entry.version.number in taken:
            late.append(entry)
        else:
            taken.add(entry.version.number)
            kept.append(entry)
    highest = max((entry.version.number or 0 for entry in kept), default=0)
    for number, entry in enumerate(late, highest + 1):
        version = entry.version.model_copy(update={"number": number})
        kept.append(Entry(entry.run_id, version))
    return kept


def _rank(entry: Entry) -> tuple[int, datetime, str]:
    created = entry.version.created or datetime.min.replace(tzinfo=UTC)
    return entry.version.number or 0, created, entry.run_id


def write(store: Store, version: DatasetVersion, profile: Profile | None = None) -> tuple[Entry, bool]:
    """The version's entry, made if its content is new to the dataset, and whether it was. The tags are added
    to those of an entry that was there.

    Raises:
        MLOpsError: the store does not take it.
    """
    with owners.locked(store.writable_folder() / LOCK):
        known = _settle(store, version.name)
        same = of_digest(known, version.digest)
        if same is not None:
            return retag(store, same, version.tags), False
        number = max((entry.version.number or 0 for entry in known), default=0) + 1
        made = _record(store, version.model_copy(update={"number": number}), profile)
        final = of_digest(_settle(store, version.name), version.digest) or made
        return final, final.run_id == made.run_id


def of_digest(known: Iterable[Entry], digest: str) -> Entry | None:
    """The entry with that content; None where there is none."""
    return next((entry for entry in known if entry.version.digest == digest), None)


def _settle(store: Store, name: str) -> list[Entry]:
    """The entries of a dataset, once what two writers did at once is put in order."""
    found = _read(store, name)
    known = settled(found)
    final = {entry.run_id: entry.version for entry in known}
    for entry in found:
        version = final.get(entry.run_id)
        if version is None:
            store.client().delete_run(entry.run_id)
        elif version.number != entry.version.number:
            recorder = Recorder(store, entry.run_id)
            recorder.tags({tags.VERSION_NUMBER: version.number})
            recorder.rename(version.label)
    return known


def _record(store: Store, version: DatasetVersion, profile: Profile | None) -> Entry:
    created = datetime.now(UTC)
    version = version.model_copy(update={"created": created, "context": None, "wrote": False})
    marks = {
        tags.VERSION_NAME: version.name,
        tags.VERSION_NUMBER: str(version.number),
        tags.VERSION_DIGEST: version.digest,
        tags.VERSION_CREATED: created.isoformat(),
        **version.tags,
    }
    recorder = Recorder.start(
        store, experiment=tags.DATASETS, name=version.label, kind=RunKind.DATASET, extra=marks
    )
    recorder.dataset(version)
    if profile is not None:
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / tags.PROFILE
            path.write_text(profile.model_dump_json(), encoding="utf-8")
            recorder.artifact(path)
    recorder.complete()
    return Entry(recorder.run_id, version)


def retag(store: Store, entry: Entry, wanted: Mapping[str, str], remove: Iterable[str] = ()) -> Entry:
    """The entry with these tags set, and those taken off that it has and that are to go."""
    before = entry.version.tags
    fresh = {key: value for key, value in wanted.items() if before.get(key) != value}
    gone = [key for key in remove if key in before and key not in wanted]
    if fresh:
        Recorder(store, entry.run_id).tags(fresh)
    for key in gone:
        store.client().delete_tag(entry.run_id, key)
    after = {key: value for key, value in {**before, **fresh}.items() if key not in gone}
    return Entry(entry.run_id, entry.version.model_copy(update={"tags": after}))


def read_profile(store: Store, entry: Entry) -> Profile | None:
    """Statistics of the version's columns; None where none were kept."""
    with local_copy(store, entry.run_id, tags.PROFILE) as path:
        try:
            return Profile.model_validate_json(path.read_text(encoding="utf-8"))
        except (OSError, ValidationError):
            return None


def links_of_data(store: Store, digests: Iterable[str]) -> list[Link]:
    """The links of all runs that read or made data of one of these digests to them, newest run first."""
    wanted = sorted(set(digests))
    if store.is_new or not wanted:
        return []
    direct = store.readable()
    if direct is None:
        found = _linked(store, "dataset.digest", wanted)
    else:
        with reading(direct) as rows:
            users = rows.users(wanted, apart=tags.DATASETS)
            linked = rows.linked(users)
        found = [(run_id, row) for run_id in users for row in linked.get(run_id, [])]
    return [Link(run_id, to_version(row)) for run_id, row in found if row.digest in wanted]


def links_of_runs(store: Store, identifiers: Iterable[str]) -> list[Link]:
    """The links of these runs to the data that they read or made."""
    wanted = sorted(set(identifiers))
    if store.is_new or not wanted:
        return []
    direct = store.readable()
    if direct is None:
        found = _linked(store, "attributes.run_id", wanted)
    else:
        with reading(direct) as rows:
            linked = rows.linked(wanted)
        found = [(run_id, row) for run_id, each in linked.items() for row in each]
    return [Link(run_id, to_version(row)) for run_id, row in found]


def runs_by_id(store: Store, identifiers: Iterable[str]) -> list[Run]:
    """The runs with these ids; ones that are not there any more are left out."""
    wanted = sorted(set(identifiers))
    if store.is_new or not wanted:
        return []
    direct = store.readable()
    if direct is None:
        return _asked(store, "attributes.run_id", wanted)
    with reading(direct) as rows:
        return rows.runs(wanted)


def children_of(store: Store, identifiers: Iterable[str]) -> list[Run]:
    """The runs that name one of these as their parent."""
    wanted = sorted(set(identifiers))
    if store.is_new or not wanted:
        return []
    direct = store.readable()
    if direct is not None:
        with reading(direct) as rows:
            return rows.runs(rows.tagged(tags.PARENT, wanted))
    found: list[Run] = []
    names = experiment_names(store)
    for parent in wanted:
        where = f"tags.`{tags.PARENT}` = '{parent}'"
        each = search_runs(store, list(names), where, None, None)
        found += [to_run(run, names.get(run.info.experiment_id, "")) for run in each]
    return found


def _read(store: Store, name: str | None) -> list[Entry]:
    """The entries as they were written."""
    if store.is_new:
        return []
    direct = store.readable()
    if direct is not None:
        tag, value = (tags.KIND, RunKind.DATASET.value) if name is None else (tags.VERSION_NAME, name)
        with reading(direct) as rows:
            known = [(run_id, marks) for _, run_id, marks in rows.finished(tag, [value])]
            linked = rows.linked([run_id for run_id, _ in known])
        found: list[_Record] = [(run_id, marks, linked.get(run_id, [])) for run_id, marks in known]
    else:
        found = _searched(store)
    read = [entry for each in found if (entry := _entry(*each)) is not None]
    return [entry for entry in read if name is None or entry.version.name == name]


def _searched(store: Store) -> list[_Record]:
    experiment = store.client().get_experiment_by_name(tags.DATASETS)
    if experiment is None:
        return []
    # names are compared here: MLflow's filters have no way to write every quote
    runs = search_runs(store, [experiment.experiment_id], "attributes.status = 'FINISHED'", None, None)
    return [
        (run.info.run_id, run.data.tags, [to_row(each) for each in run.inputs.dataset_inputs]) for run in runs
    ]


def _entry(run_id: str, marks: Mapping[str, str], linked: Sequence[Dataset]) -> Entry | None:
    """The entry that a run is; None where it lacks something, by whoever's hand."""
    digest, number = marks.get(tags.VERSION_DIGEST), marks.get(tags.VERSION_NUMBER, "")
    row = next((row for row in linked if row.digest == digest), None)
    if row is None or not number.isdecimal() or marks.get(tags.KIND) != RunKind.DATASET:
        return None
    own = {key: value for key, value in sorted(marks.items()) if not key.startswith(OURS)}
    try:
        created = datetime.fromisoformat(marks.get(tags.VERSION_CREATED, ""))
    except ValueError:
        created = None
    known = {"number": int(number), "tags": own, "created": created}
    return Entry(run_id, to_version(row).model_copy(update=known))


def _linked(store: Store, attribute: str, values: Sequence[str]) -> list[tuple[str, Dataset]]:
    return [
        (run.info.run_id, to_row(each))
        for run, _ in _pages(store, attribute, values)
        for each in run.inputs.dataset_inputs
    ]


def _asked(store: Store, attribute: str, values: Sequence[str]) -> list[Run]:
    return [to_run(run, experiment) for run, experiment in _pages(store, attribute, values)]


def _pages(store: Store, attribute: str, values: Sequence[str]) -> Iterator[tuple[MlflowRun, str]]:
    """(run, name of its experiment) of those where the attribute has one of the values; without the
    catalogue's own."""
    names = {key: name for key, name in experiment_names(store).items() if name != tags.DATASETS}
    for start in range(0, len(values), _QUERY):
        listed = ", ".join(f"'{value}'" for value in values[start : start + _QUERY])
        for run in search_runs(store, list(names), f"{attribute} IN ({listed})", None, None):
            yield run, names[run.info.experiment_id]
