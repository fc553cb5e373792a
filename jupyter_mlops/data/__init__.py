"""Dataset versions: what data a run saw, by the content of all of it."""

from __future__ import annotations

from jupyter_mlops.data.digest import array_digest, file_digest, folder_digest, frame_digest
from jupyter_mlops.data.versions import describe

__all__ = ["array_digest", "describe", "file_digest", "folder_digest", "frame_digest"]
