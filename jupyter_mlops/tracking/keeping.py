"""What a run of ours that is no notebook's leaves behind."""

from __future__ import annotations

import tempfile
from pathlib import Path

from jupyter_mlops.files import write_whole
from jupyter_mlops.provenance import capture
from jupyter_mlops.tracking import leases, tags
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store


def keep_origin(store: Store, recorder: Recorder) -> None:
    """Put on the run that this process holds where it came from, and all that was kept of it here."""
    folder = leases.kept_folder(store, recorder.run_id)
    provenance = capture(store.root, None)
    write_whole(folder / tags.PROVENANCE, provenance.model_dump_json(indent=1))
    recorder.provenance(provenance)
    recorder.keep(folder)


def keep_text(recorder: Recorder, name: str, text: str, folder: str | None = None) -> None:
    """Put a text on the run, as the artifact of that name, below `folder` where one is given."""
    with tempfile.TemporaryDirectory() as made:
        path = Path(made) / name
        write_whole(path, text)
        recorder.artifact(path, folder)
