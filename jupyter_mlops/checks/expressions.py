"""What is demanded of a model, as a person writes it: ``accuracy >= 0.8 by region``, ``no leakage``."""

from __future__ import annotations

import operator
import re
from collections.abc import Callable
from dataclasses import dataclass

from jupyter_mlops.evaluation.metrics import METRICS
from jupyter_mlops.exceptions import UsageError, did_you_mean

Compare = Callable[[float, float], bool]
OPERATORS: dict[str, Compare] = {
    ">=": operator.ge,
    "<=": operator.le,
    ">": operator.gt,
    "<": operator.lt,
}
FORMS = (
    "accuracy >= 0.8",
    "accuracy >= 0.7 by region",
    "accuracy >= champion.accuracy - 0.005",
    "invariant to gender",
    "invariant to gender within 1%",
    "latency <= 50ms",
    "latency of 1000 rows <= 2s",
    "size <= 100MB",
    "no leakage",
    "no overlap",
    "overlap <= 1%",
)
NUMBER = r"[-+]?(?:\d+(?:\.\d*)?|\.\d+)(?:[eE][-+]?\d+)?"
_LEAST = rf"(?P<operator>>=|<=|>|<)\s*(?P<value>{NUMBER})\s*(?P<percent>%)?"
_MOST = rf"(?P<operator><=|<)\s*(?P<value>{NUMBER})\s*"
_OTHER = (
    r"(?P<compared>>=|<=|>|<)\s*(?P<other>[\w-]+)\.(?P<same>\w+)"
    rf"(?:\s*(?P<sign>[-+])\s*(?P<slack>{NUMBER.removeprefix('[-+]?')})\s*(?P<slack_percent>%)?)?"
)
_METRIC = re.compile(rf"(?P<metric>[A-Za-z]\w*)\s*(?:{_LEAST}|{_OTHER})(?:\s+by\s+(?P<by>\S.*))?")
_INVARIANT = re.compile(
    rf"invariant\s+to\s+(?P<column>\S.*?)(?:\s+within\s+(?P<value>{NUMBER})\s*(?P<percent>%)?)?"
)
_LATENCY = re.compile(rf"latency(?:\s+of\s+(?P<rows>\d+)\s+rows?)?\s*{_MOST}(?P<unit>us|µs|ms|s)")
_SIZE = re.compile(rf"size\s*{_MOST}(?P<unit>B|[kKMG]B|[KMG]iB)")
_OVERLAP = re.compile(rf"overlap\s*{_MOST}(?P<percent>%)?")
_SECONDS = {"us": 1e-6, "µs": 1e-6, "ms": 1e-3, "s": 1.0}
_BYTES = {
    "B": 1,
    "kB": 1e3,
    "KB": 1e3,
    "MB": 1e6,
    "GB": 1e9,
    "KiB": 2**10,
    "MiB": 2**20,
    "GiB": 2**30,
}


@dataclass(frozen=True)
class AtLeast:
    """A metric held against a number or, with `other`, against that alias's metric plus `value`; in each part
    of the rows by the column `by`."""

    metric: str
    operator: str
    value: float
    other: str | None = None
    by: str | None = None


@dataclass(frozen=True)
class Invariant:
    """Predictions do not change with the column, but for a `share` of them."""

    column: str
    share: float = 0.0


@dataclass(frozen=True)
class Latency:
    """Seconds that a prediction for so many rows takes, at most; or, if `strict`, less."""

    seconds: float
    rows: int = 1
    strict: bool = False


@dataclass(frozen=True)
class Size:
    """Bytes of the model's files, at most; or, if `strict`, less."""

    bytes: float
    strict: bool = False


@dataclass(frozen=True)
class NoLeakage:
    """No single feature tells the target."""


@dataclass(frozen=True)
class Overlap:
    """The share of rows that the model was trained on, at most; or, if `strict`, less."""

    share: float = 0.0
    strict: bool = False


Demand = AtLeast | Invariant | Latency | Size | NoLeakage | Overlap


def parse_demand(text: str) -> Demand:
    """The demand that is written so.

    Raises:
        UsageError: it is none; the hint names what is like it.
    """
    words = " ".join(text.split())
    if words == "no leakage":
        return NoLeakage()
    if words == "no overlap":
        return Overlap()
    if found := _OVERLAP.fullmatch(words):
        return Overlap(_share(words, found["value"], found["percent"]), found["operator"] == "<")
    if found := _INVARIANT.fullmatch(words):
        return Invariant(_unquoted(found["column"]), _share(words, found["value"] or "0", found["percent"]))
    if found := _LATENCY.fullmatch(words):
        rows = int(found["rows"] or 1)
        if rows < 1:
            raise UsageError(f"{words!r}: a prediction is for one row at least", hint="e.g. latency <= 50ms")
        return Latency(float(found["value"]) * _SECONDS[found["unit"]], rows, found["operator"] == "<")
    if found := _SIZE.fullmatch(words):
        return Size(float(found["value"]) * _BYTES[found["unit"]], found["operator"] == "<")
    if found := _METRIC.fullmatch(words):
        return _metric(words, found)
    raise UsageError(f"{words!r} is no check of a model", hint=_like(words))


def _metric(words: str, found: re.Match[str]) -> AtLeast:
    metric = found["metric"]
    if metric in {"latency", "size", "overlap"}:
        raise UsageError(f"{words!r} is no check of a model", hint=_like(words))
    if metric not in METRICS:
        raise UsageError(f"{words!r}: no metric {metric!r}", hint=did_you_mean(metric, METRICS))
    by = _unquoted(found["by"]) if found["by"] else None
    if found["other"] is None:
        return AtLeast(metric, found["operator"], _number(found["value"], found["percent"]), by=by)
    if found["same"] != metric:
        raise UsageError(
            f"{words!r} compares {metric} with {found['same']}", hint=f"write {found['other']}.{metric}"
        )
    slack = _number(found["slack"] or "0", found["slack_percent"])
    value = -slack if found["sign"] == "-" else slack
    return AtLeast(metric, found["compared"], value, found["other"], by)


def _number(text: str, percent: str | None) -> float:
    return float(text) / (100 if percent else 1)


def _share(words: str, text: str, percent: str | None) -> float:
    share = _number(text, percent)
    if not 0 <= share <= 1:
        raise UsageError(f"{words!r}: a share lies between 0 and 1", hint="write e.g. 0.01 or 1%")
    return share


def _unquoted(name: str) -> str:
    name = name.strip()
    return name[1:-1] if len(name) > 2 and name[0] == name[-1] and name[0] in "'\"" else name


def _like(words: str) -> str:
    """The form that looks most like it; all of them where none does."""
    first = words.split()[0] if words else ""
    like = [form for form in FORMS if form.split()[0] == first]
    return f"write e.g. {like[0]}" if like else f"write one of: {'; '.join(FORMS)}"
