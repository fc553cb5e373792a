"""Files, folders, patterns and code on a real file system."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping, Sequence
from datetime import UTC, datetime
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops.config import Config, DatasetConfig
from tests.scheduling.triggers.waiting import Waiting


@pytest.mark.parametrize("on", [{"data": "a.csv"}, {"data": "data"}, {"data": "data/*.csv"}])
def test_a_change_of_data_fires_once(tmp_path: Path, on: Any) -> None:
    (tmp_path / "data").mkdir()
    for name in ("a.csv", "data/a.csv"):
        (tmp_path / name).write_text("x\n1\n")
    waiting = Waiting(tmp_path, on)
    assert waiting.fires() == 0
    for name in ("a.csv", "data/a.csv"):
        (tmp_path / name).write_text("x\n2\n")  # as many bytes
    assert waiting.fires() == 1


def test_what_was_put_back_in_time_is_seen(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x\n1\n")
    waiting = Waiting(tmp_path, {"data": "a.csv"})
    assert waiting.fires() == 0
    before = path.stat()
    path.write_text("x\n2\n")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))
    assert waiting.fires() == 1


def test_touching_a_file_fires_nothing(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("x\n1\n")
    waiting = Waiting(tmp_path, {"data": "a.csv"})
    assert waiting.fires() == 0
    path.touch()
    assert waiting.fires() == 0


def test_files_that_come_into_a_folder_or_go_from_it_are_changes_of_it(tmp_path: Path) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    waiting = Waiting(tmp_path, {"data": "data"})
    assert waiting.fires() == 0
    (folder / "deep").mkdir()
    (folder / "deep" / "a.csv").write_text("1")
    assert waiting.fires() == 1
    (folder / "b.csv").write_text("1")
    assert waiting.fires() == 1
    (folder / "b.csv").rename(folder / "c.csv")
    assert waiting.fires() == 1
    (folder / "c.csv").unlink()
    assert waiting.fires() == 1
    (folder / "deep" / "a.csv").unlink()
    assert waiting.fires() == 0  # nothing is there


@pytest.mark.parametrize("name", [".ipynb_checkpoints/a-checkpoint.csv", ".a.part", "__pycache__/a.pyc"])
def test_hidden_files_of_a_folder_do_not_count(tmp_path: Path, name: str) -> None:
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "a.csv").write_text("1")
    waiting = Waiting(tmp_path, {"data": "data"})
    assert waiting.fires() == 0
    path = tmp_path / "data" / name
    path.parent.mkdir(exist_ok=True)
    path.write_text("2")
    assert waiting.fires() == 0


def test_what_recording_runs_writes_into_the_project_does_not_count(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("1")
    waiting = Waiting(tmp_path, {"data": "."})
    assert waiting.fires() == 0
    for name in ("mlflow.db", "mlflow.db-wal", "mlruns/0/run", ".mlops/scheduler.db"):
        path = tmp_path / name
        path.parent.mkdir(parents=True, exist_ok=True)
        path.write_text("2")
    assert waiting.fires() == 0


def test_a_pattern_looks_as_deep_as_it_says_and_a_name_with_its_signs_is_a_name(tmp_path: Path) -> None:
    for name in ("a[1].csv", "b/c.csv", "b/d/e.csv", "b/d/e.txt"):
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("1")
    flat, deep = Waiting(tmp_path, {"data": "b/*.csv"}), Waiting(tmp_path, {"data": "b/**/*.csv"})
    named = Waiting(tmp_path, {"data": "a[1].csv"})
    assert (flat.fires(), deep.fires(), named.fires()) == (0, 0, 0)
    (tmp_path / "b/d/e.csv").write_text("2")
    assert (flat.fires(), deep.fires(), named.fires()) == (0, 1, 0)
    (tmp_path / "a[1].csv").write_text("2")
    assert (flat.fires(), deep.fires(), named.fires()) == (0, 0, 1)


def test_a_link_counts_as_the_file_and_not_as_the_folder_that_it_leads_to(tmp_path: Path) -> None:
    (tmp_path / "elsewhere").mkdir()
    (tmp_path / "elsewhere" / "a.csv").write_text("1")
    (tmp_path / "data").mkdir()
    (tmp_path / "data" / "b.csv").write_text("1")
    (tmp_path / "data" / "loop").symlink_to(tmp_path / "data")
    (tmp_path / "data" / "folder").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "data" / "nothing").symlink_to(tmp_path / "gone")
    waiting = Waiting(tmp_path, {"data": "data"})
    assert waiting.fires() == 0
    (tmp_path / "elsewhere" / "a.csv").write_text("2")
    assert waiting.fires() == 0
    (tmp_path / "data" / "linked.csv").symlink_to(tmp_path / "elsewhere" / "a.csv")
    assert waiting.fires() == 1
    (tmp_path / "elsewhere" / "a.csv").write_text("3")
    assert waiting.fires() == 1


def test_a_dataset_is_watched_where_it_lies(tmp_path: Path) -> None:
    (tmp_path / "a.csv").write_text("x\n1\n")
    config = Config(datasets={"customers": DatasetConfig(source="a.csv")})
    for name in ("dataset:customers", "customers"):
        waiting = Waiting(tmp_path, {"data": name}, config)
        assert waiting.fires() == 0
        with (tmp_path / "a.csv").open("a") as file:
            file.write("2\n")
        assert waiting.fires() == 1


def test_a_file_url_is_a_file(tmp_path: Path) -> None:
    path = tmp_path / "a b.csv"
    path.write_text("1")
    waiting = Waiting(tmp_path, {"data": path.as_uri()})
    assert waiting.fires() == 0
    path.write_text("2")
    assert waiting.fires() == 1


@pytest.mark.skipif(os.name != "posix" or os.geteuid() == 0, reason="root reads everything")
def test_a_folder_that_may_not_be_read_is_told(tmp_path: Path) -> None:
    (tmp_path / "data").mkdir(mode=0)
    found = Waiting(tmp_path, {"data": "data"}).look()
    assert found.problem is not None
    (tmp_path / "data").chmod(0o700)


@pytest.mark.parametrize("place", ["a" * 5000, "a\0b", "data/[", "../outside.csv"])
def test_a_name_that_no_file_can_have_is_told_or_is_not_there(tmp_path: Path, place: str) -> None:
    found = Waiting(tmp_path, {"data": place}).look()
    assert found.fired == ()


# -- code


def notebook(*sources: str, outputs: Sequence[Any] = (), metadata: Mapping[str, Any] | None = None) -> str:
    """An .ipynb with these code cells."""
    cells = [
        {
            "cell_type": "code",
            "source": source,
            "metadata": {},
            "outputs": list(outputs),
            "execution_count": len(outputs) or None,
        }
        for source in sources
    ]
    return json.dumps({"cells": cells, "metadata": metadata or {}, "nbformat": 4, "nbformat_minor": 5})


OUTPUT = {"output_type": "stream", "name": "stdout", "text": "1\n"}


def test_autosave_of_a_notebook_fires_nothing_and_an_edit_of_its_code_does(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(notebook("x = 1", "print(x)"))
    waiting = Waiting(tmp_path, {"code": "a.ipynb"})
    assert waiting.fires() == 0
    kernel = {"kernelspec": {"name": "python3"}, "language_info": {"version": "3.12"}}
    path.write_text(notebook("x = 1", "print(x)", outputs=[OUTPUT], metadata=kernel))
    assert waiting.fires() == 0
    path.write_text(notebook("x = 1  # one", "print( x )", outputs=[OUTPUT]))
    assert waiting.fires() == 0
    path.write_text(notebook("x = 2", "print(x)", outputs=[OUTPUT]))
    assert waiting.fires() == 1


def test_a_notebook_that_is_half_written_is_told_and_fires_when_it_is_whole(tmp_path: Path) -> None:
    path = tmp_path / "a.ipynb"
    path.write_text(notebook("x = 1"))
    waiting = Waiting(tmp_path, {"code": "a.ipynb"})
    assert waiting.fires() == 0
    whole = notebook("x = 2")
    path.write_text(whole[:40])
    assert waiting.look(1).problem is None
    assert "not a notebook" in (waiting.look(11).problem or "")
    path.write_text(whole)
    assert waiting.fires() == 1


@pytest.mark.parametrize("place", ["features.py", "features", "pkg", "pkg.deep.mod", "pkg/**/*.py"])
def test_modules_and_folders_fire_by_what_they_do(tmp_path: Path, place: str) -> None:
    names = ("features.py", "pkg/deep/mod.py")
    for name in names:
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text("def f(x):\n    return x\n")
    waiting = Waiting(tmp_path, {"code": place})
    assert waiting.fires() == 0
    for name in names:
        (tmp_path / name).write_text("def f(x):\n    # the same\n    return (x)\n")
    assert waiting.fires() == 0
    for name in names:
        (tmp_path / name).write_text("def f(x):\n    return x + 1\n")
    assert waiting.fires() == 1


def test_what_code_writes_beside_itself_is_no_code(tmp_path: Path) -> None:
    (tmp_path / "notebooks").mkdir()
    (tmp_path / "notebooks" / "a.ipynb").write_text(notebook("x = 1"))
    waiting = Waiting(tmp_path, {"code": "notebooks"})
    assert waiting.fires() == 0
    for name in ("scored.parquet", "plot.png", "metrics.json"):
        (tmp_path / "notebooks" / name).write_text("1")
    assert waiting.fires() == 0
    (tmp_path / "notebooks" / "query.sql").write_text("SELECT 1")
    assert waiting.fires() == 1


def git(root: Path, *words: str) -> None:
    """Run git there."""
    who = ["-c", "user.name=n", "-c", "user.email=e@example.org", "-c", "commit.gpgsign=false"]
    subprocess.run(["git", "-C", str(root), *who, *words], check=True, capture_output=True)


def test_what_is_committed_of_a_path_fires_and_other_commits_do_not(tmp_path: Path) -> None:
    root = tmp_path / "repository" / "project"  # below the top of the working tree
    (root / "src").mkdir(parents=True)
    (root / "src" / "a.py").write_text("1")
    git(root.parent, "init", "-q", "-b", "main")
    waiting = Waiting(root, {"code": "git:src"})
    assert waiting.fires() == 0  # nothing is committed
    git(root, "add", ".")
    git(root, "commit", "-qm", "one")
    assert waiting.fires() == 1
    (root / "src" / "a.py").write_text("2")
    assert waiting.fires() == 0
    (root / "other.py").write_text("1")
    git(root, "add", "other.py")
    git(root, "commit", "-qm", "two")
    assert waiting.fires() == 0
    git(root, "commit", "-qam", "three")
    assert waiting.fires() == 1
    git(root, "pack-refs", "--all")
    git(root, "gc", "-q")
    assert waiting.fires() == 0
    git(root, "checkout", "-q", "-b", "other", "HEAD~1")
    assert waiting.fires() == 1
    linked = tmp_path / "linked"
    git(root, "worktree", "add", "-q", str(linked), "main")
    beside = Waiting(linked / "project", {"code": "git:src/a.py"})
    assert beside.fires() == 0
    (linked / "project" / "src" / "a.py").write_text("4")
    git(linked, "commit", "-qam", "four")
    assert beside.fires() == 1
    assert waiting.fires() == 0


def test_a_project_without_git_is_told(tmp_path: Path) -> None:
    found = Waiting(tmp_path, {"code": "git:src"}).look()
    assert "no git repository" in (found.problem or "")


def test_a_schedule_is_looked_at_between_its_start_and_its_end(tmp_path: Path) -> None:
    path = tmp_path / "a.csv"
    path.write_text("1")
    times = {"start": datetime(2026, 1, 1, 1, tzinfo=UTC), "end": datetime(2026, 1, 1, 2, tzinfo=UTC)}
    waiting = Waiting(tmp_path, {"data": "a.csv"}, **times)
    assert waiting.look().memory is None
    path.write_text("2")
    assert waiting.look(3600).memory is not None
    assert waiting.fires() == 0
    path.write_text("3")
    assert waiting.look(3600).memory == waiting.memory
    assert waiting.fires() == 0
