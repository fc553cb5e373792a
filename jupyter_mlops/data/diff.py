"""What separates two tables: rows, columns, values, distributions."""

from __future__ import annotations

import tempfile
from collections.abc import Sequence
from pathlib import Path

from jupyter_mlops.data.difference.columns import column_diffs
from jupyter_mlops.data.difference.examples import examples
from jupyter_mlops.data.difference.keys import likely_key
from jupyter_mlops.data.difference.reading import Reading, passing, start_reading
from jupyter_mlops.data.difference.rows import Found, match_by_key, match_by_place, match_whole
from jupyter_mlops.data.difference.sides import Plan, Side, plan
from jupyter_mlops.data.difference.statistics import column_statistics
from jupyter_mlops.data.profile import profile
from jupyter_mlops.data.reading import Table
from jupyter_mlops.entities import ColumnDiff, DataDiff, RowDiff


def diff_tables(
    left: Table, right: Table, *, key: Sequence[str] = (), labels: tuple[str, str] = ("left", "right")
) -> DataDiff:
    """What separates the table `right` from the table `left`; `labels` name them in what is told.

    Rows are matched by the columns `key`, files of two folders by their paths. Without one, a row counts as
    the same if all values that both tables have a column for are; if there are as many rows on both sides and
    most of them belong together place by place, changed values are counted by place too, and a note says so.
    Values are compared as `data.difference.hashing` says: 1 is 1.0, missing is missing, the text "1" is not
    the number 1.

    Each side is read twice at most, a chunk of up to 2 million values at a time, and may be larger than
    memory: what is compared are hashes, 64 MiB of them at once and the rest in a temporary folder (set by
    TMPDIR). There, each row takes 24 bytes and 8 for each column. In memory it takes about 0.5 GB beside
    pandas, however many rows there are; only rows that are all alike, without a key, are held together, at
    24 bytes each.

    Raises:
        NotFound: a side has no such key column.
        Refused: a key is missing in a row, is in more than one, or holds values on the two sides that are
            never equal; the message names side, key and rows. Or a side cannot be read.
        MLOpsError: there is no room for the hashes on the disk.
    """
    sides = Side(left, labels[0]), Side(right, labels[1])
    how = plan(*sides, key)
    with tempfile.TemporaryDirectory(prefix="jupyter-mlops-diff-") as folder:
        one, other = (
            start_reading(side, how, Path(folder), name)
            for side, name in zip(sides, ("left", "right"), strict=True)
        )
        profiles = profile(passing(one, how)), profile(passing(other, how))
        found, notes = _match(one, other, how)
    statistics = column_statistics(one, other, how, profiles)
    return _told(one, other, how, found, column_diffs(one, other, how, found, statistics), notes)


def _match(one: Reading, other: Reading, how: Plan) -> tuple[Found | None, tuple[str, ...]]:
    """What became of the rows, None where none can be matched, with what is to be said of it."""
    if not how.shared:
        return None, ()
    if how.key:
        return match_by_key(one, other, how), ()
    found = match_whole(one, other)
    if not (found.added and found.removed):
        return found, ()
    by_place = match_by_place(one, other) if one.rows == other.rows else None
    note = "without a key, a changed row counts as one removed and one added"
    if by_place is not None:
        by_place.added, by_place.removed = found.added, found.removed
        count = f"{by_place.changed:,} row{' differs' if by_place.changed == 1 else 's differ'}"
        note = f"without a key, rows are compared by their place: {count}"
    name = likely_key(one, other, how)
    return by_place or found, (f"{note}; {name} may be a key" if name else note,)


def _told(
    one: Reading,
    other: Reading,
    how: Plan,
    found: Found | None,
    columns: tuple[ColumnDiff, ...],
    notes: tuple[str, ...],
) -> DataDiff:
    same_rows = found is not None and not (found.added or found.removed)
    reordered = same_rows and one.order != other.order
    same_columns = all(column.change == "same" for column in columns)
    in_order = list(one.side.columns) == list(other.side.columns)
    no_values = not one.side.columns and not other.side.columns and one.rows == other.rows
    return DataDiff(
        left=one.side.label,
        right=other.side.label,
        identical=same_columns and in_order and ((same_rows and not reordered) or no_values),
        left_rows=one.rows,
        right_rows=other.rows,
        key=how.key,
        added=found.added if found else None,
        removed=found.removed if found else None,
        changed=found.changed if found and how.key else None,
        reordered=reordered,
        columns=columns,
        examples=_examples(one, other, how, found),
        notes=(*how.notes, *notes, *_sampled(one, other)),
    )


def _examples(one: Reading, other: Reading, how: Plan, found: Found | None) -> tuple[RowDiff, ...]:
    return examples(one.side, other.side, how, found) if found else ()


def _sampled(one: Reading, other: Reading) -> tuple[str, ...]:
    drawn = min((reading.sample.size for reading in (one, other) if reading.is_sampled), default=None)
    if drawn is None:
        return ()
    return (f"shifts, histograms and frequent values are of a sample of {drawn:,} rows of each side",)
