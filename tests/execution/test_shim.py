"""Storms of messages are merged in the kernel; what is stored is what a patient reader would have stored."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.entities import RunStatus
from jupyter_mlops.execution.client import CellClient

STORMS = {
    "one display": "h = display(0, display_id=True)\nfor i in range(400):\n    h.update(i)",
    "two displays and prints": """
a, b = display('a', display_id=True), display('b', display_id=True)
for i in range(300):
    a.update(i)
    b.update(-i)
    if i % 50 == 0:
        print(i)
""",
    "an update after the display was shown again": """
from IPython.display import display
display('x', display_id='d')
for i in range(100):
    display(i, display_id='d', update=True)
display('y', display_id='d')
for i in range(50):
    display(-i, display_id='d', update=True)
""",
    "cleared in between": """
from IPython.display import clear_output
h = display(0, display_id=True)
for i in range(60):
    h.update(i)
clear_output()
print('left')
h2 = display('new', display_id=True)
for i in range(60):
    h2.update(i)
""",
    "an error at the end": """
h = display(0, display_id=True)
for i in range(100):
    h.update(i)
raise ValueError('end')
""",
    "of a display of an earlier cell": "for i in range(100):\n    handle.update(i)",
}


def by_nbclient(path: Path) -> list[Any]:
    """The outputs that the established client stores."""
    from jupyter_mlops.execution import lean_nbformat  # noqa: F401

    # isort: split
    import nbformat
    from nbclient import NotebookClient

    notebook = nbformat.read(path, as_version=4)
    NotebookClient(notebook, allow_errors=True).execute()
    return [json.loads(json.dumps(cell.outputs)) for cell in notebook.cells]


def plain(outputs: list[Any]) -> list[Any]:
    """Neighbouring prints joined, and without tracebacks, which hold temporary names of the kernel."""
    found: list[Any] = []
    for output in outputs:
        output = {**output, "traceback": None}
        if found and output["output_type"] == "stream" and found[-1].get("name") == output["name"]:
            found[-1]["text"] += output["text"]
        else:
            found.append(output)
    return found


@pytest.mark.filterwarnings("ignore")  # nbclient's own
def test_what_is_stored_is_equal_to_what_nbclient_stores(folder: Path, write: Any, cell: Any) -> None:
    sources = ["handle = display('first', display_id=True)", *STORMS.values()]
    path = write(folder / "n.ipynb", [cell(source, "raises-exception") for source in sources])
    assert Project().run(path, output="out.ipynb").status is RunStatus.FINISHED
    ours = [each["outputs"] for each in json.loads((folder / "out.ipynb").read_text())["cells"]]
    for number, (one, other) in enumerate(zip(ours, by_nbclient(path), strict=True)):
        assert plain(one) == plain(other), sources[number]


def heard(monkeypatch: pytest.MonkeyPatch) -> dict[str, int]:
    """Counts the kernel's messages by kind."""
    counts: dict[str, int] = {}
    hear = CellClient._hear

    def counting(self: Any, request: Any, channel: str, message: Any) -> None:
        counts[message["msg_type"]] = counts.get(message["msg_type"], 0) + 1
        hear(self, request, channel, message)

    monkeypatch.setattr(CellClient, "_hear", counting)
    return counts


def test_a_storm_of_updates_becomes_a_few_messages(
    folder: Path, write: Any, cell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = heard(monkeypatch)
    path = write(
        folder / "n.ipynb", [cell("h = display(0, display_id=True)\nfor i in range(3000): h.update(i)")]
    )
    project = Project()
    run = project.run(path, output="out.ipynb")
    (record,) = project.show(run.run_id).cells
    assert record.duration is not None
    windows = record.duration / 0.1 + 2
    assert counts["update_display_data"] <= 11 * windows  # ten at once in each, and the last
    assert "2999" in (folder / "out.ipynb").read_text()


WIDGETS = """
import ipywidgets as w
slider, text, out = w.IntSlider(max=5000), w.HTML(), w.Output()
display(slider, out)
for i in range(1000):
    slider.value = i
    text.value = str(i)
with out:
    print("caught")
    slider.value = 4000
print("not caught")
slider.description = "done"
"""


def test_widgets_end_in_the_state_that_they_were_given(
    folder: Path, write: Any, cell: Any, monkeypatch: pytest.MonkeyPatch
) -> None:
    counts = heard(monkeypatch)
    path = write(folder / "n.ipynb", [cell(WIDGETS)])
    Project().run(path, output="out.ipynb")
    notebook = json.loads((folder / "out.ipynb").read_text())
    widgets = notebook["metadata"]["widgets"]["application/vnd.jupyter.widget-state+json"]["state"]
    states = {each["model_name"]: each["state"] for each in widgets.values()}
    assert (states["IntSliderModel"]["value"], states["IntSliderModel"]["description"]) == (4000, "done")
    assert states["HTMLModel"]["value"] == "999"
    assert [each["text"] for each in states["OutputModel"]["outputs"]] == ["caught\n"]
    printed = [each for each in notebook["cells"][0]["outputs"] if each["output_type"] == "stream"]
    assert [each["text"] for each in printed] == ["not caught\n"]
    assert counts["comm_msg"] < 2000  # each would be one, and there are two widgets


FORKING = """
import multiprocessing, os
h = display(0, display_id=True)
def work(n):
    print("child", n, flush=True)
    return n
with multiprocessing.get_context("fork").Pool(2) as pool:
    for i in range(200):
        h.update(i)
        if i % 20 == 0:
            assert pool.map(work, range(4)) == [0, 1, 2, 3]
"""


def test_processes_that_a_cell_forks_in_a_storm_are_not_stuck(folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "n.ipynb", [cell(FORKING)])
    assert Project().run(path, cell_timeout=60).status is RunStatus.FINISHED
