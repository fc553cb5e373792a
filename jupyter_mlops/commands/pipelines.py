"""`pipeline`, `cancel`, `gc`."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import PARAMETER, Command, Report, Result, arg
from jupyter_mlops.commands.running import length, parameter_file
from jupyter_mlops.exceptions import UsageError

if TYPE_CHECKING:
    from jupyter_mlops.project import Project

_MONTH = 30 * 86400.0  # seconds
_RUNS = """With --runs the executed notebooks, logs and other artifacts of old runs are freed,
and logs of old slots; parameters, metrics, tags and how the cells ended stay, as do
logged models. Which runs are old is told by --keep-last and --older, of which both
must hold where both are given; where none is, by mlops.yaml:

  retention: {keep_last: 20, older: 90d}

No schedule does that by itself: type it, or have cron do it, with --yes.
Never freed are runs that go on, have the tag `keep`, made a registered model version
or the data that one learned from, are named in a ledger, replayed such a run, or are
part of a pipeline run with one of those; nor readings of monitors, reports of gates
and checks, predictions and dataset versions."""


def _pipeline(project: Project, words: argparse.Namespace, report: Report) -> Result:
    if words.action == "list":
        names = sorted(project.config.pipelines)
        return Result("\n".join(names) if names else "no pipelines in mlops.yaml")
    text = dict(words.parameter)
    given = parameter_file(words.file) if words.file else {}
    values = {name: value for name, value in given.items() if name not in text}
    pipeline = project.pipeline(_named(project, words.name))
    if words.action == "show":
        return Result(pipeline.show(values, text=text))
    if project.store.is_new:
        report.line("a new project: its store is being made")
    if words.engine == "dask":
        report.line(f"asking for a Dask cluster {words.address or 'on this machine'}")
    found = pipeline.run(
        values,
        text=text,
        only=words.only,
        start=words.start,
        force=words.force,
        dry_run=words.dry_run,
        workers=words.workers,
        engine=words.engine,
        address=words.address,
        progress=report.step,
        began=report.edges,
    )
    if words.explain and found.run is not None:
        for step in found.steps:
            report.line(f"{step.name}: {step.state.value}: {step.why or step.error or ''}")
    return Result(found, found.exit_code)


def _named(project: Project, name: str | None) -> str:
    """The pipeline that is meant; the only one there is needs no name."""
    if name is not None:
        return name
    known = sorted(project.config.pipelines)
    if len(known) == 1:
        return known[0]
    raise UsageError(
        "no pipeline was named", hint=f"there are: {', '.join(known) or 'none; declare one in mlops.yaml'}"
    )


def _cancel(project: Project, words: argparse.Namespace, report: Report) -> Result:
    run = project.cancel(words.run)
    return Result(f"run {run.run_id[:8]} ({run.name}): {run.status.value}")


def _gc(project: Project, words: argparse.Namespace, report: Report) -> Result:
    if words.runs:
        return _free_runs(project, words, report)
    for flag in ("keep_last", "older", "schedule", "experiment"):
        if getattr(words, flag) is not None:
            raise UsageError(f"--{flag.replace('_', '-')} is of runs", hint="add --runs")
    found = project.collect_garbage(_MONTH if words.keep is None else words.keep, free=words.yes)
    if found and not words.yes:
        report.line("nothing was freed; --yes frees what is listed")
    return Result(found, empty="nothing to free")


def _free_runs(project: Project, words: argparse.Namespace, report: Report) -> Result:
    if words.keep is not None:
        raise UsageError("--keep is of outputs of steps and copies of data", hint="--older 30d, with --runs")
    found = project.free_runs(
        keep_last=words.keep_last,
        older=words.older,
        schedule=words.schedule,
        experiment=words.experiment,
        free=words.yes,
    )
    if found and not words.yes:
        report.line("nothing was freed; --yes frees what is listed")
    failed = any(each.problem for each in found)
    return Result(found, 4 if failed else 0, empty="nothing to free")


def _number(text: str) -> int:
    if not text.isascii() or not text.isdecimal():
        raise argparse.ArgumentTypeError(f"{text!r} is no number of runs")
    return int(text)


COMMANDS: tuple[Command, ...] = (
    Command(
        "pipeline",
        "run a pipeline of mlops.yaml, show it, or list them",
        _pipeline,
        (
            arg("action", choices=("run", "show", "list"), help="run it, only look at it, or list all"),
            arg(
                "name",
                nargs="?",
                metavar="NAME",
                help="of the pipeline, or a notebook whose cells are tagged step:NAME",
            ),
            PARAMETER,
            arg("-f", "--file", type=Path, help="YAML or JSON file of parameters"),
            arg(
                "--only", action="append", default=[], metavar="STEP", help="run this step only (repeatable)"
            ),
            arg("--from", dest="start", metavar="STEP", help="run this step and all that come after it"),
            arg("--force", action="store_true", help="run also what is cached"),
            arg("--dry-run", action="store_true", help="only say what would run, and why"),
            arg("--explain", action="store_true", help="say for each step why it was cached or stale"),
            arg("--workers", type=int, metavar="N", help="steps side by side (default: the cores)"),
            arg(
                "--engine",
                choices=("local", "dask"),
                default="local",
                help="where steps run (default: local)",
            ),
            arg("--address", metavar="A", help="of a Dask scheduler; default: a cluster on this machine"),
        ),
        "jupyter mlops pipeline run churn --workers 2 --explain",
    ),
    Command(
        "cancel",
        "end a run or pipeline run that goes on; its partial notebooks are kept",
        _cancel,
        (arg("run", metavar="RUN", help="id, its first characters, name, or latest"),),
        "jupyter mlops cancel latest",
    ),
    Command(
        "gc",
        "free kept outputs, and copies of older data, that no run used lately, or outputs of old runs; "
        "shows them first",
        _gc,
        (
            arg(
                "--keep",
                type=length,
                metavar="T",
                help="keep what was made or used in that time: 30d (the default), 12h, ...",
            ),
            arg("--runs", action="store_true", help="free what old runs left: see below"),
            arg(
                "--keep-last",
                type=_number,
                metavar="N",
                help="with --runs: keep those of the newest N of each notebook and pipeline",
            ),
            arg(
                "--older",
                type=length,
                metavar="T",
                help="with --runs: only those that ended longer ago: 90d, 12h, ...",
            ),
            arg("--schedule", metavar="NAME", help="with --runs: only runs of this schedule"),
            arg("--experiment", metavar="E", help="with --runs: only runs in this experiment"),
            arg("--yes", action="store_true", help="free what is listed"),
        ),
        "jupyter mlops gc --keep 7d --yes",
        _RUNS,
    ),
)
