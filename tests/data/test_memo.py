"""What was found out of files: looked up while nobody touched them, found anew once somebody did."""

from __future__ import annotations

import os
import sqlite3
import stat
import subprocess
import sys
import time
from collections.abc import Callable
from pathlib import Path

import pytest

from jupyter_mlops.data import describe, file_digest, folder_digest
from jupyter_mlops.data.memo import FILE, Memo, remembering

OLD = time.time_ns() - 3_600_000_000_000


class Clock:
    """`time` with its clock put on, for the change time of a file cannot be set back."""

    def __init__(self, ahead: float) -> None:
        self._ahead = int(ahead * 1e9)

    def time_ns(self) -> int:
        """So many seconds later than it is."""
        return time.time_ns() + self._ahead


@pytest.fixture
def later(monkeypatch: pytest.MonkeyPatch) -> None:
    """All files were written ten seconds ago."""
    monkeypatch.setattr("jupyter_mlops.data.memo.time", Clock(10))


def counting(found: list[str]) -> Callable[[], str]:
    """Something to find, which tells how often it was looked for."""

    def find() -> str:
        found.append("x")
        return f"value {len(found)}"

    return find


def look(folder: Path, path: Path, found: list[str], what: str = "w") -> str:
    with remembering(folder) as memo:
        return memo.of(path, what, counting(found))


@pytest.mark.usefixtures("later")
def test_an_untouched_file_is_not_looked_into_again(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"abc")
    found: list[str] = []
    assert [look(tmp_path, path, found) for _ in range(3)] == ["value 1"] * 3
    assert look(tmp_path, path, found, "other") == "value 2"


def _write(path: Path) -> None:
    path.write_bytes(b"abd")


def _write_and_hide(path: Path) -> None:
    before = path.stat()
    path.write_bytes(b"abd")
    os.utime(path, ns=(before.st_atime_ns, before.st_mtime_ns))


def _replace(path: Path) -> None:
    before = path.stat()
    other = path.with_name("other")
    other.write_bytes(b"abd")
    os.utime(other, ns=(before.st_atime_ns, before.st_mtime_ns))
    os.replace(other, path)


def _lengthen(path: Path) -> None:
    with path.open("ab") as file:
        file.write(b"d")


@pytest.mark.usefixtures("later")
@pytest.mark.parametrize("touch", [_write, _write_and_hide, _replace, _lengthen])
def test_a_touched_file_is_looked_into_again(tmp_path: Path, touch: Callable[[Path], None]) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"abc")
    with remembering(tmp_path) as memo:
        before = file_digest(path, memo)
    time.sleep(0.02)  # a tick of the file system's clock
    touch(path)
    with remembering(tmp_path) as memo:
        assert file_digest(path, memo) == file_digest(path) != before


def test_a_file_written_just_now_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"abc")
    os.utime(path, ns=(OLD, OLD))  # by its own word it is old; the change time tells
    found: list[str] = []
    assert [look(tmp_path, path, found) for _ in range(2)] == ["value 1", "value 2"]


@pytest.mark.usefixtures("later")
def test_a_file_that_changes_while_it_is_looked_into_is_not_kept(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"abc")
    found: list[str] = []

    def find() -> str:
        _lengthen(path)
        return counting(found)()

    with remembering(tmp_path) as memo:
        memo.of(path, "w", find)
    assert look(tmp_path, path, found) == "value 2"


def test_what_is_no_file_is_asked_anew(tmp_path: Path) -> None:
    found: list[str] = []
    for path in (tmp_path / "gone", tmp_path):
        assert look(tmp_path, path, found) == f"value {len(found)}"
    assert len(found) == 2


def test_it_is_its_owners_only(tmp_path: Path) -> None:
    with remembering(tmp_path):
        assert stat.S_IMODE((tmp_path / FILE).stat().st_mode) == 0o600


@pytest.mark.usefixtures("later")
def test_a_memo_that_is_broken_locked_or_cannot_be_made_is_done_without(tmp_path: Path) -> None:
    path = tmp_path / "a.bin"
    path.write_bytes(b"abc")
    found: list[str] = []
    (tmp_path / FILE).write_bytes(b"no database" * 100)
    assert [look(tmp_path, path, found) for _ in range(3)] == ["value 1", "value 2", "value 2"]
    holder = sqlite3.connect(tmp_path / FILE)
    holder.execute("BEGIN EXCLUSIVE")
    assert look(tmp_path, path, found) == "value 3"
    holder.close()
    assert look(tmp_path / "nowhere", path, found) == "value 4"
    assert Memo().of(path, "w", counting(found)) == "value 5"


@pytest.mark.usefixtures("later")
def test_rows_and_dtypes_are_kept_with_the_digest(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    path = tmp_path / "a.csv"
    path.write_text("a,b\n1,x\n2,y\n")
    first = describe(path, name="t", memo=tmp_path)
    assert (first.rows, list(first.schema_)) == (2, ["a", "b"])
    path_open = Path.open

    def refuse(self: Path, *words: object, **options: object) -> object:
        assert self != path, "it was read"
        return path_open(self, *words, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", refuse)
    monkeypatch.setattr("pandas.read_csv", lambda *words, **options: pytest.fail("it was read"))
    assert describe(path, name="t", memo=tmp_path) == first


@pytest.mark.usefixtures("later")
def test_of_a_folder_only_files_that_changed_are_read(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    folder = tmp_path / "data"
    folder.mkdir()
    for name in ("a", "b"):
        (folder / name).write_bytes(name.encode())
    with remembering(tmp_path) as memo:
        before = folder_digest(folder, memo)
    (folder / "b").write_bytes(b"bb")
    read: list[str] = []
    path_open = Path.open

    def tell(self: Path, *words: object, **options: object) -> object:
        read.append(self.name)
        return path_open(self, *words, **options)  # type: ignore[call-overload]

    monkeypatch.setattr(Path, "open", tell)
    with remembering(tmp_path) as memo:
        after = folder_digest(folder, memo)
    assert read == ["b"]
    assert after == folder_digest(folder) != before


MANY = """
import sys
from pathlib import Path
from jupyter_mlops.data import describe
folder = Path(sys.argv[1])
for _ in range(20):
    for path in sorted(folder.glob("*.bin")):
        print(describe(path, name="n", memo=folder).digest)
"""


def test_processes_side_by_side_agree(tmp_path: Path) -> None:
    for number in range(8):
        (tmp_path / f"{number}.bin").write_bytes(bytes([number]) * 1000)
    time.sleep(2.1)  # or nothing would be kept
    words = [sys.executable, "-c", MANY, str(tmp_path)]
    running = [subprocess.Popen(words, stdout=subprocess.PIPE, text=True) for _ in range(4)]
    told = [process.communicate()[0] for process in running]
    assert all(process.returncode == 0 for process in running)
    expected = "\n".join(file_digest(path) for path in sorted(tmp_path.glob("*.bin")))
    assert set(told) == {f"{expected}\n" * 20}
    with sqlite3.connect(tmp_path / FILE) as connection:
        assert connection.execute("SELECT count(*) FROM memo").fetchone() == (8,)
    connection.close()
