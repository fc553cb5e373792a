"""The catalogue as MLflow holds it: whole versions only, one number each, the same by SQL as by client."""

from __future__ import annotations

import sqlite3
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops import Project
from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.entities import ColumnKind, ColumnProfile, DatasetVersion, Profile, RunKind, RunStatus
from jupyter_mlops.tracking import datasets, tags
from jupyter_mlops.tracking.datasets import Entry, settled
from jupyter_mlops.tracking.reader import list_runs
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store
from tests.tracking.stored import ByClient

pytestmark = pytest.mark.usefixtures("local")

PROFILE = Profile(
    rows=2, columns=(ColumnProfile(name="a", dtype="int64", kind=ColumnKind.NUMBER, count=2, mean=0.5),)
)


def version(name: str = "customers", digest: str = "d1", **more: object) -> DatasetVersion:
    given = {
        "rows": 2,
        "schema": {"a": "int64"},
        "source": "c.csv",
        "key": ("a",),
        "ordered": False,
        "size": 9,
    }
    return DatasetVersion.model_validate({"name": name, "digest": digest, **given, **more})


def both(folder: Path) -> list[Store]:
    return [kind(folder, TrackingConfig()) for kind in (Store, ByClient)]


def test_versions_are_numbered_and_read_back_whole_by_either_way(folder: Path) -> None:
    for store in both(folder):
        assert datasets.entries(store) == []
    store = Store(folder, TrackingConfig())
    first, new = datasets.write(store, version(tags={"owner": "growth"}), PROFILE)
    second, _ = datasets.write(ByClient(folder, TrackingConfig()), version(digest="d2"))
    other, _ = datasets.write(store, version('it\'s "odd" é', "d1"))
    again, fresh = datasets.write(store, version(tags={"pii": "yes"}))
    assert (new, fresh, again.run_id) == (True, False, first.run_id)
    assert [entry.version.label for entry in (first, second, other)] == [
        "customers@1", "customers@2", "it's \"odd\" é@1"
    ]  # fmt: skip
    for store in both(folder):
        known = datasets.entries(store)
        assert known == [again, second, other]
        assert datasets.entries(store, 'it\'s "odd" é') == [other]
        assert datasets.entries(store, "none") == []
        assert datasets.read_profile(store, known[0]) == PROFILE
        assert datasets.read_profile(store, known[1]) is None
    kept = known[0].version
    assert kept.tags == {"owner": "growth", "pii": "yes"}
    assert (kept.key, kept.ordered, kept.size, kept.rows, kept.schema_) == (
        ("a",), False, 9, 2, {"a": "int64"}
    )  # fmt: skip


def test_tags_are_set_and_taken_off(folder: Path) -> None:
    store = Store(folder, TrackingConfig())
    entry, _ = datasets.write(store, version(tags={"owner": "growth", "pii": "yes"}))
    after = datasets.retag(store, entry, {"owner": "ana"}, ["pii", "never"])
    assert after.version.tags == {"owner": "ana"}
    assert datasets.entries(store) == [after]


def test_one_whose_writer_died_is_no_version_and_its_number_is_free(folder: Path) -> None:
    store = Store(folder, TrackingConfig())
    marks = {
        tags.VERSION_NAME: "customers",
        tags.VERSION_NUMBER: "1",
        tags.VERSION_DIGEST: "d1",
    }
    died = Recorder.start(
        store, experiment=tags.DATASETS, name="customers@1", kind=RunKind.DATASET, extra=marks
    )
    died.dataset(version())
    for each in both(folder):
        assert datasets.entries(each) == []
    assert datasets.write(store, version(digest="d2"))[0].version.number == 1


def test_the_catalogue_is_no_run_unless_it_is_asked_for(folder: Path) -> None:
    store = Store(folder, TrackingConfig())
    run = Recorder.start(store, experiment="e", name="n", kind=RunKind.HEADLESS)
    run.close(RunStatus.FINISHED, exit_code=0)
    datasets.write(store, version())
    for each in both(folder):
        assert [found.run_id for found in list_runs(each)] == [run.run_id]
        (record,) = list_runs(each, experiment=tags.DATASETS)
        assert (record.kind, record.name) == (RunKind.DATASET, "customers@1")
    assert Project().show("latest").run.run_id == run.run_id


def test_links_are_found_from_either_end(folder: Path) -> None:
    store = Store(folder, TrackingConfig())
    entry, _ = datasets.write(store, version())
    read, made = (
        Recorder.start(store, experiment="e", name=name, kind=kind, parent=parent)
        for name, kind, parent in (("read", RunKind.HEADLESS, None), ("made", RunKind.CELL, "f" * 32))
    )
    read.dataset(entry.version.model_copy(update={"context": "training"}))
    made.dataset(version("features", "d9", wrote=True))
    made.dataset(version("customers", "d2"))
    for each in both(folder):
        (link,) = datasets.links_of_data(each, ["d1", "other"])
        assert (link.run_id, link.version.context, link.version.number) == (read.run_id, "training", 1)
        assert link.version.key == ("a",)
        found = {one.version.name: one for one in datasets.links_of_runs(each, [made.run_id])}
        assert found["features"].version.wrote
        assert not found["customers"].version.wrote
        assert datasets.links_of_data(each, []) == datasets.links_of_runs(each, ["0" * 32]) == []
        assert {run.name for run in datasets.runs_by_id(each, [read.run_id, made.run_id])} == {"read", "made"}
        assert [run.name for run in datasets.children_of(each, ["f" * 32])] == ["made"]


def linked_rows(path: Path, run_id: str) -> dict[str, list[tuple[object, ...]]]:
    """What the database holds of the run's data, without ids that are made up."""
    queries = {
        "datasets": "SELECT DISTINCT datasets.* FROM datasets JOIN inputs ON source_id = dataset_uuid",
        "inputs": "SELECT source_type, destination_type, step FROM inputs",
        "input_tags": "SELECT name, value FROM input_tags JOIN inputs USING (input_uuid)",
    }
    connection = sqlite3.connect(path)
    found = {
        table: sorted(connection.execute(f"{query} WHERE destination_id = ?", [run_id]).fetchall())
        for table, query in queries.items()
    }
    connection.close()
    assert all(found.values())
    return found


def test_a_link_written_by_sql_is_the_one_that_mlflow_writes(folder: Path) -> None:
    store = Store(folder, TrackingConfig())
    version_ = version("é" * 600, tags={"k" * 300: "v" * 600}, context="training", number=3, wrote=True)
    runs = [Recorder.start(store, experiment="e", name="n", kind=RunKind.HEADLESS) for _ in range(2)]
    theirs = Recorder(store, runs[1].run_id)
    for recorder in (runs[0], theirs):
        for _ in range(2):  # again: nothing changes
            recorder.dataset(version_)
            recorder.dataset(version(source="s" * 70_000))
    assert linked_rows(folder / "mlflow.db", runs[0].run_id) == linked_rows(
        folder / "mlflow.db", theirs.run_id
    )
    fresh = [Recorder.start(store, experiment=name, name="n", kind=RunKind.HEADLESS) for name in "ab"]
    fresh[0].dataset(version_)
    Recorder(store, fresh[1].run_id).dataset(version_)
    ours, by_mlflow = (linked_rows(folder / "mlflow.db", run.run_id) for run in fresh)
    assert [row[2:] for row in ours.pop("datasets")] == [row[2:] for row in by_mlflow.pop("datasets")]
    assert ours == by_mlflow


NOW = datetime(2026, 1, 1, tzinfo=UTC)
written = st.lists(
    st.builds(
        lambda digest, number, minute, run: Entry(
            f"run{run}",
            version(digest=f"d{digest}", number=number, created=NOW + timedelta(minutes=minute)),
        ),
        st.integers(0, 5), st.integers(1, 4), st.integers(0, 3), st.integers(0, 99),
    ),
    unique_by=lambda entry: entry.run_id,
)  # fmt: skip


@given(written, st.randoms())
def test_what_several_wrote_at_once_is_settled_the_same_by_all(found: list[Entry], random: object) -> None:
    shuffled = list(found)
    random.shuffle(shuffled)  # type: ignore[attr-defined]
    final = settled(found)
    assert final == settled(shuffled) == settled(final)
    assert len({entry.version.number for entry in final}) == len(final)
    assert {entry.version.digest for entry in final} == {entry.version.digest for entry in found}
    assert len({entry.version.digest for entry in final}) == len(final)


def test_two_that_got_one_number_are_put_in_order_by_the_next_writer(folder: Path) -> None:
    store = Store(folder, TrackingConfig())
    first = datasets._record(store, version(number=1), None)
    second = datasets._record(store, version(digest="d2", number=1), None)
    twice = datasets._record(store, version(digest="d2", number=1), None)
    third, _ = datasets.write(store, version(digest="d3"))
    assert third.version.number == 3
    for each in both(folder):
        known = datasets._read(each, "customers")
        assert sorted((e.run_id, e.version.number) for e in known) == sorted(
            [(first.run_id, 1), (second.run_id, 2), (third.run_id, 3)]
        )
    assert twice.run_id not in {entry.run_id for entry in known}
    assert list_runs(store, experiment=tags.DATASETS, where="attributes.run_name = 'customers@2'")
