"""The front matter of a card: YAML in the form of Hugging Face's model card metadata, of what is known only.

https://github.com/huggingface/hub-docs/blob/main/modelcard.md
"""

from __future__ import annotations

import io
import math
import re
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.evaluation.metrics import METRICS
from jupyter_mlops.evaluation.models import Task
from jupyter_mlops.promotion.card.measuring import Measured
from jupyter_mlops.promotion.card.performance import checked_on, recorded
from jupyter_mlops.promotion.card.records import Records, Use
from jupyter_mlops.promotion.card.writing import clean

LICENSES = frozenset(Path(__file__).with_name("licenses.txt").read_text(encoding="utf-8").split())
_LIBRARIES = {"sklearn": "sklearn", "pytorch": "pytorch", "pyspark.ml": "pyspark"}
_METRICS = {"r2": "r_squared"}  # Hugging Face's names of ours
_JUDGED_ON = frozenset(
    ("evaluation", "eval", "test", "testing", "validation", "valid", "holdout", "hold-out")
)
_TRAINED_ON = frozenset(("training", "train"))
_IDENTIFIER = re.compile(r"[A-Za-z0-9][\w.-]{0,95}", re.ASCII)
_LANGUAGE = re.compile(r"[^\W\d_]\w*(?:-\w+)*")  # such as no, or pt-BR; not the dash of a list
_PLAIN = re.compile(r"[A-Za-z][\w/ .@-]*", re.ASCII)
_WORDS = frozenset(("y", "n", "yes", "no", "on", "off", "true", "false", "null", "nan", "inf"))


def front(records: Records, measured: Measured | None) -> dict[str, Any]:
    """The metadata as plain values; keys of which nothing is known are left out."""
    task = task_of(records, measured)
    library = records.described.library if records.described else ""
    kind = _pipeline(records, task)
    found: dict[str, Any] = {
        **_license(records),
        "language": _languages(records),
        "library_name": _LIBRARIES.get(library, library),
        "pipeline_tag": kind,
        "tags": list(filter(None, ["jupyter-mlops", "mlflow", _LIBRARIES.get(library, library)])),
        "datasets": _datasets(records),
        "metrics": _metric_names(records, measured),
        "model_name": clean(f"{records.version.name}", 200),
        "model-index": _index(records, measured, kind),
    }
    return {key: value for key, value in found.items() if value}


def as_yaml(metadata: Mapping[str, Any]) -> str:
    """As YAML that readers of version 1.1 and 1.2 understand alike, without the lines ``---``."""
    from ruamel.yaml import YAML

    yaml = YAML()
    yaml.default_flow_style = False
    yaml.width = 10_000
    yaml.allow_unicode = True
    yaml.Representer = _representer()
    stream = io.StringIO()
    yaml.dump(_quoted(dict(metadata)), stream)
    return stream.getvalue()


def task_of(records: Records, measured: Measured | None) -> Task | None:
    """What it predicts: as was measured, else as the names of its recorded metrics tell, where they agree."""
    if measured is not None:
        return measured.task
    tasks = {METRICS[name].task for name in (*recorded(records), *records.checked) if name in METRICS}
    return tasks.pop() if len(tasks) == 1 else None


def _pipeline(records: Records, task: Task | None) -> str:
    files = records.described
    return f"tabular-{task}" if task is not None and files is not None and files.tabular else ""


def _tag(records: Records, *names: str) -> str:
    for tags in (records.version.tags, records.told):
        for name in names:
            if tags.get(name, "").strip():
                return clean(tags[name])
    return ""


def _license(records: Records) -> dict[str, str]:
    """As a tag of the version or the model says."""
    told = _tag(records, "license", "licence")
    known = re.sub(r"\s+", "-", told.lower())
    if not told:
        return {}
    return {"license": known} if known in LICENSES else {"license": "other", "license_name": _slug(told)}


def _languages(records: Records) -> list[str]:
    return _LANGUAGE.findall(_tag(records, "language", "languages"))


def _datasets(records: Records) -> list[str]:
    """Names that Hugging Face takes for such."""
    names = [use.version.name for use in records.data if use.context in _TRAINED_ON]
    return list(dict.fromkeys(name for name in names if _IDENTIFIER.fullmatch(name)))


def _metric_names(records: Records, measured: Measured | None) -> list[str]:
    names = [each.metric for each in measured.estimates] if measured else []
    names += [name for name in recorded(records) if name in METRICS and name not in names]
    return [_METRICS.get(name, name) for name in names]


def _index(records: Records, measured: Measured | None, kind: str) -> list[dict[str, Any]]:
    """Results are told where it is known on which data, and of what kind the task is."""
    if not kind:
        return []
    results = []
    if measured is not None:
        values = {each.metric: each.value for each in measured.estimates}
        results.append(_result(kind, measured.name, measured.data, measured.digest, values))
    else:
        uses = [use for use in records.data if use.context in _JUDGED_ON]
        if len(uses) == 1:
            results.append(_recorded_on(kind, uses[0], recorded(records)))
        if (use := checked_on(records)) is not None:
            results.append(_recorded_on(kind, use, records.checked))
    name = clean(records.version.name, 200)
    results = [result for result in results if result]
    return [{"name": name, "results": results}] if results else []


def _recorded_on(kind: str, use: Use, values: Mapping[str, float]) -> dict[str, Any]:
    return _result(kind, use.version.name, use.version.label, use.version.digest, values)


def _result(kind: str, dataset: str, label: str, digest: str, values: Mapping[str, float]) -> dict[str, Any]:
    metrics = [
        {"type": _METRICS.get(name, clean(name)), "value": float(value), "name": clean(name)}
        for name, value in values.items()
        if math.isfinite(value)
    ]
    if not metrics:
        return {}
    return {
        "task": {"type": kind, "name": kind.replace("-", " ").title()},
        "dataset": {"type": _slug(dataset), "name": clean(label), "revision": clean(digest)},
        "metrics": metrics,
    }


def _slug(name: str) -> str:
    """Letters, digits, points and hyphens, for what is an identifier there."""
    return re.sub(r"[^a-z0-9.]+", "-", name.lower()).strip("-.")[:96] or "data"


def _representer() -> Any:
    """Writes numbers with a point, without which version 1.1 takes ``1e-09`` for a text."""
    from ruamel.yaml.representer import RoundTripRepresenter

    class Pointed(RoundTripRepresenter):
        def represent_float(self, value: float) -> Any:
            told = repr(value)
            told = told if "." in told else told.replace("e", ".0e")
            return self.represent_scalar("tag:yaml.org,2002:float", told)

    Pointed.add_representer(float, Pointed.represent_float)
    return Pointed


def _quoted(value: Any) -> Any:
    """Texts that one reader or another would take for something else in quotes."""
    from ruamel.yaml.scalarstring import DoubleQuotedScalarString

    if isinstance(value, Mapping):
        return {key: _quoted(item) for key, item in value.items()}
    if isinstance(value, list | tuple):
        return [_quoted(item) for item in value]
    if isinstance(value, str) and (
        not _PLAIN.fullmatch(value) or value.lower() in _WORDS or value[-1] == " "
    ):
        return DoubleQuotedScalarString(value)
    return value
