"""Outputs of steps by their content: each kept once under its digest, whatever it was called.

A folder of them here, or a place behind a URL that workers elsewhere share (`data.remote`).
"""

from __future__ import annotations

import contextlib
import os
import secrets
import shutil
import tempfile
from collections.abc import Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import Protocol

from jupyter_mlops.data.digest import file_digest, folder_digest
from jupyter_mlops.data.memo import remembering
from jupyter_mlops.entities import FILE_DIGEST, Garbage, StepOutput
from jupyter_mlops.exceptions import MLOpsError, NotFound, Refused
from jupyter_mlops.files import is_gone

_CONTENT, _USED = "content", "used"
_PART = ".part-"


class Contents(Protocol):
    """Where outputs are kept. What was kept is never changed."""

    def check(self) -> None:
        """Return if something can be kept there.

        Raises:
            MLOpsError: it is out of reach, or says no.
        """

    def keep(self, path: Path) -> StepOutput:
        """Take over the file or folder at `path`, which is moved or copied.

        Raises:
            NotFound: it is not there.
            MLOpsError: it cannot be kept.
        """

    def has(self, output: StepOutput) -> bool:
        """Whether it is kept, whole; it counts as used now, if so."""

    def adopt(self, output: StepOutput, path: Path | None) -> bool:
        """Keep a copy of what lies at `path` where that is this very content; whether it was."""

    def fetch(self, output: StepOutput, target: Path) -> None:
        """Put a copy at `target`, whole or not at all; what was there is replaced.

        Raises:
            MLOpsError: it is not kept, or cannot be written there.
        """

    def listed(self) -> list[Garbage]:
        """All that is kept, with when it was last used."""

    def free(self, digest: str) -> None:
        """Keep it no longer."""

    def sweep(self) -> None:
        """Take away what was left half-written by processes that were killed."""


def content_digest(path: Path, memo: Path | None = None) -> tuple[str, bool]:
    """Digest of a file or folder, and whether it is a folder; what `memo` knows untouched is not read.

    Raises:
        NotFound: it is not there.
        Refused: it cannot be read.
    """
    with remembering(memo) as known:
        if path.is_dir():
            return folder_digest(path, known), True
        return file_digest(path, known), False


class LocalContents:
    """Contents in `folder`, each in a folder of its own named by the digest."""

    def __init__(self, folder: Path) -> None:
        self.folder = folder

    def check(self) -> None:
        """Return if the folder can be made."""
        try:
            self.folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        except OSError as error:
            raise MLOpsError(
                f"{self.folder} cannot be made: {error.strerror or error}", hint="mend its permissions"
            ) from None

    def keep(self, path: Path) -> StepOutput:
        """Take over the file or folder at `path`; it is moved where that can be done at once."""
        digest, is_folder = content_digest(path)
        output = StepOutput(digest=digest, size=_size(path), folder=is_folder)
        if self.has(output):
            return output
        try:
            self._keep(path, self._place(digest))
        except OSError as error:
            raise MLOpsError(
                f"{path.name} cannot be kept: {error.strerror or error}", hint="make room, then run again"
            ) from None
        return output

    def _keep(self, path: Path, place: Path) -> None:
        place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
        part = place.with_name(f"{_PART}{os.getpid()}-{secrets.token_hex(8)}")
        part.mkdir(mode=0o700)
        try:
            shutil.move(path, part / _CONTENT)
            _sync(part / _CONTENT)
            (part / _USED).touch()
            if place.exists():  # damaged, else it would have been found
                shutil.rmtree(place, ignore_errors=True)
            with contextlib.suppress(FileExistsError, OSError):  # another process was faster
                os.rename(part, place)
        finally:
            shutil.rmtree(part, ignore_errors=True)
        if not (place / _CONTENT).exists():
            raise OSError(f"{place} cannot be written")

    def has(self, output: StepOutput) -> bool:
        """Whether it is kept, with the size and, where anything about it changed since it was last looked
        at, the digest that it had."""
        place = self._place(output.digest)
        try:
            found = content_digest(place / _CONTENT, self.folder)
        except (NotFound, Refused):
            return False
        if found != (output.digest, output.folder):
            return False
        with contextlib.suppress(OSError):
            os.utime(place / _USED)
        return True

    def adopt(self, output: StepOutput, path: Path | None) -> bool:
        """Keep a copy of what lies at `path` where that is this very content; whether it was."""
        return adopt(self, output, path)

    def fetch(self, output: StepOutput, target: Path) -> None:
        """Put a copy at `target`, whole or not at all."""
        content = self._place(output.digest) / _CONTENT
        try:
            with replacing(target) as part:
                copy(content, part)
        except OSError as error:
            raise MLOpsError(
                f"{target} cannot be written: {error.strerror or error}", hint="make room, then run again"
            ) from None

    def listed(self) -> list[Garbage]:
        """All that is kept, with when it was last used."""
        found = []
        for place in sorted(self.folder.glob("*/*")):
            if place.name.startswith(_PART):
                continue
            with contextlib.suppress(OSError):
                used = datetime.fromtimestamp((place / _USED).stat().st_mtime, UTC)
                digest = f"{FILE_DIGEST}{place.name}"
                found.append(Garbage(digest=digest, size=_size(place / _CONTENT), used=used))
        return found

    def free(self, digest: str) -> None:
        """Keep it no longer: it is gone at once, before its files are."""
        place = self._place(digest)
        gone = place.with_name(f"{_PART}{os.getpid()}-{secrets.token_hex(8)}")
        with contextlib.suppress(OSError):
            os.rename(place, gone)
        shutil.rmtree(gone, ignore_errors=True)

    def sweep(self) -> None:
        """Take away what processes that are gone left half-written."""
        for part in self.folder.glob(f"*/{_PART}*"):
            owner = part.name.removeprefix(_PART).partition("-")[0]
            if not owner.isdigit() or is_gone(int(owner)):
                shutil.rmtree(part, ignore_errors=True)

    def _place(self, digest: str) -> Path:
        name = digest.removeprefix(FILE_DIGEST)
        return self.folder / name[:2] / name


def adopt(contents: Contents, output: StepOutput, path: Path | None) -> bool:
    """What every kind of contents does to `adopt`."""
    if path is None:
        return False
    try:
        if content_digest(path) != (output.digest, output.folder):
            return False
    except (NotFound, Refused):
        return False
    with tempfile.TemporaryDirectory() as folder:
        taken = Path(folder) / path.name
        copy(path, taken)
        return contents.keep(taken).digest == output.digest


@contextlib.contextmanager
def replacing(target: Path) -> Iterator[Path]:
    """A free path beside `target`, in whose place it is put when the block ends well: file or folder, a
    reader meets the old one or the new one."""
    target.parent.mkdir(parents=True, exist_ok=True)
    part = target.with_name(f".{target.name}{_PART}{secrets.token_hex(8)}")
    old = part.with_name(part.name + ".old")
    try:
        yield part
        _sync(part)
        if target.is_dir() and not target.is_symlink():  # a folder cannot be replaced in one call
            os.rename(target, old)
        elif part.is_dir() and target.exists():
            target.unlink()
        os.rename(part, target)
    except BaseException:
        if old.exists() and not target.exists():
            os.rename(old, target)
        raise
    finally:
        for left in (part, old):
            if left.is_dir():
                shutil.rmtree(left, ignore_errors=True)
            else:
                left.unlink(missing_ok=True)


def copy(source: Path, target: Path) -> None:
    """A copy of a file or folder, links in it as links."""
    if source.is_dir():
        shutil.copytree(source, target, symlinks=True)
    else:
        shutil.copyfile(source, target)


def _size(path: Path) -> int:
    """Bytes of a file, or of all files below a folder."""
    if not path.is_dir():
        return path.stat().st_size
    return sum(file.stat().st_size for file in path.rglob("*") if file.is_file())


def _sync(path: Path) -> None:
    """See to it that the content outlives a power cut."""
    files = [path] if path.is_file() else [file for file in path.rglob("*") if file.is_file()]
    for file in files:
        with file.open("rb") as stream:
            os.fsync(stream.fileno())


def open_contents(url: str | None, folder: Path) -> Contents:
    """Where outputs are kept: behind the URL, or, without one, in `folder`.

    Raises:
        Refused: what is needed for such a URL is not installed.
    """
    if url is None:
        return LocalContents(folder)
    from jupyter_mlops.data.remote import RemoteContents

    return RemoteContents(url)
