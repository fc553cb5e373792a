"""`promote`, `approve`, `reject`, `rollback`, `history`: which version is in use, and who let it in."""

from __future__ import annotations

import argparse
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import Command, Report, Result, arg
from jupyter_mlops.exceptions import CheckFailed

if TYPE_CHECKING:
    from jupyter_mlops.project import Project

_NO = 3  # the exit code where a gate says no, or the ledger is not what it was


def _promote(project: Project, words: argparse.Namespace, report: Report) -> Result:
    try:
        found = project.promote(
            words.model,
            to=words.to,
            reason=words.reason,
            override=words.override,
            dry_run=words.dry_run,
            report=report.line,
        )
    except CheckFailed as error:
        gates = getattr(error, "report", None)
        if gates is None:
            raise
        report.line(f"{error} ({error.hint})")
        return Result(gates, _NO)
    closed = words.dry_run and found.gates is not None and not found.gates.passed
    return Result(found, _NO if closed else 0)


def _approve(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(project.approve(words.model, reason=words.reason))


def _reject(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(project.reject(words.model, reason=words.reason))


def _rollback(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(project.rollback(words.model, to=words.to, reason=words.reason))


def _history(project: Project, words: argparse.Namespace, report: Report) -> Result:
    found = project.history(words.model, verify=words.verify, expect=words.expect)
    return Result(found, _NO if found.findings else 0)


_VERSION = arg("model", metavar="MODEL[@VERSION]", help="a number or an alias; by default the newest version")
_TO = arg("--to", default="champion", metavar="ALIAS", help="default: champion")
_REASON = arg("--reason", metavar="TEXT", help="kept in the ledger")

COMMANDS: tuple[Command, ...] = (
    Command(
        "promote",
        "point an alias at a model version, if all gates say yes; exit 3 if one says no",
        _promote,
        (
            _VERSION,
            arg(
                "--to",
                default="champion",
                metavar="ALIAS",
                help="default: champion; gates stand before every alias but challenger",
            ),
            _REASON,
            arg("--dry-run", action="store_true", help="judge the gates only; nothing moves"),
            arg(
                "--override",
                action="store_true",
                help="in spite of gates that say no; needs a reason, and shows in red ever after",
            ),
        ),
        "jupyter mlops promote churn@2 --reason 'a year more of data'",
    ),
    Command(
        "approve",
        "note in the ledger that you hold a model version to be good",
        _approve,
        (_VERSION, _REASON),
        "jupyter mlops approve churn@2",
    ),
    Command(
        "reject",
        "close a model version until somebody approves it",
        _reject,
        (_VERSION, arg("--reason", metavar="TEXT", required=True, help="kept in the ledger")),
        "jupyter mlops reject churn@2 --reason 'trained on test rows'",
    ),
    Command(
        "rollback",
        "point an alias at the version that it was at before; again, and it goes further back",
        _rollback,
        (arg("model", metavar="MODEL", help="its name"), _TO, _REASON),
        "jupyter mlops rollback churn --reason 'complaints'",
    ),
    Command(
        "history",
        "show a model's ledger: what was promoted, approved, rejected, by whom and why",
        _history,
        (
            arg("model", metavar="MODEL", help="its name"),
            arg(
                "--verify",
                action="store_true",
                help="find entries that were changed, removed, reordered or written anew, and aliases that "
                "were moved by other means; exit 3 if there are any",
            ),
            arg(
                "--expect",
                metavar="HASH",
                help="verify that the entry whose hash is this, or begins so, is there: a head that was kept "
                "elsewhere",
            ),
        ),
        "jupyter mlops history churn --verify",
    ),
)
