"""Requests on disk: private, whole lines, a version of a dataset; a full disk ends recording and no more."""

from __future__ import annotations

import json
import resource
import stat
from collections.abc import Iterator
from contextlib import contextmanager
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.project import Project
from jupyter_mlops.serving.server import recording
from jupyter_mlops.serving.server.recording import Recorder
from jupyter_mlops.serving.server.rows import Exchange
from tests.serving.served import until


def exchange(number: int, **columns: Any) -> Exchange:
    """A request of one row, and its answer."""
    body = json.dumps({"dataframe_records": [{"age": number, **columns}]}).encode()
    answer = json.dumps({"predictions": [number % 2]}).encode()
    return Exchange(datetime.now(UTC), "churn@1", "application/json", body, answer)


@contextmanager
def recorder(project: Project, model: str = "churn") -> Iterator[tuple[Recorder, list[str]]]:
    """A recorder, and what it tells; all is put down when the block ends."""
    lines: list[str] = []
    made = Recorder(project.store, project.config, model, lines.append)
    yield made, lines
    made.close()
    until(lambda: not made.working)


def files(project: Project) -> list[Path]:
    """What was written, oldest first."""
    found = (project.root / ".mlops/requests").glob("*/*")
    return sorted(found, key=lambda path: path.stat().st_mtime_ns)


def test_requests_become_a_version_of_a_dataset_that_only_the_owner_reads(folder: Path, local: None) -> None:
    project = Project()
    with recorder(project) as (made, lines):
        for number in range(50):
            made.offer(exchange(number))
        made.offer(Exchange(datetime.now(UTC), "churn@1", "application/json", b'{"messages": []}', b"{}"))
    assert (made.rows, made.skipped, made.lost) == (50, 1, 0)
    (path,) = files(project)
    for place in (path, path.parent, path.parent.parent):
        assert stat.S_IMODE(place.stat().st_mode) & 0o077 == 0
    rows = [json.loads(line) for line in path.read_text(encoding="utf-8").splitlines()]
    assert [row["age"] for row in rows] == list(range(50))
    assert lines == ["churn-requests@1: 50 rows of requests until now"]
    (version,) = project.datasets.list("churn-requests")
    assert version.rows == 50


def test_nothing_asked_leaves_nothing_behind(bare_folder: Path) -> None:
    with recorder(Project()) as (_, lines):
        pass
    assert lines == []
    assert not (bare_folder / ".mlops").exists()


@pytest.mark.parametrize("model", ["../../etc", "..", ".hidden", "a b/c", "größe"])
def test_a_model_of_any_name_has_its_folder_in_the_project(bare_folder: Path, model: str) -> None:
    (bare_folder / ".mlops").mkdir()
    with recorder(Project(), model) as (made, _):
        made._enter = lambda: None  # type: ignore[method-assign]
        made.offer(exchange(1))
    assert [path.parent.parent for path in files(Project())] == [bare_folder / ".mlops/requests"]
    assert (bare_folder / made.place).is_dir()


def test_a_full_file_is_a_version_and_another_one_is_begun(
    folder: Path, local: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "LARGEST_FILE", 1000)
    project = Project()
    with recorder(project) as (made, _):
        for number in range(15):
            made.offer(exchange(number))
    first, second = files(project)
    assert 900 < first.stat().st_size <= 1000
    assert second.stat().st_size <= 1000
    versions = project.datasets.list("churn-requests")
    assert sorted(version.rows or 0 for version in versions) == sorted(
        len(path.read_text(encoding="utf-8").splitlines()) for path in (first, second)
    )


def test_a_request_of_many_rows_takes_several_files_and_all_its_rows_are_told(
    folder: Path, local: None, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "LARGEST_FILE", 1000)
    body = json.dumps(
        {"dataframe_records": [{"age": number} for number in range(24)] + [{"age": "9" * 1500}]}
    )
    answer = json.dumps({"predictions": [0] * 25}).encode()
    with recorder(Project()) as (made, lines):
        made.offer(Exchange(datetime.now(UTC), "churn@1", "application/json", body.encode(), answer))
        made.offer(exchange(25))
    found = [path.read_text(encoding="utf-8").splitlines() for path in files(Project())]
    ages = [json.loads(line)["age"] for each in found for line in each]
    assert ages == [*range(24), "9" * 1500, 25]
    sizes = [path.stat().st_size for path in files(Project())]
    assert [size <= 1000 for size in sizes] == [True] * (len(sizes) - 2) + [False, True]
    assert len(found[-2]) == 1
    told = [sum(map(len, found[: count + 1])) for count in range(len(found))]
    assert [line.partition(": ")[2] for line in lines] == [
        f"{rows} rows of requests until now" for rows in told
    ]
    assert made.rows == 26


def test_a_full_disk_ends_recording_in_one_line_and_leaves_whole_lines(folder: Path, local: None) -> None:
    project = Project()
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    with recorder(project) as (made, lines):
        made.offer(exchange(1))
        until(lambda: made.rows == 1)
        resource.setrlimit(resource.RLIMIT_FSIZE, (files(project)[0].stat().st_size + 10, before[1]))
        try:
            for number in range(5):
                made.offer(exchange(number))
            until(lambda: made.problem)
        finally:
            resource.setrlimit(resource.RLIMIT_FSIZE, before)
        made.offer(exchange(3))
    assert [line for line in lines if "cannot be written" in line] == [
        ".mlops/requests/churn cannot be written: File too large; "
        "requests are not recorded any more, and answered as before"
    ]
    assert made.about()["stopped"]
    (path,) = files(project)
    assert [json.loads(line)["age"] for line in path.read_text(encoding="utf-8").splitlines()] == [1]


def test_what_comes_faster_than_it_can_be_written_is_counted(
    bare_folder: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(recording, "_WAITING", 1)
    with recorder(Project()) as (made, _):
        made.offer(exchange(1))
    assert (made.rows, made.lost) == (0, 1)
