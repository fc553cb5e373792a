"""Tables larger than memory. The default is small; tens of millions of rows are compared by

JUPYTER_MLOPS_DIFF_ROWS=20000000 python -m pytest tests/data/test_diff_large.py --timeout 3600
"""

from __future__ import annotations

import json
import os
import subprocess
import sys

ROWS = int(os.environ.get("JUPYTER_MLOPS_DIFF_ROWS", "205000"))  # the last chunk is a small one
GROWTH = 600 << 20  # bytes of memory; what the rows take is far more where they are many

COMPARE = """
import json, resource, sys
import numpy as np, pandas as pd
from jupyter_mlops.data.diff import diff_tables
from jupyter_mlops.data.difference import spill
from jupyter_mlops.data.reading import Table

rows, in_files = int(sys.argv[1]), sys.argv[2] == "in files"
spill.MEMORY = spill.MEMORY // 64 if in_files else spill.MEMORY

class Made(Table):
    schema = dict.fromkeys([f"v{place}" for place in range(6)], "float64") | {"id": "int64", "name": "str"}
    rows = None

    def __init__(self, changed):
        super().__init__("made")
        self.changed = changed

    def chunks(self, size=0):
        for start in range(0, rows, size):
            ids = np.arange(start, min(start + size, rows))
            made = {f"v{place}": np.sqrt(ids + place) for place in range(6)} | {"id": ids}
            frame = pd.DataFrame(made).assign(name=pd.Series(ids).astype(str))
            if self.changed:
                frame.loc[frame["id"] % 1000 == 7, "v3"] += 1
                frame.loc[frame["id"] % 5000 == 0, "id"] += rows
            yield frame[list(self.schema)]

before = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
found = diff_tables(Made(False), Made(True), key=json.loads(sys.argv[3]))
after = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
print(json.dumps({
    "growth": (after - before) * 1024,
    "rows": [found.left_rows, found.right_rows, found.added, found.removed, found.changed],
    "columns": {column.name: column.changed for column in found.columns if column.changed},
}))
"""


def compared(key: list[str]) -> dict[str, object]:
    how = "in files" if ROWS < 1_000_000 else "as it is"
    done = subprocess.run(
        [sys.executable, "-c", COMPARE, str(ROWS), how, json.dumps(key)],
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    return dict(json.loads(done.stdout))


def test_memory_does_not_grow_with_the_rows_matched_by_key() -> None:
    found = compared(["id"])
    moved, changed = ROWS // 5000, ROWS // 1000
    assert found["rows"] == [ROWS, ROWS, moved, moved, changed]
    assert found["columns"] == {"v3": changed}
    assert isinstance(found["growth"], int)
    assert found["growth"] < GROWTH


def test_memory_does_not_grow_with_the_rows_without_a_key() -> None:
    found = compared([])
    moved, changed = ROWS // 5000, ROWS // 1000
    assert found["rows"] == [ROWS, ROWS, moved + changed, moved + changed, None]
    assert found["columns"] == {"v3": changed, "id": moved}
    assert isinstance(found["growth"], int)
    assert found["growth"] < GROWTH
