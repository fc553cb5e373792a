"""Copies of what versions hold, so that an old one can still be opened: below ``.mlops/data``, by digest.

A file or folder is kept as it is, a table as Parquet, an array as NumPy writes it; each whole or not at all.
"""

from __future__ import annotations

import contextlib
import hashlib
import os
import re
import secrets
import shutil
from collections.abc import Callable, Iterator
from datetime import UTC, datetime
from pathlib import Path
from typing import TYPE_CHECKING, Any

from jupyter_mlops.config import STATE_FOLDER
from jupyter_mlops.data.digest import array_digest, file_digest, folder_digest, frame_digest
from jupyter_mlops.data.memo import Memo, remembering
from jupyter_mlops.data.rows import RowsDigest
from jupyter_mlops.data.sources import Query
from jupyter_mlops.data.tables import open_table, to_frame
from jupyter_mlops.data.versions import describe
from jupyter_mlops.entities import FILE_DIGEST, DatasetVersion, Garbage
from jupyter_mlops.exceptions import MLOpsError, Refused
from jupyter_mlops.files import is_gone
from jupyter_mlops.tracking.store import Store

if TYPE_CHECKING:
    import numpy
    import pandas

FOLDER = "data"
LARGEST = 100_000_000  # bytes of a version that is added
LARGEST_TRACKED = 10_000_000  # bytes of one that a cell tracks
_PART = ".part-"
_CLAIM = ".catalogue-"
_SEAL = ".sealed-"  # begins the name of a file that ends with the digest of the copy beside it
_TABLE, _ARRAY = "table.parquet", "array.npy"
_VALUE = 8  # bytes that a value takes at least
_SUFFIX = re.compile(r"\.\w{1,16}")


def keep(store: Store, version: DatasetVersion, value: Any, largest: int = LARGEST) -> Path | None:
    """Keep a copy of `value`, of which `version` tells; where it is. None where it is larger than `largest`
    bytes, or not of a kind that comes back as it was.

    Raises:
        Refused: what lies at the path `value` is not that version any more.
        MLOpsError: it cannot be written.
    """
    known = kept(store, version)
    if known is not None:
        with contextlib.suppress(OSError):
            _claim(store, known.parent)
        return known
    if is_damaged(store, version):
        _discard(_place(store, version.digest))
    if isinstance(value, Path) and _size(value) > largest:
        return None
    try:
        with _replacing(_place(store, version.digest)) as part:
            if _put(value, version, part, largest):
                _seal(part)
                _claim(store, part)
            else:
                for path in part.iterdir():
                    path.unlink()
    except OSError as error:
        raise MLOpsError(
            f"no copy of {version.name} can be kept: {error.strerror or error}", hint="make room"
        ) from None
    return kept(store, version)


def kept(store: Store, version: DatasetVersion) -> Path | None:
    """The kept copy of the version's content; None where there is none, or it is not what was kept."""
    copy = _copy_in(_place(store, version.digest))
    return copy if copy is not None and _is_whole(store, version, copy) else None


def is_damaged(store: Store, version: DatasetVersion) -> bool:
    """Whether there is a copy of the version's content that was changed since it was kept."""
    copy = _copy_in(_place(store, version.digest))
    return copy is not None and not _is_whole(store, version, copy)


def copies(store: Store) -> list[Garbage]:
    """All copies that only this store's catalogue can need, with when they were last kept."""
    claim, found = _claim_name(store), []
    for place in sorted((store.root / STATE_FOLDER / FOLDER).glob("[!.]*")):
        claims = [path.name for path in place.glob(f"{_CLAIM}*")]
        if claims == [claim]:
            with contextlib.suppress(OSError):  # freed meanwhile
                used = datetime.fromtimestamp((place / claim).stat().st_mtime, UTC)
                digest = re.sub("^xxh-", FILE_DIGEST, place.name)
                found.append(Garbage(digest=digest, size=_size(place), used=used, kind="data"))
    return found


def free(store: Store, copy: Garbage) -> bool:
    """Keep the copy no longer, unless it was kept again since it was listed; whether it is gone. It is so at
    once, before its files are."""
    place = _place(store, copy.digest)
    try:
        if datetime.fromtimestamp((place / _claim_name(store)).stat().st_mtime, UTC) > copy.used:
            return False
    except OSError:
        return not place.exists()
    return _discard(place)


def read_array(path: Path) -> Any:
    """The array of a kept copy; None where the copy is of something else."""
    if path.name != _ARRAY:
        return None
    import numpy as np

    return np.load(path, allow_pickle=False)


def _copy_in(place: Path) -> Path | None:
    with contextlib.suppress(OSError):
        return next((path for path in sorted(place.iterdir()) if not path.name.startswith(".")), None)
    return None


def _is_whole(store: Store, version: DatasetVersion, copy: Path) -> bool:
    """Whether the copy is what was kept. What nobody touched since it was looked at is not read."""
    sealed = next((path.name.removeprefix(_SEAL) for path in copy.parent.glob(f"{_SEAL}*")), None)
    expected = version.digest if version.digest.startswith(FILE_DIGEST) else sealed and FILE_DIGEST + sealed
    folder = store.root / STATE_FOLDER
    try:
        if expected:
            with remembering(folder) as memo:
                return _digest_of(copy, memo) == expected
        if copy.name == _TABLE:  # of before there were seals
            return True
        array = read_array(copy)
        value = copy if array is None else array
        now = describe(value, name=version.name, ordered=version.ordered, memo=folder)
    except (MLOpsError, OSError, ValueError):
        return False
    return now.digest == version.digest


def _digest_of(copy: Path, memo: Memo) -> str:
    return folder_digest(copy, memo) if copy.is_dir() else file_digest(copy, memo)


def _seal(part: Path) -> None:
    """Tell beside the copy what it is, for whoever opens it later."""
    copy = _copy_in(part)
    if copy is not None:
        digest = _digest_of(copy, Memo())
        (part / f"{_SEAL}{digest.removeprefix(FILE_DIGEST)}").touch(mode=0o600)


def _discard(place: Path) -> bool:
    """Take the copy away; whether it is gone."""
    gone = place.with_name(f"{_PART}{os.getpid()}-{secrets.token_hex(8)}")
    try:
        os.rename(place, gone)
    except OSError:
        return not place.exists()
    shutil.rmtree(gone, ignore_errors=True)
    return True


def _put(value: Any, version: DatasetVersion, part: Path, largest: int) -> bool:
    """Put a copy into the folder `part`; whether it is one that will do."""
    import numpy as np

    if isinstance(value, Path):
        _put_file(value, version, part)
        return True
    if isinstance(value, Query):
        return _put_answer(value, version, part / _TABLE, largest)
    if isinstance(value, np.ndarray):
        return _put_array(value, version, part / _ARRAY, largest)
    frame = to_frame(value, version.name)
    # looked at as a frame: the version's own digest may be one of its rows in any order
    return _put_frame(frame, part / _TABLE, largest, frame_digest(frame), frame_digest)


def _put_file(path: Path, version: DatasetVersion, part: Path) -> None:
    # the name is no more than a help to whoever opens it
    target = part / f"content{path.suffix if _SUFFIX.fullmatch(path.suffix) else ''}"
    _copy(path, target)
    if version.digest.startswith(FILE_DIGEST):
        now = folder_digest(target) if target.is_dir() else file_digest(target)
    else:
        now = describe(target, name=version.name, ordered=version.ordered).digest
    if now != version.digest:
        raise Refused(
            f"{path} changed while it was read", hint="wait until its writer is done, then try again"
        )


def _put_answer(query: Query, version: DatasetVersion, target: Path, largest: int) -> bool:
    table = open_table(query, name=version.name)
    if (table.rows or 0) * len(table.schema) * _VALUE > 4 * largest:
        return False

    def digest(frame: pandas.DataFrame) -> str:
        folded = RowsDigest(version.ordered)
        folded.add(frame)
        return folded.hexdigest()

    return _put_frame(table.frame(), target, largest, version.digest, digest)


def _put_array(array: numpy.ndarray[Any, Any], version: DatasetVersion, target: Path, largest: int) -> bool:
    import numpy as np

    if array.nbytes > largest:
        return False
    try:
        np.save(target, array, allow_pickle=False)
    except ValueError:  # of Python objects
        return False
    return array_digest(np.load(target, allow_pickle=False)) == version.digest


def _put_frame(
    frame: pandas.DataFrame,
    target: Path,
    largest: int,
    digest: str,
    digest_of: Callable[[pandas.DataFrame], str],
) -> bool:
    import pandas as pd

    if int(frame.memory_usage(deep=False).sum()) > 4 * largest:  # Parquet is smaller, but not that much
        return False
    try:
        frame.to_parquet(target)
        back = pd.read_parquet(target)
    except Exception:  # columns of mixed types, or of types that Parquet does not know: it may raise anything
        return False
    return target.stat().st_size <= largest and digest_of(back) == digest


@contextlib.contextmanager
def _replacing(place: Path) -> Iterator[Path]:
    """A folder whose content is all at `place` once the block ends well."""
    place.parent.mkdir(mode=0o700, parents=True, exist_ok=True)
    _sweep(place.parent)
    part = place.with_name(f"{_PART}{os.getpid()}-{secrets.token_hex(8)}")
    part.mkdir(mode=0o700)
    try:
        yield part
        for path in part.rglob("*"):
            if path.is_file() and not path.is_symlink():
                path.chmod(0o600 if path.parent == part and path.name.startswith(".") else 0o400)
                with path.open("rb") as stream:
                    os.fsync(stream.fileno())
        if any(part.iterdir()):
            with contextlib.suppress(OSError):  # another process was faster
                os.rename(part, place)
    finally:
        shutil.rmtree(part, ignore_errors=True)


def _place(store: Store, digest: str) -> Path:
    return store.root / STATE_FOLDER / FOLDER / re.sub(r"[^\w.-]", "-", digest)


def _claim(store: Store, place: Path) -> None:
    """Mark the copy as one that this store's catalogue needs, now: another store may be named later, and its
    catalogue tells nothing of it."""
    (place / _claim_name(store)).touch(mode=0o600)


def _claim_name(store: Store) -> str:
    where = store.uri.replace(str(store.root), "")  # a project may be moved
    return f"{_CLAIM}{hashlib.blake2b(where.encode(), digest_size=8).hexdigest()}"


def _copy(source: Path, target: Path) -> None:
    """A copy that no later change of the source reaches: what a link leads to, as its digest has it."""
    if not source.is_dir():
        shutil.copyfile(source, target)
        return
    target.mkdir(mode=0o700)
    for path in source.iterdir():
        if path.is_symlink() and not path.is_file():
            (target / path.name).symlink_to(os.readlink(path))
        else:
            _copy(path, target / path.name)


def _size(path: Path) -> int:
    files = path.rglob("*") if path.is_dir() else [path]
    return sum(file.stat().st_size for file in files if file.is_file())


def _sweep(folder: Path) -> None:
    """Take away what processes that are gone left half-written."""
    for part in folder.glob(f"{_PART}*"):
        owner = part.name.removeprefix(_PART).partition("-")[0]
        if not owner.isdigit() or is_gone(int(owner)):
            shutil.rmtree(part, ignore_errors=True)
