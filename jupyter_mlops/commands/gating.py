"""`gate`: what a version must pass."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import Command, Report, Result, arg
from jupyter_mlops.exceptions import UsageError

if TYPE_CHECKING:
    from jupyter_mlops.entities import GateResult
    from jupyter_mlops.project import Project

_NO = 3  # the exit code where a gate says no
_LONG = 1.0  # seconds that a gate takes which is told when it is judged
_ACTIONS = ("list", "add", "remove", "judge")


def _gate(project: Project, words: argparse.Namespace, report: Report) -> Result:
    action, gate = words.action, " ".join(words.gate)
    changes = action in {"add", "remove"}
    if changes and not gate:
        raise UsageError(f"gate {action} needs a gate", hint=f"jupyter mlops gate {action} churn 'f1 >= 0.7'")
    if not changes and gate:
        raise UsageError(
            f"gate {action} takes a model only", hint=f"jupyter mlops gate {action} {words.model}"
        )
    if words.anew and action != "judge":
        raise UsageError("--anew belongs to gate judge", hint="leave --anew out")
    if action == "add":
        return Result(project.add_gate(words.model, gate))
    if action == "remove":
        return Result(project.remove_gate(words.model, gate))
    if action == "list":
        return Result(project.listed_gates(words.model, to=words.to))

    def done(result: GateResult, count: int, total: int) -> None:
        if result.seconds >= _LONG:
            report.line(f"gate {count} of {total}: {result.name}: {result.status.value}")

    found = project.gates(
        words.model, to=words.to, judge=True, anew=words.anew, done=done, report=report.line
    )
    return Result(found, 0 if found.passed else _NO)


COMMANDS: tuple[Command, ...] = (
    Command(
        "gate",
        "list, add, remove or judge what a model's version must pass to be promoted; exit 3 if one says no",
        _gate,
        (
            arg("action", choices=_ACTIONS, metavar="ACTION", help=f"one of {', '.join(_ACTIONS)}"),
            arg("model", metavar="MODEL[@VERSION]", help="of list and judge: newest version unless named"),
            arg(
                "gate",
                nargs="*",
                metavar="GATE",
                help="to add or remove, in quotes: 'f1 >= 0.7', or YAML: '{replay: {tolerance: 1e-9}}'",
            ),
            arg("--anew", action="store_true", help="judge also what was judged by the very same before"),
            arg("--to", default="champion", metavar="ALIAS", help="that the version is to get"),
        ),
        'jupyter mlops gate add churn "f1 >= 0.7"',
    ),
)
