"""`run` and `params`: one notebook, or a grid of it."""

from __future__ import annotations

import argparse
from collections.abc import Mapping, Sequence
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.commands.command import NOTEBOOK, PARAMETER, Command, Report, Result, arg
from jupyter_mlops.exceptions import ParameterError, UsageError

if TYPE_CHECKING:
    from jupyter_mlops.entities import Run
    from jupyter_mlops.project import Project


def _run(project: Project, words: argparse.Namespace, report: Report) -> Result:
    if words.verbose:
        _tell_all(report)
    if not Path.cwd().is_relative_to(project.root):
        report.line(f"recorded in the project {project.root}")
    text: dict[str, str] = dict(words.parameter)
    values = parameter_file(words.file) if words.file else {}
    common: dict[str, Any] = {
        "experiment": words.experiment,
        "output": words.output,
        "kernel": words.kernel,
        "cell_timeout": words.cell_timeout,
        "timeout": words.timeout,
        "record": words.record,
        "cold": words.cold,
    }
    if words.register and not words.record:
        raise UsageError("a run that is not recorded has nothing to register", hint="leave --no-record out")
    part = {"checkpoint": words.checkpoint, "resume": words.resume, "start": words.start, "only": words.only}
    if words.grid:
        _refuse_with_grid(part)
        return _run_grid(project, words, report, {**_as_text(values), **text}, common)
    run = project.run(
        words.notebook,
        {name: value for name, value in values.items() if name not in text},
        text=text,
        register=words.register,
        progress=report.cell,
        **common,
        **part,
    )
    if words.register and run.exit_code == 0:
        _say_registered(project, words.register, run, report)
    _say_waiting(project, [run], report)
    return Result(run, run.exit_code)


def _tell_all(report: Report) -> None:
    """What the package logs is said, too."""
    import logging

    class Teller(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            report.line(record.getMessage())

    logger = logging.getLogger("jupyter_mlops")
    logger.setLevel(logging.INFO)
    logger.handlers = [Teller()]


def _run_grid(
    project: Project,
    words: argparse.Namespace,
    report: Report,
    text: Mapping[str, str],
    common: Mapping[str, Any],
) -> Result:
    if words.register and not words.select:
        raise UsageError(
            "--register with --grid needs to know which run", hint="add e.g. --select accuracy or rmse:min"
        )
    runs = project.grid(
        words.notebook,
        _grid(words.grid),
        text=text,
        workers=words.workers,
        progress=report.cell,
        done=lambda run: report.line(f"{run.name}: {run.status.value}"),
        **common,
    )
    _say_waiting(project, runs, report)
    code = max((run.exit_code for run in runs), default=0)
    if words.select and code == 0:
        metric, _, mode = words.select.partition(":")
        best = project.best(runs, metric, mode or "max")
        report.line(f"best {metric}: {best.metrics[metric]:.6g} ({best.name})")
        if words.register:
            project.register(best.run_id, words.register)
            _say_registered(project, words.register, best, report)
    return Result(runs, code)


def _refuse_with_grid(part: Mapping[str, Any]) -> None:
    flags = {"start": "--from"}
    for name, value in part.items():
        if value is not None:
            raise UsageError(
                f"{flags.get(name, f'--{name}')} does not go with --grid", hint="run that point alone, by -p"
            )


def length(text: str) -> float:
    """Seconds, for argparse."""
    from jupyter_mlops.execution.limits import seconds

    return seconds(text)


def _say_registered(project: Project, target: str, run: Run, report: Report) -> None:
    name = target.partition("=")[0]
    version = next((v.version for v in project.models(name) if v.run_id == run.run_id), "?")
    report.line(f"registered {name} version {version} from run {run.run_id[:8]}")


def _say_waiting(project: Project, runs: Sequence[Run], report: Report) -> None:
    for run in runs:
        if (waiting := project.waiting(run.run_id)) is not None:
            report.line(f"run {run.run_id[:8]}: {waiting}")


def parameter_file(path: Path) -> Mapping[str, Any]:
    """Values of a YAML or JSON file.

    Raises:
        ParameterError: it cannot be read, or holds no names.
    """
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        read = YAML(typ="safe").load(path.read_text(encoding="utf-8"))
    except (OSError, UnicodeDecodeError, YAMLError, RecursionError) as error:
        raise ParameterError(
            f"parameter file {path} cannot be read: {error}", hint="it must be YAML or JSON: NAME: VALUE"
        ) from None
    if not isinstance(read, dict) or not all(isinstance(key, str) for key in read):
        raise ParameterError(f"parameter file {path} holds no names", hint="write lines like C: 0.5")
    return read


def _as_text(values: Mapping[str, Any]) -> dict[str, str]:
    """Values of a file in the words of a command line, for runs that mix both."""
    plain = (str, date, time)
    return {name: str(value) if isinstance(value, plain) else repr(value) for name, value in values.items()}


def _grid(words: Sequence[str]) -> dict[str, list[str]]:
    from jupyter_mlops.notebooks.values import split_grid

    grid: dict[str, list[str]] = {}
    for word in words:
        name, equals, values = word.partition("=")
        if not equals or not values:
            raise UsageError(f"--grid {word!r} names no values", hint="write --grid C=0.1,1,10")
        grid[name] = split_grid(values)
    return grid


def _parameters(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(project.parameters(words.notebook))


COMMANDS: tuple[Command, ...] = (
    Command(
        "run",
        "run a notebook headless and record it",
        _run,
        (
            arg("notebook", type=Path, nargs="?", metavar="NOTEBOOK", help="the .ipynb file"),
            PARAMETER,
            arg("-f", "--file", type=Path, help="YAML or JSON file of parameters, with secrets as for -p"),
            arg(
                "--grid",
                nargs="+",
                action="extend",
                default=[],
                metavar="NAME=V1,V2",
                help="one run for each combination",
            ),
            arg("--workers", type=int, default=1, metavar="N", help="grid points side by side (default 1)"),
            arg("--select", metavar="METRIC[:min]", help="the best run of a grid, highest unless :min"),
            arg("--experiment", help="where to record (default: the notebook's own, else the project's)"),
            arg(
                "--register",
                metavar="MODEL[=ARTIFACT]",
                help="register the logged model (or an artifact) under this name",
            ),
            arg(
                "--output",
                type=Path,
                metavar="DIR|NAME",
                help="also put the executed notebook there; in a NAME.ipynb {notebook}, {run}, {date}, "
                "{time}, {experiment} and {PARAMETER} are filled in",
            ),
            arg(
                "--no-record",
                dest="record",
                action="store_false",
                help="record nothing; what the notebook records itself it still does",
            ),
            arg(
                "--cold",
                action="store_true",
                help="start every kernel anew, instead of forking those of a grid from a warm process",
            ),
            arg("--verbose", action="store_true", help="say how each kernel was started"),
            arg("--kernel", metavar="K", help="use this kernel (default: the one the notebook names)"),
            arg(
                "--cell-timeout",
                type=length,
                metavar="T",
                help="limit for each cell: seconds, or 90s, 5m, 2h (a cell's tag timeout:90s counts more)",
            ),
            arg("--timeout", type=length, metavar="T", help="limit for the whole run"),
            arg(
                "--checkpoint",
                type=length,
                nargs="?",
                const=10.0,
                metavar="T",
                help="keep the state after each cell of more than T (default 10 s), for --resume",
            ),
            arg(
                "--resume",
                metavar="RUN",
                help="go on from a failed or killed run at its first cell that is not ok",
            ),
            arg("--from", dest="start", metavar="CELL", help="begin at this cell: number, id or tag"),
            arg("--only", metavar="TAG", help="run only cells with this tag, and parameters"),
        ),
        "jupyter mlops run train.ipynb -p C 0.5 --register churn",
    ),
    Command(
        "params",
        "show a notebook's typed parameters",
        _parameters,
        (NOTEBOOK,),
        "jupyter mlops params train.ipynb",
    ),
)
