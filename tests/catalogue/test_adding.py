"""Versions come into the catalogue by their content, once, and bad data leave it as it was."""

from __future__ import annotations

import os
import signal
import subprocess
import sys
import time
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
import pytest

from jupyter_mlops import Project
from jupyter_mlops.exceptions import NotFound, Refused, UsageError

pytestmark = pytest.mark.usefixtures("local")

ADD = """
import sys
from jupyter_mlops import Project
print(Project().datasets.add(sys.argv[1], name="data").label)
"""
ADD_ONCE_READY = """
from jupyter_mlops import Project
datasets = Project().datasets
datasets.list()
print("ready", flush=True)
datasets.add("c.csv", name="data")
"""


def csv(path: Path, *rows: str) -> Path:
    path.write_text("\n".join(["id,age", *rows]) + "\n", encoding="utf-8")
    return path


def test_a_version_is_new_by_its_content_only(folder: Path) -> None:
    said: list[str] = []
    datasets = Project().datasets
    path = csv(folder / "customers.csv", "1,30", "2,40")
    first = datasets.add("customers.csv", tags={"owner": "growth"}, report=said.append)
    copied = csv(folder / "copy.csv", "1,30", "2,40")
    again = datasets.add(copied, name="customers", tags={"pii": "yes"}, report=said.append)
    csv(path, "1,30", "2,41")
    second = datasets.add(path, key=["id"], report=said.append)
    assert [version.label for version in (first, again, second)] == [
        "customers@1", "customers@1", "customers@2"
    ]  # fmt: skip
    assert said == [
        "customers@1: a new version",
        "customers@1: it has this content already",
        "customers@2: a new version",
    ]
    assert [version.digest for version in datasets.list("customers")] == [first.digest, second.digest]
    assert datasets.show("customers@1").version.tags == {"owner": "growth", "pii": "yes"}
    shown = datasets.show("customers")
    assert (shown.version.key, shown.version.rows, shown.version.source) == (("id",), 2, "customers.csv")
    assert shown.uses == ()
    assert (folder / str(shown.content)).read_bytes() == path.read_bytes()
    assert oct((folder / str(shown.content)).stat().st_mode & 0o777) == "0o400"
    assert Project().runs() == []


def test_a_dataset_of_the_configuration_brings_its_settings(folder: Path) -> None:
    (folder / "data").mkdir()
    csv(folder / "data" / "c.csv", "1,30")
    settings = "{source: data/c.csv, key: [id], order: free, tags: {owner: growth, pii: 'yes'}}"
    (folder / "mlops.yaml").write_text(f"datasets:\n  customers: {settings}\n", encoding="utf-8")
    datasets = Project().datasets
    with pytest.raises(NotFound, match="no version yet") as caught:
        datasets.show("customers")
    assert caught.value.hint == "jupyter mlops dataset add customers"
    assert datasets.list("customers") == []
    assert list(datasets.open("customers").frame()["age"]) == [30]
    version = datasets.add("customers", tags={"pii": "no"})
    assert (version.label, version.key, version.ordered) == ("customers@1", ("id",), False)
    assert version.tags == {"owner": "growth", "pii": "no"}


@pytest.mark.parametrize(
    ("what", "options", "problem"),
    [
        ("none.csv", {}, "no such file"),
        ("ragged.csv", {}, "line 3"),
        ("good.csv", {"name": "a@1"}, "cannot be called"),
        ("good.csv", {"tags": {"mlflow.user": "x"}}, "a tag of a dataset"),
        (object(), {"name": "x"}, "is not a DataFrame"),
    ],
)
def test_bad_input_leaves_no_trace(folder: Path, what: Any, options: dict[str, Any], problem: str) -> None:
    csv(folder / "good.csv", "1,2")
    csv(folder / "ragged.csv", "1,2", "1,2,3")
    with pytest.raises(Refused, match=problem):
        Project().datasets.add(what, **options)
    assert Project().datasets.list() == []
    assert not (folder / ".mlops" / "data").exists()


def test_tables_that_are_in_memory_are_kept_as_they_are(folder: Path) -> None:
    datasets = Project().datasets
    frame = pd.DataFrame(
        {
            "when": pd.to_datetime(["2026-01-01", None]),
            "kind": pd.Categorical(["a", "b"]),
            "text": ["x", None],
            "number": [0.1, np.nan],
        },
        index=[5, 7],
    )
    datasets.add(frame, name="frame")
    datasets.add(np.arange(6.0).reshape(3, 2), name="array")
    said: list[str] = []
    datasets.add(pd.DataFrame({"mixed": [1, "a"]}), name="mixed", report=said.append)
    assert "no copy is kept" in said[-1]
    pd.testing.assert_frame_equal(
        datasets.open("frame@1").frame(), frame.reset_index(drop=True), check_index_type=False
    )
    assert datasets.open("array").frame().to_numpy().tolist() == [[0, 1], [2, 3], [4, 5]]
    with pytest.raises(Refused, match="the content of mixed@1 is gone") as caught:
        datasets.open("mixed@1")
    assert "jupyter mlops dataset show mixed@1" in str(caught.value.hint)


def test_tags_are_changed_later(folder: Path) -> None:
    csv(folder / "c.csv", "1,2")
    datasets = Project().datasets
    datasets.add("c.csv", tags={"owner": "ana"})
    changed = datasets.tag("c", {"pii": "yes"}, remove=["owner"])
    assert changed.tags == datasets.show("c@1").version.tags == {"pii": "yes"}
    with pytest.raises(UsageError, match="cannot be called 'no;good'"):
        datasets.tag("c@1", {"no;good": "x"})


def test_many_at_once_are_one_version_for_each_content(folder: Path) -> None:
    csv(folder / "first.csv", "1,2")
    csv(folder / "same.csv", "1,2")
    csv(folder / "other.csv", "1,3")
    names = ["first.csv", "same.csv", "other.csv", "first.csv"]
    adding = [
        subprocess.Popen([sys.executable, "-c", ADD, name], stdout=subprocess.PIPE, text=True)
        for name in names
    ]
    labels = [process.communicate(timeout=120)[0].strip() for process in adding]
    assert labels[0] == labels[1] == labels[3]
    assert {labels[0], labels[2]} == {"data@1", "data@2"}
    assert [version.label for version in Project().datasets.list()] == ["data@1", "data@2"]


def test_whoever_is_killed_leaves_a_whole_version_or_none(folder: Path) -> None:
    datasets = Project().datasets
    datasets.add(csv(folder / "c.csv", "0,0"), name="data")
    whole = {1}
    for delay in (0.0, 0.005, 0.01, 0.02, 0.04, 0.08):
        csv(folder / "c.csv", f"{delay},1")
        process = subprocess.Popen([sys.executable, "-c", ADD_ONCE_READY], stdout=subprocess.PIPE)
        assert process.stdout is not None
        process.stdout.readline()
        time.sleep(delay)
        os.kill(process.pid, signal.SIGKILL)
        process.communicate()
        for version in datasets.list("data"):
            whole.add(version.number or 0)
            assert list(datasets.open(version.label).frame().columns) == ["id", "age"]
    assert datasets.add("c.csv", name="data").number in {max(whole), max(whole) + 1}
    assert not list((folder / ".mlops" / "data").glob(".part-*"))
