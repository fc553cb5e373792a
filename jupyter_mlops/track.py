"""The verbs of `%track`, once: name, help, arguments, call. The magic is made from this table."""

from __future__ import annotations

import argparse
import functools
import re
import shlex
from collections.abc import Callable, Sequence
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any, NoReturn

from jupyter_mlops.exceptions import UsageError, did_you_mean
from jupyter_mlops.notebooks.words import split_outside

if TYPE_CHECKING:
    from jupyter_mlops.execution.tracker import Tracker

_NAME = re.compile(r"[\w][\w.\-/ ]*")


@dataclass(frozen=True)
class Verb:
    """One verb of `%track`: `call` gets the tracker and the parsed words, and says what it did."""

    name: str
    usage: str
    help: str
    call: Callable[[Tracker, argparse.Namespace], str]
    options: dict[str, dict[str, Any]] = field(default_factory=dict)


class TrackParser(argparse.ArgumentParser):
    """Raises instead of ending the kernel."""

    def error(self, message: str) -> NoReturn:
        raise UsageError(f"%track: {message}", hint="see %track?")


def split(line: str) -> list[str]:
    """The words of a line, split at white space outside brackets and quotes; quotes are kept.

    ``accuracy f1=scores["f 1"]`` gives ``['accuracy', 'f1=scores["f 1"]']``.
    """
    return [word for word in split_outside(line, str.isspace) if word]


def expressions(words: Sequence[str]) -> dict[str, str]:
    """Name and expression of each word: ``f1=scores["f1"]``, or a variable's name for itself.

    Raises:
        UsageError: a word has no name that MLflow would take.
    """
    found: dict[str, str] = {}
    for word in words:
        name, equals, expression = word.partition("=")
        if not equals or expression.startswith("="):
            name, expression = word, word
        if not _NAME.fullmatch(name) or not expression:
            raise UsageError(f"{word!r} needs a name", hint="write NAME=EXPRESSION, e.g. f1=scores['f1']")
        found[name] = expression
    return found


def pairs(words: Sequence[str]) -> dict[str, str]:
    """``NAME=VALUE`` words as text, quotes around a value removed.

    Raises:
        UsageError: a word has no ``=``.
    """
    found = {}
    for word in words:
        name, equals, value = word.partition("=")
        if not equals or not name:
            raise UsageError(f"{word!r} is not NAME=VALUE", hint="e.g. owner=ana or note='a longer text'")
        found[name] = _unquoted(value)
    return found


def _start(tracker: Tracker, words: argparse.Namespace) -> str:
    return tracker.start(
        words.name, experiment=words.experiment, marks=pairs(words.tag), autolog=not words.no_autolog
    )


def _data(tracker: Tracker, words: argparse.Namespace) -> str:
    return tracker.data(
        _unquoted(words.what),
        name=words.name,
        context=words.context,
        source=words.source,
        marks=pairs(words.tag),
        key=[_unquoted(column) for column in words.key],
        ordered=False if words.any_order else None,
        wrote=words.wrote,
    )


_MANY: dict[str, Any] = {"nargs": "+", "metavar": "NAME[=EXPRESSION]"}
_MANY_TIMES: dict[str, Any] = {"action": "append", "default": []}
_TAGS: dict[str, Any] = {**_MANY_TIMES, "metavar": "K=V", "help": "a tag; may be repeated"}

_TEXTS = {"name", "experiment", "context", "source", "register"}  # words that are text, not expressions

VERBS: tuple[Verb, ...] = (
    Verb(
        "start",
        "start [NAME] [--experiment E] [--tag k=v] [--no-autolog]",
        "record every following cell; autologging is on",
        _start,
        {
            "name": {"nargs": "?", "help": "the run's name (default: the notebook's)"},
            "--experiment": {"metavar": "E", "help": "default: the project's"},
            "--tag": _TAGS,
            "--no-autolog": {"action": "store_true", "help": "log only what you say"},
        },
    ),
    Verb("stop", "stop", "end the run with its true status", lambda t, w: t.stop()),
    Verb("status", "status", "what is recorded; which cells are out of order", lambda t, w: t.status()),
    Verb(
        "metric",
        "metric accuracy f1=scores['f1'] [--step N]",
        "log numbers: variables by name, or name=expression",
        lambda t, w: t.metric(w.what, w.step),
        {"what": _MANY, "--step": {"type": int, "metavar": "N", "help": "default: one more than the last"}},
    ),
    Verb(
        "param",
        "param [C penalty='l2' ...]",
        "log parameters with their types; none named: the whole parameters cell",
        lambda t, w: t.param(expressions(w.what)),
        {"what": {**_MANY, "nargs": "*"}},
    ),
    Verb(
        "artifact",
        "artifact FILE|FOLDER|VARIABLE [--name N]",
        "keep a file, a folder, a figure, a frame, text",
        lambda t, w: t.artifact(_unquoted(w.what), w.name),
        {"what": {}, "--name": {"metavar": "N", "help": "file name to keep it under"}},
    ),
    Verb("tag", "tag owner=ana [k=v ...]", "set tags", lambda t, w: t.tag(pairs(w.what)), {"what": _MANY}),
    Verb(
        "data",
        "data X|FILE|NAME[@N] [--context training] [--wrote] [--key id] [--any-order] [--name N] "
        "[--source S] [--tag k=v]",
        "record a dataset version: digest over all rows and columns, row count, schema, number",
        _data,
        {
            "what": {},
            "--context": {"metavar": "C", "help": "e.g. training, test"},
            "--wrote": {"action": "store_true", "help": "this run made it"},
            "--key": {**_MANY_TIMES, "metavar": "COLUMN", "help": "tells rows apart; may be repeated"},
            "--any-order": {"action": "store_true", "help": "the order of rows does not count"},
            "--name": {"metavar": "N"},
            "--source": {"metavar": "S", "help": "where it came from"},
            "--tag": _TAGS,
        },
    ),
    Verb(
        "model",
        "model clf [--name churn] [--input X] [--register MODEL]",
        "log a model with signature and requirements",
        lambda t, w: t.model(w.what, name=w.name, example=w.input, register=w.register),
        {
            "what": {},
            "--name": {"metavar": "N", "help": "default: the variable's name"},
            "--input": {"metavar": "X", "help": "rows of its input, for the signature (default: found)"},
            "--register": {"metavar": "MODEL", "help": "register it too"},
        },
    ),
)


def call_line(tracker: Tracker, line: str) -> str:
    """Do what a `%track` line says; what was done, in words.

    Raises:
        UsageError: the line cannot be read, or what it names does not exist.
    """
    read = _read(line)
    if read is None:
        return tracker.status()
    verb, parsed = read
    return verb.call(tracker, parsed)


@functools.lru_cache(maxsize=1000)
def _read(line: str) -> tuple[Verb, argparse.Namespace] | None:
    """The verb of a line and its words, read once, however often a loop says it; None of an empty line."""
    words = split(line)
    known = {verb.name: verb for verb in VERBS}
    if not words:
        return None
    if words[0] not in known:
        raise UsageError(f"%track has no verb {words[0]!r}", hint=did_you_mean(words[0], known))
    verb = known[words[0]]
    parsed = _parser(f"%track {verb.name}", verb.options).parse_args(words[1:])
    for name in _TEXTS & set(vars(parsed)):
        setattr(parsed, name, _unquoted(getattr(parsed, name)))
    if verb.name == "metric":
        parsed.what = expressions(parsed.what)
    return verb, parsed


def call_cell(tracker: Tracker, line: str, source: str) -> str:
    """Do what ``%%track NAME --params ... --metrics ...`` says with the cell below it.

    Raises:
        UsageError: the line cannot be read.
        Exception: what the cell raises.
    """
    options: dict[str, dict[str, Any]] = {
        "name": {},
        "--params": {"nargs": "*", "default": [], "action": "extend"},
        "--metrics": {"nargs": "*", "default": [], "action": "extend"},
        "--experiment": {},
        "--no-autolog": {"action": "store_true"},
    }
    words = _parser("%%track", options).parse_args(split(line))
    return tracker.cell(
        _unquoted(words.name),
        source,
        experiment=_unquoted(words.experiment),
        parameters=expressions(words.params),
        metrics=expressions(words.metrics),
        autolog=not words.no_autolog,
    )


def usage() -> str:
    """The help of `%track?`."""
    width = max(len(verb.usage) for verb in VERBS)
    lines = [f"  %track {verb.usage:<{width}}  {verb.help}" for verb in VERBS]
    return "\n".join(
        [
            "Put this notebook on the record.",
            "",
            *lines,
            "",
            "  %%track NAME [--params C ...] [--metrics accuracy f1=EXPRESSION ...] [--experiment E]",
            "      makes the cell one run; run again unchanged it adds to that run, changed it makes a new",
            "      run that replaces it",
        ]
    )


def _parser(prog: str, options: dict[str, dict[str, Any]]) -> TrackParser:
    parser = TrackParser(prog=prog, add_help=False)
    for flag, settings in options.items():
        parser.add_argument(flag, **settings)
    return parser


def _unquoted(word: str | None) -> Any:
    """The text inside quotes; anything else as it is."""
    if word is None:
        return None
    try:
        parts = shlex.split(word)
    except ValueError:
        return word
    return parts[0] if len(parts) == 1 and word[:1] in "'\"" else word
