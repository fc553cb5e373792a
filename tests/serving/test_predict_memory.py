"""However long the file, its rows are scored in the memory of one chunk."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import numpy as np
import pandas as pd
import pyarrow as pa
import pytest
from pyarrow.parquet import ParquetFile, ParquetWriter
from sklearn.linear_model import LinearRegression

from jupyter_mlops.project import Project
from tests.evaluation.registered import register

pytestmark = pytest.mark.usefixtures("local")

PART, COLUMNS = 40_000, 20
TIMES = 10  # the long file has so many parts
SCORE = """
import resource, sys
from jupyter_mlops.project import Project
found = Project().predict("wide", sys.argv[1], sys.argv[2], chunk=10_000, record=False)
peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(found.rows, peak * (1 if sys.platform == "darwin" else 1024))
"""


def peak(root: Path, data: Path, out: Path) -> tuple[int, int]:
    """(rows, bytes of memory at most) of scoring the data in a process of its own."""
    words = [sys.executable, "-c", SCORE, str(data), str(out)]
    done = subprocess.run(words, cwd=root, capture_output=True, text=True, check=True, timeout=300)
    rows, size = map(int, done.stdout.split())
    return rows, size


@pytest.mark.long("half a minute")
def test_ten_times_the_rows_take_no_more_memory(shared_project: Project, tmp_path: Path) -> None:
    random = np.random.default_rng(0)
    part = pd.DataFrame(random.random((PART, COLUMNS)), columns=[f"f{n}" for n in range(COLUMNS)])
    register(shared_project, "wide", LinearRegression().fit(part.head(99), part["f0"].head(99)), part.head())
    table = pa.Table.from_pandas(part)
    for name, times in (("short", 1), ("long", TIMES)):
        with ParquetWriter(tmp_path / f"{name}.parquet", table.schema) as writer:
            writer.write_table(pa.concat_tables([table] * times), row_group_size=PART * times)
    short = peak(shared_project.root, tmp_path / "short.parquet", tmp_path / "out.parquet")
    long = peak(shared_project.root, tmp_path / "long.parquet", tmp_path / "out.parquet")
    assert (short[0], long[0]) == (PART, PART * TIMES)
    more_rows = PART * (TIMES - 1) * COLUMNS * 8  # bytes of them as a frame
    assert long[1] - short[1] < more_rows / 2
    with ParquetFile(tmp_path / "out.parquet") as file:
        assert file.metadata.num_rows == PART * TIMES
