"""How a result is shown in a notebook: as a widget where a person looks at it, else as HTML."""

from __future__ import annotations

import os
from typing import Any

from jupyter_mlops.entities import DataDiff, DriftReport, Entity
from jupyter_mlops.provenance.location import NOTEBOOK_VARIABLE

WITH_WIDGET = (DriftReport, DataDiff)


def interactive(shell: Any) -> bool:
    """Whether there may be a page in front of this kernel: not so on a terminal, nor in a headless run."""
    # a headless run names its notebook, and has no session; a server's kernels have one
    headless = NOTEBOOK_VARIABLE in os.environ and "JPY_SESSION_NAME" not in os.environ
    return hasattr(shell, "kernel") and not headless


def widget(value: Entity, text: str) -> Any:
    """The widget of that report, or None where there is none; `text` is for viewers that know text only."""
    if isinstance(value, DriftReport):
        from jupyter_mlops.widgets.drift import DriftWidget

        return DriftWidget(value, text=text)
    if isinstance(value, DataDiff):
        from jupyter_mlops.widgets.dataset_diff import DiffWidget

        return DiffWidget(value, text=text)
    return None
