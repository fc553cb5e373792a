"""Names that MLflow gives to runs by chance, where nobody names them."""

from __future__ import annotations

import re
from functools import cache

from jupyter_mlops.entities import Run

_SHAPE = re.compile(r"([a-z]+)-([a-z]+)-\d{1,4}")


def is_named_by_chance(run: Run) -> bool:
    """Whether nobody chose the run's name: it says nothing of what the run is."""
    if run.name == run.run_id[:8]:  # it has none
        return True
    found = _SHAPE.fullmatch(run.name)
    return found is not None and found[1] in _words()[0] and found[2] in _words()[1]


@cache
def _words() -> tuple[frozenset[str], frozenset[str]]:
    from mlflow.utils import name_utils

    return frozenset(name_utils._GENERATOR_PREDICATES), frozenset(name_utils._GENERATOR_NOUNS)
