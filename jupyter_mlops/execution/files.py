"""Files a run leaves behind: written whole or not at all, and listed with size and digest."""

from __future__ import annotations

import hashlib
import json
import os
import secrets
from collections.abc import Mapping
from pathlib import Path
from typing import Any

from jupyter_mlops.entities import Output


def write_whole(path: Path, text: str) -> None:
    """Replace `path` by a file with `text`: a reader sees the old one or the new one, its owner only."""
    temporary = path.with_name(f".{secrets.token_hex(8)}.part")
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            stream.write(text)
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def write_notebook(path: Path, notebook: Mapping[str, Any]) -> None:
    """Save a notebook in Jupyter's own layout."""
    text = json.dumps(notebook, indent=1, ensure_ascii=False)
    write_whole(path, text.encode("utf-8", "backslashreplace").decode() + "\n")


def manifest(folder: Path) -> list[Output]:
    """Size (bytes) and blake2b digest of every file below `folder`."""
    return [_output(folder, path) for path in sorted(folder.rglob("*")) if path.is_file()]


def _output(folder: Path, path: Path) -> Output:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    return Output(path=path.relative_to(folder).as_posix(), size=path.stat().st_size, digest=digest)
