"""Data are opened by dataset, version, path or as they are; a version is what it was, or said to be gone."""

from __future__ import annotations

import contextlib
import shutil
import sqlite3
from pathlib import Path
from typing import Any

import pandas as pd
import pytest

from jupyter_mlops import Project
from jupyter_mlops.exceptions import NotFound, Refused

pytestmark = pytest.mark.usefixtures("local")


def ages(project: Project, what: object) -> list[int]:
    return list(project.datasets.open(what).frame()["age"])


def write(path: Path, *values: int) -> Path:
    path.write_text("\n".join(["age", *map(str, values)]) + "\n", encoding="utf-8")
    return path


def test_each_version_is_what_it_was(folder: Path) -> None:
    project = Project()
    for value in (30, 40):
        project.datasets.add(write(folder / "customers.csv", value))
    write(folder / "customers.csv", 50)
    assert [ages(project, what) for what in ("customers@1", "customers@2", "customers")] == [[30], [40], [40]]
    assert [ages(project, what) for what in ("customers.csv", folder / "customers.csv")] == [[50], [50]]
    opened = project.datasets.open("customers")
    assert (opened.label, opened.version.number, opened.table.rows) == ("customers@2", 2, 1)
    opened = project.datasets.open("customers.csv")
    assert (opened.label, opened.version.number) == ("customers.csv", None)
    frame = pd.DataFrame({"age": [60]})
    assert ages(project, frame) == [60]
    assert project.datasets.open(frame, name="mine").label == "mine"


def test_what_is_not_there_is_refused_with_what_is(folder: Path) -> None:
    project = Project()
    with pytest.raises(NotFound, match="no dataset 'customers'"):
        project.datasets.open("customers")
    project.datasets.add(write(folder / "customers.csv", 1))
    for what, problem, hint in (
        ("customers@9", "dataset 'customers' has no version 9", "did you mean 'customers@1'?"),
        ("custmers@1", "no dataset 'custmers'", "did you mean 'customers'?"),
        ("custmers", "no dataset 'custmers'", "did you mean 'customers'?"),
        ("custmers.csv", "no such file", "did you mean 'customers.csv'?"),
    ):
        with pytest.raises(NotFound, match=problem) as caught:
            project.datasets.open(what)
        assert caught.value.hint == hint


def test_a_name_that_is_both_is_the_dataset_and_that_is_told(folder: Path) -> None:
    project = Project()
    project.datasets.add(write(folder / "a.csv", 1), name="data.csv")
    write(folder / "data.csv", 2)
    opened = project.datasets.open("data.csv")
    assert (opened.label, list(opened.frame()["age"])) == ("data.csv@1", [1])
    assert opened.notes == ("data.csv is taken for the dataset of that name; write ./data.csv for the file",)
    assert ages(project, "./data.csv") == [2]
    found = project.datasets.diff("data.csv", "./data.csv")
    assert found.notes[:1] == opened.notes


def test_without_a_copy_the_source_is_opened_as_long_as_it_is_that_content(folder: Path) -> None:
    project = Project()
    project.datasets.add(write(folder / "customers.csv", 1))
    shutil.rmtree(folder / ".mlops" / "data")
    assert ages(project, "customers@1") == [1]
    write(folder / "customers.csv", 2)
    with pytest.raises(Refused, match=r"the content of customers@1 is gone: .* customers.csv does not hold"):
        project.datasets.open("customers@1")


def test_a_folder_is_kept_with_what_its_links_lead_to(folder: Path) -> None:
    project = Project()
    images = folder / "images"
    (images / "cats").mkdir(parents=True)
    (images / "cats" / "a.png").write_bytes(b"a")
    outside = folder / "b.png"
    outside.write_bytes(b"b")
    (images / "b.png").symlink_to(outside)
    (images / "nothing").symlink_to("nowhere")
    version = project.datasets.add("images")
    shutil.rmtree(images)
    outside.unlink()
    opened = project.datasets.open("images@1")
    assert opened.version.digest == version.digest
    assert (opened.value / "b.png").read_bytes() == b"b"
    assert (opened.value / "cats" / "a.png").read_bytes() == b"a"


def copy_of(folder: Path) -> Path:
    return next(path for path in (folder / ".mlops" / "data").glob("*/*") if not path.name.startswith("."))


@pytest.mark.parametrize("kind", ["file", "any order", "frame", "array", "folder"])
def test_a_copy_that_was_changed_is_not_used(folder: Path, kind: str) -> None:
    datasets = Project().datasets
    frame = pd.DataFrame({"age": [1.0, 2.0]})
    write(folder / "ages.csv", 1, 2)
    (folder / "ages").mkdir()
    write(folder / "ages" / "a.csv", 1, 2)
    given: dict[str, Any] = {"frame": frame, "array": frame["age"].to_numpy(), "folder": "ages"}
    what = given.get(kind, "ages.csv")
    version = datasets.add(what, name="ages", ordered=kind != "any order")
    before = datasets.open("ages@1").frame()
    copy = copy_of(folder)
    inner = copy / "a.csv" if copy.is_dir() else copy
    assert inner.stat().st_mode & 0o777 == 0o400
    changed = inner.read_bytes()[:-1] + b"7"
    inner.unlink()
    inner.write_bytes(changed)
    if isinstance(what, str):
        pd.testing.assert_frame_equal(datasets.open("ages@1").frame(), before)  # the source holds it still
        (folder / what).rename(folder / "elsewhere.csv")
    assert datasets.show("ages@1").gone
    with pytest.raises(Refused, match="the kept copy of ages@1 was changed"):
        datasets.open("ages@1")
    again = folder / "elsewhere.csv" if isinstance(what, str) else what
    assert datasets.add(again, name="ages", ordered=kind != "any order").label == version.label
    pd.testing.assert_frame_equal(datasets.open("ages@1").frame(), before)


def declared(folder: Path, settings: str) -> Project:
    (folder / "mlops.yaml").write_text(f"datasets:\n  recent: {settings}\n", encoding="utf-8")
    return Project(folder)


def test_a_declared_dataset_is_its_source_as_it_is_now(folder: Path) -> None:
    project = declared(folder, "{source: recent.csv}")
    write(folder / "recent.csv", 1)
    project.datasets.add("recent")
    opened = project.datasets.open("recent")
    assert (opened.label, opened.notes, ages(project, "recent")) == ("recent@1", (), [1])

    write(folder / "recent.csv", 2, 3)
    opened = project.datasets.open("recent")
    assert (opened.label, ages(project, "recent")) == ("recent (recent.csv as it is now)", [2, 3])
    assert (opened.version.name, opened.version.number, opened.version.rows) == ("recent", None, 2)
    assert opened.notes == ("recent.csv is not recent@1 any more: jupyter mlops dataset add recent",)
    assert ages(project, "recent@1") == [1]
    assert [version.label for version in project.datasets.list()] == ["recent@1"]

    project.datasets.add("recent")
    assert (project.datasets.open("recent").label, project.datasets.open("recent").notes) == ("recent@2", ())
    write(folder / "recent.csv", 1)
    opened = project.datasets.open("recent")
    assert (opened.label, list(opened.frame()["age"])) == ("recent@1", [1])
    assert opened.notes == ("recent.csv is recent@1 again, not recent@2, the newest version",)


def test_a_declared_source_that_is_gone_is_told_and_the_newest_version_opened(folder: Path) -> None:
    project = declared(folder, "{source: recent.csv}")
    project.datasets.add(write(folder / "recent.csv", 1))
    (folder / "recent.csv").unlink()
    opened = project.datasets.open("recent")
    assert (opened.label, list(opened.frame()["age"])) == ("recent@1", [1])
    (note,) = opened.notes
    assert note.startswith("this is recent@1, for recent.csv cannot be had: ")
    url = f"{(folder / 'nowhere.csv').as_uri()}"
    opened = declared(folder, f"{{source: '{url}'}}").datasets.open("recent")
    assert opened.label == "recent@1"
    assert opened.notes[0].startswith(f"this is recent@1, for {url} cannot be had: ")


def test_a_declared_source_that_is_broken_is_not_hidden_by_an_older_version(folder: Path) -> None:
    project = declared(folder, "{source: recent.csv, key: [age]}")
    write(folder / "recent.csv", 1, 2)
    project.datasets.add("recent")
    write(folder / "recent.csv", 7, 7)
    with pytest.raises(Refused, match="7"):
        project.datasets.open("recent")


def test_a_declared_query_is_asked_anew(folder: Path) -> None:
    database = folder / "shop.db"

    def fill(*values: int) -> None:
        with contextlib.closing(sqlite3.connect(database)) as connection, connection:
            connection.execute("CREATE TABLE IF NOT EXISTS ages (age)")
            connection.execute("DELETE FROM ages")
            connection.executemany("INSERT INTO ages VALUES (?)", [[value] for value in values])

    fill(1)
    settings = f"{{source: 'sqlite:///{database}', sql: select age from ages, key: [age]}}"
    project = declared(folder, settings)
    project.datasets.add("recent")
    assert project.datasets.open("recent").label == "recent@1"
    fill(2)
    opened = project.datasets.open("recent")
    assert (opened.label, list(opened.frame()["age"])) == (f"recent (sqlite:///{database} as it is now)", [2])
    fill(2, 2)
    with pytest.raises(Refused, match="2"):
        project.datasets.open("recent")
    database.unlink()
    opened = project.datasets.open("recent")
    assert (opened.label, list(opened.frame()["age"])) == ("recent@1", [1])


def test_a_run_on_a_source_as_it_is_now_is_found_once_that_is_a_version(folder: Path) -> None:
    project = declared(folder, "{source: recent.csv}")
    project.datasets.add(write(folder / "recent.csv", 1))
    project.infer_schema("recent")
    write(folder / "recent.csv", 5)
    report = project.check("recent")
    assert (report.subject, report.passed) == ("recent (recent.csv as it is now)", False)
    assert report.notes == ("recent.csv is not recent@1 any more: jupyter mlops dataset add recent",)
    assert [use.run_id for use in project.datasets.show("recent@1").uses] == []
    project.datasets.add("recent")
    assert [use.run_id for use in project.datasets.show("recent@2").uses] == [report.run_id]
