"""`card`: all that is known of a model version, for people."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import Command, Report, Result, arg
from jupyter_mlops.exceptions import Refused, UsageError, did_you_mean

if TYPE_CHECKING:
    from jupyter_mlops.entities import Card, CardSection
    from jupyter_mlops.project import Project


def _card(project: Project, words: argparse.Namespace, report: Report) -> Result:
    from jupyter_mlops.promotion.card.keeping import refuse_unwritable

    wanted = None if words.require is None else _keys(words.require)
    if words.output is not None and words.html is not None and words.output == words.html:
        raise UsageError(f"{words.html} cannot hold Markdown and HTML", hint="name two files")
    _refuse_other_than(words.output, "--output", (".md", ".markdown"))
    _refuse_other_than(words.html, "--html", (".html", ".htm"))
    for target in (words.output, words.html):
        if target is not None:
            refuse_unwritable(target)
    purpose = words.purpose
    if purpose is None and not words.json:
        purpose = _asked(project, words.model, report)
    card = project.card(
        words.model,
        output=words.output,
        purpose=purpose,
        limits=words.limits,
        measure=not words.no_measure,
    )
    _write(project, card, words, report)
    missing = [] if wanted is None else [one for one in card.sections if one.missing and one.key in wanted]
    for section in missing:
        report.line(_told(section))
    code = 3 if missing else 0
    if words.json or (words.output is None and words.html is None):
        return Result(card, code)
    return Result(_overview(card), code)


def _refuse_other_than(target: Path | None, option: str, endings: tuple[str, ...]) -> None:
    if target is not None and target.suffix.lower() not in endings and not target.is_dir():
        good = target.with_name(f"{target.stem or 'card'}{endings[0]}")
        raise UsageError(f"{option} {target} does not end in {endings[0]}", hint=f"{option} {good}")


def _keys(names: Sequence[str]) -> frozenset[str]:
    """Keys of the sections of these names, of all where none is named.

    Raises:
        UsageError: there is no such section.
    """
    from jupyter_mlops.promotion.card.sections import TITLES

    keys = [name.strip().lower() for name in names]
    for key in keys:
        if key not in TITLES:
            raise UsageError(f"a card has no section {key!r}", hint=did_you_mean(key, TITLES))
    return frozenset(keys or TITLES)


def _asked(project: Project, model: str, report: Report) -> str | None:
    """What a person at the terminal says that the model is for, where nobody has told yet."""
    if project.purpose(model):
        return None
    name = model.partition("@")[0]
    return report.ask(f"What is {name} for? (Enter: say it later)") or None


def _write(project: Project, card: Card, words: argparse.Namespace, report: Report) -> None:
    from jupyter_mlops.files import write_whole

    if words.output is not None:
        beside = f", and its pictures: {words.output.stem}_files/" if card.pictures else ""
        report.line(f"written: {words.output}{beside}")
    if words.html is None and not words.keep:
        return
    from jupyter_mlops.drawing.pages import page

    document = page(card)
    if words.html is not None:
        try:
            write_whole(words.html, document)
        except OSError as error:
            raise Refused(f"{words.html} could not be written: {error}", hint="name another file") from None
        report.line(f"written: {words.html}")
    if words.keep:
        kept = project.keep_card(card, document)
        report.line(f"kept with {card.model}@{card.version}: {', '.join(kept)}")


def _told(section: CardSection) -> str:
    return f"{section.key}: nothing to tell; to fill it in: {section.fill}"


def _overview(card: Card) -> str:
    told = len(card.sections) - len(card.missing)
    missing = f"; nothing to tell of: {', '.join(card.missing)}" if card.missing else ""
    return f"{card.model}@{card.version}: {told} of {len(card.sections)} sections are told{missing}"


COMMANDS: tuple[Command, ...] = (
    Command(
        "card",
        "show the card of a model version: purpose, data, metrics, gates, approvals and limits, as Markdown",
        _card,
        (
            arg("model", metavar="MODEL[@VERSION]", help="a version or alias; newest unless one is named"),
            arg(
                "--output",
                type=Path,
                metavar="FILE.md",
                help="write it there, with its pictures in FILE_files beside; default: standard output",
            ),
            arg("--html", type=Path, metavar="FILE.html", help="write it as one page, with its pictures"),
            arg(
                "--require",
                nargs="*",
                metavar="SECTION",
                help="exit 3 if one of these sections, or any if none is named, has nothing to tell",
            ),
            arg("--purpose", metavar="TEXT", help="what the model is for; kept with the model"),
            arg("--limits", metavar="TEXT", help="what it is not for; kept with the model"),
            arg(
                "--no-measure",
                action="store_true",
                help="tell recorded metrics only: do not load the model to find their intervals",
            ),
            arg("--keep", action="store_true", help="keep it with the version, where MLflow shows it, too"),
        ),
        "jupyter mlops card churn@champion --html card.html --require",
    ),
)
