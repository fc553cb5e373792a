"""What lies elsewhere: an object store, a web server, a database."""

from __future__ import annotations

import http.server
import sqlite3
import threading
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import fsspec
import pytest

from jupyter_mlops.config import Config, DatasetConfig
from jupyter_mlops.data.sources import Query
from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.scheduling.triggers.remote import Remote, Watermark
from tests.pipelines.engines.places import Bucket, _object_store, bucket, free_port
from tests.scheduling.triggers.waiting import Waiting

__all__ = ["_object_store", "bucket"]

NOW = datetime(2026, 1, 1, tzinfo=UTC)


def marks(source: Remote | Watermark, *changes: Any) -> list[str]:
    """How it looks, before and after each of the changes."""
    found = [source.look(NOW).mark]
    for change in changes:
        change()
        found.append(source.look(NOW).mark)
    return found


@pytest.mark.parametrize("place", ["a.csv", "", "*.csv"])
def test_an_object_that_was_overwritten_with_as_many_bytes_is_seen(bucket: Bucket, place: str) -> None:
    def put(name: str, content: bytes) -> None:
        with fsspec.open(f"{bucket.url}/seen/{name}", "wb") as file:
            file.write(content)

    put("a.csv", b"x\n1\n")
    source = Remote(f"{bucket.url}/seen/{place}")
    first, same, other, back = marks(
        source,
        lambda: put("a.csv", b"x\n1\n"),
        lambda: put("a.csv", b"x\n2\n"),
        lambda: put("a.csv", b"x\n1\n"),
    )
    assert first == same == back != other


def test_an_object_that_comes_and_goes(bucket: Bucket) -> None:
    source = Remote(f"{bucket.url}/gone/a.csv")
    assert source.look(NOW).absent
    with fsspec.open(f"{bucket.url}/gone/a.csv", "wb") as file:
        file.write(b"1")
    assert not source.look(NOW).absent
    fsspec.filesystem("s3", use_listings_cache=False).rm(f"{bucket.url}/gone/a.csv")
    assert source.look(NOW).absent


def test_a_schedule_waits_for_what_is_behind_a_url(tmp_path: Path) -> None:
    files = fsspec.filesystem("memory")
    url = f"memory://{tmp_path.name}/a.csv"
    waiting = Waiting(tmp_path, {"data": url})
    assert waiting.fires() == 0
    files.pipe(f"{tmp_path.name}/a.csv", b"1")
    assert waiting.fires() == 1
    files.pipe(f"{tmp_path.name}/a.csv", b"2")
    assert waiting.fires() == 1


@pytest.fixture
def web() -> Iterator[tuple[dict[str, bytes], str]]:
    """Pages by path, and the address of a server that tells no more of them than their size."""
    pages: dict[str, bytes] = {}

    class Handler(http.server.BaseHTTPRequestHandler):
        def do_GET(self) -> None:
            page = pages.get(self.path)
            self.send_response(404 if page is None else 200)
            self.send_header("Content-Length", str(len(page or b"")))
            self.end_headers()
            if self.command == "GET":
                self.wfile.write(page or b"")

        do_HEAD = do_GET

        def log_message(self, format: str, *args: Any) -> None:  # noqa: A002  # its name in the library
            pass

    with http.server.ThreadingHTTPServer(("127.0.0.1", 0), Handler) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield pages, f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_page_of_which_only_the_size_is_told_is_read(web: tuple[dict[str, bytes], str]) -> None:
    pages, address = web
    pages["/a.csv"] = b"1"
    first, same, other = marks(
        Remote(f"{address}/a.csv"), lambda: None, lambda: pages.update({"/a.csv": b"2"})
    )
    assert first == same != other
    assert Remote(f"{address}/gone.csv").look(NOW).absent


def test_a_server_that_is_away_is_told_and_is_no_change(
    web: tuple[dict[str, bytes], str], tmp_path: Path
) -> None:
    pages, address = web
    pages["/a.csv"] = b"1"
    waiting = Waiting(tmp_path, {"data": [f"{address}/a.csv", "b.csv"]})
    (tmp_path / "b.csv").write_text("1")
    assert waiting.fires() == 0
    before = waiting.planned
    away = f"http://127.0.0.1:{free_port()}/a.csv"
    waiting.planned = Waiting(tmp_path, {"data": [away, "b.csv"]}).planned
    (tmp_path / "b.csv").write_text("2")
    assert "cannot be looked at" in (waiting.look().problem or "")
    assert waiting.fires() == 1
    waiting.planned = before
    assert waiting.fires() == 0


@pytest.mark.parametrize(
    "url", ["nothing://a/b", "http://user:hidden@127.0.0.1:1/a?token=hidden", "s3://no bucket/a", "http://["]
)
def test_a_url_that_cannot_be_opened_is_told_without_its_password(tmp_path: Path, url: str) -> None:
    problem = Waiting(tmp_path, {"data": url}).look().problem
    assert problem is not None
    assert "hidden" not in problem
    assert "Traceback" not in problem


# -- databases


@pytest.fixture
def database(tmp_path: Path) -> Iterator[sqlite3.Connection]:
    connection = sqlite3.connect(tmp_path / "a.db", isolation_level=None)
    connection.execute("CREATE TABLE rows (id INTEGER, name TEXT)")
    yield connection
    connection.close()


def test_a_watermark_that_moved_fires_once(tmp_path: Path, database: sqlite3.Connection) -> None:
    waiting = Waiting(tmp_path, {"sql": {"query": "SELECT max(id) FROM rows", "at": "sqlite:///a.db"}})
    assert waiting.fires() == 0
    database.execute("INSERT INTO rows VALUES (1, 'a')")
    assert waiting.fires() == 1
    database.execute("INSERT INTO rows VALUES (1, 'b')")
    assert waiting.fires() == 0
    database.execute("UPDATE rows SET id = 2")
    assert waiting.fires() == 1


def test_the_url_of_a_database_may_be_a_secret(
    tmp_path: Path, database: sqlite3.Connection, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("ROWS_URL", f"sqlite:///{tmp_path / 'a.db'}")
    waiting = Waiting(tmp_path, {"sql": {"query": "SELECT count(*) FROM rows", "at": "env:ROWS_URL"}})
    assert waiting.fires() == 0
    database.execute("INSERT INTO rows VALUES (1, 'a')")
    assert waiting.fires() == 1
    monkeypatch.delenv("ROWS_URL")
    assert "ROWS_URL is not set" in (waiting.look().problem or "")


def test_a_query_without_rows_is_nothing_yet(tmp_path: Path, database: sqlite3.Connection) -> None:
    waiting = Waiting(tmp_path, {"sql": {"query": "SELECT id FROM rows", "at": "sqlite:///a.db"}})
    assert waiting.fires() == 0
    database.execute("INSERT INTO rows VALUES (1, 'a')")
    assert waiting.fires() == 1
    database.execute("DELETE FROM rows")
    assert waiting.fires() == 0


@pytest.mark.parametrize(
    ("query", "url", "said"),
    [
        ("SELECT * FROM gone", "sqlite:///a.db", "no such table"),
        ("DELETE FROM rows", "sqlite:///a.db", "only reads"),
        ("SELECT 1", "sqlite:///gone.db", "no such file"),
        ("SELECT 1", "postgres", "no SQLAlchemy URL"),
        ("SELECT 1", "nothing://user:hidden@host/db", "of no known kind"),
    ],
)
def test_a_query_that_is_refused_is_told(
    tmp_path: Path, database: sqlite3.Connection, query: str, url: str, said: str
) -> None:
    waiting = Waiting(tmp_path, {"sql": {"query": query, "at": url}})
    problem = waiting.look().problem or ""
    assert said in problem
    assert "hidden" not in problem


def test_looking_makes_no_change_and_fetches_one_row(tmp_path: Path, database: sqlite3.Connection) -> None:
    database.execute("INSERT INTO rows VALUES (1, 'a')")
    deleting = "WITH gone AS (SELECT 1) DELETE FROM rows RETURNING id"
    with pytest.raises(MLOpsError):
        Watermark(tmp_path, Query("sqlite:///a.db", deleting)).look(NOW)
    assert database.execute("SELECT count(*) FROM rows").fetchone() == (1,)
    endless = "WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n) SELECT i FROM n"
    assert not Watermark(tmp_path, Query("sqlite:///a.db", endless)).look(NOW).absent


@pytest.mark.parametrize("order", ["fixed", "free"])
def test_of_a_dataset_that_is_a_query_all_rows_count(
    tmp_path: Path, database: sqlite3.Connection, order: Any
) -> None:
    database.execute("INSERT INTO rows VALUES (1, 'a'), (2, 'b')")
    source = f"sqlite:///{tmp_path / 'a.db'}"
    config = Config(datasets={"rows": DatasetConfig(source=source, sql="SELECT * FROM rows", order=order)})
    waiting = Waiting(tmp_path, {"data": "dataset:rows"}, config)
    assert waiting.fires() == 0
    database.execute("DELETE FROM rows")
    database.execute("INSERT INTO rows VALUES (2, 'b'), (1, 'a')")
    assert waiting.fires() == (0 if order == "free" else 1)
    database.execute("UPDATE rows SET name = 'c' WHERE id = 2")
    assert waiting.fires() == 1
