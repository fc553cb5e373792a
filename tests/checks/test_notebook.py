"""Cells tagged `check`: all of them are run, and each is told."""

from __future__ import annotations

import json
import re
from pathlib import Path
from typing import Any

import pytest

from jupyter_mlops import Project
from jupyter_mlops.checks.notebook import check_name
from jupyter_mlops.cli import main
from jupyter_mlops.entities import CheckStatus, RunStatus
from jupyter_mlops.exceptions import Refused


def _artifact(project: Project, run_id: str, name: str) -> Any:
    from jupyter_mlops.tracking.reader import local_copy

    with local_copy(project.store, run_id, name) as path:
        return json.loads(path.read_text(encoding="utf-8"))


def _plain(text: str) -> str:
    return re.sub(r"\x1b\[[0-9;]*m", "", text)


def test_every_check_is_told_though_others_failed(folder: Path, write: Any, cell: Any) -> None:
    path = write(
        folder / "checks.ipynb",
        [
            cell("limit = 5", "parameters"),
            cell("scores = {'f1': 0.5}\nages = [3, -1]"),
            cell("# good enough\nassert scores['f1'] >= 0.8 and limit", "check"),
            cell("## Ages\nare ages", kind="markdown"),
            cell("assert min(ages) >= 0, f'{ages[1]} is no age'", "check"),
            cell("assert (\n    limit\n    == 7\n)", "check", "raises-exception"),
            cell("def holds(limit):\n    assert limit < 0\nholds(limit=3)", "check"),
            cell("unknown_name", "check"),
            cell("assert False", "check", "skip-execution"),
            cell("print('reached'); last = 1"),
        ],
    )
    project = Project()
    report = project.check(path, {"limit": 7})
    assert [(r.name, r.place, r.status, r.message) for r in report.results] == [
        (
            "good enough",
            "checks.ipynb cell 3",
            CheckStatus.FAILED,
            "scores['f1'] >= 0.8 and limit, where scores['f1'] = 0.5, limit = 7",
        ),
        ("Ages", "checks.ipynb cell 5", CheckStatus.FAILED, "-1 is no age"),
        ("assert (", "checks.ipynb cell 6", CheckStatus.PASSED, ""),
        ("def holds(limit):", "checks.ipynb cell 7", CheckStatus.FAILED, "limit < 0"),
        (
            "unknown_name",
            "checks.ipynb cell 8",
            CheckStatus.ERROR,
            "NameError: name 'unknown_name' is not defined",
        ),
        ("assert False", "checks.ipynb cell 9", CheckStatus.SKIPPED, "tagged skip-execution"),
    ]
    assert (report.passed, report.exit_code) == (False, 3)
    assert report.run_id is not None
    details = project.show(report.run_id)
    assert [c.status.value for c in details.cells] == [
        *("ok", "ok", "ok", "failed", "failed", "ok", "failed", "failed", "skipped", "ok")
    ]
    assert (details.run.status, details.run.exit_code) == (RunStatus.FAILED, 3)
    assert details.run.error is not None
    assert details.run.error.startswith("4 of 5 checks failed: cell 4: Asser")
    assert details.provenance is not None
    assert details.provenance.installed
    found = project.store.client().get_run(report.run_id).data.tags
    assert {key: value for key, value in found.items() if key.startswith("mlops.check.")} == {
        "mlops.check.subject": "checks.ipynb",
        "mlops.check.passed": "1",
        "mlops.check.failed": "3",
        "mlops.check.error": "1",
        "mlops.check.skipped": "1",
    }
    assert _artifact(project, report.run_id, "checks.json") == report.model_dump(mode="json")
    executed = _artifact(project, report.run_id, "mlops/checks.ipynb")
    by_source = {c["source"]: c for c in executed["cells"]}
    assert by_source["print('reached'); last = 1"]["outputs"][0]["text"] == "reached\n"
    assert by_source["unknown_name"]["outputs"][0]["ename"] == "NameError"


def test_every_assert_of_a_cell_is_tried_and_told(folder: Path, write: Any, cell: Any) -> None:
    path = write(
        folder / "checks.ipynb",
        [
            cell("rows, seen = 3, []"),
            cell(
                "# shape\nassert rows == 4\nassert rows > 0\nseen.append(1)\n"
                "%time seen.append(2)\nassert seen == [], 'seen\\nalready'\nlen(seen)",
                "check",
            ),
            cell("# one\nassert rows\nassert rows == 5\nseen.append(3)", "check"),
            cell("# broken\nassert rows == 6\nunknown\nassert rows == 7", "check"),
            cell("# fine\nassert rows\nassert seen == [1, 2, 3]\nseen", "check"),
            cell("import builtins\nassert not [n for n in dir(builtins) if 'mlops' in n]"),
            cell("assert not get_ipython().ast_transformers"),
        ],
    )
    project = Project()
    report = project.check(path)
    assert [(r.name, r.status.value, r.message) for r in report.results] == [
        (
            "shape",
            "failed",
            "2 of 3 asserts: line 2: rows == 4, where rows = 3; line 6: seen already",
        ),
        ("one", "failed", "rows == 5, where rows = 3"),
        (
            "broken",
            "error",
            "NameError: name 'unknown' is not defined; before it 1 of 2 asserts failed; "
            "line 2: rows == 6, where rows = 3",
        ),
        ("fine", "passed", ""),
    ]
    assert report.results[0].details == (
        "line 2: rows == 4, where rows = 3",
        "line 6: seen already",
    )
    assert report.run_id is not None
    assert report.exit_code == 3
    traces = [record.traceback or "" for record in project.show(report.run_id).cells]
    assert [re.findall(r"line (\d+)\n", _plain(trace))[:1] for trace in traces[1:3]] == [["2"], ["4"]]
    executed = _artifact(project, report.run_id, "mlops/checks.ipynb")
    shown = [
        [o["data"]["text/plain"] for o in c["outputs"] if o["output_type"] == "execute_result"]
        for c in executed["cells"]
    ]
    assert shown[1] == ["2"]
    assert shown[4] == ["[1, 2, 3]"]


def test_failures_of_a_schema_are_told_by_column_and_check(folder: Path, write: Any, cell: Any) -> None:
    path = write(
        folder / "checks.ipynb",
        [
            cell("import pandas as pd\nimport pandera.pandas as pa", "parameters"),
            cell(
                "frame = pd.DataFrame({'age': [1, -1, -2, 200] * 500, 'city': ['a', None, 'b', 'c'] * 500})"
            ),
            cell(
                "import pandera.pandas as pa\n\nschema = pa.DataFrameSchema({\n"
                "'age': pa.Column(int, [pa.Check.ge(0), pa.Check.lt(100)]),\n"
                "'city': pa.Column(str), 'gone': pa.Column(int)})\n"
                "schema.validate(frame, lazy=True)",
                "check",
            ),
        ],
    )
    (result,) = Project().check(path).results
    assert result.name == "schema = pa.DataFrameSchema({"
    assert result.status is CheckStatus.FAILED
    assert sorted(result.details) == [
        "age: greater_than_or_equal_to(0): 1000 values, first in row 1: -1",
        "age: less_than(100): 500 values, first in row 3: 200",
        "city: not_nullable: 500 values, first in row 1: nan",
        "column_in_dataframe: 'gone'",
    ]
    assert result.message.startswith("SchemaErrors: 4 checks failed: ")


def test_progress_counts_the_cells_that_the_author_knows(folder: Path, write: Any, cell: Any) -> None:
    path = write(
        folder / "checks.ipynb",
        [
            cell("text", kind="markdown"),
            cell("limit = 5", "parameters"),
            cell("assert limit < 5", "check"),
            cell("text", kind="markdown"),
            cell("assert limit > 5", "check"),
            cell(""),
        ],
    )
    told: list[tuple[str, int, int]] = []
    report = Project().check(
        path,
        {"limit": 7},
        progress=lambda record, done, total: told.append((record.status.value, done, total)),
    )
    ended = [each for each in told if each[0] != "running"]
    assert ended == [("ok", 2, 5), ("ok", 2, 5), ("failed", 3, 5), ("ok", 5, 5)]
    assert [result.place for result in report.results] == ["checks.ipynb cell 3", "checks.ipynb cell 5"]


def test_an_ordinary_cell_that_fails_stops_the_rest(folder: Path, write: Any, cell: Any) -> None:
    path = write(
        folder / "checks.ipynb",
        [
            cell("assert 1 == 2", "check"),
            cell("assert False, 'line one\\nline two  ' + 'x' * 500", "check"),
            cell("1 / 0"),
            cell("# later\nassert True", "check"),
        ],
    )
    report = Project().check(path)
    assert [(r.status, r.message) for r in report.results] == [
        (CheckStatus.FAILED, "1 == 2"),
        (CheckStatus.FAILED, "line one line two " + "x" * 281 + "…"),
        (CheckStatus.SKIPPED, "not run: cell 3 stopped the run"),
    ]
    assert report.results[1].details == ("line one", "line two  " + "x" * 500)
    assert report.exit_code == 1
    assert report.notes == (
        "cell 3, which is no check, raised ZeroDivisionError: division by zero: what follows did not run",
    )


def test_a_check_that_ends_the_kernel_cannot_be_decided(folder: Path, write: Any, cell: Any) -> None:
    path = write(
        folder / "checks.ipynb",
        [cell("import os\nos._exit(1)", "check"), cell("assert True", "check")],
    )
    report = Project().check(path)
    assert [(r.status, r.message) for r in report.results] == [
        (CheckStatus.ERROR, "killed: the kernel died"),
        (CheckStatus.SKIPPED, "not run: cell 1 stopped the run"),
    ]
    assert report.exit_code == 4


def test_nothing_is_run_without_checks(folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "plain.ipynb", [cell("assert False"), cell("", "check")])
    project = Project()
    with pytest.raises(Refused, match="no cell of .* is tagged 'check'"):
        project.check(path)
    assert project.runs() == []


def test_a_check_is_called_by_what_its_author_said(cell: Any) -> None:
    cells = [
        cell("#%% \nassert a", "check"),
        cell("text\n# One #\n### The *last* one\n\nmore", kind="markdown"),
        cell("assert b", "check"),
        cell("no heading", kind="markdown"),
        cell("\n\n   assert " + "c" * 200, "check"),
        cell("#   said    twice\n", "check"),
        cell("import a.b as c\nfrom a import (\n    d,\n    e,\n)\n\nx = 1\nassert x", "check"),
        cell("import a\nfrom b import c\nc(a)", "check"),
        cell("import a\nfrom b import (\n    c,\n)\n# the rows\nassert c\n", "check"),
        cell("import a", "check"),
        cell("%%time\nimport a\na.b", "check"),
    ]
    names = [check_name({"cells": cells}, index) for index in (0, 2, 4, 5, 6, 7, 8, 9, 10)]
    more = ("assert x", "c(a)", "the rows", "import a", "a.b")
    assert names == ["assert a", "The *last* one", "assert " + "c" * 92 + "…", "said twice", *more]


def test_a_plain_run_of_checks_ends_with_their_exit_code(
    folder: Path, write: Any, cell: Any, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("TOKEN", "swordfish-42")
    write(
        folder / "n.ipynb",
        [
            cell("token: str = ''", "parameters"),
            cell("many = list(range(1_000_000))"),
            cell("assert token == 'open' or many == 3", "check"),
            cell("x = 1"),
        ],
    )
    assert main(["run", "n.ipynb", "-p", "token", "env:TOKEN", "--checkpoint", "0.0001"]) == 3
    project = Project()
    (run,) = project.runs()
    assert run.status is RunStatus.FAILED
    said = "1 of 1 checks failed: cell 4: AssertionError: token == 'open' or many == 3, where "
    assert str(run.error).startswith(said)
    assert "many = [0, 1, 2, 3, 4, 5, ...]" in str(run.error)
    assert "swordfish" not in str(run.error)
    assert "swordfish" not in capsys.readouterr().out
    again = project.run(resume=run.run_id)  # what it takes over did not pass
    assert (again.exit_code, again.status) == (3, RunStatus.FAILED)
    assert [c.carried_from is not None for c in project.show(again.run_id).cells] == [True] * 5


def test_a_cell_that_asks_to_exit_is_no_failing_check(folder: Path, write: Any, cell: Any) -> None:
    path = write(folder / "n.ipynb", [cell("exit()", "check"), cell("assert True", "check")])
    report = Project().check(path)
    assert [r.status for r in report.results] == [CheckStatus.ERROR, CheckStatus.SKIPPED]
    assert report.exit_code == 1


def test_a_cell_whose_magic_keeps_its_error_for_itself_did_not_pass(
    folder: Path, write: Any, cell: Any
) -> None:
    (folder / "wrong.py").write_text("assert 1 == 2")
    path = write(
        folder / "n.ipynb",
        [
            cell("%%capture\nlimit = 7\nprint('heard by nobody')"),
            cell("%%capture said\nassert limit == 8", "check"),
            cell("%%capture\n%%time\n\nassert limit == 9", "check"),
            cell("%%capture\nnowhere", "check"),
            cell("%run wrong.py", "check"),
            cell("%%capture said\nprint('well')\nassert limit == 7", "check"),
            cell("assert said.stdout == 'well\\n'", "check"),
            cell("get_ipython().run_cell('1 / 0')\nassert True", "check"),
            cell("%%capture\n%nothing of that name"),
            cell("assert True", "check"),
        ],
    )
    project = Project()
    report = project.check(path)
    assert [(result.status.value, result.message) for result in report.results] == [
        ("failed", "limit == 8, where limit = 7"),
        ("failed", "limit == 9, where limit = 7"),
        ("error", "NameError: name 'nowhere' is not defined"),
        ("failed", "1 == 2"),
        ("passed", ""),
        ("passed", ""),
        ("passed", ""),
        ("skipped", "not run: cell 9 stopped the run"),
    ]
    assert report.exit_code == 1
    assert project.show(str(report.run_id)).run.status is RunStatus.FAILED


def test_an_assert_that_cannot_fail_is_an_error_and_a_check_without_one_says_so(
    folder: Path, write: Any, cell: Any
) -> None:
    path = write(
        folder / "n.ipynb",
        [
            cell("found = 1"),
            cell("assert (found == 2, 'it is not')", "check"),
            cell("%%capture\nassert found\nassert (\n    found == 2,\n    'not',\n)", "check"),
            cell("found == 2", "check"),
            cell("def holds(value):\n    assert value\nholds(found)", "check"),
            cell("\n\nassert found == 3", "check"),
        ],
    )
    project = Project()
    report = project.check(path)
    assert [(result.status.value, result.message) for result in report.results] == [
        ("error", "SyntaxError: assert (found == 2, 'it is not') is always true: take the parentheses away"),
        ("error", "SyntaxError: assert (found == 2, 'not') is always true: take the parentheses away"),
        ("passed", "it holds no assert: nothing in it raised"),
        ("passed", ""),
        ("failed", "found == 3, where found = 1"),
    ]
    assert report.exit_code == 3
    assert project.show(str(report.run_id)).run.status is RunStatus.FAILED
