"""A dataset version as MLflow holds it: a dataset, and tags on the link between it and a run."""

from __future__ import annotations

import json
from typing import Any

from jupyter_mlops.entities import DatasetVersion
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.rows import Dataset

MAX_SCHEMA = 1_048_575  # characters, MLflow's limits
MAX_SOURCE = 65_535
MAX_NAME = 500
MAX_LINK_TAG = 500
_MAX_TAG_NAME = 255
_MAX_SOURCE_TYPE = 36
_CUT = " …(cut)"


def to_dataset(version: DatasetVersion) -> Dataset:
    """What is written of the version with a run that uses it; texts longer than MLflow allows are cut, and a
    schema that is too long is left out."""
    marks = {f"{tags.DATASET_TAG}{key}": value for key, value in version.tags.items()}
    if version.context:
        marks[tags.CONTEXT] = version.context
    if version.number is not None:
        marks[tags.VERSION_NUMBER] = str(version.number)
    if version.key:
        marks[tags.VERSION_KEY] = json.dumps(version.key, ensure_ascii=False)
    if not version.ordered:
        marks[tags.VERSION_ORDERED] = "false"
    if version.size is not None:
        marks[tags.VERSION_SIZE] = str(version.size)
    if version.wrote:
        marks[tags.VERSION_WROTE] = "true"
    schema = json.dumps(dict(version.schema_))
    return Dataset(
        name=_cut(version.name, MAX_NAME),
        digest=version.digest,
        profile=json.dumps({"num_rows": version.rows}),
        schema=schema if len(schema) <= MAX_SCHEMA else "{}",
        source=_cut(version.source, MAX_SOURCE),
        source_type=version.source_type[:_MAX_SOURCE_TYPE],
        marks={key[:_MAX_TAG_NAME]: _cut(value, MAX_LINK_TAG) for key, value in marks.items()},
    )


def to_version(found: Dataset) -> DatasetVersion:
    """The version as it was linked to a run."""
    marks = found.marks
    return DatasetVersion(
        name=found.name,
        digest=found.digest,
        rows=_object(found.profile).get("num_rows"),
        schema_={str(k): str(v) for k, v in _object(found.schema).items()},
        source=found.source or "",
        source_type=found.source_type or "local",
        context=marks.get(tags.CONTEXT),
        tags={
            key.removeprefix(tags.DATASET_TAG): value
            for key, value in marks.items()
            if key.startswith(tags.DATASET_TAG)
        },
        number=_whole(marks.get(tags.VERSION_NUMBER)),
        key=_key(marks.get(tags.VERSION_KEY)),
        ordered=marks.get(tags.VERSION_ORDERED) != "false",
        size=_whole(marks.get(tags.VERSION_SIZE)),
        wrote=marks.get(tags.VERSION_WROTE) == "true",
    )


def _cut(text: str, limit: int) -> str:
    return text if len(text) <= limit else text[: limit - len(_CUT)] + _CUT


def _whole(text: str | None) -> int | None:
    return int(text) if text is not None and text.isdecimal() else None


def _key(text: str | None) -> tuple[str, ...]:
    try:
        found = json.loads(text or "[]")
    except ValueError:  # so long that it was cut
        return ()
    return tuple(str(column) for column in found) if isinstance(found, list) else ()


def _object(text: str | None) -> dict[str, Any]:
    try:
        found = json.loads(text or "{}")
    except ValueError:
        return {}
    return found if isinstance(found, dict) else {}
