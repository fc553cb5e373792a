"""What writes the files of a run, alone in a process, so that each of its system calls can be struck.

Each is called with the file, the number of cells, and a folder for `wait_for_go`; it has written once
elsewhere before that, so that nothing is imported while it is watched.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from typing import Any

from tests.conftest import cell
from tests.faults.scenarios.tracing import wait_for_go

OLD = "old"
NEW = "new"


def document(version: str, size: int) -> dict[str, Any]:
    """A notebook of `size` cells, all of them saying which version it is."""
    cells = [cell(f"# {version}", identifier=f"cell-{number}") for number in range(size)]
    for number, made in enumerate(cells):
        made["outputs"] = [{"output_type": "stream", "name": "stdout", "text": f"{number} " * 500}]
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def read(path: Path, size: int) -> str:
    """Which version of the notebook the file holds, whole; else what is wrong with it."""
    try:
        found = json.loads(path.read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        return f"unreadable: {error}"
    sources = {"".join(made["source"]) for made in found["cells"]}
    if len(found["cells"]) != size or len(sources) != 1:
        return f"{len(found['cells'])} cells saying {sources}"
    return sources.pop().removeprefix("# ")


def executed(words: list[str]) -> None:
    """The executed notebook, put together from the outputs on disk."""
    from jupyter_mlops.notebooks.executed import prepared, write_executed
    from jupyter_mlops.notebooks.outputs import Outputs

    made = document(NEW, int(words[1]))
    folder = Path(words[2])
    outputs = Outputs(folder / "lines", folder / "log")
    for number, one in enumerate(made["cells"]):
        outputs.add(number, {"msg_type": "stream", "content": one["outputs"][0]})
    notebook = prepared(made)
    _watched(words, lambda path: write_executed(path, notebook, [], outputs))
    outputs.close()


def saved(words: list[str]) -> None:
    """A notebook as it is before its run, and every small record: `write_whole`."""
    from jupyter_mlops.files import write_notebook

    made = document(NEW, int(words[1]))
    _watched(words, lambda path: write_notebook(path, made))


def copied(words: list[str]) -> None:
    """The copy that `--output` asks for."""
    from jupyter_mlops.files import copy_whole

    source = Path(words[2]) / "source"
    source.write_text(json.dumps(document(NEW, int(words[1]))), encoding="utf-8")
    _watched(words, lambda path: copy_whole(source, path))


def papermill(words: list[str]) -> None:
    """Papermill's own writing of its output."""
    import nbformat
    from papermill.iorw import write_ipynb

    made = nbformat.from_dict(document(NEW, int(words[1])))
    _watched(words, lambda path: write_ipynb(made, str(path)))


def _watched(words: list[str], writing: Callable[[Path], object]) -> None:
    gate = Path(words[2])
    writing(gate / "rehearsal.ipynb")
    wait_for_go(gate)
    writing(Path(words[0]))
