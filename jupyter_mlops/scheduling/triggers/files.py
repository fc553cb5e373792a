"""Files, folders and patterns that are watched. How they look is what the file system tells of each file;
what they hold is the digest of all bytes. Of a folder and of a pattern the files in it count, by name; hidden
ones do not, nor what recording runs writes into a project."""

from __future__ import annotations

import contextlib
import glob
import hashlib
import os
import stat
import time
from collections.abc import Callable, Iterator
from datetime import datetime
from pathlib import Path

from jupyter_mlops.config import STATE_FOLDER
from jupyter_mlops.data.digest import file_digest
from jupyter_mlops.data.memo import SETTLED, Memo, remembering
from jupyter_mlops.exceptions import Refused
from jupyter_mlops.scheduling.triggers.probed import Look

_Files = dict[str, os.stat_result]  # by path, relative to the project if it lies in there
Digest = Callable[[Path, Memo], str]  # of one file

_OWN = frozenset(
    {"mlflow.db", "mlflow.db-wal", "mlflow.db-shm", "mlflow.db-journal", "mlruns", "__pycache__"}
)
_MAGIC = frozenset("*?[")


def every_file(name: str) -> bool:
    """All files count."""
    return True


class Watched:
    """The file, the folder's files, or those of the pattern that `place` names, from `root` if it is no
    absolute one. Of a folder those count whose names are `wanted`; `digest` tells the content of one."""

    def __init__(
        self,
        root: Path,
        place: str,
        *,
        kind: str = "data",
        wanted: Callable[[str], bool] = every_file,
        digest: Digest = file_digest,
    ) -> None:
        self.name = f"{kind}:{place}"
        self.label = place
        self.bytes = 0
        self._root = root
        self._place = place
        self._path = os.path.join(root, place)
        self._wanted = wanted
        self._digest = digest

    def look(self, now: datetime) -> Look:
        """How the files look now.

        Raises:
            Refused: one cannot be looked at.
        """
        at = time.time_ns()
        status = _status(self._path)
        if status is not None and stat.S_ISREG(status.st_mode):  # by far the most
            self.bytes = status.st_size
            return Look(_mark(status), now, _is_fresh(status.st_ctime_ns, at))
        files = self._files()
        if not files:
            return Look("", now, absent=True)
        folded = hashlib.blake2b(digest_size=16)
        for name in sorted(files):
            folded.update(f"{len(name)}:{name} {_mark(files[name])}\n".encode("utf-8", "surrogatepass"))
        self.bytes = sum(each.st_size for each in files.values())
        return Look(folded.hexdigest(), now, any(_is_fresh(each.st_ctime_ns, at) for each in files.values()))

    def content(self) -> str | None:
        """The digest of the file, or of the names and contents of all files.

        Raises:
            MLOpsError: one cannot be read, or was written to meanwhile.
        """
        if os.path.isfile(self._path):
            return self._digest(Path(self._path), Memo())
        files = self._files()
        if not files:
            return None
        state = self._root / STATE_FOLDER
        with remembering(state if state.is_dir() else None) as memo:
            folded = hashlib.blake2b(digest_size=16)
            for name in sorted(files):
                digest = self._digest(self._root / name, memo)
                folded.update(f"{len(name)}:{name} {digest}\n".encode("utf-8", "surrogatepass"))
            return folded.hexdigest()

    def _files(self) -> _Files:
        """The files that there are of a folder or pattern."""
        if os.path.isdir(self._path):
            return dict(self._below(self._place))
        if not _MAGIC.intersection(self._place):
            return {}
        found: _Files = {}
        for name in glob.iglob(self._place, root_dir=self._root, recursive=True):
            status = _status(os.path.join(self._root, name))
            if status is None or os.path.basename(name) in _OWN:
                continue
            if stat.S_ISREG(status.st_mode):
                if self._wanted(name):
                    found[name] = status
            elif stat.S_ISDIR(status.st_mode) and "**" not in self._place:
                found |= self._below(name)
        return found

    def _below(self, folder: str) -> Iterator[tuple[str, os.stat_result]]:
        """The files below a folder; links to folders are not followed."""
        try:
            with os.scandir(os.path.join(self._root, folder)) as entries:
                for entry in entries:
                    if entry.name.startswith(".") or entry.name in _OWN:
                        continue
                    name = os.path.join(folder, entry.name)
                    if entry.is_dir(follow_symlinks=False):
                        yield from self._below(name)
                    elif self._wanted(entry.name):
                        with contextlib.suppress(FileNotFoundError):  # it went, or is a link to nothing
                            if stat.S_ISREG((status := entry.stat()).st_mode):
                                yield name, status
        except (FileNotFoundError, NotADirectoryError):  # it went meanwhile
            return
        except OSError as error:
            raise _refused(error) from None


def _status(path: str) -> os.stat_result | None:
    """None of what is not there."""
    try:
        return os.stat(path)
    except (FileNotFoundError, NotADirectoryError):
        return None
    except (OSError, ValueError) as error:
        raise _refused(error) from None


def _refused(error: OSError | ValueError) -> Refused:
    where, said = (getattr(error, name, None) for name in ("filename", "strerror"))
    return Refused(
        f"{where or 'the path'} cannot be looked at: {said or error}", hint="check its permissions"
    )


def _mark(status: os.stat_result) -> str:
    """What changes when a file is written to; times of a change can be set by nobody."""
    return (
        f"{status.st_size}.{status.st_mtime_ns:x}.{status.st_ctime_ns:x}.{status.st_ino:x}.{status.st_dev:x}"
    )


def _is_fresh(changed: int, now: int) -> bool:
    """A second write within one tick of the file system's clock would leave the same times."""
    return abs(now - changed) < SETTLED
