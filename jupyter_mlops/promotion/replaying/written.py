"""Files that were written while a notebook ran: nothing keeps it from writing over what is there."""

from __future__ import annotations

import os
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

MOST = 5_000  # files that are looked at
_APART = frozenset({"mlruns", "__pycache__", "node_modules"})  # and folders that begin with a dot
_TOLD = 5


@dataclass(frozen=True)
class Written:
    """What lay in the folder `place` before."""

    place: Path
    known: dict[str, tuple[int, int]]

    @classmethod
    def before(cls, place: Path) -> Written:
        """Look at it now."""
        return cls(place, _look(place))

    def note(self, notes: list[str]) -> None:
        """Say which files are others now, if any are."""
        now = _look(self.place)
        changed = sorted(name for name, state in now.items() if self.known.get(name) != state)
        if changed:
            more = f" and {len(changed) - _TOLD} more" if len(changed) > _TOLD else ""
            notes.append(
                f"files were written while the replay ran: {', '.join(changed[:_TOLD])}{more}; it registers "
                "nothing, but cannot keep a notebook from writing files"
            )


def _look(place: Path) -> dict[str, tuple[int, int]]:
    found: dict[str, tuple[int, int]] = {}
    for path, state in _files(place):
        found[path.relative_to(place).as_posix()] = state
        if len(found) >= MOST:
            break
    return found


def _files(place: Path) -> Iterator[tuple[Path, tuple[int, int]]]:
    for where, folders, names in os.walk(place):
        folders[:] = sorted(name for name in folders if name not in _APART and not name.startswith("."))
        for name in sorted(names):
            if not name.startswith((".", "mlflow.db")):
                try:
                    state = os.stat(os.path.join(where, name))
                except OSError:
                    continue
                yield Path(where, name), (state.st_mtime_ns, state.st_size)
