"""`check`: notebooks."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import PARAMETER, Command, Report, Result, arg
from jupyter_mlops.exceptions import MLOpsError

if TYPE_CHECKING:
    from jupyter_mlops.entities import CheckReport
    from jupyter_mlops.project import Project


def _check(project: Project, words: argparse.Namespace, report: Report) -> Result:
    from jupyter_mlops.checks.junit import refuse_unwritable

    if words.junit is not None:
        refuse_unwritable(words.junit)
    (subject,) = words.subject
    found = _project(project, words, subject).check(
        subject, text=dict(words.parameter), kernel=words.kernel, progress=report.cell
    )
    return _written(found, words.junit, report)


def _project(project: Project, words: argparse.Namespace, subject: str) -> Project:
    """The one that a notebook lies in, unless another is named."""
    if words.project is not None or not subject.endswith(".ipynb"):
        return project
    return type(project)(notebook=Path(subject))


def _written(found: CheckReport, junit: Path | None, report: Report) -> Result:
    """The report is shown, whatever becomes of the file."""
    from jupyter_mlops.checks.junit import write_junit

    try:
        if junit is not None:
            write_junit(found, junit)
    except MLOpsError as error:
        report.line(f"{error} ({error.hint})" if error.hint else str(error))
        return Result(found, error.exit_code)
    return Result(found, found.exit_code)


COMMANDS: tuple[Command, ...] = (
    Command(
        "check",
        "check a notebook's cells tagged check",
        _check,
        (
            arg("subject", nargs="+", metavar="SUBJECT", help="a NOTEBOOK.ipynb"),
            PARAMETER,
            arg("--kernel", metavar="K", help="run the notebook with this kernel"),
            arg("--junit", type=Path, metavar="FILE", help="also write the results there, as JUnit XML"),
        ),
        "jupyter mlops check checks.ipynb --junit checks.xml",
    ),
)
