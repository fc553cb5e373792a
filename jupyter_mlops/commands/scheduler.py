"""`scheduler`: run what is due."""

from __future__ import annotations

import argparse
from datetime import datetime
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import Command, Report, Result, arg
from jupyter_mlops.exceptions import UsageError

if TYPE_CHECKING:
    from jupyter_mlops.project import Project

_WHAT = ("start", "status", "install")
_OF_START = ("once", "start", "factor", "duration", "hosted")
_DETAILS = """\
start     run what is due until Ctrl-C; runs that have begun go on by themselves;
          --once runs what came due since the last look, which .mlops knows: keep that
status    who runs what is due, what is late, what is next
install   write a systemd user unit that keeps it running; --remove takes it away"""


def _scheduler(project: Project, words: argparse.Namespace, report: Report) -> Result:
    if words.what != "start" and any(getattr(words, name) for name in _OF_START):
        raise UsageError(
            f"scheduler {words.what} takes no such option",
            hint="--once, --from, --factor and --for are of start",
        )
    if words.remove and words.what != "install":
        raise UsageError(f"scheduler {words.what} takes no --remove", hint="it is an option of install")
    if words.what == "status":
        return Result(project.scheduler_status())
    if words.what == "install":
        return _install(project, words, report)
    slots, code = project.start_scheduler(
        once=words.once,
        start=words.start,
        factor=words.factor or 1.0,
        duration=words.duration,
        hosted=words.hosted,
        report=report.line,
    )
    return Result(slots if words.json else None, code)


def _install(project: Project, words: argparse.Namespace, report: Report) -> Result:
    if words.remove:
        path = project.remove_scheduler()
        report.line(f"{path} is gone; if it was enabled: systemctl --user disable --now {path.name}")
        return Result(str(path) if words.json else None)
    path, lines = project.install_scheduler()
    for line in lines:
        report.line(line)
    return Result(str(path) if words.json else None)


def _length(text: str) -> float:
    """Seconds, for argparse."""
    from jupyter_mlops.entities.units import seconds

    return seconds(text)


def _time(text: str) -> datetime:
    """A moment, for argparse: of a date its midnight, in UTC where it names no zone."""
    return datetime.fromisoformat(text)


def _factor(text: str) -> float:
    """A number above 0, for argparse."""
    found = float(text)
    if not 0 < found < float("inf"):
        raise ValueError
    return found


_length.__name__, _time.__name__, _factor.__name__ = "length of time", "time", "factor"

COMMANDS: tuple[Command, ...] = (
    Command(
        "scheduler",
        "run what is due, tell who does, or have systemd do so",
        _scheduler,
        (
            arg(
                "what",
                choices=_WHAT,
                metavar="|".join(_WHAT),
                help="see below",
            ),
            arg("--once", action="store_true", help="run what is due now, and end; for cron and CI"),
            arg("--for", dest="duration", type=_length, metavar="TIME", help="end after so long, such as 5m"),
            arg(
                "--from",
                dest="start",
                type=_time,
                metavar="TIME",
                help="go by a clock of its own that reads this now, such as 2026-01-01: time-lapse",
            ),
            arg("--factor", type=_factor, help="that goes so many times as fast: 86400 is a day in a second"),
            arg("--remove", action="store_true", help="take the systemd unit away"),
            arg("--hosted", action="store_true", help=argparse.SUPPRESS),
        ),
        "jupyter mlops scheduler start",
        _DETAILS,
    ),
)
