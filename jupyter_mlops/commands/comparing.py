"""`compare` and `explain`: which model is better, and why it predicts what it does."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import PARAMETER, Command, Report, Result, arg
from jupyter_mlops.exceptions import UsageError

if TYPE_CHECKING:
    from jupyter_mlops.project import Project


def _compare(project: Project, words: argparse.Namespace, report: Report) -> Result:
    if len(words.what) == 1 and words.what[0].endswith(".ipynb"):
        return _compare_data(project, words, report)
    if len(words.what) != 2 or len(words.data) != 1:
        raise UsageError(
            "compare takes two models and one --data, or one notebook and two",
            hint="jupyter mlops compare churn@1 churn@2 --data customers@2, or "
            "compare train.ipynb --data customers@1 customers@2",
        )
    _refuse(words, ("--parameter", "--input", "--kernel", "--repeats"), "models")
    return Result(
        project.compare(
            *words.what,
            data=words.data[0],
            target=words.target,
            slices=words.slice,
            metric=words.metric,
            answered=words.answered,
            labels=words.labels,
            key=words.key,
        )
    )


def _compare_data(project: Project, words: argparse.Namespace, report: Report) -> Result:
    if len(words.data) != 2:
        raise UsageError(
            "a notebook is compared on two data", hint="compare train.ipynb --data customers@1 customers@2"
        )
    _refuse(words, ("--target", "--slice", "--answered", "--labels", "--key"), "a notebook")
    found = project.compare_data(
        words.what[0],
        *words.data,
        parameter=words.input,
        text=dict(words.parameter),
        kernel=words.kernel,
        repeats=1 if words.repeats is None else words.repeats,
        metric=words.metric,
        progress=report.cell,
        report=report.line,
    )
    return Result(found)


def _refuse(words: argparse.Namespace, flags: tuple[str, ...], what: str) -> None:
    for flag in flags:
        if getattr(words, flag.removeprefix("--")):
            raise UsageError(f"{flag} does not go with {what}", hint="see compare --help")


def _explain(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(
        project.explain(
            words.model,
            data=words.data,
            target=words.target,
            method=words.method,
            rows=words.row,
            metric=words.metric,
        )
    )


_DATA = "DATASET@N, a path or a URL"
_TARGET = arg(
    "--target",
    metavar="COLUMN",
    help="the column of the true values (default: what mlops.yaml says, or the only one that the model "
    "does not take)",
)

COMMANDS: tuple[Command, ...] = (
    Command(
        "compare",
        "compare two model versions on the same data, or one notebook on two versions of its data",
        _compare,
        (
            arg(
                "what",
                nargs="+",
                metavar="MODEL@VERSION|NOTEBOOK",
                help="two model versions or aliases, or one notebook",
            ),
            arg("--data", nargs="+", required=True, metavar="DATA", help=f"{_DATA}; two for a notebook"),
            _TARGET,
            arg(
                "--slice",
                action="append",
                default=[],
                metavar="COLUMN",
                help="also within each value of this column",
            ),
            arg("--metric", metavar="M", help="the metric of the verdict (default: accuracy, or mae)"),
            arg(
                "--answered",
                action="store_true",
                help="judge each version by what it said of the rows that it answered, in what predict "
                "--split wrote",
            ),
            arg("--labels", metavar="DATA", help="with --answered: other data that hold the true values"),
            arg(
                "--key",
                action="append",
                default=[],
                metavar="COLUMN",
                help="join --labels by this column (default: the dataset's key)",
            ),
            PARAMETER,
            arg(
                "--input",
                metavar="NAME",
                help="the notebook's parameter that takes the data (default: the one whose default names "
                "such data)",
            ),
            arg("--kernel", metavar="K", help="run the notebook by this kernel"),
            arg(
                "--repeats",
                type=int,
                metavar="N",
                help="run the notebook so often on each; an interval needs two or more (default 1)",
            ),
        ),
        "jupyter mlops compare churn@1 churn@2 --data customers@2 --slice region",
    ),
    Command(
        "explain",
        "show which features a model leans on, and why single rows get their predictions",
        _explain,
        (
            arg("model", metavar="MODEL[@VERSION]", help="a version or alias; newest unless one is named"),
            arg("--data", required=True, metavar="DATA", help=_DATA),
            _TARGET,
            arg(
                "--method",
                choices=("permutation", "shap"),
                default="permutation",
                help="permutation importance (default), or SHAP values, which need jupyter-mlops[shap]",
            ),
            arg(
                "--row",
                type=int,
                action="append",
                default=[],
                metavar="N",
                help="also explain this row's prediction; rows are counted from 1",
            ),
            arg("--metric", metavar="M", help="what falls with a shuffled feature (default: accuracy, mae)"),
        ),
        "jupyter mlops explain churn@champion --data customers@2 --row 3",
    ),
)
