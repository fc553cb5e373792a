"""Explanations kept with the version that they are of, where whoever looks at it finds them."""

from __future__ import annotations

import re
import tempfile
from pathlib import Path

from jupyter_mlops.entities import Explanation, ModelVersion
from jupyter_mlops.evaluation.bars import explanation_svg
from jupyter_mlops.tracking.cards import set_section, set_version_tag
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store

FOLDER = "explanations"
TAG = "mlops.explanation"  # on the version: the path of the artifact
SECTION = "Explanation"
_SHOWN = 10  # features in the description


def keep(store: Store, version: ModelVersion, found: Explanation) -> Explanation:
    """Keep the explanation, as JSON and as a drawing, among the artifacts of the version's run, and link it:
    by a tag of the version, and by a section of its description that an explanation made later replaces.

    Returns:
        It, with the paths of its artifacts.

    Raises:
        MLOpsError: the store does not take it.
    """
    if version.run_id is None:
        return _noted(found, "not kept: the version has no run whose artifacts could hold it")
    plain = re.sub(r"[^\w.-]+", "-", version.name)
    name = f"{plain}-v{version.version}"
    paths = tuple(f"{FOLDER}/{name}{suffix}" for suffix in (".json", ".svg"))
    kept = found.model_copy(update={"artifacts": paths, "run_id": version.run_id})
    recorder = Recorder(store, version.run_id)
    with tempfile.TemporaryDirectory() as folder:
        for path, text in zip(paths, (kept.model_dump_json(indent=1), explanation_svg(kept)), strict=True):
            file = Path(folder) / Path(path).name
            file.write_text(text, encoding="utf-8")
            recorder.artifact(file, FOLDER)
    set_version_tag(store, version, TAG, paths[0])
    if not set_section(store, version, SECTION, section(kept)):
        return _noted(kept, "the version's description has no room for a section on it")
    return kept


def section(found: Explanation) -> str:
    """A few lines of Markdown: the features that count most, and where all of it is."""
    if found.method == "shap":
        how = "mean absolute SHAP value"
    else:
        how = f"loss of {found.metric} when the feature is shuffled"
    lines = [f"On {_plain(found.data)}, {found.rows:,} rows; {how}:", ""]
    lines += [f"- {_plain(each.feature)}: {each.importance:.4g}" for each in found.features[:_SHOWN]]
    if len(found.features) > _SHOWN:
        lines.append(f"- and {len(found.features) - _SHOWN} more")
    return "\n".join([*lines, "", f"All of it: `{found.artifacts[0]}` among the artifacts of the run."])


def _plain(text: str) -> str:
    """One line, in which Markdown sees nothing of its own."""
    line = " ".join(text.split())[:60]
    return re.sub(r"([\\`*_{}\[\]<>()#+!|~])", r"\\\1", line)


def _noted(found: Explanation, note: str) -> Explanation:
    return found.model_copy(update={"notes": (*found.notes, note)})
