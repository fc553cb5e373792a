"""What it costs to know where a run came from: its environment, its data files."""

from __future__ import annotations

import hashlib
import json
import os
import subprocess
import sys
import tempfile
import time
from collections.abc import Iterator
from pathlib import Path
from typing import Any

from jupyter_mlops.data import describe
from jupyter_mlops.data.memo import SETTLED
from jupyter_mlops.provenance.packages import canonical
from tests.benchmarks.measure import Measured, medians, process, seconds

CAPTURE = (
    "import json; from jupyter_mlops.provenance.packages import imported, installed; "
    "print(json.dumps([installed(), imported()]))"
)


def measure(short: bool) -> Iterator[Measured]:
    """The rows; with `short` 50 MB instead of 1 GB, once each, to see that results are right."""
    times = 1 if short else 5
    with tempfile.TemporaryDirectory() as folder:
        yield environment(Path(folder), times)
        yield from files(Path(folder), 50 if short else 1000, times)


def environment(folder: Path, times: int) -> Measured:
    """All installed packages and those in use, each in a fresh process as `pip freeze` is."""
    ours, theirs = [sys.executable, "-c", CAPTURE], [sys.executable, "-m", "pip", "freeze", "--all"]
    told = subprocess.run(ours, cwd=folder, check=True, capture_output=True, text=True).stdout
    frozen = subprocess.run(theirs, cwd=folder, check=True, capture_output=True, text=True).stdout
    known = {canonical(name): version for name, version in json.loads(told)[0].items()}
    pairs = (line.split("==") for line in frozen.splitlines() if "==" in line and line[0] != "#")
    wrong = {name: version for name, version in pairs if known.get(canonical(name)) != version}
    if wrong:
        raise AssertionError(f"pip freeze tells of others: {wrong}")
    own, peer = medians(times, lambda: process(ours, folder), lambda: process(theirs, folder))
    note = f"{len(known)} distributions; as a process of its own"
    return Measured("environment capture", own, "pip freeze", peer, 0.4, note=note)


def files(folder: Path, size: int, times: int) -> Iterator[Measured]:
    """The digest of a file of so many MB, read for the first time and once more."""
    path = folder / "data.bin"
    with path.open("wb") as file:
        for _ in range(size):
            file.write(os.urandom(1_000_000))

    def sha256() -> None:
        with path.open("rb") as file:
            hashlib.file_digest(file, "sha256")

    name = "1 GB" if size == 1000 else f"{size} MB"
    own, peer = medians(times, lambda: seconds(lambda: describe(path, name="data")), lambda: seconds(sha256))
    yield Measured(f"digest of a file of {name}", own, "hashlib.sha256", peer, 0.35, note="page cache warm")

    time.sleep(SETTLED / 1e9 + 0.1)
    first = describe(path, name="data", memo=folder)
    read: list[str] = []
    # an audit hook cannot be taken back, so it goes quiet by itself
    listening = [True]

    def hear(event: str, words: tuple[Any, ...]) -> None:
        if event == "open" and listening[0]:
            read.append(str(words[0]))

    sys.addaudithook(hear)
    again = describe(path, name="data", memo=folder)
    own, peer = medians(
        times, lambda: seconds(lambda: describe(path, name="data", memo=folder)), lambda: seconds(sha256)
    )
    listening[0] = False
    mine = [name for name in read if name == str(path)]
    if again != first or len(mine) != times:  # those of SHA-256
        raise AssertionError("the unchanged file was read, or described in another way")
    yield Measured(f"the same file of {name}, unchanged", own, "hashlib.sha256", peer, note="by stat alone")
    _check_change_is_seen(path, folder, first.digest)


def _check_change_is_seen(path: Path, folder: Path, before: str) -> None:
    """One byte in the middle, with the modification time put back."""
    known = path.stat()
    with path.open("r+b") as file:
        file.seek(known.st_size // 2)
        byte = file.read(1)
        file.seek(known.st_size // 2)
        file.write(bytes([byte[0] ^ 1]))
    os.utime(path, ns=(known.st_atime_ns, known.st_mtime_ns))
    if describe(path, name="data", memo=folder).digest == before:
        raise AssertionError("a changed byte went unseen")
