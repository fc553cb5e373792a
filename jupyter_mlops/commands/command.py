"""What a verb of the command line is made of."""

from __future__ import annotations

import argparse
import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Any, Protocol

if TYPE_CHECKING:
    from jupyter_mlops.entities import CellRecord, Entity, StepRun
    from jupyter_mlops.project import Project

_LONG = {
    *("card", "check", "compare", "dataset", "drift", "explain", "gate", "monitor", "predict", "promote"),
    "reproduce",
}
_URL_SECRETS = re.compile(r"(?<=://)(?:[^/\s]*@)?([^?\s]*)(?:\?.*)?")


class Report(Protocol):
    """Where a long verb says how far it is."""

    def line(self, text: str) -> None:
        """Say one thing."""

    def ask(self, question: str) -> str:
        """What a person answers; nothing where nobody is there to be asked."""

    def cell(self, record: CellRecord, done: int, total: int) -> None:
        """A cell has ended."""

    def edges(self, pipeline: str, edges: Mapping[str, tuple[str, ...]]) -> None:
        """A pipeline begins, in which each step comes after these."""

    def step(self, step: StepRun) -> None:
        """A step of a pipeline, or what is known of it, has changed."""


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
    details: str = ""  # lines of its help that are shown as they are

    def doing(self, words: argparse.Namespace) -> str:
        """The verb and the data it is to work on, such as ``drift customers@1 new.csv``: for verbs that
        take their time and tell no steps, else nothing. Without options and parts of URLs that may hold
        secrets."""
        if self.name not in _LONG:
            return ""
        said = [self.name]
        for argument in self.arguments:
            if not argument.flags[0].startswith("-") or argument.options.get("required"):
                found = getattr(words, argument.flags[0].lstrip("-").replace("-", "_"), None)
                said += map(str, found if isinstance(found, list) else [found] if found is not None else [])
        return " ".join(_URL_SECRETS.sub(r"\1", word) for word in said)


@dataclass(frozen=True)
class Result:
    """What a verb found: one entity or several, and how the process should exit. `empty` is what is said to a
    person where `value` has nothing; as JSON that is an empty list."""

    value: Entity | Sequence[Entity] | str | None
    exit_code: int = 0
    empty: str = ""

    def shown(self, *, as_json: bool) -> Entity | Sequence[Entity] | str | None:
        """What to show."""
        return self.empty if self.empty and not self.value and not as_json else self.value


def arg(*flags: str, **options: Any) -> Argument:
    """One argument of a verb."""
    return Argument(flags, options)


NOTEBOOK = arg("notebook", type=Path, metavar="NOTEBOOK", help="the .ipynb file")
PARAMETER = arg(
    "-p",
    "--parameter",
    nargs=2,
    action="append",
    default=[],
    metavar=("NAME", "VALUE"),
    help="set a parameter; the value is read by its declared type; env:NAME and file:PATH refer "
    "to a secret, which is kept nowhere (text:env:NAME is that text itself)",
)
