"""`schedule`: what runs by itself, and when."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING, Any

from jupyter_mlops.commands.command import PARAMETER, Command, Report, Result, arg
from jupyter_mlops.exceptions import UsageError, did_you_mean

if TYPE_CHECKING:
    from jupyter_mlops.project import Project

_NAMED = ("show", "pause", "resume", "remove", "run-now", "backfill")  # they need the name of a schedule
_FIELDS = (  # of `add` alone, as mlops.yaml calls them
    *("every", "timezone", "start", "end", "quiet", "misfire", "grace", "overlap", "limit", "retries"),
    *("backoff", "timeout", "source", "experiment", "register", "auto_promote"),
)
_KINDS = ("data", "sql", "code", "run", "metric", "drift", "webhook")
_DETAILS = """\
  list                       all, with what is due next and how the last one ended
  show NAME                  one, with its slots, how each ended and why
  add [WHEN] WHAT            WHEN: minute hour day month weekday, @daily ..., or "every 6h";
                             WHAT: a pipeline or notebook; with --predict a model version
  pause|resume|remove NAME   remove takes it out of mlops.yaml
  next [NAME] [N]            the next due times
  run-now NAME               as soon as a scheduler is there
  backfill NAME --from --to  a run for each due time that is past, except where one ended well"""


def _schedule(project: Project, words: argparse.Namespace, report: Report) -> Result:
    actions: dict[str, Callable[[Project, argparse.Namespace, Report], Result]] = {
        "list": _list,
        "show": lambda project, words, report: Result(project.schedule(words.words[0])),
        "add": _add,
        "pause": lambda project, words, report: Result(project.pause(words.words[0], report=report.line)),
        "resume": lambda project, words, report: Result(project.resume(words.words[0], report=report.line)),
        "remove": _remove,
        "next": _next,
        "run-now": _run_now,
        "backfill": _backfill,
    }
    _check_words(words)
    return actions[words.action](project, words, report)


def _check_words(words: argparse.Namespace) -> None:
    """Refuse what belongs to another action."""
    action, said = words.action, words.words
    if action in _NAMED and len(said) != 1:
        problem = f"schedule {action} needs the name of a schedule" + (", one" if said else "")
        raise UsageError(problem, hint=f"jupyter mlops schedule {action} NAME")
    if action == "list" and said:
        raise UsageError("schedule list takes no name", hint=f"jupyter mlops schedule show {said[0]}")
    others = {*_FIELDS, "name", "on", "predict"} if action != "add" else set()
    others |= {"parameter"} if action not in {"add", "run-now"} else set()
    others |= {"begin", "to", "again", "dry_run"} if action != "backfill" else set()
    for option in sorted(others):
        if getattr(words, option) not in (None, False, []):
            flag = {"begin": "--from", "parameter": "-p"}.get(option, f"--{option.replace('_', '-')}")
            raise UsageError(f"schedule {action} takes no {flag}", hint="see: jupyter mlops schedule --help")


def _list(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(project.schedules(), empty="no schedules; add one: jupyter mlops schedule add --help")


def _add(project: Project, words: argparse.Namespace, report: Report) -> Result:
    given = {key: getattr(words, key) for key in _FIELDS}
    fields = {key: value for key, value in given.items() if value is not None and value is not False}
    if words.on:
        fields["on"] = _trigger(words.on)
    said, itself = words.words, "every" in fields or "on" in fields
    if len(said) != (1 if itself else 2):
        usage = "WHAT, as --every or --on says when" if itself else "WHEN (in quotes) and WHAT"
        raise UsageError(
            f"schedule add needs {usage}; it got {len(said)}",
            hint='jupyter mlops schedule add "0 2 * * *" churn',
        )
    state = project.add_schedule(
        words.name,
        None if itself else said[0],
        said[-1],
        predict=None if words.predict is None else tuple(words.predict),
        text=dict(words.parameter),
        **fields,
    )
    report.line(f"added {state.name} to mlops.yaml")
    _tell_who_runs(project, report)
    return Result(state)


def _trigger(said: Sequence[str]) -> dict[str, Any]:
    """What ``KEY=VALUE`` several times, or a YAML mapping, means as `on:`."""
    if len(said) == 1 and said[0].lstrip().startswith("{"):
        return _mapping(said[0])
    given: dict[str, Any] = {}
    for each in said:
        key, equals, value = each.partition("=")
        key = key.strip()
        if not equals or not value.strip() or key not in {*_KINDS, "of", "at"}:
            raise UsageError(f"--on {each}: it is not KEY=VALUE", hint=did_you_mean(key, _KINDS))
        if key in {"data", "code"}:
            given.setdefault(key, []).append(value.strip())
        elif key in given:
            raise UsageError(f"--on {key} is told twice", hint="tell it once")
        else:
            given[key] = value.strip()
    if "sql" in given or "at" in given:
        given["sql"] = {"query": given.get("sql"), "at": given.pop("at", None)}
    if "webhook" in given:
        given["webhook"] = {"secret": given["webhook"]}
    for key in {"data", "code"} & given.keys():
        given[key] = given[key][0] if len(given[key]) == 1 else given[key]
    return given


def _mapping(text: str) -> dict[str, Any]:
    from ruamel.yaml import YAML
    from ruamel.yaml.error import YAMLError

    try:
        found = YAML(typ="safe", pure=True).load(text)
    except (YAMLError, ValueError) as error:
        problem = getattr(error, "problem", None) or error
        raise UsageError(f"--on {text}: {problem}", hint="write e.g. '{data: data/new.csv}'") from None
    if not isinstance(found, dict):
        raise UsageError(f"--on {text}: it has no keys", hint="write e.g. '{data: data/new.csv}'")
    return found


def _remove(project: Project, words: argparse.Namespace, report: Report) -> Result:
    state = project.remove_schedule(words.words[0])
    return Result(f"removed {state.name} from mlops.yaml")


def _next(project: Project, words: argparse.Namespace, report: Report) -> Result:
    said = list(words.words)
    number = bool(said) and said[-1].isascii() and said[-1].isdigit()
    if len(said) == 1 and said[0] in project.planned():  # a schedule may be called 5
        number = False
    count = int(said.pop()) if number else 10
    if len(said) > 1 or not 0 < count <= 10_000:
        hint = "jupyter mlops schedule next nightly 5"
        raise UsageError("schedule next takes a name and a number", hint=hint)
    found = project.next_slots(count, said[0] if said else None)
    return Result(found, empty="nothing will be due by the clock")


def _run_now(project: Project, words: argparse.Namespace, report: Report) -> Result:
    slot = project.run_now(words.words[0], text=dict(words.parameter))
    _tell_who_runs(project, report)
    return Result(slot)


def _backfill(project: Project, words: argparse.Namespace, report: Report) -> Result:
    if words.begin is None or words.to is None:
        raise UsageError(
            "backfill needs --from and --to",
            hint="jupyter mlops schedule backfill nightly --from 2026-11-01 --to 2026-11-08",
        )
    begin, end = (_moment(text) for text in (words.begin, words.to))
    slots = project.backfill(words.words[0], begin, end, again=words.again, dry_run=words.dry_run)
    if slots and words.dry_run:
        report.line("a dry run: nothing was asked for")
    elif slots:
        _tell_who_runs(project, report)
    return Result(slots, empty="nothing to run: each due time in that span ran well, or waits (see --again)")


def _moment(text: str) -> datetime:
    try:
        return datetime.fromisoformat(text)
    except ValueError:
        raise UsageError(f"{text!r} is no time", hint="write e.g. 2026-01-31 or 2026-01-31T02:00") from None


def _tell_who_runs(project: Project, report: Report) -> None:
    if not project.has_scheduler():
        report.line("no scheduler is there to run it: jupyter mlops scheduler start")


COMMANDS: tuple[Command, ...] = (
    Command(
        "schedule",
        "say what runs by itself, and when: list, show, add, pause, resume, remove, next, run-now, backfill",
        _schedule,
        (
            arg("action", choices=("list", "add", "next", *_NAMED), metavar="ACTION", help="see below"),
            arg("words", nargs="*", metavar="WORD", help="what the action takes"),
            PARAMETER,
            arg("--name", help="of the schedule; default: that of what runs"),
            arg("--every", metavar="T", help="each 30s, 5m, 6h, 1d, counted from --start, else from 1970"),
            arg(
                "--on",
                action="append",
                default=[],
                metavar="KEY=VALUE",
                help="run on a change: data=PATH, code=PATH, run=NAME, drift=MONITOR, webhook=env:SECRET, "
                "sql=QUERY with at=URL, metric='f1 < 0.8' with of=NAME (repeat it); or '{data: PATH}'",
            ),
            arg("--quiet", metavar="T", help="a change counts when it is that old (default: 10s)"),
            arg("--timezone", metavar="ZONE", help="of WHEN, e.g. Europe/Berlin (default: UTC)"),
            arg("--start", metavar="TIME", help="no slots before, e.g. 2026-01-31 or 2026-01-31T02:00"),
            arg("--end", metavar="TIME", help="no slots from then on"),
            arg("--misfire", choices=("latest", "all", "skip"), help="what late slots do (default: latest)"),
            arg("--grace", metavar="T", help="a slot is late after it (default: 60s)"),
            arg(
                "--overlap",
                choices=("skip", "queue", "cancel"),
                help="what a slot does while a run goes on (default: skip; cancel ends that run)",
            ),
            arg("--limit", type=int, metavar="N", help="runs of it at once (default: 1)"),
            arg("--retries", type=int, metavar="N", help="tries more after a failed one (default: 0)"),
            arg("--backoff", metavar="T", help="before the first of these, doubled each time (default: 60s)"),
            arg("--timeout", metavar="T", help="the longest that a run may take"),
            arg("--source", help="now (the default), pinned (as it is when added), or git:REF"),
            arg("--experiment", help="MLflow experiment of its runs"),
            arg("--register", metavar="MODEL", help="register the model that the notebook logs"),
            arg("--auto-promote", action="store_true", help="make that the champion if its gates say so"),
            arg("--predict", nargs=2, metavar=("IN", "OUT"), help="score IN by the model WHAT, into OUT"),
            arg("--from", dest="begin", metavar="TIME", help="of backfill: the first time"),
            arg("--to", metavar="TIME", help="of backfill: before this time"),
            arg("--again", action="store_true", help="of backfill: also what ran well"),
            arg("--dry-run", action="store_true", help="of backfill: only say what would run"),
        ),
        'jupyter mlops schedule add "0 2 * * *" churn --timezone Europe/Berlin',
        _DETAILS,
    ),
)
