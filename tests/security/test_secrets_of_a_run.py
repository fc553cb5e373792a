"""A secret given to a run is in the kernel's memory and nowhere else."""

from __future__ import annotations

import json
import os
import stat
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.cli import main
from jupyter_mlops.entities import RunStatus

TOKEN = "tok-\"7f3a\\9' örk"
SOURCES = [
    "%load_ext jupyter_mlops\n%track start --no-autolog",
    "assert token.startswith('tok-') and len(token) == 16\nprint('token is', token)\ntoken",
    "import json, html, sys, os\nprint(json.dumps({'t': token}), html.escape(token), repr(token))\n"
    "for letter in token:\n    print(letter, end='', flush=True)\nprint(token, file=sys.stderr)",
    "from IPython.display import HTML, JSON, display\ndisplay(HTML(f'<b>{token}</b>'))\n"
    "display({'text/plain': 'x', 'application/json': {token: [token]}}, raw=True)\n"
    "h = display('a', display_id=True); h.update(token)",
    "%track param token\n%track param other=token",
    "sys.__stderr__.write(f'raw {token}\\n'); sys.__stderr__.flush()\nos.write(2, token.encode() + b'\\n');",
    "import ipywidgets\nout = ipywidgets.Output()\nwith out:\n    print(token)\ndisplay(out)\ndel out",
    "import mlflow\nmlflow.log_param('mine', token)\nmlflow.log_params({'more': f'x {token}'})\n"
    "mlflow.set_tag('own', token)\nmlflow.set_tags({'b': token})\nmlflow.log_metric('m', 1.0)",
    "import time\ncopy = token\ntime.sleep(0.4)",
    "print(open('/proc/self/cmdline').read())\nraise ValueError(f'refused {token}')",
]


def spellings(secret: str) -> list[bytes]:
    texts = {secret, json.dumps(secret)[1:-1], repr(secret)[1:-1]}
    texts |= {json.dumps(text)[1:-1] for text in texts} | {
        json.dumps(t, ensure_ascii=False)[1:-1] for t in texts
    }
    return [text.encode() for text in texts]


def holders(folder: Path, secret: str) -> list[str]:
    """Files below the folder that hold the secret in any spelling."""
    found = [path for path in folder.rglob("*") if path.is_file()]
    assert len(found) > 10
    return [str(p) for p in found if any(spelt in p.read_bytes() for spelt in spellings(secret))]


@pytest.mark.parametrize("kind", ["env", "file"])
def test_it_is_in_no_file_no_record_and_no_message(
    kind: str,
    folder: Path,
    write: Any,
    cell: Any,
    monkeypatch: pytest.MonkeyPatch,
    tmp_path: Path,
    capfd: pytest.CaptureFixture[str],
) -> None:
    if kind == "env":
        monkeypatch.setenv("API_TOKEN", TOKEN)
        reference = "env:API_TOKEN"
    else:
        (tmp_path / "token.txt").write_text(TOKEN + "\n", encoding="utf-8")
        reference = f"file:{tmp_path / 'token.txt'}"
    parameters = cell("token: str = ''", "parameters")
    write(folder / "n.ipynb", [parameters, *(cell(source) for source in SOURCES)])
    words = ["run", "n.ipynb", "-p", "token", reference, "--checkpoint", "0.3", "--output", "out"]
    with monkeypatch.context() as outside:
        outside.delenv("PYTEST_CURRENT_TEST")  # or ipykernel leaves the file descriptors alone
        assert main(words) == 1
    said = capfd.readouterr()
    assert not any(spelt.decode() in said.out + said.err for spelt in spellings(TOKEN))
    assert holders(folder, TOKEN) == []
    project = Project()
    details = project.show("latest")
    assert details.run.error == "ValueError: refused [secret token]"
    assert details.run.parameters["token"] == details.run.parameters["other"] == reference
    assert [record.status.value for record in details.cells] == ["ok"] * 11 + ["failed"]
    assert (details.run.parameters["mine"], details.run.metrics) == ("[secret token]", {"m": 1.0})
    (executed,) = folder.glob("mlruns/*/*/artifacts/mlops/n.ipynb")
    assert executed.read_text().count("[secret token]") > 8
    kept = executed.with_name("kernel.log").read_text()
    assert "raw [secret token]" in kept
    went_on = project.run(resume=details.run.run_id)  # the checkpoint has no secret, so it is read again
    assert went_on.status is RunStatus.FAILED
    assert went_on.error == "ValueError: refused [secret token]"
    assert holders(folder, TOKEN) == []


def test_files_of_a_run_are_the_owners_only(folder: Path, write: Any, cell: Any) -> None:
    before = os.umask(0)
    try:
        Project().run(write(folder / "n.ipynb", [cell("print(1)")]), output="out")
    finally:
        os.umask(before)
    ours = [*folder.glob("mlruns/*/*/artifacts/mlops/*"), *(folder / "out").iterdir(), folder / "mlflow.db"]
    assert len(ours) > 8
    assert {
        path.name: stat.S_IMODE(path.stat().st_mode) for path in ours if path.stat().st_mode & 0o077
    } == {}
