"""`predict`: score rows in batches."""

from __future__ import annotations

import argparse
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.commands.command import Command, Report, Result, arg
from jupyter_mlops.exceptions import UsageError

if TYPE_CHECKING:
    from jupyter_mlops.project import Project


def _predict(project: Project, words: argparse.Namespace, report: Report) -> Result:
    return Result(
        project.predict(
            words.model,
            getattr(words, "in"),
            words.out,
            split=_shares(words.split),
            key=words.key,
            columns=words.columns,
            chunk=words.chunk,
            prefix=words.prefix,
            record=words.record,
            report=report.line,
        )
    )


def _shares(texts: list[str]) -> dict[str, float]:
    """Shares by alias or version, of ``challenger=0.1`` or ``challenger=10%``."""
    shares: dict[str, float] = {}
    for text in texts:
        name, _, share = text.rpartition("=")
        number, percent = share.removesuffix("%"), share.endswith("%")
        try:
            value = float(number) / (100 if percent else 1)
        except ValueError:
            value = float("nan")
        if not name or value != value:
            raise UsageError(f"--split {text}: not an alias and a share", hint="--split challenger=0.1")
        if name in shares:
            raise UsageError(f"--split names {name} twice", hint="give it one share")
        shares[name] = value
    return shares


COMMANDS: tuple[Command, ...] = (
    Command(
        "predict",
        "score all rows of data by a model version, in chunks, and keep the predictions",
        _predict,
        (
            arg("model", metavar="MODEL[@VERSION]", help="a version or alias; newest unless one is named"),
            arg(
                "--in",
                required=True,
                metavar="DATA",
                help="DATASET@N, a path or a URL: .csv, .parquet, .jsonl",
            ),
            arg(
                "--out",
                required=True,
                type=Path,
                metavar="FILE",
                help="where to write: .parquet, .csv or .jsonl; whole, or not at all",
            ),
            arg(
                "--split",
                action="append",
                default=[],
                metavar="VERSION=SHARE",
                help="let another version or alias answer this share of the keys, e.g. challenger=0.1",
            ),
            arg(
                "--key",
                action="append",
                default=[],
                metavar="COLUMN",
                help="what tells whose row it is: the same one always gets the same version (default: the "
                "dataset's key)",
            ),
            arg(
                "--columns",
                choices=("all", "key", "none"),
                default="all",
                help="which columns of the data to write beside the predictions (default: all)",
            ),
            arg("--chunk", type=int, metavar="ROWS", help="score so many rows at once (default: 50,000)"),
            arg(
                "--prefix",
                default="",
                metavar="TEXT",
                help="begin the names of the new columns by this, where the data have one of that name",
            ),
            arg(
                "--no-record",
                dest="record",
                action="store_false",
                help="only write the file: neither a run nor a dataset version",
            ),
        ),
        "jupyter mlops predict churn@champion --in new.parquet --out scored.parquet",
    ),
)
