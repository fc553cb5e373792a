"""One piece of work on tables of a million rows, in a process of its own, which tells what it took.

``python -m tests.benchmarks.works NAME ROWS FOLDER`` prints CPU and wall seconds, the process's peak memory,
what of it the work added to what was there, and what came of it, as JSON. What a work imports is imported
before. Nothing of this project is imported for a peer's work, so that it can be done in an environment of
the peer's own.
"""

from __future__ import annotations

import gc
import json
import resource
import sys
import time
import warnings
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

WORDS = 10_000  # different strings of each of the two columns of strings
LATE = 15_000  # a row that mlflow.data does not look at
CHANGED, ADDED = 100, 200  # every so manieth row has a changed value; one of so many is new, and one gone
STRINGS = ["s0", "s1"]
SHIFTED = {"f0", "s1"}  # columns of the current data that drifted
Work = Callable[[], dict[str, Any]]


def table(rows: int, seed: int = 0) -> pd.DataFrame:
    """10 columns of floats (one with missing values), 4 of whole numbers (one is a key), 2 of truth values,
    2 of times, 2 of strings."""
    random = np.random.default_rng(seed)
    floats = {f"f{place}": random.standard_normal(rows) for place in range(10)}
    floats["f9"][random.random(rows) < 0.01] = np.nan
    whole = {f"i{place}": random.integers(0, 10 ** (place + 2), rows) for place in range(3)}
    truths = {f"b{place}": random.random(rows) < 0.3 for place in range(2)}
    start = np.datetime64("2024-01-01", "us")
    times = {f"t{place}": start + random.integers(0, 10**13, rows).astype("m8[us]") for place in range(2)}
    words = np.array([f"word {number:05d}" for number in range(WORDS)], dtype=object)
    strings = {f"s{place}": words[random.integers(0, WORDS, rows)] for place in range(2)}
    return pd.DataFrame({"id": np.arange(rows), **floats, **whole, **truths, **times, **strings})


def next_version(frame: pd.DataFrame) -> pd.DataFrame:
    """The table with some values of one column changed, some rows gone, and as many new ones."""
    later = frame.copy()
    later.loc[later.index % CHANGED == 0, "f0"] += 1.0
    moved = len(frame) // ADDED
    new = later.iloc[:moved].copy()
    new["id"] += len(frame)
    return pd.concat([later.iloc[:-moved], new], ignore_index=True)


def current(rows: int) -> pd.DataFrame:
    """Data of another day, with two columns that drifted."""
    frame = table(rows, seed=1)
    frame["f0"] += 0.5
    frame["s1"] += " and more"
    return frame


def late_change(frame: pd.DataFrame) -> pd.DataFrame:
    """The same with one value changed in row 15,000."""
    changed = frame.copy()
    changed.loc[LATE, "f0"] += 1.0
    return changed


def digest(frame: pd.DataFrame, folder: Path, ordered: bool = True) -> Work:
    """The version of a frame."""
    from jupyter_mlops.data import describe

    return lambda: {"digest": describe(frame, name="table", ordered=ordered).digest}


def digest_of_late_change(frame: pd.DataFrame, folder: Path) -> Work:
    """The version of a frame in which one value is another."""
    return digest(late_change(frame), folder)


def digest_unordered(frame: pd.DataFrame, folder: Path) -> Work:
    """The version of a frame whose rows may come in any order."""
    return digest(frame, folder, ordered=False)


def mlflow_digest(frame: pd.DataFrame, folder: Path) -> Work:
    """What MLflow tells frames apart by."""
    import mlflow.data

    return lambda: {"digest": mlflow.data.from_pandas(frame, name="table").digest}


def mlflow_digest_of_late_change(frame: pd.DataFrame, folder: Path) -> Work:
    """The same of a frame in which one value is another."""
    return mlflow_digest(late_change(frame), folder)


def profile(frame: pd.DataFrame, folder: Path) -> Work:
    """Statistics of each column of a frame."""
    from jupyter_mlops.data.profile import profile

    def work() -> dict[str, Any]:
        found = profile([frame])
        return {"rows": found.rows, "missing": {c.name: c.missing for c in found.columns}["f9"]}

    return work


def pandas_describe(frame: pd.DataFrame, folder: Path) -> Work:
    """What pandas tells of each column: no histogram, no most frequent values but one."""

    def work() -> dict[str, Any]:
        found = frame.describe(include="all")
        return {"rows": len(frame), "missing": len(frame) - int(found.loc["count", "f9"])}

    return work


def diff(frame: pd.DataFrame, folder: Path) -> Work:
    """What separates two frames, by key."""
    from jupyter_mlops.data.tables import open_table

    later = next_version(frame)
    return _diff(lambda: (open_table(frame, name="left"), open_table(later, name="right")))


def diff_files(frame: pd.DataFrame, folder: Path) -> Work:
    """The same of two Parquet files, read by chunks."""
    from jupyter_mlops.data.tables import open_table

    paths = [folder / f"{side}-{len(frame)}.parquet" for side in ("left", "right")]
    if not all(path.exists() for path in paths):
        frame.to_parquet(paths[0])
        next_version(frame).to_parquet(paths[1])
    return _diff(lambda: tuple(open_table(path, name=path.stem) for path in paths))


def _diff(sides: Callable[[], tuple[Any, ...]]) -> Work:
    from jupyter_mlops.data.diff import diff_tables

    def work() -> dict[str, Any]:
        left, right = sides()
        found = diff_tables(left, right, key=["id"])
        changed = {c.name: c.changed for c in found.columns if c.changed}
        return {"added": found.added, "removed": found.removed, "changed": found.changed, "values": changed}

    return work


def pandas_merge(frame: pd.DataFrame, folder: Path) -> Work:
    """The same counts as one would get them by hand."""
    later = next_version(frame)

    def work() -> dict[str, Any]:
        both = frame.merge(later, on="id", how="outer", indicator=True, suffixes=("", " later"))
        shared = both[both["_merge"] == "both"]
        differs = {}
        for name in frame.columns.drop("id"):
            left, right = shared[name], shared[f"{name} later"]
            differs[name] = ~((left == right) | (left.isna() & right.isna()))
        changed = np.logical_or.reduce([column.to_numpy(dtype=bool) for column in differs.values()])
        counts = {name: int(column.sum()) for name, column in differs.items() if column.any()}
        sides = both["_merge"].value_counts()
        added, removed = int(sides["right_only"]), int(sides["left_only"])
        return {"added": added, "removed": removed, "changed": int(changed.sum()), "values": counts}

    return work


def drift(frame: pd.DataFrame, folder: Path) -> Work:
    """Which columns of current data are no longer like the reference."""
    return _drift(frame, current(len(frame)))


def drift_without_strings(frame: pd.DataFrame, folder: Path) -> Work:
    """The same of what Evidently is given."""
    return _drift(frame.drop(columns=STRINGS), current(len(frame)).drop(columns=STRINGS))


def _drift(frame: pd.DataFrame, later: pd.DataFrame) -> Work:
    from jupyter_mlops.monitoring.drift import detect_drift

    def work() -> dict[str, Any]:
        found = detect_drift(frame, later, key=["id"])
        return {"drifted": [c.name for c in found.columns if c.drifted], "notes": list(found.notes)}

    return work


def evidently(frame: pd.DataFrame, folder: Path) -> Work:
    """Evidently's report of the same, without the strings: of 20,000 rows of those it makes none within six
    minutes."""
    from evidently import Report
    from evidently.presets import DataDriftPreset

    reference, later = (side.drop(columns=["id", *STRINGS]) for side in (frame, current(len(frame))))

    def work() -> dict[str, Any]:
        found = Report([DataDriftPreset()]).run(later, reference).dict()
        return {"drifted": list(_drifted(found["metrics"]))}

    return work


def _drifted(metrics: list[dict[str, Any]]) -> Iterator[str]:
    """A p-value below the threshold, or a distance of at least it."""
    for metric in metrics:
        told = metric.get("config", {})
        if told.get("column") is None:
            continue
        far = (
            metric["value"] < told["threshold"]
            if "p_value" in told["method"]
            else (metric["value"] >= told["threshold"])
        )
        if far:
            yield told["column"]


WORKS: dict[str, Callable[[pd.DataFrame, Path], Work]] = {
    work.__name__: work
    for work in (
        digest, digest_of_late_change, digest_unordered, mlflow_digest, mlflow_digest_of_late_change, profile,
        pandas_describe, diff, diff_files, pandas_merge, drift, drift_without_strings, evidently,
    )
}  # fmt: skip


def resident(peak: bool = False) -> int:
    """Bytes of memory that this process holds, or held at most since `forget_peak`."""
    status = Path("/proc/self/status")
    if not status.exists():
        return resource.getrusage(resource.RUSAGE_SELF).ru_maxrss  # bytes on macOS
    name = "VmHWM:" if peak else "VmRSS:"
    return next(int(line.split()[1]) for line in status.read_text().splitlines() if name in line) * 1024


def forget_peak() -> None:
    """What is held from here on counts, not what making the table took."""
    if sys.platform == "linux":
        Path("/proc/self/clear_refs").write_text("5")


def main(name: str, rows: int, folder: Path) -> None:
    """Do the work once on a small table, which imports all it needs, and once on the large one."""
    warnings.simplefilter("ignore")
    (folder / "small").mkdir(exist_ok=True)
    WORKS[name](table(4 * LATE // 3), folder / "small")()
    work = WORKS[name](table(rows), folder)
    gc.collect()
    forget_peak()
    before, cpu, wall = resident(), time.process_time(), time.perf_counter()
    told = work()
    cpu, wall = time.process_time() - cpu, time.perf_counter() - wall
    peak = resident(peak=True)
    print(json.dumps({"cpu": cpu, "wall": wall, "peak": peak, "added": peak - before, "told": told}))


if __name__ == "__main__":
    main(sys.argv[1], int(sys.argv[2]), Path(sys.argv[3]))
