"""A digest of code changes with what the code does, and with nothing else."""

from __future__ import annotations

import ast
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.notebooks.code import LINE, cell_magic, code_digest, code_digests, read_code

SAME = [
    ("x = 1", "x  =  1  # one\n\n"),
    ("x = 1", "\n\n# comment\nx = (1)"),
    ("x = 1;", "x = 1"),
    ("x = 1; y = 2", "x = 1\ny = 2"),
    ("x = 'a'", 'x = "a"'),
    ("f(a,b)", "f(\n    a,\n    b,\n)"),
    ("x = 0x10", "x = 16"),
    ("def f():\n  return 1", "def f():\n\n    # why\n    return 1\n"),
    ("x = 1\r\ny = 2", "x = 1\ny = 2\n"),
    ("x = 1\n'''no longer\ny = 2'''\nz = 3", "x = 1\nz = 3"),
    ("if x:\n    'said'\n    y = 2", "if x:\n    y = 2"),
    ("%time f( )\nx = 1  # one", "%time f( )  \n\n# more\nx = 1"),
    ("files = !ls\nx=1", "files = !ls\nx = 1  # one"),
    ("%%time\nx = 1  # one", "%%time\n\nx = 1"),
    ("%%bash\nls  \n\n", "%%bash\nls"),
    ("    x = 1\n    y = 2", "x = 1\ny = 2"),
    ("x = '\\d'", "x = '\\d'  # an escape that Python warns of"),
    ("# nothing", ""),
    ("not Python at all  \n", "not Python at all"),
    ("!pip install \\\n  a\nx=1", "!pip install \\\n  a\nx = 1"),
]
OTHER = [
    ("x = 1", "x = 2"),
    ("x = 1", "x = 1.0"),
    ("x = 1", "x = True"),
    ("x = 'a'", "x = b'a'"),
    ("x", "y"),
    ("x = 1\nx", "x = 1"),
    ("def f():\n    'one'", "def f():\n    'two'"),
    ("def f(a, /): pass", "def f(a): pass"),
    ("def f(*, a): pass", "def f(a): pass"),
    ("class A:\n    x: int\n    'one'", "class A:\n    x: int\n    'two'"),
    ("'shown'", "'shown too'"),
    ("if x:\n    y = 1\nz = 2", "if x:\n    y = 1\n    z = 2"),
    ("a + b", "a - b"),
    ("a < b", "a <= b"),
    ("a and b", "a or b"),
    ("import a", "import a as b"),
    ("from a import b", "from .a import b"),
    ("f(a, b)", "f(a=a, b=b)"),
    ("f'{x}'", "f'{x!r}'"),
    ("f'{x:>3}'", "f'{x:>4}'"),
    ("async def f(): pass", "def f(): pass"),
    ("%time f()\nx = 1", "%time g()\nx = 1"),
    ("files = !ls", "files = !ls -l"),
    ("files = !ls", "!ls"),
    ("%%bash\nls", "%%bash\nls -l"),
    ("%%time\nx = 1", "%%capture\nx = 1"),
    ("%%time\nx = 1", "x = 1"),
    ("%%track a\nx = 1", "%%track b\nx = 1"),
    ("x?", "y?"),
    ("x = '''\n%a\n'''", "x = '''\n%b\n'''"),
    ("!ls\nx = '''\n%a\n'''", "!ls\nx = '''\n%b\n'''"),
    ("!a \\\nb", "!a \\\nc"),
    ("(", "["),
    ("x = [1, [2]]", "x = [[1], 2]"),
    ("{**a, 1: 2}", "{1: 2}"),
    ("x[1:]", "x[:1]"),
    ("", "pass"),
]


def notebook(*sources: str, **tagged: str) -> dict[str, Any]:
    """One with code cells, and cells with one tag each."""
    cells = [{"cell_type": "code", "metadata": {}, "source": source} for source in sources]
    for tag, source in tagged.items():
        words = {"tags": [tag.replace("_", "-")]}
        cells.insert(1, {"cell_type": "code", "metadata": words, "source": source})
    return {"cells": cells, "nbformat": 4}


@pytest.mark.parametrize(("one", "other"), SAME)
def test_what_does_nothing_does_not_count(one: str, other: str) -> None:
    assert code_digest(one) == code_digest(other)


@pytest.mark.parametrize(("one", "other"), OTHER)
def test_what_does_something_counts(one: str, other: str) -> None:
    assert code_digest(one) != code_digest(other)


def test_a_cell_without_code_changes_nothing() -> None:
    some = notebook("x = 1", "y = 2")
    more = notebook("# first", "x = 1", "", "  \n", "y = 2  # two")
    assert code_digests(more) == code_digests(some)
    assert len(code_digests(some)) == 2
    more["cells"].append({"cell_type": "markdown", "metadata": {}, "source": "z = 3"})
    assert code_digests(more) == code_digests(some)


def test_the_order_of_cells_counts() -> None:
    assert code_digests(notebook("x = 1", "x = 2")) != code_digests(notebook("x = 2", "x = 1"))


def test_what_was_written_into_a_notebook_before_it_ran_does_not_count() -> None:
    some = notebook("x = 1", "y = 2")
    more = notebook("x = 1", "y = 2", injected_parameters="x = 3", step_inputs="a()", step_outputs="b()")
    assert code_digests(more) == code_digests(some)


def test_the_digest_is_the_same_in_every_process() -> None:
    """Also in one with other hashes of strings, and where warnings are errors; a change of this very value
    lets every cached step of every user run again."""
    source = (
        "import os\n\ndef f(x: int = 0x10, *a) -> str:\n    'Doc.'\n    "
        "return f'{x!r:>3}' + '\\d'\n%time f(1)\n"
    )
    code = f"from jupyter_mlops.notebooks.code import code_digest as d; print(d({source!r}))"
    told = {**os.environ, "PYTHONPATH": str(Path(__file__).parents[2]), "PYTHONHASHSEED": "7"}
    done = subprocess.run([sys.executable, "-c", code], env=told, capture_output=True, text=True, check=True)
    assert done.stdout.strip() == code_digest(source) == "0d37a29e3415248c2504d3aadbc32a24"


def test_a_very_deep_or_long_source_has_a_digest() -> None:
    deep = "x = " + "+".join(["1"] * 900)
    assert code_digest(deep) == code_digest(deep.replace("+", " + "))
    assert code_digest("(" * 1000) != code_digest("(" * 1001)
    assert code_digest("x = 0x" + "f" * 10_000) != code_digest("x = 0x" + "f" * 10_001)


def test_lines_of_ipython_are_calls_in_the_tree() -> None:
    tree = read_code("%time x = 1\nfiles = !ls\nx?")
    assert tree is not None
    assert ast.unparse(tree) == f"{LINE}('%time x = 1')\nfiles = {LINE}('!ls')\n{LINE}('x?')"
    assert read_code("no Python") is None
    assert cell_magic("\n%%bash -e\nls") == ("%%bash -e", "ls")


@given(st.text() | st.text("%!?=x \n\\'\"#()[]{}:;\t\r\f\0\ud800"))
@settings(max_examples=300)
def test_any_text_has_a_digest_that_blanks_at_its_end_do_not_change(source: str) -> None:
    assert len(code_digest(source)) == 32
    assert code_digest(source) == code_digest(source)
    read_code(source)
    code_digests(notebook(source))


NAMES = st.sampled_from("abc")
VALUES = st.one_of(
    NAMES, st.integers(0, 99).map(str), st.floats(0, 9).map(repr), st.text("ab\n'\"\\", max_size=3).map(repr)
)
STATEMENTS = st.builds("{} = {}".format, NAMES, VALUES) | st.builds("{}({})".format, NAMES, VALUES)


@given(st.lists(STATEMENTS, max_size=5), st.lists(STATEMENTS, max_size=5))
def test_two_programs_have_one_digest_exactly_when_they_are_one_tree(one: list[str], two: list[str]) -> None:
    trees = [ast.dump(ast.parse("\n".join(lines))) for lines in (one, two)]
    digests = [code_digest("\n".join(one)), code_digest("\n\n".join(f"{line}  # why" for line in two))]
    assert (trees[0] == trees[1]) == (digests[0] == digests[1])
