"""`drift`: are the data still what they were."""

from __future__ import annotations

import argparse
import os
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import Command, Report, Result, arg
from jupyter_mlops.exceptions import Refused, UsageError

if TYPE_CHECKING:
    from jupyter_mlops.project import Project


def _drift(project: Project, words: argparse.Namespace, report: Report) -> Result:
    for target in (words.html, words.evidently):
        if target is not None:
            check_writable(target)
    usual, columns = _thresholds(words.threshold)
    found = project.drift(
        words.reference,
        words.current,
        model=words.model,
        target=words.target,
        threshold=usual,
        thresholds=columns,
        ignore=words.ignore,
        evidently=words.evidently,
    )
    code = 3 if found.drifted else 0
    if found.drifted and words.notify:
        project.tell_of_drift(found)
    if words.html is None:
        return Result(found, code)
    from jupyter_mlops.drawing.pages import page
    from jupyter_mlops.files import write_whole

    try:
        write_whole(words.html, page(found))
    except OSError as error:
        report.line(f"{words.html} could not be written: {error}")
        return Result(found, 4)
    report.line(f"written: {words.html}")
    return Result(found, code)


def _thresholds(given: list[str]) -> tuple[float | None, dict[str, float]]:
    """``X``, and ``NAME=X`` by name; a name may hold ``=`` itself."""
    usual: float | None = None
    columns: dict[str, float] = {}
    for text in given:
        name, equals, number = text.rpartition("=")
        try:
            value = float(number)
        except ValueError:
            raise UsageError(
                f"--threshold {text}: {number!r} is no number", hint="e.g. 0.2 or age=0.3"
            ) from None
        if equals:
            columns[name] = value
        else:
            usual = value
    return usual, columns


def check_writable(path: Path) -> None:
    """Return if a file can be written there: to be asked before anything is worked out.

    Raises:
        Refused: it cannot.
    """
    if path.is_dir() or not path.parent.is_dir():
        raise Refused(f"{path} cannot be written: there is no such folder, or it is one", hint="name a file")
    if not os.access(path.parent, os.W_OK):
        raise Refused(f"{path} cannot be written: its folder is read-only", hint="name another file")


COMMANDS: tuple[Command, ...] = (
    Command(
        "drift",
        "tell whether data, predictions and performance are still what they were; exit 3 if not",
        _drift,
        (
            arg("--reference", required=True, metavar="DATA", help="what it was: DATASET@N, a path or a URL"),
            arg("--current", required=True, metavar="DATA", help="what it is, likewise"),
            arg("--model", metavar="MODEL@ALIAS", help="also compare its predictions, and its metrics"),
            arg(
                "--target",
                metavar="COLUMN",
                help="the column of the true values (default: the only one that the model does not take)",
            ),
            arg(
                "--threshold",
                action="append",
                default=[],
                metavar="[COLUMN=]X",
                help="the effect beyond which a column drifted (default 0.1): normed Wasserstein distance of "
                "numbers, Jensen-Shannon distance of categories; may be given again, for columns",
            ),
            arg("--ignore", action="append", default=[], metavar="COLUMN", help="leave this column out"),
            arg(
                "--notify", action="store_true", help="tell those whom notify: names of drift that was found"
            ),
            arg("--html", type=Path, metavar="FILE", help="also write the report, with plots, as a page"),
            arg(
                "--evidently",
                type=Path,
                metavar="FILE",
                help="also write Evidently's report of these data",
            ),
        ),
        "jupyter mlops drift --reference customers@1 --current new.csv --model churn@champion",
    ),
)
