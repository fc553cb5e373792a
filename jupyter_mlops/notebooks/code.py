"""What a cell or a module does, as a digest: comments, blank lines and layout do not count."""

from __future__ import annotations

import ast
import functools
import hashlib
import re
import textwrap
import warnings
from collections.abc import Iterator, Mapping
from typing import Any

from jupyter_mlops.notebooks.document import INJECTED_TAG, code_cells, tags
from jupyter_mlops.notebooks.types import UNREADABLE

STEP_INPUTS_TAG = "step-inputs"
STEP_OUTPUTS_TAG = "step-outputs"
GENERATED_TAGS = frozenset({STEP_INPUTS_TAG, STEP_OUTPUTS_TAG})

# What stands for a line that is IPython's and not Python's: a call of this name with the line's text
LINE = "_jupyter_mlops_line"
_PYTHON_CELLS = {"%%time", "%%timeit", "%%capture", "%%track", "%%prun"}  # in whose cells there is Python
_MAGIC = re.compile(r"(\s*)([%!?].*)", re.DOTALL)
_ASSIGNED = re.compile(r"(\s*[\w.,*\[\]() ]+=\s*)([%!].*)", re.DOTALL)
_HELP = re.compile(r"(\s*)([A-Za-z_][\w.*]*\?{1,2}\s*)")
_UNSEEN = {"ctx", "kind", "type_comment", "type_ignores"}  # follow from the rest, or do nothing


def code_digest(source: str) -> str:
    """Digest of what the source of a cell or of a module does.

    Comments, blank lines, layout, quotes, redundant brackets, a semicolon at the end, and strings that are
    nobody's value do not count; docstrings do, as they can be read when the code runs. Lines of IPython
    (``%magic``, ``!shell``, ``help?``) count as text, and so does all that is no Python. It is made from the
    syntax tree without positions and empty fields, so it is the same in every process, and between versions
    of Python that read the source as the same tree.
    """
    return _digest(_normal(source))


def code_digests(notebook: Mapping[str, Any]) -> tuple[str, ...]:
    """The digest of each code cell, in order, but for what is written into a notebook before it runs: the
    injected parameters, the generated cells of a step. Cells without code leave no entry."""
    found = (
        _normal(cell["source"])
        for _, cell in code_cells(notebook)
        if not GENERATED_TAGS.union({INJECTED_TAG}).intersection(tags(cell))
    )
    return tuple(_digest(normal) for normal in found if normal)


def read_code(source: str) -> ast.Module | None:
    """The syntax tree of a cell, in which a call of `LINE` stands for each line that is IPython's; None where
    the rest is no Python. The first line of a cell such as ``%%time`` is such a line, too."""
    first, body = cell_magic(source)
    if first is None:
        return _parsed(source)
    if first.split()[0] not in _PYTHON_CELLS:
        return ast.parse(_marked_line("", source.strip()))
    tree = _parsed(body)
    if tree is not None:
        tree.body[:0] = ast.parse(_marked_line("", first)).body
    return tree


def cell_magic(source: str) -> tuple[str | None, str]:
    """The line of a cell magic such as ``%%bash`` and what is below it; None and the source for others."""
    text = source.lstrip()
    if not text.startswith("%%") or text[2:3].isspace() or not text[2:]:
        return None, source
    first, _, body = text.partition("\n")
    return first.rstrip(), body


def _digest(normal: str) -> str:
    return hashlib.blake2b(normal.encode("utf-8", "surrogatepass"), digest_size=16).hexdigest()


@functools.lru_cache(maxsize=2048)  # a notebook is looked at several times, and for each point of a grid
def _normal(source: str) -> str:
    """The same text for all sources that do the same; empty where there is no code."""
    first, body = cell_magic(source)
    if first is not None and first.split()[0] in _PYTHON_CELLS:
        return f"magic {first}\n{_normal(body)}"
    tree = _parsed(source) if first is None else None
    if tree is None:
        text = "\n".join(line.rstrip() for line in source.strip().splitlines())
        return f"text {text}" if text else ""
    return f"code {''.join(_written(tree))}" if tree.body else ""


def _parsed(source: str) -> ast.Module | None:
    found = _parsed_as_it_is(source)
    if found is not None:
        return found
    with warnings.catch_warnings():  # where warnings are errors, "\d" in a string is one of syntax
        warnings.simplefilter("ignore")
        return _parsed_as_it_is(source)


def _parsed_as_it_is(source: str) -> ast.Module | None:
    for read in (str, _marked, lambda text: _marked(textwrap.dedent(text))):
        try:
            return ast.parse(read(source))
        except UNREADABLE:
            continue
    return None


def _marked(source: str) -> str:
    """The source in which each line that is IPython's is a call of `LINE`."""
    lines = iter(source.split("\n"))
    return "\n".join(_marked_line_of(line, lines) for line in lines)


def _marked_line_of(line: str, following: Iterator[str]) -> str:
    found = _MAGIC.fullmatch(line) or _ASSIGNED.fullmatch(line) or _HELP.fullmatch(line)
    if found is None:
        return line
    text = found[2].rstrip()
    while text.endswith("\\"):  # such a line goes on below, as in a shell
        text = f"{text}\n{next(following, '').rstrip()}"
    return _marked_line(found[1], text)


def _marked_line(before: str, text: str) -> str:
    return f"{before}{LINE}({text!r})"


def _written(tree: ast.AST) -> Iterator[str]:
    """The tree as text, without recursion: a sum of a thousand terms is as deep as that."""
    waiting: list[Any] = [tree]
    while waiting:
        item = waiting.pop()
        if isinstance(item, str):
            yield item
        elif isinstance(item, list):
            waiting.append("]")
            waiting += reversed(item)
            yield "["
        elif isinstance(item, ast.AST):
            waiting.append(")")
            for name in reversed(item._fields):
                value = getattr(item, name, None)
                if name == "body" and isinstance(value, list):
                    value = _counting(item, value)
                if value is not None and value != [] and name not in _UNSEEN:
                    waiting += (value if isinstance(value, ast.AST | list) else _constant(value), f" {name}=")
            yield f"({type(item).__name__}"
        else:
            yield _constant(item) + ","


def _constant(value: Any) -> str:
    # hex: Python refuses to write very long numbers as decimals
    return hex(value) if type(value) is int else repr(value)


def _counting(parent: ast.AST, body: list[ast.stmt]) -> list[ast.stmt]:
    """The statements without strings that are nobody's value. The first may be a docstring; the last of a
    cell is shown; and what stands in a class is read by some libraries."""
    if isinstance(parent, ast.ClassDef):
        return body
    kept = {0} if isinstance(parent, ast.Module | ast.FunctionDef | ast.AsyncFunctionDef) else set()
    if isinstance(parent, ast.Module):
        kept.add(len(body) - 1)
    return [node for index, node in enumerate(body) if index in kept or not _is_string(node)]


def _is_string(node: ast.stmt) -> bool:
    return (
        isinstance(node, ast.Expr)
        and isinstance(node.value, ast.Constant)
        and isinstance(node.value.value, str)
    )
