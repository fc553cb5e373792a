"""The git state, against real repositories."""

from __future__ import annotations

import os
import subprocess
import sys
from pathlib import Path

import pytest

from jupyter_mlops.entities import GitState
from jupyter_mlops.provenance import git as git_module
from jupyter_mlops.provenance.git import git_state


@pytest.fixture(autouse=True)
def _own_config(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setenv("GIT_CONFIG_GLOBAL", os.devnull)
    monkeypatch.setenv("GIT_CONFIG_NOSYSTEM", "1")
    monkeypatch.setenv("GIT_CEILING_DIRECTORIES", str(tmp_path.parent))
    for role in ("AUTHOR", "COMMITTER"):
        monkeypatch.setenv(f"GIT_{role}_NAME", "Ada")
        monkeypatch.setenv(f"GIT_{role}_EMAIL", "ada@example.org")


def git(folder: Path, *arguments: str) -> str:
    told = subprocess.run(["git", *arguments], cwd=folder, check=True, capture_output=True, text=True)
    return told.stdout.strip()


@pytest.fixture
def repo(tmp_path: Path) -> Path:
    folder = tmp_path / "repo"
    folder.mkdir()
    git(folder, "init", "-q", "-b", "main")
    (folder / "a.txt").write_text("one\n")
    git(folder, "add", ".")
    git(folder, "commit", "-q", "-m", "first")
    return folder


def state(folder: Path) -> GitState:
    found = git_state(folder)
    assert found is not None
    return found


def test_clean_tree(repo: Path) -> None:
    assert state(repo) == GitState(commit=git(repo, "rev-parse", "HEAD"), branch="main", dirty=False)


def test_no_repository(tmp_path: Path) -> None:
    assert git_state(tmp_path) is None
    assert git_state(tmp_path / "missing") is None


def test_no_git_program(repo: Path, tmp_path: Path) -> None:
    code = (
        "from pathlib import Path; from jupyter_mlops.provenance.git import git_state;"
        "print(git_state(Path('.')))"
    )
    told = subprocess.run(
        [sys.executable, "-c", code],
        cwd=repo,
        env={**os.environ, "PATH": str(tmp_path)},
        capture_output=True,
        text=True,
        check=True,
    )
    assert told.stdout.strip() == "None"


def test_changes_staged_and_not_are_in_the_diff(repo: Path) -> None:
    (repo / "a.txt").write_text("two\n")
    (repo / "b.txt").write_text("staged\n")
    git(repo, "add", "b.txt")
    found = state(repo)
    assert found.dirty
    assert found.untracked == ()
    assert "-one\n+two\n" in found.diff
    assert "+staged\n" in found.diff


def test_the_diff_can_be_applied(repo: Path) -> None:
    git(repo, "config", "diff.noprefix", "true")
    git(repo, "config", "color.ui", "always")
    (repo / "a.txt").write_text("two\n")
    diff = state(repo).diff
    git(repo, "checkout", "-q", "--", "a.txt")
    subprocess.run(["git", "apply"], cwd=repo, input=diff, text=True, check=True)
    assert (repo / "a.txt").read_text() == "two\n"


def test_a_new_file_alone_makes_it_dirty(repo: Path) -> None:
    (repo / "new.txt").write_text("x")
    found = state(repo)
    assert found.dirty
    assert found.untracked == ("new.txt",)
    assert found.diff == ""


def test_new_files_are_told_where_the_user_hides_them(repo: Path) -> None:
    git(repo, "config", "status.showUntrackedFiles", "no")
    (repo / "new").mkdir()
    (repo / "new" / "deep.txt").write_text("x")
    assert state(repo).untracked == ("new/",)


def test_ignored_files_do_not_count(repo: Path) -> None:
    (repo / ".git" / "info" / "exclude").write_text("*.db\n")
    (repo / "mlflow.db").write_text("x")
    assert not state(repo).dirty


@pytest.mark.parametrize(
    "name", ["über 世界.txt", 'quo"te.txt', "new\nline", " lead", "1 x", "-dash", "tab\t"]
)
def test_odd_names(repo: Path, name: str) -> None:
    (repo / name).write_text("x\n")
    assert state(repo).untracked == (name,)
    git(repo, "add", "--", name)
    assert state(repo).untracked == ()
    assert state(repo).diff


def test_names_and_contents_that_are_not_utf8(repo: Path) -> None:
    (repo / "a.txt").write_bytes(b"caf\xe9\n")
    Path(os.fsdecode(os.fsencode(repo) + b"/caf\xe9")).write_text("x")
    found = state(repo)
    assert "+caf\ufffd\n" in found.diff
    assert found.untracked == ("caf\ufffd",)


def test_a_rename_does_not_confuse(repo: Path) -> None:
    git(repo, "mv", "a.txt", "? b.txt")
    (repo / "new.txt").write_text("x")
    found = state(repo)
    assert found.untracked == ("new.txt",)
    assert "rename to ? b.txt" in found.diff


def test_a_deleted_file(repo: Path) -> None:
    (repo / "a.txt").unlink()
    assert "deleted file" in state(repo).diff


def test_binary_files_by_one_line(repo: Path) -> None:
    (repo / "a.txt").write_bytes(b"\0\1\2")
    assert "Binary files a/a.txt and b/a.txt differ" in state(repo).diff


def test_subfolder_describes_the_whole_tree(repo: Path) -> None:
    (repo / "deep" / "er").mkdir(parents=True)
    (repo / "new.txt").write_text("x")
    (repo / "a.txt").write_text("two\n")
    git(repo, "config", "diff.relative", "true")
    found = state(repo / "deep" / "er")
    assert found.untracked == ("new.txt",)
    assert "+two" in found.diff


def test_worktree(repo: Path, tmp_path: Path) -> None:
    tree = tmp_path / "tree"
    git(repo, "worktree", "add", "-q", "-b", "side", str(tree))
    (tree / "a.txt").write_text("two\n")
    assert (state(tree).branch, state(tree).dirty) == ("side", True)
    assert (state(repo).branch, state(repo).dirty) == ("main", False)


def test_detached(repo: Path) -> None:
    git(repo, "checkout", "-q", "--detach")
    assert state(repo).branch is None
    assert state(repo).commit


def test_no_commit_yet(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "-b", "trunk")
    assert state(tmp_path) == GitState(commit=None, branch="trunk", dirty=False)
    (tmp_path / "a.txt").write_text("one\n")
    git(tmp_path, "add", ".")
    (tmp_path / "a.txt").write_text("two\n")
    found = state(tmp_path)
    assert (found.commit, found.dirty) == (None, True)
    assert "+two\n" in found.diff


def test_bare(tmp_path: Path) -> None:
    git(tmp_path, "init", "-q", "--bare", ".")
    assert git_state(tmp_path) is None


def test_a_conflict(repo: Path) -> None:
    git(repo, "checkout", "-q", "-b", "side")
    (repo / "a.txt").write_text("side\n")
    git(repo, "commit", "-qam", "side")
    git(repo, "checkout", "-q", "main")
    (repo / "a.txt").write_text("main\n")
    git(repo, "commit", "-qam", "main")
    subprocess.run(["git", "merge", "side"], cwd=repo, capture_output=True, check=False)
    assert state(repo).dirty
    assert "a.txt" in state(repo).diff


def test_a_large_diff_is_cut_and_says_so(repo: Path) -> None:
    (repo / "a.txt").write_text("0123456789\n" * 2_000_000)
    diff = state(repo).diff
    assert len(diff.encode()) <= git_module.DIFF_LIMIT + 100
    assert diff.endswith("+0123456789\n... cut: the diff is larger than 10 MB\n")


def test_no_program_of_the_repository_is_run(repo: Path, tmp_path: Path) -> None:
    trap, trace = tmp_path / "trap", tmp_path / "trace"
    trap.write_text(f"#!/bin/sh\necho ran >> '{trace}'\ncat \"$1\"\n")
    trap.chmod(0o755)
    for key in ("diff.external", "diff.evil.textconv", "diff.evil.command", "core.fsmonitor", "core.pager"):
        git(repo, "config", key, str(trap))
    (repo / ".git" / "info" / "attributes").write_text("*.txt diff=evil\n")
    (repo / "a.txt").write_text("two\n")
    assert "-one\n+two\n" in state(repo).diff
    assert not trace.exists()


def test_no_lock_is_taken_nor_needed(repo: Path) -> None:
    index = repo / ".git" / "index"
    (repo / ".git" / "index.lock").write_text("")
    os.utime(repo / "a.txt", (1, 1))  # stale, so that git would like to refresh its index
    before = index.read_bytes()
    assert not state(repo).dirty
    assert index.read_bytes() == before


def test_many_line_ending_warnings_do_not_block(repo: Path) -> None:
    git(repo, "config", "core.autocrlf", "true")
    git(repo, "config", "core.safecrlf", "warn")
    for number in range(2000):
        (repo / f"{number}-{'x' * 60}.txt").write_text("one\n")
    git(repo, "add", ".")
    for number in range(2000):
        (repo / f"{number}-{'x' * 60}.txt").write_text("two\n")
    assert "+two" in state(repo).diff
