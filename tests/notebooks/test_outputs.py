"""Outputs on disk: what is read back is what was shown, whatever came between."""

from __future__ import annotations

import json
import stat
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops.notebooks import outputs as module
from jupyter_mlops.notebooks.outputs import Outputs
from jupyter_mlops.notebooks.redaction import Redactor


def stream(text: str, name: str = "stdout") -> dict[str, Any]:
    return {"msg_type": "stream", "content": {"name": name, "text": text}}


def display(data: str, identifier: str | None = None, kind: str = "display_data") -> dict[str, Any]:
    content: dict[str, Any] = {"data": {"text/plain": data}, "metadata": {}}
    if identifier is not None:
        content["transient"] = {"display_id": identifier}
    return {"msg_type": kind, "content": content}


def clear(*, wait: bool = False) -> dict[str, Any]:
    return {"msg_type": "clear_output", "content": {"wait": wait}}


def opened(folder: Path, redactor: Redactor | None = None) -> Outputs:
    return Outputs(folder / "lines.jsonl", folder / "output.log", redactor)


def texts(outputs: Outputs, cell: int = 0) -> list[str]:
    return [node.get("text") or node["data"]["text/plain"] for node in outputs.of(cell)]


messages = st.one_of(
    st.builds(
        stream, st.text(st.characters(), min_size=1, max_size=5), st.sampled_from(["stdout", "stderr"])
    ),
    st.builds(display, st.text(max_size=5), st.sampled_from([None, "a", "b"])),
    st.builds(display, st.text(max_size=5), st.sampled_from(["a", "b"]), st.just("update_display_data")),
    st.builds(clear, wait=st.booleans()),
)


def shown(events: list[tuple[int, dict[str, Any]]]) -> dict[int, list[list[Any]]]:
    """What a front end would show, done the plain way: [kind, text, display id]."""
    cells: dict[int, list[list[Any]]] = {0: [], 1: []}
    waiting: set[int] = set()
    for cell, message in events:
        content, kind = message["content"], message["msg_type"]
        if kind == "clear_output":
            if content["wait"]:
                waiting.add(cell)
            else:
                cells[cell] = []
                waiting.discard(cell)
            continue
        identifier = content.get("transient", {}).get("display_id")
        if kind != "update_display_data" and cell in waiting:
            cells[cell] = []
            waiting.discard(cell)
        if identifier is not None:
            for each in cells.values():
                for node in each:
                    if node[2] == identifier:
                        node[1] = content["data"]["text/plain"]
        if kind == "update_display_data":
            continue
        if kind == "stream":
            last = cells[cell][-1] if cells[cell] else None
            if last is not None and last[0] == content["name"]:
                last[1] += content["text"]
            else:
                cells[cell].append([content["name"], content["text"], None])
        else:
            cells[cell].append([kind, content["data"]["text/plain"], identifier])
    return cells


@settings(max_examples=150, deadline=None)
@given(st.lists(st.tuples(st.integers(0, 1), messages), max_size=15))
def test_what_is_read_is_what_a_front_end_shows(tmp_path_factory: Any, events: Any) -> None:
    folder = tmp_path_factory.mktemp("o")
    outputs = opened(folder)
    for cell, message in events:
        outputs.add(cell, message)
    expected = shown(events)
    for cell in (0, 1):
        found = [
            [n.get("name", n["output_type"]), n.get("text", n.get("data", {}).get("text/plain"))]
            for n in outputs.of(cell)
        ]
        assert found == [[kind, _kept(text)] for kind, text, _ in expected[cell]]
    outputs.close()
    again = opened(folder)  # another process takes up what this one wrote
    assert [texts(again, cell) for cell in (0, 1)] == [[_kept(t) for _, t, _ in expected[c]] for c in (0, 1)]
    again.close()


def _kept(text: str) -> str:
    """JSON on disk is UTF-8, in which half a surrogate pair is spelt; it is read as it was."""
    return json.loads(json.dumps(text))


def test_a_torn_last_line_is_passed_over_and_does_not_spoil_the_next(tmp_path: Path) -> None:
    outputs = opened(tmp_path)
    outputs.add(0, stream("whole"))
    outputs.close()
    with (tmp_path / "lines.jsonl").open("ab") as file:
        file.write(b'{"cell": 0, "output": {"outp')
    again = opened(tmp_path)
    again.add(0, display("next"))
    assert texts(again) == ["whole", "next"]
    again.close()
    third = opened(tmp_path)
    assert texts(third) == ["whole", "next"]
    third.close()


def test_a_cell_that_prints_too_much_is_cut_with_a_mark_and_the_log_has_all(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PRINTED_LIMIT", 100)
    monkeypatch.setattr(module, "PRINTED_END", 20)
    outputs = opened(tmp_path)
    lines = [f"line {number:04}\n" for number in range(1000)]
    for line in lines:
        outputs.add(3, stream(line))
    outputs.end_cell(3)
    (text,) = texts(outputs, 3)
    assert text.startswith("".join(lines[:10]))
    assert text.endswith(lines[-1])
    assert "9,880 characters cut here; all of it is in output.log" in text
    assert len(text) < 300
    assert outputs.size(3) > 9880
    outputs.close()
    assert (tmp_path / "output.log").read_text() == "--- cell 4 ---\n" + "".join(lines)


def test_what_is_just_too_much_loses_nothing_and_gets_no_mark(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(module, "PRINTED_LIMIT", 100)
    outputs = opened(tmp_path)
    outputs.add(0, stream("x" * 150))
    outputs.end_cell(0)
    assert texts(outputs) == ["x" * 150]
    outputs.close()


def test_nan_becomes_null_and_errors_are_kept_and_logged(tmp_path: Path) -> None:
    outputs = opened(tmp_path)
    data = {"application/json": {"a": float("nan"), "b": [1.5, float("inf")]}}
    outputs.add(0, {"msg_type": "display_data", "content": {"data": data, "metadata": {}}})
    error = {"ename": "E", "evalue": "v", "traceback": ["one", "two"]}
    outputs.add(0, {"msg_type": "error", "content": error})
    first, second = outputs.of(0)
    assert first["data"] == {"application/json": {"a": None, "b": [1.5, None]}}
    assert second == {"output_type": "error", **error}
    outputs.close()
    assert (tmp_path / "output.log").read_text() == "--- cell 1 ---\none\ntwo\n"


def test_no_secret_reaches_a_file_and_only_the_owner_reads_them(tmp_path: Path) -> None:
    outputs = opened(tmp_path, Redactor({"token": "s3cret-value"}))
    for piece in ("my s3c", "ret-va", "lue!\n", "and s3cret"):
        outputs.add(0, stream(piece))
    outputs.add(0, display("<b>s3cret-value</b>"))
    outputs.add(0, display("s3cret-value", "a", "update_display_data"))
    outputs.add(
        0, {"msg_type": "error", "content": {"ename": "E", "evalue": "s3cret-value", "traceback": []}}
    )
    outputs.end_cell(0)
    assert next(iter(outputs.of(0)))["text"].startswith("my [secret token]!\n")
    outputs.close()
    for path in tmp_path.iterdir():
        assert "s3cret-value" not in path.read_text()
        assert stat.S_IMODE(path.stat().st_mode) == 0o600
