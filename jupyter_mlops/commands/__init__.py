"""The verbs, once: name, help, arguments, call. The CLI and `%mlops` are made from this table."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import Any, NoReturn

from jupyter_mlops.commands import (
    cards,
    checking,
    comparing,
    data,
    drifting,
    following,
    gating,
    looking,
    monitoring,
    noticing,
    pipelines,
    predicting,
    promoting,
    replaying,
    running,
    scheduler,
    scheduling,
    serving,
)
from jupyter_mlops.commands.command import Argument, Command, Report, Result
from jupyter_mlops.exceptions import UsageError, did_you_mean

__all__ = ["COMMANDS", "Argument", "Command", "Parser", "Report", "Result", "build_parser", "parse"]

COMMANDS: tuple[Command, ...] = (
    *running.COMMANDS[:1],
    *pipelines.COMMANDS,
    *running.COMMANDS[1:],
    *data.COMMANDS,
    *checking.COMMANDS,
    *comparing.COMMANDS,
    *drifting.COMMANDS,
    *promoting.COMMANDS,
    *gating.COMMANDS,
    *replaying.COMMANDS,
    *cards.COMMANDS,
    *predicting.COMMANDS,
    *serving.COMMANDS,
    *scheduling.COMMANDS,
    *scheduler.COMMANDS,
    *monitoring.COMMANDS,
    *following.COMMANDS,
    *noticing.COMMANDS,
    *looking.COMMANDS,
)


class Parser(argparse.ArgumentParser):
    """Says what is wrong in our way instead of exiting: a kernel must not end for a misspelt magic."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, hint=f"see {self.prog} --help")


def _common(**options: Any) -> Parser:
    common = Parser(add_help=False, **options)
    common.add_argument("--json", action="store_true", help="print entities as JSON")
    common.add_argument("--debug", action="store_true", help="show tracebacks")
    common.add_argument(
        "--project", type=Path, metavar="DIR", help="project folder (default: found from here)"
    )
    return common


def build_parser(prog: str) -> Parser:
    """The parser of all verbs, for ``jupyter mlops`` or ``%mlops``."""
    from jupyter_mlops import __version__

    # said before the verb or after it; the verb's own defaults must not undo the former
    common, after = _common(), _common(argument_default=argparse.SUPPRESS)
    parser = Parser(
        prog=prog,
        description="Track, run, compare, register and promote notebooks, without leaving Jupyter.",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"jupyter-mlops {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=Parser)
    for command in COMMANDS:
        verb = verbs.add_parser(
            command.name,
            help=command.help,
            description=command.help[0].upper() + command.help[1:] + ".",
            epilog="\n\n".join(filter(None, [command.details, f"example: {command.example}"])),
            formatter_class=argparse.RawDescriptionHelpFormatter
            if command.details
            else argparse.HelpFormatter,
            parents=[after],
        )
        for argument in command.arguments:
            verb.add_argument(*argument.flags, **argument.options)
    return parser


def parse(words: Sequence[str], prog: str) -> tuple[Command | None, argparse.Namespace]:
    """The verb and its words; None where no verb was given.

    Raises:
        UsageError: an unknown verb or argument.
    """
    known = {command.name: command for command in COMMANDS}
    places = (i for i, word in enumerate(words) if not word.startswith("-"))
    first = next((words[i] for i in places if not i or words[i - 1] != "--project"), None)
    if first is not None and first not in known:
        raise UsageError(f"unknown verb {first!r}", hint=did_you_mean(first, known))
    parser = build_parser(prog)
    parsed, left = parser.parse_known_args(words)
    command = known[parsed.verb] if parsed.verb else None
    if left:
        _take_up(parser, command, parsed, left)
    return command, parsed


def _take_up(
    parser: Parser, command: Command | None, parsed: argparse.Namespace, left: Sequence[str]
) -> None:
    """Words behind options belong to those before them: argparse takes none of several for all of them."""
    arguments = () if command is None else command.arguments
    several = [each.flags[0] for each in arguments if each.options.get("nargs") == "*"]
    plain = [name for name in several if not name.startswith("-")]
    if not plain or any(word.startswith("-") for word in left):
        parser.error(f"unrecognized arguments: {' '.join(left)}")
    setattr(parsed, plain[0], [*getattr(parsed, plain[0]), *left])
