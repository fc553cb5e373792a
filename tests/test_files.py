"""Files of a run: whole or not at all, the owner's only, listed with size and digest."""

from __future__ import annotations

import hashlib
import json
import os
import sqlite3
import stat
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.files import copy_tree, make_private, manifest, write_notebook, write_whole

on_disk = settings(
    max_examples=25, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture]
)


def test_a_file_is_written_and_replaced(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    write_whole(path, "first ü\n")
    write_whole(path, "second\n")
    assert path.read_text(encoding="utf-8") == "second\n"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_only_its_owner_reads_it_even_where_others_read_the_old_one(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    path.chmod(0o644)
    old = os.umask(0)
    try:
        write_whole(path, "new")
    finally:
        os.umask(old)
    assert stat.S_IMODE(path.stat().st_mode) == 0o600


def test_the_old_content_stays_where_writing_fails(tmp_path: Path) -> None:
    path = tmp_path / "a.txt"
    path.write_text("old", encoding="utf-8")
    with pytest.raises(UnicodeEncodeError):
        write_whole(path, "x" * 100_000 + "\ud800")
    assert path.read_text(encoding="utf-8") == "old"
    assert [each.name for each in tmp_path.iterdir()] == ["a.txt"]


def test_nothing_is_left_where_replacing_fails(tmp_path: Path) -> None:
    (tmp_path / "folder").mkdir()
    with pytest.raises(OSError, match="folder"):
        write_whole(tmp_path / "folder", "text")
    assert [each.name for each in tmp_path.iterdir()] == ["folder"]


def test_a_folder_that_is_missing_is_not_made(tmp_path: Path) -> None:
    with pytest.raises(FileNotFoundError):
        write_whole(tmp_path / "none" / "a.txt", "text")


def test_the_longest_name_that_the_file_system_takes_can_be_written(tmp_path: Path) -> None:
    write_whole(tmp_path / ("a" * os.pathconf(tmp_path, "PC_NAME_MAX")), "text")


@on_disk
@given(
    st.dictionaries(
        st.text(st.characters()), st.recursive(st.none() | st.integers() | st.text(st.characters()), st.lists)
    )
)
def test_any_notebook_comes_back(tmp_path: Path, value: dict[str, Any]) -> None:
    path = tmp_path / "a.ipynb"
    write_notebook(path, value)
    assert json.loads(path.read_text(encoding="utf-8")) == value


def test_a_notebook_has_jupyters_own_layout(tmp_path: Path) -> None:
    write_notebook(tmp_path / "a.ipynb", {"cells": [], "name": "ü"})
    assert (tmp_path / "a.ipynb").read_text(encoding="utf-8") == '{\n "cells": [],\n "name": "ü"\n}\n'


def test_the_manifest_lists_every_file_with_size_and_digest(tmp_path: Path) -> None:
    (tmp_path / "deep" / "er").mkdir(parents=True)
    (tmp_path / "deep" / "er" / "b.bin").write_bytes(b"\0" * 100_000)
    (tmp_path / "a.txt").write_bytes(b"")
    (tmp_path / "empty").mkdir()
    (tmp_path / "dangling").symlink_to(tmp_path / "nowhere")
    assert [(o.path, o.size, o.digest) for o in manifest(tmp_path)] == [
        ("a.txt", 0, hashlib.blake2b(b"", digest_size=16).hexdigest()),
        ("deep/er/b.bin", 100_000, hashlib.blake2b(b"\0" * 100_000, digest_size=16).hexdigest()),
    ]


def test_the_manifest_of_an_empty_folder_is_empty(tmp_path: Path) -> None:
    assert manifest(tmp_path) == []


def test_a_file_whose_name_is_not_text_is_listed(tmp_path: Path) -> None:
    Path(os.fsdecode(os.fsencode(tmp_path) + b"/a\xff")).write_bytes(b"x")
    assert [output.size for output in manifest(tmp_path)] == [1]


def test_a_tree_is_copied_file_by_file_and_what_was_left_half_written_is_taken_away(tmp_path: Path) -> None:
    (tmp_path / "a" / "deep").mkdir(parents=True)
    (tmp_path / "a" / "deep" / "x.bin").write_bytes(b"1" * 1000)
    (tmp_path / "a" / "y.txt").write_text("y")
    (tmp_path / "b").mkdir()
    (tmp_path / "b" / ".0123456789abcdef.part").write_text("torn")
    for _ in range(2):
        copy_tree(tmp_path / "a", tmp_path / "b")
        found = sorted(path.relative_to(tmp_path / "b").as_posix() for path in (tmp_path / "b").rglob("*"))
        assert found == ["deep", "deep/x.bin", "y.txt"]
    copy_tree(tmp_path / "a" / "y.txt", tmp_path / "c" / "z.txt")
    assert (tmp_path / "c" / "z.txt").read_text() == "y"
    with pytest.raises(FileNotFoundError):
        copy_tree(tmp_path / "none", tmp_path / "c" / "none")
    assert [path.name for path in (tmp_path / "c").iterdir()] == ["z.txt"]


def test_to_make_a_database_that_is_there_takes_no_locks_from_it(tmp_path: Path) -> None:
    database = tmp_path / "some.db"
    make_private(database)
    assert stat.S_IMODE(database.stat().st_mode) == 0o600
    holder = sqlite3.connect(database)
    holder.execute("CREATE TABLE t (x)")
    holder.execute("BEGIN IMMEDIATE")
    make_private(database)
    other = f"import sqlite3; sqlite3.connect({str(database)!r}, timeout=0).execute('BEGIN IMMEDIATE')"
    found = subprocess.run([sys.executable, "-c", other], capture_output=True, text=True, check=False)
    holder.close()
    assert "database is locked" in found.stderr
