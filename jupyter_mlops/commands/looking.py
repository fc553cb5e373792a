"""`runs`, `show`, `diff`, `models`, `sync`, `demo`: what was recorded."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import Command, Report, Result, arg

if TYPE_CHECKING:
    from jupyter_mlops.project import Project


def _number_or_all(text: str) -> int | None:
    """A number or ``all``, for argparse."""
    return None if text == "all" else int(text)


def _runs(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(
        project.runs(experiment=words.experiment, where=words.filter, order_by=words.order, limit=words.limit)
    )


def _show(project: Project, words: argparse.Namespace, report: Report) -> Result:
    if words.output is not None:
        report.line(f"written: {project.executed(words.run, words.output)}")
    return Result(project.show(words.run))


def _diff(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(project.diff(words.left, words.right))


def _models(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(project.models(words.name))


def _sync(project: Project, words: argparse.Namespace, report: Report) -> Result:
    found = project.sync(report.line)
    return Result(found, 4 if found.waits else 0)


def _demo(project: Project, words: argparse.Namespace, report: Report) -> Result:
    from jupyter_mlops.demo import run_demo

    return Result(run_demo(words.folder, report))


COMMANDS: tuple[Command, ...] = (
    Command(
        "runs",
        "list the project's runs, newest first",
        _runs,
        (
            arg("--experiment", help="only this experiment"),
            arg("--filter", metavar="F", help="in MLflow's words: metrics.accuracy > 0.9"),
            arg("--order", metavar="O", help="in MLflow's words: metrics.accuracy DESC"),
            arg(
                "--limit",
                type=_number_or_all,
                default=50,
                metavar="N",
                help="at most so many, or all (default 50)",
            ),
        ),
        'jupyter mlops runs --filter "metrics.accuracy > 0.9"',
    ),
    Command(
        "show",
        "show all that is known of a run",
        _show,
        (
            arg(
                "run",
                metavar="RUN",
                help="id, its first characters, name, latest, or MODEL@VERSION",
            ),
            arg(
                "--output",
                type=Path,
                metavar="NAME.ipynb",
                help="also write the executed notebook there; while it runs, with its outputs so far",
            ),
        ),
        "jupyter mlops show latest",
    ),
    Command(
        "diff",
        "compare two runs: parameters, metrics, data, packages, code by cell",
        _diff,
        (
            arg("left", metavar="RUN", help="as for show"),
            arg("right", metavar="RUN", help="as for show"),
        ),
        "jupyter mlops diff 3f2a 9c41",
    ),
    Command(
        "models",
        "list registered models, their versions and aliases",
        _models,
        (arg("name", nargs="?", metavar="MODEL", help="only this one"),),
        "jupyter mlops models",
    ),
    Command(
        "sync",
        "send what waits for the tracking server, and tell what waits still",
        _sync,
        (),
        "jupyter mlops sync",
    ),
    Command(
        "demo",
        "see it work: train, record, register, promote and score on real data (under a minute)",
        _demo,
        (
            arg(
                "--folder",
                type=Path,
                default=None,
                metavar="DIR",
                help="the project to make (default: ./mlops-demo)",
            ),
        ),
        "jupyter mlops demo",
    ),
)
