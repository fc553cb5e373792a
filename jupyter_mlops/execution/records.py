"""What a run leaves as artifacts under ``mlops/``, beside its notebook and journal."""

from __future__ import annotations

import json
from collections.abc import Sequence
from pathlib import Path

from jupyter_mlops.entities import Provenance, RecordedParameter
from jupyter_mlops.files import write_whole
from jupyter_mlops.tracking import tags


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
