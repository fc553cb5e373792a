"""Files that are written whole or not at all, and listed with size and digest."""

from __future__ import annotations

import contextlib
import hashlib
import json
import os
import secrets
import shutil
import threading
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any, TextIO

from jupyter_mlops.entities import Output

_MAKING = threading.Lock()
_PART = ".part"  # ending of a file that is not yet whole


@contextlib.contextmanager
def whole(path: Path) -> Iterator[TextIO]:
    """A text stream whose content replaces `path` when the block ends well: a reader sees the old file or
    the new one, its owner only. If the block or the disk fails, the old one stays."""
    temporary = _temporary(path)
    handle = os.open(temporary, os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    try:
        with os.fdopen(handle, "w", encoding="utf-8") as stream:
            yield stream
            stream.flush()
            os.fsync(stream.fileno())
        os.replace(temporary, path)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise
    sync_folder(path.parent)


def write_whole(path: Path, text: str) -> None:
    """Replace `path` by a file with `text`; see `whole`."""
    with whole(path) as stream:
        stream.write(text)


def copy_whole(source: Path, target: Path) -> None:
    """Replace `target` by a copy of the text file `source`; see `whole`."""
    with source.open(encoding="utf-8") as original, whole(target) as stream:
        shutil.copyfileobj(original, stream, 1 << 20)


def copy_tree(source: Path, target: Path, *, link: bool = False) -> None:
    """Copy a file, or all files of a folder, to `target`: of each a reader sees the old one or the new one.
    What an earlier copy that was cut off left half-written is taken away. With `link`, for files that nobody
    will write to again, nothing is copied where the file system can have a file in two places."""
    if source.is_dir():
        target.mkdir(parents=True, exist_ok=True)
        for stale in target.glob(f".*{_PART}"):
            stale.unlink(missing_ok=True)
        for entry in source.iterdir():
            copy_tree(entry, target / entry.name, link=link)
        return
    target.parent.mkdir(parents=True, exist_ok=True)
    temporary = _temporary(target)
    try:
        _copy(source, temporary, link)
        os.replace(temporary, target)
    except BaseException:
        temporary.unlink(missing_ok=True)
        raise


def _copy(source: Path, target: Path, link: bool) -> None:
    if link:
        with contextlib.suppress(OSError):
            os.link(source, target)
            return
    shutil.copy2(source, target)


def _temporary(path: Path) -> Path:
    return path.with_name(f".{secrets.token_hex(8)}{_PART}")


def write_notebook(path: Path, notebook: Mapping[str, Any]) -> None:
    """Save a notebook in Jupyter's own layout."""
    text = json.dumps(notebook, indent=1, ensure_ascii=False)
    write_whole(path, text.encode("utf-8", "backslashreplace").decode() + "\n")


def is_gone(pid: int) -> bool:
    """Whether there is no process of that number on this machine."""
    try:
        os.kill(pid, 0)
    except ProcessLookupError:
        return True
    except (OSError, OverflowError):  # another user's: it lives
        return False
    return False


def private(path: str, flags: int) -> int:
    """An opener for `open` that makes files which only their owner reads."""
    return os.open(path, flags, 0o600)


def make_private(path: Path) -> None:
    """Make a file for a database, its owner's only, as those will be that SQLite puts beside it. One that is
    there is not opened: to close a file ends all locks that this process has on it, those of other
    connections, too (sqlite.org/howtocorrupt.html, 2.2)."""
    with _MAKING, contextlib.suppress(FileExistsError):
        os.close(os.open(path, os.O_RDWR | os.O_CREAT | os.O_EXCL, 0o600))


def sync_folder(folder: Path) -> None:
    """See to it that names made in the folder outlive a power cut, where the system can."""
    with contextlib.suppress(OSError):  # Windows, and some network disks, cannot open a folder
        handle = os.open(folder, os.O_RDONLY)
        try:
            os.fsync(handle)
        finally:
            os.close(handle)


def manifest(folder: Path) -> list[Output]:
    """Size (bytes) and blake2b digest of every file below `folder`."""
    return [_output(folder, path) for path in sorted(folder.rglob("*")) if path.is_file()]


def damaged(folder: Path, listed: list[Output]) -> list[str]:
    """The listed files that are not there as listed, each with what is wrong."""
    found = []
    for output in listed:
        path = folder / output.path
        try:
            now = _output(folder, path)
        except OSError:
            found.append(f"{output.path} is missing")
            continue
        if now.size != output.size:
            found.append(f"{output.path} has {now.size} bytes, not {output.size}")
        elif now.digest != output.digest:
            found.append(f"{output.path} was changed")
    return found


def _output(folder: Path, path: Path) -> Output:
    with path.open("rb") as stream:
        digest = hashlib.file_digest(stream, lambda: hashlib.blake2b(digest_size=16)).hexdigest()
    return Output(path=path.relative_to(folder).as_posix(), size=path.stat().st_size, digest=digest)
