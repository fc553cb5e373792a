"""S3 and S4, beyond `test_untrusted_files`: any text in an output's name, links, what reading unpickles."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from jupyter_mlops import Project
from jupyter_mlops.cli import main
from jupyter_mlops.execution.destination import render

PARTS = st.sampled_from(["..", "/", "\\", "{x.__class__}", "{0}", "%s", "~", "$HOME", "\x00", "\n", "."])
TEXTS = st.one_of(st.text(), st.lists(PARTS).map("".join))

# an audit hook sees every class that an unpickler looks up; the first lines show that it does
WATCHED = """
import pickle, sys
from fractions import Fraction
seen = []
sys.addaudithook(lambda event, words: seen.append(words) if event == "pickle.find_class" else None)
pickle.loads(pickle.dumps(Fraction(1, 2)))
assert seen.pop() == ("fractions", "Fraction"), seen
from jupyter_mlops.cli import main
for words in (["runs"], ["show", "latest"], ["diff", "latest", "latest"], ["models"]):
    assert main([*words, "--json"]) == 0, words
print(f"unpickled: {seen}")
"""


@given(TEXTS, TEXTS)
def test_no_value_leads_to_another_folder_or_is_evaluated(one: str, two: str) -> None:
    root = Path("/project/out")
    path = render(
        root / "{a}" / "%s-{b}.ipynb",
        notebook="n",
        experiment="e",
        run="0" * 32,
        parameters={"a": one, "b": two},
    )
    assert path.parent.parent == root
    assert path.parent.name not in {"", ".", ".."}
    assert path.name.startswith("%s-")
    assert not set(path.parent.name + path.name.removeprefix("%s-")) & set("/\\\x00\n{}%$~ ")


def test_a_link_that_leads_outside_is_refused_before_anything_runs(
    folder: Path, write: Any, cell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    (folder / "link").symlink_to(folder.parent, target_is_directory=True)
    write(folder / "n.ipynb", [cell("open('ran', 'w').close()")])
    assert main(["run", "n.ipynb", "--output", "link/n.ipynb"]) == 2
    assert "outside the project" in capsys.readouterr().err
    assert not (folder / "ran").exists()
    assert {path.name for path in folder.parent.iterdir()} == {"project"}


@pytest.mark.usefixtures("local")
def test_reading_a_project_unpickles_nothing(folder: Path, write: Any, cell: Any) -> None:
    write(folder / "n.ipynb", [cell("name = 'a'", "parameters"), cell("print(name)")])
    assert Project().run("n.ipynb").exit_code == 0
    done = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("unpickled: []\n"), done.stdout[-500:] + done.stderr
