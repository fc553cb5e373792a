"""S3: YAML is data, whatever its tags say; reading what a project recorded unpickles nothing."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.cli import main
from jupyter_mlops.config import load_config
from jupyter_mlops.exceptions import ConfigError

CALLS = [
    '!!python/object/apply:os.system ["touch executed"]',
    '!!python/object/new:os.system ["touch executed"]',
    "!!python/object/apply:pathlib.Path.touch [!!python/object/apply:pathlib.Path [executed]]",
    "!!python/name:os.system",
    "!!python/module:os",
]
PARAMETERS = "name = 'a'"

# an audit hook sees every class that an unpickler looks up; the first line shows that it does
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


@pytest.mark.parametrize("call", CALLS)
def test_a_parameter_file_that_names_python_objects_is_refused(
    call: str, folder: Path, write: Any, cell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    write(folder / "n.ipynb", [cell(PARAMETERS, "parameters"), cell("name")])
    (folder / "values.yaml").write_text(f"name: {call}\n")
    assert main(["run", "n.ipynb", "-f", "values.yaml"]) == 2
    assert "values.yaml cannot be read" in capsys.readouterr().err
    assert not (folder / "executed").exists()
    assert Project().runs() == []


@pytest.mark.parametrize("place", ["tracking: {}", "tracking:\n  experiment: {}", "{}"])
@pytest.mark.parametrize("call", CALLS)
def test_a_configuration_that_names_python_objects_is_refused(call: str, place: str, folder: Path) -> None:
    (folder / "mlops.yaml").write_text(place.format(call) + "\n")
    with pytest.raises(ConfigError, match="mlops.yaml"):
        load_config(folder)
    assert not (folder / "executed").exists()


@pytest.mark.usefixtures("local")
def test_reading_a_project_unpickles_nothing(folder: Path, write: Any, cell: Any) -> None:
    write(folder / "n.ipynb", [cell(PARAMETERS, "parameters"), cell("print(name)")])
    assert main(["run", "n.ipynb"]) == 0
    done = subprocess.run([sys.executable, "-c", WATCHED], capture_output=True, text=True, check=False)
    assert done.stdout.endswith("unpickled: []\n"), done.stdout[-500:] + done.stderr
