"""Batch scoring: what a model says of every row of data that need not fit in memory."""

from __future__ import annotations

import time
from collections import Counter
from collections.abc import Callable, Collection, Iterator, Mapping
from contextlib import closing
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Literal, get_args

from jupyter_mlops.catalogue.opening import Data
from jupyter_mlops.data.digest import file_digest
from jupyter_mlops.data.tables import Table
from jupyter_mlops.exceptions import Refused, UsageError
from jupyter_mlops.serving.answering import Answering, open_answering
from jupyter_mlops.serving.splitting import Split, check_key, check_shares, places
from jupyter_mlops.serving.writing import Writer, check_target, object_types, open_writer, replacing
from jupyter_mlops.tracking.store import Store

if TYPE_CHECKING:
    import pandas

ROWS = 50_000  # scored at once
_EVERY = 1.0  # seconds between two lines that tell how far it is

Columns = Literal["all", "key", "none"]


@dataclass(frozen=True)
class Wanted:
    """What is asked for: see `Project.predict`."""

    model: str
    output: Path
    shares: Mapping[str, float] = field(default_factory=dict)
    key: tuple[str, ...] = ()
    columns: Columns = "all"
    chunk: int = ROWS
    prefix: str = ""


@dataclass(frozen=True)
class Batch:
    """What is `wanted`, made sure of: who answers, which data, as which `table` they are read, to which file
    (links are followed), and the `key` by which rows are dealt where there is a `split`."""

    wanted: Wanted
    answering: Answering
    data: Data
    table: Table
    target: Path
    split: Split | None = None
    key: tuple[str, ...] = ()

    @property
    def kept(self) -> list[str]:
        """The columns of the data that are written."""
        there = list(self.table.schema)
        chosen = {"all": there, "key": self.key, "none": ()}[self.wanted.columns]
        return [name for name in there if name in chosen]

    @property
    def notes(self) -> tuple[str, ...]:
        """What a person might not expect."""
        return (*self.data.notes, *self.table.notes(self.kept), *self.answering.notes)


@dataclass
class Tally:
    """How many rows were answered, by the label of the version; and the digest of the file that was written,
    from before anybody else could get at it."""

    rows: int = 0
    digest: str = ""
    answered: Counter[str] = field(default_factory=Counter)


def prepared(store: Store, wanted: Wanted, data: Data) -> Batch:
    """The batch, its models loaded, its columns checked; nothing is written yet.

    Raises:
        NotFound: no such model, version, column or folder.
        Refused: the data lack what a model needs; the output is the input; or a name is taken.
        UsageError: shares that are none, chunks of no rows, or columns of no key.
    """
    _check_wanted(wanted)
    data.check_names()
    target = check_target(wanted.output)
    if isinstance(data.value, Path) and data.value.exists() and data.value.resolve() == target:
        raise Refused(f"{wanted.output} is the data that are to be scored", hint="name another --out")
    schema, key = list(data.table.schema), wanted.key or data.version.key
    if wanted.shares or wanted.key or wanted.columns == "key":
        check_key(schema, key, data.label)
    answering = open_answering(store, wanted.model, wanted.shares, wanted.prefix)
    split = Split(answering.main, wanted.shares) if wanted.shares else None
    table = data.table.as_text(_texts(answering, schema, target))
    batch = Batch(wanted, answering, data, table, target, split, key)
    taken = [name for name in answering.columns if name in batch.kept]
    if taken:
        raise Refused(
            f"{data.label} has a column {taken[0]!r} of its own",
            hint="put something before the names of the new ones: --prefix scored_",
        )
    answering.check(next(iter(table.chunks(wanted.chunk))))
    return batch


def _check_wanted(wanted: Wanted) -> None:
    """Python lets callers give anything.

    Raises:
        UsageError: it is not what `Wanted` says.
    """
    if not isinstance(wanted.chunk, int) or wanted.chunk < 1:
        raise UsageError(f"{wanted.chunk} rows at a time are none", hint=f"--chunk {ROWS}")
    if wanted.columns not in get_args(Columns):
        raise UsageError(
            f"{wanted.columns!r} are no columns to write", hint=f"one of {', '.join(get_args(Columns))}"
        )
    if not isinstance(wanted.prefix, str):
        raise UsageError(f"{wanted.prefix!r} begins no name", hint='e.g. "scored_"')
    if wrong := [name for name in wanted.key if not isinstance(name, str)]:
        raise UsageError(f"{wrong[0]!r} is no name of a column", hint='e.g. key=["id"]')
    check_shares(wanted.shares)


def _texts(answering: Answering, columns: Collection[str], target: Path) -> set[str]:
    """Columns that are texts whatever they look like: what a model takes for such and, from one CSV file to
    another, what no model takes."""
    models = answering.models.values()
    found = {name for model in models for name in model.texts}
    if target.suffix.lower() == ".csv" and all(model.features for model in models):
        found |= set(columns).difference(*(model.features for model in models))
    return found


def score(batch: Batch, report: Callable[[str], None] = lambda line: None) -> Tally:
    """Write the columns that are kept and the answers to the target, in the order of rows: a reader sees the
    old file or the new one. `report` is told about every second how far it is.

    Raises:
        Refused: a row cannot be scored; there is no output, or the old one.
        MLOpsError: the file cannot be written.
    """
    tally = Tally()
    types = object_types(batch.table, batch.kept, batch.target)
    with replacing(batch.target) as part:
        with closing(open_writer(part, batch.target, types)) as writer:
            _write(batch, writer, tally, report)
        tally.digest = file_digest(part)
    return tally


def _write(batch: Batch, writer: Writer, tally: Tally, report: Callable[[str], None]) -> None:
    total = batch.table.rows
    said = time.monotonic()
    for frame in _numbered(batch.table.chunks(batch.wanted.chunk)):
        writer.write(_scored(batch, frame, tally))
        if time.monotonic() - said >= _EVERY and tally.rows != total:
            said = time.monotonic()
            report(f"{tally.rows:,} rows" if total is None else f"{tally.rows:,} of {total:,} rows")


def _numbered(chunks: Iterator[pandas.DataFrame]) -> Iterator[pandas.DataFrame]:
    """The chunks with the number of the row in all of the data, from 0, as index: messages name it."""
    import pandas as pd

    before = 0
    for chunk in chunks:
        chunk.index = pd.RangeIndex(before, before + len(chunk))
        before += len(chunk)
        yield chunk


def _scored(batch: Batch, frame: pandas.DataFrame, tally: Tally) -> pandas.DataFrame:
    import pandas as pd

    if batch.split is None:
        parts = {batch.answering.main: frame}
    else:
        first = int(frame.index[0]) + 1 if len(frame) else 1
        dealt = batch.split.dealt(places(batch.answering.name, frame, batch.key, first))
        parts = {name: frame[mask] for name, mask in dealt.items()}
    answers = batch.answering.answers(parts)
    tally.rows += len(frame)
    for name, part in parts.items():
        tally.answered[batch.answering.models[name].label] += len(part)
    return pd.concat([frame[batch.kept], answers.loc[frame.index]], axis=1)
