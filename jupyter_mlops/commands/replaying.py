"""`reproduce`: run it again; are the numbers the same?"""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import Command, Report, Result, arg

if TYPE_CHECKING:
    from jupyter_mlops.project import Project

EXIT_CODES = {"not reproduced": 3, "can't be run": 2}  # by verdict


def _reproduce(project: Project, words: argparse.Namespace, report: Report) -> Result:
    found = project.reproduce(
        words.what, tolerance=words.tolerance, env=words.env, report=report.line, progress=report.cell
    )
    return Result(found, EXIT_CODES.get(found.verdict.value, 0))


COMMANDS: tuple[Command, ...] = (
    Command(
        "reproduce",
        "run a recorded run again, headless from a clean kernel: are the numbers the same?",
        _reproduce,
        (
            arg(
                "what",
                metavar="RUN|MODEL@ALIAS",
                help="a run by id, beginning of its id, name or 'latest'; or a model's version or alias",
            ),
            arg(
                "--tolerance",
                type=float,
                default=0.0,
                metavar="T",
                help="how far metrics may be apart, relative or absolute (default: not at all)",
            ),
            arg("--env", action="store_true", help="rebuild the packages that the run recorded"),
        ),
        "jupyter mlops reproduce churn@champion --tolerance 1e-6",
    ),
)
