"""The verbs: each is explained, has an example that parses, and is named in the README."""

from __future__ import annotations

import argparse
import shlex
from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from jupyter_mlops import commands
from jupyter_mlops.commands import COMMANDS, Command, build_parser, parse
from jupyter_mlops.exceptions import ParameterError, UsageError

README = Path(__file__).parent.parent / "README.md"
every_command = pytest.mark.parametrize("command", COMMANDS, ids=lambda command: command.name)


@every_command
def test_every_command_is_explained(command: Command) -> None:
    assert command.help
    assert command.help[0].islower()
    assert not command.help.endswith(".")
    for argument in command.arguments:
        assert argument.options.get("help"), argument.flags


@every_command
def test_every_example_parses_to_its_command(command: Command) -> None:
    words = shlex.split(command.example)
    assert words[:3] == ["jupyter", "mlops", command.name]
    found, parsed = parse(words[2:], "jupyter mlops")
    assert found is command
    assert (parsed.json, parsed.debug, parsed.project) == (False, False, None)


@every_command
def test_every_command_is_named_in_the_readme(command: Command) -> None:
    assert f"mlops {command.name}" in README.read_text(encoding="utf-8")


@every_command
def test_every_command_shows_its_example_as_help(
    command: Command, capsys: pytest.CaptureFixture[str]
) -> None:
    with pytest.raises(SystemExit) as caught:
        parse([command.name, "--help"], "jupyter mlops")
    assert caught.value.code == 0
    shown = " ".join(capsys.readouterr().out.split())
    assert "example: jupyter mlops" in shown
    assert "--json" in shown


def test_the_help_names_every_command() -> None:
    shown = build_parser("%mlops").format_help()
    for command in COMMANDS:
        assert command.name in shown
        assert command.help.split()[0] in shown
    assert len({command.name for command in COMMANDS}) == len(COMMANDS)


@pytest.mark.parametrize(
    ("verb", "hint"),
    [
        ("rnu", "did you mean 'run'?"),
        ("promot", "did you mean 'promote'?"),
        ("difff", "did you mean 'diff'?"),
    ],
)
def test_an_unknown_verb_is_refused_with_the_one_that_was_meant(verb: str, hint: str) -> None:
    with pytest.raises(UsageError, match=f"unknown verb '{verb}'") as caught:
        parse([verb, "x"], "jupyter mlops")
    assert caught.value.hint == hint


def test_a_verb_like_none_is_refused_with_all() -> None:
    with pytest.raises(UsageError) as caught:
        parse(["zzzzzzz"], "jupyter mlops")
    for command in COMMANDS:
        assert command.name in (caught.value.hint or "")


def test_no_verb_is_none() -> None:
    assert parse([], "jupyter mlops")[0] is None


@pytest.mark.parametrize(
    "line",
    [
        "run a.ipynb b.ipynb",
        "run a.ipynb -p C",
        "runs --limit many",
        "show",
        "diff one",
        "runs --unknown",
        "--unknown",
    ],
)
def test_words_a_verb_does_not_take_are_refused_with_where_to_look(line: str) -> None:
    with pytest.raises(UsageError) as caught:
        parse(line.split(), "jupyter mlops")
    assert "--help" in (caught.value.hint or "")


@settings(deadline=None)
@given(st.lists(st.text(), max_size=4))
def test_any_words_are_parsed_or_refused(words: list[str]) -> None:
    try:
        parse(words, "jupyter mlops")
    except UsageError as error:
        assert error.hint
    except SystemExit as end:  # --help and --version
        assert end.code == 0


def test_parameters_are_pairs_of_words_and_values_may_look_like_flags() -> None:
    _, parsed = parse(["run", "a.ipynb", "-p", "C", "0.5", "--parameter", "shift", "-1"], "jupyter mlops")
    assert parsed.parameter == [["C", "0.5"], ["shift", "-1"]]


def test_options_of_all_verbs_may_stand_before_the_verb() -> None:
    command, parsed = parse(["--project", "folder", "runs"], "jupyter mlops")
    assert command is not None
    assert (command.name, parsed.project) == ("runs", Path("folder"))


class Said:
    """A report that keeps what is said."""

    def line(self, text: str) -> None:
        """Say one thing."""

    def cell(self, record: object, done: int, total: int) -> None:
        """A cell has ended."""


def run(folder: Path, *words: str) -> commands.Result:
    from jupyter_mlops.project import Project

    command, parsed = parse(["run", *words], "jupyter mlops")
    assert command is not None
    assert isinstance(parsed, argparse.Namespace)
    return command.call(Project(folder), parsed, Said())


@pytest.mark.parametrize("content", ["- 1", "5", "1: a", "{", "a: *b", "\x07", "a: 1\na: 2"], ids=ascii)
def test_a_parameter_file_that_holds_no_names_is_refused(folder: Path, content: str) -> None:
    (folder / "p.yaml").write_text(content, encoding="utf-8")
    with pytest.raises(ParameterError, match=r"parameter file .*p\.yaml") as caught:
        run(folder, "a.ipynb", "-f", "p.yaml")
    assert caught.value.hint
    assert "\n" not in str(caught.value)


def test_a_parameter_file_that_is_missing_is_refused(folder: Path) -> None:
    with pytest.raises(ParameterError, match="cannot be read"):
        run(folder, "a.ipynb", "-f", "none.yaml")


@pytest.mark.parametrize("grid", ["C", "C=", "="])
def test_a_grid_without_names_or_values_is_refused(folder: Path, grid: str) -> None:
    with pytest.raises(UsageError, match="--grid"):
        run(folder, "a.ipynb", "--grid", grid)


def test_a_grid_that_is_registered_must_say_which_run(folder: Path) -> None:
    with pytest.raises(UsageError, match="which run") as caught:
        run(folder, "a.ipynb", "--grid", "C=1,2", "--register", "churn")
    assert "--select" in (caught.value.hint or "")
