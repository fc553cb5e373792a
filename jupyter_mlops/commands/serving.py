"""`serve`: answer requests over HTTP."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import Command, Report, Result, arg
from jupyter_mlops.exceptions import UsageError

if TYPE_CHECKING:
    from jupyter_mlops.project import Project


def _serve(project: Project, words: argparse.Namespace, report: Report) -> Result:
    if words.sample is not None and not words.record:
        raise UsageError("--sample says how much is recorded", hint="add --record")
    number = project.serve(
        words.model,
        host=words.host,
        port=words.port,
        record=words.record,
        sample=1.0 if words.sample is None else words.sample,
        poll=words.poll,
        expose=words.expose,
        report=report.line,
    )
    return Result(None, 128 + number if number else 0)


def _share(text: str) -> float:
    """A number above 0 and at most 1, for argparse."""
    found = float(text)
    if not 0 < found <= 1:
        raise ValueError
    return found


def _port(text: str) -> int:
    found = int(text)
    if not 0 <= found <= 65535:
        raise ValueError
    return found


def _length(text: str) -> float:
    """Seconds, for argparse."""
    from jupyter_mlops.entities.units import seconds

    return seconds(text)


_share.__name__, _port.__name__, _length.__name__ = "share", "port", "length of time"

COMMANDS: tuple[Command, ...] = (
    Command(
        "serve",
        "answer requests over HTTP by MLflow's scoring server, and follow where the alias moves",
        _serve,
        (
            arg("model", metavar="MODEL[@ALIAS]", help="the model; of a name alone the newest version"),
            arg("--host", default="127.0.0.1", help="where to listen (default: this machine only)"),
            arg("--port", type=_port, default=5001, help="default 5001; 0 takes a free one"),
            arg("--expose", action="store_true", help="let others in by that host: there is no password"),
            arg(
                "--record",
                action="store_true",
                help="keep requests and answers for monitoring, as the dataset MODEL-requests",
            ),
            arg(
                "--sample",
                type=_share,
                metavar="SHARE",
                help="record this share of the requests, such as 0.1",
            ),
            arg(
                "--poll",
                type=_length,
                default=2.0,
                metavar="TIME",
                help="look where the alias points every so often (default 2s)",
            ),
        ),
        "jupyter mlops serve churn@champion --port 5001 --record",
    ),
)
