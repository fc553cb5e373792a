"""The spool: what was appended comes back whole, once and in order, whatever happens to who appends."""

from __future__ import annotations

import os
import subprocess
import sys
import tempfile
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.tracking import spool
from jupyter_mlops.tracking.spool import OPERATIONS, Spool

values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text() | st.floats(allow_nan=False, allow_infinity=False),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
operations = st.lists(
    st.dictionaries(st.text(), values, max_size=4).map(lambda d: {**d, "op": "x"}), max_size=8
)

APPEND = """
import sys, time
from pathlib import Path
from jupyter_mlops.tracking.spool import Spool
spool = Spool(Path(sys.argv[1]))
for number in range(int(sys.argv[3])):
    spool.append({"op": "x", "who": sys.argv[2], "number": number})
    time.sleep(float(sys.argv[4]))
"""


def read(each: Spool, offset: int = 0) -> list[dict[str, Any]]:
    return [operation for operation, _ in each.read(offset)]


@settings(deadline=None)
@given(operations)
def test_any_operations_come_back_in_order_from_any_offset(appended: list[dict[str, Any]]) -> None:
    with tempfile.TemporaryDirectory() as folder:
        each = Spool(Path(folder) / "r")
        for operation in appended:
            each.append(operation)
        assert read(each) == appended
        offsets = [offset for _, offset in each.read()]
        for done, offset in enumerate(offsets, 1):
            assert read(each, offset) == appended[done:]
        each.close()


@settings(deadline=None)
@given(operations.filter(bool), st.integers(min_value=1), st.booleans())
def test_a_torn_line_is_no_operation_and_spoils_no_other(
    appended: list[dict[str, Any]], cut: int, more: bool
) -> None:
    with tempfile.TemporaryDirectory() as folder:
        each = Spool(Path(folder) / "r")
        for operation in appended:
            each.append(operation)
        path = each.folder / OPERATIONS
        last = path.read_bytes().splitlines(keepends=True)[-1]
        os.truncate(path, each.size - (1 + cut % (len(last) - 1)))
        assert read(each) == appended[:-1]
        if more:
            each.append({"op": "later"})
            assert read(each) == [*appended[:-1], {"op": "later"}] or (
                read(each) == [*appended, {"op": "later"}]
                and cut % (len(last) - 1) == 0  # only its end was cut
            )
        each.close()


def test_many_processes_append_at_once_and_each_keeps_its_order(tmp_path: Path) -> None:
    words = [sys.executable, "-c", APPEND, str(tmp_path / "r")]
    processes = [subprocess.Popen([*words, str(who), "300", "0"]) for who in range(4)]
    assert [process.wait() for process in processes] == [0] * 4
    found = read(Spool(tmp_path / "r"))
    for who in range(4):
        assert [each["number"] for each in found if each["who"] == str(who)] == list(range(300))
    assert len(found) == 1200


def test_a_forked_child_appends_beside_its_parent(tmp_path: Path) -> None:
    each = Spool(tmp_path / "r")
    each.append({"op": "x", "who": "parent", "number": -1})
    child = os.fork()
    for number in range(200):
        each.append({"op": "x", "who": "child" if child == 0 else "parent", "number": number})
    if child == 0:
        os._exit(0)
    assert os.waitpid(child, 0)[1] == 0
    found = read(each)
    assert [o["number"] for o in found if o["who"] == "parent"] == list(range(-1, 200))
    assert [o["number"] for o in found if o["who"] == "child"] == list(range(200))


def test_a_spool_that_is_tidied_away_under_an_appender_loses_nothing(tmp_path: Path) -> None:
    process = subprocess.Popen([sys.executable, "-c", APPEND, str(tmp_path / "r"), "a", "1500", "0.001"])
    taken: list[int] = []
    removed = 0
    while process.poll() is None or Spool(tmp_path / "r").waits:
        each = Spool(tmp_path / "r")
        for operation, offset in each.read(each.acknowledged):
            taken.append(operation["number"])
            each.acknowledge(offset)
        removed += each.remove_drained()
    assert process.returncode == 0
    assert taken == list(range(1500))
    print(f"\ntidied away {removed} times under an appender, nothing lost")


def test_a_full_disk_is_told_and_leaves_no_half_line(tmp_path: Path) -> None:
    code = (
        "import resource, sys\nfrom pathlib import Path\nfrom jupyter_mlops.tracking.spool import Spool\n"
        "each = Spool(Path(sys.argv[1]))\neach.append({'op': 'x', 'number': 0})\n"
        "resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))\n"
        "try:\n    for number in range(1, 1000): each.append({'op': 'x', 'number': number})\n"
        "except OSError as error: print(number)"
    )
    done = subprocess.run(
        [sys.executable, "-c", code, str(tmp_path / "r")], capture_output=True, text=True, check=True
    )
    each = Spool(tmp_path / "r")
    assert [o["number"] for o in read(each)] == list(range(int(done.stdout)))
    each.append({"op": "x", "number": -1})
    assert read(each)[-1]["number"] == -1


def test_files_are_copied_private_and_go_with_their_operation(tmp_path: Path) -> None:
    each = Spool(tmp_path / "spool" / "r", lambda: {"uri": "http://x"})
    given_file = tmp_path / "f.txt"
    given_file.write_text("before")
    copied = each.copy(given_file)
    given_file.write_text("after")
    each.append({"op": "artifact", "file": f"{copied.name}/f.txt"}, copied)
    assert (each.folder / "files" / copied.name / "f.txt").read_text() == "before"
    for name in (OPERATIONS, "run.json"):
        assert (each.folder / name).stat().st_mode & 0o777 == 0o600
    assert each.folder.stat().st_mode & 0o777 == 0o700


def test_what_was_refused_stays_to_be_seen_and_the_rest_counts_as_done(tmp_path: Path) -> None:
    each = Spool(tmp_path / "r")
    each.append({"op": "x"})
    each.refuse({"op": "x"}, "because")
    each.acknowledge(each.size)
    assert not each.waits
    assert [found["reason"] for found in each.refused()] == ["because"]
    assert not each.remove_drained()


def test_an_outage_is_known_to_others_until_it_ends(tmp_path: Path) -> None:
    assert spool.away(tmp_path, "http://x") is None
    spool.note_away(tmp_path, "http://x", "connection refused")
    assert spool.away(tmp_path, "http://x") == "connection refused"
    assert spool.away(tmp_path, "http://y") is None
    spool.note_away(tmp_path, "http://x", None)
    assert spool.away(tmp_path, "http://x") is None


@pytest.mark.parametrize("text", ["", "{", "[]", "null"])
def test_a_broken_state_file_means_that_all_is_sent_again(tmp_path: Path, text: str) -> None:
    each = Spool(tmp_path / "r")
    each.append({"op": "x"})
    (each.folder / "state.json").write_text(text)
    assert each.acknowledged == 0
    assert each.waits
