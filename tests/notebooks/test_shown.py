"""What a page may show of a notebook."""

from __future__ import annotations

import json
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.notebooks import shown as module
from jupyter_mlops.notebooks.shown import LARGEST_NOTEBOOK, LARGEST_OUTPUT, shown
from tests.conftest import cell


def document(*outputs: Any, **metadata: Any) -> dict[str, Any]:
    return {"cells": [{**cell("x"), "outputs": list(outputs)}], "metadata": metadata, "nbformat": 4}


def bundle(**data: Any) -> dict[str, Any]:
    return {"output_type": "display_data", "data": data, "metadata": {"isolated": True}}


def kept(output: Any) -> list[Any]:
    found: list[Any] = shown(document(output))[0]["cells"][0]["outputs"]
    return found


@pytest.mark.parametrize(
    "kind",
    [
        "application/javascript",
        "text/javascript",
        "application/vnd.jupyter.widget-view+json",
        "application/vnd.plotly.v1+json",
        "application/vnd.bokehjs_exec.v0+json",
        "application/x-javascript",
        "text/html; charset=utf-8",
        "TEXT/JAVASCRIPT",
        "application/pdf",
        "application/xhtml+xml",
        "nobody/knows",
    ],
)
def test_what_a_page_would_run_is_left_out_and_told_in_its_place(kind: str) -> None:
    [note] = kept(bundle(**{kind: "alert(1)"}))
    assert note == {
        "output_type": "stream",
        "name": "stderr",
        "text": f"[an output of the type {kind} is not shown here]\n",
    }
    assert kept(bundle(**{kind: "alert(1)", "text/plain": ["a", "b"]}))[0]["data"] == {"text/plain": "ab"}


def test_metadata_tell_a_page_nothing_but_how_to_show_it() -> None:
    given_cell = {**cell("x", "parameters"), "attachments": {"a.png": {"image/png": "eA=="}}}
    given_cell["metadata"] |= {"trusted": True, "slideshow": {}}
    made, _ = shown(
        {"cells": [given_cell], "metadata": {"widgets": {"state": 1}, "kernelspec": {"name": "python3"}}}
    )
    assert made["metadata"] == {"kernelspec": {"name": "python3"}}
    assert made["cells"][0]["metadata"] == {"tags": ["parameters"]}


def test_an_attachment_is_an_image_or_goes() -> None:
    found = {"a.png": {"image/png": "eA=="}, "b": {"text/html": "<script>"}, "c": {"image/svg+xml": "<svg/>"}}
    note = {**cell("![a](attachment:a.png)", kind="markdown"), "attachments": found}
    made, _ = shown({"cells": [note], "metadata": {}})
    assert set(made["cells"][0]["attachments"]) == {"a.png", "c"}


def test_what_is_too_large_is_cut_and_told() -> None:
    [stream] = kept({"output_type": "stream", "name": "stdout", "text": "x" * (LARGEST_OUTPUT + 10_000)})
    assert len(stream["text"]) < LARGEST_OUTPUT + 100
    assert "10,000 characters are not shown here" in stream["text"]
    [note] = kept(bundle(**{"text/html": "x" * (LARGEST_OUTPUT + 1), "text/plain": "short"}))
    assert "too large" in note["text"]
    [image] = kept(bundle(**{"text/html": "x" * (LARGEST_OUTPUT + 1), "image/png": "eA=="}))
    assert image["data"] == {"image/png": "eA=="}
    text = {"output_type": "stream", "name": "stdout", "text": "x" * LARGEST_OUTPUT}
    made, _ = shown(document(*[text] * 30))
    assert len(json.dumps(made)) < LARGEST_NOTEBOOK + 100_000


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=8),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
KINDS = st.sampled_from(["stream", "error", "display_data", "execute_result", "update", 1, None, []])
NODES = st.fixed_dictionaries(
    {"output_type": KINDS},
    optional={
        "name": JSON,
        "text": JSON,
        "data": st.dictionaries(st.sampled_from(sorted(module._TYPES)) | st.text(max_size=8), JSON) | JSON,
        "traceback": JSON,
        "ename": JSON,
        "execution_count": JSON,
    },
)


@settings(max_examples=60)
@given(st.lists(NODES | JSON, max_size=4), JSON, JSON)
def test_whatever_a_file_holds_a_notebook_comes_out(outputs: Any, mark: Any, attached: Any) -> None:
    one = {**cell("x"), "outputs": outputs, "metadata": {"papermill": mark, "tags": mark}, "id": mark}
    other = {**cell("y", kind="markdown"), "attachments": attached, "cell_type": mark or "markdown"}
    made, failed = shown({"cells": [one, other], "metadata": {"kernelspec": mark}, "nbformat": 4})
    json.dumps(made)
    assert failed in {None, 0}
    for output in made["cells"][0]["outputs"]:
        if output["output_type"] == "stream":
            assert isinstance(output["text"], str)
        elif output["output_type"] != "error":
            assert set(output["data"]) <= module._TYPES
            assert all(isinstance(v, str) for k, v in output["data"].items() if k != "application/json")
