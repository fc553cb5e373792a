"""Copies of data are freed that nobody needs any more, and no others."""

from __future__ import annotations

import os
import time
from collections.abc import Callable
from pathlib import Path

import pandas as pd
import pytest

from jupyter_mlops import Project
from jupyter_mlops.catalogue import keeping, pending
from jupyter_mlops.catalogue.linking import link
from jupyter_mlops.config import TrackingConfig
from jupyter_mlops.data import describe
from jupyter_mlops.entities import RunKind, RunStatus
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store
from jupyter_mlops.views import show

pytestmark = pytest.mark.usefixtures("local")
DAY = 86_400.0

Age = Callable[[float], None]


@pytest.fixture
def age(folder: Path) -> Age:
    """Let all copies be kept so many seconds ago."""

    def set_times(seconds: float) -> None:
        for claim in (folder / ".mlops" / "data").glob("*/.catalogue-*"):
            os.utime(claim, (time.time() - seconds,) * 2)

    return set_times


def add(name: str, *values: int) -> None:
    for value in values:
        Project().datasets.add(pd.DataFrame({"age": [value]}), name=name)


def freed(keep: float = DAY) -> list[str]:
    return [each.label for each in Project().collect_garbage(keep, free=True) if each.freed]


def test_older_versions_that_nobody_used_are_freed(age: Age, capsys: pytest.CaptureFixture[str]) -> None:
    add("customers", 1, 2, 3)
    add("people", 2)  # the newest version of another dataset holds what an older one holds
    assert freed() == []
    age(2 * DAY)
    datasets = Project().datasets
    assert [each.label for each in Project().collect_garbage(DAY)] == ["customers@1"]
    assert datasets.open("customers@1").frame()["age"][0] == 1, "only looked at"
    assert freed() == ["customers@1"]
    assert freed() == []
    assert [datasets.open(f"customers@{number}").frame()["age"][0] for number in (2, 3)] == [2, 3]
    details = datasets.show("customers@1")
    assert (details.gone, details.content) == (True, None)
    assert details.profile is not None
    show(details)
    assert "the content is gone" in " ".join(capsys.readouterr().out.split())
    with pytest.raises(Refused, match="the content of customers@1 is gone") as caught:
        datasets.diff("customers@1", "customers@3")
    assert "dataset show customers@1" in str(caught.value.hint)
    add("customers", 1)  # again
    assert datasets.open("customers@1").frame()["age"][0] == 1
    assert not datasets.show("customers@1").gone


def test_the_source_may_hold_it_still(folder: Path, age: Age) -> None:
    datasets = Project().datasets
    for name, value in (("a", 1), ("b", 2)):
        (folder / f"{name}.csv").write_text(f"age\n{value}\n", encoding="utf-8")
        datasets.add(f"{name}.csv", name="customers")
    age(2 * DAY)
    assert freed() == ["customers@1"]
    assert not datasets.show("customers@1").gone
    (folder / "a.csv").write_text("age\n3\n", encoding="utf-8")
    assert datasets.show("customers@1").gone


def test_what_a_run_read_or_made_lately_is_needed(age: Age) -> None:
    add("customers", 1, 2, 3, 4)
    project = Project()
    for number, wrote in ((1, False), (2, True)):
        run = Recorder.start(project.store, experiment="e", name="r", kind=RunKind.HEADLESS)
        link(run, project.datasets.show(f"customers@{number}").version, wrote=wrote)
        run.close(RunStatus.FINISHED, exit_code=0)
    age(2 * DAY)
    assert freed() == ["customers@3"]
    assert freed(0.0) == ["customers@1", "customers@2"]


def test_a_run_that_goes_on_needs_what_it_read(age: Age) -> None:
    add("customers", 1, 2)
    project = Project()
    run = Recorder.start(project.store, experiment="e", name="r", kind=RunKind.HEADLESS)
    link(run, project.datasets.show("customers@1").version)
    age(2 * DAY)
    assert freed(0.0) == []


def test_what_the_configuration_names_is_needed(folder: Path, age: Age) -> None:
    add("customers", 1, 2)
    (folder / "mlops.yaml").write_text("models: {m: {data: customers@1}}\n")
    age(2 * DAY)
    assert freed() == []


def test_copies_of_no_version_are_freed_but_not_while_it_may_yet_come(age: Age) -> None:
    store = Project().store
    frame = pd.DataFrame({"age": [1]})
    version = describe(frame, name="customers")
    keeping.keep(store, version, frame)
    age(60.0)
    assert freed(0.0) == []
    age(2 * DAY)
    assert freed() == ["of no version"]
    assert keeping.kept(store, version) is None


def test_copies_whose_version_waits_for_the_server_are_needed(folder: Path, age: Age) -> None:
    frame = pd.DataFrame({"age": [1]})
    version = describe(frame, name="customers")
    away = Store(folder, TrackingConfig(uri="http://127.0.0.1:9"))
    pending.enter_soon(away, version, lambda: None)
    keeping.keep(Project().store, version, frame)
    age(2 * DAY)
    assert freed() == []


def test_copies_that_the_catalogue_of_another_store_needs_are_left(
    folder: Path, age: Age, monkeypatch: pytest.MonkeyPatch
) -> None:
    add("customers", 1, 2)
    age(2 * DAY)
    monkeypatch.setenv("MLFLOW_TRACKING_URI", f"sqlite:///{folder / 'other.db'}")
    assert freed() == []
    add("customers", 1, 2)
    age(2 * DAY)
    monkeypatch.delenv("MLFLOW_TRACKING_URI")
    assert freed() == []


def test_one_that_was_kept_again_since_it_was_listed_stays(age: Age) -> None:
    add("customers", 1, 2)
    age(2 * DAY)
    (listed,) = Project().collect_garbage(DAY)
    age(0.0)
    assert not keeping.free(Project().store, listed)
    assert Project().datasets.open("customers@1").frame()["age"][0] == 1
