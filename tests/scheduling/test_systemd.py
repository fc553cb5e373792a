"""The systemd user unit: read back by systemd itself, where it is there."""

from __future__ import annotations

import configparser
import re
import shutil
import subprocess
import sys
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.exceptions import NotFound, Refused
from jupyter_mlops.scheduling import systemd

NAMES = ["churn", "with space", "100%h", "$HOME ${X}", "\"q\" 'x'", "back\\slash \\x41", "größer"]


@pytest.fixture
def units(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("XDG_CONFIG_HOME", str(tmp_path / "config"))
    return tmp_path / "config" / "systemd" / "user"


def unquoted(line: str) -> list[str]:
    """The words of a command line, by the rules of systemd.syntax(7) that apply here: double quotes, C
    escapes and specifiers."""
    words = re.findall(r'"((?:[^"\\]|\\.)*)"', line)
    escapes = re.compile(r"(?:\\x[0-9a-f]{2})+|\\(.)")

    def plain(found: re.Match[str]) -> str:
        if found[1]:
            assert found[1] in '"\\'
            return found[1]
        return bytes.fromhex(found[0].replace("\\x", "")).decode("utf-8", "surrogateescape")

    assert all(set(re.findall("%(.)", word.replace("%%", ""))) == set() for word in words)
    return [escapes.sub(plain, word.replace("%%", "%")) for word in words]


@given(st.text(st.characters(exclude_categories=["Cs"], exclude_characters="\0"), max_size=30))
def test_any_word_is_read_back_as_it_was(word: str) -> None:
    quoted = systemd.quoted(word)
    assert quoted.isprintable()  # so it is one line
    assert unquoted(quoted) == [word]


@pytest.mark.parametrize("name", NAMES)
def test_a_unit_runs_this_python_on_that_folder_and_systemd_has_nothing_against_it(
    name: str, tmp_path: Path, units: Path
) -> None:
    root = tmp_path / name
    root.mkdir()
    path, problems = systemd.install(root)
    assert problems == ""
    assert path.parent == units
    assert path.stat().st_mode & 0o777 == 0o600
    unit = configparser.RawConfigParser(strict=True, interpolation=None)
    unit.optionxform = str  # type: ignore[assignment,method-assign]
    unit.read_string(path.read_text(encoding="utf-8"))
    command = unit["Service"]["ExecStart"]
    assert command.startswith(':"/')  # ":": nothing in it is a variable
    words = [sys.executable, "-P", "-m", "jupyter_mlops", "scheduler", "start", "--project", str(root)]
    assert unquoted(command[1:]) == words
    assert unit["Service"]["KillMode"] == "process"
    assert systemd.install(root)[0] == path  # again: the same unit
    assert systemd.remove(root) == path
    assert not path.exists()
    with pytest.raises(NotFound, match="no unit of"):
        systemd.remove(root)


def test_projects_in_folders_of_one_name_have_units_of_their_own(tmp_path: Path, units: Path) -> None:
    roots = [tmp_path / place / "churn" for place in ("a", "b")]
    for root in roots:
        root.mkdir(parents=True)
    first, second = (systemd.install(root)[0] for root in roots)
    assert first.name == "jupyter-mlops-churn.service"
    assert second.name.startswith("jupyter-mlops-churn-")
    assert systemd.remove(roots[0]) == first
    assert systemd.install(roots[1])[0] == second


def test_what_systemd_finds_wrong_is_told(
    tmp_path: Path, units: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    if shutil.which("systemd-analyze") is None:
        pytest.skip("there is no systemd")
    monkeypatch.setattr(sys, "executable", "/nowhere/python")
    _, problems = systemd.install(tmp_path)
    assert "/nowhere/python" in problems


def test_a_folder_that_systemd_cannot_be_told_is_refused(tmp_path: Path, units: Path) -> None:
    for name in ("two\nlines", "ends in a space "):
        root = tmp_path / name
        root.mkdir()
        with pytest.raises(Refused, match="systemd takes no folder"):
            systemd.install(root)
    assert not units.exists()
    units.parent.mkdir(parents=True)
    units.write_text("", encoding="utf-8")  # a file where the folder should be
    with pytest.raises(Refused, match="cannot be written"):
        systemd.install(tmp_path)


def test_where_there_is_no_systemd_the_unit_is_written_all_the_same(
    tmp_path: Path, units: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    path, problems = systemd.install(tmp_path)
    assert (path.exists(), problems) == (True, "")
    assert subprocess.run(["/bin/sh", "-c", "command -v systemd-analyze"], check=False).returncode
