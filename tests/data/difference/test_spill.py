"""Hashes are read back as they were kept, from memory or from files."""

from __future__ import annotations

import os
import resource
from pathlib import Path

import numpy as np
import pytest

from jupyter_mlops.data.difference import spill
from jupyter_mlops.data.difference.spill import PARTS, Spill, partitions
from jupyter_mlops.exceptions import MLOpsError

RANDOM = np.random.default_rng(5)


def rows(count: int, width: int = 3) -> np.ndarray:  # type: ignore[type-arg]
    return RANDOM.integers(0, 2**64, (count, width), np.uint64)


def ordered(part: np.ndarray) -> list[list[int]]:  # type: ignore[type-arg]
    return sorted(part.tolist())


@pytest.mark.parametrize("memory", [0, 1000, 1 << 20])
def test_rows_that_are_not_parted_come_back_in_order(tmp_path: Path, memory: int) -> None:
    kept = Spill(tmp_path, "cells", 3, parted=False, memory=memory)
    chunks = [rows(count) for count in (50, 0, 1, 30)]
    for chunk in chunks:
        kept.add(chunk)
    assert kept.spilled == (memory < 1 << 20)
    assert np.array_equal(np.concatenate(list(kept.blocks())), np.concatenate(chunks))


@pytest.mark.parametrize("memory", [(0, 0), (1 << 20, 0), (1 << 20, 1 << 20)])
def test_partitions_hold_all_rows_and_equal_hashes_together(tmp_path: Path, memory: tuple[int, int]) -> None:
    left, right = (
        Spill(tmp_path, name, 3, parted=True, memory=m) for name, m in zip("lr", memory, strict=True)
    )
    shared, alone = rows(400), rows(100)
    left.add(shared)
    for start in range(0, 400, 90):
        right.add(shared[::-1][start : start + 90])
    right.add(alone)
    parts = list(partitions(left, right))
    assert ordered(np.concatenate([one for one, _ in parts])) == ordered(shared)
    assert ordered(np.concatenate([other for _, other in parts])) == ordered(np.concatenate([shared, alone]))
    assert all(set(one[:, 0].tolist()) <= set(other[:, 0].tolist()) for one, other in parts)
    assert len(parts) == (1 if memory[1] else PARTS)


def test_a_partition_that_is_too_large_is_had_in_shares(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    left, right = (Spill(tmp_path, name, 3, parted=True, memory=0) for name in "lr")
    shared = rows(5000)
    left.add(shared)
    right.add(shared)
    monkeypatch.setattr(spill, "MEMORY", 500)
    parts = list(partitions(left, right))
    assert len(parts) > 2 * PARTS
    assert all(ordered(one) == ordered(other) for one, other in parts)
    assert ordered(np.concatenate([one for one, _ in parts])) == ordered(shared)


def test_a_full_disk_is_told_with_its_mend(tmp_path: Path) -> None:
    child = os.fork()
    if not child:  # a limit on the size of files holds for a whole process
        try:
            resource.setrlimit(resource.RLIMIT_FSIZE, (1000, 1000))
            Spill(tmp_path, "cells", 3, parted=False, memory=0).add(rows(1000))
        except MLOpsError as error:
            os._exit(0 if "no room" in str(error) and "TMPDIR" in str(error.hint) else 1)
        finally:
            os._exit(2)
    assert os.waitstatus_to_exitcode(os.waitpid(child, 0)[1]) == 0
