"""Datasets come from files, databases and URLs; whoever reads the catalogue learns no password."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from jupyter_mlops import Project
from jupyter_mlops.exceptions import Refused, UsageError

pytestmark = pytest.mark.usefixtures("local")


def rows(folder: Path, *pairs: tuple[int, str]) -> str:
    connection = sqlite3.connect(folder / "shop.db")
    with connection:
        connection.execute("CREATE TABLE IF NOT EXISTS customers (id INTEGER, name TEXT)")
        connection.execute("DELETE FROM customers")
        connection.executemany("INSERT INTO customers VALUES (?, ?)", pairs)
    connection.close()
    return f"sqlite:///{folder / 'shop.db'}"


QUERY = "SELECT id, name FROM customers ORDER BY id"


def test_what_a_database_answers_is_a_version(folder: Path) -> None:
    datasets = Project().datasets
    url = rows(folder, (1, "ana"), (2, "bo"))
    first = datasets.add(url, name="shop", sql=QUERY, key=["id"])
    again = datasets.add(url, name="shop", sql=QUERY)
    rows(folder, (1, "ana"), (2, "ben"))
    second = datasets.add(url, name="shop", sql=QUERY)
    assert [version.label for version in (first, again, second)] == ["shop@1", "shop@1", "shop@2"]
    assert (first.rows, first.source_type, list(first.schema_)) == (2, "sqlite", ["id", "name"])
    assert list(datasets.open("shop@1").frame()["name"]) == ["ana", "bo"]
    with pytest.raises(Refused, match="no such table"):
        datasets.add(url, name="shop", sql="SELECT * FROM nobody")
    with pytest.raises(UsageError, match="no database"):
        datasets.add("shop.db", sql=QUERY)
    assert len(datasets.list()) == 2


def test_a_query_of_the_configuration_is_asked_again_where_no_copy_is_kept(folder: Path) -> None:
    url = rows(folder, (1, "ana"))
    settings = f"{{source: '{url}', sql: '{QUERY}', key: [id]}}"
    (folder / "mlops.yaml").write_text(f"datasets:\n  shop: {settings}\n", encoding="utf-8")
    datasets = Project().datasets
    assert datasets.add("shop").key == ("id",)
    for copy in (folder / ".mlops" / "data").glob("*/*"):
        copy.unlink()
    assert list(datasets.open("shop@1").frame()["name"]) == ["ana"]


def test_no_password_is_written_down(folder: Path) -> None:
    with pytest.raises(Refused) as caught:
        Project().datasets.add("postgresql://ana:hunter2@localhost:1/x", name="d", sql="SELECT 1")
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"
    url = rows(folder, (1, "ana")).replace("sqlite:///", "sqlite://u:hunter2@/")
    with pytest.raises(Refused) as caught:
        Project().datasets.add(url, sql=QUERY)
    assert "hunter2" not in f"{caught.value} {caught.value.hint}"


def test_a_file_behind_a_url_is_fetched_and_kept(folder: Path) -> None:
    import fsspec

    memory = fsspec.filesystem("memory")
    memory.pipe("/shop/customers.csv", b"id,age\n1,30\n")
    datasets = Project().datasets
    first = datasets.add("memory://shop/customers.csv", key=["id"])
    assert (first.label, first.rows, first.source) == ("customers@1", 1, "memory://shop/customers.csv")
    assert datasets.open("memory://shop/customers.csv").version.digest == first.digest
    memory.pipe("/shop/customers.csv", b"id,age\n1,31\n")
    assert list(datasets.open("customers@1").frame()["age"]) == [30]
    assert list(datasets.open("memory://shop/customers.csv").frame()["age"]) == [31]


def test_in_any_order_it_is_the_same_version(folder: Path) -> None:
    datasets = Project().datasets
    for number, lines in enumerate(("1,30\n2,40", "2,40\n1,30", "2,40\n1,31")):
        path = folder / f"c{number}.csv"
        path.write_text(f"id,age\n{lines}\n", encoding="utf-8")
        datasets.add(path, name="free", ordered=False)
    assert [version.label for version in datasets.list("free")] == ["free@1", "free@2"]
    assert list(datasets.open("free@1").frame()["age"]) == [30, 40]


def test_a_key_that_tells_no_rows_apart_is_refused(folder: Path) -> None:
    (folder / "c.csv").write_text("id,age\n1,30\n1,31\n", encoding="utf-8")
    with pytest.raises(Refused, match="id"):
        Project().datasets.add("c.csv", key=["id"])
    assert Project().datasets.list() == []
