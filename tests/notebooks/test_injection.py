"""Injected parameters: one valid cell after the parameters cell, an earlier one replaced."""

from __future__ import annotations

import copy
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.entities import Secret
from jupyter_mlops.exceptions import ParameterError
from jupyter_mlops.notebooks.document import source_digest
from jupyter_mlops.notebooks.injection import inject


def notebook(minor: int = 5) -> dict[str, Any]:
    cells: list[dict[str, Any]] = [
        {"cell_type": "markdown", "source": "# Title", "metadata": {}},
        {
            "cell_type": "code",
            "source": "x = 1",
            "metadata": {"tags": ["parameters"]},
            "outputs": [],
            "execution_count": None,
        },
        {"cell_type": "code", "source": "x", "metadata": {}, "outputs": [], "execution_count": None},
    ]
    if minor >= 5:
        for number, cell in enumerate(cells):
            cell["id"] = f"cell-{number}"
    return {"cells": cells, "metadata": {}, "nbformat": 4, "nbformat_minor": minor}


def sources(document: dict[str, Any]) -> list[str]:
    return [cell["source"] for cell in document["cells"]]


def test_values_are_assigned_right_after_the_parameters_cell() -> None:
    result = inject(notebook(), {"x": 2, "name": "it's"})
    assert sources(result) == ["# Title", "x = 1", '# Parameters\nx = 2\nname = "it\'s"\n', "x"]
    assert result["cells"][2]["metadata"]["tags"] == ["injected-parameters"]


def test_an_earlier_injected_cell_is_replaced_and_without_values_removed() -> None:
    once = inject(notebook(), {"x": 2})
    assert sources(inject(once, {"x": 3})) == ["# Title", "x = 1", "# Parameters\nx = 3\n", "x"]
    assert inject(once, {}) == notebook()


def test_the_notebook_that_was_given_is_left_as_it_was() -> None:
    given_notebook = notebook()
    before = copy.deepcopy(given_notebook)
    result = inject(given_notebook, {"x": [1]})
    result["cells"][1]["metadata"]["tags"].append("changed")
    assert given_notebook == before


def test_a_notebook_without_parameters_cell_gets_none() -> None:
    plain = {"cells": [], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}
    assert inject(plain, {"x": 1}) == plain


@pytest.mark.parametrize("minor", range(6))
def test_the_result_is_valid_in_the_format_of_the_notebook(minor: int) -> None:
    result = inject(notebook(minor), {"x": 2})
    nbformat.validate(result)
    assert ("id" in result["cells"][2]) == (minor >= 5)


def test_ids_are_unique() -> None:
    result = inject(notebook(), {"x": 2})
    assert len({cell["id"] for cell in result["cells"]}) == 4
    assert inject(notebook(), {"x": 2})["cells"][2]["id"] != result["cells"][2]["id"]


@settings(deadline=None)
@given(st.text(st.characters()) | st.integers() | st.lists(st.text()))
def test_injection_leaves_the_source_digest_as_it_is(value: Any) -> None:
    assert source_digest(inject(notebook(), {"x": value})) == source_digest(notebook())


def parameters(source: str) -> dict[str, Any]:
    document = notebook()
    document["cells"][1]["source"] = source
    return document


def injected(source: str, values: dict[str, Any]) -> str:
    return str(inject(parameters(source), values)["cells"][2]["source"])


def test_what_is_derived_from_a_given_value_is_computed_again() -> None:
    assert injected("a = 1; b = a * 2; c = b + 1", {"a": 5}) == (
        "# Parameters\na = 5\n# computed from the values above\nb = a * 2\nc = b + 1\n"
    )


@pytest.mark.parametrize(
    ("source", "values", "expected"),
    [
        ("a = 1; b = a * 2; c = b + 1", {"a": 5}, {"a": 5, "b": 10, "c": 11}),
        ("a = 1; b = a * 2; c = b + 1", {"a": 5, "b": 7}, {"a": 5, "b": 7, "c": 8}),
        ("a = 2; b = 1\nb += a", {"a": 5}, {"a": 5, "b": 6}),
        ("a = 1; a, b = 3, a * 2", {"a": 5}, {"a": 5, "b": 10}),
        ("a = 2; b = 0\nif a > 1:\n    b = 2", {"a": 0}, {"a": 0, "b": 0}),
        ("a = 1\nif a:\n    b, a = a + 1, 3\nc = a", {"a": 5}, {"a": 5, "b": 6, "c": 5}),
    ],
)
def test_the_cell_gives_what_it_would_with_the_given_defaults(
    source: str, values: dict[str, Any], expected: dict[str, Any]
) -> None:
    space: dict[str, Any] = {}
    exec(source, space)
    exec(injected(source, values), space)
    assert {name: space[name] for name in expected} == expected


def test_a_value_that_needs_a_word_which_the_cell_has_taken_is_refused() -> None:
    assert "x = {1}" in injected("set = 'train'\nx = None", {"x": {1}})
    with pytest.raises(ParameterError, match="needs Python's own set") as caught:
        injected("set = 'train'\nx = None", {"x": set()})
    assert caught.value.hint


def test_a_secret_is_injected_as_code_that_reads_it() -> None:
    source = injected("token = ''", {"token": Secret(reference="env:API_TOKEN")})
    assert source == "# Parameters\ntoken = __import__('os').environ['API_TOKEN']\n"
