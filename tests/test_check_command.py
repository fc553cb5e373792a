"""`jupyter mlops check`, as a person types it."""

from __future__ import annotations

from pathlib import Path
from typing import Any
from xml.etree import ElementTree

import pytest

from jupyter_mlops.cli import main


def test_a_notebook_from_the_command_line(
    folder: Path, write: Any, cell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    write(
        folder / "checks.ipynb",
        [
            cell("limit = 1", "parameters"),
            cell("# small [enough]\nassert limit < 3", "check"),
            cell("assert limit", "check"),
        ],
    )
    assert main(["check", "checks.ipynb", "-p", "limit", "5", "--junit", "none/checks.xml"]) == 2
    assert "there is no folder" in capsys.readouterr().err
    assert not (folder / "mlops.db").exists()
    assert main(["check", "checks.ipynb", "-p", "limit", "5", "--junit", "checks.xml"]) == 3
    shown = capsys.readouterr().out
    assert "small [enough]" in shown
    assert "limit < 3, where limit = 5" in shown
    assert "checks.ipynb: 1 passed, 1 failed" in shown
    (suite,) = ElementTree.parse(folder / "checks.xml").getroot()
    assert [case.get("name") for case in suite.findall("testcase")] == [
        "cell 2: small [enough]",
        "cell 3: assert limit",
    ]
