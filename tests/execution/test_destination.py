"""Where the executed notebook goes: inside the project, whatever the values hold."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops.exceptions import Refused
from jupyter_mlops.execution.destination import check_output, render

RUN = "0123456789abcdef" * 2


def rendered(output: str, **parameters: str) -> str:
    path = render(Path(output), notebook="train", experiment="lab one", run=RUN, parameters=parameters)
    return path.as_posix()


def test_a_folder_gets_a_name_of_its_own_for_each_run() -> None:
    assert rendered("out") == "out/train-01234567.ipynb"


def test_placeholders_are_filled_in_and_values_become_words() -> None:
    assert rendered("out/{notebook}/{C}-{run}.ipynb", C="0.5") == "out/train/0.5-01234567.ipynb"
    assert rendered("{experiment}.ipynb") == "lab-one.ipynb"
    assert rendered("{C}.ipynb", C="../../etc/passwd") == "etc-passwd.ipynb"
    assert rendered("{C}.ipynb", C="") == "empty.ipynb"


@given(st.text(max_size=200))
def test_no_value_leads_to_another_folder(value: str) -> None:
    path = Path(rendered("out/{C}.ipynb", C=value))
    assert path.parent == Path("out")
    assert ".." not in path.parts


@given(st.text(st.sampled_from("{}.ax[]!:0"), max_size=20))
def test_no_text_is_taken_for_pythons_format_language(text: str) -> None:
    assert "class" not in rendered(f"{text}/{{C}}.ipynb", C="v", **{"C.__class__": "class"}) or "C." in text


@pytest.mark.parametrize("output", ["{x}.ipynb", "{C.__class__}.ipynb", "{0}", "{}", "{C!r}.ipynb"])
def test_an_unknown_placeholder_is_refused(output: str, tmp_path: Path) -> None:
    with pytest.raises(Refused, match="unknown placeholder") as caught:
        check_output(tmp_path / output, tmp_path, {"C": "1"})
    assert caught.value.hint


def test_outside_the_project_is_refused_links_followed(tmp_path: Path) -> None:
    root, outside = tmp_path / "project", tmp_path / "outside"
    root.mkdir()
    outside.mkdir()
    (root / "link").symlink_to(outside)
    for output in (root / ".." / "outside", outside, root / "link", root / "link" / "{C}.ipynb"):
        with pytest.raises(Refused, match="outside the project"):
            check_output(output, root, {"C": "1"})
    assert list(outside.iterdir()) == []
    check_output(root / "new" / "folder", root, {})
    assert (root / "new" / "folder").is_dir()


def test_a_folder_that_cannot_be_made_is_refused(tmp_path: Path) -> None:
    (tmp_path / "file").touch()
    with pytest.raises(Refused, match="cannot be made"):
        check_output(tmp_path / "file" / "below", tmp_path, {})
