"""What was asked of a model and what it answered, as rows: of MLflow's request formats, and no others."""

from __future__ import annotations

import io
import json
import math
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any

PREDICTION, VERSION, TIME = "prediction", "model_version", "time"  # as batches of `predict` have them
_LARGEST_WHOLE = 2**63 - 1
_TEXTS = ("string", "object")  # types of a signature


@dataclass(frozen=True)
class Exchange:
    """A request that was answered: the bytes of both, and which version answered when (UTC). `inputs` are the
    types of the columns that the model's signature names, by which CSV is read."""

    when: datetime
    version: str
    kind: str
    request: bytes
    answer: bytes
    inputs: Mapping[str, str] = field(default_factory=dict)


class NotRows(ValueError):
    """The request is of another kind."""


def rows_of(exchange: Exchange) -> list[dict[str, Any]]:
    """One row for each that was asked: its columns, then `prediction`, `model_version` (``NAME@VERSION``) and
    `time` (ISO 8601, UTC), with a ``_`` at the end where a column is called so. Where the model answers with
    a table, its columns are ``prediction.NAME``. Numbers that JSON does not know are None. Tensors without
    names have columns "0", "1" and so on.

    Raises:
        NotRows: it is not a table in one of MLflow's formats, or not answered row by row.
    """
    try:
        asked, answered = _asked(exchange), _answered(exchange.answer)
        own = {VERSION: exchange.version, TIME: f"{exchange.when:%Y-%m-%dT%H:%M:%S.%fZ}"}
        return [_row(given, {**told, **own}) for given, told in zip(asked, answered, strict=True)]
    except (ValueError, KeyError, TypeError, AttributeError, RecursionError, OverflowError) as error:
        raise NotRows(str(error)) from None


def _row(given: Mapping[str, Any], told: Mapping[str, Any]) -> dict[str, Any]:
    row = {str(name): _scalar(value) for name, value in given.items()}
    return row | {_free(name, row): _scalar(value) for name, value in told.items()}


def _free(name: str, taken: Mapping[str, Any]) -> str:
    while name in taken:
        name += "_"
    return name


def _scalar(value: Any) -> Any:
    if isinstance(value, float) and not math.isfinite(value):
        return None
    if isinstance(value, int) and abs(value) > _LARGEST_WHOLE:  # no table could hold it
        return float(value)
    if isinstance(value, dict | list):
        raise NotRows("a value is no scalar")
    return value


def _asked(exchange: Exchange) -> Sequence[Mapping[str, Any]]:
    kind = exchange.kind.partition(";")[0].strip().lower()
    if kind == "text/csv":
        return _csv(exchange.request, exchange.inputs)
    if kind != "application/json":
        raise NotRows(f"it is {kind}")
    document = json.loads(exchange.request)
    formats = [name for name in _FORMATS if name in document]
    if len(formats) != 1:
        raise NotRows("it has not one of the formats")
    return _FORMATS[formats[0]](document[formats[0]])


def _csv(body: bytes, inputs: Mapping[str, str]) -> Sequence[Mapping[str, Any]]:
    import pandas as pd

    texts = {name: str for name, kind in inputs.items() if kind in _TEXTS}
    frame = pd.read_csv(io.BytesIO(body), dtype=texts)
    return [{str(name): value for name, value in row.items()} for row in frame.to_dict("records")]


def _split(data: Any) -> Sequence[Mapping[str, Any]]:
    columns = [str(name) for name in data["columns"]]
    if len(set(columns)) != len(columns):
        raise NotRows("two columns have the same name")
    return [dict(zip(columns, row, strict=True)) for row in data["data"]]


def _records(data: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(data, list):
        raise NotRows("it is no list")
    if all(isinstance(row, dict) for row in data):
        return data
    if all(isinstance(row, list) for row in data):
        return [{str(place): value for place, value in enumerate(row)} for row in data]
    if any(isinstance(row, dict | list) for row in data):
        raise NotRows("it has rows of different kinds")
    return [{"0": value} for value in data]


def _inputs(data: Any) -> Sequence[Mapping[str, Any]]:
    if not isinstance(data, dict):
        return _records(data)
    columns = {name: value if isinstance(value, list) else [value] for name, value in data.items()}
    return [dict(zip(columns, row, strict=True)) for row in zip(*columns.values(), strict=True)]


_FORMATS = {
    "dataframe_split": _split,
    "dataframe_records": _records,
    "instances": _records,
    "inputs": _inputs,
}


def _answered(body: bytes) -> list[dict[str, Any]]:
    predictions = json.loads(body)["predictions"]
    if not isinstance(predictions, list):
        raise NotRows("it was not answered row by row")
    return [_named(value) for value in predictions]


def _named(value: Any) -> dict[str, Any]:
    if isinstance(value, dict):
        return {f"{PREDICTION}.{name}": part for name, part in value.items()}
    if isinstance(value, list):
        if len(value) == 1:
            return _named(value[0])
        return {f"{PREDICTION}.{place}": part for place, part in enumerate(value)}
    return {PREDICTION: value}
