"""Rows of hashes kept until they are matched: in memory while they are few, then in files, parted by hash."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

from jupyter_mlops.exceptions import MLOpsError

if TYPE_CHECKING:
    from jupyter_mlops.data.difference.hashing import Hashes

#: bytes of hashes that one side keeps in memory, and that are matched at once
MEMORY = 64 << 20
_PARTS_BITS = 6
PARTS = 1 << _PARTS_BITS
_BLOCK = 8 << 20


class Spill:
    """Rows of `width` 64-bit values, the first of which is a hash.

    `parted` says whether they are read back by partition of that hash, or in the order they came in. On disk
    they take 8 bytes a value, in `folder`.
    """

    def __init__(
        self, folder: Path, name: str, width: int, *, parted: bool, memory: int | None = None
    ) -> None:
        self._folder, self._name, self.width, self._parted = folder, name, width, parted
        self._memory = MEMORY if memory is None else memory
        self._kept: list[Hashes] = []
        self._bytes = 0
        self.spilled = False

    def add(self, rows: Hashes) -> None:
        """Keep them.

        Raises:
            MLOpsError: there is no room on the disk.
        """
        self._kept.append(rows)
        self._bytes += rows.nbytes
        if self._bytes > self._memory:
            self.write()

    def write(self) -> None:
        """Put what is in memory into files, and from now on all.

        Raises:
            MLOpsError: there is no room on the disk.
        """
        import numpy as np

        self.spilled = True
        if not self._kept:
            return
        rows = np.concatenate(self._kept)
        self._kept, self._bytes = [], 0
        try:
            if not self._parted:
                self._append(0, rows)
                return
            part = (rows[:, 0] >> np.uint64(64 - _PARTS_BITS)).astype(np.uint8)
            order = np.argsort(part, kind="stable")
            ends = np.cumsum(np.bincount(part, minlength=PARTS))
            for number, taken in enumerate(np.split(order, ends[:-1])):
                self._append(number, rows[taken])
        except OSError as error:
            raise MLOpsError(
                f"there is no room to compare in {self._folder}: {error.strerror or error}",
                hint="make room there, or set TMPDIR to a folder on a larger disk",
            ) from None

    def _path(self, part: int) -> Path:
        return self._folder / f"{self._name}-{part}"

    def _append(self, part: int, rows: Hashes) -> None:
        with self._path(part).open("ab") as file:
            rows.tofile(file)

    def size(self, part: int) -> int:
        """Bytes of a partition in its file."""
        path = self._path(part)
        return path.stat().st_size if path.exists() else 0

    def blocks(self, part: int = 0) -> Iterator[Hashes]:
        """The rows, some at a time: of one partition, or all where they are not parted or still in memory."""
        import numpy as np

        if not self.spilled:
            yield from self._kept
            return
        self.write()
        path, width = self._path(part), 8 * self.width
        if not path.exists():
            return
        with path.open("rb") as file:
            while data := file.read(max(_BLOCK // width, 1) * width):
                yield np.frombuffer(data, np.uint64).reshape(-1, self.width)

    def part(self, part: int, share: int = 0, shares: int = 1) -> Hashes:
        """The rows of one partition; of one share of it, where it is too large to be had at once."""
        import numpy as np

        rows = [np.zeros((0, self.width), np.uint64)]
        for block in self.blocks(part):
            within = (block[:, 0] << np.uint64(_PARTS_BITS)) >> np.uint64(32)
            chosen = block if shares == 1 else block[within % np.uint64(shares) == share]
            rows.append(chosen)
        return np.concatenate(rows)


def partitions(left: Spill, right: Spill) -> Iterator[tuple[Hashes, Hashes]]:
    """The rows of both sides, so parted that equal hashes are together; each pair is about `MEMORY` bytes
    at most, but for equal rows, which stay together however many there are."""
    if not left.spilled and not right.spilled:
        yield left.part(0), right.part(0)
        return
    for side in (left, right):
        side.write()
    for part in range(PARTS):
        shares = 1 + max(left.size(part), right.size(part)) // MEMORY
        for share in range(shares):
            yield left.part(part, share, shares), right.part(part, share, shares)
