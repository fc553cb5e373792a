"""`%promote` on a terminal, in a headless run and in a live kernel."""

from __future__ import annotations

import json
import sys
from collections.abc import Iterator
from pathlib import Path
from types import SimpleNamespace

import pytest
from IPython.core.error import UsageError
from IPython.core.interactiveshell import InteractiveShell
from traitlets.config import Config

from jupyter_mlops.completion import complete
from jupyter_mlops.exceptions import NotFound
from jupyter_mlops.magics import register, unregister
from jupyter_mlops.project import Project
from jupyter_mlops.widgets.promotion_known import Known
from tests.conftest import Live, cell, write
from tests.widgets.promoted import GATES, SOON


@pytest.fixture
def shell(churn: Project, monkeypatch: pytest.MonkeyPatch) -> Iterator[InteractiveShell]:
    """IPython with the magics, without a kernel, in the project."""
    monkeypatch.chdir(churn.root)
    for name in ("ps1", "ps2", "ps3"):  # IPython sets them, and libraries take the process for interactive
        monkeypatch.setattr(sys, name, "", raising=False)
    config = Config(HistoryManager={"enabled": False})
    made = InteractiveShell(ipython_dir=str(churn.root / "ipython"), config=config)
    register(made)
    yield made
    unregister(made)
    made.restore_sys_module_state()


def test_on_a_terminal_the_magic_prints_what_is_known_of_the_gates(
    shell: InteractiveShell, capsys: pytest.CaptureFixture[str]
) -> None:
    assert shell.run_line_magic("promote", "churn") is None
    said = capsys.readouterr().out
    assert "accuracy >= 0.75" in said
    assert "not judged" in said
    assert shell.run_line_magic("promote", "--help") is None
    assert "MODEL[@VERSION]" in capsys.readouterr().out
    for line, message in (
        ("chrun", "did you mean 'churn'"),
        ("churn@7", "no version or alias '7'"),
        ("", "MODEL"),
        ("churn 'x", "close the quote"),
    ):
        with pytest.raises(UsageError, match=message):
            shell.run_line_magic("promote", line)


def test_models_are_completed(shell: InteractiveShell) -> None:
    def completed(line: str) -> list[str]:
        return complete(shell, SimpleNamespace(line=line, command="%promote"))

    assert completed("%promote ") == ["churn"]
    assert completed("%promote ch") == ["churn"]
    assert completed("%promote churn ") == ["--to"]


def test_a_headless_notebook_keeps_the_panel_as_html(churn: Project) -> None:
    source = "%load_ext jupyter_mlops\n%promote churn"
    notebook = write(churn.root / "look.ipynb", [cell(source)])
    Project(churn.root).run(notebook, output=churn.root / "out.ipynb")
    executed = json.loads((churn.root / "out.ipynb").read_text(encoding="utf-8"))
    [output] = executed["cells"][-1]["outputs"]
    assert set(output["data"]) == {"text/html", "text/plain"}
    assert "accuracy &gt;= 0.75" in "".join(output["data"]["text/html"])
    assert [entry.action.value for entry in churn.history("churn").entries] == ["promote"]


def test_a_kernel_that_is_interrupted_leaves_no_panel_that_hangs(churn: Project) -> None:
    write(churn.root / "checks.ipynb", [cell("import time; time.sleep(1)"), cell("assert True", "check")])
    gates = GATES.replace("gates: [", "gates: [{checks: checks.ipynb}, ")
    (churn.root / "mlops.yaml").write_text(gates, encoding="utf-8")
    live = Live(write(churn.root / "work.ipynb", [cell("1")]))
    try:
        assert "accuracy >= 0.75" in live.run(
            "panel = get_ipython().run_line_magic('promote', 'churn@2')\npanel"
        )
        assert live.run("panel.busy").strip() == "True"
        live.manager.interrupt_kernel()
        assert live.run(f"panel.wait({SOON})").strip() == "True"
        live.run(f"panel.judge(); panel.wait({SOON})")
        assert live.run("panel.detail['summary']").strip() == "'4 passed'"
        assert live.run("panel.problem").strip() == "''"
    finally:
        live.close()


def test_where_nothing_was_recorded_a_line_says_so_and_nothing_is_made(bare_folder: Path) -> None:
    for reference in ("churn", "churn@2"):
        with pytest.raises(NotFound, match="no model 'churn' with a version"):
            Known.read(Project(), reference, "champion")
    assert not (bare_folder / "mlflow.db").exists()
