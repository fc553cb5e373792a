"""What a run leaves as artifacts under ``mlops/``, the manifest last."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from jupyter_mlops.entities import Provenance, RecordedParameter
from jupyter_mlops.files import manifest, write_whole
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.recorder import Recorder


def keep_records(
    folder: Path,
    provenance: Provenance,
    parameters: Sequence[RecordedParameter],
    traceback: str | None = None,
) -> None:
    """Write the run's own records into `folder`: provenance, typed parameters, environment, diff."""
    write_whole(folder / tags.PROVENANCE, provenance.model_dump_json(indent=1))
    listed = [parameter.model_dump() for parameter in parameters]
    write_whole(folder / tags.PARAMETERS, json.dumps(listed, indent=1))
    lines = [f"{name}=={version}" for name, version in provenance.installed.items()]
    write_whole(folder / "requirements.txt", "\n".join(lines) + "\n")
    if provenance.git is not None and provenance.git.diff:
        write_whole(folder / "uncommitted.diff", provenance.git.diff)
    if traceback:
        write_whole(folder / "traceback.txt", traceback)


def upload(recorder: Recorder, folder: Path) -> None:
    """All of `folder` as artifacts of the run, then the manifest that lists them."""
    (folder / tags.MANIFEST).unlink(missing_ok=True)
    listed = [output.model_dump() for output in manifest(folder)]
    recorder.artifact(folder, tags.FOLDER)
    write_whole(folder / tags.MANIFEST, json.dumps(listed, indent=1))
    recorder.artifact(folder / tags.MANIFEST, tags.FOLDER)
