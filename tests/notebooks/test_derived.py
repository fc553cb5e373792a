"""What the parameters cell computes from a given name is computed again; nothing else is."""

from __future__ import annotations

import ast
import contextlib
from typing import Any

import pytest
from hypothesis import assume, given, settings
from hypothesis import strategies as st

from jupyter_mlops.notebooks.derived import repeated_statements, rewritten_names
from jupyter_mlops.notebooks.injection import inject


def repeated(source: str, *given_names: str) -> list[str]:
    return [statement.source for statement in repeated_statements(source, given_names)]


@pytest.mark.parametrize(
    ("source", "names", "expected"),
    [
        ("a = 1; b = a * 2; c = b + 1", "a", ["b = a * 2", "c = b + 1"]),
        ("a = 1; b = a * 2; c = b + 1", "ab", ["c = b + 1"]),
        ("a = 1; b = a * 2; c = b + 1", "c", []),
        ("a = 1; b = 2; c = b", "a", []),
        ("b = a\na = 1", "a", []),
        ("a = 1\nb = 1\nb += a", "a", ["b = 1", "b += a"]),
        ("a = 1\nb: int = a * 2  # twice\nb = 3", "a", ["b: int = a * 2", "b = 3"]),
        ("a, b = 1, 2\nc, d = a, b", "a", ["c, d = a, b"]),
        ("a = 1\nb = (\n    a\n    + 1\n)", "a", ["b = (\n    a\n    + 1\n)"]),
        ("a = 1\nb = 0\nif a > 1:\n    b = 2", "a", ["b = 0", "if a > 1:\n    b = 2"]),
        ("n = 3\nt = 0\nfor i in range(n):\n    t += i", "n", ["t = 0", "for i in range(n):\n    t += i"]),
        ("a = 1\nxs = []\nxs.append(a)", "a", ["xs = []", "xs.append(a)"]),
        ("a = 1\nd = {}\nd['k'] = a\ne = d", "a", ["d = {}", "d['k'] = a", "e = d"]),
        ("a = 1\nt = a + 1\nb = t\ndel t", "a", ["t = a + 1", "b = t", "del t"]),
        ("a = 1\ndef f(x):\n    return x * a\nb = f(2)\nz = 3", "a", ["b = f(2)"]),
        ("a = 1\n@wraps\ndef f(x=a):\n    return x", "a", ["@wraps\ndef f(x=a):\n    return x"]),
        ("a = 1\nb = [a for a in range(3)]", "a", []),
        ("a = 1\nb = [a for _ in range(3)]", "a", ["b = [a for _ in range(3)]"]),
        ("a = 1\nf = lambda a: a\nb = (lambda: a)()", "a", ["b = (lambda: a)()"]),
        ("import numpy as np\na = 1\nnp.random.seed(a)\nx = np.ones(3)", "a", ["np.random.seed(a)"]),
        ("a = 1\nassert a < 5", "a", ["assert a < 5"]),
        ("a = 1\nclass C:\n    x = a", "a", []),
        ("a = 1\na", "a", []),
        ("a = 1\n%time b = a\n!echo {a}\nc = a", "a", ["c = a"]),
        ("ä = 1; ß = 'ü'; c = ä * 2  # é", "ä", ["c = ä * 2"]),
        ("a = (", "a", []),
    ],
)
def test_what_is_repeated(source: str, names: str, expected: list[str]) -> None:
    assert repeated(source, *names) == expected


def test_a_name_that_several_statements_make_is_known_as_such() -> None:
    source = (
        "a = 1\nb = 1\nb += a\nc = 2\nif a: c = 3\nd = []\nd.append(a)\ne = 3; e = 4\nf = 0\nf += 1\nf = 2"
    )
    assert rewritten_names(source) == {"b": "b += a", "c": "if a: c = 3", "d": "d.append(a)"}


def cell(source: str) -> dict[str, Any]:
    tagged = {"cell_type": "code", "source": source, "metadata": {"tags": ["parameters"]}}
    return {"cells": [tagged], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def after_injection(source: str, values: dict[str, Any]) -> dict[str, Any]:
    space: dict[str, Any] = {}
    for each in inject(cell(source), values)["cells"]:
        exec(each["source"], space)
    return {name: value for name, value in space.items() if name in "abcdxi"}


def as_if_typed(source: str, values: dict[str, Any]) -> dict[str, Any]:
    """The cell run once, each given name holding the given value whatever is assigned to it."""
    space: dict[str, Any] = {}
    for node in ast.parse(source).body:
        names = {n.id for n in ast.walk(node) if isinstance(n, ast.Name) and isinstance(n.ctx, ast.Store)}
        if not (names and names <= values.keys()):
            exec(ast.unparse(node), space)
        space.update({name: values[name] for name in names & values.keys()})
    return {name: value for name, value in space.items() if name in "abcdxi"}


names = st.sampled_from("abcd")
number = st.integers(0, 3).map(str)
term = names | number
statement = st.one_of(
    st.builds("{} = {}".format, names, term),
    st.builds("{} = {} + {} * 2".format, names, term, term),
    st.builds("{}: int = {}".format, names, term),
    st.builds("{} += {}".format, names, term),
    st.builds("{}, {} = {}, {}".format, names, names, term, term),
    st.builds("if {} > {}:\n    {} = {}".format, term, term, names, term),
    st.builds("if {}:\n    {} = {}\nelse:\n    {} = {}".format, term, names, term, names, term),
    st.builds("for i in range({}):\n    {} += i".format, term, names),
    st.builds("x = [{}]".format, term),
    st.builds("x.append({})".format, term),
    st.builds("{} = len(x) + sum(x)".format, names),
    st.builds("def f(y={}):\n    return y + {}".format, term, names),
    st.builds("{} = f()".format, names),
    st.builds("{} = sum([{} for _ in x])".format, names, names),
)
START = "a = 1\nb = 2\nc = 3\nd = 4\nx = [1]\ndef f(y=a):\n    return y\n"


@settings(deadline=None, max_examples=400)
@given(st.lists(statement, min_size=1, max_size=8), st.dictionaries(names, st.integers(10, 99), min_size=1))
def test_the_result_is_that_of_the_cell_written_with_the_given_values(
    statements: list[str], values: dict[str, int]
) -> None:
    source = START + "\n".join(statements)
    outcome: dict[str, Any] | None = None
    with contextlib.suppress(RecursionError):
        exec(source, {})
        outcome = as_if_typed(source, values)
    assume(outcome is not None)
    assert after_injection(source, values) == outcome
