"""Files that were written while a notebook ran: nothing keeps it from writing over what is there."""

from __future__ import annotations

import itertools
import os
from collections.abc import Iterable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

MOST = 5_000  # files that are looked at
_APART = frozenset({"mlruns", "__pycache__", "node_modules"})  # and folders that begin with a dot
_TOLD = 5


@dataclass(frozen=True)
class Written:
    """What lay in the folder `place` before: when each file was last written, and its size; `cut` where there
    are more files than are looked at."""

    place: Path
    known: dict[str, tuple[int, int]]
    cut: bool = False

    @classmethod
    def before(cls, place: Path) -> Written:
        """Look at it now."""
        files = _files(place)
        known = dict(itertools.islice(files, MOST))
        return cls(place, known, cut=next(files, None) is not None)

    def note(self, notes: list[str]) -> None:
        """Say which files are others now, and which are gone, if any are."""
        now = dict(_states(self.place, self.known) if self.cut else _files(self.place))
        new = now.keys() - self.known.keys()
        changed = sorted({*new, *(name for name in self.known.keys() & now if self.known[name] != now[name])})
        gone = sorted(self.known.keys() - now)
        told = [
            f"files were {what} while the replay ran: {_listed(names)}"
            for what, names in (("written", changed), ("deleted", gone))
            if names
        ]
        cut = f"; only {MOST:,} files of {self.place.name} were looked at" if self.cut else ""
        if told:
            notes.append(
                f"{'; '.join(told)}{cut}; it registers nothing, but cannot keep a notebook from doing that"
            )
        elif cut:
            notes.append(f"no file was written or deleted while the replay ran{cut}")


def _listed(names: Sequence[str]) -> str:
    more = f" and {len(names) - _TOLD} more" if len(names) > _TOLD else ""
    return f"{', '.join(names[:_TOLD])}{more}"


def _files(place: Path) -> Iterator[tuple[str, tuple[int, int]]]:
    for where, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if name not in _APART and not name.startswith("."))
        told = [name for name in sorted(names) if not name.startswith((".", "mlflow.db"))]
        yield from _states(place, [Path(where, name).relative_to(place).as_posix() for name in told])


def _states(place: Path, names: Iterable[str]) -> Iterator[tuple[str, tuple[int, int]]]:
    """Of those that are there."""
    for name in names:
        try:
            state = os.stat(place / name)
        except OSError:
            continue
        yield name, (state.st_mtime_ns, state.st_size)
