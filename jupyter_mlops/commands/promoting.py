"""`promote`, `approve`, `reject`, `rollback`, `history`: which version is in use, and who let it in."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import Command, Report, Result, arg

if TYPE_CHECKING:
    from jupyter_mlops.project import Project


def _promote(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(project.promote(words.model, to=words.to, reason=words.reason))


COMMANDS: tuple[Command, ...] = (
    Command(
        "promote",
        "point an alias at a model version (no gates yet)",
        _promote,
        (
            arg("model", metavar="MODEL[@VERSION]", help="newest version unless one is named"),
            arg("--to", default="champion", metavar="ALIAS", help="default: champion"),
            arg("--reason", help="kept with the version"),
        ),
        "jupyter mlops promote churn@2 --to champion",
    ),
)
