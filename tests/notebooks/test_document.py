"""Notebooks as data: whatever is in the file, it is read or refused in one line."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from jupyter_mlops.exceptions import MLOpsError, NotebookError, NotFound
from jupyter_mlops.notebooks.document import (
    cell_digest,
    code_cells,
    find_tagged,
    read_notebook,
    source_digest,
    tags,
)

on_disk = settings(deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])


def document(*cells: Any, **changes: Any) -> dict[str, Any]:
    return {"cells": list(cells), "metadata": {}, "nbformat": 4, "nbformat_minor": 5, **changes}


def code(source: Any, *names: str, **changes: Any) -> dict[str, Any]:
    return {
        "cell_type": "code",
        "source": source,
        "metadata": {"tags": list(names)},
        "outputs": [],
        **changes,
    }


MALFORMED = {
    "not JSON": "{ not json",
    "empty": "",
    "JSON with a byte order mark": "\ufeff{}",
    "a list": "[]",
    "a number": "4",
    "null": "null",
    "no nbformat": json.dumps({"cells": []}),
    "version 3": json.dumps(document(nbformat=3)),
    "version as text": json.dumps(document(nbformat="4")),
    "version as a list": json.dumps(document(nbformat=[4])),
    "no cells": json.dumps({"nbformat": 4, "metadata": {}}),
    "cells an object": json.dumps(document(cells={})),
    "metadata a list": json.dumps(document(metadata=[])),
    "metadata null": json.dumps(document(metadata=None)),
    "a cell that is text": json.dumps(document("x = 1")),
    "a cell without type": json.dumps(document({"source": "x"})),
    "a cell without source": json.dumps(document({"cell_type": "code"})),
    "source a number": json.dumps(document(code(5))),
    "source a list of numbers": json.dumps(document(code([1, 2]))),
    "cell metadata null": json.dumps(document(code("x", metadata=None))),
}


@pytest.mark.parametrize("text", MALFORMED.values(), ids=MALFORMED.keys())
def test_a_malformed_notebook_is_refused_in_one_line_with_a_mend(tmp_path: Path, text: str) -> None:
    path = tmp_path / "broken.ipynb"
    path.write_text(text, encoding="utf-8")
    with pytest.raises(NotebookError) as caught:
        read_notebook(path)
    assert "\n" not in str(caught.value)
    assert "broken.ipynb is not a notebook" in str(caught.value)
    assert caught.value.hint
    assert caught.value.exit_code == 2


def test_bytes_that_are_not_utf8_are_refused(tmp_path: Path) -> None:
    path = tmp_path / "latin.ipynb"
    path.write_bytes(json.dumps(document(code("x = 1"))).encode("utf-16"))
    with pytest.raises(NotebookError, match="is not a notebook"):
        read_notebook(path)


def test_json_nested_beyond_any_notebook_is_refused(tmp_path: Path) -> None:
    path = tmp_path / "deep.ipynb"
    path.write_text("[" * 100_000, encoding="utf-8")
    with pytest.raises(NotebookError):
        read_notebook(path)


def test_the_number_of_the_broken_cell_is_told(tmp_path: Path) -> None:
    path = tmp_path / "third.ipynb"
    path.write_text(json.dumps(document(code("a"), code("b"), {"cell_type": "code"})), encoding="utf-8")
    with pytest.raises(NotebookError, match="cell 3 has no source"):
        read_notebook(path)


def test_a_missing_notebook_is_not_found_and_its_neighbours_are_named(tmp_path: Path) -> None:
    (tmp_path / "train.ipynb").write_text("{}", encoding="utf-8")
    with pytest.raises(NotFound, match="no such notebook") as caught:
        read_notebook(tmp_path / "trian.ipynb")
    assert "train.ipynb" in (caught.value.hint or "")
    assert caught.value.http_status == 404


def test_a_notebook_in_a_missing_folder_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound) as caught:
        read_notebook(tmp_path / "nowhere" / "train.ipynb")
    assert caught.value.hint == "check the path"


def test_a_name_too_long_for_the_file_system_is_not_found(tmp_path: Path) -> None:
    with pytest.raises(NotFound):
        read_notebook(tmp_path / ("a" * 300 + ".ipynb"))


def test_a_folder_is_refused(tmp_path: Path) -> None:
    with pytest.raises(NotebookError, match="is a folder") as caught:
        read_notebook(tmp_path)
    assert caught.value.hint


def test_source_given_as_lines_is_joined(tmp_path: Path) -> None:
    path = tmp_path / "lines.ipynb"
    path.write_text(json.dumps(document(code(["x = 1\n", "y = 2"]))), encoding="utf-8")
    assert read_notebook(path)["cells"][0]["source"] == "x = 1\ny = 2"


json_values = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats() | st.text(),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(), inner, max_size=3),
    max_leaves=8,
)
# shaped nearly like notebooks, so that every check is reached
cellish = st.fixed_dictionaries(
    {},
    optional={
        "cell_type": st.sampled_from(["code", "markdown"]) | json_values,
        "source": st.text() | st.lists(st.text(), max_size=3) | json_values,
        "metadata": st.fixed_dictionaries({}, optional={"tags": json_values}) | json_values,
    },
)
notebookish = st.fixed_dictionaries(
    {},
    optional={
        "nbformat": st.just(4) | json_values,
        "cells": st.lists(cellish | json_values, max_size=4) | json_values,
        "metadata": st.just({}) | json_values,
    },
)


@on_disk
@given(notebookish | json_values)
def test_any_json_is_read_or_refused(tmp_path: Path, value: Any) -> None:
    path = tmp_path / "any.ipynb"
    path.write_text(json.dumps(value), encoding="utf-8")
    try:
        notebook = read_notebook(path)
    except MLOpsError as error:
        assert "\n" not in str(error)
        assert error.hint
        return
    for cell in notebook["cells"]:
        assert isinstance(cell["source"], str)
        assert all(isinstance(tag, str) for tag in tags(cell))
    assert len(source_digest(notebook)) == 32
    find_tagged(notebook, "parameters")


@on_disk
@given(st.binary(max_size=200))
def test_any_bytes_are_read_or_refused(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "any.ipynb"
    path.write_bytes(content)
    with pytest.raises(NotebookError):
        read_notebook(path)


@pytest.mark.parametrize("malformed", [None, 5, "parameters", {"parameters": 1}, [1, None]])
def test_malformed_tags_count_as_none(malformed: Any) -> None:
    assert tags({"metadata": {"tags": malformed}}) == ()


def test_only_code_cells_bear_a_tag_that_is_found() -> None:
    prose = {"cell_type": "markdown", "source": "x", "metadata": {"tags": ["parameters"]}}
    notebook = document(prose, code("a"), code("b", "parameters"), code("c", "parameters"))
    found = find_tagged(notebook, "parameters")
    assert found is not None
    assert (found[0], found[1]["source"]) == (2, "b")
    assert [index for index, _ in code_cells(notebook)] == [1, 2, 3]


def test_outputs_prose_and_injected_parameters_leave_the_digest_as_it_is() -> None:
    plain = document(code("x = 1"), code("y = x"))
    prose = {"cell_type": "markdown", "source": "# Title", "metadata": {}}
    shown = {"output_type": "stream", "name": "stdout", "text": "1"}
    run = document(
        prose,
        code("x = 1", outputs=[shown], execution_count=3),
        code("x = 2", "injected-parameters"),
        code("y = x   \n\n", id="other"),
        metadata={"kernelspec": {"name": "python3"}},
    )
    assert source_digest(run) == source_digest(plain)


@settings(deadline=None)
@given(st.lists(st.text(), min_size=1, max_size=4), st.data())
def test_a_changed_cell_changes_the_digest(sources: list[str], data: st.DataObject) -> None:
    place = data.draw(st.integers(0, len(sources) - 1))
    changed = [*sources[:place], f"{sources[place].rstrip()}#", *sources[place + 1 :]]
    assert source_digest(document(*map(code, changed))) != source_digest(document(*map(code, sources)))


def test_the_order_and_the_bounds_of_cells_count() -> None:
    digests = {
        source_digest(document(code("a"), code("b"))),
        source_digest(document(code("b"), code("a"))),
        source_digest(document(code("a\nb"))),
        source_digest(document(code("a"), code("b"), code(""))),
    }
    assert len(digests) == 4


def test_trailing_white_space_and_line_ends_do_not_count() -> None:
    assert cell_digest("x = 1  \r\ny = 2\n\n") == cell_digest("x = 1\ny = 2")
    assert cell_digest("  x") != cell_digest("x")


def test_a_line_separator_inside_text_is_not_a_line_end() -> None:
    assert cell_digest("x = '''a\u2028b'''") != cell_digest("x = '''a\nb'''")


def test_half_a_surrogate_pair_has_a_digest() -> None:
    assert cell_digest("x = '\ud800'") != cell_digest("x = '\ud801'")
