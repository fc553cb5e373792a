"""Injected parameters: one valid cell after the parameters cell, an earlier one replaced."""

from __future__ import annotations

import copy
from typing import Any

import nbformat
import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

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
