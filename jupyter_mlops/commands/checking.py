"""`check`: notebooks, data, models."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import PARAMETER, Command, Report, Result, arg
from jupyter_mlops.exceptions import MLOpsError, UsageError

if TYPE_CHECKING:
    from jupyter_mlops.entities import CheckReport
    from jupyter_mlops.project import Project


def _check(project: Project, words: argparse.Namespace, report: Report) -> Result:
    if words.subject[0] == "infer":
        return _infer(project, words)
    if len(words.subject) > 1:
        raise UsageError(
            f"one thing is checked at once, not {len(words.subject)}", hint=f"check {words.subject[0]} first"
        )
    if words.output is not None or words.force:
        raise UsageError("--output and --force go with infer", hint="jupyter mlops check infer NAME")
    from jupyter_mlops.checks.junit import refuse_unwritable

    if words.junit is not None:
        refuse_unwritable(words.junit)
    subject = words.subject[0]
    found = _project(project, words, subject).check(
        subject,
        text=dict(words.parameter),
        kernel=words.kernel,
        schema=words.schema,
        data=words.data,
        target=words.target,
        against=words.against,
        rows=words.rows,
        progress=report.cell,
    )
    return _written(found, words.junit, report)


def _whole(text: str) -> int:
    """A whole number above 0, for argparse."""
    if not text.isascii() or not text.isdigit() or not int(text):
        raise argparse.ArgumentTypeError(f"{text!r} is not a whole number above 0")
    return int(text)


def _infer(project: Project, words: argparse.Namespace) -> Result:
    if len(words.subject) != 2:
        raise UsageError("infer needs one dataset or file", hint="jupyter mlops check infer customers")
    name = words.subject[1].removeprefix("dataset:")
    path = project.infer_schema(name, words.output, force=words.force)
    return Result(f"written: {path}\nedit it, then: jupyter mlops check {words.subject[1]}")


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
        "check a notebook's cells tagged check, data by a schema, or a model; or infer a schema from data",
        _check,
        (
            arg(
                "subject",
                nargs="+",
                metavar="SUBJECT",
                help="NOTEBOOK.ipynb, DATASET[@N], a data file, or MODEL[@VERSION]; or infer and data",
            ),
            PARAMETER,
            arg("--kernel", metavar="K", help="run the notebook with this kernel"),
            arg("--schema", type=Path, metavar="FILE", help="of the data (default: checks/NAME.yaml)"),
            arg("--data", metavar="D", help="with true labels, to judge the model on: DATASET[@N] or a file"),
            arg("--target", metavar="COLUMN", help="that holds the true labels in the data"),
            arg("--against", metavar="ALIAS", help="of the version to compare the model with"),
            arg("--rows", type=_whole, metavar="N", help="judge the model on so many rows of the data"),
            arg("--output", type=Path, metavar="FILE", help="of infer (default: checks/NAME.yaml)"),
            arg("--force", action="store_true", help="let infer replace a schema that is there"),
            arg("--junit", type=Path, metavar="FILE", help="also write the results there, as JUnit XML"),
        ),
        "jupyter mlops check checks.ipynb --junit checks.xml",
    ),
)
