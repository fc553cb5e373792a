"""What tests of scoring share: models on one project's record, files of customers."""

from __future__ import annotations

from pathlib import Path

import pandas as pd

from tests.evaluation.registered import customers

NUMBERS = ["age", "tenure"]


def people(rows: int = 300, seed: int = 5) -> pd.DataFrame:
    """Customers with an id, whose labels nobody knows yet."""
    frame = customers(rows, seed)[["age", "tenure", "region"]]
    return frame.assign(id=range(1000, 1000 + rows))


def saved(frame: pd.DataFrame, path: Path) -> Path:
    """The frame in a file of the form that its ending names."""
    if path.suffix == ".parquet":
        frame.to_parquet(path, index=False)
    elif path.suffix == ".csv":
        frame.to_csv(path, index=False)
    else:
        frame.to_json(path, orient="records", lines=True)
    return path


def loaded(path: Path) -> pd.DataFrame:
    """The rows of such a file."""
    if path.suffix == ".parquet":
        return pd.read_parquet(path)
    return pd.read_csv(path) if path.suffix == ".csv" else pd.read_json(path, lines=True)
