"""The file for what a kernel's process writes itself, past the notebook."""

from __future__ import annotations

import contextlib
import os
import threading
from collections.abc import Iterator
from pathlib import Path

from jupyter_mlops.files import private
from jupyter_mlops.notebooks.redaction import Redactor


@contextlib.contextmanager
def kernel_log(path: Path, redactor: Redactor | None) -> Iterator[int]:
    """A descriptor to write to while the block lasts. With a redactor the text passes through this process,
    so that no secret reaches the file, whatever becomes of us."""
    with open(path, "wb", opener=private) as file:
        if redactor is None:
            yield file.fileno()
            return
        reading, writing = os.pipe()

        def pump() -> None:
            with os.fdopen(reading, "r", encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    file.write(redactor(line).encode("utf-8", "backslashreplace"))
                    file.flush()

        pumping = threading.Thread(target=pump, name="kernel log", daemon=True)
        pumping.start()
        try:
            yield writing
        finally:
            os.close(writing)
            pumping.join(5.0)
