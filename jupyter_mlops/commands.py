"""The verbs, once: name, help, arguments, call. The CLI and `%mlops` are made from this table."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import date, time
from pathlib import Path
from typing import TYPE_CHECKING, Any, NoReturn, Protocol

from jupyter_mlops.exceptions import ParameterError, UsageError, did_you_mean

if TYPE_CHECKING:
    from jupyter_mlops.entities import CellRecord, Entity, Run
    from jupyter_mlops.project import Project


class Report(Protocol):
    """Where a long verb says how far it is."""

    def line(self, text: str) -> None:
        """Say one thing."""

    def cell(self, record: CellRecord, done: int, total: int) -> None:
        """A cell has ended."""


@dataclass(frozen=True)
class Argument:
    """One argument of a verb, in argparse's words."""

    flags: tuple[str, ...]
    options: Mapping[str, Any] = field(default_factory=dict)


@dataclass(frozen=True)
class Command:
    """One verb. `call` gets the project, the parsed words and a report, and returns entities to show."""

    name: str
    help: str
    call: Callable[[Project, argparse.Namespace, Report], Result]
    arguments: tuple[Argument, ...] = ()
    example: str = ""


@dataclass(frozen=True)
class Result:
    """What a verb found: one entity or several, and how the process should exit."""

    value: Entity | Sequence[Entity] | str | None
    exit_code: int = 0


def _arg(*flags: str, **options: Any) -> Argument:
    return Argument(flags, options)


def _run(project: Project, words: argparse.Namespace, report: Report) -> Result:
    if words.verbose:
        _tell_all(report)
    if not Path.cwd().is_relative_to(project.root):
        report.line(f"recorded in the project {project.root}")
    text: dict[str, str] = dict(words.parameter)
    values = _parameter_file(words.file) if words.file else {}
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


def _length(text: str) -> float:
    """Seconds, for argparse."""
    from jupyter_mlops.execution.limits import seconds

    return seconds(text)


def _number_or_all(text: str) -> int | None:
    """A number or ``all``, for argparse."""
    return None if text == "all" else int(text)


def _say_registered(project: Project, target: str, run: Run, report: Report) -> None:
    name = target.partition("=")[0]
    version = next((v.version for v in project.models(name) if v.run_id == run.run_id), "?")
    report.line(f"registered {name} version {version} from run {run.run_id[:8]}")


def _say_waiting(project: Project, runs: Sequence[Run], report: Report) -> None:
    for run in runs:
        if (waiting := project.waiting(run.run_id)) is not None:
            report.line(f"run {run.run_id[:8]}: {waiting}")


def _parameter_file(path: Path) -> Mapping[str, Any]:
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


def _promote(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(project.promote(words.model, to=words.to, reason=words.reason))


def _parameters(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(project.parameters(words.notebook))


def _sync(project: Project, words: argparse.Namespace, report: Report) -> Result:
    found = project.sync(report.line)
    return Result(found, 4 if found.waits else 0)


def _demo(project: Project, words: argparse.Namespace, report: Report) -> Result:
    from jupyter_mlops.demo import run_demo

    return Result(run_demo(words.folder, report))


_NOTEBOOK = _arg("notebook", type=Path, metavar="NOTEBOOK", help="the .ipynb file")

COMMANDS: tuple[Command, ...] = (
    Command(
        "run",
        "run a notebook headless and record it",
        _run,
        (
            _arg("notebook", type=Path, nargs="?", metavar="NOTEBOOK", help="the .ipynb file"),
            _arg(
                "-p",
                "--parameter",
                nargs=2,
                action="append",
                default=[],
                metavar=("NAME", "VALUE"),
                help="set a parameter; the value is read by its declared type; env:NAME and file:PATH refer "
                "to a secret, which is kept nowhere (text:env:NAME is that text itself)",
            ),
            _arg("-f", "--file", type=Path, help="YAML or JSON file of parameters, with secrets as for -p"),
            _arg(
                "--grid",
                nargs="+",
                action="extend",
                default=[],
                metavar="NAME=V1,V2",
                help="one run for each combination",
            ),
            _arg("--workers", type=int, default=1, metavar="N", help="grid points side by side (default 1)"),
            _arg("--select", metavar="METRIC[:min]", help="the best run of a grid, highest unless :min"),
            _arg("--experiment", help="where to record (default: the notebook's own, else the project's)"),
            _arg(
                "--register",
                metavar="MODEL[=ARTIFACT]",
                help="register the logged model (or an artifact) under this name",
            ),
            _arg(
                "--output",
                type=Path,
                metavar="DIR|NAME",
                help="also put the executed notebook there; in a NAME.ipynb {notebook}, {run}, {date}, "
                "{time}, {experiment} and {PARAMETER} are filled in",
            ),
            _arg(
                "--no-record",
                dest="record",
                action="store_false",
                help="record nothing; what the notebook records itself it still does",
            ),
            _arg(
                "--cold",
                action="store_true",
                help="start every kernel anew, instead of forking those of a grid from a warm process",
            ),
            _arg("--verbose", action="store_true", help="say how each kernel was started"),
            _arg("--kernel", metavar="K", help="use this kernel (default: the one the notebook names)"),
            _arg(
                "--cell-timeout",
                type=_length,
                metavar="T",
                help="limit for each cell: seconds, or 90s, 5m, 2h (a cell's tag timeout:90s counts more)",
            ),
            _arg("--timeout", type=_length, metavar="T", help="limit for the whole run"),
            _arg(
                "--checkpoint",
                type=_length,
                nargs="?",
                const=10.0,
                metavar="T",
                help="keep the state after each cell of more than T (default 10 s), for --resume",
            ),
            _arg(
                "--resume",
                metavar="RUN",
                help="go on from a failed or killed run at its first cell that is not ok",
            ),
            _arg("--from", dest="start", metavar="CELL", help="begin at this cell: number, id or tag"),
            _arg("--only", metavar="TAG", help="run only cells with this tag, and parameters"),
        ),
        "jupyter mlops run train.ipynb -p C 0.5 --register churn",
    ),
    Command(
        "runs",
        "list the project's runs, newest first",
        _runs,
        (
            _arg("--experiment", help="only this experiment"),
            _arg("--filter", metavar="F", help="in MLflow's words: metrics.accuracy > 0.9"),
            _arg("--order", metavar="O", help="in MLflow's words: metrics.accuracy DESC"),
            _arg(
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
            _arg("run", metavar="RUN", help="id, its first characters, name, or latest"),
            _arg(
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
        (_arg("left", metavar="RUN", help="as for show"), _arg("right", metavar="RUN", help="as for show")),
        "jupyter mlops diff 3f2a 9c41",
    ),
    Command(
        "models",
        "list registered models, their versions and aliases",
        _models,
        (_arg("name", nargs="?", metavar="MODEL", help="only this one"),),
        "jupyter mlops models",
    ),
    Command(
        "promote",
        "point an alias at a model version (no gates yet)",
        _promote,
        (
            _arg("model", metavar="MODEL[@VERSION]", help="newest version unless one is named"),
            _arg("--to", default="champion", metavar="ALIAS", help="default: champion"),
            _arg("--reason", help="kept with the version"),
        ),
        "jupyter mlops promote churn@2 --to champion",
    ),
    Command(
        "params",
        "show a notebook's typed parameters",
        _parameters,
        (_NOTEBOOK,),
        "jupyter mlops params train.ipynb",
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
            _arg(
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


class Parser(argparse.ArgumentParser):
    """Says what is wrong in our way instead of exiting: a kernel must not end for a misspelt magic."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(message, hint=f"see {self.prog} --help")


def _common(**options: Any) -> Parser:
    common = Parser(add_help=False, **options)
    common.add_argument("--json", action="store_true", help="print entities as JSON")
    common.add_argument("--debug", action="store_true", help="show tracebacks")
    common.add_argument(
        "--project", type=Path, metavar="DIR", help="project folder (default: found from here)"
    )
    return common


def build_parser(prog: str) -> Parser:
    """The parser of all verbs, for ``jupyter mlops`` or ``%mlops``."""
    from jupyter_mlops import __version__

    # said before the verb or after it; the verb's own defaults must not undo the former
    common, after = _common(), _common(argument_default=argparse.SUPPRESS)
    parser = Parser(
        prog=prog,
        description="Track, run, compare, register and promote notebooks, without leaving Jupyter.",
        parents=[common],
    )
    parser.add_argument("--version", action="version", version=f"jupyter-mlops {__version__}")
    verbs = parser.add_subparsers(dest="verb", metavar="VERB", parser_class=Parser)
    for command in COMMANDS:
        verb = verbs.add_parser(
            command.name,
            help=command.help,
            description=command.help[0].upper() + command.help[1:] + ".",
            epilog=f"example: {command.example}",
            parents=[after],
        )
        for argument in command.arguments:
            verb.add_argument(*argument.flags, **argument.options)
    return parser


def parse(words: Sequence[str], prog: str) -> tuple[Command | None, argparse.Namespace]:
    """The verb and its words; None where no verb was given.

    Raises:
        UsageError: an unknown verb or argument.
    """
    known = {command.name: command for command in COMMANDS}
    places = (i for i, word in enumerate(words) if not word.startswith("-"))
    first = next((words[i] for i in places if not i or words[i - 1] != "--project"), None)
    if first is not None and first not in known:
        raise UsageError(f"unknown verb {first!r}", hint=did_you_mean(first, known))
    parsed = build_parser(prog).parse_args(words)
    return (known[parsed.verb] if parsed.verb else None), parsed
