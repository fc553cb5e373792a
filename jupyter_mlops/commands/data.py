"""`dataset`."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Mapping, Sequence
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import Command, Report, Result, arg
from jupyter_mlops.exceptions import UsageError

if TYPE_CHECKING:
    from jupyter_mlops.project import Project


def _dataset(project: Project, words: argparse.Namespace, report: Report) -> Result:
    least, most, usage = _WORDS[words.action]
    if not least <= len(words.what) <= most:
        raise UsageError(
            f"dataset {words.action} takes {usage}", hint=f"jupyter mlops dataset {words.action} {usage}"
        )
    for option, actions in _OWNERS.items():
        if words.action not in actions and getattr(words, option):
            flag = f"--{option.replace('_', '-')}"
            raise UsageError(f"{flag} belongs to dataset {' and '.join(actions)}", hint=f"leave {flag} out")
    return _ACTIONS[words.action](project, words, report)


def _add(project: Project, words: argparse.Namespace, report: Report) -> Result:
    version = project.datasets.add(
        words.what[0],
        name=words.name,
        key=words.key,
        ordered=False if words.any_order else None,
        tags=_pairs(words.tag),
        source=words.source,
        sql=words.sql,
        report=report.line,
    )
    return Result(version)


def _list(project: Project, words: argparse.Namespace, report: Report) -> Result:
    found = project.datasets.list(words.what[0] if words.what else None)
    if found or words.json:
        return Result(found)
    names = ", ".join(sorted(project.config.datasets))
    hint = f"of mlops.yaml: {names}" if names else "jupyter mlops dataset add FILE"
    return Result(f"no dataset version yet; {hint}")


def _show(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(project.datasets.show(words.what[0]))


def _tag(project: Project, words: argparse.Namespace, report: Report) -> Result:
    tags = {**_pairs(words.what[1:]), **_pairs(words.tag)}
    if not tags and not words.remove:
        raise UsageError("no tag was named", hint=f"jupyter mlops dataset tag {words.what[0]} owner=ana")
    return Result(project.datasets.tag(words.what[0], tags, remove=words.remove, report=report.line))


def _diff(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(project.datasets.diff(*words.what, key=words.key))


def _lineage(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(project.datasets.lineage(words.what[0]))


def _impact(project: Project, words: argparse.Namespace, report: Report) -> Result:
    if words.metric is None:
        raise UsageError("no metric was named", hint="add e.g. --metric accuracy")
    return Result(project.impact(words.what[0], words.metric))


def _pairs(words: Sequence[str]) -> dict[str, str]:
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"{word!r} is not NAME=VALUE", hint="e.g. owner=ana")
        found[name] = value
    return found


_MANY = 10_000  # words
_WORDS: Mapping[str, tuple[int, int, str]] = {
    "add": (1, 1, "FILE|FOLDER|URL|NAME"),
    "list": (0, 1, "[NAME]"),
    "show": (1, 1, "NAME[@N]"),
    "tag": (1, _MANY, "NAME[@N] K=V ..."),
    "diff": (2, 2, "NAME@N NAME@N"),
    "lineage": (1, 1, "NAME[@N]|MODEL[@VERSION]"),
    "impact": (1, 1, "NAME --metric M"),
}
_OWNERS: Mapping[str, tuple[str, ...]] = {  # options, and the actions that heed them
    "name": ("add",),
    "key": ("add", "diff"),
    "any_order": ("add",),
    "tag": ("add", "tag"),
    "remove": ("tag",),
    "source": ("add",),
    "sql": ("add",),
    "metric": ("impact",),
}
_DETAILS = """\
actions:
  add FILE|FOLDER|URL|NAME    catalogue the data as they are; NAME is one of mlops.yaml
      [--name N] [--key COLUMN ...] [--any-order] [--tag K=V ...]
      [--source S] [--sql QUERY]
  list [NAME]                 the versions of all datasets, or of one
  show NAME[@N]               statistics of the columns, and the runs that used it
  tag NAME[@N] K=V ...        set tags; [--remove K ...] takes some off
  diff NAME@N NAME@N          what separates two versions or paths; [--key COLUMN ...]
  lineage NAME[@N]            where it came from and what it led to; also MODEL[@VERSION]
  impact NAME --metric M      what each version did to the metric of the runs built on it"""
_ACTIONS: Mapping[str, Callable[[Project, argparse.Namespace, Report], Result]] = {
    "add": _add,
    "list": _list,
    "show": _show,
    "tag": _tag,
    "diff": _diff,
    "lineage": _lineage,
    "impact": _impact,
}

COMMANDS: tuple[Command, ...] = (
    Command(
        "dataset",
        "add versions of datasets to the catalogue; list, show, tag and compare them; follow where they led",
        _dataset,
        (
            arg("action", choices=tuple(_ACTIONS), help="what to do"),
            arg(
                "what",
                nargs="*",
                metavar="WHAT",
                help="add: a file, folder, URL, or a dataset of mlops.yaml; else NAME (its newest version) "
                "or NAME@N; diff: two of these, or two paths; tag: then K=V ...; lineage: also MODEL@VERSION",
            ),
            arg("--name", metavar="N", help="add: of the dataset (default: the file's)"),
            arg(
                "--key",
                action="append",
                default=[],
                metavar="COLUMN",
                help="add, diff: a column that tells rows apart; may be repeated",
            ),
            arg("--any-order", action="store_true", help="add: the order of rows does not count"),
            arg("--tag", action="append", default=[], metavar="K=V", help="add, tag: a tag; may be repeated"),
            arg("--remove", action="append", default=[], metavar="K", help="tag: take this one off"),
            arg("--source", metavar="S", help="add: where the data come from, if not from there"),
            arg("--sql", metavar="QUERY", help="add: the answer to it of the database at the URL"),
            arg("--metric", metavar="M", help="impact: the metric that the runs are compared by"),
        ),
        "jupyter mlops dataset add data/customers.csv --key id --tag owner=growth",
        _DETAILS,
    ),
)
