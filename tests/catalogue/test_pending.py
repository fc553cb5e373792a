"""A server that is away keeps nobody waiting: the catalogue is told later, and nothing is lost."""

from __future__ import annotations

import socket
from collections.abc import Iterator
from pathlib import Path

import pandas as pd
import pytest

from jupyter_mlops import Project
from jupyter_mlops.catalogue import pending
from jupyter_mlops.catalogue.adding import add_soon
from jupyter_mlops.catalogue.named import Datasets
from jupyter_mlops.catalogue.sources import given
from jupyter_mlops.config import Config, TrackingConfig
from jupyter_mlops.data import describe
from jupyter_mlops.entities import Profile, Sync
from jupyter_mlops.exceptions import StoreError
from jupyter_mlops.tracking.store import Store

pytestmark = pytest.mark.usefixtures("local")


@pytest.fixture
def away(folder: Path) -> Iterator[Store]:
    """A store whose server takes no connection: its port is held, and nobody listens."""
    with socket.socket() as held:
        held.bind(("127.0.0.1", 0))
        yield Store(folder, TrackingConfig(uri=f"http://127.0.0.1:{held.getsockname()[1]}"))


def test_what_was_tracked_meanwhile_is_entered_once_the_store_is_there(away: Store, folder: Path) -> None:
    for age in (30, 31, 30):
        data = given(away, Config(), pd.DataFrame({"age": [age]}), name="customers", tags={"owner": "ana"})
        version = add_soon(away, data)
        assert (version.label, version.rows) == ("customers", 1)
    assert pending.enter_waiting(away) == []
    told = pending.sync(away, Sync(sent=0))
    assert (told.waits, told.reason) == (True, pending.AWAY)
    assert [(each.name, each.total) for each in told.runs] == [("dataset customers", 1)] * 2
    with pytest.raises(StoreError):
        away.check_answers()

    project = Project()  # on the store of its own: what waits goes wherever the catalogue is now
    known = project.datasets.list()
    assert [version.label for version in known] == ["customers@1", "customers@2"]
    assert {version.tags["owner"] for version in known} == {"ana"}
    details = project.datasets.show("customers@1")
    assert details.profile is not None
    assert details.profile.rows == 1
    assert [project.datasets.open(version.label).frame()["age"][0] for version in known] == [30, 31]
    assert not pending.sync(project.store, Sync(sent=0)).waits


def test_files_are_opened_and_compared_without_the_server(away: Store, folder: Path) -> None:
    for name, age in (("a.csv", 30), ("b.csv", 31)):
        (folder / name).write_text(f"id,age\n1,{age}\n", encoding="utf-8")
    datasets = Datasets(away, Config())
    found = datasets.diff("a.csv", "b.csv", key=["id"])
    assert (found.left, found.right, found.changed) == ("a.csv", "b.csv", 1)
    with pytest.raises(StoreError, match="out of reach"):
        datasets.open("customers")


def test_content_that_the_catalogue_has_is_not_described_again(folder: Path) -> None:
    store, made = Store(folder, TrackingConfig()), []

    def profile() -> Profile:
        made.append(len(made))
        return Profile(rows=1)

    for age in (30, 30, 31, 30):
        version = describe(pd.DataFrame({"age": [age]}), name="customers")
        assert pending.enter_soon(store, version, profile).number == (1 if age == 30 else 2)
    assert made == [0, 1]
    assert Project().datasets.show("customers@1").profile == Profile(rows=1)


def test_one_that_cannot_be_read_is_passed_over(folder: Path) -> None:
    waiting = folder / ".mlops" / pending.FOLDER
    waiting.mkdir(parents=True)
    (waiting / "broken.json").write_text("{", encoding="utf-8")
    assert Project().datasets.list() == []
