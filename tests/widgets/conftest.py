"""Widgets outside a kernel: they open the comms of a process without one, whatever it imported."""

from __future__ import annotations

import comm
import pytest


@pytest.fixture(autouse=True)
def comms_without_kernel(monkeypatch: pytest.MonkeyPatch) -> None:
    """ipykernel, once imported by any test, puts comms in place that send nothing without a kernel."""
    monkeypatch.setattr(comm, "create_comm", comm.DummyComm)
