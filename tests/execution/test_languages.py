"""Notebooks of other languages: Papermill writes their parameters, and what it would get wrong is refused."""

from __future__ import annotations

import json
import sys
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops import Project
from jupyter_mlops.cli import main
from jupyter_mlops.exceptions import ParameterError, Refused
from jupyter_mlops.execution.languages import check_foreign, inject_foreign


@pytest.fixture
def kernels(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Kernelspecs as ``python -m bash_kernel.install`` makes them, one of a language nobody translates."""
    for language in ("bash", "scheme"):
        folder = tmp_path / "jupyter" / "kernels" / language
        folder.mkdir(parents=True)
        spec = {
            "argv": [sys.executable, "-m", "bash_kernel", "-f", "{connection_file}"],
            "display_name": language,
            "language": language,
            "env": {"PS1": "$"},
        }
        (folder / "kernel.json").write_text(json.dumps(spec), encoding="utf-8")
    monkeypatch.setenv("JUPYTER_PATH", str(tmp_path / "jupyter"))


def notebook(source: str, *before: str) -> dict[str, Any]:
    cells = [{"cell_type": "code", "source": text, "metadata": {}} for text in before]
    tagged = {"cell_type": "code", "source": source, "metadata": {"tags": ["parameters"]}}
    return {"cells": [*cells, tagged], "metadata": {}, "nbformat": 4, "nbformat_minor": 5}


def injected(source: str, language: str, **values: Any) -> str:
    document = notebook(source)
    checked = check_foreign(document, "any", language, {}, values)
    return str(inject_foreign(document, checked, "any", language)["cells"][1]["source"])


NASTY = 'it\'s "$(touch ran)" `touch ran` \\ !ls ~ * {a,b} #\n!touch ran\n\\\nü 世 😀 '


def test_a_bash_notebook_runs_headless_with_its_parameters(
    kernels: None, folder: Path, write: Any, cell: Any
) -> None:
    cells = [
        cell("name=world\ncount=1\nexport items=()", "parameters"),
        cell('printf %s "$name" > name.txt; printf "%s|" "$count" "${items[@]}" > items.txt'),
    ]
    path = write(folder / "n.ipynb", cells, kernel="bash")
    assert Project().run(path).exit_code == 0
    assert (folder / "name.txt").read_text(encoding="utf-8") == "world"
    run = Project().run(path, {"name": NASTY, "items": ["a b", "$(touch ran)"]}, text={"count": "007"})
    assert (run.exit_code, run.error) == (0, None)
    assert (folder / "name.txt").read_text(encoding="utf-8") == NASTY
    assert (folder / "items.txt").read_text(encoding="utf-8") == "007|a b|$(touch ran)|"
    assert run.parameters["count"] == "007"
    assert not (folder / "ran").exists()


def test_a_bash_notebook_runs_from_the_command_line(
    kernels: None, folder: Path, write: Any, cell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(
        folder / "n.ipynb", [cell("x=1", "parameters"), cell('printf %s "$x" > x.txt')], kernel="bash"
    )
    assert main(["run", str(path), "-p", "x", "$(touch ran)"]) == 0
    assert (folder / "x.txt").read_text(encoding="utf-8") == "$(touch ran)"
    assert not (folder / "ran").exists()
    assert main(["run", str(path), "-p", "PATH", "/evil"]) == 2
    assert "unknown parameter" in capsys.readouterr().err


def test_a_language_without_a_translator_is_refused_only_where_parameters_are_given(
    kernels: None, folder: Path, write: Any, cell: Any, capsys: pytest.CaptureFixture[str]
) -> None:
    path = write(folder / "n.ipynb", [cell("x=1", "parameters"), cell("true")], kernel="scheme")
    with pytest.raises(Refused, match="Papermill has no translator for the kernel 'scheme'") as caught:
        Project().run(path, {"x": 1})
    assert caught.value.hint
    assert main(["run", str(path), "-p", "x", "1"]) == 2
    assert "parameters cannot be injected" in capsys.readouterr().err
    assert Project().runs() == []
    assert Project().run(path).exit_code == 0


@pytest.mark.parametrize(
    ("language", "source", "values", "line"),
    [
        ("bash", "x=1", {"x": "it's"}, "x='it'\"'\"'s'"),
        ("bash", "x=1", {"x": None}, "x="),
        ("R", "x <- 1", {"x": 'a"\\\n'}, 'x = "a\\"\\\\\\n"'),
        ("R", "x <- 1", {"x": ["世", True, None]}, 'x = list("\\u4e16", TRUE, NULL)'),
        ("julia", "x = 1", {"x": {"a": [1, 0.5]}}, 'x = Dict("a" => [1, 0.5])'),
        ("scala", "val x: Int = 1", {"x": 2**40}, "val x = 1099511627776L"),
        ("matlab", "x = 1;", {"x": 'a"b'}, 'x = "a""b";'),
    ],
)
def test_the_cell_is_written_by_papermill(
    language: str, source: str, values: dict[str, Any], line: str
) -> None:
    assert injected(source, language, **values).splitlines()[1] == line


@pytest.mark.parametrize(
    ("language", "source", "value"),
    [
        ("bash", "x=1", "a\tb"),
        ("bash", "x=1", "\x03"),
        ("bash", "x=1", "a\rb"),
        ("bash", "x=1", "\ud800"),
        ("bash", "x=1", "\u2028"),
        ("bash", "x=1", {"a": 1}),
        ("bash", "x=1", [[1]]),
        ("bash", "x=1", [None]),
        ("bash", "declare -i x=1", "a[$(touch ran)]"),
        ("bash", "declare -i x=1", ["a[$(touch ran)]"]),
        ("bash", "declare -i x=1", "007"),
        ("julia", "x = 1", "$(run(`touch ran`))"),
        ("julia", "x = 1", ["$x"]),
        ("julia", "x = 1", {"$x": 1}),
        ("julia", "x = 1", "é"),
        ("julia", "x = 1", float("nan")),
        ("R", "x <- 1", "é"),
        ("R", "x <- 1", float("inf")),
        ("R", "x <- 1", 2**53 + 1),
        ("R", "x <- 1", "\0"),
        ("matlab", "x = 1", "a\\b"),
        ("matlab", "x = 1", None),
        ("scala", "val x = 1", "😀"),
        ("scala", "val x = 1", {1: "a"}),
        ("scala", "val x = 1", (1, 2)),
        ("scala", "val x = 1", b"a"),
    ],
)
def test_what_a_translator_would_get_wrong_is_refused(language: str, source: str, value: Any) -> None:
    with pytest.raises(ParameterError, match="parameter x cannot be passed") as caught:
        injected(source, language, x=value)
    assert "\n" not in str(caught.value)
    assert caught.value.hint


@pytest.mark.parametrize("text", ["$(touch ran)", "$x", "`touch ran`", "\\", "é", "a\nb"])
def test_powershell_and_unknown_translators_get_plain_text_only(text: str) -> None:
    from papermill.translators import Translator, papermill_translators

    class Unknown(Translator):
        pass

    document = notebook("$x = 1")
    with pytest.raises(ParameterError, match="would be changed"):
        check_foreign(document, ".net-powershell", "PowerShell", {}, {"x": text})
    papermill_translators.register("unknown-to-us", Unknown)
    with pytest.raises(ParameterError, match="would be changed"):
        check_foreign(document, "any", "unknown-to-us", {}, {"x": text})


def test_what_a_translator_has_no_words_for_is_refused() -> None:
    from papermill.translators import Translator, papermill_translators

    papermill_translators.register("wordless", Translator)
    document = notebook("x = 1")
    with pytest.raises(ParameterError, match="Papermill cannot write"):
        inject_foreign(
            document, check_foreign(document, "any", "wordless", {}, {"x": [1]}), "any", "wordless"
        )


@pytest.mark.parametrize(
    ("language", "source", "text", "value"),
    [
        ("bash", "x=1", "007", "007"),
        ("bash", "x=()", "[1, 2]", [1, 2]),
        ("bash", "declare -i x=1", "-7", "-7"),
        ("R", "x <- 'a'", "007", "007"),
        ("R", "x <- 1", "007", 7),
        ("R", "x <- 1L", "0.5", 0.5),
        ("R", "x <- TRUE", "false", False),
        ("R", "x <- NULL", "abc", "abc"),
        ("julia", "x::Int = 5", "6", 6),
        ("scala", "val x = 5", "6", 6),
        (".net-csharp", "int x = 5;", "6", 6),
        (".net-powershell", "[string]$x = 'a'", "007", "007"),
    ],
)
def test_text_is_read_by_the_default(language: str, source: str, text: str, value: Any) -> None:
    checked = check_foreign(notebook(source), "any", language, {"x": text}, {})
    assert (checked["x"], type(checked["x"])) == (value, type(value))


@pytest.mark.parametrize(("source", "text"), [("x <- 1", "abc"), ("x <- TRUE", "5")])
def test_text_of_another_kind_than_the_default_is_refused(source: str, text: str) -> None:
    with pytest.raises(ParameterError, match="does not fit") as caught:
        check_foreign(notebook(source), "any", "R", {"x": text}, {})
    assert "its default is" in str(caught.value.hint)


@pytest.mark.parametrize("name", ["y", "x; touch ran", "x=$(touch ran) y", "", "PATH", "_x", "x\n", "ü"])
def test_a_name_that_the_cell_does_not_assign_is_refused(name: str) -> None:
    for text, values in (({name: "1"}, {}), ({}, {name: 1})):
        with pytest.raises(ParameterError, match="unknown parameter") as caught:
            check_foreign(notebook("x=1\n# y=2\necho z=3\nü=1"), "any", "bash", text, values)
        assert "\n" not in str(caught.value)


def test_a_name_that_r_does_not_have_is_refused() -> None:
    with pytest.raises(ParameterError, match="begin with _"):
        check_foreign(notebook("_x = 1"), "any", "R", {}, {"_x": 1})


def test_secrets_and_missing_cells_are_refused() -> None:
    with pytest.raises(ParameterError, match="only Python notebooks"):
        check_foreign(notebook("x=1"), "any", "bash", {"x": "env:HOME"}, {})
    assert check_foreign(notebook("x=1"), "any", "bash", {"x": "text:env:HOME"}, {}) == {"x": "env:HOME"}
    with pytest.raises(ParameterError, match="no cell is tagged"):
        check_foreign({"cells": [], "metadata": {}}, "any", "bash", {"x": "1"}, {})
    assert check_foreign({"cells": [], "metadata": {}}, "any", "scheme", {}, {}) == {}


@settings(deadline=None)
@given(st.lists(st.text(st.characters()), max_size=3))
def test_what_bash_is_given_is_what_a_shell_reads(texts: list[str]) -> None:
    import shlex

    try:
        source = injected("x=()", "bash", x=texts)
    except ParameterError:
        return
    assert shlex.split(source.partition("(")[2].rpartition(")")[0]) == texts
