"""What a bare ``assert`` said no to: its expression, and the values of the names in it."""

from __future__ import annotations

import ast
import contextlib
import itertools
import re
from collections.abc import Mapping
from typing import TYPE_CHECKING, Any

from jupyter_mlops.exceptions import MLOpsError
from jupyter_mlops.notebooks.parameters import without_magics

if TYPE_CHECKING:
    from jupyter_mlops.execution.client import CellClient

ASK_TIME = 2.0  # seconds that the values may take
MOST = 6  # values that are told
LONGEST = 60  # characters of each
_ANSI = re.compile(r"\x1b\[[0-9;]*[A-Za-z]")
# the head of a frame in IPython's traceback: a cell's, or of what %%time runs, or a file's
_FRAME = re.compile(
    r"^(?:(?:Cell In\s*\[(?P<count>\d+)\], line |File <timed exec>:)(?P<line>\d+)"
    r"(?P<function>, in .*)?|File .+)$",
    re.MULTILINE,
)
_ARROW = re.compile(r"^-+> \d+ (.*)$", re.MULTILINE)


def asserted(client: CellClient, source: str, failed: Mapping[str, Any]) -> str:
    """The error of a failed check cell. Where it is an ``AssertionError`` without a message, the asserted
    expression is its message: ``AssertionError: accuracy >= 0.8, where accuracy = 0.71``.

    Args:
        client: what runs the cell; its kernel is asked for the values while it is at rest.
        source: of the cell.
        failed: the fields of the cell's record: ``error``, ``traceback`` and ``execution_count``.
    """
    error, trace = str(failed.get("error")), _ANSI.sub("", str(failed.get("traceback") or ""))
    kind, _, message = error.partition(":")
    if kind != "AssertionError" or message.strip():
        return error
    statement, in_function = _failing(source, trace, failed.get("execution_count"))
    if statement is None:
        told = _arrow(trace)
        return f"{kind}: {told}" if told else error
    values: Mapping[str, str] = {}
    if not in_function:  # there a name may mean something else, and is gone
        with contextlib.suppress(MLOpsError, SyntaxError, ValueError, TypeError):
            values = client.ask(_expression(parts(statement.test)), timeout=ASK_TIME) or {}
    where = ", ".join(f"{name} = {value}" for name, value in values.items())
    text = " ".join(ast.unparse(statement.test).split())
    return client.redacted(f"{kind}: {text}" + (f", where {where}" if where else ""))


def _failing(source: str, trace: str, count: int | None) -> tuple[ast.Assert | None, bool]:
    """The assert of this cell that raised, and whether it stands in a function; None where the error was
    raised elsewhere."""
    frames = list(_FRAME.finditer(trace))
    inner = source.lstrip().startswith("%%")  # what a magic runs is counted as the next cell
    if not frames or count is None or frames[-1]["line"] is None:
        return None, False
    if int(frames[-1]["count"] or count) not in {count, count + inner}:
        return None, False
    line = int(frames[-1]["line"])
    found = [node for node in ast.walk(python_of(source)) if isinstance(node, ast.Assert)]
    fitting = [node for node in found if node.lineno <= line <= (node.end_lineno or node.lineno)]
    return (fitting[0], frames[-1]["function"] is not None) if len(fitting) == 1 else (None, False)


def python_of(source: str) -> ast.Module:
    """The cell's Python as IPython counts its lines: without empty ones and magics that it begins with. Empty
    where it holds none."""
    lines = itertools.dropwhile(lambda line: not line.strip() or line.startswith("%%"), source.split("\n"))
    with contextlib.suppress(SyntaxError, ValueError, RecursionError):
        return ast.parse(without_magics("\n".join(lines)))
    return ast.Module([], [])


def always_true(source: str) -> str | None:
    """Of a cell with ``assert (condition, "message")``, whose parentheses make it hold whatever the condition
    is, the error; None of any other."""
    for node in ast.walk(python_of(source)):
        if isinstance(node, ast.Assert) and isinstance(node.test, ast.Tuple) and node.test.elts:
            text = " ".join(ast.unparse(node).split())
            return f"SyntaxError: {text} is always true: take the parentheses away"
    return None


def _arrow(trace: str) -> str:
    """The line that the last frame points at, without the word itself."""
    lines = _ARROW.findall(trace)
    return lines[-1].strip().removeprefix("assert ") if lines else ""


def parts(test: ast.expr) -> list[str]:
    """What of the expression can be looked at without a call: names, and what is reached from them by
    attributes and constant keys; in order, without repetition."""
    found: dict[str, None] = {}

    def visit(node: ast.AST) -> None:
        if isinstance(node, ast.Name | ast.Attribute | ast.Subscript) and _is_reached(node):
            found.setdefault(ast.unparse(node))
        elif isinstance(node, ast.Call):  # the function's name tells nothing
            reached = [node.func.value] if isinstance(node.func, ast.Attribute) else []
            for part in (*reached, *node.args, *(keyword.value for keyword in node.keywords)):
                visit(part)
        elif not isinstance(node, ast.Lambda | ast.ListComp | ast.SetComp | ast.DictComp | ast.GeneratorExp):
            for child in ast.iter_child_nodes(node):
                visit(child)

    visit(test)
    return list(found)[:MOST]


def _is_reached(node: ast.AST) -> bool:
    if isinstance(node, ast.Attribute):
        return _is_reached(node.value)
    if isinstance(node, ast.Subscript):
        return isinstance(node.slice, ast.Constant) and _is_reached(node.value)
    return isinstance(node, ast.Name)


def _expression(names: list[str]) -> str:
    """An expression for the kernel whose value is a JSON object of short texts; one that cannot be had is
    left out, and nothing stays in the notebook's namespace."""
    return f"(lambda space: (exec({SHOW!r}, space), space['show'](globals(), {names!r}))[1])({{}})"


# defines `show(names, parts)`: a JSON object of short texts
SHOW = f"""
import json, reprlib, types

short = reprlib.Repr()  # of a long list or text no more is looked at than is shown
short.maxstring = short.maxother = short.maxlong = {LONGEST}

def text(value):
    shape = getattr(value, "shape", None)
    if isinstance(shape, tuple) and shape and not isinstance(value, type):
        return type(value).__name__ + " of shape " + repr(shape)
    found = " ".join(short.repr(value).split())
    return found if len(found) <= {LONGEST} else found[:{LONGEST - 1}] + "\\u2026"

def show(names, parts):
    shown = {{}}
    for part in parts:
        try:
            value = eval(part, names)
            if not isinstance(value, types.ModuleType) and not callable(value):
                shown[part] = text(value)
        except Exception:
            pass
    return json.dumps(shown)
"""
