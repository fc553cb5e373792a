"""The notebook of a run in a page: nothing in it can run there; its source comes back as a new notebook."""

from __future__ import annotations

import json
from collections.abc import Callable
from typing import Any

import pytest

from jupyter_mlops.project import Project
from tests.server.api.conftest import Recorded
from tests.server.api.serving import Answer, Server, train_notebook

Rest = Callable[..., Answer]
New = Callable[..., Project]


def outputs(notebook: dict[str, Any]) -> list[dict[str, Any]]:
    return [output for cell in notebook["cells"] for output in cell.get("outputs", ())]


def test_the_notebook_of_a_run_is_shown_with_its_outputs_but_no_script(
    rest: Rest, recorded: Recorded
) -> None:
    told = rest("GET", f"/runs/{recorded.good.run_id}/notebook").told
    assert (told["run_id"], told["cell"]) == (recorded.good.run_id, None)
    shown = outputs(told["notebook"])
    texts = [output["text"] for output in shown if output["output_type"] == "stream"]
    assert "training with C=0.5\n" in "".join(texts)
    assert "window.pwned = 2" not in str(shown)
    types = {name for output in shown for name in output.get("data", ())}
    assert types == {"text/html", "text/plain"}
    ids = [cell["id"] for cell in told["notebook"]["cells"]]
    assert ids[0] == "params"
    assert ids[-3:] == ["train", "check", "notes"]
    assert "C = 0.5" in told["notebook"]["cells"][1]["source"]


def test_the_cell_that_failed_is_told_by_its_place(rest: Rest, recorded: Recorded) -> None:
    told = rest("GET", f"/runs/{recorded.failed.run_id}/notebook").told
    failed = told["notebook"]["cells"][told["cell"]]
    assert (failed["id"], failed["outputs"][0]["ename"]) == ("check", "ValueError")


def test_a_run_without_a_notebook_says_so(rest: Rest, recorded: Recorded) -> None:
    for verb, path in (("GET", "notebook"), ("POST", "restore")):
        answer = rest(verb, f"/runs/{recorded.plain.run_id}/{path}")
        assert (answer.status, "left no notebook" in answer.told["message"]) == (404, True)


def test_the_last_lines_that_a_run_printed(rest: Rest, recorded: Recorded) -> None:
    told = rest("GET", f"/runs/{recorded.good.run_id}/log").told
    assert told == {"run_id": recorded.good.run_id, "lines": ["training with C=0.5", "done"]}
    lines = rest("GET", f"/runs/{recorded.failed.run_id[:8]}/log").told["lines"]
    assert lines[0] == "training with C=1.0"
    assert "ValueError: it fails" in lines
    assert not any("\x1b" in line for line in lines)


def test_the_source_of_a_run_comes_back_as_a_new_notebook_beside_it(
    rest: Rest, server: Server, recorded: Recorded
) -> None:
    run_id = recorded.failed.run_id
    before = {path.name: path.read_bytes() for path in server.root.glob("*.ipynb")}
    paths = [rest("POST", f"/runs/{run_id}/restore").told["path"] for _ in range(2)]
    assert paths == [f"train (run {run_id[:8]}).ipynb", f"train (run {run_id[:8]}) 2.ipynb"]
    try:
        assert all((server.root / name).read_bytes() == content for name, content in before.items())
        made = json.loads((server.root / paths[0]).read_text(encoding="utf-8"))
        source = json.loads((server.root / "train.ipynb").read_text(encoding="utf-8"))
        assert [cell["source"] for cell in made["cells"]] == [cell["source"] for cell in source["cells"]]
        assert [cell["id"] for cell in made["cells"]] == [cell["id"] for cell in source["cells"]]
        assert outputs(made) == []
        assert made["metadata"]["jupyter_mlops"] == {"restored_from": run_id}
        assert "papermill" not in json.dumps(made)
        assert rest("GET", f"/runs/{run_id}/notebook").status == 200
    finally:
        for path in paths:
            (server.root / path).unlink()


@pytest.mark.parametrize(
    ("folder", "status"),
    [
        ("../", 400),
        ("/tmp", 400),
        ("away", 400),
        ("a\0b", 400),
        (".mlops", 404),
        ("none", 404),
        ("data", 201),
    ],
)
def test_it_is_put_into_a_folder_that_is_served_or_nowhere(
    rest: Rest, server: Server, recorded: Recorded, tmp_path: Any, folder: str, status: int
) -> None:
    link = server.root / "away"
    link.symlink_to(tmp_path)
    try:
        answer = rest("POST", f"/runs/{recorded.good.run_id}/restore", {"folder": folder})
        assert answer.status == status
        if status == 201:
            (server.root / answer.told["path"]).unlink()
        assert not list(tmp_path.iterdir())
    finally:
        link.unlink()


def test_a_run_comes_back_from_its_journal_where_its_notebook_was_not_kept(
    rest: Rest, new_project: New
) -> None:
    project = new_project()
    run = project.run(train_notebook(project.root / "train.ipynb"), {"C": 2.0})
    [kept] = (project.root / "mlruns").rglob("train.ipynb")
    kept.unlink()
    (project.root / "train.ipynb").unlink()
    name = project.root.name
    told = rest("GET", f"/runs/{run.run_id}/notebook", project=name).told
    assert "train" in [cell["id"] for cell in told["notebook"]["cells"]]
    path = rest("POST", f"/runs/{run.run_id}/restore", project=f"{name}/").told["path"]
    assert path == f"{name}/train (run {run.run_id[:8]}).ipynb"
    made = json.loads((project.root.parent / path).read_text(encoding="utf-8"))
    assert any("training with" in cell["source"] for cell in made["cells"])
