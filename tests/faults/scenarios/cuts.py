"""F5 and F6: killed, or out of space, at each system call by which a file is written."""

from __future__ import annotations

from jupyter_mlops.files import write_notebook
from tests.faults.scenarios.figures import Figures
from tests.faults.scenarios.tools import Ours, Tool
from tests.faults.scenarios.tracing import FULL, KILL, need_strace, struck_at_each
from tests.faults.scenarios.writers import NEW, OLD, document, read

WRITERS = {True: ("executed", "saved", "copied"), False: ("papermill",)}  # ours or not
SIZES = (3, 40, 400)  # cells


def killed_while_writing(tool: Tool, sizes: int) -> Figures:
    """F5: after it, the file is the old version or the new one."""
    calls = ("openat", "write", "sendfile", "fsync", "rename", "truncate", "close")
    return _each(tool, sizes, calls, KILL)


def full_while_writing(tool: Tool, sizes: int) -> Figures:
    """F6: likewise; and a writer that says all went well has written the new one."""
    return _each(tool, sizes, ("openat", "write", "sendfile", "fsync", "rename"), FULL)


def _each(tool: Tool, sizes: int, calls: tuple[str, ...], fault: str) -> Figures:
    need_strace()
    figures = Figures()
    for writer in WRITERS[isinstance(tool, Ours)]:
        for size in SIZES[:sizes]:
            for call in calls:
                _one_call(tool, writer, size, call, fault, figures)
    return figures


def _one_call(tool: Tool, writer: str, size: int, call: str, fault: str, figures: Figures) -> None:
    target = tool.folder / "target.ipynb"
    write_notebook(target, document(OLD, size))
    entry = f"tests.faults.scenarios.writers:{writer}"
    strikes = struck_at_each(entry, [str(target), str(size)], tool.folder, call, fault, onward=fault is FULL)
    for number, code in strikes:
        found = read(target, size)
        problem = None if found in {OLD, NEW} else found
        if code == 0 and found != NEW:
            problem = f"ended as if all were well, but the file is {found}"
        figures.judge(f"{writer}, {size} cells, {call} {number}", [problem])
        write_notebook(target, document(OLD, size))
