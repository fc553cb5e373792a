"""What Evidently says of the same columns, for ``test_against_evidently.py``.

Run by hand, where Evidently is installed beside a pandas that it can be imported with (0.7.23: pandas < 3.1):

    python tests/monitoring/against_evidently.py > tests/monitoring/evidently.json
"""

from __future__ import annotations

import json
import warnings

import numpy as np
import pandas as pd

ROWS = 1_500
NUMBERS = {"same": 0.0, "slightly": 0.05, "moved": 0.3, "far": 1.0}
METHODS = {"wasserstein": [*NUMBERS, "skewed"], "ks": [*NUMBERS, "skewed"], "jensenshannon": [], "psi": []}
CATEGORIES = {"even": [0.34, 0.33, 0.33], "shifted": [0.5, 0.3, 0.2], "other": [0.1, 0.2, 0.7]}


def sides() -> tuple[pd.DataFrame, pd.DataFrame]:
    """Reference and current data: numbers by how far their mean moves, categories by what becomes of them."""
    random = np.random.default_rng(11)
    reference, current = {}, {}
    for name, mean in NUMBERS.items():
        reference[name] = random.normal(10, 3, ROWS)
        current[name] = random.normal(10 + 3 * mean, 3, ROWS)
    reference["skewed"] = random.exponential(2, ROWS)
    current["skewed"] = random.exponential(2.5, ROWS)
    for name, shares in CATEGORIES.items():
        reference[name] = random.choice(["a", "b", "c"], ROWS)
        current[name] = random.choice(["a", "b", "c"], ROWS, p=shares)
    return pd.DataFrame(reference), pd.DataFrame(current)


def main() -> None:
    """Print version and values as JSON."""
    warnings.simplefilter("ignore")
    import evidently
    from evidently import Report
    from evidently.metrics import ValueDrift

    reference, current = sides()
    found: dict[str, dict[str, float]] = {}
    for method, columns in METHODS.items():
        names = columns or list(CATEGORIES)
        snapshot = Report([ValueDrift(column=name, method=method) for name in names]).run(current, reference)
        values = [float(metric["value"]) for metric in snapshot.dict()["metrics"]]
        found[method] = dict(zip(names, values, strict=True))
    print(json.dumps({"version": evidently.__version__, "pandas": pd.__version__, "values": found}, indent=1))


if __name__ == "__main__":
    main()
