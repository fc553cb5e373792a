"""Checks as rows: what all faces show of them."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from itertools import groupby

from jupyter_mlops.entities import CheckResult, CheckStatus

SHORTEST = 0.05  # seconds that are told


def folded_checks(results: Sequence[CheckResult]) -> Iterator[CheckResult]:
    """What a schema asks of one column, and is so, in one row."""

    def key(result: CheckResult) -> object:
        return (result.kind, result.place, result.status, id(result) if not _folds(result) else 0)

    for _, group in groupby(results, key):
        found = list(group)
        names = [result.name.partition(": ")[2] or result.name for result in found]
        if len(found) > 1:
            column = found[0].name.partition(": ")[0]
            yield found[0].model_copy(update={"name": f"{column}: {', '.join(names)}"})
        else:
            yield found[0]


def _folds(result: CheckResult) -> bool:
    return result.kind == "schema" and result.status is CheckStatus.PASSED and ": " in result.name
