"""The verdict on the run that was replayed, and the whole replay as an artifact."""

from __future__ import annotations

import tempfile
from pathlib import Path

from pydantic import ValidationError

from jupyter_mlops.entities import Replay
from jupyter_mlops.files import write_whole
from jupyter_mlops.tracking import tags
from jupyter_mlops.tracking.marks import marks_of
from jupyter_mlops.tracking.reader import local_copy
from jupyter_mlops.tracking.recorder import Recorder
from jupyter_mlops.tracking.store import Store


def keep(store: Store, found: Replay, key: str = "") -> Replay:
    """Put the replay on record: whole with its own run, or where there is none with the original, and the
    verdict on the original."""
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / tags.REPLAY_FILE
        write_whole(path, found.model_dump_json(indent=1))
        Recorder(store, found.replayed or found.run_id).artifact(path)
    Recorder(store, found.run_id).tags(
        {
            tags.REPLAY: found.verdict.value,
            tags.REPLAY_RUN: found.replayed or "",
            tags.REPLAY_WHEN: found.when.isoformat() if found.when else "",
            tags.REPLAY_TOLERANCE: f"{found.tolerance:g}",
            tags.REPLAY_KEY: key,
        }
    )
    return found


def kept_replay(store: Store, run_id: str) -> Replay | None:
    """The last replay of the run; None where there is none, or its own run is gone."""
    return kept_with_key(store, run_id)[0]


def last_replay(store: Store, run_id: str) -> str:
    """The id of the run that the last replay of the run is; empty where there is none, or it is gone."""
    holder = marks_of(store, run_id).get(tags.REPLAY_RUN, "")
    return holder if holder and marks_of(store, holder) else ""


def kept_with_key(store: Store, run_id: str) -> tuple[Replay | None, str]:
    """The same, and the digest of all that it depended on."""
    marks = marks_of(store, run_id)
    if tags.REPLAY not in marks:
        return None, ""
    holder = marks.get(tags.REPLAY_RUN) or run_id
    if holder != run_id and not marks_of(store, holder):
        return None, ""
    with local_copy(store, holder, tags.REPLAY_FILE) as path:
        try:
            return Replay.model_validate_json(path.read_text(encoding="utf-8")), marks.get(
                tags.REPLAY_KEY, ""
            )
        except (OSError, ValidationError):
            return None, ""
