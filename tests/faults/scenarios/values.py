"""F9 for plain Papermill: values of each kind, given by its own Python interface, and by its command line."""

from __future__ import annotations

import json
import subprocess
import sys
import tempfile
from pathlib import Path

from tests.conftest import cell, write

# kind -> source of the value
KINDS = {
    "int": "7",
    "float": "0.1",
    "nan": "float('nan')",
    "inf": "float('inf')",
    "bool": "True",
    "None": "None",
    "str": "'a \\'quoted\\' text'",
    "list": "[1, 'a', None]",
    "dict": "{'a': 1}",
    "dict with int keys": "{1: 'a'}",
    "tuple": "(1, 2)",
    "set": "{1, 2}",
    "bytes": "b'\\x00\\xff'",
    "date": "__import__('datetime').date(2026, 1, 2)",
    "datetime": "__import__('datetime').datetime(2026, 1, 2, 3, 4)",
    "timedelta": "__import__('datetime').timedelta(seconds=90)",
    "Decimal": "__import__('decimal').Decimal('0.10')",
    "Path": "__import__('pathlib').Path('a/b')",
    "numpy int": "__import__('numpy').int64(7)",
    "numpy float": "__import__('numpy').float32(0.5)",
    "007 on the command line": "'007'",
}

_GIVE = """
import json, sys
import papermill
source = json.loads(sys.argv[1])
papermill.execute_notebook("in.ipynb", "out.ipynb", {"value": eval(source)}, progress_bar=False)
"""
_TELL = """import pathlib
kind = type(value)
pathlib.Path("told").write_text(f"{kind.__module__}.{kind.__name__} {value!r}")
"""


def changed_by_papermill() -> list[str]:
    """The kinds that arrive as another value or type, or leave a notebook that is no JSON. One that fails
    before its cell runs was refused: that is no change."""
    found = []
    with tempfile.TemporaryDirectory() as name:
        folder = Path(name)
        write(folder / "in.ipynb", [cell("value = None", "parameters"), cell(_TELL)])
        for kind, source in KINDS.items():
            words = [sys.executable, "-c", _GIVE, json.dumps(source)]
            if kind.startswith("007"):
                words = [sys.executable, "-m", "papermill", "in.ipynb", "out.ipynb", "-p", "value", "007"]
            (folder / "told").unlink(missing_ok=True)
            done = subprocess.run(words, cwd=folder, capture_output=True, check=False)
            if done.returncode and not (folder / "told").exists():
                continue
            value = eval(source)
            expected = f"{type(value).__module__}.{type(value).__name__} {value!r}"
            if not _arrived(folder, expected):
                found.append(kind)
    return found


def _arrived(folder: Path, expected: str) -> bool:
    def refuse(name: str) -> None:
        raise ValueError(f"{name} is no JSON")

    told = folder / "told"
    try:
        json.loads((folder / "out.ipynb").read_text(encoding="utf-8"), parse_constant=refuse)
    except ValueError:
        return False
    return told.exists() and told.read_text() == expected
