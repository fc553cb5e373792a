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
def kernel_log(path: Path, redactor: Redactor | None, reading: int | None = None) -> Iterator[int]:
    """A descriptor to write to while the block lasts. With a redactor the text passes through this process,
    so that no secret reaches the file, whatever becomes of us; as does that of a kernel which writes to a
    pipe already, whose end `reading` is then taken over."""
    with open(path, "wb", opener=private) as file:
        if redactor is None and reading is None:
            yield file.fileno()
            return
        writing = None
        if reading is None:
            reading, writing = os.pipe()

        def pump() -> None:
            with os.fdopen(reading, "r", encoding="utf-8", errors="replace") as lines:
                for line in lines:
                    text = line if redactor is None else redactor(line)
                    file.write(text.encode("utf-8", "backslashreplace"))
                    file.flush()

        pumping = threading.Thread(target=pump, name="kernel log", daemon=True)
        pumping.start()
        try:
            yield file.fileno() if writing is None else writing
        finally:
            if writing is not None:
                os.close(writing)
            pumping.join(5.0)
