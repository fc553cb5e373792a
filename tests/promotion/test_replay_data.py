"""The data that a run read are looked at before it is run again."""

from __future__ import annotations

import subprocess
from dataclasses import replace
from pathlib import Path

import pandas as pd
import pytest

from jupyter_mlops.catalogue.linking import link
from jupyter_mlops.entities import DatasetVersion, GitState, Provenance, RunKind, RunStatus
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.files import write_whole
from jupyter_mlops.project import Project
from jupyter_mlops.promotion.replaying.data import check, compared, look
from jupyter_mlops.promotion.replaying.original import Original
from jupyter_mlops.provenance import capture
from jupyter_mlops.tracking.recorder import Recorder
from tests.conftest import cell

pytestmark = pytest.mark.usefixtures("local")


class Case:
    """A run that read ``data/customers.csv``, catalogued or not."""

    def __init__(self, folder: Path, *, add: bool = True) -> None:
        self.path = folder / "data" / "customers.csv"
        self.path.parent.mkdir()
        write_whole(self.path, "id,x\n1,2\n2,3\n")
        self.project = Project(folder)
        self.recorder = Recorder.start(
            self.project.store, experiment="e", name="work", kind=RunKind.HEADLESS, notebook="work.ipynb"
        )
        if add:
            self.read(self.project.datasets.add("data/customers.csv"))

    def read(self, version: DatasetVersion, *, wrote: bool = False) -> DatasetVersion:
        return link(self.recorder, version, wrote=wrote)

    def original(self, *sources: str, provenance: Provenance | None = None) -> Original:
        self.recorder.close(RunStatus.FINISHED, exit_code=0)
        run = self.recorder.snapshot()
        notebook = {"cells": [cell(source) for source in sources], "metadata": {}}
        path = self.project.root / "work.ipynb"
        return Original(run, run, (run,), notebook, path, None, (), (), provenance)

    def look(self, original: Original):  # type: ignore[no-untyped-def]
        return look(self.project.store, self.project.config, original)


@pytest.fixture
def case(folder: Path) -> Case:
    return Case(folder)


def test_data_that_are_as_they_were_are_told_with_their_digest(case: Case) -> None:
    found = case.look(case.original())
    check(found)
    assert found.recorded
    (told,) = found.same
    assert told.startswith("customers@1: data/customers.csv, digest ")


def test_data_that_changed_are_refused_with_both_digests_and_the_kept_copy(case: Case) -> None:
    version = case.project.datasets.list("customers")[0]
    write_whole(case.path, "id,x\n1,2\n2,4\n")
    found = case.look(case.original())
    with pytest.raises(Refused) as caught:
        check(found)
    said = str(caught.value)
    assert said.startswith("data customers changed: customers@1 was read, data/customers.csv now is another")
    assert version.digest.removeprefix("xxh:")[:12] in said
    copy = said.rpartition("cp ")[2].split()
    assert (case.project.root / copy[0]).read_text(encoding="utf-8") == "id,x\n1,2\n2,3\n"
    assert copy[1] == "data/customers.csv"
    assert list(found.digests.values()) != [version.digest]


def test_data_that_are_gone_are_refused(case: Case) -> None:
    case.path.unlink()
    with pytest.raises(Refused, match="data customers are gone: customers@1 was read, and data"):
        check(case.look(case.original()))


def test_a_notebook_that_names_the_very_version_reads_its_copy(case: Case) -> None:
    write_whole(case.path, "id,x\n1,2\n2,4\n")
    found = case.look(case.original("frame = Project().datasets.open('customers@1').frame()"))
    check(found)
    assert found.same[0].startswith("customers@1: the kept copy")


@pytest.mark.parametrize(
    "source", ["%track data customers@1 --context training", "!jupyter mlops check 'customers@1' # it"]
)
def test_so_does_one_whose_magic_names_it(case: Case, source: str) -> None:
    write_whole(case.path, "id,x\n1,2\n2,4\n")
    check(case.look(case.original("1", source)))


@pytest.mark.parametrize(
    "source",
    [
        "# like customers@1, but as it is now\n%track data data/customers.csv",
        "%track data data/customers.csv  # not customers@1",
        "open('customers@12')",
        "print('it was customers@1 once')",
    ],
)
def test_one_that_only_tells_of_the_version_reads_the_changed_file(case: Case, source: str) -> None:
    write_whole(case.path, "id,x\n1,2\n2,4\n")
    with pytest.raises(Refused, match="data customers changed"):
        check(case.look(case.original(source)))


def test_what_was_read_counts_though_the_run_wrote_the_same_elsewhere(case: Case) -> None:
    write_whole(case.project.root / "copy.csv", "id,x\n1,2\n2,3\n")
    case.read(case.project.datasets.add("copy.csv"), wrote=True)
    write_whole(case.path, "id,x\n1,2\n2,4\n")
    with pytest.raises(Refused, match="data customers changed"):
        check(case.look(case.original()))


def test_what_the_run_made_itself_is_not_looked_at(case: Case) -> None:
    other = case.project.root / "made.csv"
    write_whole(other, "a\n1\n")
    version = case.project.datasets.add("made.csv")
    case.read(version, wrote=True)
    case.read(version)
    other.unlink()
    check(case.look(case.original()))


def test_data_in_memory_are_compared_once_the_replay_made_them(folder: Path) -> None:
    case = Case(folder, add=False)
    frame = pd.DataFrame({"a": [1]})
    version = case.read(case.project.datasets.add(frame, name="made", source="variable made"))
    found = case.look(case.original())
    check(found)
    assert found.later[0].digest == version.digest
    assert compared(found.later, [version]).same == ["made (variable made): the same in the replay"]
    other = version.model_copy(update={"digest": "another"})
    (told,) = compared(found.later, [other]).others
    assert told.startswith("made (variable made) was another in the replay: digest another, not ")
    (told,) = compared(found.later, []).missing
    assert told.startswith("made (variable made): the replay recorded no such data")


def versions(*digests: str, name: str = "d", context: str | None = None) -> list[DatasetVersion]:
    return [
        DatasetVersion(name=name, digest=digest, rows=1, source="d.csv", context=context)
        for digest in digests
    ]


@pytest.mark.parametrize(
    ("replayed", "live", "expected"),
    [
        (versions("a", "b"), False, (0, 0)),
        (versions("b"), False, (0, 1)),  # less
        (versions("b"), True, (0, 0)),  # a cell that ran twice in the session
        (versions("c"), True, (1, 0)),
        (versions("a", "b", "c"), False, (1, 0)),
        (versions("a", "b", name="other"), True, (0, 1)),
    ],
)
def test_files_that_the_replay_itself_read_are_compared(
    replayed: list[DatasetVersion], live: bool, expected: tuple[int, int]
) -> None:
    found = compared(versions("a", "b"), replayed, live=live)
    assert (len(found.others), len(found.missing)) == expected


def test_what_a_pipeline_records_of_a_step_is_no_matter_of_its_replay() -> None:
    assert compared(versions("a", context="raw"), [], apart={"raw"}).told == ()


def test_a_run_that_recorded_none_is_known(folder: Path) -> None:
    case = Case(folder, add=False)
    assert not case.look(case.original()).recorded


def test_what_git_has_is_told_where_no_copy_is_kept(folder: Path) -> None:
    case = Case(folder, add=False)
    git(folder, "init", "--quiet")
    git(folder, "add", "data")
    git(folder, "-c", "user.name=t", "-c", "user.email=t@localhost", "commit", "--quiet", "-m", "x")
    commit = git(folder, "rev-parse", "HEAD")
    case.read(DatasetVersion(name="customers", digest="xxh:00", rows=2, source="data/customers.csv"))
    known = capture(folder, None)
    state = GitState(commit=commit, branch="main", dirty=False)
    original = case.original(provenance=known.model_copy(update={"git": state}))
    (told,) = case.look(original).changed
    assert f"git checkout {commit[:12]} -- data/customers.csv" in told
    none = replace(original, provenance=known.model_copy(update={"git": None}))
    assert case.look(none).changed[0].endswith("no copy of what was read is kept")


def git(folder: Path, *words: str) -> str:
    done = subprocess.run(["git", *words], cwd=folder, check=True, capture_output=True, text=True)
    return done.stdout.strip()


@pytest.mark.parametrize(
    "source",
    [
        '{"tags": {"mlflow.user": "ada", "mlflow.source.name": "' + "x" * 300 + '"}}',
        '{"uri": "customers.csv"}',
    ],
)
def test_what_mlflow_itself_logged_is_compared_once_the_notebook_has_logged_it_again(
    case: Case, source: str
) -> None:
    logged = DatasetVersion(name="dataset", digest="0123abcd", rows=2, source=source, source_type="code")
    case.recorder.dataset(logged)
    found = case.look(case.original())
    assert [version.digest for version in found.later] == ["0123abcd"]
    assert found.changed == []


def test_a_place_whose_name_no_file_can_have_is_gone(case: Case) -> None:
    case.read(DatasetVersion(name="odd", digest="1" * 32, rows=None, source="x" * 300))
    assert ["odd" in line for line in case.look(case.original()).changed] == [True]
