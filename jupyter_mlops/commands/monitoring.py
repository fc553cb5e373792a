"""`monitor`: what is watched of a champion."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import Command, Report, Result, arg
from jupyter_mlops.exceptions import MLOpsError, UsageError

if TYPE_CHECKING:
    from jupyter_mlops.entities import MonitorState
    from jupyter_mlops.project import Project


def _monitor(project: Project, words: argparse.Namespace, report: Report) -> Result:
    name = words.name
    if words.html is not None:
        from jupyter_mlops.commands.drifting import check_writable

        if name is None:
            raise UsageError(
                "--html is of one monitor", hint="name it: jupyter mlops monitor NAME --html FILE"
            )
        check_writable(words.html)
    names = _names(project, name)
    code = _look(project, names, report) if words.now else 0
    states = project.monitors() if name is None else [project.monitor(each) for each in names]
    whole = words.json and name is None  # a list, however many there are
    value: MonitorState | list[MonitorState] | str = states[0] if len(states) == 1 and not whole else states
    if not states and not whole:
        value = "mlops.yaml has no monitors:, e.g. monitors: {churn: {model: churn}}"
    if words.html is None:
        return Result(value, code)
    from jupyter_mlops.drawing.pages import page
    from jupyter_mlops.files import write_whole

    try:
        write_whole(words.html, page(states[0] if len(states) == 1 else project.monitor(name)))
    except OSError as error:
        report.line(f"{words.html} could not be written: {error}")
        return Result(value, 4)
    report.line(f"written: {words.html}")
    return Result(value, code)


def _names(project: Project, name: str | None) -> list[str]:
    """The monitor of that name, else all of the model of that name; all monitors where none is named."""
    declared = project.config.monitors
    if name is None:
        return list(declared)
    if name in declared:
        return [name]
    return [each for each, monitor in declared.items() if monitor.model == name] or [name]


def _look(project: Project, names: Sequence[str], report: Report) -> int:
    """3 where a monitor finds a breach, or found it and nothing is new since then. Of several that are to
    look, one that cannot does not keep the others from it."""
    breached, failed = False, 0
    for each in names:
        try:
            found = project.check_monitor(each)
        except MLOpsError as error:
            if len(names) == 1:
                raise
            report.line(f"{error} ({error.hint})" if error.hint else str(error))
            failed = error.exit_code
            continue
        if found.repeated:
            report.line(f"{each}: nothing is new since look {found.number}")
        breached = breached or bool(found.breaches)
    return 3 if breached else failed


COMMANDS: tuple[Command, ...] = (
    Command(
        "monitor",
        "list monitors, or show what one found over time; with --now it looks, exit 3 on a breach",
        _monitor,
        (
            arg("name", nargs="?", metavar="NAME", help="a monitor, or a model (default: list all)"),
            arg("--now", action="store_true", help="look at once; where nothing is new, that is said"),
            arg("--html", type=Path, metavar="FILE", help="also write it, with plots over time, as a page"),
        ),
        "jupyter mlops monitor churn --now",
    ),
)
